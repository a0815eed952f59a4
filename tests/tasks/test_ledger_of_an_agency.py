"""任务台账 of an agency's user: exactly its tasks, its role in each, nothing of others'; and its cost."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks.models import Assignment, Plan, Task
from tests.factories import LONG_AGO, make_agency, make_plan, make_section, make_task
from tests.tasks.worlds import names, task_named, world

__all__ = ["world"]


def _rows(response) -> list[str]:
    assert response.status_code == 200
    return names(response.context["page"].object_list)


def _own_roles(html: str) -> list[str]:
    return re.findall(r'<span class="pt-role \w+">(\w+)</span>', html)


def test_sees_exactly_its_tasks_and_its_role_in_each(client_of, world):
    response = client_of(world.user_of(world.mara)).get("/tasks/")
    assert _rows(response) == ["24/1", "24/2", "24/5"]
    assert _own_roles(response.content.decode()) == ["参与", "牵头", "参与"]
    assert "3 项任务 · 牵头单位 3 家" in response.content.decode()


@pytest.mark.parametrize(("role", "expected"), [("lead", ["24/2"]), ("participant", ["24/1", "24/5"])])
def test_lead_and_participant_are_told_apart(role, expected, client_of, world):
    assert _rows(client_of(world.user_of(world.mara)).get("/tasks/", {"role": role})) == expected


SECRETS = ("商务部", "司法部", "办好展会", "会期顺延", "别家的节", "七、第7章标题", "别家的任务", "2023")


@pytest.mark.parametrize(
    "query", ["", "?q=展会", "?sort=-progress", "?status=delayed", "?light=red", "?agency=0"]
)
def test_nothing_of_other_agencies_is_in_the_page(query, client_of, world):
    """The office's page has all these names and texts; the agency's has none of them in its bytes."""
    make_task(make_section(world.new, 7, 1, "别家的节"), [world.mofcom], number=70, text="别家的任务。")
    office = client_of(world.office).get("/tasks/").content.decode()
    assert [secret for secret in SECRETS if secret in office] == list(SECRETS)
    html = client_of(world.user_of(world.mara)).get(f"/tasks/{query}").content.decode()
    assert [secret for secret in SECRETS if secret in html] == []


def test_keys_of_other_agencies_tasks_are_not_in_the_page(client_of, world):
    html = client_of(world.user_of(world.mara)).get("/tasks/").content.decode()
    linked = {int(pk) for pk in re.findall(r"/tasks/(\d+)/", html)}
    assert linked == {task_named(name).pk for name in ("24/1", "24/2", "24/5")}


@pytest.mark.parametrize("person", ["lead", "leader"])
def test_readers_have_no_control_to_change_anything(person, client_of, task, lead, leader):
    reader = {"lead": lead, "leader": leader}[person]
    response = client_of(reader).get("/tasks/")
    assert _rows(response) == ["24/1"]
    html = response.content.decode()
    assert [
        sign
        for sign in ("/status/", "/statuses/", 'name="task"', "bulk", "selection.", "status-menu")
        if sign in html
    ] == []


def test_office_has_them(client_of, task, office):
    html = client_of(office).get("/tasks/").content.decode()
    signs = (
        f"/tasks/{task.pk}/status/",
        "/tasks/statuses/",
        f'name="task" value="{task.pk}:1"',
        "status-menu",
        "bulk",
    )
    assert [sign for sign in signs if sign in html] == list(signs)


# --- cost -------------------------------------------------------------------------------------------

# Session and user, of an agency what it stands for; the counts, the page, its assignments, its groups, three
# of the scope, the saved views, plans, headings and agencies.
QUERIES = {"office": 11, "agency": 12}


def _grow_to(count: int, agencies) -> None:
    """Tasks of two plans, seventeen a section, with one to four agencies; the first has a part in each."""
    plans = [Plan.objects.filter(first_year=year).first() or make_plan(year) for year in (2024, 2023)]
    tasks = []
    for number in range(Task.objects.count() + 1, count + 1):
        place = (number - 1) // 17
        section = make_section(plans[place % 2], 1 + place // 2 % 7, 1 + place // 14)
        tasks.append(
            Task(
                plan=plans[place % 2], section=section, number=number, text="推进工作。", updated_at=LONG_AGO
            )
        )
    parts = [
        Assignment(
            task=task,
            agency=agency,
            role="participant" if place else "lead",
            position=place + 1,
            basis="order",
        )
        for task in Task.objects.bulk_create(tasks)
        for place, agency in enumerate(agencies[: 1 + task.number % 4])
    ]
    Assignment.objects.bulk_create(parts)


@pytest.mark.parametrize("person", ["office", "agency"])
def test_queries_do_not_grow_with_the_list(person, client_of, office, lead):
    agencies = [lead.agency, *(make_agency(f"部{number}") for number in range(5))]
    client = client_of(office if person == "office" else lead)
    costs = {}
    for size in (10, 1000):
        _grow_to(size, agencies)
        with CaptureQueriesContext(connection) as queries:
            response = client.get("/tasks/", {"per_page": 100})
        assert response.context["page"].paginator.count == size
        costs[size] = len(queries)
    assert costs == dict.fromkeys((10, 1000), QUERIES[person]), "\n".join(
        query["sql"][:110] for query in queries
    )
