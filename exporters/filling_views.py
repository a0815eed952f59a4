"""填报表 for download: an agency's own from its desk; any agency's, and all at once, for the office."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Agency
from exporters import bundling
from exporters.filling import filling as write_filling
from exporters.models import FillingBundle
from exporters.names import file_name
from exporters.views import dated, download, key_of, refused
from tasks import permissions
from tasks.context import named_plan
from tasks.filling import AgencySheet, agency_sheets
from tasks.models import AssignmentRole, Day, Plan, ReportingPeriod, Task
from tasks.reporting import current_of
from tasks.views.shared import page_or_part

_NOT_OPEN = "报送期还没有开始，没有填报表"


@require_safe
def filling(request: HttpRequest) -> HttpResponse:
    """The workbook of `agency` (one's own where none is named) for `period`, or the current one of `plan`."""
    period = _period(request)
    if period is None and "plan" in request.GET and (plan := named_plan(request)):
        period = _current(plan)
    if period is None:
        return refused(request, "没有写明报送期", "请从“单位工作台”点“下载填报模板”，或从“督办”页进入。")
    agency = _agency(request)
    if not permissions.can_bring_in(request.user, agency.pk):
        raise PermissionDenied
    now = timezone.now()
    if not period.is_open_on(timezone.localdate(now)):
        return refused(request, _NOT_OPEN, f"{period}从 {period.opens_on:%Y-%m-%d} 开始报送，届时再下载。")
    sheets = _sheets(request, period, agency)
    if not sheets:
        return refused(request, "没有需要填报的任务", f"{agency}在这一报送期没有应报的进展，不需要填报表。")
    return download(
        lambda file: write_filling(file, period=period, sheet=sheets[0], now=now),
        dated(now, agency.name, period.name_with_year, "填报表"),
    )


@dataclass(frozen=True)
class Offer:
    """An agency's sheet as the page lists it."""

    agency: Agency
    led: int
    joined: int
    handed_in: int
    href: str

    @classmethod
    def of(cls, sheet: AgencySheet, period: ReportingPeriod) -> "Offer":
        return cls(
            sheet.agency,
            len(sheet.of(AssignmentRole.LEAD)),
            len(sheet.of(AssignmentRole.PARTICIPANT)),
            sum(not line.is_open for line in sheet.lines),
            f"{reverse('exporters:filling')}?period={period.pk}&agency={sheet.agency.pk}",
        )


@require_http_methods(["GET", "HEAD", "POST"])
def fillings(request: HttpRequest) -> HttpResponse:
    """The agencies of a period, each with its sheet; POST begins to make all of them. The office's."""
    if not permissions.can_supervise(request.user):
        raise PermissionDenied
    plan = named_plan(request)
    period = _period(request) or (_current(plan) if plan else None)
    is_open = period is not None and period.is_open_on(timezone.localdate())
    if request.method == "POST":
        if not is_open:
            return refused(request, _NOT_OPEN, "请在“报送期”中提前开启，或届时再来。")
        FillingBundle.objects.outdated(timezone.now()).delete()
        bundle = FillingBundle.objects.create(period=period, by=request.user)
        bundling.begin(bundle)
        return redirect(bundle)
    sheets = _sheets(request, period) if is_open else []
    context = {
        "nav": "supervision",
        "plan": period.plan if period else plan,
        "period": period,
        "periods": period.plan.periods.all() if period else [],
        "is_open": is_open,
        "offers": [Offer.of(sheet, period) for sheet in sheets],
        "back": reverse("tasks:supervision") + (f"?plan={period.plan_id}" if period else ""),
    }
    return render(request, "exporters/fillings.html", context)


@require_safe
def bundle(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the zip is; the page asks again by itself until it is there."""
    found = _own_bundle(request, pk)
    context = {"nav": "supervision", "bundle": found, "period": found.period, "plan": found.period.plan}
    return page_or_part(request, "exporters/bundle.html", "exporters/_bundle.html", context)


@require_safe
def bundle_file(request: HttpRequest, pk: int) -> FileResponse:
    found = _own_bundle(request, pk)
    if not found.is_ready:
        raise Http404
    name = file_name(found.period.plan.title, f"{found.period}", "填报表", ending="zip")
    return download(lambda file: file.write(found.data), name, content_type="application/zip")


def _own_bundle(request: HttpRequest, pk: int) -> FillingBundle:
    """One's own, for as long as one may have it."""
    found = FillingBundle.objects.visible_to(request.user, timezone.now())
    bundle = get_object_or_404(found.select_related("period__plan").defer("data"), pk=pk)
    if not permissions.can_supervise(request.user):
        raise Http404
    return bundle


def _sheets(request: HttpRequest, period: ReportingPeriod, agency: Agency | None = None) -> list[AgencySheet]:
    return agency_sheets(
        period.plan,
        period,
        tasks=Task.objects.visible_to(request.user),
        reader=request.user,
        day=Day(timezone.localdate()),
        agency=agency,
    )


def _period(request: HttpRequest) -> ReportingPeriod | None:
    """The period that `period` names; 404 where it is none of a plan that the person sees."""
    if not request.GET.get("period"):
        return None
    found = ReportingPeriod.objects.select_related("plan")
    period = get_object_or_404(found, pk=key_of(request.GET, "period"))
    if not Task.objects.visible_to(request.user).filter(plan=period.plan_id).exists():
        raise Http404
    return period


def _current(plan: Plan) -> ReportingPeriod | None:
    return current_of(plan.periods.select_related("plan"), timezone.localdate())


def _agency(request: HttpRequest) -> Agency:
    """The agency that `agency` names, else one's own; to an agency there is no other."""
    own = request.user.agency
    if not request.GET.get("agency") and own is not None:
        return own
    key = key_of(request.GET, "agency")
    if not request.user.sees_everything and (own is None or own.pk != key):
        raise Http404
    return get_object_or_404(Agency.objects.registered(), pk=key)
