"""任务台账: every visible task under the conditions of the query string, grouped by section."""

from dataclasses import dataclass
from itertools import groupby

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tasks import permissions
from tasks.filters import DEFAULT_SORT, LedgerFilter
from tasks.models import Section, Status, Task
from tasks.views.shared import without

PAGE_SIZES = (15, 30, 50, 100)
PAGE_SIZE = 50


@dataclass(frozen=True)
class Chip:
    """A condition in force and the address of the same list without it."""

    label: str
    words: str
    removed: str


@dataclass(frozen=True)
class Group:
    """The tasks of one section on this page, and the section's counts over all pages."""

    section: Section | None
    tasks: list[Task]
    total: int = 0
    completed: int = 0
    delayed: int = 0


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    found = LedgerFilter(request.GET, user=request.user, today=today)
    tasks = found.qs
    page = Paginator(tasks.for_rows(), _page_size(request)).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    for task in shown:
        task.seen = task.reading(found.day.on)
    context = {
        "nav": "ledger",
        "filter": found,
        "day": found.day,
        # What stood once is for reading.
        "can_set_status": permissions.can_set_status(request.user) and not found.day.is_past,
        "plan": found.form.cleaned_data.get("plan"),
        "errors": found.complaints(),
        "chips": [
            Chip(label, words, without(request, name, *_narrower(name)))
            for name, label, words in found.conditions()
        ],
        "groups": _groups(tasks, page) if found.order == DEFAULT_SORT else [Group(None, shown)],
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number),
        "page_sizes": PAGE_SIZES,
        "scope": _scope(found),
        "narrowing": sum(1 for name, _, _ in found.conditions() if name != "q"),
    }
    return render(request, "ledger/page.html", context)


def _page_size(request: HttpRequest) -> int:
    asked = request.GET.get("per_page", "")
    return int(asked) if asked in map(str, PAGE_SIZES) else PAGE_SIZE


def _narrower(name: str) -> tuple[str, ...]:
    """What makes no sense any more once a condition is taken away."""
    return {"plan": ("chapter", "section"), "chapter": ("section",)}.get(name, ())


def _scope(found: LedgerFilter) -> dict[str, int]:
    """How many tasks and lead agencies there are before the other conditions narrow the plan's. 1 query."""
    tasks = found.visible
    if plan := found.form.cleaned_data.get("plan"):
        tasks = tasks.filter(plan=plan)
    return tasks.aggregate(
        tasks=Count("pk", distinct=True),
        leads=Count("assignments__agency", filter=Q(assignments__role="lead"), distinct=True),
    )


def _groups(tasks: QuerySet[Task], page: Page) -> list[Group]:
    """The page's tasks by section, in the page's order, with counts over the whole list. 1 query."""
    shown = list(page.object_list)
    counts = {
        row["section"]: row
        for row in tasks.order_by()
        .filter(section__in={task.section_id for task in shown})
        .values("section")
        .annotate(
            total=Count("pk"),
            completed=Count("pk", filter=Q(status_now=Status.COMPLETED)),
            delayed=Count("pk", filter=Q(status_now=Status.DELAYED)),
        )
    }
    return [
        Group(
            section=members[0].section,
            tasks=members,
            total=counts[key]["total"],
            completed=counts[key]["completed"],
            delayed=counts[key]["delayed"],
        )
        for key, run in groupby(shown, key=lambda task: task.section_id)
        if (members := list(run))
    ]
