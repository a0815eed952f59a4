"""Setting statuses: of one task, of many at once, and what to do when two people edit the same."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tasks import permissions, workflow
from tasks.forms import BulkStatusForm, StatusForm
from tasks.models import Event, Status, Task
from tasks.views.shared import way_back
from tasks.views.task import standing


@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for one task (in a dialog where htmx asks, else as a page of its own) and its answer."""
    task = get_object_or_404(Task.objects.visible_to(request.user).for_rows(), pk=pk)
    if not permissions.can_set_status(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return _ask(request, task, StatusForm(initial=standing(task)))
    form = StatusForm(request.POST)
    if not form.is_valid():
        return _ask(request, task, form)
    try:
        saved = workflow.set_status(task, by=request.user, **form.cleaned_data)
    except workflow.Refused as refusal:
        form.add_error("reason", str(refusal))
        return _ask(request, task, form)
    except workflow.EditConflict as conflict:
        return _conflict(request, conflict, form, reverse("tasks:status", args=[pk]))
    news = f"第 {saved.number} 项已更新为“{saved.get_status_display()}”，进度 {saved.progress}%。"
    return _saved(request, news, saved)


@require_POST
def statuses(request: HttpRequest) -> HttpResponse:
    """One status for all ticked tasks: all of them change, or none."""
    form = BulkStatusForm(request.POST)
    if not permissions.can_set_status(request.user):
        raise PermissionDenied
    if not form.is_valid():
        return _ask_again(request, form)
    picks = [(pick.pk, pick.version) for pick in form.cleaned_data["task"]]
    try:
        saved = workflow.set_statuses(
            picks, by=request.user, status=form.cleaned_data["status"], reason=form.cleaned_data["reason"]
        )
    except workflow.Refused as refusal:
        form.add_error("reason", str(refusal))
        return _ask_again(request, form)
    except Task.DoesNotExist:
        form.add_error("task", "所选任务中有的已不存在，请返回台账重新勾选。")
        return _ask_again(request, form)
    except workflow.EditConflict as conflict:
        return _conflict(request, conflict, form, reverse("tasks:statuses"))
    return _saved(request, f"{len(saved)} 项任务已更新为“{Status(form.cleaned_data['status']).label}”。")


def _ask(request: HttpRequest, task: Task, form: StatusForm) -> HttpResponse:
    template = "tasks/_status_dialog.html" if request.htmx else "tasks/status.html"
    back = way_back(request, task.get_absolute_url())
    return render(request, template, {"task": task, "form": form, "back": back})


def _ask_again(request: HttpRequest, form: BulkStatusForm) -> HttpResponse:
    """The page for a bulk edit that lacks something, with everything that was already given."""
    picks = form.cleaned_data.get("task", [])
    tasks = Task.objects.visible_to(request.user).for_rows().filter(pk__in=[pick.pk for pick in picks])
    back = way_back(request, reverse("tasks:ledger"))
    return render(
        request, "tasks/statuses.html", {"form": form, "tasks": tasks, "picks": picks, "back": back}
    )


def _saved(request: HttpRequest, news: str, task: Task | None = None) -> HttpResponse:
    messages.success(request, news)
    if request.htmx:
        # The list fetches itself anew on this event, so that its counts and groups stay exact.
        return HttpResponse(status=204, headers={"HX-Trigger": "task:saved"})
    return redirect(way_back(request, task.get_absolute_url() if task else reverse("tasks:ledger")))


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
        "back": way_back(request, reverse("tasks:ledger")),
    }
    template = "tasks/_conflict.html" if request.htmx else "tasks/conflict.html"
    return render(request, template, context, status=409)
