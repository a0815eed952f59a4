"""The gallery shows every component that there is, in all its states, and is there under DEBUG alone."""

import pytest
from django.test import Client
from django.urls import path

from ipplan import urls
from tasks.views import gallery
from tests.tasks.pages import words

urlpatterns = [path("components/", gallery.components, name="components"), *urls.urlpatterns]


def test_every_component_has_an_example():
    missing = sorted(gallery.names() - gallery.examples().keys())
    gone = sorted(gallery.examples().keys() - gallery.names())
    assert missing == [], f"add an entry for each to `examples` in tasks/views/gallery.py: {missing}"
    assert gone == [], f"no such component: take its entry out of tasks/views/gallery.py: {gone}"


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_example_is_drawn(theme, client_of, office, plan):
    client = client_of(office)
    client.cookies["theme"] = theme
    response = client.get("/components/")
    drawn = [component for group in response.context["groups"].values() for component in group]
    assert (response.status_code, {component["name"] for component in drawn}) == (200, gallery.names())
    empty = [each["name"] for each in drawn for piece in each["pieces"] if not piece.strip()]
    assert empty == []
    assert "没有示例" not in words(response)


@pytest.mark.urls(__name__)
def test_a_component_without_an_example_is_named(client_of, office, tmp_path, monkeypatch):
    (tmp_path / "novelty.html").write_text("<b></b>")
    monkeypatch.setattr(gallery, "FOLDER", tmp_path)
    page = client_of(office).get("/components/")
    assert page.context["missing"] == ["novelty"]
    assert "novelty 没有示例：请在 tasks/views/gallery.py 的 examples 中添加。" in words(page)


def test_there_is_no_gallery_in_production(client_of, office):
    assert client_of(office).get("/components/").status_code == 404
    assert Client().get("/components/").status_code == 404
