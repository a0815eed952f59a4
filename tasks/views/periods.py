"""报送期 of a plan: which there are, when they open and when they are due, and opening one today.

For all who see everything; the office sets them. What opening means is said before it happens.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tasks import permissions, workflow
from tasks.context import choose
from tasks.forms.periods import PeriodsForm
from tasks.models import Day, Plan, ReportingPeriod, Task
from tasks.reporting import load_of, reports_of
from tasks.supervising import SupervisionLinks


@require_http_methods(["GET", "HEAD", "POST"])
def periods(request: HttpRequest, pk: int) -> HttpResponse:
    """The periods as one form, saved at once."""
    plan = _plan(request, pk)
    present = list(plan.periods.all())
    if request.method != "POST":
        choose(request, plan)
        return _page(request, plan, PeriodsForm(None, plan=plan, present=present), present)
    if not permissions.can_supervise(request.user):
        raise PermissionDenied
    form = PeriodsForm(request.POST, plan=plan, present=present)
    if not form.is_valid():
        return _page(request, plan, form, present)
    try:
        saved = workflow.set_periods(plan, form.wanted, by=request.user, seen=form.seen_dates)
    except workflow.Refused as refusal:
        form.add_error(None, f"{refusal}。")
        return _page(request, plan, form, present)
    except workflow.PeriodsConflict as conflict:
        form.show_again(conflict.periods)
        return _page(request, plan, form, present, conflict=conflict, status=409)
    messages.success(request, _news(request, plan, saved, before=present))
    return redirect("tasks:periods", plan.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def opening(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    """提前开启: asked first, with what it will ask for; then the period opens today."""
    plan = _plan(request, pk)
    period = get_object_or_404(plan.periods, pk=key)
    if not permissions.can_supervise(request.user):
        raise PermissionDenied
    today = timezone.localdate()
    if period.is_open_on(today):
        messages.info(request, f"{period}已于 {period.opens_on} 开始，不需要提前开启。")
        return redirect("tasks:periods", plan.pk)
    load = load_of(plan, Task.objects.visible_to(request.user))
    if request.method != "POST":
        context = {"nav": "supervision", "plan": plan, "period": period, "today": today, "load": load}
        return render(request, "periods/opening.html", context)
    present = list(plan.periods.all())
    wanted = {one.pk: workflow.dates_of(one) for one in present}
    wanted[period.pk] = replace(wanted[period.pk], opens_on=today)
    saved = workflow.set_periods(plan, wanted.values(), by=request.user)
    messages.success(request, _news(request, plan, saved, before=present))
    return redirect("tasks:periods", plan.pk)


def _plan(request: HttpRequest, pk: int) -> Plan:
    if not request.user.sees_everything:
        raise Http404
    return get_object_or_404(Plan, pk=pk)


def _page(
    request: HttpRequest,
    plan: Plan,
    form: PeriodsForm,
    present: Sequence[ReportingPeriod],
    *,
    conflict: workflow.PeriodsConflict | None = None,
    status: int = 200,
) -> HttpResponse:
    day = Day(timezone.localdate())
    tasks = Task.objects.visible_to(request.user)
    reports = reports_of(plan, tasks, day=day)
    links = SupervisionLinks(plan, day)
    for row in form.rows:
        row.is_open = bool(row.period and row.period.is_open_on(day.on))
        row.numbers = reports.numbers(period=row.period) if row.is_open else None
    context = {
        "nav": "supervision",
        "plan": plan,
        "form": form,
        "conflict": conflict,
        "present": present,
        "today": day.on,
        "load": load_of(plan, tasks),
        "may_act": permissions.can_supervise(request.user),
        "matrix": links.to("tasks:supervision"),
    }
    return render(request, "periods/page.html", context, status=status)


def _news(
    request: HttpRequest, plan: Plan, saved: Sequence[ReportingPeriod], *, before: Sequence[ReportingPeriod]
) -> str:
    """What was saved, and what is asked for from now on because of it."""
    today = timezone.localdate()
    was_open = {one.pk for one in before if one.is_open_on(today)}
    opened = [one for one in saved if one.is_open_on(today) and one.pk not in was_open]
    if not opened:
        return f"已保存，共 {len(saved)} 个报送期。" if saved else "已保存，本计划不设报送期。"
    found = reports_of(plan, Task.objects.visible_to(request.user), day=Day(today))
    asked = [one for period in opened for one in found.of(period=period) if one.is_asked]
    names = "、".join(map(str, opened))
    if not asked:
        return f"已保存。{names}没有需要报送的任务：截止之前还没有任务，或已完成、已调整。"
    agencies = len({one.agency.pk for one in asked})
    late = sum(one.is_overdue for one in asked)
    words = f"{names}已开始报送：{agencies} 家单位应报 {len(asked)} 份"
    return f"{words}，其中 {late} 份已过截止日期，列为逾期。" if late else f"{words}。"
