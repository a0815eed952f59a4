"""What a report's moves share: the table of them, the locks, the checks, and the write with its event."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agencies.models import User
from tasks.models import (
    Event,
    EventKind,
    ProgressReport,
    ReportState,
    Task,
)
from tasks.workflow.shared import EditConflict, Refused, locked


@dataclass(frozen=True)
class ReportMove:
    """From which states a report may be moved, to which, and by whom: the agency or the office."""

    words: str
    sources: Collection[ReportState]
    target: ReportState | None  # None leaves the state as it is
    by_agency: bool


REPORT_MOVES = {
    "write": ReportMove("保存草稿", {ReportState.DRAFT, ReportState.RETURNED}, None, by_agency=True),
    "submit": ReportMove(
        "提交审核", {ReportState.DRAFT, ReportState.RETURNED}, ReportState.SUBMITTED, by_agency=True
    ),
    "withdraw": ReportMove("撤回", {ReportState.SUBMITTED}, ReportState.DRAFT, by_agency=True),
    "accept": ReportMove("通过", {ReportState.SUBMITTED}, ReportState.ACCEPTED, by_agency=False),
    # Also what was accepted: by mistake, or by now outdated, the task being open again.
    "return": ReportMove(
        "退回", {ReportState.SUBMITTED, ReportState.ACCEPTED}, ReportState.RETURNED, by_agency=False
    ),
}


class ReportConflict(EditConflict):
    """Reports changed since the page that sent the edit was made; `reports` are the fresh ones."""

    def __init__(self, *reports: ProgressReport):
        super().__init__([report.task for report in reports])
        self.reports = reports

    @property
    def report(self) -> ProgressReport:
        return self.reports[0]


def locked_report(report: ProgressReport) -> tuple[Task, ProgressReport]:
    """The task, then its report: always in this order, so that two changes cannot wait for each other."""
    (task,) = locked([report.task_id])
    fresh = (
        ProgressReport.objects.select_for_update(of=("self",))
        .select_related("agency", "period")
        .get(pk=report.pk)
    )
    fresh.task = task
    return task, fresh


def check_version(report: ProgressReport, version: int) -> None:
    if report.version != version:
        raise ReportConflict(report)


def check_move(name: str, report: ProgressReport) -> None:
    move = REPORT_MOVES[name]
    if report.state not in move.sources:
        raise Refused(f"这份报告现为“{report.get_state_display()}”，不能{move.words}，请刷新页面")


def moved(
    report: ProgressReport,
    kind: EventKind,
    *,
    by: User | None,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Event:
    course = report.course.after(kind, at)
    report.state, report.first_submitted_at = course.state, course.first_submitted_at
    report.returns = course.returns
    report.version += 1
    report.updated_at = at
    report.save()
    said = {"period": report.period.name, "agency": report.agency.name}
    return Event.record(
        report, kind, by=by, at=at, before=dict(before or {}), after=said | dict(after or {}), reason=reason
    )
