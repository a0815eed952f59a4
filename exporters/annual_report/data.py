"""What the annual report tells, loaded once: every sheet is written from the same rows.

So the counts are the counts of the rows, and a report that is frozen and its comparison speak of the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from agencies.models import Agency, User
from tasks.accepted import AcceptedReport, accepted_reports
from tasks.columns import TaskLine
from tasks.instruments import RANKS, identity, provisions_in, rank_of
from tasks.models import Day, Event, EventKind, Plan, Status, Task
from tasks.reporting import OwedNumbers, PlanReports, reports_of
from tasks.stats import AgencyNumbers, PlanNumbers, plan_numbers

EDITIONS = 4  # so many plans are held beside each other, this one and the latest before it


@dataclass(frozen=True)
class AgencyProgress:
    """An agency's tasks, and how it reported on them; None where nobody may see that or nothing is asked."""

    numbers: AgencyNumbers
    owed: OwedNumbers | None


@dataclass(frozen=True)
class Unfinished:
    """A task still to be done, and its lead's latest accepted report, where the reader may read that."""

    line: TaskLine
    last: AcceptedReport | None
    may_read: bool


@dataclass(frozen=True)
class Change:
    """A task that was adjusted, extended or reopened: what stood and what stands."""

    kind: str
    event: Event
    line: TaskLine
    before: str
    after: str


@dataclass(frozen=True)
class Mention:
    """One task of one plan that means to make or revise an instrument."""

    task: Task
    verb: str

    @property
    def told(self) -> str:
        return f"{self.verb}（第 {self.task.number} 项，{Status(self.task.status).label}）"


@dataclass(frozen=True)
class InstrumentLine:
    """An instrument with what each plan, by key, says of it."""

    name: str
    mentions: Mapping[int, Sequence[Mention]]

    @property
    def rank(self) -> str:
        return rank_of(self.name)

    @property
    def latest(self) -> Sequence[Mention]:
        """Those of the newest plan that names it; plans stand in their order, the oldest first."""
        return list(self.mentions.values())[-1]


@dataclass(frozen=True)
class AnnualReport:
    """Everything one report tells, as it stood at the end of a day, of the tasks its reader may see."""

    plan: Plan
    day: Day
    now: datetime  # the moment the data is of
    scope: str
    tasks: Sequence[Task]
    numbers: PlanNumbers
    accepted: Mapping[int, Sequence[AcceptedReport]]
    agencies: Sequence[AgencyProgress]
    unfinished: Sequence[Unfinished]
    changes: Sequence[Change]
    editions: Sequence[Plan]
    instruments: Sequence[InstrumentLine]

    @property
    def title(self) -> str:
        return f"{self.plan.title}年度进展报告"

    def line_of(self, task: Task) -> TaskLine:
        return TaskLine.of(task, today=self.day.on)

    def told_of(self, task: Task) -> list[str]:
        """What was reported on the task and accepted, the latest first."""
        return [one.told for one in self.accepted.get(task.pk, ())]


def load(
    plan: Plan, tasks: Sequence[Task], *, user: User, day: Day, now: datetime, scope: str
) -> AnnualReport:
    """The report of these tasks of the plan (see `tasks_of`). 18 queries at most, however many tasks."""
    numbers = plan_numbers(tasks, today=day.on)
    accepted = accepted_reports(plan, tasks, user=user, day=day)
    editions, others = _editions(plan, user, day)
    return AnnualReport(
        plan=plan,
        day=day,
        now=now,
        scope=scope,
        tasks=tasks,
        numbers=numbers,
        accepted=accepted,
        agencies=_agencies(numbers, _owed(plan, user, day), user),
        unfinished=[
            _unfinished(task, accepted.get(task.pk, ()), user, day) for task in tasks if task.is_open
        ],
        changes=list(_changes(plan, tasks, user, day)),
        editions=editions,
        instruments=_instruments([*others, *tasks], editions),
    )


def tasks_of(plan: Plan, *, user: User, day: Day) -> list[Task]:
    """The plan's tasks that `user` may see, as they stood, in the document's order. 7 queries."""
    return list(
        Task.objects.visible_to(user)
        .as_of(day)
        .filter(plan=plan)
        .for_workbooks()
        .order_by("section__chapter__number", F("section__number").asc(nulls_first=True), "number")
    )


# --- agencies ---------------------------------------------------------------------------------------


def _owed(plan: Plan, user: User, day: Day) -> PlanReports:
    return reports_of(plan, Task.objects.visible_to(user), day=day, reader=user.narrowed_to)


def _agencies(numbers: PlanNumbers, owed: PlanReports, user: User) -> list[AgencyProgress]:
    """Those that lead tasks first, then the others, both in the register's order, which ranks nobody."""

    def owed_by(agency: Agency) -> OwedNumbers | None:
        if not user.sees_everything and agency != user.agency:
            return None  # of others an agency is told on the tasks that it leads alone: no whole number
        counted = owed.numbers(agency=agency)
        return counted if counted.asked else None

    lines = [AgencyProgress(one, owed_by(one.agency)) for one in numbers.agencies]
    return sorted(lines, key=lambda line: not line.numbers.led.total)


# --- tasks ------------------------------------------------------------------------------------------


def _unfinished(task: Task, accepted: Sequence[AcceptedReport], user: User, day: Day) -> Unfinished:
    last = next((one for one in accepted if one.is_lead), None)
    return Unfinished(TaskLine.of(task, today=day.on), last, user.narrowed_to in (None, task.lead))


# Of every change only what can be one of these: most events never leave the database.
_MOVING = Q(kind=EventKind.EXTENSION_GRANTED) | Q(
    Q(after__status=Status.ADJUSTED) | Q(before__status=Status.COMPLETED),
    kind__in=(EventKind.TASK_STATUS, EventKind.REPORT_ACCEPTED),
)


def _changes(plan: Plan, tasks: Sequence[Task], user: User, day: Day) -> Iterator[Change]:
    by_key = {task.pk: task for task in tasks}
    events = Event.objects.visible_to(user).filter(_MOVING, plan=plan, task__in=by_key).kept(day)
    if day.is_past:
        events = events.filter(at__lt=day.ended_at)
    for event in events.select_related("by__agency").order_by("-at", "-pk"):
        if change := _change(event, TaskLine.of(by_key[event.task_id], today=day.on)):
            yield change


def _change(event: Event, line: TaskLine) -> Change | None:
    if event.kind == EventKind.EXTENSION_GRANTED:
        days = event.before.get("due_before", ""), event.after.get("due_after", "")
        return Change("延期", event, line, *days)
    before, after = event.before.get("status"), event.after.get("status")
    if after == Status.ADJUSTED and before != after:
        kind = "调整"
    elif before == Status.COMPLETED and after not in (None, Status.COMPLETED):
        kind = "重新开启"
    else:
        return None
    return Change(kind, event, line, Status(before).label, Status(after).label)


# --- instruments ------------------------------------------------------------------------------------


def _editions(plan: Plan, user: User, day: Day) -> tuple[list[Plan], list[Task]]:
    """The plans that are held beside each other, the oldest first, and the tasks of those before this one."""
    visible = Task.objects.visible_to(user)
    before = (
        Plan.objects.filter(pk__in=visible.values("plan"), last_year__lte=plan.last_year)
        .exclude(pk=plan.pk)
        .order_by("-last_year", "-first_year", "-pk")[: EDITIONS - 1]
    )
    earlier = list(before)[::-1]
    tasks = visible.as_of(day).filter(plan__in=[one.pk for one in earlier], text__contains="《")
    return [*earlier, plan], list(tasks.for_workbooks().order_by("plan", "number")) if earlier else []


def _instruments(tasks: Iterable[Task], editions: Sequence[Plan]) -> list[InstrumentLine]:
    """By rank, then as the newest plan names them; what it no longer names comes last."""
    names: dict[str, str] = {}
    mentions: dict[str, dict[int, list[Mention]]] = {}
    order = {plan.pk: place for place, plan in enumerate(editions)}
    for task in sorted(tasks, key=lambda task: (order[task.plan_id], task.number)):
        for provision in provisions_in(task.text):
            key = identity(provision.name)
            names[key] = provision.name
            by_plan = mentions.setdefault(key, {})
            by_plan.setdefault(task.plan_id, []).append(Mention(task, provision.verb))
    lines = [InstrumentLine(names[key], by_plan) for key, by_plan in mentions.items()]

    def place(line: InstrumentLine) -> tuple[int, int, int]:
        first = line.latest[0].task
        return RANKS.index(line.rank), -order[first.plan_id], first.number

    return sorted(lines, key=place)
