"""Who owes what: the reports of one plan, by task, agency and period, as they stand on a day.

Loaded once and counted in Python, like the other numbers (see `stats`): the matrix, the list of what is
missing, the bulletin, an agency's desk and the reminders all speak of the same rows.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.db import models
from django.utils import timezone

from agencies.models import Agency
from tasks.models import (
    HANDED_IN,
    MOVED,
    Assignment,
    AssignmentRole,
    Day,
    Event,
    Plan,
    ProgressReport,
    ReportingPeriod,
    ReportState,
    Status,
    Task,
)
from tasks.models.task import TaskQuerySet

# What is owed, by the keys of its task, agency and period.
OwedKey = tuple[int, int, int]


class Standing(models.TextChoices):
    """How a report stands, in the words of its badge: its own states, and those before there is one."""

    NOT_YET = "not_yet", "未到期"  # the period has not opened
    EXEMPT = "exempt", "不需报送"  # completed or adjusted before it was due
    MISSING = "missing", "未报送"
    DRAFT = "draft", "草稿"  # said to its own agency alone; others read 未报送
    SUBMITTED = "submitted", "待审核"
    RETURNED = "returned", "被退回"
    ACCEPTED = "accepted", "通过"


# Nothing was asked, or nothing is any more.
_FREE = (Standing.NOT_YET, Standing.EXEMPT)
# In these a task asks for no report.
_SETTLED = (Status.COMPLETED, Status.ADJUSTED)


@dataclass(frozen=True)
class Owed:
    """What one agency owes on one task in one period, and what became of it by the day asked for."""

    task: Task
    agency: Agency
    role: AssignmentRole
    period: ReportingPeriod
    standing: Standing
    report: ProgressReport | None
    first_submitted_at: datetime | None
    returns: int
    day: Day

    @property
    def key(self) -> OwedKey:
        return self.task.pk, self.agency.pk, self.period.pk

    @property
    def is_asked(self) -> bool:
        return self.standing not in _FREE

    @property
    def is_handed_in(self) -> bool:
        return self.standing in HANDED_IN

    @property
    def is_missing(self) -> bool:
        """Asked for and not handed in: nothing yet, a draft, or returned."""
        return self.is_asked and not self.is_handed_in

    @property
    def is_overdue(self) -> bool:
        return self.is_missing and self.period.due_on < self.day.on

    @property
    def is_on_time(self) -> bool:
        first = self.first_submitted_at
        return self.is_handed_in and first is not None and timezone.localdate(first) <= self.period.due_on

    @property
    def is_accepted_at_first(self) -> bool:
        return self.standing == Standing.ACCEPTED and not self.returns

    @property
    def days_left(self) -> int:
        """Until the period is due; negative once it was."""
        return (self.period.due_on - self.day.on).days


@dataclass(frozen=True)
class OwedNumbers:
    """How many reports were asked for, and what became of them."""

    asked: int
    handed_in: int
    accepted: int
    awaiting: int
    returned: int
    missing: int
    overdue: int
    on_time: int
    accepted_at_first: int

    @classmethod
    def of(cls, owed: Iterable[Owed]) -> "OwedNumbers":
        asked = [one for one in owed if one.is_asked]

        def count(condition: Callable[[Owed], bool]) -> int:
            return sum(1 for one in asked if condition(one))

        return cls(
            asked=len(asked),
            handed_in=count(lambda one: one.is_handed_in),
            accepted=count(lambda one: one.standing == Standing.ACCEPTED),
            awaiting=count(lambda one: one.standing == Standing.SUBMITTED),
            returned=count(lambda one: one.standing == Standing.RETURNED),
            missing=count(lambda one: one.is_missing),
            overdue=count(lambda one: one.is_overdue),
            on_time=count(lambda one: one.is_on_time),
            accepted_at_first=count(lambda one: one.is_accepted_at_first),
        )

    @property
    def share_on_time(self) -> float | None:
        """按期报送率: on time ÷ asked, 0 to 1; None where nothing was asked."""
        return self.on_time / self.asked if self.asked else None


@dataclass(frozen=True)
class PlanReports:
    """All that is owed in a plan by a day, task by task in their order, lead first, period by period."""

    plan: Plan
    day: Day
    periods: tuple[ReportingPeriod, ...]
    owed: tuple[Owed, ...]

    @property
    def opened(self) -> list[ReportingPeriod]:
        return [period for period in self.periods if period.is_open_on(self.day.on)]

    @property
    def current(self) -> ReportingPeriod | None:
        """The first open period that is not over, else the one that was due last, else the first to come."""
        opened = self.opened
        running = [period for period in opened if period.due_on >= self.day.on]
        return (running or opened[-1:] or list(self.periods[:1]) or [None])[0]

    @cached_property
    def agencies(self) -> list[Agency]:
        """Those of whom anything is asked, in the register's order."""
        return sorted({one.agency for one in self.owed}, key=lambda agency: (agency.position, agency.pk))

    def of(
        self,
        *,
        agency: Agency | None = None,
        task: Task | None = None,
        period: ReportingPeriod | None = None,
        role: str = "",
    ) -> list[Owed]:
        return [
            one
            for one in self.owed
            if (agency is None or one.agency == agency)
            and (task is None or one.task == task)
            and (period is None or one.period == period)
            and (not role or one.role == role)
        ]


def reports_of(plan: Plan, tasks: TaskQuerySet, *, day: Day, reader: Agency | None = None) -> PlanReports:
    """What is owed on these tasks of the plan, at the end of `day`.

    `tasks` says whose: start from `visible_to`. `reader` is the agency that looks: it alone is told of its
    drafts, and of other agencies it is told only on tasks that it leads. 3 queries, 1 for each period, and on
    a past day 1 more.
    """
    tasks = tasks.filter(plan=plan)
    periods = tuple(ReportingPeriod.objects.filter(plan=plan))
    assignments = list(
        Assignment.objects.asked()
        .filter(task__in=tasks.values("pk"))
        .select_related("agency", "task")
        .order_by("task__number", "position")
    )
    for assignment in assignments:
        assignment.task.plan = plan
    if reader is not None:
        leads = {
            one.task_id for one in assignments if one.agency == reader and one.role == AssignmentRole.LEAD
        }
        assignments = [one for one in assignments if one.agency == reader or one.task_id in leads]
    reports = _reports(plan, tasks)
    standings = _standings(reports.values(), day)
    statuses = {period.pk: _statuses(tasks, min(day.on, period.due_on), day) for period in periods}
    owed = tuple(
        _owed(assignment, period, reports, standings, statuses[period.pk], day, reader)
        for assignment in assignments
        for period in periods
    )
    return PlanReports(plan, day, periods, owed)


@dataclass(frozen=True)
class _Past:
    """What the events tell of a report by a day."""

    state: ReportState
    first_submitted_at: datetime | None
    returns: int


def _reports(plan: Plan, tasks: TaskQuerySet) -> dict[OwedKey, ProgressReport]:
    long = ("draft", "measures", "results", "problems", "next_steps", "deliverables", "proposal_reason")
    found = ProgressReport.objects.filter(period__plan=plan, task__in=tasks.values("pk")).defer(*long)
    return {(report.task_id, report.agency_id, report.period_id): report for report in found}


def _standings(reports: Iterable[ProgressReport], day: Day) -> dict[int, _Past]:
    """How each report stood: by its own fields today, by the events on a past day. 0 or 1 query."""
    if not day.is_past:
        return {
            report.pk: _Past(ReportState(report.state), report.first_submitted_at, report.returns)
            for report in reports
        }
    moves = Event.objects.filter(
        report__in=[report.pk for report in reports], kind__in=MOVED, at__lt=day.ended_at
    ).order_by("at", "pk")
    past: dict[int, _Past] = {}
    for key, kind, at in moves.values_list("report", "kind", "at"):
        before = past.get(key, _Past(ReportState.DRAFT, None, 0))
        past[key] = _Past(
            MOVED[kind],
            before.first_submitted_at or at,
            before.returns + (MOVED[kind] == ReportState.RETURNED),
        )
    return past


def _statuses(tasks: TaskQuerySet, on: date, day: Day) -> Mapping[int, str]:
    """The tasks there were on that day and how each stood. 1 query."""
    then = Day.of(on, today=timezone.localdate()) if on < day.on or day.is_past else day
    return dict(tasks.as_of(then, with_light=False).values_list("pk", models.F("status_now")))


def _owed(
    assignment: Assignment,
    period: ReportingPeriod,
    reports: Mapping[OwedKey, ProgressReport],
    standings: Mapping[int, _Past],
    statuses: Mapping[int, str],
    day: Day,
    reader: Agency | None,
) -> Owed:
    report = reports.get((assignment.task_id, assignment.agency_id, period.pk))
    past = standings.get(report.pk) if report else None
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
    assignment: Assignment, period: ReportingPeriod, past: _Past | None, status: str | None, day: Day
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

    5 queries and more for each plan they belong to, 1 more in all.
    """
    keys = set(keys)
    periods = ReportingPeriod.objects.filter(pk__in={period for _, _, period in keys}).select_related("plan")
    tasks = Task.objects.filter(pk__in={task for task, _, _ in keys})
    plans = {period.plan.pk: period.plan for period in periods}
    return {
        one.key: one
        for plan in plans.values()
        for one in missing(reports_of(plan, tasks, day=day))
        if one.key in keys
    }
