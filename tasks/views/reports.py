"""进展报送: one report: to read, to hand in, to take back, and to take the participants' over into (汇总)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tasks import permissions, workflow
from tasks.forms.report import ReportForm, SourcesForm, VersionForm
from tasks.models import Assignment, Event, ProgressReport, ReportState
from tasks.views.report_form import asked_for, show_form
from tasks.views.shared import way_back
from tasks.views.sources import show_sources, sources_for


@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """8 queries for the office, one more for an agency."""
    assignments = Prefetch("task__assignments", Assignment.objects.select_related("agency"))
    found = get_object_or_404(
        ProgressReport.objects.visible_to(request.user).for_reading().prefetch_related(assignments), pk=pk
    )
    is_own = found.agency_id == request.user.agency_id
    context = {
        "nav": "desk" if is_own else "ledger",
        "report": found,
        "task": found.task,
        "is_own": is_own and permissions.can_report(request.user, found.agency_id),
        "is_draft": found.state == ReportState.DRAFT,
        "sources": _taken_into(found) if is_own or found.is_handed_in else [],
        "events": Event.objects.visible_to(request.user).filter(report=found).for_feed(),
    }
    return render(request, "reports/page.html", context)


def _taken_into(report: ProgressReport) -> list:
    return list(report.source_links.select_related("source__agency", "source__period"))


@require_POST
def report_submission(request: HttpRequest, pk: int) -> HttpResponse:
    """Hands in what lies in the draft; the form does the same after it has kept what was typed."""
    found = _own(request, pk)
    form = VersionForm(request.POST)
    try:
        if form.is_valid() and not found.is_handed_in:
            workflow.submit_report(found, by=request.user, version=form.cleaned_data["version"])
            messages.success(request, "已提交审核，审核前可以撤回修改。")
        elif not form.is_valid():
            messages.error(request, "页面不完整，没有提交，请刷新后重试。")
    except workflow.Refused as refusal:
        messages.error(request, f"没有提交：{refusal}")
        return redirect("tasks:report_form", found.task_id, found.period_id)
    return redirect(way_back(request, found.get_absolute_url()))


@require_POST
def report_withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    found = _own(request, pk)
    form = VersionForm(request.POST)
    try:
        if not form.is_valid():
            messages.error(request, "页面不完整，没有撤回，请刷新后重试。")
        elif found.state != ReportState.DRAFT:  # else this was the second click
            workflow.withdraw_report(found, by=request.user, version=form.cleaned_data["version"])
            messages.success(request, "已撤回为草稿，修改后可以重新提交。")
            return redirect("tasks:report_form", found.task_id, found.period_id)
    except workflow.Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(way_back(request, found.get_absolute_url()))


def _own(request: HttpRequest, pk: int) -> ProgressReport:
    found = get_object_or_404(ProgressReport.objects.visible_to(request.user).select_related("agency"), pk=pk)
    if not permissions.can_report(request.user, found.agency_id):
        raise PermissionDenied
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def report_sources(request: HttpRequest, pk: int) -> HttpResponse:
    """What the participants have handed in, to be ticked and appended to the lead's own draft."""
    found = _own(request, pk)
    if request.method != "POST":
        return show_sources(request, found)
    form = SourcesForm(request.POST, offered=sources_for(request, found.task, found.period))
    if not form.is_valid():
        return show_sources(request, found, form)
    try:
        found = workflow.take_over(
            found, form.cleaned_data["source"], by=request.user, version=form.cleaned_data["version"]
        )
    except workflow.Refused as refusal:
        form.add_error(None, str(refusal))
        return show_sources(request, found, form)
    if not request.htmx:
        messages.success(request, "已汇总到本单位的草稿，请核对后提交。")
        return redirect("tasks:report_form", found.task_id, found.period_id)
    asked = asked_for(request, found.task_id, found.period_id)
    return show_form(request, asked, ReportForm.showing(asked.report, asked.task))
