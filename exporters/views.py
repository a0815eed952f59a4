"""Workbooks for download: made on request from what the person may see at that moment, and not kept."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from tempfile import TemporaryFile
from typing import BinaryIO

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.models import User
from exporters.annual_report import Stamp, load, tasks_of
from exporters.annual_report import annual_report as write_annual_report
from exporters.breakdown import breakdown as write_breakdown
from exporters.breakdown import shares_of
from exporters.bulletin import bulletin as write_bulletin
from exporters.ledger import CHOOSABLE, LEDGER_COLUMNS
from exporters.ledger import ledger as write_ledger
from exporters.names import file_name
from exporters.supervision import supervision as write_supervision
from tasks.accepted import latest_reports, reports_in
from tasks.filters import SORTS, DayForm, LedgerFilter
from tasks.models import Day, Plan, ReportingPeriod, Task
from tasks.reporting import Outcome
from tasks.supervising import OwedFilter, last_reminders

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def annual_report(request: HttpRequest) -> HttpResponse:
    asked = _plan_and_tasks(request)
    if isinstance(asked, HttpResponse):
        return asked
    plan, day, tasks = asked
    now = day.moment(timezone.now())
    scope = scope_of(request.user, len(tasks))
    report = load(plan, tasks, user=request.user, day=day, now=now, scope=scope)
    return download(
        lambda file: write_annual_report(file, report, stamp=Stamp(request.user.label)),
        dated(now, plan.title, "年度进展报告"),
    )


@require_safe
def breakdown(request: HttpRequest) -> HttpResponse:
    """分单位任务分解表 of a plan; an agency gets its own sheet and those of its collectives."""
    asked = _plan_and_tasks(request)
    if isinstance(asked, HttpResponse):
        return asked
    plan, day, tasks = asked
    now = day.moment(timezone.now())
    shares = shares_of(tasks, among=None if request.user.sees_everything else request.user.stands_for)
    return download(
        lambda file: write_breakdown(file, plan=plan, shares=shares, today=day.on, now=now),
        dated(now, plan.title, "分单位任务分解表"),
    )


def _plan_and_tasks(request: HttpRequest) -> tuple[Plan, Day, list[Task]] | HttpResponse:
    """What ?plan=&as_of= names, as far as the person may see it, or the answer that says what is wrong."""
    key = key_of(request.GET, "plan")
    if key is None:
        return refused(
            request, "没有写明推进计划", "请从总览或台账页面点“导出”选择表册，或在地址中写明 plan=编号。"
        )
    plan = get_object_or_404(Plan, pk=key)
    asked = DayForm(request.GET, today=timezone.localdate())
    if not asked.is_valid():
        return refused(request, "日期无法识别，没有导出", "；".join(asked.errors["as_of"]))
    tasks = tasks_of(plan, user=request.user, day=asked.day)
    if not tasks and not request.user.sees_everything:
        raise Http404
    return plan, asked.day, tasks


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    found = LedgerFilter(request.GET, user=request.user, today=timezone.localdate(now))
    if not found.is_valid():
        return refused(request, "筛选条件无法识别，没有导出", "；".join(found.complaints()))
    keys = request.GET.getlist("column") or LEDGER_COLUMNS
    if unknown := set(keys) - set(CHOOSABLE):
        return refused(request, "列无法识别，没有导出", f"没有这样的列：{'、'.join(sorted(unknown))[:100]}")
    period = request.GET.get("reported_in", "")
    if period and period not in names_of_periods(found):
        return refused(
            request, "报送期无法识别，没有导出", f"没有名为“{period[:20]}”的报送期，请重新点“导出”选择。"
        )
    if period or "review_note" in keys:
        keys = [*keys, "reported"]  # a note says nothing without what it is about, a period nothing at all
    told = partial(reports_in, period) if period else latest_reports
    tasks, conditions = found.qs, found.describe()
    count, now = tasks.count(), found.day.moment(now)
    return download(
        lambda file: write_ledger(
            file,
            tasks=tasks,
            scope=scope_of(request.user, count, narrowed=bool(conditions)),
            conditions=conditions,
            order=SORTS[found.order][0],
            now=now,
            keys=keys,
            reported=partial(told, user=request.user, day=found.day),
            period=period,
        ),
        dated(now, "任务台账"),
    )


def names_of_periods(found: LedgerFilter) -> list[str]:
    """The periods that had opened in the ledger's plans, by their names, in the year's order. 1 query."""
    chosen = found.form.cleaned_data.get("plan")
    plans = [chosen] if chosen else [*found.plan_choices.values()]
    opened = ReportingPeriod.objects.filter(plan__in=plans).opened(found.day)
    by_end = sorted(opened, key=lambda period: (period.covers[1].replace(year=2000), period.name))
    return list(dict.fromkeys(period.name for period in by_end))


@require_safe
def bulletin(request: HttpRequest) -> HttpResponse:
    """通报表 of a period: the one that is named, else the current one."""
    asked = _owed(request)
    if isinstance(asked, HttpResponse):
        return asked
    period = asked.period or asked.reports.current
    if period is None or not asked.reports.bulletin(period):
        return refused(
            request, "还没有可以通报的报送期", "报送期开始后才有应报的进展，请从“督办”页面选择报送期。"
        )
    now = asked.day.moment(timezone.now())
    return download(
        lambda file: write_bulletin(file, reports=asked.reports, period=period, now=now),
        dated(now, asked.plan.title, f"{period}报送情况通报"),
    )


@require_safe
def supervision(request: HttpRequest) -> HttpResponse:
    """督办台账: what the page's list of missing reports shows under the same conditions, all of its pages."""
    asked = _owed(request, outcome=Outcome.MISSING)
    if isinstance(asked, HttpResponse):
        return asked
    now = asked.day.moment(timezone.now())
    return download(
        lambda file: write_supervision(
            file, asked=asked, reminded=last_reminders(asked.plan, day=asked.day), now=now
        ),
        dated(now, asked.plan.title, "督办台账"),
    )


def _owed(request: HttpRequest, *, outcome: Outcome | None = None) -> OwedFilter | HttpResponse:
    """The reports that the query asks for, or the answer that says what is wrong with it.

    Who owes what among all agencies is for those who see everything: for others there is no such workbook.
    """
    if not request.user.sees_everything:
        raise Http404
    key = key_of(request.GET, "plan")
    if key is None:
        return refused(request, "没有写明推进计划", "请从“督办”页面导出，或在地址中写明 plan=编号。")
    plan = get_object_or_404(Plan, pk=key)
    asked = OwedFilter(request.GET, plan=plan, user=request.user, today=timezone.localdate(), outcome=outcome)
    if asked.errors:
        return refused(request, "条件无法识别，没有导出", "；".join(asked.errors))
    return asked


def key_of(query: QueryDict, name: str) -> int | None:
    """The key that the query names, None where it names none or something that cannot be one."""
    asked = query.get(name, "")
    return int(asked) if is_key(asked) else None


def is_key(asked: str) -> bool:
    return asked.isascii() and asked.isdecimal() and len(asked) < 19


def scope_of(user: User, count: int, *, narrowed: bool = False) -> str:
    """Which tasks the workbook holds, in words: an agency's own must never pass for the whole plan."""
    words = f"符合条件的 {count} 项任务" if narrowed else f"{count} 项任务"
    if user.sees_everything:
        return words if narrowed else f"全部 {words}"
    return f"{user.agency}牵头或参与的{'任务中' if narrowed else ' '}{words}"


def dated(now: datetime, *parts: str) -> str:
    return file_name(*parts, f"{timezone.localtime(now):%Y%m%d}")


def refused(request: HttpRequest, title: str, advice: str) -> HttpResponse:
    return render(request, "error.html", {"title": title, "advice": advice, "status": 400}, status=400)


def download(
    write: Callable[[BinaryIO], object], name: str, *, content_type: str = CONTENT_TYPE
) -> FileResponse:
    """The file that `write` makes, streamed from a temporary file that nobody else can open."""
    file = TemporaryFile()  # noqa: SIM115 -- the response closes it when the last byte is sent
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    # A workbook is a zip already; this keeps GZipMiddleware from packing it again and dropping its length.
    response["Content-Encoding"] = "identity"
    return response
