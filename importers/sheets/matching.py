"""Rows that came back, held against what stands: what each would do, what is in its way. Writes nothing.

What was edited is told by the prints in the row's key (tasks/columns/filling.py), what changed online
meanwhile by the report itself. A row of another agency, or with a key that is not ours, is never looked at:
nothing of what it names is loaded or shown.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from functools import cached_property
from typing import Any

from django.utils import timezone

from agencies.models import Agency, User
from importers.sheets.tables import Fault, Line
from tasks import permissions
from tasks.columns import FILLING_COLUMNS, RowKey
from tasks.columns.filling import not_begun, print_of, shown_in_a_cell, too_long
from tasks.models import PROPOSALS, Assignment, ProgressReport, ReportingPeriod, Task
from tasks.workflow import faults_of

_SHOWN = 60  # letters of what stood in a cell


class Outcome(Enum):
    """What becomes of a row, in the order in which they are shown: the word, and what it means."""

    CONFLICT = ("冲突", "填报表生成后，同一栏在系统中改过，请选择留下哪一边")
    FAULTY = ("需更正", "不能导入，请按说明更正后重新上传")
    CREATED = ("新增", "系统中还没有这份报告")
    CHANGED = ("变化", "与系统中的内容不同")
    DENIED = ("越权", "不属于本单位，或行标识被改动，不会导入")
    UNKNOWN = ("无法识别", "看不出是哪项任务，不会导入")
    UNCHANGED = ("无变化", "没有改动，不用导入")

    def __init__(self, label: str, words: str):
        self.label = label
        self.words = words

    @property
    def slug(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Change:
    """A field that the sheet says otherwise. `before` is None where it is not the reader's to see."""

    name: str
    before: Any
    after: Any
    is_clash: bool = False

    @property
    def title(self) -> str:
        return FILLING_COLUMNS[self.name].title

    @property
    def before_shown(self) -> str | None:
        return None if self.before is None else _shown(self.name, self.before)

    @property
    def after_shown(self) -> str:
        return _shown(self.name, self.after)


@dataclass(frozen=True)
class Step:
    """A row and what it does. Without `task` nothing is known of it but its place."""

    line: Line
    outcome: Outcome
    faults: tuple[Fault, ...] = ()
    task: Task | None = None
    agency: Agency | None = None
    period: ReportingPeriod | None = None
    role: str = ""
    version: int | None = None
    changes: tuple[Change, ...] = ()
    is_own: bool = True  # the reader's own agency's, not one for which the sheet is brought in
    stands: Mapping[str, Any] = field(default_factory=dict)  # what the report says now

    @property
    def writes(self) -> bool:
        return self.outcome in (Outcome.CREATED, Outcome.CHANGED, Outcome.CONFLICT)

    @property
    def clashes(self) -> list[Change]:
        return [change for change in self.changes if change.is_clash]

    @property
    def name(self) -> str:
        """By which a form speaks of it."""
        return f"{self.task.pk}-{self.agency.pk}-{self.period.pk}"

    def written(self, refused: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The fields to write, but those for which what stands online was chosen."""
        return {change.name: change.after for change in self.changes if change.name not in refused}

    @cached_property
    def lacks(self) -> dict[str, str]:
        """What keeps it from being handed in, taken as the sheet has it."""
        return faults_of({**self.stands, **self.written()})


@dataclass(frozen=True)
class SheetPlan:
    """What an upload does, row by row."""

    steps: tuple[Step, ...]

    def of(self, outcome: Outcome) -> list[Step]:
        return [step for step in self.steps if step.outcome == outcome]

    @property
    def groups(self) -> list[tuple[Outcome, list[Step]]]:
        return [(outcome, self.of(outcome)) for outcome in Outcome]

    @cached_property
    def writing(self) -> list[Step]:
        """In the order in which tasks are locked, so that two imports cannot wait for each other."""
        steps = [step for step in self.steps if step.writes]
        return sorted(steps, key=lambda step: (step.task.pk, step.period.pk, step.agency.pk))

    @property
    def complete(self) -> int:
        """How many of those it writes can be handed in."""
        return sum(not step.lacks for step in self.writing)

    @property
    def on_behalf(self) -> list[Agency]:
        """The agencies, other than the reader's own, for which something is brought in."""
        found = {step.agency.pk: step.agency for step in self.writing if step.agency and not step.is_own}
        return list(found.values())

    @cached_property
    def digest(self) -> str:
        """Of all that is shown and would be written: what is confirmed is exactly that."""
        told = [
            (step.outcome.name, step.name, step.version, [(c.name, c.before, c.after) for c in step.changes])
            for step in self.writing
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()


def plan_sheets(lines: Sequence[Line], *, by: User, now: datetime) -> SheetPlan:
    """Hold the rows against the database as it is at this moment. 5 queries, however many rows."""
    keys = [RowKey.read(line.key) for line in lines]
    world = _World.of([key for key in keys if key], by=by, now=now)
    copies = _copies(zip(lines, keys, strict=True))
    steps = []
    seen: set[tuple[Any, ...]] = set()
    for line, key in zip(lines, keys, strict=True):
        if key is None:
            steps.append(_unknown(line) if not line.key else Step(line, Outcome.DENIED))
        elif not world.knows(key):
            steps.append(Step(line, Outcome.DENIED))
        elif line.content not in seen:  # a row that was copied and left as it is says the same once more
            seen.add(line.content)
            steps.append(world.step(line, key, others=copies[key.report]))
    return SheetPlan(tuple(steps))


def _unknown(line: Line) -> Step:
    words = "这一行没有行标识，可能是插入的行，请把内容填到原有的任务行；不用的请删去"
    return Step(line, Outcome.UNKNOWN, (Fault("", "", words),))


def _copies(lines: Iterable[tuple[Line, RowKey | None]]) -> Mapping[tuple[int, int, int], list[Line]]:
    """The rows of each report that were edited, and differently: a copy that nobody touched says nothing."""
    copies: defaultdict[tuple[int, int, int], dict[Any, Line]] = defaultdict(dict)
    for line, key in lines:
        if key and (line.faults or _edited(line, key)):
            copies[key.report].setdefault(line.content, line)
    return defaultdict(list, {report: list(found.values()) for report, found in copies.items()})


def _edited(line: Line, key: RowKey) -> dict[str, Any]:
    """The fields that the row does not say as it went out."""
    return {name: value for name, value in line.values.items() if print_of(value) != key.prints[name]}


@dataclass(frozen=True)
class _World:
    """What the keys speak of, as far as the reader may bring it in: nothing else is loaded."""

    by: User
    today: date
    tasks: Mapping[int, Task]
    periods: Mapping[int, ReportingPeriod]
    agencies: Mapping[int, Agency]
    roles: Mapping[tuple[int, int], str]
    reports: Mapping[tuple[int, int, int], ProgressReport]

    @classmethod
    def of(cls, keys: Sequence[RowKey], *, by: User, now: datetime) -> "_World":
        allowed = [key for key in keys if permissions.can_bring_in(by, key.agency)]
        tasks = Task.objects.visible_to(by).filter(pk__in={key.task for key in allowed})
        periods = ReportingPeriod.objects.filter(pk__in={key.period for key in allowed})
        agencies = Agency.objects.filter(pk__in={key.agency for key in allowed})
        of_tasks = {"task__in": {key.task for key in allowed}, "agency__in": {key.agency for key in allowed}}
        roles = Assignment.objects.asked().filter(**of_tasks).values_list("task", "agency", "role")
        reports = ProgressReport.objects.filter(**of_tasks)
        return cls(
            by,
            timezone.localdate(now),
            {task.pk: task for task in tasks.select_related("plan")},
            {period.pk: period for period in periods},
            {agency.pk: agency for agency in agencies},
            {(task, agency): role for task, agency, role in roles},
            {(report.task_id, report.agency_id, report.period_id): report for report in reports},
        )

    def knows(self, key: RowKey) -> bool:
        """Whether the row is one that the reader may bring in."""
        task, period = self.tasks.get(key.task), self.periods.get(key.period)
        return (
            key.agency in self.agencies
            and task is not None
            and period is not None
            and task.plan_id == period.plan_id
            and (key.task, key.agency) in self.roles
        )

    def step(self, line: Line, key: RowKey, *, others: Sequence[Line]) -> Step:
        task, period, agency = self.tasks[key.task], self.periods[key.period], self.agencies[key.agency]
        report = self.reports.get(key.report)
        is_own = permissions.can_report(self.by, agency.pk)
        stands = report.written if report else not_begun(task)
        step = Step(
            line,
            Outcome.UNCHANGED,
            task=task,
            period=period,
            agency=agency,
            role=self.roles[key.task, key.agency],
            version=report.version if report else None,
            is_own=is_own,
            stands=stands,
        )
        shown = shown_in_a_cell(stands)
        changed = _edited(line, key)
        if not _is_hidden(step, report, key):
            changed = {n: value for n, value in changed.items() if print_of(value) != _print_of(shown[n])}
        if faults := self._faults(step, report, key, changed, others=others):
            return replace(step, outcome=Outcome.FAULTY, faults=faults)
        if not changed:
            return step
        moved = report is not None and report.version != key.version
        # Of another agency's report what was handed in is there to be seen, never what is being written.
        is_seen = is_own or report is None or not report.draft
        changes = tuple(
            Change(n, shown[n] if is_seen else None, value, moved and _print_of(shown[n]) != key.prints[n])
            for n, value in changed.items()
        )
        outcome = Outcome.CREATED if report is None else Outcome.CHANGED
        outcome = Outcome.CONFLICT if any(change.is_clash for change in changes) else outcome
        step = replace(step, outcome=outcome, changes=changes)
        if not is_own and step.lacks:  # what is brought in for another is handed in with it
            faults = tuple(Fault(n, line.typed.get(n, "")[:_SHOWN], words) for n, words in step.lacks.items())
            return replace(step, outcome=Outcome.FAULTY, changes=(), faults=faults)
        return step

    def _faults(
        self,
        step: Step,
        report: ProgressReport | None,
        key: RowKey,
        changed: Mapping[str, Any],
        *,
        others: Sequence[Line],
    ) -> tuple[Fault, ...]:
        """What keeps the row out; the first kind of thing that does."""
        line = step.line
        if line.number != str(step.task.number):
            words = f"行标识是第 {step.task.number} 项的，与序号不符：可能只排序了部分列，请重新下载填写"
            return (Fault("number", line.number[:_SHOWN], words),)
        if len(others) > 1 and line in others:
            places = "、".join(_place(one, beside=line) for one in others if one is not line)
            return (Fault("number", "", f"与{places}是同一项任务而内容不同，请只保留一行"),)
        long = [(n, words) for n, value in changed.items() if (words := too_long(n, value))]
        if line.faults or long or not changed:
            return (*line.faults, *(Fault(n, line.typed[n][:_SHOWN], words) for n, words in long))
        if words := self._refusal(step, report, key):
            first = next(iter(changed))
            return (Fault(first, line.typed.get(first, "")[:_SHOWN], words),)
        return ()

    def _refusal(self, step: Step, report: ProgressReport | None, key: RowKey) -> str:
        """Why nothing of the report may be changed now; empty where it may."""
        if not step.period.is_open_on(self.today):
            return "这一报送期还没有开始，暂不能报送"
        if report is None:
            return ""
        if _is_hidden(step, report, key):
            return "该单位已在系统中另行填写这份报告，请由该单位自行导入"
        if report.is_editable:
            return ""
        advice = "待审核的可以先在系统中撤回；" if step.is_own else ""
        return f"这份报告现为“{report.get_state_display()}”，不能修改；{advice}不修改的请恢复原样或删去这一行"


def _is_hidden(step: Step, report: ProgressReport | None, key: RowKey) -> bool:
    """Whether a draft stands there that neither reader nor sheet knows of: not even to be compared."""
    return bool(report and report.draft and not step.is_own and report.version != key.version)


def _place(line: Line, *, beside: Line) -> str:
    file = "" if line.file == beside.file else f"“{line.file}”"
    return f"{file}“{line.sheet}”第 {line.row} 行"


def _print_of(shown: Any) -> str:
    return print_of("" if shown is None else shown)


def _shown(name: str, value: Any) -> str:
    if name == "proposed_status":
        return PROPOSALS.get(value, str(value))
    return f"{value}%" if name == "proposed_progress" and value not in ("", None) else str(value)
