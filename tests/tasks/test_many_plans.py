"""More plans than a menu holds: the frame offers the newest, and the ledger still lists them all."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_plan, make_section, make_task


def _offered(html: str) -> list[str]:
    menu = re.search(r'<details class="pt-drop pt-year".*?</details>', html, re.S)[0]
    return re.findall(r"<a [^>]*>(\d+) 年度", menu)


def test_menu_offers_a_generation_and_the_ledger_lists_everything(office, client_of):
    plans = [make_plan(2000 + number) for number in range(40)]
    for plan in plans:
        make_task(make_section(plan), number=1)
    client = client_of(office)

    response = client.get("/tasks/", {"per_page": 100})
    assert response.context["page"].paginator.count == 40
    assert [task.plan for group in response.context["groups"] for task in group.tasks] == plans[::-1]
    assert _offered(response.content.decode()) == [str(2000 + number) for number in range(39, 9, -1)]

    oldest = client.get("/tasks/", {"plan": plans[0].pk})
    assert [task.plan for group in oldest.context["groups"] for task in group.tasks] == plans[:1]
    assert _offered(oldest.content.decode())[-2:] == ["2010", "2000"]


def test_long_list_over_many_plans_is_not_looked_at_task_by_task(office, client_of, monkeypatch):
    for number in range(7):
        make_task(make_section(make_plan(2010 + number)), number=1)
    client = client_of(office)

    def scope_of(**query):
        return client.get("/tasks/", query).context["scope"]

    assert (scope_of().tasks, scope_of().warned) == (7, 7)
    monkeypatch.setattr("tasks.views.lists.SHORT", 6)
    with CaptureQueriesContext(connection) as queries:
        assert (scope_of().tasks, scope_of().warned) == (7, None)
    assert not any("CASE WHEN" in query["sql"] and "light_now" in query["sql"] for query in queries)
    monkeypatch.setattr("tasks.views.lists.SHORT", 7)
    assert (scope_of().tasks, scope_of().warned) == (7, 7)


def test_key_that_is_no_plans_is_nobodys(office, plan, client_of):
    for key in (f"{plan.pk}" + "0" * 30, "²", "-1", "\x00"):
        assert client_of(office).get("/", {"plan": key}).status_code == 404
