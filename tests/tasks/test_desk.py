"""工作台: an agency's own tasks, each number the ledger's, and nothing of other agencies' tasks."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import Role
from tasks import workflow
from tasks.models import PeriodKind, Status, Task
from tasks.views import desk
from tests.factories import (
    make_agency,
    make_periods,
    make_plan,
    make_report,
    make_section,
    make_task,
    make_user,
)
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
    """Session, user, agency, what it stands for, plans, tasks, their agencies and periods, unsigned,
    disputed, asked to be put off, the events; of what is owed the periods, and nothing more without any.
    """
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
    assert costs == [12, 12]


# --- a plan that is reported on -----------------------------------------------------------------------


@pytest.fixture
def reported(plan, lead, participant):
    """Seven tasks in a period that ends in two days: one of each standing, and one that is not signed for."""
    today = timezone.localdate()
    days = [workflow.PeriodDates(2024, PeriodKind.HALF_YEAR, date(2024, 7, 1), today + timedelta(2))]
    (period,) = workflow.set_periods(plan, days, by=None)
    plan.due_on = today + timedelta(400)
    plan.save()
    section = make_section(plan)
    agencies = [lead.agency, participant.agency]
    tasks = [make_task(section, agencies, number=number) for number in range(1, 7)]
    tasks.append(make_task(section, agencies[::-1], number=7, status=Status.CONTINUING))
    for task, state in zip(tasks[1:5], ("draft", "submitted", "returned", "accepted"), strict=True):
        make_report(task, period, lead, state=state, at=timezone.now())
    workflow.receive_tasks([task.pk for task in tasks[:5]] + [tasks[6].pk], by=lead)
    return tasks


def _standings(response) -> dict[int, str]:
    rows = [row for table in response.context["tables"] for row in table.rows]
    return {row.task.number: row.owed.standing.value for row in rows}


def test_desk_tells_what_waits(client_of, reported, lead):
    response = client_of(lead).get("/my/")
    assert [(card.figure.label, card.figure.count, card.hint) for card in response.context["cards"]] == [
        ("待签收", 1, "第 6 项"),
        ("待报送", 4, f"上半年，{timezone.localdate() + timedelta(2):%m-%d} 截止"),
        ("被退回", 1, "第 4 项"),
        ("临期", 5, "7 天内截止，或节点临近、已过"),
    ]
    assert _standings(response) == {
        1: "missing",
        2: "draft",
        3: "submitted",
        4: "returned",
        5: "accepted",
        6: "missing",
        7: "missing",
    }
    # What waits comes first: returned, unsigned, still to be written.
    (leads, joins) = response.context["tables"]
    assert [row.task.number for row in leads.rows] == [4, 6, 1, 2, 3, 5]
    assert [row.task.number for row in joins.rows] == [7]
    shown = words(response)
    assert "当前报送期：上半年" in shown
    assert "剩 2 天" in shown
    assert "第 4 项上半年进展被退回" in shown
    assert "请补充可核实的成效" in shown


def test_a_period_that_is_over_and_reported_is_not_late(client_of, plan, task, lead, participant):
    def told(person) -> str:
        return words(client_of(person).get("/my/")).partition("当前报送期")[2].replace(" ", "")[:40]

    make_periods(plan)
    assert "截止，已过" in told(lead)
    for period in plan.periods.all():
        make_report(task, period, lead)
    assert "截止，已全部报送" in told(lead)
    assert "截止，已过" in told(participant)


def test_each_card_leads_to_exactly_its_tasks(client_of, reported, lead, participant):
    for person in (lead, participant):
        client = client_of(person)
        response = client.get("/my/")
        numbers = promised(response)
        assert {address: listed(client, address) for address in numbers} == numbers
        for show in ("missing", "returned", "soon"):
            assert client.get("/my/", {"show": show}).context["chosen"].name == show
    assert client.get("/my/", {"show": "x"}).context["chosen"] is None


def test_long_lists_of_what_waits_are_whole(client_of, reported, lead, monkeypatch):
    monkeypatch.setattr(desk, "ROWS_SHOWN", 1)
    assert len(_standings(client_of(lead).get("/my/"))) == 2
    assert len(_standings(client_of(lead).get("/my/?show=missing"))) == 4


def test_a_row_offers_what_comes_next(client_of, reported, lead):
    html = client_of(lead).get("/my/").content.decode()
    table = html[html.index("<table") : html.index("</table>")]
    actions = re.findall(r'<(?:a|button) class="btn ([\w-]+) btn-xs"[^>]*>(\w+)<', table)
    assert actions == [
        ("btn-primary", "修改重报"),
        ("btn-soft", "签收"),
        ("btn-soft", "填报"),
        ("btn-soft", "继续填报"),
        ("btn-default", "查看"),
        ("btn-default", "查看"),
    ]
    drafts = re.findall(r'data-dialog="drawer" href="([^"?]+)', table)
    assert [address.split("/")[2] for address in drafts] == [str(reported[n].pk) for n in (3, 0, 1)]


def test_nothing_of_another_agency_s_draft_is_on_the_desk(client_of, reported, lead, participant):
    html = client_of(participant).get("/my/").content.decode()
    assert "召开专题论证会" not in html
    assert set(_standings(client_of(participant).get("/my/")).values()) == {"missing"}
    assert "草稿</span>" not in html


def test_a_plan_that_is_not_reported_on_asks_for_no_signature(client_of, task, lead):
    assert not Task.objects.unsigned_by(lead.agency).exists()
    response = client_of(lead).get("/my/")
    assert "待签收" not in words(response)
    assert response.context["period"] is None


def test_unsigned_is_what_names_the_agency_and_is_not_received(client_of, world):
    for plan in (world.old, world.new):
        make_periods(plan)
    mara = world.user_of(world.mara)
    unsigned = Task.objects.unsigned_by(world.mara)
    assert sorted(names(unsigned)) == ["24/1", "24/2"]  # not 24/5, which names a collective
    workflow.receive_tasks([task_named("24/1").pk], by=mara)
    workflow.dispute_task(task_named("24/2"), by=mara, reason="属于商务部职责")
    assert names(unsigned.all()) == ["24/2"]
    assert "责任不符待答复" in words(client_of(mara).get("/my/"))


def test_history_tells_every_period(client_of, plan, task, lead, participant):
    half, whole = make_periods(plan)
    make_report(task, half, lead, state="accepted")
    make_report(task, whole, participant, state="draft")
    client = client_of(lead)
    response = client.get("/my/reports/")
    (row,) = response.context["rows"]
    assert [one.standing.value for one in row.owed] == ["accepted", "missing"]
    assert "上半年：应报 1 份，已报 1 份，通过 1 份" in words(response)
    assert "还没有需要报送的任务" in words(
        client_of(make_user("moj", agency=make_agency("司法部"))).get("/my/reports/")
    )


def test_desk_names_what_an_earlier_period_still_lacks(client_of, plan, section, task, lead, participant):
    half, _ = make_periods(plan)
    other = make_task(section, [lead.agency], number=7)
    make_report(task, half, lead, state="accepted")
    told = "上半年还有 1 项未报送 （2024-07-20 已截止）：第 7 项 到报送记录补报"
    assert told in words(client_of(lead).get("/my/")).replace("\u3000", " ").replace("  ", " ")
    assert "上半年还有 1 项未报送" in words(client_of(participant).get("/my/"))
    assert "第 7 项" not in words(client_of(participant).get("/my/"))
    make_report(other, half, lead, state="returned")  # told of above, with the reason
    assert "还有 1 项未报送" not in words(client_of(lead).get("/my/"))


def test_history_is_an_agency_s(client_of, office, plan):
    assert client_of(office).get("/my/reports/").status_code == 302


def test_queries_of_a_reported_plan_are_fixed(client_of, plan, lead, participant):
    half, _ = make_periods(plan)
    client = client_of(lead)
    costs = []
    for size in (2, 20):
        for number in range(size):
            section = make_section(plan, number % 4 + 1, 1)
            task = make_task(section, [lead.agency, participant.agency], number=size * 100 + number)
            make_report(task, half, lead, state="returned" if number % 2 else "accepted")
            workflow.dispute_task(task, by=lead, reason="不属本单位职责")
        for address in ("/my/", "/my/reports/", "/my/receipts/"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            costs.append(len(queries))
    assert costs[:3] == costs[3:]
    assert costs[:3] == [17, 9, 8]
