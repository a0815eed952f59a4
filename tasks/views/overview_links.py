"""Where the overview leads: to the ledger's list behind each number, and to its own other days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.urls import reverse

from tasks.models import (
    Day,
    Plan,
    Status,
)
from tasks.stats import Tally
from tasks.templatetags.charts import Figure
from tasks.views.shared import ledger_address

# From what is settled to what is not, as the bars are read.
STATUS_ORDER = (
    Status.COMPLETED,
    Status.CONTINUING,
    Status.IN_PROGRESS,
    Status.NOT_STARTED,
    Status.DELAYED,
    Status.ADJUSTED,
)


class HeatBy(models.TextChoices):
    """What the cells of lead agencies × chapters say."""

    COUNT = "count", "任务数"
    RATE = "rate", "完成率"
    REPORTED = "reported", "报送率"


@dataclass(frozen=True)
class Links:
    """The addresses this page leads to; each keeps the plan and the day."""

    plan: Plan
    day: Day
    heat: HeatBy = HeatBy.COUNT

    def figure(self, count: int, *, label: str = "", kind: str = "", **conditions: Any) -> Figure:
        """A number of tasks with the address of the ledger that lists them."""
        return Figure(count, self.ledger(**conditions), label, kind)

    def ledger(self, **conditions: Any) -> str:
        return f"{self._whole}&{urlencode(conditions, doseq=True)}" if conditions else self._whole

    def page(self, on: date | None, *, heat: HeatBy | None = None) -> str:
        """This page as of `on`, None for today."""
        by = heat or self.heat
        query = {"plan": self.plan.pk} | ({"as_of": on} if on else {})
        query |= {} if by == HeatBy.COUNT else {"heat": by.value}
        return f"{reverse('tasks:home')}?{urlencode(query)}"

    @property
    def here(self) -> str:
        return self.page(self.day.on if self.day.is_past else None)

    @property
    def today(self) -> str:
        return self.page(None)

    def heat_pages(self, choices: Iterable[HeatBy]) -> list[tuple[str, str, bool]]:
        """Of each way to fill the table: its address, its name, and whether it is chosen."""
        on = self.day.on if self.day.is_past else None
        return [(self.page(on, heat=by), by.label, by == self.heat) for by in choices]

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


def status_figures(tally: Tally, links: Links, **conditions: Any) -> list[Figure]:
    return [
        links.figure(
            tally.statuses[status], label=status.label, kind=status.value, **conditions, status=status.value
        )
        for status in STATUS_ORDER
    ]
