"""延期: the lead asks for a later day before the present one has passed; the office grants or refuses it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from agencies.models import User
from tasks import permissions
from tasks.models import Event, EventKind, Extension, ExtensionState, Task
from tasks.workflow.notices import tell_agencies, tell_office
from tasks.workflow.shared import Refused, allow, locked, write


@dataclass(frozen=True)
class ExtensionMove:
    """From which states a request may be moved; None is where there is none yet."""

    words: str
    sources: Collection[ExtensionState | None]
    target: ExtensionState
    by_agency: bool


EXTENSION_MOVES = {
    "ask": ExtensionMove("申请延期", {None}, ExtensionState.ASKED, by_agency=True),
    "withdraw": ExtensionMove("撤回", {ExtensionState.ASKED}, ExtensionState.WITHDRAWN, by_agency=True),
    "grant": ExtensionMove("同意", {ExtensionState.ASKED}, ExtensionState.GRANTED, by_agency=False),
    "refuse": ExtensionMove("不同意", {ExtensionState.ASKED}, ExtensionState.REFUSED, by_agency=False),
}


@transaction.atomic
def ask_extension(
    task: Task, *, by: User, new_due_on: date, progress: int, reason: str, at: datetime | None = None
) -> Extension:
    """Ask for a later due date. Raises Refused after the present one, and while another request waits."""
    at = at or timezone.now()
    reason = reason.strip()
    (task,) = locked([task.pk])
    lead = task.assignments.leading().select_related("agency").first()
    if lead is None or not permissions.can_report(by, lead.agency_id):
        raise PermissionDenied
    check_extendable(task, on=timezone.localdate(at))
    if task.extensions.asked().exists():
        raise Refused("已有一份延期申请待批，请先撤回再重新申请")
    if new_due_on <= task.deadline:
        raise Refused(f"申请的日期须晚于现在的计划节点（{task.deadline}）")
    if not reason:
        raise Refused("请写明延期的理由")
    if not 0 <= progress <= 100:
        raise Refused("进度须在 0 至 100 之间")
    extension = Extension.objects.create(
        task=task,
        agency=lead.agency,
        state=EXTENSION_MOVES["ask"].target,
        old_due_on=task.deadline,
        new_due_on=new_due_on,
        progress=progress,
        reason=reason,
        asked_at=at,
        asked_by=by,
    )
    event = Event.record(
        task,
        EventKind.EXTENSION_ASKED,
        by=by,
        at=at,
        agency=lead.agency,
        after={"asked_due_on": str(new_due_on)},
        reason=reason,
    )
    tell_office(event)
    return extension


def check_extendable(task: Task, *, on: date) -> None:
    """Raises Refused where the task is settled or its day has passed: no request for a later one is taken."""
    if not task.is_open:
        raise Refused(f"任务现为“{task.get_status_display()}”，不需要延期")
    if on > task.deadline:
        raise Refused(f"已过计划节点（{task.deadline}），不能再申请延期，请在进展报送中说明情况")


@transaction.atomic
def withdraw_extension(extension: Extension, *, by: User, at: datetime | None = None) -> Extension:
    task, extension = _locked(extension)
    if not permissions.can_report(by, extension.agency_id):
        raise PermissionDenied
    _move("withdraw", extension)
    extension.save()
    Event.record(task, EventKind.EXTENSION_WITHDRAWN, by=by, at=at or timezone.now(), agency=extension.agency)
    return extension


@transaction.atomic
def grant_extension(
    extension: Extension, *, by: User | None, decision: str = "", at: datetime | None = None
) -> Extension:
    """The task is due on the day asked for; the day that stood is kept in the request and in the event."""
    allow(permissions.can_supervise, by)
    at = at or timezone.now()
    task, extension = _locked(extension)
    _move("grant", extension)
    if extension.new_due_on <= task.deadline:
        raise Refused(f"任务现在的计划节点（{task.deadline}）已不早于申请的日期，请改为不同意并说明")
    _decide(extension, decision, by=by, at=at)
    event = write(
        task,
        {"due_on": extension.new_due_on},
        EventKind.EXTENSION_GRANTED,
        by=by,
        at=at,
        reason=decision.strip(),
        extra_before={"due_before": str(task.deadline)},
        extra_after={"due_after": str(extension.new_due_on), "agency": extension.agency.name},
    )
    tell_agencies(event, task.assignments.values_list("agency", flat=True))
    return extension


@transaction.atomic
def refuse_extension(
    extension: Extension, *, by: User | None, decision: str, at: datetime | None = None
) -> Extension:
    """The day stays as it was; the agency is told why."""
    allow(permissions.can_supervise, by)
    at = at or timezone.now()
    task, extension = _locked(extension)
    _move("refuse", extension)
    if not decision.strip():
        raise Refused("不同意延期须写明理由")
    _decide(extension, decision, by=by, at=at)
    event = Event.record(
        task,
        EventKind.EXTENSION_REFUSED,
        by=by,
        at=at,
        agency=extension.agency,
        after={"asked_due_on": str(extension.new_due_on), "agency": extension.agency.name},
        reason=decision.strip(),
    )
    tell_agencies(event, [extension.agency_id])
    return extension


def _locked(extension: Extension) -> tuple[Task, Extension]:
    (task,) = locked([extension.task_id])
    fresh = Extension.objects.select_for_update(of=("self",)).select_related("agency").get(pk=extension.pk)
    return task, fresh


def _move(name: str, extension: Extension) -> None:
    move = EXTENSION_MOVES[name]
    if extension.state not in move.sources:
        raise Refused(f"这份申请现为“{extension.get_state_display()}”，不能{move.words}，请刷新页面")
    extension.state = move.target


def _decide(extension: Extension, decision: str, *, by: User | None, at: datetime) -> None:
    extension.decided_by, extension.decided_at, extension.decision = by, at, decision.strip()
    extension.save()
