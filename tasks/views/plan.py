"""计划原文: the plan as a document, each task with its light and status beside it."""

from collections.abc import Callable
from itertools import groupby
from operator import attrgetter

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tasks.context import choose
from tasks.filters import DayForm
from tasks.models import Chapter, Plan, Section, Status, Task

_ORDER = ("section__chapter__number", F("section__number").asc(nulls_first=True), "number")


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """The newest plan in which the person may see a task; an honest empty page where there is none."""
    newest = Plan.objects.visible_to(request.user).first()
    return redirect(newest) if newest else render(request, "plans/none.html", {"nav": "plan"})


@require_safe
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """All visible tasks under their headings; who sees none of them sees no plan either.

    7 queries for the office, one more for an agency.
    """
    found = get_object_or_404(Plan, pk=pk)
    asked = DayForm(request.GET, today=timezone.localdate())
    visible = Task.objects.visible_to(request.user).filter(plan=found)
    tasks = list(visible.as_of(asked.day).for_rows().order_by(*_ORDER))
    if not request.user.sees_everything and not tasks and not visible.exists():
        raise Http404
    choose(request, found)
    for task in tasks:
        task.seen = task.reading(asked.day.on)
    context = {
        "nav": "plan",
        "plan": found,
        "day": asked.day,
        "errors": asked.errors.get("as_of", ()),
        "chapters": _parts(tasks, attrgetter("section.chapter")),
        "total": len(tasks),
        "completed": sum(task.status == Status.COMPLETED for task in tasks),
    }
    return render(request, "plans/page.html", context)


class _Part:
    """A chapter or section of the document with its tasks, and how many of them are completed."""

    def __init__(self, heading: Chapter | Section, tasks: list[Task]):
        self.heading = heading
        self.tasks = tasks
        self.completed = sum(task.status == Status.COMPLETED for task in tasks)

    @property
    def sections(self) -> list["_Part"]:
        return _parts(self.tasks, attrgetter("section"))


def _parts(tasks: list[Task], of: Callable[[Task], Chapter | Section]) -> list[_Part]:
    return [_Part(heading, list(members)) for heading, members in groupby(tasks, of)]
