"""通知: what happened that concerns a person, and the bell that counts it in the frame of every page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from agencies.models import Role
from tasks import permissions, workflow
from tasks.context import plans
from tasks.models import Day, Extension, Notice, Plan, ProgressReport, Receipt, ReportState, Task
from tasks.reporting import Standing, missing, reports_of_plans
from tasks.views.shared import asks_for_fragment, background, way_back

PAGE_SIZES = (20, 50, 100)


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """One's own, newest first; ?unread=1 leaves out what was read."""
    own = Notice.objects.visible_to(request.user)
    only_unread = request.GET.get("unread") == "1"
    size = request.GET.get("per_page", "")
    found = own.unread() if only_unread else own
    pages = Paginator(found.for_list(), int(size) if size in map(str, PAGE_SIZES) else PAGE_SIZES[0])
    page = pages.get_page(request.GET.get("page"))
    newest = own.order_by("-pk").values_list("pk", flat=True).first()
    context = {
        "nav": "notices",
        "page": page,
        "pages": pages.get_elided_page_range(page.number),
        "page_sizes": PAGE_SIZES,
        "only_unread": only_unread,
        "unread": own.unread().count(),
        "newest": newest,
    }
    return render(request, "notices/page.html", context)


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Open one: it counts as read, and what it is about is shown."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user).select_related("event__task"), pk=pk)
    workflow.read_notices(by=request.user, notice=notice.pk)
    return redirect(_subject(request, notice))


@require_POST
def all_read(request: HttpRequest) -> HttpResponse:
    """All that the page knew of: what has come in since stays unread."""
    until = request.POST.get("until", "")
    if not (until.isascii() and until.isdecimal() and len(until) <= 12):
        raise Http404
    workflow.read_notices(by=request.user, until=int(until))
    return redirect(way_back(request, reverse("tasks:notices")))


def _subject(request: HttpRequest, notice: Notice) -> str:
    """The report where the person may open it, else the task; what an agency owes is on its desk."""
    event = notice.event
    report = ProgressReport.objects.visible_to(request.user).filter(pk=event.report_id).first()
    if report:
        return report.get_absolute_url()
    if event.task and notice.opens_task:
        return event.task.get_absolute_url()
    if event.task:
        messages.info(request, f"{event.task}现在不由您所在单位承担。")
        return reverse("tasks:notices")
    if event.plan_id and request.user.role == Role.AGENCY:
        return f"{reverse('tasks:desk')}?plan={event.plan_id}"
    return reverse("tasks:notices")


# --- the bell -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """Something that waits for the person: how many, and where."""

    label: str
    count: int
    href: str
    kind: str = ""  # of the office's queue


@dataclass(frozen=True)
class Bell:
    unread: int
    waiting: Sequence[tuple[Plan, Sequence[Waiting]]] = ()
    to_review: int = 0  # reports of the plan that the pages speak of; the menu's 进展审核 carries the number

    @property
    def badge(self) -> str:
        return _badge(self.unread)

    @property
    def review_badge(self) -> str:
        return _badge(self.to_review)


def _badge(count: int) -> str:
    """What fits the small round mark."""
    return "99+" if count > 99 else str(count)


@background
@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    """The bell with its numbers, which a page asks for once it stands: so the page itself costs no more."""
    if not asks_for_fragment(request):
        return redirect("tasks:notices")
    waiting, current = _waiting(request), plans(request).current
    reports = [
        one.count for plan, found in waiting if plan == current for one in found if one.kind == _REPORTS
    ]
    unread = Notice.objects.visible_to(request.user).unread().count()
    shown = Bell(unread, waiting, to_review=sum(reports))
    response = render(request, "components/bell.jinja", {"bell": shown})
    patch_vary_headers(response, ["HX-Request"])
    return response


def _waiting(request: HttpRequest) -> list[tuple[Plan, list[Waiting]]]:
    """By plan, newest first; plans in which nothing waits are left out."""
    if permissions.can_review(request.user):
        return _for_the_office(request)
    return _for_an_agency(request) if request.user.role == Role.AGENCY else []


_REPORTS = ReportState.SUBMITTED.value


def _for_the_office(request: HttpRequest) -> list[tuple[Plan, list[Waiting]]]:
    """4 queries: the plans, and what waits in them."""
    counts = {
        (_REPORTS, "待审核"): _by_plan(ProgressReport.objects.awaiting_review()),
        ("disputed", "责任不符"): _by_plan(Receipt.objects.disputed()),
        ("extension", "延期申请"): _by_plan(Extension.objects.asked()),
    }
    found = []
    for plan in plans(request).all:
        waiting = [
            Waiting(
                label,
                count[plan.pk],
                f"{reverse('tasks:review')}?{urlencode({'plan': plan.pk, 'state': state})}",
                kind=state,
            )
            for (state, label), count in counts.items()
            if plan.pk in count
        ]
        if waiting:
            found.append((plan, waiting))
    return found


def _by_plan(waiting: QuerySet) -> Mapping[int, int]:
    counted = waiting.order_by().values("task__plan").annotate(number=Count("pk"))
    return dict(counted.values_list("task__plan", "number"))


def _for_an_agency(request: HttpRequest) -> list[tuple[Plan, list[Waiting]]]:
    """What the agency itself owes, which its desk and its letters list too. 6 queries, however many plans."""
    agency, day = request.user.agency, Day(timezone.localdate())
    visible = Task.objects.visible_to(request.user).assigned_to(agency)
    found = []
    for reports in reports_of_plans(plans(request).all, visible, day=day, reader=agency):
        owed = list(missing(reports, agencies={agency.pk}))
        desk = f"{reverse('tasks:desk')}?plan={reports.plan.pk}"
        returned = sum(one.standing == Standing.RETURNED for one in owed)
        late = sum(one.is_overdue for one in owed)
        waiting = [
            Waiting("待报送", len(owed) - returned, desk),
            Waiting("被退回", returned, desk),
            Waiting("其中已过截止日期", late, desk),
        ]
        if owed:
            found.append((reports.plan, [one for one in waiting if one.count]))
    return found
