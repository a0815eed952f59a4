"""报送期: which periods a plan has, when they open and are due."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from tasks import workflow
from tasks.models import Event, PeriodKind, ReportingPeriod
from tasks.workflow import PeriodDates
from tests.database import database, refused_and_unchanged
from tests.factories import LONG_AGO, WRITTEN, make_periods, make_plan, make_report

HALF = PeriodDates(2024, PeriodKind.HALF_YEAR, date(2024, 7, 1), date(2024, 7, 20))
WHOLE = PeriodDates(2024, PeriodKind.WHOLE_YEAR, date(2024, 12, 15), date(2025, 1, 10))
QUARTER = PeriodDates(2024, PeriodKind.FIRST_QUARTER, date(2024, 4, 1), date(2024, 4, 15))


def moved(dates: PeriodDates, opens_on: date, due_on: date) -> PeriodDates:
    return PeriodDates(dates.year, dates.kind, opens_on, due_on)


def standing() -> list[tuple[str, str, str]]:
    return [
        (one.name, str(one.opens_on), str(one.due_on)) for one in ReportingPeriod.objects.order_by("due_on")
    ]


def told() -> list[tuple[str, str]]:
    events = Event.objects.filter(kind__startswith="plan.period").order_by("pk")
    return [(event.kind, event.sentence) for event in events]


def test_periods_are_set_with_an_event_each_and_come_back_in_order(plan, office):
    periods = workflow.set_periods(plan, [WHOLE, HALF], by=office, at=LONG_AGO)

    assert [str(period) for period in periods] == ["上半年", "全年"]
    assert standing() == [("上半年", "2024-07-01", "2024-07-20"), ("全年", "2024-12-15", "2025-01-10")]
    assert told() == [
        ("plan.period_set", "设置报送期：全年 2024-12-15 至 2025-01-10"),
        ("plan.period_set", "设置报送期：上半年 2024-07-01 至 2024-07-20"),
    ]
    event = Event.objects.filter(kind="plan.period_set").last()
    assert (event.plan, event.task, event.agency, event.by, event.at) == (plan, None, None, office, LONG_AGO)
    assert event.before == {}


def test_what_stands_already_is_left_alone(plan, office):
    make_periods(plan)
    before = database()
    workflow.set_periods(plan, [HALF, WHOLE], by=office)
    assert database() == before


def test_only_what_changed_is_told(plan, office):
    half, whole = make_periods(plan)
    later = moved(HALF, date(2024, 7, 1), date(2024, 7, 31))

    workflow.set_periods(plan, [QUARTER, later, WHOLE], by=office)

    assert standing() == [
        ("一季度", "2024-04-01", "2024-04-15"),
        ("上半年", "2024-07-01", "2024-07-31"),
        ("全年", "2024-12-15", "2025-01-10"),
    ]
    assert told()[2:] == [
        ("plan.period_set", "设置报送期：一季度 2024-04-01 至 2024-04-15"),
        ("plan.period_set", "设置报送期：上半年 2024-07-01 至 2024-07-31"),
    ]
    changed = Event.objects.latest("pk")
    assert changed.before == {"opens_on": "2024-07-01", "due_on": "2024-07-20"}
    assert set(ReportingPeriod.objects.values_list("pk", flat=True)) >= {half.pk, whole.pk}


def test_periods_may_change_places(plan, office):
    """Each takes the day on which the other was due; no row is in the way of the next."""
    make_periods(plan)
    workflow.set_periods(
        plan, [moved(HALF, HALF.opens_on, WHOLE.due_on), moved(WHOLE, HALF.opens_on, HALF.due_on)], by=office
    )
    assert standing() == [("全年", "2024-07-01", "2024-07-20"), ("上半年", "2024-07-01", "2025-01-10")]


def test_a_period_that_nobody_began_is_dropped(plan, office):
    make_periods(plan)
    workflow.set_periods(plan, [WHOLE], by=office)
    assert [name for name, *_ in standing()] == ["全年"]
    assert told()[-1] == ("plan.period_dropped", "取消报送期：上半年")


def test_a_new_period_takes_the_due_day_of_a_dropped_one(plan, office):
    workflow.set_periods(plan, [QUARTER], by=office)
    workflow.set_periods(plan, [moved(HALF, QUARTER.opens_on, QUARTER.due_on)], by=office)
    assert standing() == [("上半年", "2024-04-01", "2024-04-15")]


def test_a_period_with_so_much_as_a_draft_stays(task, plan, lead, office):
    half, _ = make_periods(plan)
    make_report(task, half, lead, state="draft")
    refused_and_unchanged(
        workflow.Refused,
        lambda: workflow.set_periods(plan, [WHOLE], by=office),
        "^上半年已有报送或催办记录，不能取消",
    )


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ([PeriodDates(2025, PeriodKind.HALF_YEAR, date(2025, 7, 1), date(2025, 7, 20))], "2025 年不在计划"),
        ([moved(HALF, date(2024, 7, 21), date(2024, 7, 20))], "上半年的截止日期早于开始报送的日期"),
        ([HALF, moved(WHOLE, date(2024, 7, 1), HALF.due_on)], "全年与另一报送期同日截止（2024-07-20）"),
        # The first would fit; it is not set either.
        ([QUARTER, moved(WHOLE, date(2024, 7, 1), date(2024, 6, 1))], "全年的截止日期早于"),
    ],
)
def test_days_that_do_not_fit_are_refused_and_change_nothing(wanted, refusal, plan, office):
    make_periods(plan)
    refused_and_unchanged(
        workflow.Refused, lambda: workflow.set_periods(plan, wanted, by=office), f"^{refusal}"
    )


def test_periods_are_the_offices(plan, lead, leader):
    for person in (lead, leader):
        refused_and_unchanged(PermissionDenied, lambda p=person: workflow.set_periods(plan, [HALF], by=p))


def test_a_plan_of_two_years_names_the_year(db):
    plan = make_plan(2021, last_year=2022)
    wanted = [
        PeriodDates(year, PeriodKind.HALF_YEAR, date(year, 7, 1), date(year, 7, 20)) for year in plan.years
    ]
    assert [str(period) for period in workflow.set_periods(plan, wanted, by=None)] == [
        "2021年上半年",
        "2022年上半年",
    ]


def test_moving_a_period_keeps_the_reports_that_are_in_it(task, plan, lead, office):
    half, _ = make_periods(plan)
    report = make_report(task, half, lead)
    workflow.set_periods(plan, [moved(HALF, date(2024, 7, 1), date(2024, 7, 31)), WHOLE], by=office)
    report.refresh_from_db()
    assert (report.period.due_on, report.measures) == (date(2024, 7, 31), WRITTEN["measures"])
