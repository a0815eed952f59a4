"""Two people at the same moment, in two threads with a connection each: nobody's change is lost.

PostgreSQL is kept in order by the row's lock, SQLite by transactions that begin by taking their turn
(IMMEDIATE). Each race is run once more without that guard, to show that it would be lost.
"""

from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from django.db import OperationalError, connection, transaction

from agencies.models import Role
from tasks import workflow
from tasks.models import Event, Status, Task
from tests.factories import make_plan, make_section, make_task, make_user

pytestmark = pytest.mark.django_db(transaction=True)

on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="rows are locked")
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="transactions take their turn")


@pytest.fixture
def contested(transactional_db) -> Task:
    return make_task(make_section(make_plan()), number=1)


@pytest.fixture
def slow_check(monkeypatch):
    """Holds an edit between its reading and its writing until the other has read too, or for a moment."""
    both_have_read = Barrier(2)

    def slowly(check):
        def wait_and_check(*args, **kwargs):
            with suppress(BrokenBarrierError):  # broken where the other is kept waiting, as it should be
                both_have_read.wait(timeout=0.5)
            return check(*args, **kwargs)

        return wait_and_check

    for name in ("status_change", "why_not_taken_back"):
        monkeypatch.setattr(workflow.status, name, slowly(getattr(workflow.status, name)))


def _together(*edits, prepare=lambda: None) -> list[str]:
    """Runs the edits at once; returns how each ended, in alphabetical order."""
    outcomes = []
    ready = Barrier(len(edits))

    def run(edit):
        try:
            prepare()
            ready.wait(timeout=10)
            edit()
            outcomes.append("saved")
        except (workflow.EditConflict, workflow.Refused, OperationalError) as loss:
            outcomes.append(type(loss).__name__)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(edit,)) for edit in edits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return sorted(outcomes)


def _edit(task: Task, person, progress: int):
    return lambda: workflow.set_status(
        task, by=person, status=Status.IN_PROGRESS, version=task.version, progress=progress
    )


@pytest.fixture
def edits(contested):
    """Two people set the same task from the same version, each to a progress of their own."""
    people = make_user("office", Role.OFFICE), make_user("office2", Role.OFFICE)
    return [_edit(contested, person, progress) for person, progress in zip(people, (30, 60), strict=True)]


def _changes() -> int:
    return Event.objects.filter(kind="task.status").count()


def test_of_two_edits_one_wins_and_the_other_is_told(edits, contested, slow_check):
    assert _together(*edits) == ["EditConflict", "saved"]
    contested.refresh_from_db()
    event = Event.objects.get(kind="task.status")
    assert (contested.version, contested.progress) == (2, event.after["progress"])


def test_a_double_click_is_one_change(contested, slow_check):
    office = make_user("office", Role.OFFICE)
    click = _edit(contested, office, 30)
    assert _together(click, click) == ["saved", "saved"]
    assert (Task.objects.get().version, _changes()) == (2, 1)


def test_many_edits_of_the_same_tasks_in_any_order_do_not_block_each_other(transactional_db):
    section = make_section(make_plan())
    tasks = [make_task(section) for _ in range(6)]
    office = make_user("office", Role.OFFICE)
    picks = [(task.pk, task.version) for task in tasks]

    def bulk(order, reason):
        return lambda: workflow.set_statuses(order, by=office, status=Status.CONTINUING, reason=reason)

    outcomes = _together(*(bulk(picks[::step], f"第{n}次") for n, step in enumerate([1, -1, 1, -1])))
    assert outcomes == ["EditConflict", "EditConflict", "EditConflict", "saved"]
    assert len({task.status_reason for task in Task.objects.all()}) == 1
    assert _changes() == len(tasks)


@pytest.fixture
def edit_and_undoing(contested):
    """A change of one's own, and at once its taking back and a colleague's edit of what it left."""
    office, colleague = make_user("office", Role.OFFICE), make_user("office2", Role.OFFICE)
    changed = workflow.set_status(contested, by=office, status=Status.CONTINUING, version=1, progress=10)
    event = changed.events.latest("pk")
    return _edit(changed, colleague, 60), lambda: workflow.take_back(event, by=office)


def test_taking_back_and_an_edit_leave_what_one_of_them_says(edit_and_undoing, slow_check):
    lost, saved = _together(*edit_and_undoing)
    assert (lost, saved) in [("EditConflict", "saved"), ("Refused", "saved")]
    task = Task.objects.get()
    assert (task.version, _changes()) == (3, 2)
    assert (task.status, task.progress) == (
        ("not_started", 0) if lost == "EditConflict" else ("in_progress", 60)
    )


def test_taking_back_twice_is_one_change(edit_and_undoing, slow_check):
    _, undoing = edit_and_undoing
    assert _together(undoing, undoing) == ["saved", "saved"]
    assert (Task.objects.get().version, _changes()) == (3, 2)


@on_postgresql
def test_without_the_lock_taking_back_would_write_over_an_edit(edit_and_undoing, slow_check, monkeypatch):
    monkeypatch.setattr("tasks.models.task.TaskQuerySet.select_for_update", lambda tasks, **options: tasks)
    assert _together(*edit_and_undoing) == ["saved", "saved"]
    assert (Task.objects.get().version, _changes()) == (3, 3)


@on_postgresql
def test_without_the_lock_an_edit_would_be_lost(edits, contested, slow_check, monkeypatch):
    monkeypatch.setattr("tasks.models.task.TaskQuerySet.select_for_update", lambda tasks, **options: tasks)
    assert _together(*edits) == ["saved", "saved"]
    assert (Task.objects.get().version, _changes()) == (2, 2)


@on_sqlite
def test_without_immediate_an_edit_would_fail_as_locked(edits, slow_check):
    def deferred():
        connection.ensure_connection()
        connection.transaction_mode = "DEFERRED"

    assert _together(*edits, prepare=deferred) == ["OperationalError", "saved"]


def test_transactions_that_read_then_write_wait_for_their_turn(contested):
    def add_one():
        for _ in range(10):
            with transaction.atomic():
                task = Task.objects.select_for_update(of=("self",)).get(pk=contested.pk)
                task.version += 1
                task.save(update_fields=["version"])

    assert _together(*[add_one] * 4) == ["saved"] * 4
    assert Task.objects.get().version == 41
