"""What agencies reported on a plan's tasks and the office accepted, as it stood on a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agencies.models import User
from tasks.models import NO_PROBLEMS, TEXTS, AssignmentRole, Day, Plan, ProgressReport, Task
from tasks.models.report import ReportQuerySet


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


def accepted_reports(
    plan: Plan, tasks: Sequence[Task], *, user: User, day: Day
) -> Mapping[int, list[AcceptedReport]]:
    """By task, those that `user` may read: the latest period first, in each the lead, then by the clause.

    `tasks` are loaded by `for_workbooks()`. An accepted report never changes any more, so a past day only
    leaves out what was accepted later. 3 queries.
    """
    return _by_task(_accepted(user, day).filter(period__plan=plan), tasks)


def latest_reports(tasks: Sequence[Task], *, user: User, day: Day) -> Mapping[int, str]:
    """By task, of whatever plans: what its lead reported last, where it never did what others did; in words.

    Otherwise as `accepted_reports`. 3 queries.
    """
    by_task = _by_task(_accepted(user, day).filter(task__in=[task.pk for task in tasks]), tasks)
    return {
        key: next((one for one in reports if one.is_lead), reports[0]).told
        for key, reports in by_task.items()
    }


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
