"""签收: an agency signs for its tasks, or says that one is not its own."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from agencies.models import Agency
from tasks import permissions, workflow
from tasks.context import named_plan
from tasks.forms.requests import DisputeForm, ReceiptsForm
from tasks.models import AssignmentRole, Receipt, Task
from tasks.views.shared import done, page_or_part, way_back


@dataclass(frozen=True)
class Unsigned:
    """A task that waits for the agency's signature, and what it has objected or been answered so far."""

    task: Task
    role: AssignmentRole
    receipt: Receipt | None


@require_http_methods(["GET", "HEAD", "POST"])
def receipts(request: HttpRequest) -> HttpResponse:
    """What waits for a signature in the chosen plan; POST signs for the ticked ones, all or none.

    8 queries: the session, the person with the agency, what it stands for, the plans, the tasks with their
    agencies and periods (3), and the receipts.
    """
    agency = _own_agency(request)
    if request.method == "POST":
        return _signed(request)
    plan = named_plan(request)
    context = {"nav": "desk", "agency": agency, "plan": plan, "rows": _unsigned(request, agency, plan)}
    return render(request, "receipts/page.html", context)


def _own_agency(request: HttpRequest) -> Agency:
    agency = request.user.agency
    if agency is None or not permissions.can_report(request.user, agency.pk):
        raise PermissionDenied
    return agency


def _unsigned(request: HttpRequest, agency: Agency, plan) -> list[Unsigned]:
    tasks = Task.objects.visible_to(request.user).unsigned_by(agency).filter(plan=plan).for_rows()
    tasks = list(tasks.order_by("number"))
    known = {one.task_id: one for one in Receipt.objects.filter(agency=agency, task__plan=plan)}
    return [Unsigned(task, task.role_of(agency), known.get(task.pk)) for task in tasks]


def _signed(request: HttpRequest) -> HttpResponse:
    back = way_back(request, reverse("tasks:receipts"))
    form = ReceiptsForm(request.POST)
    keys = form.cleaned_data["task"] if form.is_valid() else []
    if not keys:
        messages.error(request, "没有选择任务，请先勾选要签收的任务。")
        return redirect(back)
    seen = set(Task.objects.visible_to(request.user).filter(pk__in=keys).values_list("pk", flat=True))
    try:
        if seen != set(keys):
            raise Task.DoesNotExist
        signed = workflow.receive_tasks(keys, by=request.user)
    except (Task.DoesNotExist, workflow.Refused) as refusal:
        messages.error(request, str(refusal) or "所选任务中有的已不存在，没有签收，请重新勾选。")
        return redirect(back)
    if signed:
        messages.success(request, f"已签收 {len(signed)} 项任务。")
    return redirect(back)


@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """责任不符: the form (in a dialog where htmx asks, else as a page of its own) and its answer."""
    task = get_object_or_404(Task.objects.visible_to(request.user).for_rows(), pk=pk)
    agency = _own_agency(request)
    receipt = task.receipts.filter(agency=agency).first()
    typed = request.POST if request.method == "POST" else None
    form = DisputeForm(typed, initial={"reason": receipt.reason if receipt else ""})
    if request.method == "POST" and form.is_valid():
        try:
            workflow.dispute_task(task, by=request.user, reason=form.cleaned_data["reason"])
        except workflow.Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, f"已向办公室反映第 {task.number} 项责任不符，答复后会通知您。")
            return done(request, reverse("tasks:desk"))
    context = {
        "nav": "desk",
        "task": task,
        "form": form,
        "receipt": receipt,
        "back": way_back(request, reverse("tasks:desk")),
    }
    return page_or_part(request, "receipts/dispute.html", "receipts/_dispute.html", context)
