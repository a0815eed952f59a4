"""The tables of moves: from each state each move is allowed as they say, and else refused without a trace."""

from collections.abc import Callable
from datetime import date

import pytest

from agencies.models import User
from tasks import workflow
from tasks.models import (
    Extension,
    ExtensionState,
    ProgressReport,
    Receipt,
    ReceiptState,
    ReportState,
    Status,
    Task,
)
from tests.database import database
from tests.factories import LONG_AGO, make_agency, make_periods, make_report, make_task, make_user
from tools.states import PAGE, page


def refused(change: Callable) -> bool:
    """Whether the change is refused; a refusal leaves no trace."""
    before = database()
    try:
        change()
    except workflow.Refused:
        assert database() == before
        return True
    return False


def test_the_diagram_is_what_the_tables_say():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: .venv/bin/python tools/states.py"


# --- reports -----------------------------------------------------------------------------------------


def _report_in(state: ReportState, task: Task, lead: User) -> ProgressReport:
    period = make_periods(task.plan)[0]
    return make_report(task, period, lead, state=state.value)


def _report_moves(report: ProgressReport, lead: User, office: User) -> dict[str, Callable]:
    at = {"version": report.version}
    return {
        "write": lambda: workflow.write_report(
            report.task, report.period, by=lead, measures="改写", at=LONG_AGO, **at
        ),
        "submit": lambda: workflow.submit_report(report, by=lead, **at),
        "withdraw": lambda: workflow.withdraw_report(report, by=lead, **at),
        "accept": lambda: workflow.accept_report(report, by=office, **at),
        "return": lambda: workflow.return_report(report, by=office, reason="请补充", **at),
    }


@pytest.mark.parametrize("state", ReportState)
@pytest.mark.parametrize("move", workflow.REPORT_MOVES)
def test_a_report_moves_as_its_table_says(move, state, task, lead, office):
    report = _report_in(state, task, lead)
    moves = _report_moves(report, lead, office)
    assert moves.keys() == workflow.REPORT_MOVES.keys()

    allowed = not refused(moves[move])

    row = workflow.REPORT_MOVES[move]
    assert allowed == (state in row.sources)
    report.refresh_from_db()
    assert report.state == ((row.target or state) if allowed else state)


@pytest.mark.parametrize("state", ReportState)
def test_a_report_is_taken_over_into_where_it_may_be_written(state, task, lead, office):
    report = _report_in(state, task, lead)
    take = lambda: workflow.take_over(report, [], by=lead, version=report.version)  # noqa: E731
    assert refused(take) == (state not in workflow.REPORT_MOVES["write"].sources)


# --- receipts ----------------------------------------------------------------------------------------


def _receipt_in(state: ReceiptState | None, task: Task, participant: User) -> Receipt | None:
    if state == ReceiptState.RECEIVED:
        return workflow.receive_tasks([task.pk], by=participant)[0]
    if state is None:
        return None
    receipt = workflow.dispute_task(task, by=participant, reason="无关")
    if state == ReceiptState.ANSWERED:
        receipt = workflow.answer_dispute(receipt, by=None, answer="维持")
    return receipt


def _receipt_moves(task: Task, receipt: Receipt | None, participant: User, office: User) -> dict:
    def reassign():
        workflow.assign_task(
            task,
            by=office,
            version=task.version,
            lead=participant.agency,
            participants=[],
            basis="会议纪要",
        )
        if receipt is None:  # there is nothing to be moved
            raise workflow.Refused

    return {
        "receive": lambda: workflow.receive_tasks([task.pk], by=participant),
        "dispute": lambda: workflow.dispute_task(task, by=participant, reason="职责已划转"),
        "answer": lambda: workflow.answer_dispute(receipt or Receipt(task=task), by=office, answer="维持"),
        "reassign": reassign,
    }


@pytest.mark.parametrize("state", [None, *ReceiptState])
@pytest.mark.parametrize("move", workflow.RECEIPT_MOVES)
def test_a_receipt_moves_as_its_table_says(move, state, task, participant, office):
    receipt = _receipt_in(state, task, participant)
    moves = _receipt_moves(task, receipt, participant, office)
    assert moves.keys() == workflow.RECEIPT_MOVES.keys()
    row = workflow.RECEIPT_MOVES[move]
    if receipt is None and not row.by_agency:
        assert None not in row.sources  # the office has nothing to move
        return
    before = database()

    allowed = not refused(moves[move])

    if (move, state) == ("receive", ReceiptState.RECEIVED):  # a double click: neither refused nor done again
        assert database() == before
        return
    assert allowed == (state in row.sources)
    now = task.receipts.filter(agency=participant.agency).values_list("state", flat=True).first()
    assert now == (row.target if allowed else state)


# --- extensions --------------------------------------------------------------------------------------


def _extension_in(state: ExtensionState, task: Task, lead: User) -> Extension:
    extension = workflow.ask_extension(
        task, by=lead, new_due_on=date(2025, 6, 30), progress=0, reason="会期顺延", at=LONG_AGO
    )
    return {
        ExtensionState.ASKED: lambda: extension,
        ExtensionState.GRANTED: lambda: workflow.grant_extension(extension, by=None),
        ExtensionState.REFUSED: lambda: workflow.refuse_extension(extension, by=None, decision="不妥"),
        ExtensionState.WITHDRAWN: lambda: workflow.withdraw_extension(extension, by=lead),
    }[state]()


@pytest.mark.parametrize("state", ExtensionState)
@pytest.mark.parametrize("move", workflow.EXTENSION_MOVES.keys() - {"ask"})
def test_an_extension_moves_as_its_table_says(move, state, task, lead, office):
    extension = _extension_in(state, task, lead)
    moves = {
        "withdraw": lambda: workflow.withdraw_extension(extension, by=lead),
        "grant": lambda: workflow.grant_extension(extension, by=office),
        "refuse": lambda: workflow.refuse_extension(extension, by=office, decision="不妥"),
    }
    assert moves.keys() | {"ask"} == workflow.EXTENSION_MOVES.keys()

    allowed = not refused(moves[move])

    row = workflow.EXTENSION_MOVES[move]
    assert allowed == (state in row.sources)
    extension.refresh_from_db()
    assert extension.state == (row.target if allowed else state)


@pytest.mark.parametrize("state", ExtensionState)
def test_another_extension_is_asked_for_once_the_last_one_is_decided(state, task, lead):
    _extension_in(state, task, lead)
    later = lambda: workflow.ask_extension(  # noqa: E731
        task, by=lead, new_due_on=date(2025, 9, 30), progress=0, reason="再次顺延", at=LONG_AGO
    )
    assert refused(later) == (state == ExtensionState.ASKED)


# --- tasks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reported", [False, True], ids=["unreported", "reported"])
@pytest.mark.parametrize("reason", ["", "理由"], ids=["bare", "reasoned"])
@pytest.mark.parametrize("target", Status)
@pytest.mark.parametrize("current", Status)
def test_a_task_moves_as_its_table_says(current, target, reason, reported, section, lead, office):
    """Whatever stands, whatever is asked for: refused exactly where a reason or the final report is owed."""
    task = make_task(section, [lead.agency], number=1, status=current, reason="原因")
    task = workflow.set_status(task, by=None, status=current, version=task.version, reason="原因")
    half = make_periods(section.chapter.plan)[0]
    if reported:
        final = make_report(task, half, lead, proposed_status="completed")
        workflow.accept_report(final, by=None, version=final.version, takes_over=False)
    row, left = workflow.STATUS_MOVES[target], workflow.STATUS_MOVES[current]
    moves = target != current
    owes_reason = moves and not reason and (row.reason_owed or left.reason_to_leave)
    owes_report = moves and row.final_report and not reported

    allowed = not refused(
        lambda: workflow.set_status(task, by=office, status=target, version=task.version, reason=reason)
    )

    assert allowed == (not owes_reason and not owes_report)
    task = Task.objects.get(pk=task.pk)
    assert task.status == (target if allowed else current)
    if allowed and row.progress is not None:
        assert task.progress == row.progress


def test_nobody_is_asked_for_a_final_report_where_nobody_can_write_one(section, office):
    everybody = make_agency("联席会议成员单位", is_collective=True)
    make_periods(section.chapter.plan)
    for number, agencies in ((1, []), (2, [everybody])):
        task = make_task(section, agencies, number=number)
        done = workflow.set_status(task, by=office, status=Status.COMPLETED, version=task.version)
        assert done.status == Status.COMPLETED


def test_a_participants_final_report_completes_nothing(task, participant, lead, office):
    half = make_periods(task.plan)[0]
    theirs = make_report(task, half, participant, proposed_status="completed")
    workflow.accept_report(theirs, by=None, version=theirs.version)
    assert refused(
        lambda: workflow.set_status(task, by=office, status=Status.COMPLETED, version=task.version)
    )


def test_many_are_completed_together_or_none_and_it_says_which_lack_a_report(section, lead, office):
    make_user("somebody", agency=make_agency("科技部"))
    make_periods(section.chapter.plan)
    tasks = [make_task(section, [lead.agency], number=number) for number in range(1, 8)]
    before = database()
    with pytest.raises(workflow.Refused, match=r"^第 1、2、3、4、5 等 7 项须有牵头单位的最终报告"):
        workflow.set_statuses([(task.pk, task.version) for task in tasks], by=office, status=Status.COMPLETED)
    assert database() == before
