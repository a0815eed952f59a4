"""Progress reports, the office's part: accepting, which may change the task, and returning."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from agencies.models import User
from tasks import permissions
from tasks.models import (
    EventKind,
    ProgressReport,
    ReportState,
    Status,
    Task,
)
from tasks.workflow.notices import tell_agencies
from tasks.workflow.report_moves import ReportConflict, check_move, check_version, locked_report, moved
from tasks.workflow.shared import Refused, allow, locked, plain
from tasks.workflow.status import STATUS_MOVES, status_change


def accept_report(
    report: ProgressReport,
    *,
    by: User | None,
    version: int,
    note: str = "",
    takes_over: bool = True,
    at: datetime | None = None,
) -> ProgressReport:
    """`accept_reports` for one. Returns the fresh report."""
    (fresh,) = accept_reports([(report.pk, version)], by=by, note=note, takes_over=takes_over, at=at)
    return fresh


@transaction.atomic
def accept_reports(
    versions: Iterable[tuple[int, int]],
    *,
    by: User | None,
    note: str = "",
    takes_over: bool = True,
    at: datetime | None = None,
) -> list[ProgressReport]:
    """Accept what was handed in, given as (pk, version): all of it or none, one event each.

    A lead's proposed status and progress become the office's in the same event; a participant's report never
    changes the task. The versions are those of the texts the reviewer saw: where a report has changed since,
    ReportConflict. `takes_over=False` leaves the tasks as they stand.
    """
    allow(permissions.can_review, by)
    at = at or timezone.now()
    wanted = dict(versions)
    reports = _locked_reports(wanted)
    if stale := [report for report in reports if report.version != wanted[report.pk]]:
        raise ReportConflict(*stale)
    for report in reports:
        check_move("accept", report)
    for report in reports:
        _accept(report, by=by, note=note.strip(), takes_over=takes_over, at=at)
    return reports


def _accept(report: ProgressReport, *, by: User | None, note: str, takes_over: bool, at: datetime) -> None:
    task = report.task
    report.reviewed_at, report.reviewed_by, report.review_note = at, by, note
    changes = proposed_changes(report) if takes_over else {}
    if _reopens(task, changes) and not note:
        raise Refused(
            f"第 {task.number} 项现为“{task.get_status_display()}”，采纳这份报告的建议会重新开启任务："
            "请在审核意见中写明理由，或者只通过报告、不采纳状态和进度"
        )
    before = {name: getattr(task, name) for name in changes}
    if changes:
        for name, value in changes.items():
            setattr(task, name, value)
        task.version += 1
        task.updated_at = at
        task.save(update_fields=[*changes, "version", "updated_at"])
    event = moved(
        report,
        EventKind.REPORT_ACCEPTED,
        by=by,
        at=at,
        before=plain(before),
        after=plain(changes),
        reason=note,
    )
    tell_agencies(event, [report.agency_id])


def _reopens(task: Task, changes: Mapping[str, Any]) -> bool:
    """Whether these changes lead the task out of a status that is left for a reason only."""
    return "status" in changes and STATUS_MOVES[Status(task.status)].reason_to_leave


def proposed_changes(report: ProgressReport) -> dict[str, Any]:
    """What accepting the report changes on its task: status, progress and reason, as far as they differ.

    Nothing where it is a participant's, nor where a later period's report of the lead was accepted before:
    an old report does not take back what a newer one brought.
    """
    task = report.task
    if not task.assignments.leading().filter(agency=report.agency_id).exists():
        return {}
    accepted = task.reports.of_leads().accepted()
    if accepted.filter(period__due_on__gt=report.period.due_on).exists():
        return {}
    reason = f"采纳{report.agency}{report.period}进展报告"
    if report.proposal_reason:
        reason += f"：{report.proposal_reason}"
    changes = status_change(task, report.proposed_status, report.proposed_progress, reason)
    # Where nothing else changes, the reason of what stands already is kept.
    return changes if changes.keys() - {"status_reason"} else {}


@transaction.atomic
def return_report(
    report: ProgressReport, *, by: User | None, version: int, reason: str, at: datetime | None = None
) -> ProgressReport:
    """Send a report back to its agency, which is told why and may change it and hand it in again.

    One that was accepted goes back too, but not while its task is completed: that rests on it.
    """
    allow(permissions.can_review, by)
    at = at or timezone.now()
    task, report = locked_report(report)
    check_version(report, version)
    check_move("return", report)
    if report.state == ReportState.ACCEPTED and task.status == Status.COMPLETED:
        raise Refused(f"第 {task.number} 项已办结，请先改回其他状态并写明理由，再退回这份报告")
    if not reason.strip():
        raise Refused("退回须填写审核意见，报送单位据此修改")
    report.reviewed_at, report.reviewed_by, report.review_note = at, by, reason.strip()
    event = moved(report, EventKind.REPORT_RETURNED, by=by, at=at, reason=reason.strip())
    tell_agencies(event, [report.agency_id])
    return report


def _locked_reports(pks: Collection[int]) -> list[ProgressReport]:
    """The same for many, each with its task, a task's older periods first."""
    owners = dict(ProgressReport.objects.filter(pk__in=pks).values_list("pk", "task"))
    if len(owners) != len(pks):
        raise ProgressReport.DoesNotExist
    tasks = {task.pk: task for task in locked(set(owners.values()))}
    reports = list(
        ProgressReport.objects.select_for_update(of=("self",))
        .select_related("agency", "period")
        .filter(pk__in=pks)
        .order_by("task", "period__due_on", "pk")
    )
    for report in reports:
        report.task = tasks[report.task_id]
    return reports
