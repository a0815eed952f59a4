"""What agencies reported on tasks and the office accepted, as it stood on a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agencies.models import User
from tasks.models import NO_PROBLEMS, TEXTS, AssignmentRole, Day, Plan, ProgressReport, Task
from tasks.models.report import ReportQuerySet
from tasks.reporting import Standing, reports_of_plans


@dataclass(frozen=True)
class Told:
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
    def in_a_list(self) -> Told:
        return Told(self.told, self.report.review_note)


def accepted_reports(
    plan: Plan, tasks: Sequence[Task], *, user: User, day: Day
) -> Mapping[int, list[AcceptedReport]]:
    """By task, those that `user` may read: the latest period first, in each the lead, then by the clause.

    `tasks` are loaded by `for_workbooks()`. An accepted report never changes any more, so a past day only
    leaves out what was accepted later. 3 queries.
    """
    return _by_task(_accepted(user, day).filter(period__plan=plan), tasks)


def latest_reports(tasks: Sequence[Task], *, user: User, day: Day) -> Mapping[int, Told]:
    """By task, of whatever plans: what its lead reported last, where it never did what others did.

    Otherwise as `accepted_reports`. 3 queries.
    """
    by_task = _by_task(_accepted(user, day).filter(task__in=[task.pk for task in tasks]), tasks)
    return {
        key: next((one for one in reports if one.is_lead), reports[0]).in_a_list
        for key, reports in by_task.items()
    }


def reports_in(period: str, tasks: Sequence[Task], *, user: User, day: Day) -> Mapping[int, Told]:
    """By task, of whatever plans: what its lead reported in the period of that name, or how far it got.

    An agency that only takes part is told of its own report. A task of which nothing is asked then is left
    out. As `accepted_reports` and `reporting.reports_of_plans`: at most 9 queries.
    """
    keys = [task.pk for task in tasks]
    accepted = {
        (report.task_id, report.agency_id): report
        for report in _accepted(user, day)
        .filter(task__in=keys, period__name=period)
        .select_related("agency", "period")
    }
    told: dict[int, Told] = {}
    for reports in reports_of_plans(
        {task.plan for task in tasks},
        Task.objects.filter(pk__in=keys),
        day=day,
        reader=None if user.sees_everything else user.agency,
    ):
        for owed in reports.owed:  # of each task the lead comes first
            if owed.period.name != period or not owed.is_asked or owed.task.pk in told:
                continue
            report = accepted.get((owed.task.pk, owed.agency.pk))
            told[owed.task.pk] = (
                AcceptedReport(report, owed.role == AssignmentRole.LEAD).in_a_list
                if report and owed.standing == Standing.ACCEPTED
                else Told(f"〔{owed.standing.label}〕")
            )
    return told


def _accepted(user: User, day: Day) -> ReportQuerySet:
    reports = ProgressReport.objects.visible_to(user).accepted()
    return reports.filter(reviewed_at__lt=day.ended_at) if day.is_past else reports


def _by_task(reports: ReportQuerySet, tasks: Sequence[Task]) -> dict[int, list[AcceptedReport]]:
    by_task: dict[int, list[ProgressReport]] = {}
    for report in reports.prefetch_related("agency", "period"):
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
