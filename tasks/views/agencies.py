"""单位: the register with each agency's figures under one plan, and an agency with those of every plan."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.models import Agency, AgencyAlias, Role, User
from tasks.context import named_plan
from tasks.models import AssignmentRole, Day, Event, EventKind, Light, Plan, Reading, Status, Task
from tasks.models.task import TaskQuerySet
from tasks.permissions import can_read_register_notes
from tasks.stats import AgencyNumbers, Tally, mean_progress, plan_numbers
from tasks.templatetags.charts import Figure
from tasks.views.shared import ledger_address

TASKS_SHOWN = 10
EVENTS_SHOWN = 8
LONGEST_SEARCH = 100


@dataclass(frozen=True)
class Row:
    """An agency's part in one plan, each number with the ledger's list behind it."""

    agency: Agency
    plan: Plan
    led: Figure
    joined: Figure
    completed: Figure  # of those it leads, like all that follow
    red: Figure
    yellow: Figure
    rate: float | None
    progress: float | None


# --- the register -------------------------------------------------------------------------------------

# What the table sorts by; without `sort` it stands in the register's own order.
SORTS: dict[str, Callable[[Row], float]] = {
    "led": lambda row: row.led.count,
    "joined": lambda row: row.joined.count,
    "completed": lambda row: row.completed.count,
    "rate": lambda row: -1 if row.rate is None else row.rate,
    "red": lambda row: row.red.count,
    "yellow": lambda row: row.yellow.count,
    "progress": lambda row: -1 if row.progress is None else row.progress,
}
_SORTED_COLUMNS = [
    ("led", "牵头"),
    ("joined", "参与"),
    ("completed", "已完成"),
    ("rate", "完成率"),
    ("red", "红灯"),
    ("yellow", "黄灯"),
    ("progress", "平均进度"),
]


@require_safe
def agencies(request: HttpRequest) -> HttpResponse:
    """Who sees all tasks sees all agencies; an agency's people are led to their own.

    8 queries: the session, the person, the plans, tasks with their agencies and periods (3), the register,
    the members of collectives; 1 more for the other names where one searches.
    """
    if not request.user.sees_everything:
        return redirect("tasks:agency", request.user.agency_id)
    plan = named_plan(request)
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    sort = request.GET.get("sort", "")
    found = _named(Agency.objects.registered().prefetch_related("members"), words)
    today = timezone.localdate()
    visible = Task.objects.visible_to(request.user).as_of(Day(today))
    tasks = list(visible.filter(plan=plan).for_rows().order_by("number")) if plan else []
    rows = _rows(found, tasks, plan, today=today) if plan else []
    if (key := SORTS.get(sort.removeprefix("-"))) is not None:
        rows.sort(key=key, reverse=sort.startswith("-"))
    context = {
        "nav": "agencies",
        "plan": plan,
        "words": words,
        "sort": sort,
        "columns": _SORTED_COLUMNS,
        "rows": rows,
        "agencies": found,
        "busy": sum(1 for row in rows if row.led.count or row.joined.count),
        "collectives": [agency for agency in found if agency.is_collective],
    }
    return render(request, "agencies/page.html", context)


def _named(register, words: str) -> list[Agency]:
    """Those whose name, full name, code or another name holds the words, with the names that do as `held`."""
    if not words:
        return list(register)
    aliases = AgencyAlias.objects.filter(name__icontains=words)
    found = register.filter(
        Q(name__icontains=words)
        | Q(official_name__icontains=words)
        | Q(code__icontains=words)
        | Q(pk__in=aliases.values("agency"))
    )
    return list(found.prefetch_related(Prefetch("aliases", aliases.order_by("name"), to_attr="held")))


def _rows(register: Iterable[Agency], tasks: Iterable[Task], plan: Plan, *, today: date) -> list[Row]:
    tasks = list(tasks)
    numbers = {one.agency: one for one in plan_numbers(tasks, today=today).agencies}
    led: dict[Agency, list[Task]] = {}
    for task in tasks:
        if task.lead:
            led.setdefault(task.lead, []).append(task)
    return [
        _row(agency, plan, numbers.get(agency), mean_progress(led.get(agency, []))) for agency in register
    ]


def _row(agency: Agency, plan: Plan, numbers: AgencyNumbers | None, progress: float | None) -> Row:
    nothing = Tally(dict.fromkeys(Status, 0), dict.fromkeys(Light, 0))
    led, joined = (numbers.led, numbers.joined) if numbers else (nothing, nothing)

    def figure(count: int, role: AssignmentRole = AssignmentRole.LEAD, **conditions: Any) -> Figure:
        address = ledger_address(plan=plan.pk, agency=agency.pk, role=role.value, **conditions)
        return Figure(count, address)

    return Row(
        agency,
        plan,
        led=figure(led.total),
        joined=figure(joined.total, AssignmentRole.PARTICIPANT),
        completed=figure(led.completed, status=Status.COMPLETED.value),
        red=figure(led.lights[Light.RED], light=Light.RED.value),
        yellow=figure(led.lights[Light.YELLOW], light=Light.YELLOW.value),
        rate=led.completion_rate,
        progress=progress,
    )


# --- one agency ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """What an agency leads or takes part in under one plan, the first few by number."""

    role: AssignmentRole
    figure: Figure
    tasks: list[Task]


@require_safe
def agency(request: HttpRequest, pk: int) -> HttpResponse:
    """10 queries: the session, the person, the agency, the plans, its collectives, tasks with their agencies
    and periods (3), its other names and the events; 1 more for a collective's members, 1 for an
    administrator, who sees the accounts, 2 for an agency's people: whose agency it is and what it stands for.
    """
    found = get_object_or_404(Agency.objects.visible_to(request.user), pk=pk)
    today = timezone.localdate()
    plan = named_plan(request)
    collectives = list(found.collectives.registered())
    # The tasks of its collectives come along, for what it does in their name.
    visible = Task.objects.visible_to(request.user).as_of(Day(today))
    assigned = list(_of(visible, [found, *collectives]))
    own = [task for task in assigned if _names(task, found)]
    context = {
        "nav": "agencies",
        "agency": found,
        "plan": plan,
        "aliases": list(found.aliases.order_by("valid_from", "name")),
        "members": list(found.members.registered()) if found.is_collective else [],
        "collectives": collectives,
        "rows": _by_plan(found, own, today=today),
        "shared": _in_the_name_of(collectives, assigned, found, plan) if plan else [],
        "parts": _parts(found, own, plan, today=today) if plan else [],
        "accounts": _accounts(found, request.user),
        "shows_notes": can_read_register_notes(request.user),
        "events": Event.objects.visible_to(request.user)
        .filter(task__in=[task.pk for task in own])
        .exclude(kind=EventKind.TASK_CREATED)
        .for_feed()
        .select_related("by__agency", "task")[:EVENTS_SHOWN],
    }
    return render(request, "agencies/agency.html", context)


def _of(visible: TaskQuerySet, agencies: list[Agency]) -> TaskQuerySet:
    """Tasks whose clause names one of the agencies, newest plan first."""
    tasks = visible.assigned_to_any(agencies)
    return tasks.for_rows().order_by("-plan__first_year", "-plan__last_year", "-plan_id", "number")


def _names(task: Task, agency: Agency) -> bool:
    return any(assignment.agency_id == agency.pk for assignment in task.assignments.all())


def _by_plan(agency: Agency, tasks: Iterable[Task], *, today: date) -> list[Row]:
    by_plan: dict[Plan, list[Task]] = {}
    for task in tasks:
        by_plan.setdefault(task.plan, []).append(task)
    return [row for plan, members in by_plan.items() for row in _rows([agency], members, plan, today=today)]


def _in_the_name_of(
    collectives: Iterable[Agency], tasks: Iterable[Task], agency: Agency, plan: Plan
) -> list[Figure]:
    """For each collective the tasks of this plan that name it."""
    counts: Mapping[Agency, int] = {
        one: sum(1 for task in tasks if task.plan_id == plan.pk and _names(task, one)) for one in collectives
    }
    return [
        Figure(count, ledger_address(plan=plan.pk, agency=one.pk), label=one.name)
        for one, count in counts.items()
        if count
    ]


def _parts(agency: Agency, tasks: Iterable[Task], plan: Plan, *, today: date) -> list[Part]:
    of_role: dict[AssignmentRole, list[Task]] = {role: [] for role in AssignmentRole}
    for task in tasks:
        if task.plan_id == plan.pk:
            task.seen: Reading = task.reading(today)
            of_role[AssignmentRole(task.role_of(agency))].append(task)
    return [
        Part(
            role,
            Figure(len(members), ledger_address(plan=plan.pk, agency=agency.pk, role=role.value)),
            members[:TASKS_SHOWN],
        )
        for role, members in of_role.items()
        if members
    ]


def _accounts(agency: Agency, user: User) -> int | None:
    """How many may sign in for it: for the administrator's eyes."""
    return agency.users.filter(is_active=True).count() if user.role == Role.ADMIN else None
