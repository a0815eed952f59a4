"""单位填报表: which rows an agency's sheet for a period has, as its reader may see them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agencies.models import Agency, User
from tasks import permissions
from tasks.columns import FillingLine
from tasks.columns.filling import key_of, not_begun, shown_in_a_cell
from tasks.models import (
    Assignment,
    AssignmentRole,
    Day,
    Plan,
    ProgressReport,
    ReportingPeriod,
    ReportState,
    Task,
)
from tasks.models.task import TaskQuerySet
from tasks.reporting import Standing, reports_of


@dataclass(frozen=True)
class AgencySheet:
    """One agency's rows, in the order of the plan."""

    agency: Agency
    lines: list[FillingLine]

    def of(self, role: AssignmentRole) -> list[FillingLine]:
        return [line for line in self.lines if line.role == role]


def agency_sheets(
    plan: Plan,
    period: ReportingPeriod,
    *,
    tasks: TaskQuerySet,
    reader: User,
    day: Day,
    agency: Agency | None = None,
) -> list[AgencySheet]:
    """The sheets of all agencies that owe a report in the period, in the register's order, or of one.

    `tasks` starts from `visible_to(reader)`. A draft goes out to its own agency alone: for others the sheet
    shows what was handed in. 8 queries, however many agencies.
    """
    owed = reports_of(plan, tasks, day=day, reader=reader.narrowed_to).of(agency=agency, period=period)
    asked = [one for one in owed if one.is_asked]
    lines = filling_lines(
        [(one.task, one.agency, period, AssignmentRole(one.role)) for one in asked],
        reader=reader,
        standings={one.key: Standing(one.standing).label for one in asked},
    )
    by_agency: defaultdict[int, list[FillingLine]] = defaultdict(list)
    for line in lines:
        by_agency[line.agency.pk].append(line)
    found = {line.agency.pk: line.agency for line in lines}
    ordered = sorted(found.values(), key=lambda one: (one.position, one.pk))
    return [AgencySheet(one, by_agency[one.pk]) for one in ordered]


Row = tuple[Task, Agency, ReportingPeriod, AssignmentRole]


def filling_lines(
    rows: Iterable[Row], *, reader: User, standings: Mapping[tuple[int, int, int], str]
) -> list[FillingLine]:
    """These rows as they go out now. 2 queries."""
    rows = list(rows)
    tasks = {task.pk for task, *_ in rows}
    names = _names(tasks)
    reports = defaultdict(list)
    found = ProgressReport.objects.filter(task__in=tasks, agency__in={agency.pk for _, agency, *_ in rows})
    for report in found.select_related("period"):
        reports[report.task_id, report.agency_id].append(report)
    lines = []
    for task, agency, period, role in rows:
        of_agency = reports[task.pk, agency.pk]
        report = next((one for one in of_agency if one.period_id == period.pk), None)
        report = report if report and _may_read(reader, report) else None
        shown = shown_in_a_cell(_written_for(reader, task, report))
        lines.append(
            FillingLine(
                task=task,
                role=role,
                fields=shown,
                agency=agency,
                key=key_of(task, period, agency, _version(reader, report), shown),
                others=_others(names[task.pk], role),
                standing=_standing(report, standings[task.pk, agency.pk, period.pk]),
                previous=_previous(of_agency, period),
                is_open=report is None or report.is_editable,
            )
        )
    return lines


def _version(reader: User, report: ProgressReport | None) -> int:
    """0 where a draft stands behind what is shown: such a copy must not pass for one that knows of it."""
    if report is None or (report.draft and not _is_own(reader, report.agency_id)):
        return 0
    return report.version


def _standing(report: ProgressReport | None, told: str) -> str:
    """A draft is called one where it may be read at all."""
    return Standing.DRAFT.label if report and report.state == ReportState.DRAFT else told


def _may_read(reader: User, report: ProgressReport) -> bool:
    """Twin of ReportQuerySet.visible_to() for whoever sees everything: no draft but one's own."""
    return _is_own(reader, report.agency_id) or report.state != ReportState.DRAFT


def _written_for(reader: User, task: Task, report: ProgressReport | None) -> dict:
    """The fields of a report as its reader may see them: its own agency what is being written, others what
    was handed in; of one that is not begun what the form proposes."""
    if report is None:
        return not_begun(task)
    if _is_own(reader, report.agency_id):
        return report.written
    return {name: getattr(report, name) for name in not_begun(task)}


def _is_own(reader: User, agency_key: int) -> bool:
    return permissions.can_report(reader, agency_key)


def _names(tasks: Iterable[int]) -> Mapping[int, list[tuple[str, str]]]:
    """The agencies of each task with their roles, the lead first."""
    names: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    found = Assignment.objects.filter(task__in=tasks).order_by("position")
    for task, role, name in found.values_list("task", "role", "agency__name"):
        names[task].append((role, name))
    return names


def _others(names: list[tuple[str, str]], role: AssignmentRole) -> str:
    wanted = AssignmentRole.PARTICIPANT if role == AssignmentRole.LEAD else AssignmentRole.LEAD
    return "、".join(name for of, name in names if of == wanted)


def _previous(reports: Iterable[ProgressReport], period: ReportingPeriod) -> str:
    """What the agency handed in last before this period, as one text."""
    earlier = [
        one
        for one in reports
        if one.period.due_on < period.due_on
        and one.first_submitted_at is not None
        and one.state != ReportState.DRAFT
    ]
    if not earlier:
        return ""
    last = max(earlier, key=lambda one: one.period.due_on)
    head = f"{last.period}：{last.proposal}，进度 {last.proposed_progress}%"
    return "\n".join([head, *(f"【{title}】{text}" for title, text in last.texts)])
