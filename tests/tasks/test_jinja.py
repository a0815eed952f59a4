"""Jinja's templates inside Django's: found, escaped, and with links that Django's own tag would make."""

import pytest
from django.template import Context, RequestContext, Template, TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import set_script_prefix

from tasks.jinja import environment, query_string, url


def test_a_page_of_djangos_includes_one_of_jinjas_with_arguments():
    page = Template('{% include "components/alert.jinja" with kind="err" text=words %}')
    drawn = page.render(Context({"words": "<b>&</b>"}))
    assert drawn.startswith('<div class="pt-alert err" role="alert">')
    assert "&lt;b&gt;&amp;&lt;/b&gt;" in drawn
    assert "<b>" not in drawn


def test_everything_that_is_not_marked_is_escaped():
    assert environment().from_string("{{ x }}").render(x="<'\">") == "&lt;&#39;&#34;&gt;"
    assert environment().from_string("{{ x.y.z }}").render() == ""


def test_one_that_is_missing_is_missed():
    with pytest.raises(TemplateDoesNotExist):
        get_template("components/nothing.jinja")


@pytest.mark.parametrize("query", ["", "page=2", "status=a&status=b&q=%E5%95%86 标&plan=3", "q=a%26b%2Bc"])
@pytest.mark.parametrize("changes", ["", "page=None", "page=3 q=None", "plan=7 sort='-number'"])
def test_a_query_string_is_the_one_that_djangos_tag_says(rf, query, changes):
    request = rf.get(f"/?{query}")
    named = dict(change.split("=") for change in changes.split())
    given = {name: None if value == "None" else value.strip("'") for name, value in named.items()}
    written = Template(f"{{% autoescape off %}}{{% querystring {changes} %}}{{% endautoescape %}}")
    assert query_string(request.GET, **given) == written.render(RequestContext(request))


def test_an_address_is_found_below_the_sites_prefix():
    assert url("tasks:ledger") == "/tasks/"
    set_script_prefix("/ipplan/")
    try:
        assert (url("tasks:ledger"), url("tasks:task", 3)) == ("/ipplan/tasks/", "/ipplan/tasks/3/")
    finally:
        set_script_prefix("/")
    assert url("tasks:ledger") == "/tasks/"
