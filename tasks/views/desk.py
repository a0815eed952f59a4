"""工作台: what an agency's contact has before them: what is urgent, what is theirs to lead or to join."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.models import Agency, Role
from tasks.context import named_plan
from tasks.models import AssignmentRole, Day, Event, EventKind, Light, Plan, Reading, Status, Task
from tasks.stats import tally
from tasks.templatetags.charts import Figure
from tasks.views.shared import ledger_address

ROWS_SHOWN = 15
NODES_SHOWN, TASKS_OF_A_NODE = 4, 3
EVENTS_SHOWN = 8
_URGENT_FIRST = {Light.RED: 0, Light.YELLOW: 1, Light.GREEN: 2, Light.GREY: 3}


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """The desk of the person's own agency; whoever belongs to none is led to the front door.

    8 queries: the session, the person with the agency, what that stands for, the plans, tasks with agencies
    and periods (3), and the events.
    """
    if request.user.role != Role.AGENCY:
        return redirect("tasks:home")
    agency = request.user.agency
    plan = named_plan(request)
    if plan is None:
        return render(request, "desk/none.html", {"nav": "desk", "agency": agency})
    today = timezone.localdate()
    tasks = list(Task.objects.visible_to(request.user).as_of(Day(today)).filter(plan=plan).for_rows())
    rows = sorted((_row(task, agency, today=today) for task in tasks), key=_by_urgency)
    context = {
        "nav": "desk",
        "agency": agency,
        "plan": plan,
        "total": _figure(plan, len(tasks)),
        "completed": _figure(
            plan, sum(task.status == Status.COMPLETED for task in tasks), status="completed"
        ),
        "cards": _cards(plan, tasks, today=today),
        "tables": [
            Table(
                role,
                _figure(plan, len(members), role=role),
                members[:ROWS_SHOWN],
            )
            for role in AssignmentRole
            if (members := [row for row in rows if row.role == role])
        ],
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


def _figure(plan: Plan, count: int, *, label: str = "", kind: str = "", **conditions: Any) -> Figure:
    return Figure(count, ledger_address(plan=plan.pk, **conditions), label, kind)


# --- what is urgent -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Card:
    figure: Figure
    icon: str
    hint: str


def _cards(plan: Plan, tasks: Iterable[Task], *, today: date) -> list[Card]:
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


# --- the tasks ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    task: Task
    seen: Reading
    role: AssignmentRole
    collective: Agency | None  # in whose name the agency takes part, where the clause does not name itself


@dataclass(frozen=True)
class Table:
    role: AssignmentRole
    figure: Figure
    rows: list[Row]


def _row(task: Task, agency: Agency, *, today: date) -> Row:
    named = [assignment.agency for assignment in task.assignments.all()]
    # Who sees the task without being named stands in one of the collectives that are.
    collective = None if agency in named else next((one for one in named if one.is_collective), None)
    return Row(task, task.reading(today), AssignmentRole(task.role_of(agency)), collective)


def _by_urgency(row: Row) -> tuple[Any, ...]:
    return _URGENT_FIRST[row.seen.light], row.task.deadline, row.task.number


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
