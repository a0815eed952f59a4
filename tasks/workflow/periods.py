"""Reporting periods of a plan: the office says which there are, when they open and when they are due."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from agencies.models import User
from tasks import permissions
from tasks.models import Event, EventKind, PeriodKind, Plan, ReportingPeriod
from tasks.workflow.shared import Refused, allow, locked_plan


@dataclass(frozen=True)
class PeriodDates:
    """A period as the office wants it."""

    year: int
    kind: PeriodKind
    opens_on: date
    due_on: date


class PeriodsConflict(Exception):
    """Somebody else changed the plan's periods after the page that sent the edit was made."""

    def __init__(self, periods: Collection[ReportingPeriod]):
        super().__init__("；".join(f"{one} {one.opens_on} 至 {one.due_on}" for one in periods))
        self.periods = periods


@transaction.atomic
def set_periods(
    plan: Plan,
    wanted: Iterable[PeriodDates],
    *,
    by: User | None,
    seen: Collection[PeriodDates] | None = None,
    at: datetime | None = None,
) -> list[ReportingPeriod]:
    """Bring the plan's periods to these and no others: one event for each that is new, changed or dropped.

    Raises Refused where the days do not fit, and for dropping a period for which a report was begun;
    PeriodsConflict where `seen`, what the page showed, is not what stands. What stands already is left alone.
    Returns the periods in their order.
    """
    allow(permissions.can_supervise, by)
    plan = locked_plan(plan)
    at = at or timezone.now()
    wanted = {(dates.year, dates.kind): dates for dates in wanted}
    _check(plan, list(wanted.values()))
    present = {(period.year, period.kind): period for period in plan.periods.all()}
    if {*wanted.values()} == {dates_of(period) for period in present.values()}:
        return list(plan.periods.all())  # a double click
    if seen is not None and {*seen} != {dates_of(period) for period in present.values()}:
        raise PeriodsConflict(present.values())
    for key in present.keys() - wanted.keys():
        _drop(present[key], by=by, at=at)
    changed = [
        (present.get(key) or ReportingPeriod(plan=plan, year=dates.year, kind=dates.kind), dates)
        for key, dates in wanted.items()
        if key not in present or dates_of(present[key]) != dates
    ]
    _park([period for period, _ in changed if period.pk])
    for period, dates in changed:
        _set(period, dates, by=by, at=at)
    return list(ReportingPeriod.objects.filter(plan=plan))


def dates_of(period: ReportingPeriod) -> PeriodDates:
    return PeriodDates(period.year, PeriodKind(period.kind), period.opens_on, period.due_on)


def _check(plan: Plan, wanted: list[PeriodDates]) -> None:
    due_days = set()
    for dates in wanted:
        name = _name(plan, dates)
        if dates.year not in plan.years:
            raise Refused(f"{dates.year} 年不在计划的年度内")
        if dates.due_on < dates.opens_on:
            raise Refused(f"{name}的截止日期早于开始报送的日期，请核对")
        if dates.due_on in due_days:
            raise Refused(f"{name}与另一报送期同日截止（{dates.due_on}），请错开")
        due_days.add(dates.due_on)


def _name(plan: Plan, dates: PeriodDates) -> str:
    label = PeriodKind(dates.kind).label
    return label if len(plan.years) == 1 else f"{dates.year}年{label}"


def _park(periods: list[ReportingPeriod]) -> None:
    """Move the due days out of one another's way: a day once a plan is checked row by row."""
    for number, period in enumerate(periods):
        ReportingPeriod.objects.filter(pk=period.pk).update(due_on=date(9000 + number, 1, 1))


def _set(period: ReportingPeriod, dates: PeriodDates, *, by: User | None, at: datetime) -> None:
    before = {"opens_on": str(period.opens_on), "due_on": str(period.due_on)} if period.pk else {}
    period.opens_on, period.due_on = dates.opens_on, dates.due_on
    period.name = _name(period.plan, dates)
    period.save()
    after = {"period": period.name, "opens_on": str(period.opens_on), "due_on": str(period.due_on)}
    Event.record(period.plan, EventKind.PERIOD_SET, by=by, at=at, before=before, after=after)


def _drop(period: ReportingPeriod, *, by: User | None, at: datetime) -> None:
    if period.reports.exists() or period.reminders.exists():
        raise Refused(f"{period}已有报送或催办记录，不能取消，可以修改日期")
    Event.record(period.plan, EventKind.PERIOD_DROPPED, by=by, at=at, before={"period": period.name})
    period.delete()
