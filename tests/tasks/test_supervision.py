"""督办: who owes what on a day, that every number is the list behind it, and who may look."""

import re
from datetime import date, datetime
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks import workflow
from tasks.models import AssignmentRole, Day, Plan, ProgressReport, Reminder, ReminderKind, Task
from tasks.models.period import PeriodKind, usual_dates
from tasks.reporting import Outcome, OwedNumbers, Standing, reports_of
from tasks.reporting.loading import _statuses
from tests.factories import (
    LONG_AGO,
    WRITTEN,
    make_agency,
    make_periods,
    make_plan,
    make_report,
    make_section,
    make_task,
    make_user,
)
from tests.tasks.pages import promised, words

JULY = datetime(2024, 7, 10, 9, tzinfo=LONG_AGO.tzinfo)
ADDRESSES = ("/supervision/", "/supervision/reports/", "/supervision/missing/", "/supervision/bulletin/")


@pytest.fixture
def half_year(plan):
    return make_periods(plan)[0]


@pytest.fixture
def year(section, plan, half_year, lead, participant, outsider, office):
    """Four tasks of three agencies, and what became of 上半年: accepted, returned, awaiting, missing."""
    agencies = [lead.agency, participant.agency, outsider.agency]
    tasks = [
        make_task(section, [agencies[(number + place) % 3] for place in range(2)], number=number + 1)
        for number in range(4)
    ]
    by_agency = {user.agency_id: user for user in (lead, participant, outsider)}

    def report(task, role, state="submitted", at=JULY):
        assignment = task.assignments.get(role=role)
        return make_report(task, half_year, by_agency[assignment.agency_id], state=state, at=at)

    report(tasks[0], "lead", "accepted")
    report(tasks[0], "participant", "returned")
    again = report(tasks[1], "lead", "returned")
    again = workflow.submit_report(again, by=by_agency[again.agency_id], version=again.version, at=JULY)
    workflow.accept_report(again, by=office, version=again.version, at=JULY, takes_over=False)
    report(tasks[1], "participant")
    report(tasks[2], "lead", "submitted", datetime(2024, 7, 25, 9, tzinfo=JULY.tzinfo))
    workflow.write_report(tasks[2], half_year, by=by_agency[tasks[2].assignments.last().agency_id], at=JULY)
    return tasks


def page(client, address, **query):
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer


def rows_at(client, address) -> int:
    """How many reports the list at this address shows; its conditions must all be understood."""
    answer = client.get(address)
    assert (answer.status_code, answer.context["errors"]) == (200, [])
    shown = re.search(r'role="status">[^<]*<b class="tabular">(\d+)</b>', answer.content.decode())
    rows = answer.content.decode().count('<td class="col-role">')
    assert (int(shown[1]), rows) == (answer.context["total"], answer.context["total"])
    return rows


# --- numbers -----------------------------------------------------------------------------------------


def test_figures_of_a_period(client_of, office, year):
    answer = page(
        client_of(office), "/supervision/", as_of="2024-07-30", period=year[0].plan.periods.first().pk
    )
    figures = {name: figure.count for name, figure in answer.context["figures"].items()}
    assert figures == {
        "asked": 8,
        "handed_in": 4,
        "accepted": 2,
        "awaiting": 2,
        "returned": 1,
        "missing": 4,
        "overdue": 4,
        "on_time": 3,
        "accepted_at_first": 1,
    }
    assert answer.context["waiting"] == 2


@pytest.mark.parametrize("as_of", ["", "2024-07-12", "2024-07-30", "2024-12-20"])
@pytest.mark.parametrize("address", ["/supervision/", "/supervision/bulletin/"])
def test_every_number_is_the_list_behind_it(address, as_of, client_of, leader, year):
    client = client_of(leader)
    numbers = promised(page(client, address, **{"as_of": as_of} if as_of else {}))
    assert len(numbers) > 10
    assert {at: rows_at(client, at) for at in numbers} == numbers


def test_matrix_says_it_in_words_and_colours(client_of, office, year, half_year):
    answer = page(client_of(office), "/supervision/", as_of="2024-07-30")
    shown = {
        line.agency.name: [
            (cell.handed_in, cell.asked and cell.asked.count, cell.standing, cell.words)
            for cell in line.cells
        ]
        for line in answer.context["lines"]
    }
    assert shown["国家知识产权局"] == [(1, 3, "returned", "逾期 2"), (0, None, "not_yet", "未到期")]
    assert shown["农业农村部"] == [(1, 3, "returned", "逾期 2"), (0, None, "not_yet", "未到期")]
    assert shown["商务部"] == [(2, 2, "submitted", "待审核 2"), (0, None, "not_yet", "未到期")]
    assert "r-returned" in answer.content.decode()


def test_agencies_stand_in_the_registers_order_whatever_they_report(
    client_of, office, year, lead, participant, outsider
):
    for place, user in enumerate((outsider, lead, participant)):
        user.agency.position = place
        user.agency.save()
    for address in ("/supervision/", "/supervision/bulletin/"):
        lines = page(client_of(office), address, as_of="2024-07-30").context["lines"]
        assert [line.agency.name for line in lines] == ["商务部", "国家知识产权局", "农业农村部"]


def test_bulletin_counts_by_role_and_sums_up(client_of, office, year):
    answer = page(client_of(office), "/supervision/bulletin/", as_of="2024-07-30")
    lines = {
        str(line.agency): ([figure.count for figure in line.figures], line.share_on_time)
        for line in answer.context["lines"]
    }
    sums = answer.context["sums"]
    assert [figure.label for figure in sums.figures] == [
        "牵头应报", "牵头已报", "参与应报", "参与已报", "按期", "未报", "一次通过",
    ]  # fmt: skip
    assert [figure.count for figure in sums.figures] == [
        sum(figures[place] for figures, _ in lines.values()) for place in range(7)
    ]
    assert lines["国家知识产权局"] == ([2, 1, 1, 0, 1, 2, 1], 1 / 3)
    for judgement in ("排名", "得分", "批评", "落后", "处罚"):
        assert judgement not in words(answer)


def test_a_draft_passes_for_missing(client_of, office, year):
    answer = page(client_of(office), "/supervision/missing/", as_of="2024-07-30")
    standings = {row.owed.standing for _, rows in answer.context["groups"] for row in rows}
    assert standings == {Standing.MISSING, Standing.RETURNED}
    assert "草稿" not in words(answer)


# --- the list of what is missing ---------------------------------------------------------------------


def test_missing_list_narrows_and_names_rows_for_reminders(client_of, office, year, half_year, lead):
    client = client_of(office)
    address = "/supervision/missing/"
    whole = page(client, address)
    values = re.findall(r'name="owed" value="([\d:]+)"', whole.content.decode())
    assert len(values) == whole.context["total"]
    rows = [row.owed for _, rows in whole.context["groups"] for row in rows]
    assert values == [f"{one.task.pk}:{one.agency.pk}:{one.period.pk}" for one in rows]
    assert 'action="/reminders/new/"' in whole.content.decode()

    narrowed = page(client, address, agency=lead.agency.pk, period=half_year.pk, role="lead")
    assert {(row.owed.agency, row.owed.role) for _, rows in narrowed.context["groups"] for row in rows} == {
        (lead.agency, AssignmentRole.LEAD)
    }
    assert narrowed.context["total"] == 1
    before = page(client, address, as_of="2024-07-12", outcome="overdue")
    assert before.context["total"] == 0
    assert "没有未报的进展" in words(before)


def test_due_day_is_told_as_a_fact(client_of, office, year):
    client = client_of(office)
    for as_of, told in (
        ("2024-07-18", "还有 2 天截止"),
        ("2024-07-20", "今天截止"),
        ("2024-07-23", "已过截止日期 3 天"),
    ):
        assert told in words(page(client, "/supervision/missing/", as_of=as_of))


def test_last_reminder_is_told_and_none_of_the_future(client_of, office, year, half_year):
    task = year[3]
    agency = task.lead
    for day, kind, by in ((5, ReminderKind.AHEAD, None), (22, ReminderKind.URGED, office)):
        at = datetime(2024, 7, day, 8, tzinfo=JULY.tzinfo)
        made = Reminder.objects.create(
            agency=agency, plan=task.plan, period=half_year, kind=kind, at=at, by=by
        )
        made.tasks.set([task])
    client = client_of(office)
    told = {
        as_of: {
            row.owed.key: row.reminded and row.reminded.kind
            for _, rows in page(client, "/supervision/missing/", as_of=as_of).context["groups"]
            for row in rows
        }[task.pk, agency.pk, half_year.pk]
        for as_of in ("2024-07-04", "2024-07-10", "2024-07-30")
    }
    assert told == {"2024-07-04": None, "2024-07-10": ReminderKind.AHEAD, "2024-07-30": ReminderKind.URGED}


def test_only_the_office_today_is_offered_to_remind(client_of, office, leader, year):
    client = client_of(office)
    assert "催办所选" in words(page(client, "/supervision/missing/"))
    assert "催办所选" not in words(page(client, "/supervision/missing/", as_of="2024-07-30"))
    assert 'name="owed"' not in page(client_of(leader), "/supervision/missing/").content.decode()


def test_a_long_list_goes_over_pages_and_can_be_asked_for_whole(client_of, office, year, monkeypatch):
    monkeypatch.setattr("tasks.views.supervision.ROWS_SHOWN", 3)
    client = client_of(office)
    first = page(client, "/supervision/missing/")
    total = first.context["total"]
    assert total > 6
    pages = [page(client, "/supervision/missing/", page=number) for number in (1, 2, 3, 4)]
    shown = [row.value for one in pages for _, rows in one.context["groups"] for row in rows]
    assert len(shown) == len(set(shown)) == total
    assert sorted(
        re.findall(r'type="hidden" name="owed" value="([\d:]+)"', first.content.decode())
    ) == sorted(shown)


# --- what is asked badly, and what is empty ----------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"period": "abc"}, "报送期"),
        ({"period": "99999"}, "报送期"),
        ({"as_of": "2099-01-01"}, "日期不能晚于今天"),
        ({"as_of": "去年"}, "日期须写成"),
        ({"agency": "99999"}, "单位"),
        ({"role": "chief"}, "角色"),
        ({"outcome": "punished"}, "报送情况"),
    ],
)
@pytest.mark.parametrize("address", ADDRESSES)
def test_bad_input_is_told_on_the_page(address, query, told, client_of, office, year):
    answer = page(client_of(office), address, **query)
    (error,) = answer.context["errors"]
    assert told in error
    assert error in unescape(answer.content.decode())


def test_another_plans_period_is_no_condition_here(client_of, office, year):
    other = make_periods(make_plan(2023))[0]
    answer = page(client_of(office), "/supervision/", plan=year[0].plan.pk, period=other.pk)
    assert len(answer.context["errors"]) == 1
    assert client_of(office).get("/supervision/", {"plan": 99999}).status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_plan_without_periods_says_so(address, client_of, office, leader, task):
    assert "报送期" in words(page(client_of(office), address))
    matrix = words(page(client_of(leader), "/supervision/"))
    assert "还没有设置报送期" in matrix


def test_without_a_plan_there_is_an_honest_page(client_of, office):
    assert "还没有推进计划" in words(page(client_of(office), "/supervision/"))


def test_a_period_to_come_has_no_bulletin_yet(client_of, office, year, plan):
    last = plan.periods.last()
    answer = page(client_of(office), "/supervision/bulletin/", period=last.pk, as_of="2024-07-30")
    assert "全年还没有开始报送" in words(answer)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_agencys_people_are_led_to_their_desk(address, client_of, lead, outsider, year):
    for person in (lead, outsider):
        answer = client_of(person).get(address)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/my/")


# --- what it costs -----------------------------------------------------------------------------------


def queries(client, address, **query) -> int:
    client.get(address, query)
    with CaptureQueriesContext(connection) as found:
        assert client.get(address, query).status_code == 200
    return len(found)


@pytest.mark.parametrize("as_of", ["", "2024-12-20"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_pages_cost_the_same_at_two_sizes(address, as_of, client_of, office, section, year, half_year, lead):
    client, query = client_of(office), {"as_of": as_of} if as_of else {}
    few = queries(client, address, **query)
    for number in range(10, 25):
        other = make_user(f"agency{number}", agency=make_agency(f"第{number}单位"))
        task = make_task(section, [other.agency, lead.agency], number=number)
        make_report(task, half_year, lead, at=JULY)
    assert queries(client, address, **query) == few


# --- a past day is what was seen on it ---------------------------------------------------------------


def seen(plan: Plan, day: Day) -> dict:
    return {
        one.key: (one.standing, one.first_submitted_at, one.returns, one.is_on_time, one.is_overdue)
        for one in reports_of(plan, Task.objects.all(), day=day).owed
        if one.is_asked
    }


def hand_in(task, user, at):
    found = ProgressReport.objects.filter(task=task, agency=user.agency).first()
    version = found.version if found else None
    period = task.plan.periods.first()
    found = workflow.write_report(task, period, by=user, version=version, at=at, **WRITTEN)
    workflow.submit_report(found, by=user, version=found.version, at=at)


def move(task, user, verb, at, *, by, **how):
    found = ProgressReport.objects.get(task=task, agency=user.agency)
    verb(found, by=by, version=found.version, at=at, **how)


def set_status(task, status, reason, at):
    fresh = Task.objects.get(pk=task.pk)
    workflow.set_status(fresh, by=None, status=status, version=fresh.version, reason=reason, at=at)


def test_a_past_day_is_what_a_replay_saw_on_it(section, plan, half_year, lead, participant, office):
    """Step by step, what is seen at the end of each day; afterwards the same from the events alone."""
    one, two, three, four = (
        make_task(section, [lead.agency, participant.agency], number=number) for number in range(1, 5)
    )
    accept, back, withdraw = workflow.accept_report, workflow.return_report, workflow.withdraw_report
    steps = {
        2: lambda at: hand_in(one, lead, at),
        3: lambda at: move(one, lead, back, at, by=office, reason="请补充"),
        4: lambda at: hand_in(two, participant, at),
        5: lambda at: move(two, participant, withdraw, at, by=participant),
        6: lambda at: set_status(three, "adjusted", "并入第 1 项", at),
        8: lambda at: hand_in(one, lead, at),
        9: lambda at: move(one, lead, accept, at, by=office),
        11: lambda at: set_status(three, "in_progress", "恢复推进", at),
        22: lambda at: hand_in(two, participant, at),
        24: lambda at: set_status(four, "adjusted", "截止之后调整，仍须报送", at),
        26: lambda at: move(two, participant, accept, at, by=office),
    }
    replay = {}
    for number in range(1, 31):
        at = datetime(2024, 7, number, 23, 59, tzinfo=JULY.tzinfo)
        steps.get(number, lambda at: None)(at)
        replay[at.date()] = seen(plan, Day(at.date()))
    assert {on: seen(plan, Day.of(on, today=date(2024, 8, 30))) for on in replay} == replay
    tasks = {task.pk: task for task in Task.objects.all()}
    then = {
        on: dict(Task.objects.as_of(Day(on, is_past=True)).values_list("pk", "status_now")) for on in replay
    }
    assert _statuses(tasks, replay, Day(date(2024, 8, 30))) == then
    before = date(2023, 12, 31)
    assert _statuses(tasks, [before], Day(before, is_past=True)) == {before: {}}
    different = {tuple(sorted(map(str, standing.items()))) for standing in replay.values()}
    assert len(different) >= len(steps)  # each step showed, but those after the due day that change nothing
    assert [one.key for one in reports_of(plan, Task.objects.all(), day=Day(at.date())).owed if one.returns]


def test_numbers_are_the_outcomes_and_add_up(year, plan):
    found = reports_of(plan, Task.objects.all(), day=Day(date(2024, 7, 30)))
    numbers = OwedNumbers.of(found.owed)
    assert {outcome: numbers.of_outcome(outcome) for outcome in Outcome} == {
        outcome: sum(one.counts_as(outcome) for one in found.owed) for outcome in Outcome
    }
    assert numbers.handed_in + numbers.missing == numbers.asked
    assert numbers.accepted + numbers.awaiting == numbers.handed_in
    parts = [found.of(agency=agency, role=role) for agency in found.agencies for role in AssignmentRole]
    assert sum(map(len, parts)) == len(found.owed)
    assert [one for task in year for one in found.of(task=task)] == list(found.owed)


def test_an_agency_in_two_plans_owes_each_its_own(year, plan, lead):
    other = make_plan(2023)
    make_task(make_section(other), [lead.agency], number=1)
    make_periods(other)
    found = reports_of(plan, Task.objects.all(), day=Day(date(2024, 7, 30)))
    assert {one.task.plan for one in found.owed} == {plan}


def test_who_owes_what_costs_five_queries_however_many_tasks_and_periods(section, plan, half_year, lead):
    def queries(day: Day) -> int:
        with CaptureQueriesContext(connection) as found:
            reports_of(plan, Task.objects.all(), day=day)
        return len(found)

    today, past = Day(date(2025, 2, 1)), Day(date(2024, 12, 20), is_past=True)
    make_report(make_task(section, [lead.agency], number=1), half_year, lead, at=JULY)
    assert (queries(today), queries(past)) == (5, 6)
    quarters = [workflow.PeriodDates(2024, kind, *usual_dates(2024, kind)) for kind in PeriodKind]
    workflow.set_periods(plan, quarters, by=None, at=LONG_AGO)
    for number in range(2, 20):
        make_report(make_task(section, [lead.agency], number=number), half_year, lead, at=JULY)
    assert (queries(today), queries(past)) == (5, 6)
