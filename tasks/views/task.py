"""第 N 项: one task with its text, agencies, source, status and history, and its neighbours in the list."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.models import User
from tasks import permissions, workflow
from tasks.context import choose
from tasks.filters import DayForm, LedgerFilter
from tasks.forms.status import StatusForm
from tasks.instruments import instruments_in
from tasks.models import Day, Extension, ExtensionState, Status, Task
from tasks.models.search import fold
from tasks.models.task import TaskQuerySet
from tasks.search.finding import Word, meaning, narrow
from tasks.views.shared import way_back
from tasks.views.task_reports import moved_days, signings, task_reports

OTHERS_SHOWN = 6


@require_safe
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """12 queries for the office, one fewer where the text names no instrument, one more for an agency.

    Where the plan is reported on, 5 more and 1 for each period; for those who see everything 1 more for what
    was urged, for the office 2 more for whether the task may be completed. Opened from the ledger it reads
    the list's keys as well, and its neighbours in one query instead of two.
    """
    visible = Task.objects.visible_to(request.user)
    today = timezone.localdate()
    found = get_object_or_404(visible.as_of(Day(today)).for_rows(), pk=pk)
    choose(request, found.plan)
    back = way_back(request, "")
    instruments = _instruments(found, visible)
    reports = task_reports(
        found, visible, request.user, day=Day(today), leads_only=request.GET.get("reports") == "lead"
    )
    extensions = moved_days(found, request.user)
    context = {
        "nav": "ledger",
        "task": found,
        "reading": found.reading(today),
        "elapsed": elapsed(found, today),
        "form": StatusForm(initial=standing(found)),
        "instruments": instruments,
        "mentions": {instrument.name: instrument.count for instrument in instruments},
        "reports": reports,
        "can_review": permissions.can_review(request.user),
        "can_supervise": permissions.can_supervise(request.user),
        "completion": _completion(found, request.user),
        "signings": signings(found, request.user),
        "extensions": extensions,
        "extending": _extending(found, request.user, extensions, today=today),
        "events": found.events.visible_to(request.user).for_feed(),
        "place": _place(request, found, back, today=today),
        "back": back,
        "came_from": _name_of(back),
        "past_day": _past_day_of(back, today=today),
        "address": request.build_absolute_uri(found.get_absolute_url()),
    }
    return render(request, "tasks/page.html", context)


@dataclass(frozen=True)
class Completion:
    """What the office may confirm: that the task is done, or what that still lacks."""

    lacks: workflow.WithoutFinalReport | None


def _completion(task: Task, user: User) -> Completion | None:
    """None where nothing is to be confirmed."""
    if not permissions.can_set_status(user) or task.status == Status.COMPLETED:
        return None
    lacking = workflow.without_final_report([task]) if task.plan.periods.all() else []
    return Completion(lacking[0] if lacking else None)


def _extending(task: Task, user: User, extensions: list[Extension], *, today: date) -> str:
    """What the lead finds beside the day on which the task is due: its request, or the way to one."""
    if task.lead is None or not permissions.can_report(user, task.lead.pk):
        return ""
    if any(one.state == ExtensionState.ASKED for one in extensions):
        return "延期待批"
    return "申请延期" if task.is_open and today <= task.deadline else ""


def standing(task: Task) -> dict[str, object]:
    """What stands now, as the status form shows it; a reason is given anew with each change."""
    return {"status": task.status, "progress": task.progress, "version": task.version}


def elapsed(task: Task, today) -> int:
    """How much of the time to the deadline has passed, in per cent."""
    start = today.replace(year=task.plan.first_year, month=1, day=1)
    whole = (task.deadline - start).days
    return max(0, min(100, round((today - start).days * 100 / whole))) if whole > 0 else 100


# --- what it names ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Instrument:
    """A document that the text names, and the tasks before the reader that name it too."""

    name: str
    others: list[Task]

    @property
    def count(self) -> int:
        return len(self.others) + 1

    @property
    def shown(self) -> list[Task]:
        return self.others[:OTHERS_SHOWN]


def _instruments(task: Task, visible: TaskQuerySet) -> list[Instrument]:
    """By the search's own reading of 《…》: the ledger's list behind each is as long. At most 1 query."""
    texts = {name: meaning(name).texts for name in instruments_in(task.text)}
    if not texts:
        return []
    any_of_them = Word("", tuple(dict.fromkeys(text for each in texts.values() for text in each)))
    found = narrow(visible, (any_of_them,)).exclude(pk=task.pk).select_related("plan")
    others = [
        (fold(other.text), other)
        for other in found.order_by("-plan__first_year", "-plan__last_year", "-plan_id", "number")
    ]
    return [
        Instrument(name, [other for folded, other in others if any(text in folded for text in wanted)])
        for name, wanted in texts.items()
    ]


# --- where it stands ----------------------------------------------------------------------------------

_NAMES = {
    "tasks:home": "总览",
    "tasks:desk": "工作台",
    "tasks:plan": "计划原文",
    "tasks:agencies": "成员单位",
    "tasks:agency": "单位",
}


def _name_of(address: str) -> str:
    """What the page is called to which the way back leads."""
    try:
        return _NAMES.get(resolve(urlsplit(address).path).view_name, "任务台账")
    except Resolver404:
        return "任务台账"


def _past_day_of(address: str, *, today: date) -> date | None:
    """The day that the page shows to which the way back leads; None where that is today."""
    day = DayForm(QueryDict(urlsplit(address).query), today=today).day
    return day.on if day.is_past else None


@dataclass(frozen=True)
class Place:
    """The neighbours of a task, in the ledger's list that it was opened from or else in its plan."""

    previous: Task | None
    following: Task | None
    words: str = ""


def _place(request: HttpRequest, task: Task, back: str, *, today: date) -> Place:
    visible = Task.objects.visible_to(request.user).select_related("plan")
    if listed := _list_at(back, request, today=today):
        # The keys alone, in one query: whatever the order, the neighbours are next to it.
        keys = list(listed.qs.values_list("pk", flat=True))
        if task.pk in keys:
            at = keys.index(task.pk)
            near = visible.in_bulk([*keys[max(at - 1, 0) : at], *keys[at + 1 : at + 2]])
            name = "筛选结果" if listed.conditions() else "台账"
            return Place(
                near.get(keys[at - 1]) if at else None,
                near.get(keys[at + 1]) if at + 1 < len(keys) else None,
                f"{name}中第 {at + 1} / {len(keys)} 项",
            )
    of_plan = visible.filter(plan=task.plan_id)
    return Place(
        of_plan.filter(number__lt=task.number).order_by("-number").first(),
        of_plan.filter(number__gt=task.number).order_by("number").first(),
    )


def _list_at(address: str, request: HttpRequest, *, today: date) -> LedgerFilter | None:
    """The ledger's list at this address as it is today; None for other pages and for what it refuses."""
    parts = urlsplit(address)
    if parts.path != reverse("tasks:ledger"):
        return None
    query = QueryDict(parts.query, mutable=True)
    query.pop("as_of", None)  # the task's page tells of today
    found = LedgerFilter(query, user=request.user, today=today)
    return found if found.is_valid() else None
