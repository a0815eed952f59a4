"""What supervision asks for: one reading of the query string for its pages and its workbooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import F
from django.http import QueryDict
from django.urls import reverse

from agencies.models import Agency, User
from tasks.filters import DayForm, OfferedField
from tasks.models import AssignmentRole, Day, Plan, Reminder, ReminderKind, ReportingPeriod, Task
from tasks.reporting import Outcome, Owed, OwedNumbers, PlanReports, reports_of


class _ConditionsForm(forms.Form):
    """Which of the plan's reports, among those that are loaded."""

    role = forms.ChoiceField(label="角色", required=False, choices=AssignmentRole.choices)
    outcome = forms.ChoiceField(label="报送情况", required=False, choices=Outcome.choices)

    def __init__(self, data: QueryDict, *, reports: PlanReports):
        super().__init__(data)
        for name, label, offered in (
            ("period", "报送期", reports.periods),
            ("agency", "单位", reports.agencies),
        ):
            by_key = {str(one.pk): one for one in offered}
            self.fields[name] = OfferedField(label=label, required=False)
            self.fields[name].offered = lambda by_key=by_key: by_key


class OwedFilter:
    """The reports of one plan as the query string asks for them: period, agency, role, outcome, as_of.

    A condition that cannot be understood is told in `errors` and does not narrow. `outcome` is the page's own
    where the page is about one.
    """

    def __init__(
        self, query: QueryDict, *, plan: Plan, user: User, today: date, outcome: Outcome | None = None
    ):
        asked = DayForm(query, today=today)
        self.plan, self.today, self.day = plan, today, asked.day
        self.reports = reports_of(plan, Task.objects.visible_to(user), day=self.day)
        form = _ConditionsForm(query, reports=self.reports)
        form.is_valid()
        given = form.cleaned_data
        self.errors = [
            f"{one.fields[name].label}：{error}"
            for one in (asked, form)
            for name, errors in one.errors.items()
            for error in errors
        ]
        self.period: ReportingPeriod | None = given.get("period")
        self.agency: Agency | None = given.get("agency")
        self.role: str = given.get("role", "")
        self.outcome = outcome or Outcome(given.get("outcome") or Outcome.ASKED)
        if outcome == Outcome.MISSING and given.get("outcome") == Outcome.OVERDUE:
            self.outcome = Outcome.OVERDUE

    @cached_property
    def rows(self) -> list[Owed]:
        """What is found, agency by agency in the register's order, then by period and number."""
        return sorted(
            (one for one in self._narrowed() if one.counts_as(self.outcome)),
            key=lambda one: (one.agency.position, one.agency.pk, one.period.due_on, one.task.number),
        )

    @property
    def numbers(self) -> OwedNumbers:
        """Of everything that agency, role and period name, whatever became of it."""
        return OwedNumbers.of(self._narrowed())

    def describe(self) -> list[tuple[str, str]]:
        """The conditions in words, as (name, words)."""
        given = {
            "报送期": self.period,
            "单位": self.agency,
            "角色": AssignmentRole(self.role).label if self.role else "",
        }
        return [(name, str(words)) for name, words in given.items() if words]

    def _narrowed(self) -> list[Owed]:
        return self.reports.of(agency=self.agency, period=self.period, role=self.role)


# A matrix leads to some hundred lists, all of the same three addresses.
_address = cache(reverse)


@dataclass(frozen=True)
class SupervisionLinks:
    """The addresses that supervision's pages lead to; each keeps the plan and the day."""

    plan: Plan
    day: Day

    def to(self, name: str, *, day: Day | None = None, **conditions: Any) -> str:
        """A page by its name, under those of the conditions that are given."""
        day = day or self.day
        query: dict[str, Any] = {"plan": self.plan.pk}
        query |= {key: getattr(value, "pk", value) for key, value in conditions.items() if value}
        if day.is_past:
            query["as_of"] = day.on
        return f"{_address(name)}?{urlencode(query)}"

    def rows(self, outcome: Outcome, **conditions: Any) -> str:
        """The list of exactly the reports that are counted as `outcome` under these conditions."""
        if outcome == Outcome.MISSING:
            return self.to("tasks:missing_reports", **conditions)
        if outcome == Outcome.OVERDUE:
            return self.to("tasks:missing_reports", **conditions, outcome=outcome.value)
        return self.to("tasks:owed_reports", **conditions, outcome=outcome.value)


@dataclass(frozen=True)
class Reminded:
    """When an agency was last asked for a report, and how."""

    at: Any
    kind: ReminderKind


def last_reminders(plan: Plan, *, day: Day) -> Mapping[tuple[int, int, int], Reminded]:
    """By task, agency and period. 1 query."""
    told = Reminder.objects.filter(plan=plan, tasks__isnull=False)
    if day.is_past:
        told = told.filter(at__lt=day.ended_at)
    rows = told.order_by("at", "pk").values_list(F("tasks"), "agency", "period", "at", "kind")
    return {
        (task, agency, period): Reminded(at, ReminderKind(kind)) for task, agency, period, at, kind in rows
    }
