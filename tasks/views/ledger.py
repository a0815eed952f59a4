"""任务台账: every visible task under the conditions of the query string, in groups, by pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any
from urllib.parse import quote

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Agency, User
from tasks import columns, permissions
from tasks.context import plans
from tasks.filters import Counts, Grouping, LedgerFilter, Offers, tidy
from tasks.models import Assignment, AssignmentRole, Light, SavedView, Section, Status, Task
from tasks.views.saved_views import COUNTED_AT_ONCE, tabs_of
from tasks.views.shared import asks_for_fragment, way_back, without

PAGE_SIZES = (15, 30, 50, 100)
PAGE_SIZE = 30
# In a list of so many tasks a page counts everything; in a longer one what takes a look at every task is
# fetched after the page (the tabs' numbers) or left out (how many agencies lead).
_COUNTED = 2_000
_COLUMNS_COOKIE = "columns"
_COOKIE_AGE = 365 * 24 * 60 * 60


@dataclass(frozen=True)
class Chip:
    """A condition in force and the address of the same list without it."""

    label: str
    words: str
    removed: str


@dataclass
class Parts:
    """Who is responsible for a task."""

    lead: Agency | None = None
    others: list[Agency] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """A task as its row shows it, all in words that are ready to be written.

    The template goes over `cells`: to look up a name in a dict, and to write a text, costs it half of what an
    attribute or a number does, and a page has a thousand of them.
    """

    task: Task
    key: str
    version: str
    number: str
    text: str
    address: str
    period: str
    place: str
    duty: str
    lead: str
    participants: str  # how many, "" for none
    shown: Sequence[dict[str, object]]
    folded: str
    folded_count: str
    role: str  # of the reader's own agency
    role_words: str
    status: str
    status_words: str
    light: str
    light_words: str
    light_reason: str
    reason: str
    progress: str
    deadline: str
    updated: str
    updated_words: str

    @classmethod
    def of(cls, task: Task, responsible: Parts, *, user: User, today: date) -> "Row":
        reading = task.reading(today)
        lead, own = responsible.lead, user.agency_id
        parts = sorted(responsible.others, key=lambda agency: agency.pk != own)
        fitting = 2 if sum(len(agency.name) for agency in parts[:2]) <= _FITTING else 1
        role = AssignmentRole.LEAD if lead and lead.pk == own else AssignmentRole.PARTICIPANT
        updated = timezone.localtime(task.updated_at)
        return cls(
            task=task,
            key=str(task.pk),
            version=str(task.version),
            number=str(task.number),
            text=task.text,
            address=f"{_tasks_address()}{task.pk}/",
            period=task.plan.period,
            place=task.section.chapter.heading + task.section.heading,
            duty=("等部门" if task.open_ended else "") + task.get_duty_display(),
            lead=lead.name if lead else "",
            participants=str(len(parts) or ""),
            shown=[{"name": agency.name, "is_own": agency.pk == own} for agency in parts[:fitting]],
            folded="、".join(agency.name for agency in parts[fitting:]),
            folded_count=str(len(parts[fitting:])),
            role=role.value,
            role_words=role.label,
            status=task.status,
            status_words=task.get_status_display(),
            light=reading.light.value,
            light_words=reading.light.label,
            light_reason=reading.reason,
            reason=task.status_reason or "—",
            progress=str(task.progress),
            deadline=_day(task.deadline, today),
            updated=f"{updated:%Y-%m-%d %H:%M}",
            updated_words=_ago(updated.date(), today),
        )

    @property
    def cells(self) -> dict[str, object]:
        return vars(self)


@dataclass(frozen=True)
class Group:
    """The rows of one section or lead agency on this page, and its counts over all pages."""

    heading: str
    rows: Sequence[Row]
    section: Section | None = None
    is_continued: bool = False
    total: int = 0
    completed: int = 0
    delayed: int = 0

    @property
    def tasks(self) -> list[Task]:
        return [row.task for row in self.rows]

    @property
    def cells(self) -> list[dict[str, object]]:
        return [row.cells for row in self.rows]


@dataclass(frozen=True)
class Scope:
    """The list before the other conditions narrow the plan's. `leads` and `warned` are None in a long one."""

    tasks: int
    leads: int | None = None
    warned: int | None = None


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    # Every link of the page is built from the query string: from its shortest form.
    request.GET = tidy(request.GET)  # type: ignore[assignment]
    today = timezone.localdate()
    views = list(SavedView.objects.visible_to(request.user).select_related("owner"))
    offers = Offers(request.user, request.GET, *(view.conditions for view in views), plans=plans(request).all)
    found = LedgerFilter(request.GET, user=request.user, today=today, offers=offers)
    scope = _scope(found)
    counts = found.counts() if scope.tasks <= _COUNTED else Counts(found.count())
    page = _page(request, found, counts)
    is_long = scope.warned is None or len(views) > COUNTED_AT_ONCE
    here = f"{request.path}?{request.GET.urlencode()}" if request.GET else request.path
    # What stood once is for reading.
    can_set_status = permissions.can_set_status(request.user) and not found.day.is_past
    shown = _columns(request)
    context = {
        "nav": "ledger",
        "filter": found,
        "here": here,
        "here_quoted": quote(here),
        "bare": without(request, "per_page"),
        "day": found.day,
        "can_set_status": can_set_status,
        "is_own_list": not request.user.sees_everything,
        "plan": found.given.get("plan"),
        # Numbers recur from plan to plan; the headings of sections say the year already.
        "show_year": not found.given.get("plan") and found.grouping != Grouping.SECTION,
        "errors": found.complaints(),
        "chips": _chips(request, found),
        "counts": counts,
        "sought": found.sought,
        "groups": page.groups,
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number),
        "page_sizes": PAGE_SIZES,
        "scope": scope,
        "tabs": tabs_of(found, views, warned=None if is_long else scope.warned, total=scope.tasks),
        "tabs_follow": is_long,
        "narrowing": sum(1 for name, _, _ in found.conditions() if name != "q"),
        "show": {key: key in shown for key in columns.LEDGER},
        # Number and text beside the chosen ones; the boxes of the office, an agency's own role.
        "columns": len(shown) + 2 + can_set_status + (not request.user.sees_everything),
        "sorts": found.sorts,
        "instead": [] if counts.total else found.instead(),
        "groupings": Grouping.choices,
        "menus": _menus(found, counts),
    }
    template = "ledger/_page.html" if asks_for_fragment(request) else "ledger/page.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    if asks_for_fragment(request) and _moved(request, here):
        response["HX-Push-Url"] = here
    return response


def _moved(request: HttpRequest, here: str) -> bool:
    """Whether the list fetched is another than the one the browser's address names."""
    return request.htmx.current_url_abs_path != here


def _chips(request: HttpRequest, found: LedgerFilter) -> list[Chip]:
    return [
        Chip(label, words, without(request, name, *_narrower(name)))
        for name, label, words in found.conditions()
    ]


def _narrower(name: str) -> tuple[str, ...]:
    """What makes no sense any more once a condition is taken away."""
    return {"plan": ("chapter", "section"), "chapter": ("section",)}.get(name, ())


@dataclass(frozen=True)
class Choice:
    """An entry of the menus 状态 and 预警, and how many tasks it would find."""

    value: str
    label: str
    number: int | None
    is_chosen: bool


@dataclass(frozen=True)
class Menu:
    name: str
    label: str
    choices: Sequence[Choice]

    @property
    def words(self) -> str:
        chosen = [choice.label for choice in self.choices if choice.is_chosen]
        return "全部" if not chosen else chosen[0] if len(chosen) == 1 else f"{len(chosen)} 种"


def _menus(found: LedgerFilter, counts: Counts) -> list[Menu]:
    return [
        Menu(
            name,
            str(found.filters[name].label),
            [
                Choice(
                    value,
                    label,
                    numbers and numbers[value],
                    value in (found.given.get(name) or ()),
                )
                for value, label in kinds.choices
            ],
        )
        for name, kinds, numbers in (
            ("status", Status, counts.statuses),
            ("light", Light, counts.lights),
        )
    ]


# --- how many there are -----------------------------------------------------------------------------


def _scope(found: LedgerFilter) -> Scope:
    """How many tasks there are before the other conditions narrow the plan's. 2 queries, 1 in a long list."""
    tasks, bare = found.visible, Task.objects.visible_to(found.user).as_of(found.day, with_light=False)
    if plan := found.given.get("plan"):
        tasks, bare = tasks.filter(plan=plan), bare.filter(plan=plan)
    lights = list(tasks.order_by().values_list("light_now", flat=True)[: _COUNTED + 1])
    if len(lights) > _COUNTED:
        return Scope(bare.count())
    led = Assignment.objects.filter(role=AssignmentRole.LEAD)
    if plan and found.user.sees_everything and not found.day.is_past:
        led = led.filter(task__plan=plan)
    elif plan or found.day.is_past or not found.user.sees_everything:
        led = led.filter(task__in=bare.values("pk"))
    return Scope(
        len(lights),
        leads=led.order_by().values("agency").distinct().count(),
        warned=sum(light in (Light.RED, Light.YELLOW) for light in lights),
    )


# --- the page of the list ---------------------------------------------------------------------------


class _Pages(Paginator):
    """Pages of a list whose length is known already."""

    def __init__(self, tasks: Any, per_page: int, *, count: int):
        super().__init__(tasks, per_page)
        self.count = count  # type: ignore[misc]


class _ListPage(Page):
    groups: list[Group]


def _page(request: HttpRequest, found: LedgerFilter, counts: Counts) -> _ListPage:
    """One page of the list, loaded, in groups."""
    paginator = _Pages(found.qs, _page_size(request), count=counts.total)
    page = paginator.get_page(request.GET.get("page"))
    page.__class__ = _ListPage
    first = max(page.start_index() - 1, 0)
    # The task before the first tells whether the page begins inside a group.
    before = 1 if first and found.grouping != Grouping.NONE else 0
    tasks = _loaded(found, first - before, first + paginator.per_page)
    last_before = tasks.pop(0) if before else None
    page.object_list = tasks
    parts = _agencies(found, [*tasks, *([last_before] if last_before else [])])
    rows = [Row.of(task, parts[task.pk], user=request.user, today=found.day.on) for task in tasks]
    page.groups = _groups(found, rows, parts, last_before)
    return page


def _loaded(found: LedgerFilter, start: int, end: int) -> list[Task]:
    """These tasks of the list with their plans and headings. 1 query.

    Plans and headings are shared by many rows and have been loaded for the menus: each row takes its own
    from there instead of making it anew.
    """
    offers = found.offers
    tasks = found.qs.defer("source_text", "responsibility")
    if not offers.knows_all_headings:
        tasks = tasks.select_related("section__chapter")
    loaded = list(tasks[start:end])
    for task in loaded:
        task.plan = offers.plans[str(task.plan_id)]
        if offers.knows_all_headings:
            task.section = offers.headings[task.section_id]
    return loaded


def _agencies(found: LedgerFilter, tasks: Sequence[Task]) -> dict[int, Parts]:
    """Which agency leads each of the tasks and which take part, in the clauses' order. 1 query."""
    parts = {task.pk: Parts() for task in tasks}
    named = Assignment.objects.filter(task__in=parts).order_by("position")
    for task, agency, role in named.values_list("task", "agency", "role"):
        known = found.offers.agencies[str(agency)]
        if role == AssignmentRole.LEAD:
            parts[task].lead = known
        else:
            parts[task].others.append(known)
    return parts


def _page_size(request: HttpRequest) -> int:
    asked = request.GET.get("per_page", "")
    return int(asked) if asked in map(str, PAGE_SIZES) else PAGE_SIZE


@cache
def _tasks_address() -> str:
    """What every task's address begins with: finding it out for each row costs more than the row."""
    return reverse("tasks:task", args=[0]).removesuffix("0/")


# Two short names fit the column side by side; of two long ones the second is folded away.
_FITTING = 9


def _ago(on: date, today: date) -> str:
    """今天, 昨天, 5 天前 up to thirty days; then the day itself."""
    days = (today - on).days
    if 0 <= days <= 30:
        return ("今天", "昨天")[days] if days < 2 else f"{days} 天前"
    return _day(on, today)


def _day(on: date, today: date) -> str:
    return f"{on:%m-%d}" if on.year == today.year else f"{on:%Y-%m-%d}"


def _groups(
    found: LedgerFilter, rows: list[Row], parts: Mapping[int, Parts], last_before: Task | None
) -> list[Group]:
    """The page's rows in their groups, with counts over the whole list. 1 query, none without groups."""
    if found.grouping == Grouping.NONE or not rows:
        return [Group("", rows)]

    def key_of(task: Task) -> int | None:
        if found.grouping == Grouping.SECTION:
            return task.section_id
        lead = parts[task.pk].lead
        return lead.pk if lead else None

    counts = _subtotals(found, {key_of(row.task) for row in rows})
    groups = []
    for key, run in groupby(rows, key=lambda row: key_of(row.task)):
        members = list(run)
        groups.append(
            Group(
                _heading(found, members[0]),
                members,
                section=members[0].task.section if found.grouping == Grouping.SECTION else None,
                is_continued=not groups and last_before is not None and key_of(last_before) == key,
                **counts.get(key, {}),
            )
        )
    return groups


def _heading(found: LedgerFilter, row: Row) -> str:
    if found.grouping == Grouping.LEAD:
        return row.lead or "未写明牵头单位"
    words = row.task.section.group_heading
    return words if found.given.get("plan") else f"{row.period} · {words}"


def _subtotals(found: LedgerFilter, keys: set[int | None]) -> dict[int | None, dict[str, int]]:
    tasks, column = found.narrowed(), "section"
    if found.grouping == Grouping.LEAD:
        tasks, column = tasks.with_lead(), "lead_key"
    wanted = Q(**{f"{column}__in": keys - {None}})
    if None in keys:
        wanted |= Q(**{f"{column}__isnull": True})
    return {
        row.pop(column): row
        for row in tasks.order_by()
        .filter(wanted)
        .values(column)
        .annotate(
            total=Count("pk"),
            completed=Count("pk", filter=Q(status_now=Status.COMPLETED)),
            delayed=Count("pk", filter=Q(status_now=Status.DELAYED)),
        )
    }


# --- which columns ----------------------------------------------------------------------------------


def _columns(request: HttpRequest) -> tuple[str, ...]:
    """The chosen columns, as this browser remembers them; the usual ones where it remembers nothing."""
    kept = request.COOKIES.get(_COLUMNS_COOKIE)
    if kept is None:
        return columns.LEDGER_AT_FIRST
    return columns.known(kept.split("."), columns.LEDGER)


@require_http_methods(["GET", "HEAD", "POST"])
def chosen_columns(request: HttpRequest) -> HttpResponse:
    """列设置: the form (in the dialog where htmx asks) and its answer, which the browser keeps."""
    back = way_back(request, plans(request).ledger)
    if request.method != "POST":
        chosen = _columns(request)
        choices = [(key, columns.TITLES[key], key in chosen) for key in columns.LEDGER]
        template = "ledger/_columns.html" if asks_for_fragment(request) else "ledger/columns.html"
        response = render(request, template, {"nav": "ledger", "choices": choices, "back": back})
        patch_vary_headers(response, ["HX-Request"])
        return response
    if "reset" in request.POST:
        chosen = columns.LEDGER_AT_FIRST
    else:
        chosen = columns.known(request.POST.getlist("column"), columns.LEDGER)
    if request.htmx:
        response = HttpResponse(status=204, headers={"HX-Trigger": "task:saved"})
    else:
        response = redirect(back)
    response.set_cookie(
        _COLUMNS_COOKIE,
        ".".join(chosen),
        max_age=_COOKIE_AGE,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response
