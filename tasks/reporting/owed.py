"""What is owed and what became of it: one row a task, agency and period, and how the rows are counted."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from operator import attrgetter

from django.db import models

from agencies.models import Agency
from tasks.models import HANDED_IN, AssignmentRole, Day, Plan, ProgressReport, ReportingPeriod, Task

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
    def share_handed_in(self) -> float | None:
        """报送率: handed in ÷ asked, 0 to 1; None where nothing was asked."""
        return self.handed_in / self.asked if self.asked else None

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


def current_of(periods: Collection[ReportingPeriod], on: date) -> ReportingPeriod | None:
    """The first open period that is not over, else the one that was due last, else the first to come."""
    opened = [period for period in periods if period.is_open_on(on)]
    running = [period for period in opened if period.due_on >= on]
    return next(iter(running or opened[-1:] or periods), None)


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
        return current_of(self.periods, self.day.on)

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
