"""进展审核: what agencies have handed in, one report beside the one before it, and the office's judgement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tasks import permissions, workflow
from tasks.context import choose, named_plan
from tasks.forms.review import ReviewForm
from tasks.models import (
    DRAFTED,
    TEXTS,
    Event,
    EventKind,
    Extension,
    ProgressReport,
    Receipt,
    ReportState,
    Status,
)
from tasks.models.report import NO_PROBLEMS
from tasks.views.review_queue import (
    DISPUTED,
    REQUESTS,
    Queue,
    for_those_who_see_everything,
    frame,
    visible_reports,
)
from tasks.views.shared import way_back

ON_A_PAGE = 50
USUAL_NOTES = (
    "请补充可核实的成效",
    "“存在问题”请写明具体事项",
    "请说明与上期相比的变化",
    "附件缺少盖章件",
)


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The reports of a plan that wait for a judgement, or have it, with the first of them open beside."""
    for_those_who_see_everything(request)
    plan = named_plan(request)
    if plan is None:
        return render(request, "review/none.html", {"nav": "review"})
    found = Queue.of(request, plan, request.GET)
    if found.state in REQUESTS:
        return render(request, "review/requests.html", frame(request, found) | _requests(found))
    page = Paginator(found.keys, ON_A_PAGE).get_page(request.GET.get("page"))
    first = visible_reports(request).for_reading().filter(pk__in=page.object_list[:1]).first()
    return _page(request, found, first, page=page)


@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """One report in the queue that the query string names, else in that of its own state."""
    for_those_who_see_everything(request)
    found = get_object_or_404(visible_reports(request).for_reading(), pk=pk)
    choose(request, found.task.plan)
    return _page(
        request, Queue.of(request, found.task.plan, request.GET, state=found.state), found, chosen=True
    )


@require_POST
def acceptance(request: HttpRequest, pk: int) -> HttpResponse:
    """通过: and on to the next."""
    return _judge(request, pk, ReportState.ACCEPTED)


@require_POST
def returned(request: HttpRequest, pk: int) -> HttpResponse:
    """退回: with the reason, which is compulsory."""
    return _judge(request, pk, ReportState.RETURNED)


def _judge(request: HttpRequest, pk: int, verdict: ReportState) -> HttpResponse:
    found = visible_reports(request).for_reading().filter(pk=pk).first()
    if found is None:
        return _withdrawn(request, pk)
    if not permissions.can_review(request.user):
        raise PermissionDenied
    queue = Queue.of(request, found.task.plan, QueryDict(request.POST.get("query", "")), state=found.state)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, queue, found, form=form, chosen=True)
    said = form.cleaned_data
    # What was accepted before goes back by itself: nobody was working through a queue.
    following = queue.after(found) if found.state == ReportState.SUBMITTED else None
    try:
        if verdict == ReportState.ACCEPTED:
            workflow.accept_report(
                found,
                by=request.user,
                version=said["version"],
                note=said["note"],
                takes_over=said["takes_over"],
            )
        else:
            workflow.return_report(found, by=request.user, version=said["version"], reason=said["note"])
    except workflow.ReportConflict as conflict:
        if _did_it_already(request, conflict.report, verdict):
            return _go_on(request, queue, following)
        return _conflict(request, queue, conflict.report, form)
    except workflow.Refused as refusal:
        form.add_error("note", str(refusal))
        return _page(request, queue, found, form=form, chosen=True)
    did = "已通过" if verdict == ReportState.ACCEPTED else "已退回"
    messages.success(request, f"{did}：第 {found.task.number} 项 {found.agency} {found.period}进展。")
    return _go_on(request, queue, following)


def _did_it_already(request: HttpRequest, report: ProgressReport, verdict: ReportState) -> bool:
    """A double click."""
    return report.state == verdict and report.reviewed_by_id == request.user.pk


def _go_on(request: HttpRequest, queue: "Queue", following: int | None) -> HttpResponse:
    to = queue.address_of(following) if following else queue.address
    return redirect(way_back(request, to))


def _withdrawn(request: HttpRequest, pk: int) -> HttpResponse:
    """The agency has taken back what the reviewer saw; a report that never was there answers 404."""
    last = Event.objects.visible_to(request.user).filter(report=pk).order_by("-at", "-pk").first()
    if not permissions.can_review(request.user) or last is None:
        raise Http404
    messages.warning(request, "报送单位已撤回这份报告，修改后会重新报送，您的意见没有发出。")
    return redirect(f"{reverse('tasks:review')}?{request.POST.get('query', '')}")


def _conflict(request: HttpRequest, queue: "Queue", fresh: ProgressReport, form: ReviewForm) -> HttpResponse:
    """409: what the reviewer saw beside what stands now. Sending again takes the version that is shown."""
    found = visible_reports(request).for_reading().get(pk=fresh.pk)
    seen = (
        Event.objects.filter(
            report=found.pk, kind=EventKind.REPORT_SUBMITTED, at=form.cleaned_data.get("seen")
        )
        .order_by("-pk")
        .first()
    )
    latest = found.events.for_feed().first()
    again = ReviewForm(initial=_initial(found) | {"note": form.cleaned_data["note"]})
    clash = Clash(latest, _rewritten(seen.after, found) if seen else [])
    return _page(request, queue, found, form=again, chosen=True, clash=clash)


@dataclass(frozen=True)
class Clash:
    """What came between a reviewer and the report: the event, and the lines that read otherwise now."""

    event: Event | None
    lines: list[tuple[str, str, str]]


def _rewritten(seen: Mapping[str, Any], report: ProgressReport) -> list[tuple[str, str, str]]:
    """(title, what the reviewer saw, what stands now) of each line that differs."""

    def status(value: str) -> str:
        return Status(value).label

    now = {name: getattr(report, name) for name in DRAFTED}
    titles = TEXTS | {
        "proposed_status": "建议状态",
        "proposed_progress": "总体进度",
        "proposal_reason": "调整理由",
    }
    tell = {"proposed_status": status, "proposed_progress": "{}%".format}
    return [
        (title, *(tell.get(name, str)(values[name]) or "（空）" for values in (seen, now)))
        for name, title in titles.items()
        if seen[name] != now[name]
    ]


# --- the page ----------------------------------------------------------------------------------------


def _page(
    request: HttpRequest,
    queue: Queue,
    report: ProgressReport | None,
    *,
    page=None,
    form: ReviewForm | None = None,
    chosen: bool = False,
    clash: Clash | None = None,
) -> HttpResponse:
    """As many queries, however many wait. A phone shows the report where it is `chosen`, else the queue."""
    place = queue.place_of(report) if report else None
    page = page or Paginator(queue.keys, ON_A_PAGE).get_page((place or 0) // ON_A_PAGE + 1)
    listed = queue.reports.select_related("agency", "period", "task").in_bulk(page.object_list)
    context = frame(request, queue) | {
        "page": page,
        "listed": [listed[pk] for pk in page.object_list if pk in listed],
        "chosen": chosen,
        "back": way_back(request, ""),
        "clash": clash,
    }
    if report:
        context |= _pane(request, queue, report) | {"form": form or ReviewForm(initial=_initial(report))}
    return render(request, "review/page.html", context, status=409 if clash else 200)


def _initial(report: ProgressReport) -> dict[str, object]:
    return {"version": report.version, "seen": report.submitted_at.isoformat(), "takes_over": True}


def _pane(request: HttpRequest, queue: Queue, report: ProgressReport) -> dict[str, object]:
    earlier = (
        visible_reports(request)
        .for_reading()
        .handed_in()
        .filter(task=report.task_id, agency=report.agency_id, period__due_on__lt=report.period.due_on)
        .order_by("-period__due_on")
        .first()
    )
    place = queue.place_of(report)
    assignments = list(report.task.assignments.select_related("agency").order_by("position"))
    return {
        "report": report,
        "assignments": assignments,
        "is_lead": any(one.is_lead and one.agency == report.agency for one in assignments),
        "earlier": earlier,
        "lines": _lines(earlier, report),
        "sources": report.source_links.select_related("source__agency").order_by("pk"),
        "place": None if place is None else place + 1,
        "previous": queue.neighbour(report, -1),
        "following": queue.neighbour(report, 1),
        "takes_over": _takes_over(report),
        "usual_notes": USUAL_NOTES,
    }


@dataclass(frozen=True)
class Line:
    """One part of the report in both periods; `is_repeated` where it says nothing new."""

    title: str
    before: str
    now: str

    @property
    def is_repeated(self) -> bool:
        return bool(self.now) and self.now == self.before and self.now != NO_PROBLEMS


def _lines(earlier: ProgressReport | None, report: ProgressReport) -> list[Line]:
    lines = [
        Line(title, getattr(earlier, name) if earlier else "", getattr(report, name))
        for name, title in TEXTS.items()
    ]
    return [line for line in lines if line.now or line.before]


def _takes_over(report: ProgressReport) -> str:
    """What accepting would bring to the task, in the words of the tick; "" where nothing."""
    if report.state != ReportState.SUBMITTED:
        return ""
    changes = workflow.proposed_changes(report)
    parts = []
    if "status" in changes:
        parts.append(f"状态更新为“{Status(changes['status']).label}”")
    if "progress" in changes:
        parts.append(f"进度更新为 {changes['progress']}%")
    return "、".join(parts)


def _requests(queue: Queue) -> dict[str, object]:
    """What agencies ask of the office, the oldest first. 1 query."""
    if queue.state == DISPUTED:
        asked = Receipt.objects.disputed().order_by("at", "pk")
    else:
        asked = Extension.objects.asked()
    return {"requests": asked.filter(task__plan=queue.plan).select_related("agency", "task")}
