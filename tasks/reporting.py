"""Who owes what: the reports of one plan, by task, agency and period, as they stand on a day.

Loaded once and counted in Python, like the other numbers (see `stats`): the matrix, the list of what is
missing, the bulletin, an agency's desk and the reminders all speak of the same rows.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from operator import attrgetter

from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT

from agencies.models import Agency
from tasks.models import (
    HANDED_IN,
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
        return self.is_handed_in and self.period.is_met(self.first_submitted_at)

    @property
    def is_accepted_at_first(self) -> bool:
        return self.standing == Standing.ACCEPTED and not self.returns

    @property
    def days_left(self) -> int:
        """Until the period is due; negative once it was."""
        return (self.period.due_on - self.day.on).days

    def counts_as(self, outcome: "Outcome") -> bool:
        return self.is_asked and _COUNTS_AS[outcome](self)


class Outcome(models.TextChoices):
    """What became of what was asked for, as it is counted: a number and its list are the same rows."""

    ASKED = "asked", "应报"
    HANDED_IN = "handed_in", "已报"
    ACCEPTED = "accepted", "通过"
    AWAITING = "awaiting", "待审核"
    RETURNED = "returned", "被退回"
    MISSING = "missing", "未报"
    OVERDUE = "overdue", "逾期"
    ON_TIME = "on_time", "按期"
    ACCEPTED_AT_FIRST = "accepted_at_first", "一次通过"


# Of what was asked for.
_COUNTS_AS: Mapping[Outcome, Callable[[Owed], bool]] = {
    Outcome.ASKED: lambda one: True,
    Outcome.HANDED_IN: attrgetter("is_handed_in"),
    Outcome.ACCEPTED: lambda one: one.standing == Standing.ACCEPTED,
    Outcome.AWAITING: lambda one: one.standing == Standing.SUBMITTED,
    Outcome.RETURNED: lambda one: one.standing == Standing.RETURNED,
    Outcome.MISSING: attrgetter("is_missing"),
    Outcome.OVERDUE: attrgetter("is_overdue"),
    Outcome.ON_TIME: attrgetter("is_on_time"),
    Outcome.ACCEPTED_AT_FIRST: attrgetter("is_accepted_at_first"),
}


# How the bulletin counts, told below it on the page and in the workbook.
BULLETIN_NOTES = (
    "单位按登记册顺序排列。一项任务由几家单位承担的，各单位分别计算；以“联席会议成员单位”名义承担的任务不计入。",
    "按期：报送不晚于截止日期；退回后重报的按首次报送算，自行撤回的按重新报送算。",
    "未报：尚未报送，或退回后尚未重报。一次通过：未经退回即审核通过。",
    "按期报送率＝按期÷应报。截止日期前已完成或已调整的任务不需报送，不计入应报。",
)


@dataclass(frozen=True)
class OwedNumbers:
    """How many reports were asked for, and what became of them: a number for each `Outcome`."""

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
        return cls(**{outcome.value: sum(map(condition, asked)) for outcome, condition in _COUNTS_AS.items()})

    def of_outcome(self, outcome: Outcome) -> int:
        return getattr(self, outcome.value)

    @property
    def share_on_time(self) -> float | None:
        """按期报送率: on time ÷ asked, 0 to 1; None where nothing was asked."""
        return self.on_time / self.asked if self.asked else None


@dataclass(frozen=True)
class AgencyOwed:
    """One agency's line of the bulletin, or their sum: what it owed as lead, as participant, and in all."""

    agency: Agency | None
    led: OwedNumbers
    joined: OwedNumbers
    whole: OwedNumbers

    @classmethod
    def of(cls, agency: Agency | None, owed: Collection[Owed]) -> "AgencyOwed":
        led, joined = (
            OwedNumbers.of(one for one in owed if one.role == role)
            for role in (AssignmentRole.LEAD, AssignmentRole.PARTICIPANT)
        )
        return cls(agency, led, joined, OwedNumbers.of(owed))


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
        found = {one.agency.pk: one.agency for one in self.owed}
        return sorted(found.values(), key=lambda agency: (agency.position, agency.pk))

    def of(
        self,
        *,
        agency: Agency | None = None,
        task: Task | None = None,
        period: ReportingPeriod | None = None,
        role: str = "",
    ) -> list[Owed]:
        if task is not None:
            among = self._of_tasks.get(task.pk, [])
        elif agency is not None:
            among = self._of_agencies.get(agency.pk, [])
        else:
            among = self.owed
        # Keys, not rows: a matrix asks some hundred times, and comparing rows is dear.
        return [
            one
            for one in among
            if (agency is None or one.agency.pk == agency.pk)
            and (period is None or one.period.pk == period.pk)
            and (not role or one.role == role)
        ]

    def numbers(
        self, *, agency: Agency | None = None, period: ReportingPeriod | None = None, role: str = ""
    ) -> OwedNumbers:
        return OwedNumbers.of(self.of(agency=agency, period=period, role=role))

    def bulletin(self, period: ReportingPeriod) -> list[AgencyOwed]:
        """通报 of a period: those of whom a report was asked, in the register's order, which ranks nobody."""
        lines = (AgencyOwed.of(agency, self.of(agency=agency, period=period)) for agency in self.agencies)
        return [line for line in lines if line.whole.asked]

    def bulletin_sum(self, period: ReportingPeriod) -> AgencyOwed:
        return AgencyOwed.of(None, self.of(period=period))

    @cached_property
    def _of_agencies(self) -> Mapping[int, list[Owed]]:
        return _grouped(self.owed, lambda one: one.agency.pk)

    @cached_property
    def _of_tasks(self) -> Mapping[int, list[Owed]]:
        return _grouped(self.owed, lambda one: one.task.pk)


def _grouped(owed: Iterable[Owed], key: Callable[[Owed], int]) -> Mapping[int, list[Owed]]:
    groups: defaultdict[int, list[Owed]] = defaultdict(list)
    for one in owed:
        groups[key(one)].append(one)
    return groups


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
    """What is owed on these tasks of the plan, at the end of `day`.

    `tasks` says whose: start from `visible_to`. `reader` is the agency that looks: it alone is told of its
    drafts, and of other agencies it is told only on tasks that it leads. 5 queries, on a past day 6.
    """
    periods = tuple(ReportingPeriod.objects.filter(plan=plan))
    by_key = {task.pk: task for task in tasks.filter(plan=plan).defer("source_text")}
    assignments = _assignments(plan, by_key)
    if reader is not None:
        leads = {
            one.task_id for one in assignments if one.agency == reader and one.role == AssignmentRole.LEAD
        }
        assignments = [one for one in assignments if one.agency == reader or one.task_id in leads]
    reports = _reports(plan, by_key)
    standings = _standings(reports.values(), day)
    opened = {period.pk: min(day.on, period.due_on) for period in periods if period.is_open_on(day.on)}
    stood = _statuses(by_key, {*opened.values()}, day)
    statuses = {period.pk: stood[opened[period.pk]] if period.pk in opened else {} for period in periods}
    owed = tuple(
        _owed(assignment, period, reports, standings, statuses[period.pk], day, reader)
        for assignment in assignments
        for period in periods
    )
    return PlanReports(plan, day, periods, owed)


def _assignments(plan: Plan, by_key: Mapping[int, Task]) -> list[Assignment]:
    """Those that are asked for reports, by the tasks' numbers, the lead first. 1 query.

    Each task is one object, however many agencies share it: names and texts are read once.
    """
    found = Assignment.objects.asked().filter(task__in=by_key).select_related("agency")
    for task in by_key.values():
        task.plan = plan
    assignments = list(found)
    for assignment in assignments:
        assignment.task = by_key[assignment.task_id]
    return sorted(assignments, key=lambda one: (one.task.number, one.position))


def _reports(plan: Plan, by_key: Mapping[int, Task]) -> dict[OwedKey, ProgressReport]:
    long = ("draft", "measures", "results", "problems", "next_steps", "deliverables", "proposal_reason")
    found = ProgressReport.objects.filter(period__plan=plan, task__in=by_key).defer(*long)
    return {(report.task_id, report.agency_id, report.period_id): report for report in found}


def _standings(reports: Iterable[ProgressReport], day: Day) -> dict[int, Course]:
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
    standings: Mapping[int, Course],
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
