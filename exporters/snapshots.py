"""Frozen annual reports: the list, freezing one, downloads, and two of them beside each other."""

import hashlib
from datetime import datetime
from io import BytesIO

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from exporters.annual_report import Stamp, annual_report, load, tasks_of
from exporters.comparison import comparison as write_comparison
from exporters.comparison import kept_rows
from exporters.names import file_name
from exporters.views import download, key_of, refused, scope_of
from tasks import permissions, workflow
from tasks.context import named_plan
from tasks.filters import DayField
from tasks.models import Day, Plan, ReportSnapshot


class FreezingForm(forms.Form):
    as_of = DayField(
        label="数据截至",
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}),
    )
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=100,
        strip=True,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": "如：报联席会议审议稿"}),
        error_messages={"max_length": "说明最多 100 字，现有 %(show_value)d 字，请精简"},
    )

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["as_of"].today = today
        self.fields["as_of"].widget.attrs["max"] = today.isoformat()


@require_http_methods(["GET", "HEAD", "POST"])
def snapshots(request: HttpRequest) -> HttpResponse:
    """The plan's frozen reports, newest first, and the form that freezes one. 1 query beside the frame's."""
    if not request.user.sees_everything:
        raise Http404
    plan = named_plan(request)
    now = timezone.now()
    is_sent = request.method == "POST"
    if is_sent and not permissions.can_freeze_reports(request.user):
        raise PermissionDenied
    form = FreezingForm(request.POST if is_sent else None, today=timezone.localdate(now))
    if is_sent and plan and form.is_valid():
        day = Day.of(form.cleaned_data["as_of"], today=timezone.localdate(now))
        snapshot = _freeze(request, plan, day, form.cleaned_data["note"])
        is_new = snapshot.at >= now
        words = "已固定" if is_new else "内容没有变化，没有另存，仍为"
        messages.success(request, f"{words}第 {snapshot.number} 号快照。")
        return redirect(f"{reverse('exporters:snapshots')}?plan={plan.pk}")
    frozen = list(ReportSnapshot.objects.visible_to(request.user).filter(plan=plan).for_list())
    context = {
        "nav": "ledger",
        "plan": plan,
        "snapshots": frozen,
        "form": form,
        "next_number": frozen[0].number + 1 if frozen else 1,
        "can_freeze": permissions.can_freeze_reports(request.user),
    }
    return render(request, "exporters/snapshots.html", context)


def _freeze(request: HttpRequest, plan: Plan, day: Day, note: str) -> ReportSnapshot:
    def draw(number: int, at: datetime) -> workflow.FrozenReport:
        tasks = tasks_of(plan, user=request.user, day=day)
        scope = scope_of(request.user, len(tasks))
        report = load(plan, tasks, user=request.user, day=day, now=day.moment(at), scope=scope)
        file = BytesIO()
        annual_report(file, report, stamp=Stamp(request.user.label, number, note))
        return workflow.FrozenReport(file.getvalue(), kept_rows(report))

    return workflow.freeze_report(plan, draw, by=request.user, as_of=day.on, note=note)


@require_safe
def snapshot(request: HttpRequest, pk: int) -> HttpResponse:
    """The workbook, byte for byte as it was frozen."""
    frozen = get_object_or_404(ReportSnapshot.objects.visible_to(request.user).select_related("plan"), pk=pk)
    data = bytes(frozen.workbook)
    if hashlib.sha256(data).hexdigest() != frozen.digest:
        return refused(
            request,
            "这份快照与固定时不一致，没有下载",
            "保存的内容已损坏，请联系系统管理员从备份中恢复。",
        )
    name = file_name(frozen.plan.title, f"年度进展报告_第{frozen.number}号_{frozen.as_of:%Y%m%d}")
    return download(lambda file: file.write(data), name)


@require_safe
def comparison(request: HttpRequest) -> HttpResponse:
    """?before=&after=: two snapshots of one plan, the earlier one first whichever way they are asked for."""
    if not request.user.sees_everything:
        raise Http404
    keys = [key_of(request.GET, name) for name in ("before", "after")]
    if None in keys or keys[0] == keys[1]:
        return refused(request, "请选择两份不同的快照", "请返回快照页面，选择要对比的两份快照。")
    found = ReportSnapshot.objects.visible_to(request.user).filter(pk__in=keys)
    both = list(found.select_related("plan").defer("workbook").order_by("number"))
    if len(both) < 2:
        raise Http404
    before, after = both
    if before.plan_id != after.plan_id:
        return refused(request, "两份快照不属于同一推进计划，没有导出", "请选择同一推进计划的两份快照。")
    name = file_name(after.plan.title, f"快照对比_第{before.number}号与第{after.number}号")
    return download(lambda file: write_comparison(file, before=before, after=after), name)
