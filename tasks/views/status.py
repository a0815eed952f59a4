"""Setting statuses: of one task, of many at once, and what to do when two people edit the same."""

import hashlib
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_POST

from tasks import permissions, workflow
from tasks.context import plans
from tasks.filters import LedgerFilter
from tasks.forms.status import BulkStatusForm, StatusForm
from tasks.models import Event, Status, Task
from tasks.views.shared import asks_for_fragment, way_back
from tasks.views.task import standing


@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for one task (in a dialog where htmx asks, else as a page of its own) and its answer."""
    task = get_object_or_404(Task.objects.visible_to(request.user).for_rows(), pk=pk)
    if not permissions.can_set_status(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return _ask(request, task, StatusForm(initial=standing(task) | _chosen(request)))
    form = StatusForm(request.POST)
    if not form.is_valid():
        return _ask(request, task, form)
    try:
        saved = workflow.set_status(task, by=request.user, **form.cleaned_data)
    except workflow.Refused as refusal:
        form.add_error(_at_fault(refusal), str(refusal))
        return _ask(request, task, form)
    except workflow.EditConflict as conflict:
        return _conflict(request, conflict, form, reverse("tasks:status", args=[pk]))
    messages.success(request, _news(saved), extra_tags=_undo_tag(request, saved))
    return _saved(request, saved)


@require_POST
def undoing(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销: the button in the news of a change. See `workflow.take_back`."""
    task = get_object_or_404(Task.objects.visible_to(request.user).filter(events=pk))
    if not permissions.can_set_status(request.user):
        raise PermissionDenied
    event = get_object_or_404(task.events, pk=pk)
    try:
        saved = workflow.take_back(event, by=request.user)
    except workflow.Refused as refusal:
        messages.warning(request, f"没有撤销：{refusal}。")
    else:
        messages.success(request, f"已撤销。{_news(saved)}")
    return _saved(request, task)


def _undo_tag(request: HttpRequest, saved: Task) -> str:
    """Names the change that the news may take back and its task, "" where there is none."""
    event = saved.events.filter(by=request.user).order_by("-pk").first()
    if event is None or workflow.why_not_taken_back(event, saved, by=request.user):
        return ""
    return f"undo-{event.pk}-{saved.pk}"


def _news(saved: Task) -> str:
    return f"第 {saved.number} 项已更新为“{saved.get_status_display()}”，进度 {saved.progress}%。"


# One event a task, all in one transaction: more would keep others waiting.
AT_ONCE = 1000


@require_http_methods(["GET", "HEAD", "POST"])
def statuses(request: HttpRequest) -> HttpResponse:
    """One status for many tasks, all of them or none: for the ticked ones, or for all that a list holds.

    The form for all of a list is asked for with the list's query string. It sends back that string and the
    digest of what it said would change, so that exactly this changes or nothing does.
    """
    if not permissions.can_set_status(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return _ask_for_all(request, request.GET)
    data = request.POST
    if "query" in data:
        found = _all_of(request, QueryDict(data["query"]))
        if not found.is_open:
            return _ask_for_all(request, QueryDict(data["query"]))
        if found.digest != data.get("digest"):
            return _ask_for_all(request, QueryDict(data["query"]), has_changed=True)
        data = data.copy()
        data.setlist("task", [f"{pk}:{version}" for pk, version in found.picks])
    form = BulkStatusForm(data)
    if not form.is_valid():
        return _ask_again(request, form)
    picks = [(pick.pk, pick.version) for pick in form.cleaned_data["task"]]
    if len(picks) > AT_ONCE:
        form.add_error("task", _too_many(len(picks)))
        return _ask_again(request, form)
    try:
        saved = workflow.set_statuses(
            picks, by=request.user, status=form.cleaned_data["status"], reason=form.cleaned_data["reason"]
        )
    except workflow.Refused as refusal:
        form.add_error(_at_fault(refusal), str(refusal))
        return _ask_again(request, form)
    except Task.DoesNotExist:
        form.add_error("task", "所选任务中有的已不存在，请返回台账重新勾选。")
        return _ask_again(request, form)
    except workflow.EditConflict as conflict:
        return _conflict(request, conflict, form, reverse("tasks:statuses"))
    news = f"{len(saved)} 项任务已更新为“{Status(form.cleaned_data['status']).label}”。"
    messages.success(request, news)
    return _saved(request)


@dataclass(frozen=True)
class AllOfAList:
    """The tasks under a ledger's conditions as (pk, version), and why they cannot be changed together."""

    picks: tuple[tuple[int, int], ...]
    conditions: list[tuple[str, str]]
    refusal: str = ""

    @property
    def is_open(self) -> bool:
        return not self.refusal

    @property
    def digest(self) -> str:
        """Changes when a task joins the list, leaves it or is changed in it."""
        return hashlib.sha256(repr(self.picks).encode()).hexdigest()


def _all_of(request: HttpRequest, query: QueryDict) -> AllOfAList:
    found = LedgerFilter(query, user=request.user, today=timezone.localdate())
    if not found.is_valid():
        return AllOfAList((), [], "筛选条件无法识别：" + "；".join(found.complaints()))
    if found.day.is_past:
        return AllOfAList((), found.describe(), "以往日期的情况只供查阅，不能更新状态。")
    tasks = found.narrowed().order_by("pk").values_list("pk", "version")
    picks = tuple(tasks[: AT_ONCE + 1])
    if not picks:
        return AllOfAList((), found.describe(), "没有符合条件的任务。")
    if len(picks) > AT_ONCE:
        return AllOfAList((), found.describe(), _too_many(tasks.count()))
    return AllOfAList(picks, found.describe())


def _too_many(number: int) -> str:
    return f"一次最多更新 {AT_ONCE} 项，现选中 {number} 项，请先缩小筛选范围。"


def _ask_for_all(request: HttpRequest, query: QueryDict, *, has_changed: bool = False) -> HttpResponse:
    """The form that changes all of a list, saying how many; 409 where they are no longer what it said."""
    context = {
        "nav": "ledger",
        "all": _all_of(request, query),
        "query": query.urlencode(),
        "has_changed": has_changed,
        "asked": request.POST,
        "back": way_back(request, f"{reverse('tasks:ledger')}?{query.urlencode()}"),
    }
    template = "tasks/_statuses_of_all.html" if asks_for_fragment(request) else "tasks/statuses_of_all.html"
    response = render(request, template, context, status=409 if has_changed else 200)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _chosen(request: HttpRequest) -> dict[str, str]:
    """The status that was picked in the row's menu and still owes its reason."""
    status = request.GET.get("status")
    return {"status": status} if status in Status.values else {}


def _at_fault(refusal: workflow.Refused) -> str:
    """The field that a refusal is about."""
    return "reason" if isinstance(refusal, workflow.ReasonOwed) else "status"


def _ask(request: HttpRequest, task: Task, form: StatusForm) -> HttpResponse:
    template = "tasks/_status_dialog.html" if request.htmx else "tasks/status.html"
    back = way_back(request, task.get_absolute_url())
    return render(request, template, {"task": task, "form": form, "back": back})


def _ask_again(request: HttpRequest, form: BulkStatusForm) -> HttpResponse:
    """The page for a bulk edit that lacks something, with everything that was already given."""
    picks = form.cleaned_data.get("task", [])
    tasks = Task.objects.visible_to(request.user).for_rows().filter(pk__in=[pick.pk for pick in picks])
    back = way_back(request, plans(request).ledger)
    return render(
        request, "tasks/statuses.html", {"form": form, "tasks": tasks, "picks": picks, "back": back}
    )


def _saved(request: HttpRequest, task: Task | None = None) -> HttpResponse:
    if request.htmx:
        # The list fetches itself anew on this event, so that its counts and groups stay exact.
        return HttpResponse(status=204, headers={"HX-Trigger": "task:saved"})
    return redirect(way_back(request, task.get_absolute_url() if task else plans(request).ledger))


@dataclass(frozen=True)
class Clash:
    """A task that changed under an edit: as it stands, and the change that came in between."""

    task: Task
    event: Event | None


def _conflict(
    request: HttpRequest, conflict: workflow.EditConflict, form: StatusForm | BulkStatusForm, action: str
) -> HttpResponse:
    """409: both values side by side. Sending again takes the shown versions: a third change asks again."""
    changed = {task.pk: task.version for task in conflict.tasks}
    latest = {event.task_id: event for event in Event.objects.filter(task__in=changed).for_feed().reverse()}
    context = {
        "clashes": [Clash(task, latest.get(task.pk)) for task in conflict.tasks],
        "asked": form.cleaned_data | {"label": Status(form.cleaned_data["status"]).label},
        "versions": [
            f"{pick.pk}:{changed.get(pick.pk, pick.version)}" for pick in form.cleaned_data.get("task", [])
        ],
        "version": conflict.tasks[0].version,
        "action": action,
        "back": way_back(request, plans(request).ledger),
    }
    template = "tasks/_conflict.html" if request.htmx else "tasks/conflict.html"
    return render(request, template, context, status=409)
