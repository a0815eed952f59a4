"""催办: what is asked of whom, once; by the office as often as it wants, by the calendar once."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from agencies.models import Role
from tasks import workflow
from tasks.models import Event, EventKind, Notice, Reminder, ReminderKind, Status
from tests.database import database
from tests.factories import (
    LONG_AGO,
    make_agency,
    make_periods,
    make_plan,
    make_report,
    make_section,
    make_task,
    make_user,
)

JULY = datetime(2024, 7, 10, 9, tzinfo=LONG_AGO.tzinfo)


@pytest.fixture
def half_year(plan):
    return make_periods(plan)[0]


def key(task, person, period) -> tuple[int, int, int]:
    return task.pk, person.agency_id, period.pk


# --- by the office -----------------------------------------------------------------------------------


def test_a_reminder_for_each_agency_and_period_with_its_tasks_and_one_event(
    section, task, half_year, lead, participant, office
):
    other = make_task(section, [lead.agency], number=5)
    second = make_user("cnipa2", agency=lead.agency)
    asked = [key(task, lead, half_year), key(other, lead, half_year), key(task, participant, half_year)]
    done = workflow.remind(asked, by=office, note=" 请抓紧 ", at=JULY)
    assert (done.asked, done.settled, done.repeated) == (set(asked), set(), set())
    assert [
        (one.agency, one.kind, one.note, one.by, one.at, [t.number for t in one.tasks.order_by("number")])
        for one in done.made
    ] == [
        (lead.agency, "urged", "请抓紧", office, JULY, [1, 5]),
        (participant.agency, "urged", "请抓紧", office, JULY, [1]),
    ]
    events = Event.objects.filter(kind=EventKind.AGENCY_REMINDED).order_by("pk")
    assert [(event.agency, event.task, event.reason) for event in events] == [
        (lead.agency, None, "请抓紧"),
        (participant.agency, None, "请抓紧"),
    ]
    assert events[0].after == {
        "kind": "催办",
        "agency": "国家知识产权局",
        "period": "上半年",
        "count": 2,
        "tasks": [1, 5],
    }
    assert events[0].sentence == "催办国家知识产权局：上半年进展 2 项"
    told = set(Notice.objects.values_list("user__username", "event"))
    assert told == {
        (lead.username, events[0].pk),
        (second.username, events[0].pk),
        (participant.username, events[1].pk),
    }


def test_what_is_not_owed_is_left_out_and_said(section, task, half_year, lead, participant, outsider, office):
    make_report(task, half_year, lead, at=JULY)
    closed = make_task(section, [lead.agency], number=6, status=Status.ADJUSTED, reason="并入")
    year = half_year.plan.periods.last()  # not open yet
    asked = [
        key(task, lead, half_year),
        key(closed, lead, half_year),
        key(task, participant, year),
        key(task, outsider, half_year),
        (0, 0, 0),
    ]
    done = workflow.remind([*asked, key(task, participant, half_year)], by=office, at=JULY)
    assert (done.asked, done.settled) == ({key(task, participant, half_year)}, set(asked))
    assert [one.agency for one in done.made] == [participant.agency]


def test_a_second_click_changes_nothing_and_a_later_one_asks_again(task, half_year, lead, office):
    asked = [key(task, lead, half_year)]
    workflow.remind(asked, by=office, at=JULY)
    before = database()
    again = workflow.remind(asked, by=make_user("office2", Role.OFFICE), at=JULY + timedelta(minutes=9))
    assert (again.made, again.repeated) == ([], set(asked))
    assert {t: rows for t, rows in database().items() if t != "agencies_user"} == {
        t: rows for t, rows in before.items() if t != "agencies_user"
    }
    assert len(workflow.remind(asked, by=office, at=JULY + timedelta(minutes=10)).made) == 1


def test_nothing_that_is_owed_reminds_of_nothing(office, db):
    before = database()
    done = workflow.remind([], by=office, at=JULY)
    assert (done.made, database()) == ([], before)


def test_only_the_office_reminds(task, half_year, lead, leader, office):
    before = database()
    for person in (lead, leader):
        with pytest.raises(PermissionDenied):
            workflow.remind([key(task, lead, half_year)], by=person, at=JULY)
    with pytest.raises(workflow.Refused, match="最多 500 字，现有 501 字"):
        workflow.remind([key(task, lead, half_year)], by=office, note="长" * 501, at=JULY)
    assert database() == before


def test_more_tasks_cost_no_more_queries_for_an_agency(
    section, task, half_year, lead, office, django_assert_num_queries
):
    for numbers in ([2], [3, 4, 5, 6]):
        tasks = [make_task(section, [lead.agency], number=number) for number in numbers]
        with django_assert_num_queries(17):
            workflow.remind([key(one, lead, half_year) for one in tasks], by=office, at=JULY)


# --- by the calendar ---------------------------------------------------------------------------------


def calendar(plan, *days: str) -> list[tuple[str, str, str]]:
    made = []
    for day in days:
        on = date.fromisoformat(day)
        at = datetime(on.year, on.month, on.day, 8, tzinfo=JULY.tzinfo)
        made += [(day, one.kind, one.agency.name) for one in workflow.remind_by_calendar(plan, on=on, at=at)]
    return made


def test_fifteen_days_before_and_a_day_after_each_once(plan, task, half_year, lead, participant):
    assert calendar(plan, "2024-07-04", "2024-07-05", "2024-07-05", "2024-07-06", "2024-07-20") == [
        ("2024-07-05", "ahead", "国家知识产权局"),
        ("2024-07-05", "ahead", "农业农村部"),
    ]
    make_report(task, half_year, lead, at=JULY)
    assert calendar(plan, "2024-07-21", "2024-07-22", "2024-12-01") == [
        ("2024-07-21", "overdue", "农业农村部")
    ]
    event = Event.objects.filter(kind=EventKind.AGENCY_REMINDED).latest("pk")
    assert (event.by, event.sentence) == (None, "逾期提示农业农村部：上半年进展 1 项")


def test_a_day_that_was_missed_is_made_up(plan, task, half_year):
    assert [made[:2] for made in calendar(plan, "2024-07-20", "2024-08-15")] == [
        ("2024-07-20", "ahead"),
        ("2024-07-20", "ahead"),
        ("2024-08-15", "overdue"),
        ("2024-08-15", "overdue"),
    ]


def test_what_was_not_said_in_time_is_not_said_as_if_it_were(plan, task, half_year):
    assert {kind for _, kind, _ in calendar(plan, "2024-07-21")} == {"overdue"}


def test_who_has_handed_in_everything_hears_nothing(plan, task, half_year, lead, participant):
    for person in (lead, participant):
        make_report(task, half_year, person, at=JULY)
    assert calendar(plan, "2024-07-11", "2024-07-21") == []


def test_a_period_that_opens_late_is_announced_when_it_has_opened(plan, task, half_year):
    year = plan.periods.last()
    year.opens_on = date(2025, 1, 5)  # ten days after the fifteenth day before
    year.save()
    made = calendar(plan, "2024-12-26", "2025-01-04", "2025-01-05")
    ahead = [(day, kind) for day, kind, _ in made if kind == "ahead"]
    assert ahead == [("2025-01-05", "ahead"), ("2025-01-05", "ahead")]


def test_a_collective_is_asked_for_nothing(plan, section, half_year):
    make_task(section, [make_agency("联席会议成员单位", is_collective=True)], number=9)
    assert calendar(plan, "2024-07-05", "2024-07-21") == []


# --- two at once -------------------------------------------------------------------------------------


@pytest.fixture
def contested(transactional_db):
    office = make_user("office", Role.OFFICE)
    plan = make_plan()
    person = make_user("cnipa", agency=make_agency("国家知识产权局"))
    task = make_task(make_section(plan), [person.agency], number=1)
    return office, [key(task, person, make_periods(plan)[0])]


@pytest.fixture
def slow_look(monkeypatch):
    """Holds a reminder between looking at what was asked before and writing, until the other has looked."""
    both = Barrier(2)
    look = workflow.reminders.lately_asked

    def wait_and_look(at):
        found = look(at)
        with suppress(BrokenBarrierError):
            both.wait(timeout=0.5)
        return found

    monkeypatch.setattr(workflow.reminders, "lately_asked", wait_and_look)


def _click_twice(office, asked) -> None:
    ready = Barrier(2)

    def click():
        try:
            ready.wait(timeout=10)
            workflow.remind(asked, by=office, at=JULY)
        finally:
            connection.close()

    threads = [Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)


def test_two_clicks_at_once_are_one_reminder(contested, slow_look):
    _click_twice(*contested)
    assert (Reminder.objects.count(), Notice.objects.count()) == (1, 1)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite lets one write at a time")
def test_without_the_lock_they_would_be_two(contested, slow_look, monkeypatch):
    monkeypatch.setattr(workflow.reminders, "locked_plan", lambda plan: plan)
    _click_twice(*contested)
    assert Reminder.objects.filter(kind=ReminderKind.URGED).count() == 2
