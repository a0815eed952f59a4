"""The reporting periods of a plan."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from tasks.models import (
    PeriodKind,
    Plan,
    ReportingPeriod,
)
from tasks.models.period import USUAL_KINDS, usual_dates
from tasks.workflow import PeriodDates, dates_of


class PeriodsForm(forms.Form):
    """The reporting periods of a plan: for each of its years the four kinds, ticked or not, with their days.

    What the plan has is filled in; the others with the usual days, of which the usual kinds are ticked where
    the plan has none yet. `seen` is what the page showed, so that nobody undoes what another has just set.
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: QueryDict | None, *, plan: Plan, present: Sequence[ReportingPeriod]):
        self.plan = plan
        self.present = {(one.year, one.kind): one for one in present}
        super().__init__(data, initial={"seen": _as_seen(map(dates_of, present))})
        self.usual = () if present else _usual(plan)
        self.rows = [_PeriodRow(self, year, kind) for year in plan.years for kind in PeriodKind]

    def clean(self) -> None:
        due: dict[date, str] = {}
        for row in self.rows:
            row.check(self.cleaned_data, due)

    @property
    def wanted(self) -> list[PeriodDates]:
        return [row.dates(self.cleaned_data) for row in self.rows if self.cleaned_data[row.names["use"]]]

    @property
    def seen_dates(self) -> list[PeriodDates]:
        return [
            PeriodDates(int(year), PeriodKind(kind), date.fromisoformat(opens), date.fromisoformat(due))
            for year, kind, opens, due in (one.split(":") for one in self.cleaned_data["seen"].split())
        ]

    def clean_seen(self) -> str:
        try:
            self.seen_dates  # noqa: B018 - it reads what was sent
        except ValueError:
            raise forms.ValidationError("页面已过期，请刷新后重新填写。", code="invalid") from None
        return self.cleaned_data["seen"]

    def show_again(self, present: Sequence[ReportingPeriod]) -> None:
        """What was typed stays; the next saving speaks of what stands now."""
        self.data = self.data.copy()
        self.data["seen"] = _as_seen(map(dates_of, present))


def _usual(plan: Plan) -> list[tuple[int, PeriodKind]]:
    """What a plan without periods is offered: those to come, all of them where the plan's time is over."""
    usual = [(year, kind) for year in plan.years for kind in USUAL_KINDS]
    today = timezone.localdate()
    return [one for one in usual if usual_dates(*one)[1] >= today] or usual


def _as_seen(periods: Iterable[PeriodDates]) -> str:
    return " ".join(f"{one.year}:{one.kind}:{one.opens_on}:{one.due_on}" for one in periods)


class _PeriodRow:
    """One period of the form: whether there is one, when it opens and when it is due."""

    def __init__(self, form: PeriodsForm, year: int, kind: PeriodKind):
        self.form, self.year, self.kind = form, year, kind
        self.names = {name: f"{name}-{year}-{kind.value}" for name in ("use", "opens_on", "due_on")}
        self.period = form.present.get((year, kind))
        usual = usual_dates(year, kind)
        opens_on, due_on = (self.period.opens_on, self.period.due_on) if self.period else usual
        ticked = bool(self.period) or (year, kind) in form.usual
        label = str(self)
        form.fields[self.names["use"]] = forms.BooleanField(label=label, required=False, initial=ticked)
        for name, words, day in (("opens_on", "开始报送", opens_on), ("due_on", "截止日期", due_on)):
            attributes = {"type": "date", "class": "form-control", "aria-label": f"{label}{words}"}
            form.fields[self.names[name]] = forms.DateField(
                label=f"{label}{words}",
                required=False,
                initial=day,
                input_formats=["%Y-%m-%d"],
                widget=forms.DateInput(format="%Y-%m-%d", attrs=attributes),
                error_messages={"invalid": "日期须写成 2024-06-30 的样子"},
            )

    def __str__(self) -> str:
        return self.kind.label if len(self.form.plan.years) == 1 else f"{self.year}年{self.kind.label}"

    @property
    def use(self) -> forms.BoundField:
        return self.form[self.names["use"]]

    @property
    def opens_on(self) -> forms.BoundField:
        return self.form[self.names["opens_on"]]

    @property
    def due_on(self) -> forms.BoundField:
        return self.form[self.names["due_on"]]

    def check(self, given: dict[str, Any], due: dict[date, str]) -> None:
        """The days of a period that is wanted; `due` collects the due days of those before it."""
        if not given.get(self.names["use"]):
            for name in ("opens_on", "due_on"):
                self.form.errors.pop(self.names[name], None)  # nobody wants these days
            return
        for name in ("opens_on", "due_on"):
            day = given.get(self.names[name])
            if day is None and self.names[name] not in self.form.errors:
                self._fault(name, "请填写日期")
            elif day and day.year not in (self.year, self.year + 1):
                self._fault(name, f"应在 {self.year} 年或 {self.year + 1} 年")
        opens_on, due_on = given.get(self.names["opens_on"]), given.get(self.names["due_on"])
        if opens_on and due_on and due_on < opens_on:
            self._fault("due_on", "早于开始报送的日期，请核对")
        elif due_on and due_on in due:
            self._fault("due_on", f"与{due[due_on]}同日截止，请错开")
        elif due_on:
            due[due_on] = str(self)

    def dates(self, given: dict[str, Any]) -> PeriodDates:
        return PeriodDates(self.year, self.kind, given[self.names["opens_on"]], given[self.names["due_on"]])

    def _fault(self, name: str, words: str) -> None:
        self.form.add_error(self.names[name], words)
