"""What a task's page tells of its reports: who owes what, what was told, who has signed, which days moved."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from agencies.models import Agency, User
from tasks.models import (
    Assignment,
    AssignmentRole,
    Attachment,
    Day,
    Extension,
    ProgressReport,
    Receipt,
    Reminder,
    ReminderKind,
    ReportingPeriod,
    ReportState,
    Task,
)
from tasks.models.task import TaskQuerySet
from tasks.reporting import Owed, PlanReports, Standing, reports_of


@dataclass(frozen=True)
class Urging:
    """How often the office has urged for a report, and when last."""

    times: int
    last: datetime


@dataclass(frozen=True)
class Entry:
    """One agency in one period: its report, or that there is none to be read."""

    agency: Agency
    is_lead: bool
    standing: Standing | ReportState
    report: ProgressReport | None  # None where there is nothing to read for whoever looks
    urging: Urging | None = None


@dataclass(frozen=True)
class Told:
    """What was told of one period; `folded` are the participants' accepted reports of one that is over."""

    period: ReportingPeriod
    entries: list[Entry]
    folded: list[Entry]


@dataclass(frozen=True)
class Row:
    """An agency's line in the matrix."""

    agency: Agency
    is_lead: bool
    owed: list[Owed]


@dataclass(frozen=True)
class TaskReports:
    owed: PlanReports
    reports: list[ProgressReport]  # that may be read, drafts left out
    urgings: Mapping[tuple[int, int], Urging]
    leads_only: bool

    @property
    def current(self) -> ReportingPeriod | None:
        """The period that is being reported, None where none has opened."""
        return self.owed.current if self.owed.opened else None

    @property
    def days_left(self) -> int | None:
        return (self.current.due_on - self.owed.day.on).days if self.current else None

    @property
    def rows(self) -> list[Row]:
        rows: dict[Agency, Row] = {}
        for one in self.owed.owed:
            row = rows.setdefault(one.agency, Row(one.agency, one.role == AssignmentRole.LEAD, []))
            row.owed.append(one)
        return list(rows.values())

    @property
    def files(self) -> list[tuple[ProgressReport, Attachment]]:
        """Newest period first."""
        newest = sorted(self.reports, key=lambda report: report.period.due_on, reverse=True)
        return [(report, file) for report in newest for file in report.files]

    @property
    def told(self) -> list[Told]:
        """Newest first; a period that has not opened only where something was told of it."""
        periods = [self._told(period) for period in reversed(self.owed.periods)]
        return [told for told in periods if told.entries or told.folded]

    def _told(self, period: ReportingPeriod) -> Told:
        entries = [entry for entry in self._entries(period) if entry.is_lead or not self.leads_only]
        is_over = self.current is not None and period.due_on < self.current.due_on
        folded = [
            entry
            for entry in entries
            if is_over and not entry.is_lead and entry.report and entry.standing == ReportState.ACCEPTED
        ]
        return Told(period, [entry for entry in entries if entry not in folded], folded)

    def _entries(self, period: ReportingPeriod) -> Iterable[Entry]:
        """By agency in the task's order; then what those have told that are assigned no more."""
        told = {report.agency_id: report for report in self.reports if report.period_id == period.pk}
        for one in self.owed.of(period=period):
            report = told.pop(one.agency.pk, None)
            if report or one.is_asked:
                urging = self.urgings.get((one.agency.pk, period.pk)) if one.is_missing else None
                is_lead = one.role == AssignmentRole.LEAD
                yield Entry(one.agency, is_lead, one.standing, report, urging)
        for report in told.values():
            yield Entry(report.agency, False, report.standing, report)


def task_reports(
    task: Task, visible: TaskQuerySet, user: User, *, day: Day, leads_only: bool
) -> TaskReports | None:
    """None where the plan is not reported on. 5 queries and 1 for each period; 1 more for those who see all.

    What `user` may not read is not in it: participants know of their own reports alone, a draft is its
    agency's, and its words stay in the form.
    """
    if not task.plan.periods.all():
        return None
    owed = reports_of(task.plan, visible.filter(pk=task.pk), day=day, reader=user.narrowed_to)
    reports = ProgressReport.objects.visible_to(user).filter(task=task).exclude(state=ReportState.DRAFT)
    return TaskReports(owed, list(reports.for_reading()), _urgings(task, user), leads_only)


def _urgings(task: Task, user: User) -> dict[tuple[int, int], Urging]:
    """By agency and period. Whom the office has urged is between the two of them."""
    if not user.sees_everything:
        return {}
    found = Reminder.objects.filter(tasks=task, kind=ReminderKind.URGED).order_by()
    return {
        (agency, period): Urging(times, last)
        for agency, period, times, last in found.values_list("agency", "period").annotate(
            times=Count("pk"), last=Max("at")
        )
    }


# --- signing -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signing:
    """An assignment and what its agency has answered, None where it has not signed yet."""

    assignment: Assignment
    receipt: Receipt | None


def signings(task: Task, user: User) -> list[Signing]:
    """Those that `user` may know of, in the task's order; a collective signs nothing. 1 query."""
    parts = [part for part in task.assignments.all() if not part.agency.is_collective]
    leads = any(part.is_lead and part.agency_id == user.agency_id for part in parts)
    if not (user.sees_everything or leads):
        parts = [part for part in parts if part.agency_id == user.agency_id]
    receipts = {
        receipt.agency_id: receipt
        for receipt in Receipt.objects.visible_to(user).filter(task=task).select_related("by__agency")
    }
    return [Signing(part, receipts.get(part.agency_id)) for part in parts]


def moved_days(task: Task, user: User) -> list[Extension]:
    """延期, newest first. 1 query."""
    found = Extension.objects.visible_to(user).filter(task=task)
    return list(found.select_related("agency", "decided_by__agency").order_by("-asked_at", "-pk"))
