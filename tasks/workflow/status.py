"""The office's word on a task: its status, progress and reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from agencies.models import User
from tasks import permissions
from tasks.models import REASON_OWED, Assignment, Event, EventKind, ProgressReport, Status, Task
from tasks.workflow.shared import EditConflict, Refused, allow, locked, write


@dataclass(frozen=True)
class StatusMove:
    """What it takes to bring a task into a status, and out of it. Each can be reached from every other."""

    reason_owed: bool = False
    reason_to_leave: bool = False
    final_report: bool = False  # the lead's, accepted, where the plan is reported on
    progress: int | None = None  # the only progress that goes with the status


STATUS_MOVES = {
    Status.NOT_STARTED: StatusMove(progress=0),
    Status.IN_PROGRESS: StatusMove(),
    Status.COMPLETED: StatusMove(reason_to_leave=True, final_report=True, progress=100),
    Status.CONTINUING: StatusMove(),
    **{status: StatusMove(reason_owed=True) for status in REASON_OWED},
}


def owes_reason(current: str, target: str) -> bool:
    """Whether a reason is compulsory: for 滞后 and 已调整, and for reopening a completed task."""
    leaves = current != target and STATUS_MOVES[Status(current)].reason_to_leave
    return STATUS_MOVES[Status(target)].reason_owed or leaves


def set_status(
    task: Task,
    *,
    by: User | None,
    status: str,
    version: int,
    progress: int | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> Task:
    """Set a task's status, progress (per cent; None keeps it) and reason. Returns the fresh task.

    Raises EditConflict where the task is no longer at `version`, Refused where a reason is owed.
    Asking for what already stands changes nothing and records nothing, so a double click is harmless.
    """
    (fresh,) = set_statuses(
        [(task.pk, version)], by=by, status=status, progress=progress, reason=reason, at=at
    )
    return fresh


@transaction.atomic
def set_statuses(
    versions: Iterable[tuple[int, int]],
    *,
    by: User | None,
    status: str,
    progress: int | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> list[Task]:
    """Set the status of many tasks at once, given as (pk, version): all of them or none, one event each."""
    allow(permissions.can_set_status, by)
    wanted = dict(versions)
    tasks = locked(wanted)
    reason = reason.strip()
    changes = {task.pk: status_change(task, status, progress, reason) for task in tasks}
    stale = [task for task in tasks if task.version != wanted[task.pk] and changes[task.pk]]
    if stale:
        raise EditConflict(stale)
    _check_final_reports([task for task in tasks if _needs_final_report(changes[task.pk])])
    for task in tasks:
        if changes[task.pk]:
            write(task, changes[task.pk], EventKind.TASK_STATUS, by=by, at=at, reason=reason)
    return tasks


@transaction.atomic
def take_back(event: Event, *, by: User, at: datetime | None = None) -> Task:
    """撤销: set back what this change of a status changed, as a change of its own that names it.

    Raises Refused where it may not be (see `why_not_taken_back`). A second click finds it taken back.
    """
    allow(permissions.can_set_status, by)
    (task,) = locked([event.task_id])
    if task.events.filter(after__takes_back=event.pk).exists():
        return task
    if refusal := why_not_taken_back(event, task, by=by):
        raise Refused(refusal)
    write(task, event.before, EventKind.TASK_STATUS, by=by, at=at, extra_after={"takes_back": event.pk})
    return task


def why_not_taken_back(event: Event, task: Task, *, by: User) -> str:
    """In words, "" where it may be: one's own change of a status, while it is the last word on its task."""
    if event.kind != EventKind.TASK_STATUS or event.by_id != by.pk or "takes_back" in event.after:
        return "只能撤销本人更新的状态"
    if event.at != task.updated_at:
        return f"第 {task.number} 项此后又有更新，请核对后再改"
    if Status.COMPLETED in (task.status, event.before.get("status")):
        # To reopen has a reason, and asks for another final report.
        return f"第 {task.number} 项的办结须更新状态、写明理由才能改回"
    return ""


def _needs_final_report(changes: dict[str, Any]) -> bool:
    return "status" in changes and STATUS_MOVES[Status(changes["status"])].final_report


def _check_final_reports(completed: Sequence[Task]) -> None:
    if missing := without_final_report(completed):
        named = "、".join(str(one.task.number) for one in missing[:5])
        more = f"等 {len(missing)} 项" if len(missing) > 5 else "项"
        again = "；重新开启过的，须在此后重报" if any(one.outdated for one in missing) else ""
        raise Refused(f"第 {named} {more}须有牵头单位的最终报告（申请办结）且审核通过，才能办结{again}")


class ReasonOwed(Refused):
    """The status may be set once its reason is told."""


@dataclass(frozen=True)
class WithoutFinalReport:
    """A task that may not be completed yet; `outdated` is a final report that was accepted before the task
    was reopened, and closes nothing any more.
    """

    task: Task
    outdated: ProgressReport | None


def without_final_report(tasks: Sequence[Task]) -> list[WithoutFinalReport]:
    """Those that may not be completed yet. At most 2 queries.

    办结 needs the lead's final report, accepted after the task was reopened the last time, wherever a plan is
    reported on and somebody leads.
    """
    asked = Assignment.objects.asked().leading().filter(task__in=tasks)
    owing = set(asked.filter(task__plan__periods__isnull=False).values_list("task", flat=True))
    outdated = {}
    if owing:
        finals = ProgressReport.objects.final().accepted().filter(task__in=owing).with_outdated()
        for report in finals.order_by("pk"):
            if report.is_outdated:
                outdated[report.task_id] = report
            else:
                owing.discard(report.task_id)
    return [WithoutFinalReport(task, outdated.get(task.pk)) for task in tasks if task.pk in owing]


def status_change(task: Task, status: str, progress: int | None, reason: str) -> dict[str, Any]:
    """The fields that differ from what stands; refuses what the rules do not allow."""
    if status not in Status.values:
        raise Refused("没有这个状态，请重新选择")
    target = STATUS_MOVES[Status(status)]
    if target.progress is not None:
        progress = target.progress
    if progress is not None and not 0 <= progress <= 100:
        raise Refused("进度须在 0 至 100 之间")
    if not reason and status == task.status and target.reason_owed:
        reason = task.status_reason  # only the progress changes: the reason given before still stands
    if not reason and owes_reason(task.status, status):
        raise ReasonOwed(f"将第 {task.number} 项改为“{Status(status).label}”须填写理由")
    asked = {
        "status": status,
        "progress": task.progress if progress is None else progress,
        "status_reason": reason,
    }
    return {name: value for name, value in asked.items() if getattr(task, name) != value}
