"""What the overview draws: the months of the plan's years, bars of chapters, agencies × chapters."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils import timezone

from tasks.models import (
    AssignmentRole,
    Chapter,
    Day,
    Event,
    EventKind,
    Light,
    Plan,
    Status,
    Task,
)
from tasks.models.plan import chinese_number
from tasks.reporting import Owed, OwedNumbers, PlanReports
from tasks.stats import LeadNumbers, PlanNumbers, Tally
from tasks.templatetags.charts import Figure, rate
from tasks.views.overview_links import STATUS_ORDER, HeatBy, Links, status_figures

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


def timeline(plan: Plan, day: Day, *, today: date, links: Links) -> Timeline:
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


# --- charts ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BarRow:
    label: str
    figures: list[Figure]
    total: Figure
    completed: Figure
    rate: float | None


def chapter_bars(numbers: PlanNumbers, links: Links) -> list[BarRow]:
    rows = []
    for row in numbers.chapters:
        figures = status_figures(row.tally, links, chapter=row.chapter.pk)
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
    by: HeatBy
    choices: list[tuple[str, str, bool]]


# By the keys of lead agency and chapter, None for all chapters; only where something was asked.
OwedByLeads = Mapping[tuple[int, int | None], OwedNumbers]


def heat(
    leads: Iterable[LeadNumbers], chapters: list[Chapter], links: Links, owed: OwedByLeads | None
) -> Heat:
    """`owed` is None where the plan is not reported on: then 报送率 is not offered either."""
    leads = list(leads)
    # Not less than the levels: one task must not glow where nobody leads more than two.
    most = max((tally.total for lead in leads for tally in lead.chapters.values()), default=0)

    def cell(lead: LeadNumbers, tally: Tally, words: str, **conditions: Any) -> HeatCell:
        figure = links.figure(
            tally.total, agency=lead.agency.pk, role=AssignmentRole.LEAD.value, **conditions
        )
        red, share = tally.lights[Light.RED], tally.completion_rate
        title = f"{lead.agency}{words}：牵头 {tally.total} 项，已完成 {tally.completed} 项"
        if links.heat == HeatBy.REPORTED:
            asked = (owed or {}).get((lead.agency.pk, conditions.get("chapter")))
            share = asked and asked.share_handed_in
            title += f"，应报 {asked.asked} 份，已报 {asked.handed_in} 份" if asked else "，不需报送"
        return HeatCell(
            figure,
            words=str(tally.total) if links.heat == HeatBy.COUNT else rate(share),
            share=tally.total / max(most, 5) if links.heat == HeatBy.COUNT else share,
            red=red,
            title=title + (f"，红灯 {red} 项" if red else ""),
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
        links.heat,
        links.heat_pages(by for by in HeatBy if by != HeatBy.REPORTED or owed is not None),
    )


def owed_by_leads(reports: PlanReports, tasks: Iterable[Task]) -> OwedByLeads:
    """What leads were asked for in the period that supervision opens with. No query.

    `tasks` are those that the page counts: not those that were added after its day, or while it was read.
    """
    chapters = {task.pk: task.chapter.pk for task in tasks}
    found: defaultdict[tuple[int, int | None], list[Owed]] = defaultdict(list)
    if reports.current:
        for one in reports.of(period=reports.current, role=AssignmentRole.LEAD):
            if one.is_asked and one.task.pk in chapters:
                for chapter in (chapters[one.task.pk], None):
                    found[one.agency.pk, chapter].append(one)
    return {key: OwedNumbers.of(owed) for key, owed in found.items()}
