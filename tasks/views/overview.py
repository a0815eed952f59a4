"""总览: how one plan stands on one day. Every number leads to the ledger's list of exactly those tasks."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.models import User
from tasks.context import named_plan
from tasks.filters import DayForm
from tasks.memory import memory
from tasks.models import (
    Day,
    Event,
    EventKind,
    Light,
    Plan,
    ProgressReport,
    ReportingPeriod,
    ReportState,
    Status,
    Task,
)
from tasks.models.plan import chinese_number
from tasks.reporting import Outcome, PlanReports, missing, reports_of
from tasks.stats import Tally, lead_numbers, plan_numbers, quiet, warned
from tasks.supervising import SupervisionLinks
from tasks.templatetags.charts import Figure
from tasks.views.overview_charts import chapter_bars, heat, owed_by_leads, timeline
from tasks.views.overview_links import HeatBy, Links, status_figures

WARNINGS_SHOWN = 8
# Beside two cards there is room for more.
WARNINGS_BESIDE_WAITING = 16
# Where there are few warnings, tasks of which nobody has heard for long take their place.
QUIET_SHOWN = 6
EVENTS_SHOWN = 5
EVENTS_BELOW_WAITING = 4
WAITING_SHOWN = 5
LEADS_SHOWN = 12


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    if not request.user.sees_everything:
        return redirect("tasks:desk")
    plan = named_plan(request)
    if plan is None:
        return render(request, "overview/none.html", {"nav": "overview"})
    now = timezone.now()
    asked = DayForm(request.GET, today=timezone.localdate(now))
    day = asked.day
    asked_heat = request.GET.get("heat", "")
    links = Links(plan, day, HeatBy(asked_heat) if asked_heat in HeatBy.values else HeatBy.COUNT)
    today, user = timezone.localdate(now), request.user
    # All that the figures depend on: whose eyes, which plan, which day, and what today is.
    key = ("overview", user.role, user.agency_id, links, today)
    context = {
        "nav": "overview",
        "plan": plan,
        "day": day,
        "today": today,
        "moment": day.moment(now),
        "errors": asked.errors.get("as_of", ()),
        **memory(request).keep(key, lambda: _figures(user, links, today=today)),
    }
    return render(request, "overview/page.html", context)


def _figures(user: User, links: "Links", *, today: date) -> dict[str, Any]:
    plan, day = links.plan, links.day
    tasks = list(Task.objects.visible_to(user).as_of(day).filter(plan=plan).for_rows().order_by("number"))
    numbers = plan_numbers(tasks, today=day.on)
    leads = lead_numbers(tasks, today=day.on)
    warnings = warned(tasks, today=day.on)
    statuses = status_figures(numbers.tally, links)
    is_reported_on = any(task.plan.periods.all() for task in tasks[:1])
    reports = reports_of(plan, Task.objects.visible_to(user), day=day) if is_reported_on else None
    owed = owed_by_leads(reports, tasks) if reports and reports.opened else None
    if owed is None and links.heat == HeatBy.REPORTED:
        links = replace(links, heat=HeatBy.COUNT)  # it was chosen on the page of another plan
    waiting = _waiting(user, plan) if reports and not day.is_past else None
    shown = EVENTS_BELOW_WAITING if waiting else EVENTS_SHOWN
    # An import writes one event for the plan and one a task; the plan's says it all.
    events = Event.objects.filter(plan=plan, at__lt=day.ended_at).exclude(kind=EventKind.TASK_CREATED)
    return {
        "links": links,
        "timeline": timeline(plan, day, today=today, links=links),
        "total": links.figure(len(tasks)),
        "outline": _outline(tasks),
        "statuses": statuses,
        "statuses_now": {figure.kind: figure for figure in statuses},
        "lights": _lights(numbers.tally, links),
        "rate": numbers.tally.completion_rate,
        "changes": _changes(user, plan, day, numbers.tally),
        "reported": _reported(reports) if reports else None,
        "chapters": chapter_bars(numbers, links),
        "longest": max((row.tally.total for row in numbers.chapters), default=0),
        "warnings": warnings[: WARNINGS_BESIDE_WAITING if waiting else WARNINGS_SHOWN],
        # Only what waits today can be asked for.
        "owing": {one.task.pk for one in missing(reports)} if reports and not day.is_past else (),
        "warned": links.figure(len(warnings), light=[Light.RED, Light.YELLOW]),
        "quiet": quiet(tasks, today=day.on)[: max(QUIET_SHOWN - len(warnings), 0)],
        "green": links.figure(numbers.tally.lights[Light.GREEN], light=Light.GREEN.value, sort="updated"),
        "waiting": waiting,
        "leads": leads,
        "late_leads": sum(1 for lead in leads if lead.led.statuses[Status.DELAYED]),
        "heat": heat(leads, [row.chapter for row in numbers.chapters], links, owed),
        "leads_shown": LEADS_SHOWN,
        "events": list(events.for_feed().select_related("by__agency", "task")[:shown]),
    }


# --- what waits for the office ------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """Reports to be reviewed: how many, and those that have waited longest."""

    count: int
    href: str  # of exactly these
    reports: list[ProgressReport]


def _waiting(user: User, plan: Plan) -> Waiting:
    """2 queries."""
    found = ProgressReport.objects.visible_to(user).awaiting_review().filter(task__plan=plan)
    oldest = found.select_related("task", "agency", "period").order_by("submitted_at", "pk")
    query = urlencode({"plan": plan.pk, "state": ReportState.SUBMITTED.value})
    return Waiting(found.count(), f"{reverse('tasks:review')}?{query}", list(oldest[:WAITING_SHOWN]))


# --- the figures at the head -------------------------------------------------------------------------


@dataclass(frozen=True)
class Reported:
    """What has been handed in of what a period asks for; each figure leads to supervision's list of it."""

    period: ReportingPeriod
    is_open: bool
    days_left: int  # until it is due; negative once it was
    asked: Figure
    handed_in: Figure
    missing: Figure

    @property
    def days_late(self) -> int:
        return -self.days_left


def _reported(reports: PlanReports) -> Reported | None:
    """Of the period that supervision opens with, counted from the same rows."""
    period, day = reports.current, reports.day
    if period is None:
        return None
    numbers, links = reports.numbers(period=period), SupervisionLinks(reports.plan, day)

    def figure(outcome: Outcome) -> Figure:
        href = links.rows(outcome, period=period)
        return Figure(numbers.of_outcome(outcome), href, outcome.label, outcome.value)

    return Reported(
        period,
        is_open=period.is_open_on(day.on),
        days_left=(period.due_on - day.on).days,
        asked=figure(Outcome.ASKED),
        handed_in=figure(Outcome.HANDED_IN),
        missing=figure(Outcome.MISSING),
    )


@dataclass(frozen=True)
class Change:
    """How much a status has won or lost since the last quarter's end; the figure is how many it had then."""

    quarter: str
    by: int
    then: Figure

    @property
    def words(self) -> str:
        return "持平" if self.by == 0 else f"{'+' if self.by > 0 else '−'}{abs(self.by)}"


def _outline(tasks: Iterable[Task]) -> dict[str, int]:
    sections = {task.section for task in tasks}
    return {
        "chapters": len({section.chapter_id for section in sections}),
        "sections": sum(1 for section in sections if section.number),
    }


def _lights(tally: Tally, links: Links) -> dict[str, Figure]:
    return {
        light.value: links.figure(tally.lights[light], label=light.label, kind=light.value, light=light.value)
        for light in Light
    }


def _changes(user: User, plan: Plan, day: Day, tally: Tally) -> Mapping[str, Change]:
    """By status: the change since the last quarter's end, where the plan was under way then. 1 query."""
    ended = _quarter_end_before(day.on)
    if ended.year not in plan.years:
        return {}
    then = Day(ended, is_past=True)
    stood = Task.objects.visible_to(user).as_of(then).filter(plan=plan)
    statuses = Counter(stood.order_by().values_list("status_now", flat=True))
    if not statuses:
        return {}
    links = Links(plan, then)
    return {
        status.value: Change(
            quarter=f"{chinese_number(ended.month // 3)}季度末",
            by=tally.statuses[status] - statuses[status],
            then=links.figure(statuses[status], status=status.value),
        )
        for status in (Status.COMPLETED, Status.DELAYED)
    }


def _quarter_end_before(on: date) -> date:
    return date(on.year, (on.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1)
