"""进展报送, the agency's side: the form in which a report is written, and what its buttons ask for."""

from dataclasses import dataclass, replace
from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from agencies.models import Agency
from tasks import permissions, workflow
from tasks.forms.report import ReportForm
from tasks.models import (
    DRAFTED,
    PROPOSALS,
    TEXTS,
    Attachment,
    ProgressReport,
    ReportingPeriod,
    ReportState,
    Task,
)
from tasks.views.attachments import add_files
from tasks.views.shared import done, lead_to, page_or_part, way_back
from tasks.views.sources import show_sources, sources_for


@dataclass(frozen=True)
class Asked:
    """What the reader's agency is asked for, and its report as far as it is begun."""

    task: Task
    period: ReportingPeriod
    agency: Agency
    report: ProgressReport | None

    @property
    def address(self) -> str:
        return reverse("tasks:report_form", args=[self.task.pk, self.period.pk])

    @property
    def name(self) -> str:
        return f"第 {self.task.number} 项{self.period}进展"


@require_http_methods(["GET", "HEAD", "POST"])
def report_form(request: HttpRequest, task: int, period: int) -> HttpResponse:
    """The form (in a drawer where htmx asks, else as a page of its own) and its answer.

    What is typed is kept as a draft first, whatever its button asks for then.
    """
    asked = asked_for(request, task, period)
    if request.method != "POST":
        return _opened(request, asked)
    form = ReportForm(request.POST, request.FILES)
    if not form.is_valid():
        return show_form(request, asked, form)
    try:
        asked = _keep(request, asked, form)
        return _THEN.get(request.POST.get("then", ""), _kept)(request, asked, form)
    except workflow.ReportConflict as conflict:
        return _conflict(request, replace(asked, report=conflict.report), form)
    except workflow.Refused as refusal:
        form.add_error(None, str(refusal))
        return show_form(request, asked, form)


@require_POST
def report_draft(request: HttpRequest, task: int, period: int) -> HttpResponse:
    """What the form saves by itself while somebody types: answered in JSON, for report-form.js."""
    asked = asked_for(request, task, period)
    form = ReportForm(request.POST)
    if not form.is_valid():
        return HttpResponse("有的内容无法保存，请点“存为草稿”查看", status=422, content_type=_PLAIN)
    try:
        report = _keep(request, asked, form).report
    except workflow.ReportConflict as conflict:
        words = f"本单位同事于 {timezone.localtime(conflict.report.updated_at):%H:%M} 改过这份报告"
        return HttpResponse(words, status=409, content_type=_PLAIN)
    except workflow.Refused as refusal:
        return HttpResponse(str(refusal), status=422, content_type=_PLAIN)
    return JsonResponse(
        {
            "version": report.version,
            "saved": f"{timezone.localtime(report.updated_at):%H:%M}",
            "attachments": reverse("tasks:report_attachments", args=[report.pk]),
        }
    )


_PLAIN = "text/plain; charset=utf-8"


def asked_for(request: HttpRequest, task: int, period: int) -> Asked:
    found = get_object_or_404(Task.objects.visible_to(request.user).for_rows(), pk=task)
    of_plan = get_object_or_404(ReportingPeriod, pk=period, plan=found.plan)
    agency = request.user.agency
    if agency is None or not permissions.can_report(request.user, agency.pk):
        raise PermissionDenied
    reports = ProgressReport.objects.of(agency).select_related("reviewed_by__agency")
    report = reports.filter(task=found, period=of_plan).first()
    return Asked(found, of_plan, agency, report)


def _opened(request: HttpRequest, asked: Asked) -> HttpResponse:
    """The form, if there is something to write; else where one reads what became of it."""
    if asked.report and not asked.report.is_editable:
        return lead_to(request, asked.report.get_absolute_url())
    try:
        workflow.check_asked(asked.task, asked.period, asked.agency, timezone.now())
    except workflow.Refused as refusal:
        messages.error(request, str(refusal))
        return lead_to(request, asked.task.get_absolute_url())
    return show_form(request, asked, ReportForm.showing(asked.report, asked.task))


def _keep(request: HttpRequest, asked: Asked, form: ReportForm) -> Asked:
    """Keeps what was typed, and the files; what is wrong with a file stands in the form."""
    if asked.report is None and form.cleaned_data["version"]:
        raise Http404  # no page of ours has shown it
    written = form.written
    if request.POST.get("then") == "submission" and written["proposed_status"] == "completed":
        written["proposed_progress"] = 100  # as handing in makes it: a second click sends the same
    report = workflow.write_report(
        asked.task, asked.period, by=request.user, version=form.cleaned_data["version"], **written
    )
    if report.is_editable:
        for dropped in report.attachments.filter(pk__in=form.cleaned_data["drop"]).select_related("report"):
            workflow.drop_attachment(dropped, by=request.user)
        for fault in add_files(report, form.cleaned_data["files"], by=request.user):
            form.add_error("files", fault)
    return replace(asked, report=report)


# --- what the buttons ask for -------------------------------------------------------------------------


def _kept(request: HttpRequest, asked: Asked, form: ReportForm) -> HttpResponse:
    if form.errors:
        return show_form(request, asked, form)
    messages.success(request, f"{asked.name}已存为草稿。")
    return done(request, asked.address)


def _handed_in(request: HttpRequest, asked: Asked, form: ReportForm) -> HttpResponse:
    if form.errors:
        return show_form(request, asked, form)
    if form.both_said:
        form.add_error("problems", "已填写存在问题，又勾选了“无”，请只保留一项")
        return show_form(request, asked, form)
    report = asked.report
    if not report.is_handed_in:  # else this was the second click
        try:
            report = workflow.submit_report(report, by=request.user, version=report.version)
        except workflow.Incomplete as refusal:
            for field, fault in refusal.faults.items():
                form.add_error(field, fault)
            return show_form(request, asked, form)
    messages.success(request, f"{asked.name}已提交审核，审核前可以撤回修改。")
    return done(request, report.get_absolute_url())


def _quoted(request: HttpRequest, asked: Asked, form: ReportForm) -> HttpResponse:
    """引用上期内容: what is still empty takes the words that were handed in last."""
    report = asked.report
    if previous := _previous(asked):
        written = report.written
        taken = {name: getattr(previous, name) for name in TEXTS if not written[name]}
        report = workflow.write_report(
            asked.task, asked.period, by=request.user, version=report.version, **taken
        )
    asked = replace(asked, report=report)
    return show_form(request, asked, ReportForm.showing(report, asked.task))


def _gathered(request: HttpRequest, asked: Asked, form: ReportForm) -> HttpResponse:
    return show_sources(request, asked.report)


_THEN = {"submission": _handed_in, "quote": _quoted, "sources": _gathered}


def _previous(asked: Asked) -> ProgressReport | None:
    """The agency's last report on the task before this period, as it was handed in."""
    handed_in = ProgressReport.objects.of(asked.agency).filter(first_submitted_at__isnull=False)
    earlier = handed_in.exclude(state=ReportState.DRAFT).filter(
        task=asked.task, period__due_on__lt=asked.period.due_on
    )
    return earlier.select_related("period").order_by("-period__due_on").first()


# --- answers ------------------------------------------------------------------------------------------


def show_form(request: HttpRequest, asked: Asked, form: ReportForm) -> HttpResponse:
    report = asked.report
    context = {
        "nav": "desk",
        "asked": asked,
        "task": asked.task,
        "period": asked.period,
        "report": report,
        "form": form,
        "role": asked.task.role_of(asked.agency),
        "days_left": (asked.period.due_on - _today()).days,
        "previous": _previous(asked),
        "files": report.attachments.in_draft() if report else Attachment.objects.none(),
        "sources": len(sources_for(request, asked.task, asked.period)),
        "back": way_back(request, ""),
        "is_returned": report is not None and report.state == ReportState.RETURNED,
    }
    return page_or_part(request, "reports/form.html", "reports/_form.html", context)


def _today() -> date:
    return timezone.localdate()


@dataclass(frozen=True)
class Difference:
    """A field that a colleague wrote otherwise: their words and the reader's."""

    name: str
    title: str
    theirs: str | int
    mine: str | int

    @property
    def choices(self) -> list[tuple[str, str | int, str]]:
        """(whose, what is sent, what is shown), the reader's own last."""
        return [
            ("同事保存的", self.theirs, self._shown(self.theirs)),
            ("我填写的", self.mine, self._shown(self.mine)),
        ]

    def _shown(self, value: str | int) -> str:
        if self.name == "proposed_status":
            return PROPOSALS.get(value, str(value))
        return f"{value}%" if self.name == "proposed_progress" else str(value)


_TITLES = TEXTS | {
    "proposed_status": "建议状态",
    "proposed_progress": "总体进度",
    "proposal_reason": "调整理由",
}


def _conflict(request: HttpRequest, asked: Asked, form: ReportForm) -> HttpResponse:
    """409: both texts side by side, to choose from field by field; nothing that was typed is lost."""
    theirs, mine = asked.report.written, form.written
    differences = [
        Difference(name, _TITLES[name], theirs[name], mine[name])
        for name in DRAFTED
        if str(theirs[name]) != str(mine[name])
    ]
    differing = {difference.name for difference in differences}
    context = {
        "nav": "desk",
        "asked": asked,
        "report": asked.report,
        "differences": differences,
        "same": [(name, mine[name]) for name in DRAFTED if name not in differing],
        "back": way_back(request, ""),
    }
    return page_or_part(request, "reports/conflict.html", "reports/_conflict.html", context, status=409)
