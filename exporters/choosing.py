"""The export form: which workbook, of which tasks, with which columns; and the address it leads to."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.models import User
from exporters.ledger import ALWAYS, CHOOSABLE, LEDGER_COLUMNS
from exporters.views import dated, is_key, names_of_periods, refused
from tasks import permissions
from tasks.columns import TASK_COLUMNS, known
from tasks.filters import LedgerFilter, tidy
from tasks.models import Plan
from tasks.views.shared import page_or_part


@dataclass(frozen=True)
class Kind:
    """A workbook that can be chosen: its address by name, and what it is in words."""

    key: str
    title: str
    words: str
    icon: str
    counts_tasks: bool = True  # the form says how many it holds


KINDS = (
    Kind("ledger", "任务台账", "一行一项，含责任单位、状态、进度和预警", "table"),
    Kind("annual_report", "年度进展报告", "总览图表、各章各单位进展、任务明细和变更记录", "report"),
    Kind("breakdown", "分单位任务分解表", "每家单位一张表，区分牵头和参与", "agencies"),
)
# What agencies fill in offline, for those who bring it back: the office's page with all of them, one's own.
FILLING = Kind("filling", "填报模板", "按单位预填任务，填好收回后批量导入", "edit", False)
# Of reports of one plan, for those who see everything. Other periods are chosen on their own pages.
REPORTING_KINDS = (
    Kind("bulletin", "报送情况通报", "当前报送期各单位的应报、已报和按期报送率", "receipt", False),
    Kind("supervision", "督办台账", "尚未报送的进展，逐条列出单位和截止日期", "remind", False),
)
OF_A_PLAN = ("annual_report", "breakdown", *(kind.key for kind in REPORTING_KINDS))
SCOPES = ("found", "picked", "all")


@dataclass(frozen=True)
class Scope:
    """Tasks that can be chosen together: how they are called, and how many rows their workbook has."""

    key: str
    title: str
    hint: str
    number: int


@dataclass(frozen=True)
class PlanChoice:
    plan: Plan
    number: int
    file: str  # with {book} for the workbook's title
    is_chosen: bool


@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """The form for the ledger's query string, which it carries on; `pick` names ticked rows."""
    query = tidy(request.GET)
    picks = [key for key in query.getlist("pick") if is_key(key)]
    found = LedgerFilter(query, user=request.user, today=timezone.localdate())
    if not found.is_valid():
        return refused(request, "筛选条件无法识别，不能导出", "；".join(found.complaints()))
    plan = found.form.cleaned_data.get("plan")
    everything = found.visible.filter(plan=plan) if plan else found.visible
    scopes = [
        Scope("found", "当前筛选结果", _hint(found), found.count()),
        Scope("all", f"{plan.period}全部任务" if plan else "全部任务", "", everything.count()),
    ]
    if picks:
        scopes.insert(1, Scope("picked", "已选任务", "", found.visible.filter(pk__in=picks).count()))
    checked = "picked" if picks else "found"
    now = found.day.moment(timezone.now())
    context = {
        "nav": "ledger",
        "kinds": _kinds(request.user),
        "scopes": scopes,
        "checked": checked,
        "number": next(scope.number for scope in scopes if scope.key == checked),
        "plans": _plans(found, plan),
        "file": dated(now, "任务台账"),
        "columns": [
            (key, TASK_COLUMNS[key].title, key in LEDGER_COLUMNS) for key in CHOOSABLE if key not in ALWAYS
        ],
        "periods": names_of_periods(found),
        "day": found.day,
        "query": _without_picks(query).urlencode(),
        "picks": picks,
        "back": f"{reverse('tasks:ledger')}?{_without_picks(query).urlencode()}",
    }
    return page_or_part(request, "exporters/exports.html", "exporters/_exports.html", context)


def _kinds(user: User) -> Sequence[Kind]:
    kinds = (*KINDS, *REPORTING_KINDS) if user.sees_everything else KINDS
    return (*kinds, FILLING) if permissions.can_bring_in_sheets(user) else kinds


def _hint(found: LedgerFilter) -> str:
    return "；".join(words for name, _, words in found.conditions() if name != "as_of")


def _plans(found: LedgerFilter, chosen: Plan | None) -> Sequence[PlanChoice]:
    """The plans whose report can be made, each with its number of tasks. 1 query beside the filter's own."""
    numbers = dict(
        found.visible.order_by()
        .values_list("plan")
        .annotate(number=Count("pk"))
        .values_list("plan", "number")
    )
    now = found.day.moment(timezone.now())
    plans = [plan for plan in found.plan_choices.values() if plan.pk in numbers]
    first = chosen or next(iter(plans), None)
    return [
        PlanChoice(plan, numbers[plan.pk], dated(now, plan.title, "{book}"), plan == first) for plan in plans
    ]


@require_safe
def chosen(request: HttpRequest) -> HttpResponse:
    """Where the form leads: the workbook's own address, which can be kept and opened again."""
    asked = request.GET
    query = tidy(QueryDict(asked.get("query", "")))
    target = QueryDict(mutable=True)
    if (book := asked.get("book")) in OF_A_PLAN:
        target["plan"] = asked.get("plan", "")
        if "as_of" in query:
            target["as_of"] = query["as_of"]
        return redirect(f"{reverse(f'exporters:{book}')}?{target.urlencode()}")
    if book == FILLING.key:
        target["plan"] = asked.get("plan", "")
        page = "fillings" if permissions.can_supervise(request.user) else "filling"
        return redirect(f"{reverse(f'exporters:{page}')}?{target.urlencode()}")
    if book != "ledger" or asked.get("scope") not in SCOPES:
        return refused(request, "没有这样的表册或范围，没有导出", "请返回台账，重新点“导出”。")
    target = _scoped(query, asked["scope"], asked.getlist("pick"))
    columns = known([*asked.getlist("column"), *ALWAYS], CHOOSABLE)
    if period := asked.get("reported_in", ""):
        target["reported_in"] = period
    if columns != LEDGER_COLUMNS:
        target.setlist("column", columns)
    return redirect(f"{reverse('exporters:ledger')}?{target.urlencode()}")


def _scoped(query: QueryDict, scope: str, picks: list[str]) -> QueryDict:
    """The ledger's query string for these tasks, in the order in which the page stands."""
    if scope == "found":
        return _without_picks(query)
    kept = ("plan", "sort", "group", "as_of") if scope == "all" else ("sort", "group", "as_of")
    target = QueryDict(mutable=True)
    for name in kept:
        if name in query:
            target.setlist(name, query.getlist(name))
    if scope == "picked":
        target.setlist("task", picks or ["0"])  # none ticked: no task, not all of them
    return target


def _without_picks(query: QueryDict) -> QueryDict:
    query = query.copy()
    for name in ("pick", "page", "per_page"):
        query.pop(name, None)
    return query
