"""批量通过: many reports accepted at once, the ticked ones or all that a queue holds."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from tasks import permissions, workflow
from tasks.context import named_plan
from tasks.forms.review import BatchForm, ReportPicksField
from tasks.models import Plan, ProgressReport, ReportState
from tasks.views.review_queue import Queue, for_those_who_see_everything, frame

# One event a report, all in one transaction: more would keep others waiting.
AT_ONCE = 500


@require_http_methods(["GET", "HEAD", "POST"])
def acceptances(request: HttpRequest) -> HttpResponse:
    """批量通过: the ticked reports, or all that a queue holds; all of them or none.

    The page says which, and sends back the digest of what it said, so that exactly this is accepted.
    """
    for_those_who_see_everything(request)
    if not permissions.can_review(request.user):
        raise PermissionDenied
    data = request.POST if request.method == "POST" else request.GET
    batch = _batch(request, data)
    if request.method != "POST" or batch.refusal:
        return _ask_for_batch(request, batch, BatchForm(initial={"takes_over": True}))
    form = BatchForm(data)
    if not form.is_valid():
        return _ask_for_batch(request, batch, form)
    if form.cleaned_data["digest"] != batch.digest:
        return _ask_for_batch(request, batch, form, has_changed=True)
    try:
        accepted = workflow.accept_reports(
            batch.versions,
            by=request.user,
            note=form.cleaned_data["note"],
            takes_over=form.cleaned_data["takes_over"],
        )
    except (workflow.Refused, workflow.ReportConflict):
        # Changed between our reading and the lock: shown anew as it stands now.
        return _ask_for_batch(request, _batch(request, data), form, has_changed=True)
    messages.success(request, f"已通过 {len(accepted)} 份报告。")
    return redirect(batch.queue.address)


@dataclass(frozen=True)
class Batch:
    """Reports to be accepted together, or why they cannot be; `lost` counts ticked ones that wait no more."""

    queue: Queue
    reports: Sequence[ProgressReport]
    is_whole: bool
    changed: Sequence[ProgressReport]
    lost: int
    refusal: str

    @property
    def versions(self) -> list[tuple[int, int]]:
        return [(report.pk, report.version) for report in self.reports]

    @property
    def digest(self) -> str:
        """Changes when a report joins, leaves or is changed."""
        return hashlib.sha256(repr(self.versions).encode()).hexdigest()


def _batch(request: HttpRequest, data: QueryDict) -> Batch:
    """The ticked reports that still wait, or all of the queue that `query` or the address names."""
    conditions = QueryDict(data["query"]) if "query" in data else data
    plan = (
        get_object_or_404(Plan, pk=conditions.get("plan")) if conditions.get("plan", "").isdecimal() else None
    )
    plan = plan or named_plan(request)
    if plan is None:
        raise Http404
    queue = Queue.of(request, plan, conditions, state=ReportState.SUBMITTED)
    waiting = queue.reports.awaiting_review().order_by("submitted_at", "pk")
    refusal = ""
    picks = []
    if "report" in data:
        field = ReportPicksField(choices=[(value, value) for value in data.getlist("report")])
        try:
            picks = field.clean(data.getlist("report"))
        except ValidationError as error:
            refusal = error.messages[0]
        waiting = waiting.filter(pk__in=[pick.pk for pick in picks])
    reports = list(waiting.select_related("agency", "period", "task")[: AT_ONCE + 1])
    if len(reports) > AT_ONCE:
        refusal = f"一次最多通过 {AT_ONCE} 份，现有 {waiting.count()} 份，请先按报送期筛选或勾选。"
    elif not reports:
        refusal = refusal or "没有待审核的报告。"
    seen = {pick.pk: pick.version for pick in picks}
    return Batch(
        queue,
        reports,
        is_whole="report" not in data,
        changed=[report for report in reports if picks and seen[report.pk] != report.version],
        lost=len(seen) - len(reports) if picks else 0,
        refusal=refusal,
    )


def _ask_for_batch(
    request: HttpRequest, batch: Batch, form: BatchForm, *, has_changed: bool = False
) -> HttpResponse:
    context = frame(request, batch.queue) | {"batch": batch, "form": form, "has_changed": has_changed}
    return render(request, "review/acceptances.html", context, status=409 if has_changed else 200)
