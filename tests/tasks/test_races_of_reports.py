"""Two people at the same moment on a report, a receipt, a request: one is done, the other is told.

As in test_races each race is run once more without what keeps it in order, to show what would be lost: on
PostgreSQL the row's lock, on SQLite the turn that each transaction takes as it begins.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from django.db import IntegrityError, OperationalError, connection

from agencies.models import Role
from tasks import workflow
from tasks.models import Event, Extension, ProgressReport, Receipt, Task
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

pytestmark = pytest.mark.django_db(transaction=True)

on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="rows are locked")
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="transactions take their turn")

JULY = datetime(2024, 7, 10, 9, tzinfo=LONG_AGO.tzinfo)


class World:
    """A task of two agencies in an open period; each agency and the office with two accounts."""

    def __init__(self):
        self.lead, self.deputy = (
            make_user(name, agency=make_agency("国家知识产权局")) for name in ("a", "a2")
        )
        self.participant = make_user("b", agency=make_agency("农业农村部"))
        self.office, self.colleague = (make_user(name, Role.OFFICE) for name in ("office", "office2"))
        section = make_section(make_plan())
        self.task = make_task(section, [self.lead.agency, self.participant.agency], number=1)
        self.period = make_periods(section.chapter.plan)[0]

    def report(self, state: str) -> ProgressReport:
        return make_report(self.task, self.period, self.lead, state=state, at=JULY)

    def write(self, person, text: str, version: int | None = None):
        return workflow.write_report(
            self.task, self.period, by=person, version=version, at=JULY, **WRITTEN | {"measures": text}
        )


@pytest.fixture
def world(transactional_db) -> World:
    return World()


@pytest.fixture
def meet(monkeypatch):
    """Holds both changes between their check and their writing: meet("reports reviews", "check_move").

    The one that is kept waiting for the other's lock never comes, and the barrier breaks, as it should."""

    def hold(modules: str, check: str):
        both_have_checked = Barrier(2)
        first, *_ = modules.split()
        original = getattr(getattr(workflow, first), check)

        def check_and_wait(*args, **kwargs):
            original(*args, **kwargs)
            with suppress(BrokenBarrierError):
                both_have_checked.wait(timeout=0.5)

        for module in modules.split():
            monkeypatch.setattr(f"tasks.workflow.{module}.{check}", check_and_wait)

    return hold


@pytest.fixture
def without_locks(monkeypatch):
    """Takes the rows' locks away."""
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", lambda rows, **options: rows)


def together(*changes: Callable, prepare: Callable = lambda: None) -> list[str]:
    """Runs the changes at once; returns how each ended, in alphabetical order."""
    outcomes = []
    ready = Barrier(len(changes))

    def run(change):
        try:
            prepare()
            ready.wait(timeout=10)
            change()
            outcomes.append("done")
        except (workflow.EditConflict, workflow.Refused, IntegrityError, OperationalError) as loss:
            outcomes.append(type(loss).__name__)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(change,)) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return sorted(outcomes)


def deferred() -> None:
    """A transaction that no longer takes its turn as it begins."""
    connection.ensure_connection()
    connection.transaction_mode = "DEFERRED"


def told(kind: str) -> int:
    return Event.objects.filter(kind=kind).count()


# --- the races ---------------------------------------------------------------------------------------


def two_editors(world):
    report = world.report("draft")
    return [
        lambda: world.write(world.lead, "甲的文本", report.version),
        lambda: world.write(world.deputy, "乙的文本", report.version),
    ]


def two_first_drafts(world):
    return [lambda: world.write(world.lead, "甲的文本"), lambda: world.write(world.deputy, "乙的文本")]


def double_submit(world):
    report = world.report("draft")
    submit = lambda: workflow.submit_report(report, by=world.lead, version=report.version, at=JULY)  # noqa: E731
    return [submit, submit]


def accept_and_withdraw(world):
    report = world.report("submitted")
    return [
        lambda: workflow.accept_report(report, by=world.office, version=report.version),
        lambda: workflow.withdraw_report(report, by=world.lead, version=report.version),
    ]


def two_reviewers(world):
    report = world.report("submitted")
    return [
        lambda: workflow.accept_report(report, by=world.office, version=report.version),
        lambda: workflow.return_report(
            report, by=world.colleague, version=report.version, reason="请补充成效"
        ),
    ]


def two_requests(world):
    ask = lambda person: (  # noqa: E731
        lambda: workflow.ask_extension(
            world.task, by=person, new_due_on=date(2025, 6, 30), progress=40, reason="会期顺延", at=JULY
        )
    )
    return [ask(world.lead), ask(world.deputy)]


def _asked(world):
    return workflow.ask_extension(
        world.task, by=world.lead, new_due_on=date(2025, 6, 30), progress=40, reason="会期顺延", at=JULY
    )


def two_grants(world):
    extension = _asked(world)
    grant = lambda person: lambda: workflow.grant_extension(extension, by=person, at=JULY)  # noqa: E731
    return [grant(world.office), grant(world.colleague)]


def grant_and_withdraw(world):
    extension = _asked(world)
    return [
        lambda: workflow.grant_extension(extension, by=world.office, at=JULY),
        lambda: workflow.withdraw_extension(extension, by=world.lead, at=JULY),
    ]


def two_answers(world):
    receipt = workflow.dispute_task(world.task, by=world.participant, reason="无关", at=JULY)
    answer = lambda person: lambda: workflow.answer_dispute(receipt, by=person, answer="维持")  # noqa: E731
    return [answer(world.office), answer(world.colleague)]


def receive_and_dispute(world):
    return [
        lambda: workflow.receive_tasks([world.task.pk], by=world.lead, at=JULY),
        lambda: workflow.dispute_task(world.task, by=world.deputy, reason="无关", at=JULY),
    ]


# The race, where it is held, how it ends, how it would end without the lock on PostgreSQL.
RACES = {
    # One of the two texts would be gone without a word.
    two_editors: ("reports reviews", "check_move", ["ReportConflict", "done"], ["done", "done"]),
    # The database's own promise would be all that is left, and the page would fail.
    two_first_drafts: ("reports", "check_asked", ["ReportConflict", "done"], ["IntegrityError", "done"]),
    # Handed in twice, with two events and two notices.
    double_submit: ("reports reviews", "check_move", ["ReportConflict", "done"], ["done", "done"]),
    # Accepted, its task moved on, and a draft again.
    accept_and_withdraw: ("reports reviews", "check_move", ["ReportConflict", "done"], ["done", "done"]),
    # Accepted and returned.
    two_reviewers: ("reports reviews", "check_move", ["ReportConflict", "done"], ["done", "done"]),
    two_requests: ("extensions", "check_extendable", ["Refused", "done"], ["IntegrityError", "done"]),
    # Granted twice, with two events.
    two_grants: ("extensions", "_move", ["Refused", "done"], ["done", "done"]),
    # Granted, its day moved on, and withdrawn.
    grant_and_withdraw: ("extensions", "_move", ["Refused", "done"], ["done", "done"]),
    two_answers: ("receipts", "_move", ["Refused", "done"], ["done", "done"]),
    # Both are right one after the other: the last one stands.
    receive_and_dispute: ("receipts", "_move", ["done", "done"], ["IntegrityError", "done"]),
}


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_one_is_done_and_the_other_is_told(race, world, meet):
    module, check, ends, _ = RACES[race]
    changes = race(world)
    before = Event.objects.count()
    meet(module, check)

    assert together(*changes) == ends

    done = ends.count("done")
    assert Event.objects.count() - before == (0 if race in (two_editors, two_first_drafts) else done)


@on_postgresql
@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_without_the_lock_both_would_pass_or_the_page_would_fail(race, world, meet, without_locks):
    module, check, _, would_end = RACES[race]
    changes = race(world)
    meet(module, check)

    assert together(*changes) == would_end


@on_sqlite
@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_without_immediate_one_would_fail_as_locked(race, world, meet):
    module, check, *_ = RACES[race]
    changes = race(world)
    meet(module, check)

    assert together(*changes, prepare=deferred) == ["OperationalError", "done"]


# --- what is left is whole ---------------------------------------------------------------------------


def test_of_two_texts_the_one_that_was_kept_is_whole(world, meet):
    changes = two_editors(world)
    meet("reports reviews", "check_move")
    together(*changes)
    report = ProgressReport.objects.get()
    assert report.version == 2
    assert report.written["measures"] in ("甲的文本", "乙的文本")


def test_a_report_is_accepted_or_withdrawn_and_its_task_knows_which(world, meet):
    changes = accept_and_withdraw(world)
    meet("reports reviews", "check_move")
    together(*changes)
    report, task = ProgressReport.objects.get(), Task.objects.get()
    assert (report.state, task.status) in [("accepted", "in_progress"), ("draft", "not_started")]
    assert told("report.accepted") + told("report.withdrawn") == 1


def test_a_request_is_granted_or_withdrawn_and_its_task_knows_which(world, meet):
    changes = grant_and_withdraw(world)
    meet("extensions", "_move")
    together(*changes)
    extension, task = Extension.objects.get(), Task.objects.get()
    assert (extension.state, task.due_on) in [("granted", date(2025, 6, 30)), ("withdrawn", None)]


def test_a_receipt_is_one_row_whoever_comes_last(world, meet):
    changes = receive_and_dispute(world)
    meet("receipts", "_move")
    together(*changes)
    receipt = Receipt.objects.get()
    last = Event.objects.filter(kind__in=("task.received", "task.disputed")).latest("pk")
    assert {"task.received": "received", "task.disputed": "disputed"}[last.kind] == receipt.state


def test_changing_who_is_responsible_waits_for_a_report_that_is_handed_in(world, meet):
    """Both come through; the report stays with whoever wrote it."""
    report = world.report("draft")

    def assign():
        workflow.assign_task(
            world.task,
            by=world.office,
            version=world.task.version,
            lead=world.participant.agency,
            participants=[],
            basis="会议纪要",
        )

    def submit():
        workflow.submit_report(report, by=world.lead, version=report.version, at=JULY)

    ends = together(assign, submit)
    task = Task.objects.get()
    assert task.lead == world.participant.agency
    assert ends in (["done", "done"], ["Refused", "done"])
    assert ProgressReport.objects.get().state == ("submitted" if ends == ["done", "done"] else "draft")
