"""任务台账: every visible task under the conditions of the query string, in groups, by pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from urllib.parse import quote

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Agency
from tasks import columns, permissions
from tasks.context import plans
from tasks.filters import Grouping, LedgerFilter, Offers, tidy
from tasks.memory import memory
from tasks.models import Assignment, AssignmentRole, Light, Section, Status, Task
from tasks.views.lists import Counts, LongList, Scope, ShortList, list_of
from tasks.views.rows import Frame, Parts, Row, drawn
from tasks.views.saved_views import COUNTED_AT_ONCE, tabs_of, views_of
from tasks.views.shared import asks_for_fragment, way_back, without

PAGE_SIZES = (15, 30, 50, 100)
PAGE_SIZE = 30
_COLUMNS_COOKIE = "columns"
_COOKIE_AGE = 365 * 24 * 60 * 60


@dataclass(frozen=True)
class Chip:
    """A condition in force and the address of the same list without it."""

    label: str
    words: str
    removed: str


@dataclass(frozen=True)
class Group:
    """The tasks of one section or lead agency on this page, their rows, and its counts over all pages."""

    heading: str
    tasks: Sequence[Task]
    rows: Sequence[SafeString] = ()
    section: Section | None = None
    is_continued: bool = False
    total: int = 0
    completed: int = 0
    delayed: int = 0


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    # Every link of the page is built from the query string: from its shortest form.
    request.GET = tidy(request.GET)  # type: ignore[assignment]
    today = timezone.localdate()
    remembered = memory(request)
    views = views_of(request)
    offers = Offers(
        request.user,
        request.GET,
        *(view.conditions for view in views),
        plans=plans(request).all,
        memory=remembered,
    )
    found = LedgerFilter(request.GET, user=request.user, today=today, offers=offers)
    here = f"{request.path}?{request.GET.urlencode()}" if request.GET else request.path
    # What stood once is for reading.
    can_set_status = permissions.can_set_status(request.user) and not found.day.is_past
    shown = _columns(request)
    frame = Frame(
        can_set_status=can_set_status,
        here_quoted=quote(here),
        is_own_list=not request.user.sees_everything,
        show=shown,
        # Numbers recur from plan to plan; the headings of sections say the year already.
        show_year=not found.given.get("plan") and found.grouping != Grouping.SECTION,
        sought=tuple(found.sought),
    )
    scope, counts, page = remembered.keep(
        # All that a list and its rows depend on: whose eyes, whose agency, which day, and the whole address.
        ("list", request.user.sight, request.user.agency_id, today, here, frame),
        lambda: _list(request, found, frame),
    )
    is_long = scope.warned is None or len(views) > COUNTED_AT_ONCE
    context = {
        "nav": "ledger",
        "filter": found,
        "here": here,
        "bare": without(request, "per_page"),
        "day": found.day,
        "can_set_status": can_set_status,
        "is_own_list": frame.is_own_list,
        "plan": found.given.get("plan"),
        "errors": found.complaints(),
        "chips": _chips(request, found),
        "counts": counts,
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
        "columns": len(shown) + 2 + frame.can_set_status + frame.is_own_list,
        "sorts": found.sorts,
        "instead": [] if counts.total else found.instead(),
        "groupings": Grouping.choices,
        "menus": _menus(found, counts),
    }
    template = "ledger/_page.jinja" if asks_for_fragment(request) else "ledger/page.html"
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


# --- the page of the list ---------------------------------------------------------------------------


class _Pages(Paginator):
    """Pages of a list whose length is known already."""

    def __init__(self, tasks: Any, per_page: int, *, count: int):
        super().__init__(tasks, per_page)
        self.count = count  # type: ignore[misc]


class _ListPage(Page):
    groups: list[Group]


def _list(request: HttpRequest, found: LedgerFilter, frame: Frame) -> tuple[Scope, Counts, _ListPage]:
    listed = list_of(found)
    return listed.scope, listed.counts, _page(request, found, listed, frame)


def _page(request: HttpRequest, found: LedgerFilter, listed: ShortList | LongList, frame: Frame) -> _ListPage:
    """One page of the list, loaded, in groups."""
    paginator = _Pages((), _page_size(request), count=listed.counts.total)
    page = paginator.get_page(request.GET.get("page"))
    page.__class__ = _ListPage
    first = max(page.start_index() - 1, 0)
    # The task before the first tells whether the page begins inside a group.
    before = 1 if first and found.grouping != Grouping.NONE else 0
    tasks = listed.tasks(first - before, first + paginator.per_page)
    last_before = tasks.pop(0) if before else None
    page.object_list = tasks
    parts = _agencies(found, [*tasks, *([last_before] if last_before else [])])
    own, today = request.user.agency_id, found.day.on
    rows = {task.pk: drawn(Row.of(task, parts[task.pk], own=own, today=today), frame) for task in tasks}
    page.groups = [
        replace(group, rows=[rows[task.pk] for task in group.tasks])
        for group in _groups(found, listed, tasks, parts, last_before)
    ]
    return page


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


def _groups(
    found: LedgerFilter,
    listed: ShortList | LongList,
    tasks: list[Task],
    parts: Mapping[int, Parts],
    last_before: Task | None,
) -> list[Group]:
    """The page's tasks in their groups, with counts over the whole list."""
    if found.grouping == Grouping.NONE or not tasks:
        return [Group("", tasks)]

    def key_of(task: Task) -> int | None:
        if found.grouping == Grouping.SECTION:
            return task.section_id
        lead = parts[task.pk].lead
        return lead.pk if lead else None

    subtotals = listed.subtotals({key_of(task) for task in tasks})
    groups: list[Group] = []
    for key, run in groupby(tasks, key=key_of):
        members = list(run)
        groups.append(
            Group(
                _heading(found, members[0], parts[members[0].pk].lead),
                members,
                section=members[0].section if found.grouping == Grouping.SECTION else None,
                is_continued=not groups and last_before is not None and key_of(last_before) == key,
                **subtotals.get(key, {}),
            )
        )
    return groups


def _heading(found: LedgerFilter, task: Task, lead: Agency | None) -> str:
    if found.grouping == Grouping.LEAD:
        return lead.name if lead else "未写明牵头单位"
    words = task.section.group_heading
    return words if found.given.get("plan") else f"{task.plan.period} · {words}"


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
        choices = [(key, columns.TASK_COLUMNS[key].title, key in chosen) for key in columns.LEDGER]
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
