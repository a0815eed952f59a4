"""延期, the agency's side: the lead asks for a later due date, and takes the request back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tasks import permissions, workflow
from tasks.forms.requests import ExtensionForm
from tasks.models import Extension, Task
from tasks.views.shared import done, page_or_part, way_back


@require_http_methods(["GET", "HEAD", "POST"])
def extension(request: HttpRequest, pk: int) -> HttpResponse:
    """The lead's form, or the request that waits; with what was asked and decided before."""
    task = get_object_or_404(Task.objects.visible_to(request.user).for_rows(), pk=pk)
    if task.lead is None or not permissions.can_report(request.user, task.lead.pk):
        raise PermissionDenied
    typed = request.POST if request.method == "POST" else None
    form = ExtensionForm(typed, initial={"progress": task.progress})
    if request.method == "POST" and form.is_valid():
        try:
            workflow.ask_extension(task, by=request.user, **form.cleaned_data)
        except workflow.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"第 {task.number} 项的延期申请已提交办公室。")
            return done(request, reverse("tasks:desk"))
    requests = list(task.extensions.select_related("asked_by__agency", "decided_by__agency").reverse())
    context = {
        "nav": "desk",
        "task": task,
        "form": form,
        "refusal": _refusal(task),
        "waiting": next((one for one in requests if one.state == "asked"), None),
        "decided": [one for one in requests if one.state != "asked"],
        "back": way_back(request, reverse("tasks:desk")),
    }
    return page_or_part(request, "extensions/page.html", "extensions/_form.html", context)


def _refusal(task: Task) -> str:
    """Why there is nothing to ask for; said in place of the form."""
    try:
        workflow.check_extendable(task, on=timezone.localdate())
    except workflow.Refused as refusal:
        return str(refusal)
    return ""


@require_POST
def extension_withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    visible = Extension.objects.filter(task__in=Task.objects.visible_to(request.user).values("pk"))
    found = get_object_or_404(visible, pk=pk)
    try:
        workflow.withdraw_extension(found, by=request.user)
        messages.success(request, "延期申请已撤回。")
    except workflow.Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(way_back(request, reverse("tasks:extension", args=[found.task_id])))
