"""预警: the light in SQL and in Python say the same, and the reason is exact."""

from datetime import date, timedelta

import pytest

from tasks.models import Day, Light, Reading, Status, Task
from tests.factories import LONG_AGO, make_plan, make_section, make_task

TODAY = date(2024, 6, 15)
OFFSETS = (-400, -1, 0, 1, 30, 31)
FAR = date(2030, 1, 1)
PROGRESS = {Status.COMPLETED: 100, Status.NOT_STARTED: 0}


def _words(status: str, days: int) -> Reading:
    """The light for a task that is due in so many days, as the rules say it."""
    due = TODAY + timedelta(days)
    match Status(status):
        case Status.COMPLETED:
            return Reading(Light.GREY, "任务已完成")
        case Status.CONTINUING:
            return Reading(Light.GREY, "长期坚持，不设节点")
        case Status.ADJUSTED:
            return Reading(Light.GREY, "任务已调整")
        case Status.DELAYED:
            return Reading(Light.RED, "办公室认定滞后：会期顺延")
    return {
        -400: Reading(Light.RED, f"已超过计划节点（{due}）400 天"),
        -1: Reading(Light.RED, "已超过计划节点（2024-06-14）1 天"),
        0: Reading(Light.YELLOW, "今天是计划节点"),
        1: Reading(Light.YELLOW, "距计划节点（2024-06-16）还有 1 天"),
        30: Reading(Light.YELLOW, "距计划节点（2024-07-15）还有 30 天"),
        31: Reading(Light.GREEN, "距计划节点（2024-07-16）还有 31 天"),
    }[days]


@pytest.fixture
def due(db) -> dict[int, tuple[str, int]]:
    """A task for each status and distance, due by its own date or by its plan's: key -> (status, days)."""
    made = {}
    for days in OFFSETS:
        when = TODAY + timedelta(days)
        by_plan = make_section(make_plan(2024, title=f"节点 {days}", due_on=when))
        # The plan's date would say the opposite: the task's own goes before it.
        own = make_section(make_plan(2024, title=f"另定 {days}", due_on=FAR if days < 31 else TODAY))
        for number, status in enumerate(Status, start=1):
            for section, own_date in ((by_plan, None), (own, when)):
                task = Task.objects.create(
                    plan=section.chapter.plan,
                    section=section,
                    number=number,
                    text="推进工作。",
                    status=status,
                    progress=PROGRESS.get(status, 40),
                    status_reason="会期顺延" if status in (Status.DELAYED, Status.ADJUSTED) else "",
                    due_on=own_date,
                    updated_at=LONG_AGO,
                )
                made[task.pk] = (status.value, days)
    return made


def test_light_and_reason_follow_status_and_date(due):
    readings = {task.pk: task.reading(TODAY) for task in Task.objects.select_related("plan")}
    assert readings == {pk: _words(*case) for pk, case in due.items()}


def test_sql_and_python_show_the_same_light(due):
    tasks = Task.objects.as_of(Day(TODAY)).select_related("plan")
    assert len(tasks) == len(due) == 2 * len(Status) * len(OFFSETS)
    assert {task.pk: task.light_now for task in tasks} == {
        pk: _words(*case).light for pk, case in due.items()
    }
    assert [task.deadline_on for task in tasks] == [task.deadline for task in tasks]


@pytest.mark.parametrize(("days", "light"), [(7, Light.YELLOW), (8, Light.GREEN)])
def test_both_twins_follow_the_setting(days, light, section, settings):
    settings.DUE_SOON_DAYS = 7
    task = make_task(section, due_on=TODAY + timedelta(days))
    assert task.reading(TODAY).light == light
    assert Task.objects.as_of(Day(TODAY)).get().light_now == light


def test_open_tasks_are_those_with_a_node_to_meet(due):
    open_ones = set(Task.objects.as_of(Day(TODAY)).open().values_list("status", flat=True))
    assert open_ones == {"not_started", "in_progress", "delayed"}
    assert {task.status for task in Task.objects.all() if task.is_open} == open_ones
