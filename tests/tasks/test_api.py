"""/api/v1/: the same tasks, figures and lights as the pages', for the same eyes."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from agencies.models import Role
from tasks.filters import LedgerFilter
from tasks.models import Task
from tests.factories import make_periods, make_user
from tests.tasks.pages import words
from tests.tasks.worlds import world

__all__ = ["world"]

LEDGER = (
    "",
    "status=delayed",
    "light=red&light=yellow",
    "q=商标",
    "role=lead&sort=-updated",
    "as_of=2024-06-30",
)


@pytest.fixture
def site(world) -> dict:
    """A plan that is reported on and late with it, one that asks for nothing; the office and an agency."""
    make_periods(world.new)
    return {"office": world.office, "mara": make_user("mara", agency=world.mara)}


def _all(client, address: str) -> list[dict]:
    rows, next_ = [], address
    while next_:
        answer = client.get(next_)
        assert answer.status_code == 200, answer.content
        rows += answer.json()["results"]
        next_ = answer.json()["next"]
    return rows


@pytest.mark.parametrize("query", LEDGER)
@pytest.mark.parametrize("name", ["office", "mara"])
def test_it_lists_what_the_ledger_lists_with_the_same_lights(site, client_of, name, query):
    today = timezone.localdate()
    found = LedgerFilter(QueryDict(query), user=site[name], today=today)
    expected = [
        (task.pk, task.status, task.progress, reading.light.value, reading.reason)
        for task in found.qs.for_rows()
        if (reading := task.reading(found.day.on))
    ]
    rows = _all(client_of(site[name]), f"/api/v1/tasks/?per_page=100&{query}")
    assert [
        (row["id"], row["status"]["value"], row["progress"], row["light"]["value"], row["light"]["reason"])
        for row in rows
    ] == expected


def test_a_light_says_what_the_page_says(site, client_of):
    client = client_of(site["office"])
    rows = _all(client, "/api/v1/tasks/?light=red&per_page=100")
    assert rows
    for row in rows[:3]:
        assert row["light"]["reason"] in words(client.get(row["url"]))


def test_one_task_is_the_row_of_the_list(site, client_of):
    client = client_of(site["mara"])
    row = client.get("/api/v1/tasks/").json()["results"][0]
    assert client.get(f"/api/v1/tasks/{row['id']}/").json() == row
    assert row["agencies"][0]["role"] == "lead"


def test_others_tasks_are_not_there(site, client_of):
    mara = site["mara"]
    seen = set(Task.objects.visible_to(mara).values_list("pk", flat=True))
    client = client_of(mara)
    assert {row["id"] for row in _all(client, "/api/v1/tasks/?per_page=100")} == seen
    hidden = Task.objects.exclude(pk__in=seen).first()
    answer = client.get(f"/api/v1/tasks/{hidden.pk}/")
    assert answer.status_code == 404
    assert (
        answer.json()
        == client.get("/api/v1/tasks/999999999/").json()
        == {"detail": "没有找到：它可能不存在，或不涉及您所在单位。"}
    )


def test_other_refusals_are_in_chinese(site):
    client = Client(enforce_csrf_checks=True)
    address = "/api/v1/tasks/"
    assert client.get(address).json() == {"detail": "请先登录系统。"}
    client.force_login(site["office"])
    answers = [client.post(address), client.get(address, headers={"Accept": "text/html"})]
    assert [(answer.status_code, answer.json()["detail"]) for answer in answers] == [
        (405, "这里只供读取，请用 GET。"),
        (406, "这里只提供 JSON。"),
    ]


def test_what_is_wrong_is_said(site, client_of):
    client = client_of(site["office"])
    for address in (
        "/api/v1/tasks/?status=nonsense",
        "/api/v1/tasks/?plan=0",
        "/api/v1/tasks/?as_of=2999-01-01",
        "/api/v1/tasks/?statuses=delayed",
    ):
        answer = client.get(address)
        assert answer.status_code == 400
        assert "：" in answer.json()["detail"][0]
    task = Task.objects.first()
    assert client.get(f"/api/v1/tasks/{task.pk}/?as_of=gestern").status_code == 400
    assert client.get("/api/v1/tasks/?page=77").status_code == 404


def test_a_one_time_password_opens_nothing(site, client_of):
    person = make_user("new", Role.OFFICE)
    person.one_time_until = timezone.now() + timedelta(hours=1)
    person.save()
    answer = client_of(person).get("/api/v1/plans/")
    assert (answer.status_code, "设置自己的密码" in answer.json()["detail"]) == (403, True)


@pytest.mark.parametrize(
    ("address", "queries"), [("/api/v1/tasks/?per_page=5", 6), ("/api/v1/tasks/?per_page=100", 6)]
)
def test_queries_are_fixed(site, client_of, django_assert_num_queries, address, queries):
    client = client_of(site["office"])
    with django_assert_num_queries(queries):
        client.get(address)
