"""What agencies reported on tasks and the office accepted, as it stood on a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agencies.models import User
from tasks.models import (
    NO_PROBLEMS,
    TEXTS,
    AssignmentRole,
    Day,
    Event,
    EventKind,
    Plan,
    ProgressReport,
    ReportState,
    Task,
)
from tasks.reporting import Standing, reports_of_plans


@dataclass(frozen=True)
class ListedReport:
    """What a list says of the reporting on a task: in words, and the office's note on accepting it."""

    words: str
    note: str = ""


@dataclass(frozen=True)
class AcceptedReport:
    report: ProgressReport
    is_lead: bool

    @property
    def told(self) -> str:
        """The report in words, as a cell holds it; what was left empty and 无 are not repeated."""
        role = "牵头" if self.is_lead else "参与"
        texts = {title: getattr(self.report, name) for name, title in TEXTS.items()}
        told = (f"{title}：{text}" for title, text in texts.items() if text and text != NO_PROBLEMS)
        return f"【{self.report.period}·{self.report.agency.name}（{role}）】{'　'.join(told)}"

    @property
    def in_a_list(self) -> ListedReport:
        return ListedReport(self.told, self.report.review_note)


def accepted_reports(
    plan: Plan, tasks: Sequence[Task], *, user: User, day: Day
) -> Mapping[int, list[AcceptedReport]]:
    """By task, those that `user` may read: the latest period first, in each the lead, then by the clause.

    `tasks` are loaded by `for_workbooks()`. 3 queries; on a past day 1 more where a report has moved since.
    """
    return _by_task(_accepted(user, day, period__plan=plan), tasks)


def latest_reports(tasks: Sequence[Task], *, user: User, day: Day) -> Mapping[int, ListedReport]:
    """By task, of whatever plans: what its lead reported last, where it never did what others did.

    Otherwise as `accepted_reports`.
    """
    by_task = _by_task(_accepted(user, day, task__in=[task.pk for task in tasks]), tasks)
    return {
        key: next((one for one in reports if one.is_lead), reports[0]).in_a_list
        for key, reports in by_task.items()
    }


def reports_in(period: str, tasks: Sequence[Task], *, user: User, day: Day) -> Mapping[int, ListedReport]:
    """By task, of whatever plans: what its lead reported in the period of that name, or how far it got.

    An agency that only takes part is told of its own report. Left out are tasks that nobody leads who could
    be asked. As many queries as `accepted_reports` and `reporting.reports_of_plans` together.
    """
    keys, reader = [task.pk for task in tasks], user.narrowed_to
    found = _accepted(user, day, task__in=keys, period__name=period)
    accepted = {(report.task_id, report.agency_id): report for report in found}
    asked = reports_of_plans(
        {task.plan for task in tasks}, Task.objects.filter(pk__in=keys), day=day, reader=reader
    )
    listed = {}
    for owed in (one for reports in asked for one in reports.owed):
        is_lead = owed.role == AssignmentRole.LEAD
        if not (is_lead or owed.agency == reader) or owed.period.name != period:
            continue
        report = accepted.get((owed.task.pk, owed.agency.pk))
        if report and owed.standing == Standing.ACCEPTED:
            listed[owed.task.pk] = AcceptedReport(report, is_lead).in_a_list
        else:
            whose = "" if is_lead else f"{owed.agency.name}（参与）"
            listed[owed.task.pk] = ListedReport(f"〔{whose}{owed.standing.label}〕")
    return listed


def _accepted(user: User, day: Day, **conditions: Any) -> list[ProgressReport]:
    """Those that stood accepted on `day`, in the words that were accepted then: never save them."""
    reports = ProgressReport.objects.visible_to(user).accepted(day).filter(**conditions)
    found = list(reports.prefetch_related("agency", "period"))
    if day.is_past:
        _take_back_words(found, day)
    return found


def _take_back_words(reports: Sequence[ProgressReport], day: Day) -> None:
    """Of those that have been returned since, their fields hold what was handed in later. 0 or 1 query."""
    moved = {
        report.pk: report
        for report in reports
        if report.state != ReportState.ACCEPTED or report.reviewed_at >= day.ended_at
    }
    if not moved:
        return
    told = Event.objects.filter(
        report__in=moved,
        kind__in=[EventKind.REPORT_SUBMITTED, EventKind.REPORT_ACCEPTED],
        at__lt=day.ended_at,
    ).order_by("at", "pk")
    for event in told:
        report = moved[event.report_id]
        if event.kind == EventKind.REPORT_ACCEPTED:
            report.review_note = event.reason
        else:
            for name in TEXTS:
                setattr(report, name, event.after[name])


def _by_task(reports: Sequence[ProgressReport], tasks: Sequence[Task]) -> dict[int, list[AcceptedReport]]:
    by_task: dict[int, list[ProgressReport]] = {}
    for report in reports:
        by_task.setdefault(report.task_id, []).append(report)
    return {task.pk: _in_order(task, by_task[task.pk]) for task in tasks if task.pk in by_task}


def _in_order(task: Task, reports: list[ProgressReport]) -> list[AcceptedReport]:
    parts = {one.agency_id: one for one in task.parts}

    def place(report: ProgressReport) -> tuple[int, int, int]:
        part = parts.get(report.agency_id)
        position = part.position if part else len(parts) + 1  # no longer assigned
        return -report.period.due_on.toordinal(), position, report.pk

    return [
        AcceptedReport(
            report,
            report.agency_id in parts and parts[report.agency_id].role == AssignmentRole.LEAD,
        )
        for report in sorted(reports, key=place)
    ]
