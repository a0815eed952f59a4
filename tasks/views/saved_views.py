"""保存的视图: the tabs above the ledger, and how one is saved, renamed and deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, QuerySet, Value
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.models import User
from tasks import permissions
from tasks.context import plans
from tasks.filters import PASSING, LedgerFilter, Offers, tidy
from tasks.forms.saved_view import SavedViewForm
from tasks.memory import memory
from tasks.models import Light, SavedView
from tasks.views.shared import asks_for_fragment, way_back, without

# Each view counted costs a reading of its conditions; more of them are counted after the page.
COUNTED_AT_ONCE = 6


@dataclass(frozen=True)
class Tab:
    """A named list: its address, how many tasks it holds (None: not counted yet), and whose it is."""

    name: str
    query: str
    number: int | None
    is_current: bool
    view: SavedView | None = None
    is_own: bool = False


def tabs_of(
    found: LedgerFilter, views: Sequence[SavedView], *, total: int | None, warned: int | None
) -> list[Tab]:
    """全部任务 and 红黄灯 of the chosen plan, then the saved views.

    `warned` is None where nothing is counted.

    Counting the views is 1 query. All tabs keep the day that the page speaks of.
    """
    plan = found.given.get("plan")
    base = QueryDict(mutable=True)
    if plan:
        base["plan"] = str(plan.pk)
    warnings = base.copy()
    warnings.setlist("light", [Light.RED, Light.YELLOW])
    here = kept(found.query).urlencode()
    numbers: dict[int, int] = {}
    if warned is not None:
        key = ("views counted", found.user.pk, found.today, found.day)
        numbers = found.offers.memory.keep(key, lambda: _numbers(found, views))
        # A shared view whose conditions name what this person may not see says nothing to them.
        views = [view for view in views if view.pk in numbers or view.owner_id == found.user.pk]
    tabs = [("全部任务", base, total, None), ("红黄灯", warnings, warned, None)]
    tabs += [(view.name, view.conditions, numbers.get(view.pk), view) for view in views]
    return [
        Tab(
            name,
            _on_the_day(query, found),
            number,
            is_current=kept(query).urlencode() == here,
            view=view,
            is_own=view is not None and view.owner_id == found.user.pk,
        )
        for name, query, number, view in tabs
    ]


def kept(query: QueryDict) -> QueryDict:
    """What a saved view remembers of a query string: conditions, order and groups, by name.

    Not the page, its length, the day that was looked back to, or ticked rows: they belong to one visit.
    """
    remembered, tidied = QueryDict(mutable=True), tidy(query)
    for name in sorted(set(LedgerFilter.base_filters) - set(PASSING)):
        if values := tidied.getlist(name):
            remembered.setlist(name, values)
    return remembered


def _on_the_day(query: QueryDict, found: LedgerFilter) -> str:
    if not found.day.is_past:
        return query.urlencode()
    query = query.copy()
    query["as_of"] = f"{found.day.on:%Y-%m-%d}"
    return query.urlencode()


def _numbers(found: LedgerFilter, views: Sequence[SavedView]) -> dict[int, int]:
    """How many tasks each view finds for this person on this day, by key. 1 query, none without views.

    Without those whose conditions name what this person may not see.
    """
    lists = {
        view.pk: LedgerFilter(
            QueryDict(_on_the_day(view.conditions, found)),
            user=found.user,
            today=found.today,
            offers=found.offers,
        )
        for view in views
    }
    counted: list[QuerySet] = [
        one.narrowed()
        .order_by()
        .annotate(view=Value(key))
        .values("view")
        .annotate(number=Count("pk"))
        .values_list("view", "number")
        for key, one in lists.items()
        if one.is_valid()
    ]
    if not counted:
        return {}
    first, *others = counted
    rows = first.union(*others, all=True) if others else first
    return {key: 0 for key, one in lists.items() if one.is_valid()} | dict(rows)


def views_of(request: HttpRequest) -> list[SavedView]:
    """The views that this person's ledger has tabs for."""
    user = request.user
    return memory(request).keep(("views", user.pk), lambda: SavedView.objects.as_tabs_of(user))


@require_safe
def tabs(request: HttpRequest) -> HttpResponse:
    """The tabs with their numbers, for a ledger so long that it does not count them with the page."""
    request.GET = tidy(request.GET)  # type: ignore[assignment]
    views = views_of(request)
    conditions = (view.conditions for view in views)
    offers = Offers(request.user, request.GET, *conditions, plans=plans(request).all, memory=memory(request))
    found = LedgerFilter(request.GET, user=request.user, today=timezone.localdate(), offers=offers)
    tasks = found.visible
    if plan := found.given.get("plan"):
        tasks = tasks.filter(plan=plan)
    warned = tasks.filter(light_now__in=(Light.RED, Light.YELLOW)).count()
    context = {
        "tabs": tabs_of(found, views, total=tasks.count(), warned=warned),
        "filter": found,
        "bare": without(request, "per_page"),
    }
    if not asks_for_fragment(request):
        return redirect(_ledger(request.GET))
    return render(request, "ledger/_tabs.jinja", context)


# --- saving, renaming, deleting ---------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def new_saved_view(request: HttpRequest) -> HttpResponse:
    """保存当前视图: the list under the conditions of the query string gets a name."""
    query = kept(request.GET)
    found = LedgerFilter(query, user=request.user, today=timezone.localdate())
    refusal = _refusal(request.user, query, found)
    form = SavedViewForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method != "POST" or refusal or not form.is_valid():
        context = {"refusal": refusal, "conditions": found.describe(), "query": query.urlencode()}
        return _ask(request, form, **context)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=request.user.pk)  # two saves at once: the limit holds
        if refusal := _refusal(request.user, query, found):
            return _ask(request, form, refusal=refusal)
        view = form.save(query=query.urlencode())
    messages.success(request, f"已保存视图“{view.name}”。")
    return _done(request, view.query)


@require_http_methods(["GET", "HEAD", "POST"])
def saved_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename one's own view, or share it and take it back."""
    view = _own(request, pk)
    form = SavedViewForm(request.POST if request.method == "POST" else None, user=request.user, view=view)
    if request.method != "POST" or not form.is_valid():
        return _ask(request, form, view=view)
    view = form.save()
    messages.success(request, f"已更新视图“{view.name}”。")
    return _done(request, view.query)


@require_POST
def removed_saved_view(request: HttpRequest, pk: int) -> HttpResponse:
    view = _own(request, pk)
    view.delete()
    messages.success(request, f"已删除视图“{view.name}”。")
    return _done(request, view.query)


def _own(request: HttpRequest, pk: int) -> SavedView:
    """404 for another's view, as for one that never was; 403 for a shared one, which anybody may see."""
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    if view.owner_id != request.user.pk:
        raise PermissionDenied
    return view


def _refusal(user: User, query: QueryDict, found: LedgerFilter) -> str:
    """Why this list cannot be saved, in words; empty where it can."""
    if not found.is_valid():
        return "；".join(found.complaints())
    if not query:
        return "当前没有筛选条件，先选定条件再保存。"
    if len(query.urlencode()) > SavedView._meta.get_field("query").max_length:
        return "筛选条件过长，不能保存为视图。"
    if SavedView.objects.of(user).count() >= SavedView.LIMIT:
        return f"已保存 {SavedView.LIMIT} 个视图，先删除不再使用的，再保存新的。"
    return ""


def _ask(request: HttpRequest, form: SavedViewForm, **context: object) -> HttpResponse:
    template = "ledger/_saved_view.html" if asks_for_fragment(request) else "ledger/saved_view.html"
    context |= {
        "nav": "ledger",
        "form": form,
        "back": way_back(request, plans(request).ledger),
        "can_share": permissions.can_share_views(request.user),
    }
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _done(request: HttpRequest, query: str) -> HttpResponse:
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": "task:saved"})
    return redirect(_ledger(QueryDict(query)))


def _ledger(query: QueryDict) -> str:
    return f"{reverse('tasks:ledger')}?{query.urlencode()}"
