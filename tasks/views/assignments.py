"""调整责任单位: the office changes who is responsible for a task, and says on what ground."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from tasks import permissions, workflow
from tasks.forms.decisions import AssignmentsForm
from tasks.models import Event, Task
from tasks.views.shared import way_back


@require_http_methods(["GET", "HEAD", "POST"])
def assignments(request: HttpRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(Task.objects.visible_to(request.user).select_related("plan"), pk=pk)
    if not permissions.can_supervise(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return _ask(request, task, AssignmentsForm(task=task, initial={"version": task.version}))
    form = AssignmentsForm(request.POST, task=task)
    if not form.is_valid():
        return _ask(request, task, form)
    try:
        saved = workflow.assign_task(task, by=request.user, **form.cleaned_data)
    except workflow.Refused as refusal:
        form.add_error(None, str(refusal))
        return _ask(request, task, form)
    except workflow.EditConflict as conflict:
        return _conflict(request, conflict.tasks[0], form)
    messages.success(request, f"第 {saved.number} 项的责任单位已调整，已通知有变化的单位。")
    return redirect(way_back(request, saved.get_absolute_url()))


def _conflict(request: HttpRequest, task: Task, form: AssignmentsForm) -> HttpResponse:
    """409: what stands now, what came in between, and the form as it was filled in."""
    latest = Event.objects.filter(task=task).for_feed().first()
    return _ask(request, task, form, clash=latest, version=task.version)


def _ask(
    request: HttpRequest,
    task: Task,
    form: AssignmentsForm,
    *,
    clash: Event | None = None,
    version: int | None = None,
) -> HttpResponse:
    """Sending the form again takes the version that is shown: a third change asks again."""
    context = {
        "nav": "ledger",
        "task": task,
        "assignments": task.assignments.select_related("agency").order_by("position"),
        "form": form,
        "version": version or form["version"].value(),
        "clash": clash,
        "back": way_back(request, task.get_absolute_url()),
    }
    return render(request, "assignments/page.html", context, status=409 if clash else 200)
