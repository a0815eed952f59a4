"""工作台: an agency's own tasks, each number the ledger's, and nothing of other agencies' tasks."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import Role
from tasks import workflow
from tasks.models import Status
from tasks.views import desk
from tests.factories import make_agency, make_plan, make_section, make_task, make_user
from tests.tasks.pages import listed, promised, words
from tests.tasks.worlds import names, task_named, world

__all__ = ["world"]


@pytest.mark.parametrize("role", [Role.OFFICE, Role.LEADER, Role.AUDITOR, Role.ADMIN])
def test_who_is_no_agency_is_led_to_the_front_door(role, client_of, db):
    agency = make_agency("国家知识产权局")  # an office's account may name an agency too
    response = client_of(make_user("someone", role, agency)).get("/my/")
    assert (response.status_code, response.headers["Location"]) == (302, "/")


@pytest.mark.parametrize(
    ("agency", "lead", "participant"),
    [
        ("mara", ["24/2"], ["24/1", "24/5"]),
        ("moj", ["24/46"], ["24/5", "24/45"]),
        ("cnipa", ["24/1", "24/4"], ["24/2"]),
        ("mofcom", ["24/3", "24/45"], []),
    ],
)
def test_tables_hold_what_it_leads_and_takes_part_in(agency, lead, participant, client_of, world):
    tables = client_of(world.user_of(getattr(world, agency))).get("/my/").context["tables"]
    shown = {table.role.value: sorted(names(row.task for row in table.rows)) for table in tables}
    expected = {"lead": lead, "participant": participant}
    assert shown == {role: sorted(tasks) for role, tasks in expected.items() if tasks}
    assert {table.role.value: table.figure.count for table in tables} == {
        role: len(tasks) for role, tasks in shown.items()
    }


@pytest.mark.parametrize("agency", ["mara", "moj", "cnipa", "mofcom"])
@pytest.mark.parametrize("edition", ["new", "old"])
def test_every_number_leads_to_exactly_its_tasks(agency, edition, client_of, world):
    client = client_of(world.user_of(getattr(world, agency)))
    response = client.get("/my/", {"plan": getattr(world, edition).pk})
    if response.status_code == 404:
        assert (agency, edition) in (("mara", "old"), ("moj", "old"))
        return
    numbers = promised(response)
    assert len(numbers) >= 6
    assert {address: listed(client, address) for address in numbers} == numbers


def test_cards_count_what_is_urgent(client_of, plan, lead):
    today = timezone.localdate()
    section = make_section(plan)
    for number, (days, status) in enumerate(
        [(-1, Status.NOT_STARTED), (5, Status.NOT_STARTED), (5, Status.IN_PROGRESS), (90, Status.COMPLETED)],
        1,
    ):
        make_task(section, [lead.agency], number=number, due_on=today + timedelta(days), status=status)
    client = client_of(lead)
    response = client.get("/my/")
    assert [(card.figure.label, card.figure.count) for card in response.context["cards"]] == [
        ("红灯", 1),
        ("临近节点", 2),
        ("未启动", 2),
        ("推进中", 1),
    ]
    numbers = promised(response)
    assert {address: listed(client, address) for address in numbers} == numbers
    # The most urgent first, what is settled last.
    (table,) = response.context["tables"]
    assert [row.task.number for row in table.rows] == [1, 2, 3, 4]
    assert [(node.days, [task.number for task in node.tasks]) for node in response.context["nodes"]] == [
        (5, [2, 3]),
        (-1, [1]),
    ]
    assert "已过 1 天" in words(response)


def test_part_in_the_name_of_a_collective_is_told(client_of, world):
    shown = words(client_of(world.user_of(world.mara)).get("/my/"))
    assert shown.count("以“联席会议成员单位”名义") == 2  # in the table and on the card
    assert "名义" not in words(client_of(world.user_of(world.cnipa)).get("/my/"))


def test_nothing_of_others_is_in_the_page(client_of, world):
    workflow.set_status(
        task_named("24/3"), by=world.office, status="delayed", version=2, progress=15, reason="场馆未定"
    )
    workflow.set_status(task_named("24/2"), by=world.office, status="in_progress", version=2, progress=55)
    response = client_of(world.user_of(world.mara)).get("/my/")
    html = response.content.decode()
    assert [secret for secret in ("办好展会", "场馆未定", "司法部", "商务部", "调研") if secret in html] == []
    assert [event.task for event in response.context["events"]][:1] == [task_named("24/2")]
    linked = {int(pk) for pk in re.findall(r"/tasks/(\d+)/", html)}
    assert linked == {task_named(name).pk for name in ("24/1", "24/2", "24/5")}


def test_plan_of_others_does_not_exist(client_of, world):
    client = client_of(world.user_of(world.mara))
    assert {pk: client.get("/my/", {"plan": pk}).status_code for pk in (world.old.pk, 987654)} == {
        world.old.pk: 404,
        987654: 404,
    }


def test_empty_desk(client_of, outsider):
    shown = words(client_of(outsider).get("/my/"))
    assert "商务部工作台 还没有任务 推进计划中没有由商务部牵头或参与的任务。" in shown


def test_long_tables_show_their_first(client_of, lead, section, monkeypatch):
    monkeypatch.setattr(desk, "ROWS_SHOWN", 2)
    for number in (1, 2, 3):
        make_task(section, [lead.agency], number=number)
    response = client_of(lead).get("/my/")
    (table,) = response.context["tables"]
    assert ([row.task.number for row in table.rows], table.figure.count) == ([1, 2], 3)
    assert "3 项，按预警、节点排列，先列 2 项 全部 3 项" in words(response)


def test_queries_are_fixed(client_of, lead):
    """Session, user, agency, what it stands for, the plans, the tasks, their agencies, the events."""
    plan = make_plan(due_on=date(2024, 12, 31))
    client = client_of(lead)
    costs = []
    for size in (3, 60):
        for number in range(size):
            section = make_section(plan, number % 4 + 1, 1)
            make_task(section, [lead.agency, make_agency(f"部{number % 9}")], number=size * 100 + number)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/my/").status_code == 200
        costs.append(len(queries))
    assert costs == [7, 7]
