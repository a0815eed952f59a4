"""What the office answers: to a request for a later day, and to an agency that says a task is not its own."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tasks import permissions, workflow
from tasks.forms.decisions import AnswerForm, DecisionForm
from tasks.models import Extension, ExtensionState, Receipt, ReceiptState, Task
from tasks.views.shared import way_back


@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """批复延期申请: both days side by side; once decided, what was decided."""
    extension = get_object_or_404(
        Extension.objects.visible_to(request.user)
        .filter(task__in=Task.objects.visible_to(request.user))
        .select_related("task__plan", "agency", "decided_by__agency"),
        pk=pk,
    )
    if not permissions.can_supervise(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return _ask_decision(request, extension, DecisionForm())
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _ask_decision(request, extension, form)
    decide = {"grant": workflow.grant_extension, "refuse": workflow.refuse_extension}
    verdict, words = form.cleaned_data["verdict"], form.cleaned_data["words"]
    try:
        extension = decide[verdict](extension, by=request.user, decision=words)
    except workflow.Refused as refusal:
        extension.refresh_from_db()
        if _decided_it_already(request, extension, verdict):
            return redirect(way_back(request, extension.task.get_absolute_url()))
        form.add_error("words", str(refusal))
        return _ask_decision(request, extension, form)
    messages.success(
        request, f"第 {extension.task.number} 项：{extension.get_state_display()}，已通知{extension.agency}。"
    )
    return redirect(way_back(request, extension.task.get_absolute_url()))


def _decided_it_already(request: HttpRequest, extension: Extension, verdict: str) -> bool:
    """A double click."""
    wanted = {"grant": ExtensionState.GRANTED, "refuse": ExtensionState.REFUSED}[verdict]
    return extension.state == wanted and extension.decided_by_id == request.user.pk


def _ask_decision(request: HttpRequest, extension: Extension, form: DecisionForm) -> HttpResponse:
    context = {
        "nav": "review",
        "extension": extension,
        "action": reverse("tasks:decision", args=[extension.pk]),
        "settled": "这份申请已有结果，您的批复没有提交。",
        "task": extension.task,
        "is_open": extension.state == ExtensionState.ASKED,
        "form": form,
        "back": way_back(request, extension.task.get_absolute_url()),
    }
    return render(request, "decisions/extension.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """答复责任不符: the clause stands, or who is responsible was changed first."""
    receipt = get_object_or_404(
        Receipt.objects.visible_to(request.user)
        .filter(task__in=Task.objects.visible_to(request.user))
        .select_related("task__plan", "agency", "by__agency", "answered_by__agency"),
        pk=pk,
    )
    if not permissions.can_supervise(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return _ask_answer(request, receipt, AnswerForm())
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _ask_answer(request, receipt, form)
    try:
        workflow.answer_dispute(receipt, by=request.user, answer=form.cleaned_data["words"])
    except workflow.Refused as refusal:
        receipt.refresh_from_db()
        if receipt.state == ReceiptState.ANSWERED and receipt.answered_by_id == request.user.pk:
            return redirect(way_back(request, receipt.task.get_absolute_url()))  # a double click
        form.add_error("words", str(refusal))
        return _ask_answer(request, receipt, form)
    messages.success(request, f"第 {receipt.task.number} 项：已答复{receipt.agency}。")
    return redirect(way_back(request, receipt.task.get_absolute_url()))


def _ask_answer(request: HttpRequest, receipt: Receipt, form: AnswerForm) -> HttpResponse:
    context = {
        "nav": "review",
        "receipt": receipt,
        "action": reverse("tasks:answer", args=[receipt.pk]),
        "settled": "这项责任不符已有答复或已签收，您的答复没有提交。",
        "task": receipt.task,
        "assignments": receipt.task.assignments.select_related("agency").order_by("position"),
        "is_open": receipt.state == ReceiptState.DISPUTED,
        "form": form,
        "back": way_back(request, receipt.task.get_absolute_url()),
    }
    return render(request, "decisions/answer.html", context)
