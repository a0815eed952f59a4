"""第 N 项: one task with its text, agencies, source, status and history."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tasks.forms import StatusForm
from tasks.models import Task
from tasks.views.shared import way_back


@require_safe
def task(request: HttpRequest, pk: int) -> HttpResponse:
    tasks = Task.objects.visible_to(request.user)
    found = get_object_or_404(tasks.for_rows(), pk=pk)
    today = timezone.localdate()
    neighbours = tasks.filter(plan=found.plan_id)
    context = {
        "nav": "ledger",
        "task": found,
        "reading": found.reading(today),
        "elapsed": elapsed(found, today),
        "form": StatusForm(initial=standing(found)),
        "events": found.events.for_feed(),
        "previous": neighbours.filter(number__lt=found.number).order_by("-number").first(),
        "next": neighbours.filter(number__gt=found.number).order_by("number").first(),
        "back": way_back(request, ""),
    }
    return render(request, "tasks/page.html", context)


def standing(task: Task) -> dict[str, object]:
    """What stands now, as the status form shows it; a reason is given anew with each change."""
    return {"status": task.status, "progress": task.progress, "version": task.version}


def elapsed(task: Task, today) -> int:
    """How much of the time to the deadline has passed, in per cent."""
    start = today.replace(year=task.plan.first_year, month=1, day=1)
    whole = (task.deadline - start).days
    return max(0, min(100, round((today - start).days * 100 / whole))) if whole > 0 else 100
