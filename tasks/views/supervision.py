"""督办: who owes what. The matrix of a plan, the lists behind its numbers, and the bulletin (通报).

For all who see everything. An agency's people are led to their desk, as from the overview: the page exists,
it is linked in letters and notices, and what it has to say to them stands there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.models import Agency
from tasks import permissions
from tasks.context import named_plan
from tasks.models import AssignmentRole, Day, Plan, ReportingPeriod
from tasks.reporting import BULLETIN_NOTES, AgencyOwed, Outcome, Owed, OwedNumbers, PlanReports, Standing
from tasks.supervising import OwedFilter, Reminded, SupervisionLinks, last_reminders
from tasks.templatetags.charts import Figure

ROWS_SHOWN = 200

View = Callable[[HttpRequest, Plan], HttpResponse]


def _of_a_plan(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """The page of the plan that is named, for who sees everything; an honest empty one without plans."""

    @require_safe
    @wraps(view)
    def page(request: HttpRequest) -> HttpResponse:
        if not request.user.sees_everything:
            return redirect("tasks:desk")
        plan = named_plan(request)
        if plan is None:
            return render(request, "supervision/none.html", {"nav": "supervision"})
        return view(request, plan)

    return page


def _asked(request: HttpRequest, plan: Plan, *, outcome: Outcome | None = None) -> OwedFilter:
    return OwedFilter(request.GET, plan=plan, user=request.user, today=timezone.localdate(), outcome=outcome)


def _frame(request: HttpRequest, asked: OwedFilter, name: str, **conditions: Any) -> dict[str, Any]:
    """What all pages show: the plan, the day and how to choose another, what was not understood."""
    links = SupervisionLinks(asked.plan, asked.day)
    return {
        "nav": "supervision",
        "plan": asked.plan,
        "day": asked.day,
        "today": asked.today,
        "moment": asked.day.moment(timezone.now()),
        "errors": asked.errors,
        "links": links,
        "may_act": permissions.can_supervise(request.user),
        "kept": {key: getattr(value, "pk", value) for key, value in conditions.items() if value},
        "back_to_today": links.to(name, day=Day(asked.today), **conditions),
    }


# --- the matrix ---------------------------------------------------------------------------------------


@_of_a_plan
def supervision(request: HttpRequest, plan: Plan) -> HttpResponse:
    """8 queries: the session, the person, the plans, and 5 for who owes what; on a past day 1 more."""
    asked = _asked(request, plan)
    reports, period = asked.reports, asked.period or asked.reports.current
    frame = _frame(request, asked, "tasks:supervision", period=period)
    links: SupervisionLinks = frame["links"]
    numbers = reports.numbers(period=period)
    context = frame | {
        "period": period,
        "periods": _tabs(asked, links, "tasks:supervision", period),
        "numbers": numbers,
        "figures": _figures(numbers, links, period=period),
        "waiting": len({one.agency.pk for one in reports.of(period=period) if one.is_missing}),
        "share_handed_in": numbers.share_handed_in,
        "lines": [_line(agency, reports, links) for agency in reports.agencies],
        "sums": _line(None, reports, links),
        "bulletin": links.to("tasks:bulletin", period=period),
    }
    return render(request, "supervision/page.html", context)


@dataclass(frozen=True)
class PeriodTab:
    """A period to choose, and in words where it stands on the day."""

    period: ReportingPeriod
    words: str
    href: str
    is_chosen: bool
    is_open: bool


def _tabs(
    asked: OwedFilter, links: SupervisionLinks, name: str, chosen: ReportingPeriod | None
) -> list[PeriodTab]:
    return [
        PeriodTab(
            period,
            _told(period, asked.day),
            links.to(name, period=period),
            is_chosen=period == chosen,
            is_open=period.is_open_on(asked.day.on),
        )
        for period in asked.reports.periods
    ]


def _told(period: ReportingPeriod, day: Day) -> str:
    if not period.is_open_on(day.on):
        return f"{_short(period.opens_on, period)} 开始"
    days = (period.due_on - day.on).days
    left = f"，还有 {days} 天" if days > 0 else "，今天" if days == 0 else ""
    return f"{_short(period.due_on, period)} 截止{left}"


def _short(on: date, period: ReportingPeriod) -> str:
    """Without the year where it is the one that the period tells of."""
    return f"{on:%m-%d}" if on.year == period.year else f"{on:%Y-%m-%d}"


def _figures(numbers: OwedNumbers, links: SupervisionLinks, **conditions: Any) -> dict[str, Figure]:
    """Every number with the list behind it, by its outcome."""
    return {
        outcome.value: Figure(
            numbers.of_outcome(outcome), links.rows(outcome, **conditions), outcome.label, outcome.value
        )
        for outcome in Outcome
    }


@dataclass(frozen=True)
class Cell:
    """What an agency owes in one period: handed in of asked for, and what stands out."""

    period: ReportingPeriod | None
    is_open: bool
    asked: Figure | None  # None where nothing is
    handed_in: int
    standing: Standing  # the badge's colour
    words: str
    outstanding: Figure | None  # what the badge counts


@dataclass(frozen=True)
class Line:
    agency: Agency | None
    cells: list[Cell]
    whole: Cell


def _line(agency: Agency | None, reports: PlanReports, links: SupervisionLinks) -> Line:
    """One agency's row, or the row of sums."""
    return Line(
        agency,
        [_cell(agency, period, reports, links) for period in reports.periods],
        _cell(agency, None, reports, links),
    )


# What a cell's badge speaks of, the first that there is one of. Of all periods together some are overdue and
# some are not: there it is what is missing.
_STANDS_OUT = (
    (Outcome.OVERDUE, Standing.RETURNED),
    (Outcome.MISSING, Standing.MISSING),
    (Outcome.AWAITING, Standing.SUBMITTED),
)


def _cell(
    agency: Agency | None, period: ReportingPeriod | None, reports: PlanReports, links: SupervisionLinks
) -> Cell:
    numbers = reports.numbers(agency=agency, period=period)

    def figure(outcome: Outcome) -> Figure:
        href = links.rows(outcome, agency=agency, period=period)
        return Figure(numbers.of_outcome(outcome), href, outcome.label, outcome.value)

    is_open = period is None or period.is_open_on(reports.day.on)
    if not numbers.asked:
        standing = Standing.EXEMPT if is_open else Standing.NOT_YET
        return Cell(period, is_open, None, 0, standing, standing.label, None)
    asked, handed_in = figure(Outcome.ASKED), numbers.handed_in
    for outcome, standing in _STANDS_OUT:
        if (count := numbers.of_outcome(outcome)) and (period or outcome != Outcome.OVERDUE):
            words = f"{outcome.label} {count}"
            return Cell(period, is_open, asked, handed_in, standing, words, figure(outcome))
    return Cell(period, is_open, asked, handed_in, Standing.ACCEPTED, "全部通过", None)


# --- the lists behind the numbers ---------------------------------------------------------------------


@_of_a_plan
def owed_reports(request: HttpRequest, plan: Plan) -> HttpResponse:
    """报送清单: the reports that are counted as `outcome`, as many queries as the matrix."""
    return _listing(request, _asked(request, plan), "tasks:owed_reports")


@_of_a_plan
def missing_reports(request: HttpRequest, plan: Plan) -> HttpResponse:
    """催办清单: what is asked for and not handed in, with when it was last asked for. 1 query more."""
    return _listing(request, _asked(request, plan, outcome=Outcome.MISSING), "tasks:missing_reports")


@dataclass(frozen=True)
class OwedRow:
    owed: Owed
    reminded: Reminded | None

    @property
    def value(self) -> str:
        """How the form of reminders names it."""
        return ":".join(map(str, self.owed.key))

    @property
    def when(self) -> str:
        """How the due day lies to the day of the page: a fact, no judgement."""
        days = self.owed.days_left
        if days < 0:
            return f"已过截止日期 {-days} 天"
        return f"还有 {days} 天截止" if days else "今天截止"


def _listing(request: HttpRequest, asked: OwedFilter, name: str) -> HttpResponse:
    is_missing = name == "tasks:missing_reports"
    conditions = {
        "period": asked.period,
        "agency": asked.agency,
        "role": asked.role,
        "outcome": "" if asked.outcome in (Outcome.MISSING, Outcome.ASKED) else asked.outcome.value,
    }
    frame = _frame(request, asked, name, **conditions)
    reminded = last_reminders(asked.plan, day=asked.day) if is_missing else {}
    paginator = Paginator(asked.rows, ROWS_SHOWN)
    page = paginator.get_page(request.GET.get("page"))
    rows = [OwedRow(one, reminded.get(one.key)) for one in page.object_list]
    context = frame | {
        "name": "催办清单" if is_missing else "报送清单",
        "is_missing": is_missing,
        "matrix": frame["links"].to("tasks:supervision", period=asked.period),
        "workbook": frame["links"].to("exporters:supervision", **conditions),
        "reminders": reverse("tasks:new_reminder"),
        "asked": asked,
        "outcomes": Outcome,
        "roles": AssignmentRole,
        "agencies": asked.reports.agencies,
        "periods": asked.reports.periods,
        "opened": asked.reports.opened,
        "total": len(asked.rows),
        "overdue": sum(one.is_overdue for one in asked.rows),
        "page": page,
        "pages": paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        "groups": [(agency, list(members)) for agency, members in groupby(rows, lambda row: row.owed.agency)],
        "may_remind": is_missing and frame["may_act"] and not asked.day.is_past and bool(rows),
        "everything": [OwedRow(one, None).value for one in asked.rows] if paginator.num_pages > 1 else [],
        "narrowed": bool(asked.describe()),
        "all": frame["links"].to(name),
    }
    return render(request, "supervision/list.html", context)


# --- the bulletin -------------------------------------------------------------------------------------


@_of_a_plan
def bulletin(request: HttpRequest, plan: Plan) -> HttpResponse:
    """通报: how each agency reported in a period, in the register's order; as many queries as the matrix."""
    asked = _asked(request, plan)
    period = asked.period or asked.reports.current
    frame = _frame(request, asked, "tasks:bulletin", period=period)
    links: SupervisionLinks = frame["links"]
    context = frame | {
        "period": period,
        "periods": _tabs(asked, links, "tasks:bulletin", period),
        "lines": [BulletinLine.of(line, links, period) for line in asked.reports.bulletin(period)]
        if period
        else [],
        "sums": BulletinLine.of(asked.reports.bulletin_sum(period), links, period) if period else None,
        "matrix": links.to("tasks:supervision", period=period),
        "workbook": links.to("exporters:bulletin", period=period),
        "notes": BULLETIN_NOTES,
    }
    return render(request, "supervision/bulletin.html", context)


@dataclass(frozen=True)
class BulletinLine:
    """A line of the bulletin, each number with the list behind it, in the order of its columns."""

    agency: Agency | None
    figures: list[Figure]
    share_on_time: float | None

    @classmethod
    def of(cls, line: AgencyOwed, links: SupervisionLinks, period: ReportingPeriod) -> "BulletinLine":
        lead, participant = AssignmentRole.LEAD.value, AssignmentRole.PARTICIPANT.value
        columns = [
            (line.led, Outcome.ASKED, lead),
            (line.led, Outcome.HANDED_IN, lead),
            (line.joined, Outcome.ASKED, participant),
            (line.joined, Outcome.HANDED_IN, participant),
            (line.whole, Outcome.ON_TIME, ""),
            (line.whole, Outcome.MISSING, ""),
            (line.whole, Outcome.ACCEPTED_AT_FIRST, ""),
        ]
        figures = [
            Figure(
                numbers.of_outcome(outcome),
                links.rows(outcome, agency=line.agency, period=period, role=role),
                AssignmentRole(role).label + outcome.label if role else outcome.label,
                outcome.value,
            )
            for numbers, outcome, role in columns
        ]
        return cls(line.agency, figures, line.whole.share_on_time)
