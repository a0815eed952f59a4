"""Setting a status: every pair of statuses, what is owed, what is recorded, and who loses against whom."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agencies.models import Role
from tasks import workflow
from tasks.models import Event, EventKind, Status, Task
from tests.database import database
from tests.factories import LONG_AGO, make_section, make_task, make_user

NOW = datetime(2024, 7, 20, 15, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
PAIRS = [(current, target) for current in Status for target in Status]
OWING = {Status.DELAYED, Status.ADJUSTED}


def _at(section, status: Status) -> Task:
    """A task that stands in this status, at 40 % where the status leaves that free."""
    free = status not in (Status.COMPLETED, Status.NOT_STARTED)
    return make_task(section, status=status, progress=40 if free else None, reason="先前的理由")


def _stands(task: Task) -> tuple:
    row = Task.objects.get(pk=task.pk)
    return row.status, row.progress, row.status_reason, row.version, row.updated_at


@pytest.mark.parametrize(("current", "target"), PAIRS)
def test_every_status_can_be_reached_with_a_reason(current, target, section, office):
    task = _at(section, current)
    workflow.set_status(
        task, by=office, status=target, version=task.version, progress=70, reason="会期顺延", at=NOW
    )
    progress = {Status.COMPLETED: 100, Status.NOT_STARTED: 0}.get(target, 70)
    assert _stands(task) == (target, progress, "会期顺延", task.version + 1, NOW)


@pytest.mark.parametrize(("current", "target"), PAIRS)
def test_a_reason_is_owed_for_delayed_adjusted_and_reopening(current, target, section, office):
    task = _at(section, current)
    before = database()
    reopening = current == Status.COMPLETED and target != Status.COMPLETED
    owed = reopening or (target in OWING and current != target)
    assert workflow.owes_reason(current, target) == (reopening or target in OWING)
    if not owed:
        workflow.set_status(task, by=office, status=target, version=task.version, reason="  \n", at=NOW)
        assert _stands(task)[0] == target
        return
    with pytest.raises(workflow.Refused) as refusal:
        workflow.set_status(task, by=office, status=target, version=task.version, reason="  \n")
    assert str(refusal.value) == f"将第 {task.number} 项改为“{target.label}”须填写理由"
    assert database() == before


@pytest.mark.parametrize("status", sorted(OWING))
def test_new_progress_alone_keeps_the_reason_that_is_owed(status, section, office):
    task = _at(section, status)
    workflow.set_status(task, by=office, status=status, version=task.version, progress=55)
    assert _stands(task)[:3] == (status, 55, "先前的理由")


def test_a_reason_that_is_no_longer_given_falls_away(section, office):
    task = _at(section, Status.DELAYED)
    workflow.set_status(task, by=office, status=Status.IN_PROGRESS, version=task.version)
    assert _stands(task)[:3] == ("in_progress", 40, "")


def test_one_change_is_one_event(section, office):
    task = _at(section, Status.IN_PROGRESS)
    fresh = workflow.set_status(
        task, by=office, status=Status.DELAYED, version=task.version, progress=50, reason=" 会期顺延 ", at=NOW
    )
    event = Event.objects.get(at=NOW)
    assert (event.kind, event.task, event.plan, event.by, event.at, event.reason) == (
        EventKind.TASK_STATUS,
        task,
        task.plan,
        office,
        NOW,
        "会期顺延",
    )
    assert event.before == {"status": "in_progress", "progress": 40, "status_reason": "先前的理由"}
    assert event.after == {"status": "delayed", "progress": 50, "status_reason": "会期顺延"}
    assert event.sentence == "状态由“推进中”改为“滞后”，进度 40% → 50%"
    assert (event.actor, fresh.version) == ("联席会议办公室", task.version + 1)


def test_the_event_names_only_what_changed(section):
    task = _at(section, Status.IN_PROGRESS)
    workflow.set_status(task, by=None, status=task.status, version=task.version, reason="换个说法")
    event = Event.objects.last()
    assert (event.before, event.after) == ({"status_reason": "先前的理由"}, {"status_reason": "换个说法"})
    assert (event.actor, event.sentence) == ("系统", "更新理由")


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("age", [0, 1])
def test_asking_for_what_stands_writes_nothing(status, age, section, office):
    """Also from a page that has gone stale: the second of two clicks on one button."""
    task = _at(section, status)
    before = database()
    workflow.set_status(
        task,
        by=office,
        status=status,
        version=task.version - age,
        progress=task.progress,
        reason=task.status_reason,
    )
    assert database() == before


@pytest.mark.parametrize("wrong", [-1, 1])
def test_a_stale_version_is_a_conflict_and_writes_nothing(wrong, section, office):
    task = _at(section, Status.IN_PROGRESS)
    before = database()
    with pytest.raises(workflow.EditConflict) as conflict:
        workflow.set_status(task, by=office, status=Status.COMPLETED, version=task.version + wrong)
    assert conflict.value.tasks == [task]
    assert database() == before


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"status": "done"}, "没有这个状态，请重新选择"),
        ({"status": "in_progress", "progress": -1}, "进度须在 0 至 100 之间"),
        ({"status": "in_progress", "progress": 101}, "进度须在 0 至 100 之间"),
    ],
)
def test_what_is_no_status_or_no_percentage_is_refused(asked, words, task, office):
    before = database()
    with pytest.raises(workflow.Refused) as refusal:
        workflow.set_status(task, by=office, version=task.version, **asked)
    assert (str(refusal.value), database()) == (words, before)


@pytest.mark.parametrize("role", [Role.LEADER, Role.AUDITOR, Role.ADMIN, Role.AGENCY])
def test_only_the_office_may(role, task, lead):
    person = lead if role == Role.AGENCY else make_user("somebody", role)
    before = database()
    with pytest.raises(PermissionDenied):
        workflow.set_status(task, by=person, status=Status.IN_PROGRESS, version=task.version)
    assert database() == before


def test_an_account_that_was_switched_off_may_not(task, office):
    office.is_active = False
    with pytest.raises(PermissionDenied):
        workflow.set_status(task, by=office, status=Status.IN_PROGRESS, version=task.version)


# --- many at once -----------------------------------------------------------------------------------


@pytest.fixture
def several(section) -> list[Task]:
    """One task in each status."""
    return [_at(section, status) for status in Status]


def _picks(tasks) -> list[tuple[int, int]]:
    return [(task.pk, task.version) for task in tasks]


@pytest.mark.parametrize("target", Status)
def test_many_change_together_with_one_event_each(target, several, office):
    events = Event.objects.count()
    workflow.set_statuses(_picks(several), by=office, status=target, reason="年终核定", at=NOW)
    for task in several:
        progress = {Status.COMPLETED: 100, Status.NOT_STARTED: 0}.get(target, task.progress)
        assert _stands(task) == (target, progress, "年终核定", task.version + 1, NOW)
    fresh = Event.objects.filter(at=NOW)
    assert Event.objects.count() == events + len(several)
    assert {event.task_id: event.before.get("status") for event in fresh} == {
        task.pk: None if task.status == target else task.status for task in several
    }


def test_those_that_stand_so_already_are_left_alone(several, office):
    done = [task for task in several if task.status == Status.COMPLETED]
    workflow.set_statuses(_picks(several), by=office, status=Status.COMPLETED, reason="先前的理由", at=NOW)
    changed = Event.objects.filter(at=NOW).values_list("task", flat=True)
    assert set(changed) == {task.pk for task in several} - {task.pk for task in done}


def test_one_stale_among_many_stops_all(several, office):
    stale = several[3]
    picks = [(task.pk, task.version - (task == stale)) for task in several]
    before = database()
    with pytest.raises(workflow.EditConflict) as conflict:
        workflow.set_statuses(picks, by=office, status=Status.IN_PROGRESS, reason="核定")
    assert (conflict.value.tasks, database()) == ([stale], before)


def test_one_refused_among_many_stops_all(several, office):
    """Only the completed one would owe a reason."""
    before = database()
    with pytest.raises(workflow.Refused) as refusal:
        workflow.set_statuses(_picks(several), by=office, status=Status.IN_PROGRESS)
    done = next(task for task in several if task.status == Status.COMPLETED)
    assert str(refusal.value) == f"将第 {done.number} 项改为“推进中”须填写理由"
    assert database() == before


def test_an_unknown_key_stops_all(several, office):
    before = database()
    with pytest.raises(Task.DoesNotExist):
        workflow.set_statuses([*_picks(several), (987_654, 1)], by=office, status="completed", reason="核定")
    assert database() == before


def test_nothing_asked_is_nothing_done(several, office):
    before = database()
    assert workflow.set_statuses([], by=office, status=Status.COMPLETED) == []
    assert database() == before


@pytest.mark.parametrize("role", [Role.LEADER, Role.AUDITOR, Role.ADMIN])
def test_many_are_the_offices_word_too(role, several):
    person = make_user("somebody", role)
    before = database()
    with pytest.raises(PermissionDenied):
        workflow.set_statuses(_picks(several), by=person, status=Status.COMPLETED)
    assert database() == before


# --- histories --------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from([*Status.values, "done"]),
        st.one_of(st.none(), st.integers(-5, 105)),
        st.sampled_from(["", "理由甲", "理由乙"]),
        st.integers(-1, 0),
    ),
    max_size=12,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(steps=STEPS)
def test_events_replayed_give_the_row(steps, plan):
    """Whatever is asked in whatever order: the row is what its events say, and versions count them."""
    task = make_task(make_section(plan), at=LONG_AGO)
    for status, progress, reason, age in steps:
        version = Task.objects.get(pk=task.pk).version + age
        try:
            workflow.set_status(
                task, by=None, status=status, version=version, progress=progress, reason=reason
            )
        except (workflow.Refused, workflow.EditConflict):
            continue
    created, *changes = task.events.all()
    replayed = {"status": created.after["status"], "progress": created.after["progress"], "status_reason": ""}
    for event in changes:
        assert event.before == {name: replayed[name] for name in event.after}
        assert all(event.before[name] != value for name, value in event.after.items())
        replayed |= event.after
    row = Task.objects.get(pk=task.pk)
    assert {name: getattr(row, name) for name in replayed} == replayed
    assert (row.version, row.updated_at) == (1 + len(changes), task.events.last().at)
