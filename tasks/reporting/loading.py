"""Loading what is owed in plans on a day, and asking for what is missing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.db.models.fields.json import KT

from agencies.models import Agency
from tasks.models import (
    MOVED,
    Assignment,
    AssignmentRole,
    Course,
    Day,
    Event,
    EventKind,
    Plan,
    ProgressReport,
    ReportingPeriod,
    ReportState,
    Status,
    Task,
)
from tasks.models.task import TaskQuerySet
from tasks.reporting.owed import Owed, OwedKey, PlanReports, Standing

# In these a task asks for no report.
_SETTLED = (Status.COMPLETED, Status.ADJUSTED)


@dataclass(frozen=True)
class Load:
    """What opening a period asks for: so many reports, of so many agencies, as lead and as participant."""

    agencies: int
    led: int
    joined: int

    @property
    def reports(self) -> int:
        return self.led + self.joined


def load_of(plan: Plan, tasks: TaskQuerySet) -> Load:
    """What a period of the plan would ask for as these tasks stand today. 1 query."""
    open_tasks = tasks.filter(plan=plan).exclude(status__in=_SETTLED)
    parts = Assignment.objects.asked().filter(task__in=open_tasks.values("pk")).values_list("agency", "role")
    parts = list(parts)
    led = sum(role == AssignmentRole.LEAD for _, role in parts)
    return Load(len({agency for agency, _ in parts}), led, len(parts) - led)


def reports_of(plan: Plan, tasks: TaskQuerySet, *, day: Day, reader: Agency | None = None) -> PlanReports:
    """What is owed on these tasks of the plan, at the end of `day`: see `reports_of_plans`."""
    (reports,) = reports_of_plans([plan], tasks, day=day, reader=reader)
    return reports


def reports_of_plans(
    plans: Iterable[Plan], tasks: TaskQuerySet, *, day: Day, reader: Agency | None = None
) -> list[PlanReports]:
    """What is owed on these tasks at the end of `day`, for each of the plans in their order.

    `tasks` says whose: start from `visible_to`. `reader` is the agency that looks: it alone is told of its
    drafts, and of other agencies it is told only on tasks that it leads. 5 queries, on a past day 6, however
    many plans, tasks and periods.
    """
    plans = list(plans)
    periods: defaultdict[int, list[ReportingPeriod]] = defaultdict(list)
    for period in ReportingPeriod.objects.filter(plan__in=plans):
        periods[period.plan_id].append(period)
    by_key = _tasks(tasks, {plan.pk: plan for plan in plans if plan.pk in periods})
    assignments = _assignments(by_key)
    if reader is not None:
        leads = {
            one.task_id for one in assignments if one.agency == reader and one.role == AssignmentRole.LEAD
        }
        assignments = [one for one in assignments if one.agency == reader or one.task_id in leads]
    reports = _reports(by_key)
    courses = _courses(reports.values(), day)
    asked_on = {
        period.pk: min(day.on, period.due_on)
        for ones in periods.values()
        for period in ones
        if period.is_open_on(day.on)
    }
    statuses = _statuses(by_key, {*asked_on.values()}, day)
    owed: defaultdict[int, list[Owed]] = defaultdict(list)
    for assignment in assignments:
        for period in periods[assignment.task.plan_id]:
            stood = statuses[asked_on[period.pk]] if period.pk in asked_on else {}
            owed[period.plan_id].append(_owed(assignment, period, reports, courses, stood, day, reader))
    return [PlanReports(plan, day, tuple(periods[plan.pk]), tuple(owed[plan.pk])) for plan in plans]


def _tasks(tasks: TaskQuerySet, plans: Mapping[int, Plan]) -> dict[int, Task]:
    """By key. Each is one object, however many agencies share it: names and texts are read once."""
    found = {task.pk: task for task in tasks.filter(plan__in=plans.keys()).defer("source_text")}
    for task in found.values():
        task.plan = plans[task.plan_id]
    return found


def _assignments(by_key: Mapping[int, Task]) -> list[Assignment]:
    """Those that are asked for reports, by the tasks' numbers, the lead first. 1 query."""
    assignments = list(Assignment.objects.asked().filter(task__in=by_key).select_related("agency"))
    for assignment in assignments:
        assignment.task = by_key[assignment.task_id]
    return sorted(assignments, key=lambda one: (one.task.number, one.position))


def _reports(by_key: Mapping[int, Task]) -> dict[OwedKey, ProgressReport]:
    long = ("draft", "measures", "results", "problems", "next_steps", "deliverables", "proposal_reason")
    found = ProgressReport.objects.filter(task__in=by_key).defer(*long)
    return {(report.task_id, report.agency_id, report.period_id): report for report in found}


def _courses(reports: Iterable[ProgressReport], day: Day) -> dict[int, Course]:
    """How each report stood: by its own fields today, by the events on a past day. 0 or 1 query."""
    if not day.is_past:
        return {report.pk: report.course for report in reports}
    moves = Event.objects.filter(
        report__in=[report.pk for report in reports], kind__in=MOVED, at__lt=day.ended_at
    ).order_by("at", "pk")
    past: dict[int, Course] = {}
    for key, kind, at in moves.values_list("report", "kind", "at"):
        past[key] = past.get(key, Course()).after(kind, at)
    return past


def _statuses(
    by_key: Mapping[int, Task], days: Collection[date], day: Day
) -> Mapping[date, Mapping[int, str]]:
    """For each of these days the tasks there were at its end, and how each stood. 1 query for all days.

    Twin: TaskQuerySet.as_of(), which asks for one day in SQL; a test ties them.
    """
    ends = {on: Day(on, is_past=True).ended_at for on in days if on < day.on or day.is_past}
    stood = {on: {key: task.status for key, task in by_key.items()} for on in days}
    if not ends:
        return stood
    told = Event.objects.filter(task__in=by_key, at__gte=min(ends.values())).filter(
        Q(kind=EventKind.TASK_CREATED) | Q(before__has_key="status")
    )
    rows = told.order_by("-at", "-pk").values_list("task", "at", "kind", KT("before__status"))
    for key, at, kind, before in rows:  # from today back: what a change found stood before it
        for on, end in ends.items():
            if at < end:
                continue
            if kind == EventKind.TASK_CREATED:
                stood[on].pop(key, None)
            else:
                stood[on][key] = before
    return stood


def _owed(
    assignment: Assignment,
    period: ReportingPeriod,
    reports: Mapping[OwedKey, ProgressReport],
    courses: Mapping[int, Course],
    statuses: Mapping[int, str],
    day: Day,
    reader: Agency | None,
) -> Owed:
    report = reports.get((assignment.task_id, assignment.agency_id, period.pk))
    past = courses.get(report.pk) if report else None
    standing = _standing(assignment, period, past, statuses.get(assignment.task_id), day)
    if standing == Standing.DRAFT and assignment.agency != reader:
        standing, past = Standing.MISSING, None
    return Owed(
        task=assignment.task,
        agency=assignment.agency,
        role=AssignmentRole(assignment.role),
        period=period,
        standing=standing,
        report=report if past else None,
        first_submitted_at=past.first_submitted_at if past else None,
        returns=past.returns if past else 0,
        day=day,
    )


def _standing(
    assignment: Assignment, period: ReportingPeriod, past: Course | None, status: str | None, day: Day
) -> Standing:
    if not period.is_open_on(day.on):
        return Standing.NOT_YET
    if past and past.state != ReportState.DRAFT:
        return Standing(past.state)
    if status is None or status in _SETTLED:
        return Standing.EXEMPT
    return Standing.DRAFT if past else Standing.MISSING


def missing(reports: PlanReports, *, agencies: Collection[int] | None = None) -> Iterator[Owed]:
    """What is asked for and not handed in, in the periods that have opened."""
    for one in reports.owed:
        if one.is_missing and (agencies is None or one.agency.pk in agencies):
            yield one


def missing_of(keys: Iterable[OwedKey], *, day: Day) -> dict[OwedKey, Owed]:
    """Those of these that are asked for and not handed in on that day, plan by plan, in the order of tasks.

    As `reports_of_plans`, and 1 query more.
    """
    keys = set(keys)
    plans = Plan.objects.filter(periods__in={period for _, _, period in keys}).distinct().order_by("pk")
    tasks = Task.objects.filter(pk__in={task for task, _, _ in keys})
    return {
        one.key: one
        for reports in reports_of_plans(plans, tasks, day=day)
        for one in missing(reports)
        if one.key in keys
    }
