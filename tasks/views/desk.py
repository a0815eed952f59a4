"""工作台: what an agency's contact has before them: what waits, what is theirs to lead or to join."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.models import Agency, Role
from tasks.context import named_plan
from tasks.models import (
    AssignmentRole,
    Day,
    Event,
    EventKind,
    Extension,
    Light,
    Plan,
    ProgressReport,
    Reading,
    Receipt,
    ReportingPeriod,
    Status,
    Task,
)
from tasks.reporting import Owed, OwedNumbers, PlanReports, Standing, reports_of
from tasks.stats import tally
from tasks.templatetags.charts import Figure
from tasks.views.shared import ledger_address

ROWS_SHOWN = 15
NODES_SHOWN, TASKS_OF_A_NODE = 4, 3
EVENTS_SHOWN = 8
RETURNS_SHOWN = 3
_URGENT_FIRST = {Light.RED: 0, Light.YELLOW: 1, Light.GREEN: 2, Light.GREY: 3}


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """The desk of the person's own agency; whoever belongs to none is led to the front door.

    15 queries: the session, the person with the agency, what it stands for, plans, tasks with their agencies
    and periods (3), what is owed (4), what is unsigned, disputed and asked to be put off (3), the events. 3
    fewer where the plan is not reported on; 1 more where a period is over, and 1 where a report was returned.
    """
    if request.user.role != Role.AGENCY:
        return redirect("tasks:home")
    agency = request.user.agency
    plan = named_plan(request)
    if plan is None:
        return render(request, "desk/none.html", {"nav": "desk", "agency": agency})
    today = timezone.localdate()
    tasks = list(Task.objects.visible_to(request.user).as_of(Day(today)).filter(plan=plan).for_rows())
    reports = _owed(request, plan, today)
    period = reports.current
    rows = sorted(_rows(request, tasks, agency, reports, today=today), key=_by_urgency)
    chosen = _WAITING.get(request.GET.get("show", "")) if period else None
    context = {
        "nav": "desk",
        "agency": agency,
        "plan": plan,
        "period": period,
        "period_days": (period.due_on - today).days if period else 0,
        "period_is_open": period is not None and period.is_open_on(today),
        "period_is_settled": any(row.owed for row in rows)
        and not any(row.is_missing or row.is_returned for row in rows),
        "total": _figure(plan, len(tasks)),
        "completed": _figure(
            plan, sum(task.status == Status.COMPLETED for task in tasks), status="completed"
        ),
        "cards": _waiting(plan, rows, period) if period else _cards(plan, tasks, today=today),
        "roles": [
            _figure(plan, count, label=role.label, role=role)
            for role in AssignmentRole
            if (count := sum(row.role == role for row in rows))
        ],
        "chosen": chosen,
        "tables": list(_tables(plan, rows, chosen)),
        "everything": f"{reverse('tasks:desk')}?plan={plan.pk}",
        "returned": _returned(reports, agency),
        "earlier": _earlier(reports, agency),
        "nodes": _nodes(tasks, today=today),
        "open": ledger_address(plan=plan.pk, status=_OPEN, sort="due"),
        # What an import created is told by the plan itself, not once for each task.
        "events": Event.objects.visible_to(request.user)
        .filter(task__in=[task.pk for task in tasks])
        .exclude(kind=EventKind.TASK_CREATED)
        .for_feed()
        .select_related("by__agency", "task")[:EVENTS_SHOWN],
    }
    return render(request, "desk/page.html", context)


def _owed(request: HttpRequest, plan: Plan, today: date) -> PlanReports:
    visible = Task.objects.visible_to(request.user)
    return reports_of(plan, visible, day=Day(today), reader=request.user.agency)


def _figure(plan: Plan, count: int, *, label: str = "", kind: str = "", **conditions: Any) -> Figure:
    return Figure(count, ledger_address(plan=plan.pk, **conditions), label, kind)


# --- the tasks ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    task: Task
    seen: Reading
    role: AssignmentRole
    collective: Agency | None  # in whose name the agency takes part, where the clause does not name itself
    owed: Owed | None  # for the current period; None where the agency itself is asked for nothing
    is_unsigned: bool
    is_disputed: bool
    is_returned: bool  # in whatever period
    extension: Extension | None

    @property
    def is_missing(self) -> bool:
        """Still to be written and handed in; what was returned is told of apart."""
        return self.owed is not None and _is_unwritten(self.owed)

    @property
    def is_urgent(self) -> bool:
        owed = self.owed
        is_due = owed is not None and owed.is_missing and owed.days_left <= settings.REPORT_SOON_DAYS
        return is_due or self.seen.light in (Light.RED, Light.YELLOW)

    @property
    def heat(self) -> str:
        """How the due day is coloured: only where something is still owed."""
        if self.owed is None or not self.owed.is_missing:
            return ""
        left = self.owed.days_left
        return "hot" if left <= _HOT else "warm" if left <= settings.REPORT_SOON_DAYS else ""

    @property
    def may_ask_extension(self) -> bool:
        """Whether the row offers it: the lead's own, while its day is near and not over."""
        if self.owed is None or self.extension or self.role != AssignmentRole.LEAD or not self.task.is_open:
            return False
        return 0 <= (self.task.deadline - self.owed.day.on).days <= settings.DUE_SOON_DAYS


_HOT = 3  # days


@dataclass(frozen=True)
class Table:
    role: AssignmentRole
    figure: Figure
    rows: list[Row]


def _rows(
    request: HttpRequest, tasks: Iterable[Task], agency: Agency, reports: PlanReports, *, today: date
) -> Iterable[Row]:
    own = reports.of(agency=agency)
    owed = {one.task.pk: one for one in own if one.period == reports.current}
    returned = {one.task.pk for one in own if one.standing == Standing.RETURNED}
    of_plan = Task.objects.visible_to(request.user).filter(plan=reports.plan)
    unsigned = set(of_plan.unsigned_by(agency).values_list("pk", flat=True))
    of_agency = {"agency": agency, "task__plan": reports.plan}
    disputed = set(Receipt.objects.disputed().filter(**of_agency).values_list("task", flat=True))
    extensions = {one.task_id: one for one in Extension.objects.asked().filter(**of_agency)}
    for task in tasks:
        yield Row(
            task=task,
            seen=task.reading(today),
            role=AssignmentRole(task.role_of(agency)),
            collective=_collective(task, agency),
            owed=owed.get(task.pk),
            is_unsigned=task.pk in unsigned,
            is_disputed=task.pk in disputed,
            is_returned=task.pk in returned,
            extension=extensions.get(task.pk),
        )


def _collective(task: Task, agency: Agency) -> Agency | None:
    """Who sees the task without being named stands in one of the collectives that are."""
    named = [assignment.agency for assignment in task.assignments.all()]
    return None if agency in named else next((one for one in named if one.is_collective), None)


def _by_urgency(row: Row) -> tuple[Any, ...]:
    """What waits for the agency, then by light, day and number."""
    waiting = (row.is_returned, row.is_unsigned, row.is_missing)
    place = waiting.index(True) if any(waiting) else len(waiting)
    return place, _URGENT_FIRST[row.seen.light], row.task.deadline, row.task.number


def _tables(plan: Plan, rows: list[Row], chosen: "Waiting | None") -> Iterable[Table]:
    """By role; of what was chosen all rows, else the first."""
    shown = [row for row in rows if chosen.holds(row)] if chosen else rows
    for role in AssignmentRole:
        members = [row for row in rows if row.role == role]
        listed = [row for row in shown if row.role == role]
        if listed:
            figure = _figure(plan, len(members), role=role)
            yield Table(role, figure, listed if chosen else listed[:ROWS_SHOWN])


# --- what waits for the agency ------------------------------------------------------------------------


@dataclass(frozen=True)
class Card:
    figure: Figure
    icon: str
    hint: str


@dataclass(frozen=True)
class Waiting:
    """A card of the desk: which rows it counts, and so which it leads to."""

    name: str
    label: str
    icon: str
    holds: Callable[[Row], bool]


_WAITING = {
    one.name: one
    for one in (
        Waiting("unsigned", "待签收", "receipt", lambda row: row.is_unsigned),
        Waiting("missing", "待报送", "edit", lambda row: row.is_missing),
        Waiting("returned", "被退回", "back", lambda row: row.is_returned),
        Waiting("soon", "临期", "report-submitted", lambda row: row.is_urgent),
    )
}


def _waiting(plan: Plan, rows: list[Row], period: ReportingPeriod) -> list[Card]:
    hints = {
        "unsigned": "知悉所承担的任务后签收",
        "missing": f"{period}，{period.due_on:%m-%d} 截止",
        "returned": "修改后重新提交",
        "soon": f"{settings.REPORT_SOON_DAYS} 天内截止，或节点临近、已过",
    }
    cards = []
    for one in _WAITING.values():
        found = [row.task.number for row in rows if one.holds(row)]
        # A single one is named, where the hint has nothing better to say.
        is_named = len(found) == 1 and one.name in ("unsigned", "returned")
        hint = f"第 {found[0]} 项" if is_named else hints[one.name]
        cards.append(Card(Figure(len(found), _list_of(plan, one), one.label, one.name), one.icon, hint))
    return cards


def _list_of(plan: Plan, one: Waiting) -> str:
    """Where the rows of a card are listed: what is to be signed on a page of its own."""
    if one.name == "unsigned":
        return f"{reverse('tasks:receipts')}?{urlencode({'plan': plan.pk})}"
    return f"{reverse('tasks:desk')}?{urlencode({'plan': plan.pk, 'show': one.name})}"


def _earlier(reports: PlanReports, agency: Agency) -> list[tuple[ReportingPeriod, list[int]]]:
    """What is still to be handed in for periods before the one that the desk shows: the tasks' numbers."""
    missing = [
        (period, [one.task.number for one in reports.of(agency=agency, period=period) if _is_unwritten(one)])
        for period in reports.opened
        if period != reports.current and period.due_on < reports.day.on
    ]
    return [(period, numbers) for period, numbers in missing if numbers]


def _is_unwritten(owed: Owed) -> bool:
    return owed.standing in (Standing.MISSING, Standing.DRAFT)


def _returned(reports: PlanReports, agency: Agency) -> list[ProgressReport]:
    """The returned reports with what the office said, the latest first."""
    keys = [one.report.pk for one in reports.of(agency=agency) if one.standing == Standing.RETURNED]
    found = ProgressReport.objects.filter(pk__in=keys).order_by("-reviewed_at")
    return list(found.select_related("task__plan", "period", "reviewed_by__agency"))


def _cards(plan: Plan, tasks: Iterable[Task], *, today: date) -> list[Card]:
    """For a plan that is not reported on: how its tasks stand."""
    numbers = tally(tasks, today=today)

    def of_light(light: Light, label: str, icon: str, hint: str) -> Card:
        return Card(
            _figure(plan, numbers.lights[light], label=label, kind=light, light=light.value), icon, hint
        )

    def of_status(status: Status, hint: str) -> Card:
        count = numbers.statuses[status]
        return Card(
            _figure(plan, count, label=status.label, kind=status, status=status.value),
            f"status-{status}",
            hint,
        )

    return [
        of_light(Light.RED, "红灯", "warning", "已过计划节点，或认定滞后"),
        of_light(Light.YELLOW, "临近节点", "calendar", "计划节点临近，尚未完成"),
        of_status(Status.NOT_STARTED, "尚未开始推进"),
        of_status(Status.IN_PROGRESS, "正在推进，尚未完成"),
    ]


# --- what is due --------------------------------------------------------------------------------------

_OPEN = [Status.NOT_STARTED.value, Status.IN_PROGRESS.value, Status.DELAYED.value]


@dataclass(frozen=True)
class Node:
    """A day on which open tasks are due."""

    on: date
    days: int  # from today; negative where it is over
    tasks: list[Task]

    @property
    def late(self) -> int:
        return -self.days

    @property
    def shown(self) -> list[Task]:
        return self.tasks[:TASKS_OF_A_NODE]

    @property
    def rest(self) -> int:
        return len(self.tasks) - len(self.shown)


def _nodes(tasks: Iterable[Task], *, today: date) -> list[Node]:
    """The next days that come, then those that are over, the latest first."""
    due = sorted((task for task in tasks if task.is_open), key=lambda task: (task.deadline, task.number))
    nodes = [
        Node(on, (on - today).days, list(members)) for on, members in groupby(due, lambda task: task.deadline)
    ]
    coming = [node for node in nodes if node.days >= 0]
    over = [node for node in reversed(nodes) if node.days < 0]
    return (coming + over)[:NODES_SHOWN]


# --- 报送记录 -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class History:
    """A task and what the agency owed on it, period by period."""

    task: Task
    role: AssignmentRole
    owed: list[Owed]


@require_safe
def own_reports(request: HttpRequest) -> HttpResponse:
    """Every report that the agency was asked for in the chosen plan, and what became of it."""
    if request.user.role != Role.AGENCY:
        return redirect("tasks:home")
    agency = request.user.agency
    plan = named_plan(request)
    context = {"nav": "desk", "agency": agency, "plan": plan, "rows": []}
    if plan:
        reports = _owed(request, plan, timezone.localdate())
        own = groupby(reports.of(agency=agency), lambda one: one.task)
        rows = [History(task, owed[0].role, owed) for task, each in own if (owed := list(each))]
        context |= {"rows": rows, "reports": reports, "numbers": _numbers(reports, agency)}
    return render(request, "desk/reports.html", context)


def _numbers(reports: PlanReports, agency: Agency) -> list[tuple[ReportingPeriod, OwedNumbers]]:
    return [(period, OwedNumbers.of(reports.of(agency=agency, period=period))) for period in reports.periods]
