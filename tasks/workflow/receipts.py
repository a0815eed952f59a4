"""签收: agencies take note of their tasks or say that a task is not theirs; the office answers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from agencies.models import Agency, User
from tasks import permissions
from tasks.models import (
    Assignment,
    AssignmentRole,
    Basis,
    Event,
    EventKind,
    Receipt,
    ReceiptState,
    Task,
)
from tasks.workflow.notices import tell_agencies, tell_office
from tasks.workflow.plans import Naming, assign_agencies, spoken_part
from tasks.workflow.shared import EditConflict, Refused, acting_for, allow, locked, write


@dataclass(frozen=True)
class ReceiptMove:
    """From which states a receipt may be moved; None is where there is none yet (待签收)."""

    words: str
    sources: Collection[ReceiptState | None]
    target: ReceiptState
    by_agency: bool


RECEIPT_MOVES = {
    "receive": ReceiptMove(
        "签收", {None, ReceiptState.DISPUTED, ReceiptState.ANSWERED}, ReceiptState.RECEIVED, by_agency=True
    ),
    # An objection may be put in other words for as long as it waits for its answer.
    "dispute": ReceiptMove("反映责任不符", {None, *ReceiptState}, ReceiptState.DISPUTED, by_agency=True),
    "answer": ReceiptMove("答复", {ReceiptState.DISPUTED}, ReceiptState.ANSWERED, by_agency=False),
    "reassign": ReceiptMove("调整责任单位", set(ReceiptState), ReceiptState.ANSWERED, by_agency=False),
}


@transaction.atomic
def receive_tasks(
    tasks: Iterable[int], *, by: User, agency: Agency | None = None, at: datetime | None = None
) -> list[Receipt]:
    """Sign for these tasks (by key), all or none, one event each. What is signed already stays as it is."""
    agency = acting_for(agency, by)
    at = at or timezone.now()
    signed = []
    for task in locked(tasks):
        _check_assigned(task, agency)
        receipt = _receipt_of(task, agency)
        if receipt.is_signed:
            continue
        _move("receive", receipt)
        _sign(receipt, by=by, at=at)
        Event.record(task, EventKind.TASK_RECEIVED, by=by, at=at, agency=agency)
        signed.append(receipt)
    return signed


@transaction.atomic
def dispute_task(
    task: Task, *, by: User, reason: str, agency: Agency | None = None, at: datetime | None = None
) -> Receipt:
    """责任不符: tell the office, with a reason, that the task is not the agency's."""
    agency = acting_for(agency, by)
    at = at or timezone.now()
    reason = reason.strip()
    (task,) = locked([task.pk])
    _check_assigned(task, agency)
    receipt = _receipt_of(task, agency)
    if receipt.state == ReceiptState.DISPUTED and receipt.reason == reason:
        return receipt  # a double click
    if not reason:
        raise Refused("请写明责任不符的理由，供办公室核定")
    _move("dispute", receipt)
    receipt.reason = reason
    _sign(receipt, by=by, at=at)
    event = Event.record(task, EventKind.TASK_DISPUTED, by=by, at=at, agency=agency, reason=reason)
    tell_office(event)
    return receipt


@transaction.atomic
def answer_dispute(receipt: Receipt, *, by: User | None, answer: str, at: datetime | None = None) -> Receipt:
    """Tell an agency how its objection was decided; it signs for what stands now. Changing who is responsible
    is `assign_task`, which comes first.
    """
    allow(permissions.can_supervise, by)
    at = at or timezone.now()
    (task,) = locked([receipt.task_id])
    receipt = Receipt.objects.select_for_update(of=("self",)).select_related("agency").get(pk=receipt.pk)
    _move("answer", receipt)
    if not answer.strip():
        raise Refused("请填写答复意见和依据")
    _answer(receipt, answer.strip(), by=by, at=at)
    event = Event.record(
        task,
        EventKind.TASK_ANSWERED,
        by=by,
        at=at,
        agency=receipt.agency,
        after={"agency": receipt.agency.name},
        reason=answer.strip(),
    )
    tell_agencies(event, [receipt.agency_id])
    return receipt


@transaction.atomic
def assign_task(
    task: Task,
    *,
    by: User | None,
    version: int,
    lead: Agency,
    participants: Sequence[Agency],
    basis: str,
    at: datetime | None = None,
) -> Task:
    """Change who is responsible, on the ground that `basis` names; the participants stand in this order.

    All of them are there by the office's word from then on, those that stay as well: that an agency was taken
    away can be seen by nothing else, and a document imported again must not bring it back. An agency whose
    role changed signs anew. Reports stay with whoever wrote them. Returns the fresh task.
    """
    allow(permissions.can_supervise, by)
    at = at or timezone.now()
    basis = basis.strip()
    # Before the task, as an import does it: while one is given a task, nobody takes its registration back.
    keys = [agency.pk for agency in (lead, *participants)]
    for agency in Agency.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"):
        if agency.is_withdrawn:
            raise Refused(f"“{agency}”的登记已撤销，请重新选择")
    (task,) = locked([task.pk])
    wanted = [(lead, AssignmentRole.LEAD), *((one, AssignmentRole.PARTICIPANT) for one in participants)]
    present = list(task.assignments.select_related("agency").order_by("position"))
    if [(one.agency, one.role) for one in present] == wanted:
        return task
    if task.version != version:
        raise EditConflict([task])
    if len({agency.pk for agency, _ in wanted}) != len(wanted):
        raise Refused("同一单位只能列一次，请核对牵头单位和参与单位")
    if not basis:
        raise Refused("请写明调整责任单位的依据，如会议纪要、来函文号")
    written = {one.agency_id: one.named_as for one in present}
    task.assignments.all().delete()
    made = assign_agencies(
        task,
        [Naming(agency, role, Basis.OFFICE, written.get(agency.pk, agency.name)) for agency, role in wanted],
    )
    moved = {one.agency_id for one in [*present, *made] if _changed(one, present, made)}
    _ask_anew(task, moved, basis, by=by, at=at)
    spoken = {"before": "、".join(map(spoken_part, present)), "after": "、".join(map(spoken_part, made))}
    event = write(
        task,
        {},
        EventKind.TASK_ASSIGNED,
        by=by,
        at=at,
        reason=basis,
        extra_before={"agencies_before": spoken["before"]},
        extra_after={"agencies_after": spoken["after"]},
    )
    tell_agencies(event, moved)
    return task


def _changed(one: Assignment, present: Collection[Assignment], made: Collection[Assignment]) -> bool:
    part = (one.agency_id, one.role)
    return not all(any((a.agency_id, a.role) == part for a in side) for side in (present, made))


def _ask_anew(task: Task, agencies: Collection[int], basis: str, *, by: User | None, at: datetime) -> None:
    """Whoever's part changed has an answer now where it objected, and signs for the new part."""
    for receipt in task.receipts.filter(agency__in=agencies):
        _move("reassign", receipt)
        _answer(receipt, basis, by=by, at=at)


def _check_assigned(task: Task, agency: Agency) -> None:
    if not task.assignments.filter(agency=agency).exists():
        raise Refused(f"第 {task.number} 项现在不由本单位承担，请刷新页面")


def _receipt_of(task: Task, agency: Agency) -> Receipt:
    """The agency's receipt; the lock on the task keeps two from making it."""
    return task.receipts.filter(agency=agency).first() or Receipt(task=task, agency=agency)


def _move(name: str, receipt: Receipt) -> None:
    move = RECEIPT_MOVES[name]
    if (receipt.state or None) not in move.sources:
        raise Refused(f"签收现为“{receipt.get_state_display()}”，不能{move.words}，请刷新页面")
    receipt.state = move.target


def _sign(receipt: Receipt, *, by: User, at: datetime) -> None:
    receipt.by, receipt.at = by, at
    receipt.save()


def _answer(receipt: Receipt, answer: str, *, by: User | None, at: datetime) -> None:
    receipt.answer, receipt.answered_by, receipt.answered_at = answer, by, at
    receipt.save()
