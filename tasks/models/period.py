"""报送期: when the agencies of a plan report, from which day on and until when."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from tasks.models.plan import Plan

if TYPE_CHECKING:
    from tasks.models.day import Day


class PeriodKind(models.TextChoices):
    FIRST_QUARTER = "q1", "一季度"
    HALF_YEAR = "h1", "上半年"
    THIRD_QUARTER = "q3", "三季度"
    WHOLE_YEAR = "year", "全年"


# The last day a period of the kind tells of, the day its reports are asked for and the day they are due, as
# (month, day); a due day before the opening one lies in the next year.
_CALENDAR = {
    PeriodKind.FIRST_QUARTER: ((3, 31), (4, 1), (4, 15)),
    PeriodKind.HALF_YEAR: ((6, 30), (7, 1), (7, 20)),
    PeriodKind.THIRD_QUARTER: ((9, 30), (10, 1), (10, 15)),
    PeriodKind.WHOLE_YEAR: ((12, 31), (12, 15), (1, 10)),
}
# What a plan is reported on unless the office wants it otherwise.
USUAL_KINDS = (PeriodKind.HALF_YEAR, PeriodKind.WHOLE_YEAR)


def usual_dates(year: int, kind: PeriodKind) -> tuple[date, date]:
    """The day a period opens and the day it is due, as the form proposes them."""
    _, opens, due = _CALENDAR[kind]
    return date(year, *opens), date(year + (due < opens), *due)


class PeriodQuerySet(models.QuerySet["ReportingPeriod"]):
    def opened(self, day: "Day") -> "PeriodQuerySet":
        """Those in which reports are owed, or were, on that day. Twin: ReportingPeriod.is_open_on()."""
        return self.filter(opens_on__lte=day.on)


class ReportingPeriod(models.Model):
    """From `opens_on` on, every assigned agency owes a report on each open task, by `due_on` at the latest.

    A plan without periods is not reported on: the office alone says how its tasks stand.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="periods", verbose_name="推进计划")
    year = models.PositiveSmallIntegerField("年度")
    kind = models.CharField("报送期", max_length=4, choices=PeriodKind.choices)
    # Kept, so that a list can say it in a query: 上半年, and with the year where the plan has two.
    name = models.CharField("名称", max_length=20, editable=False)
    opens_on = models.DateField("开始报送")
    due_on = models.DateField("截止日期")

    objects = PeriodQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "due_on"]
        verbose_name = verbose_name_plural = "报送期"
        constraints = [
            models.UniqueConstraint(fields=["plan", "year", "kind"], name="period_once_a_plan"),
            models.UniqueConstraint(fields=["plan", "due_on"], name="period_due_day_once_a_plan"),
            models.CheckConstraint(condition=Q(kind__in=PeriodKind.values), name="period_kind_known"),
            models.CheckConstraint(condition=~Q(name=""), name="period_has_name"),
            models.CheckConstraint(condition=Q(due_on__gte=F("opens_on")), name="period_days_in_order"),
        ]
        indexes = [models.Index(fields=["plan", "opens_on"], name="period_plan_opens")]

    def __str__(self) -> str:
        return self.name

    @property
    def name_with_year(self) -> str:
        """2024年上半年: for whoever does not see the plan beside it."""
        return f"{self.year}年{self.get_kind_display()}"

    @property
    def covers(self) -> tuple[date, date]:
        """The first and the last day it tells of: 2024-01-01, 2024-06-30."""
        end, _, _ = _CALENDAR[PeriodKind(self.kind)]
        return date(self.year, 1, 1), date(self.year, *end)

    def is_open_on(self, on: date) -> bool:
        # Twin: PeriodQuerySet.opened()
        return self.opens_on <= on

    def is_met(self, first_submitted_at: datetime | None) -> bool:
        """按期: whether a report that counts as handed in at that moment (report.Course) came in time."""
        return first_submitted_at is not None and timezone.localdate(first_submitted_at) <= self.due_on
