"""总览: how one plan stands on one day. Every number leads to the ledger's list of exactly those tasks."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.models import User
from tasks.context import named_plan
from tasks.filters import DayForm
from tasks.models import (
    AssignmentRole,
    Chapter,
    Day,
    Event,
    EventKind,
    Light,
    Plan,
    ProgressReport,
    ReportState,
    Status,
    Task,
)
from tasks.models.plan import chinese_number
from tasks.stats import LeadNumbers, PlanNumbers, Tally, lead_numbers, plan_numbers, quiet, warned
from tasks.templatetags.charts import Figure, rate
from tasks.views.shared import ledger_address

WARNINGS_SHOWN = 8
# Beside two cards there is room for more.
WARNINGS_BESIDE_WAITING = 16
# Where there are few warnings, tasks of which nobody has heard for long take their place.
QUIET_SHOWN = 6
EVENTS_SHOWN = 5
EVENTS_BELOW_WAITING = 4
WAITING_SHOWN = 5
LEADS_SHOWN = 12
# From what is settled to what is not, as the bars are read.
STATUS_ORDER = (
    Status.COMPLETED,
    Status.CONTINUING,
    Status.IN_PROGRESS,
    Status.NOT_STARTED,
    Status.DELAYED,
    Status.ADJUSTED,
)


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
    links = Links(plan, day, by_rate=request.GET.get("heat") == "rate")
    tasks = list(
        Task.objects.visible_to(request.user).as_of(day).filter(plan=plan).for_rows().order_by("number")
    )
    numbers = plan_numbers(tasks, today=day.on)
    leads = lead_numbers(tasks, today=day.on)
    warnings = warned(tasks, today=day.on)
    statuses = _statuses(numbers.tally, links)
    waiting = None if day.is_past else _waiting(request.user, plan, tasks)
    context = {
        "nav": "overview",
        "plan": plan,
        "day": day,
        "today": timezone.localdate(now),
        "moment": day.moment(now),
        "errors": asked.errors.get("as_of", ()),
        "links": links,
        "timeline": _timeline(plan, day, today=timezone.localdate(now), links=links),
        "total": links.figure(len(tasks)),
        "outline": _outline(tasks),
        "statuses": statuses,
        "statuses_now": {figure.kind: figure for figure in statuses},
        "lights": _lights(numbers.tally, links),
        "rate": numbers.tally.completion_rate,
        "changes": _changes(request.user, plan, day, numbers.tally),
        "chapters": _chapter_bars(numbers, links),
        "longest": max((row.tally.total for row in numbers.chapters), default=0),
        "warnings": warnings[: WARNINGS_BESIDE_WAITING if waiting else WARNINGS_SHOWN],
        "warned": links.figure(len(warnings), light=[Light.RED, Light.YELLOW]),
        "quiet": quiet(tasks, today=day.on)[: max(QUIET_SHOWN - len(warnings), 0)],
        "green": links.figure(numbers.tally.lights[Light.GREEN], light=Light.GREEN.value, sort="updated"),
        "waiting": waiting,
        "leads": leads,
        "late_leads": sum(1 for lead in leads if lead.led.statuses[Status.DELAYED]),
        "heat": _heat(leads, [row.chapter for row in numbers.chapters], links),
        "leads_shown": LEADS_SHOWN,
        # An import writes one event for the plan and one a task; the plan's says it all.
        "events": Event.objects.filter(plan=plan, at__lt=day.ended_at)
        .exclude(kind=EventKind.TASK_CREATED)
        .for_feed()
        .select_related("by__agency", "task")[: EVENTS_BELOW_WAITING if waiting else EVENTS_SHOWN],
    }
    return render(request, "overview/page.html", context)


@dataclass(frozen=True)
class Links:
    """The addresses this page leads to; each keeps the plan and the day."""

    plan: Plan
    day: Day
    by_rate: bool = False

    def figure(self, count: int, *, label: str = "", kind: str = "", **conditions: Any) -> Figure:
        """A number of tasks with the address of the ledger that lists them."""
        return Figure(count, self.ledger(**conditions), label, kind)

    def ledger(self, **conditions: Any) -> str:
        return f"{self._whole}&{urlencode(conditions, doseq=True)}" if conditions else self._whole

    def page(self, on: date | None, *, by_rate: bool | None = None) -> str:
        """This page as of `on`, None for today."""
        heat = {"heat": "rate"} if (self.by_rate if by_rate is None else by_rate) else {}
        day = {"as_of": on} if on else {}
        return f"{reverse('tasks:home')}?{urlencode({'plan': self.plan.pk} | day | heat)}"

    @property
    def here(self) -> str:
        return self.page(self.day.on if self.day.is_past else None)

    @property
    def today(self) -> str:
        return self.page(None)

    @property
    def by_count_page(self) -> str:
        return self.page(self.day.on if self.day.is_past else None, by_rate=False)

    @property
    def by_rate_page(self) -> str:
        return self.page(self.day.on if self.day.is_past else None, by_rate=True)

    @property
    def report(self) -> str:
        query = urlencode({"plan": self.plan.pk} | self._day)
        return f"{reverse('exporters:annual_report')}?{query}"

    @cached_property
    def _whole(self) -> str:
        # Once a page: there are some hundred addresses, and all begin alike.
        return ledger_address(plan=self.plan.pk, **self._day)

    @property
    def _day(self) -> dict[str, date]:
        return {"as_of": self.day.on} if self.day.is_past else {}


# --- what waits for the office ------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """Reports to be reviewed: how many, and those that have waited longest."""

    count: int
    href: str  # of exactly these
    reports: list[ProgressReport]


def _waiting(user: User, plan: Plan, tasks: list[Task]) -> Waiting | None:
    """None where the plan is not reported on. 2 queries."""
    if not any(task.plan.periods.all() for task in tasks[:1]):
        return None
    found = ProgressReport.objects.visible_to(user).awaiting_review().filter(task__plan=plan)
    oldest = found.select_related("task", "agency", "period").order_by("submitted_at", "pk")
    query = urlencode({"plan": plan.pk, "state": ReportState.SUBMITTED.value})
    return Waiting(found.count(), f"{reverse('tasks:review')}?{query}", list(oldest[:WAITING_SHOWN]))


# --- the year ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    on: date  # its first day
    changes: int
    href: str  # "" for a month that is to come, or before the first task was there
    is_chosen: bool
    is_later: bool  # than the chosen day


@dataclass(frozen=True)
class Quarter:
    label: str
    year: int
    months: list[Month]


@dataclass(frozen=True)
class Timeline:
    quarters: list[Quarter]
    most: int  # changes in one month
    since: int  # changes after the plan's years
    is_over: bool  # the plan's years are


def _timeline(plan: Plan, day: Day, *, today: date, links: Links) -> Timeline:
    """The months of the plan's years with how often a status was changed in each. 1 query."""
    changes: dict[date, int] = {
        timezone.localtime(month).date(): count
        for month, count in Event.objects.filter(plan=plan, task__isnull=False)
        .order_by()
        .values(month=TruncMonth("at"))
        .annotate(changes=Count("pk", filter=Q(kind=EventKind.TASK_STATUS)))
        .values_list("month", "changes")
    }
    first = min(changes, default=date.max)

    def month(on: date) -> Month:
        last = _last_of_month(on)
        reachable = first <= on <= today
        return Month(
            on,
            changes.get(on, 0),
            href=links.page(last if last < today else None) if reachable else "",
            is_chosen=on <= day.on <= last,
            is_later=on > day.on,
        )

    quarters = [
        Quarter(
            f"{chinese_number(quarter)}季度",
            year,
            [month(date(year, 3 * quarter - 2 + i, 1)) for i in range(3)],
        )
        for year in plan.years
        for quarter in range(1, 5)
    ]
    return Timeline(
        quarters,
        most=max((month.changes for quarter in quarters for month in quarter.months), default=0),
        since=sum(count for on, count in changes.items() if on.year > plan.last_year),
        is_over=today.year > plan.last_year,
    )


def _last_of_month(on: date) -> date:
    return (on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


# --- the figures at the head -------------------------------------------------------------------------


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


def _statuses(tally: Tally, links: Links, **conditions: Any) -> list[Figure]:
    return [
        links.figure(
            tally.statuses[status], label=status.label, kind=status.value, **conditions, status=status.value
        )
        for status in STATUS_ORDER
    ]


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


# --- charts ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BarRow:
    label: str
    figures: list[Figure]
    total: Figure
    completed: Figure
    rate: float | None


def _chapter_bars(numbers: PlanNumbers, links: Links) -> list[BarRow]:
    rows = []
    for row in numbers.chapters:
        figures = _statuses(row.tally, links, chapter=row.chapter.pk)
        rows.append(
            BarRow(
                row.chapter.heading,
                figures,
                total=links.figure(row.tally.total, chapter=row.chapter.pk),
                completed=figures[STATUS_ORDER.index(Status.COMPLETED)],
                rate=row.tally.completion_rate,
            )
        )
    return rows


@dataclass(frozen=True)
class HeatCell:
    """What an agency leads in one chapter: `words` is the number or the rate, `share` how hot it is."""

    figure: Figure
    words: str
    share: float | None
    red: int
    title: str


@dataclass(frozen=True)
class HeatRow:
    label: str
    href: str
    cells: list[HeatCell | None]
    whole: HeatCell
    progress: int


@dataclass(frozen=True)
class Heat:
    chapters: list[Chapter]
    rows: list[HeatRow]
    by_rate: bool


def _heat(leads: Iterable[LeadNumbers], chapters: list[Chapter], links: Links) -> Heat:
    leads = list(leads)
    # Not less than the levels: one task must not glow where nobody leads more than two.
    most = max((tally.total for lead in leads for tally in lead.chapters.values()), default=0)

    def cell(lead: LeadNumbers, tally: Tally, words: str, **conditions: Any) -> HeatCell:
        share = tally.completion_rate
        figure = links.figure(
            tally.total, agency=lead.agency.pk, role=AssignmentRole.LEAD.value, **conditions
        )
        red = tally.lights[Light.RED]
        return HeatCell(
            figure,
            words=rate(share) if links.by_rate else str(tally.total),
            share=share if links.by_rate else tally.total / max(most, 5),
            red=red,
            title=f"{lead.agency}{words}：牵头 {tally.total} 项，已完成 {tally.completed} 项"
            + (f"，红灯 {red} 项" if red else ""),
        )

    return Heat(
        chapters,
        [
            HeatRow(
                lead.agency.name,
                reverse("tasks:agency", args=[lead.agency.pk]),
                [
                    cell(lead, lead.chapters[chapter], f" · {chapter.heading}", chapter=chapter.pk)
                    if chapter in lead.chapters
                    else None
                    for chapter in chapters
                ],
                whole=cell(lead, lead.led, ""),
                progress=round(lead.progress),
            )
            for lead in leads
        ],
        links.by_rate,
    )
