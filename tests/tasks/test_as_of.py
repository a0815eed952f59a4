"""`as_of`: statuses, progress and lights as they stood on a day that is over, read from the events."""

from datetime import date, datetime, time, timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from tasks import workflow
from tasks.filters import LedgerFilter
from tasks.models import Day, EventKind, Light, Status, Task
from tests.factories import make_task, noon

BEFORE, BEGUN, LATE, DONE = date(2024, 1, 10), date(2024, 3, 4), date(2024, 6, 20), date(2024, 9, 9)
TODAY = date(2024, 11, 1)


def then(day: date) -> Day:
    return Day.of(day, today=TODAY)


@pytest.fixture
def story(task, office):
    """推进中 from March, 滞后 from 20 June, 已完成 since 9 September."""
    for day, status, progress, reason in [
        (BEGUN, Status.IN_PROGRESS, 20, ""),
        (LATE, Status.DELAYED, 40, "会期顺延"),
        (DONE, Status.COMPLETED, 100, "文件已印发"),
    ]:
        task = workflow.set_status(
            task,
            by=office,
            status=status,
            version=task.version,
            progress=progress,
            reason=reason,
            at=noon(day),
        )
    return task


@pytest.mark.parametrize(
    ("day", "status", "progress", "reason", "light"),
    [
        (BEFORE, Status.NOT_STARTED, 0, "", Light.GREEN),
        (BEGUN - timedelta(1), Status.NOT_STARTED, 0, "", Light.GREEN),
        (BEGUN, Status.IN_PROGRESS, 20, "", Light.GREEN),
        (LATE - timedelta(1), Status.IN_PROGRESS, 20, "", Light.GREEN),
        (LATE, Status.DELAYED, 40, "会期顺延", Light.RED),
        (DONE, Status.COMPLETED, 100, "文件已印发", Light.GREY),
        (TODAY, Status.COMPLETED, 100, "文件已印发", Light.GREY),
    ],
)
def test_task_stands_as_it_stood(day, status, progress, reason, light, story):
    (stood,) = Task.objects.as_of(then(day)).for_rows()
    assert (stood.status, stood.progress, stood.status_reason) == (status, progress, reason)
    assert (stood.light_now, stood.reading(day).light) == (light, light)


def test_conditions_speak_of_the_day(story):
    for day, status in [
        (BEFORE, "not_started"),
        (BEGUN, "in_progress"),
        (LATE, "delayed"),
        (DONE, "completed"),
    ]:
        tasks = Task.objects.as_of(then(day))
        assert [one for one in Status.values if tasks.filter(status_now=one).exists()] == [status]
        assert tasks.open().exists() == (status != "completed")


def test_last_change_is_the_last_of_that_day(story):
    stood = [Task.objects.as_of(then(day)).get().updated_at for day in (BEGUN, LATE, DONE)]
    assert stood == [noon(BEGUN), noon(LATE), noon(DONE)]


def test_day_ends_at_midnight_in_beijing(task, office):
    late_in_the_evening = datetime.combine(
        date(2024, 3, 4), time(23, 59, 59), timezone.get_default_timezone()
    )
    workflow.set_status(
        task, by=office, status=Status.IN_PROGRESS, version=1, progress=5, at=late_in_the_evening
    )
    days = (date(2024, 3, 3), date(2024, 3, 4))
    assert [Task.objects.as_of(then(day)).get().progress for day in days] == [0, 5]


def test_deadline_that_was_corrected_later_is_the_old_one(task, office):
    workflow.correct_tasks(
        {task.pk: workflow.Correction({"due_on": date(2024, 6, 30)})}, by=office, at=noon(LATE)
    )
    stood = [Task.objects.as_of(then(day)).get() for day in (BEGUN, LATE)]
    assert [one.due_on for one in stood] == [None, date(2024, 6, 30)]
    assert [one.deadline_on for one in stood] == [date(2024, 12, 31), date(2024, 6, 30)]
    workflow.correct_tasks({task.pk: workflow.Correction({"due_on": None})}, by=office, at=noon(DONE))
    assert Task.objects.as_of(then(LATE)).get().deadline_on == date(2024, 6, 30)


def test_task_that_came_later_was_not_there(section, office):
    old = make_task(section, number=1)
    new = workflow.create_task(
        section, by=office, namings=(), at=noon(LATE), number=2, text="推进工作。", source_text="推进工作。"
    )
    assert list(Task.objects.as_of(then(BEGUN))) == [old]
    assert list(Task.objects.as_of(then(LATE)).order_by("number")) == [old, new]


def test_ledger_filters_and_counts_by_the_day(story, section, office):
    make_task(section, number=2)
    for query, numbers in [
        ("as_of=2024-06-20&status=delayed", [1]),
        ("as_of=2024-06-20&light=red", [1]),
        ("as_of=2024-06-19&status=delayed", []),
        ("as_of=2024-06-19&status=not_started", [2]),
        ("status=delayed", []),
    ]:
        found = LedgerFilter(QueryDict(query), user=office, today=TODAY)
        assert [task.number for task in found.qs] == numbers
    assert found.complaints() == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("2024-11-02", "截至：日期不能晚于今天"),
        ("gestern", "截至：日期须写成 2024-06-30 的样子"),
        ("2024-02-30", "截至：日期须写成 2024-06-30 的样子"),
        ("\x00", "截至：日期须写成 2024-06-30 的样子"),
    ],
)
def test_day_that_is_none_is_told(asked, words, office):
    query = QueryDict(mutable=True)
    query["as_of"] = asked
    found = LedgerFilter(query, user=office, today=TODAY)
    assert (found.is_valid(), found.complaints(), found.day) == (False, [words], Day(TODAY))


def test_page_of_a_past_day_is_for_reading(story, office, client_of):
    shown = client_of(office).get("/tasks/?as_of=2024-06-20")
    assert [task.status for group in shown.context["groups"] for task in group.tasks] == ["delayed"]
    assert not shown.context["can_set_status"]
    assert client_of(office).get("/tasks/").context["can_set_status"]


def test_nothing_is_written_by_looking_back(story):
    list(Task.objects.as_of(then(BEGUN)))
    assert Task.objects.get().status == Status.COMPLETED
    assert story.events.filter(kind=EventKind.TASK_STATUS).count() == 3
