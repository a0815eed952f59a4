"""What people may ask for when they set a status: the shape is checked here, the rules in `workflow`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import QueryDict

from agencies.models import User
from tasks import permissions
from tasks.models import PeriodKind, Plan, ReportingPeriod, SavedView, Status
from tasks.models.period import USUAL_KINDS, usual_dates
from tasks.workflow import PeriodDates, dates_of


class StatusForm(forms.Form):
    """Status, progress and reason; `version` is what the page showed, so that a stale edit is noticed."""

    status = forms.ChoiceField(
        label="状态",
        choices=Status.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "没有这种状态，请重新选择。", "required": "请选择状态。"},
    )
    progress = forms.IntegerField(
        label="进度",
        required=False,
        min_value=0,
        max_value=100,
        error_messages={
            "invalid": "进度须为 0 至 100 的整数",
            "min_value": "进度须在 0 至 100 之间",
            "max_value": "进度须在 0 至 100 之间",
        },
    )
    reason = forms.CharField(
        label="理由",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": "理由最多 2000 字"},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


@dataclass(frozen=True)
class Pick:
    """A task as a list showed it: its key and the version that was on the page."""

    pk: int
    version: int


class PicksField(forms.MultipleChoiceField):
    """Ticked rows, each sent as pk:version."""

    default_error_messages = {
        "required": "没有选择任务，请先勾选。",
        "invalid_pick": "所选任务无法识别，请返回重新勾选。",
    }
    widget = forms.MultipleHiddenInput

    def to_python(self, value: object) -> list[Pick]:
        picks = {}
        for one in super().to_python(value):
            pk, _, version = one.partition(":")
            if not (pk.isdecimal() and version.isdecimal() and len(pk) < 19 and len(version) < 10):
                raise forms.ValidationError(self.error_messages["invalid_pick"], code="invalid_pick")
            picks[int(pk)] = Pick(int(pk), int(version))
        return list(picks.values())

    def validate(self, value: list[Pick]) -> None:
        if not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")


class BulkStatusForm(forms.Form):
    """One status and one reason for many ticked tasks; progress stays but where the status fixes it."""

    task = PicksField()
    status = StatusForm.base_fields["status"]
    reason = StatusForm.base_fields["reason"]


class SavedViewForm(forms.Form):
    """The name of a saved view, and whether everybody gets it: only the office is asked that."""

    name = forms.CharField(
        label="名称",
        max_length=20,
        error_messages={"required": "给视图起个名称。", "max_length": "名称最多 20 个字。"},
    )
    is_shared = forms.BooleanField(label="共享给所有人", required=False)

    def __init__(self, data: QueryDict | None, *, user: User, view: SavedView | None = None):
        self.user = user
        self.view = view or SavedView(owner=user)
        initial = {"name": self.view.name, "is_shared": self.view.is_shared}
        super().__init__(data, initial=initial)

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if SavedView.objects.of(self.user).filter(name=name).exclude(pk=self.view.pk).exists():
            raise forms.ValidationError(f"已有名为“{name}”的视图，换一个名称。", code="taken")
        return name

    def clean_is_shared(self) -> bool:
        if self.cleaned_data["is_shared"] and not permissions.can_share_views(self.user):
            raise PermissionDenied
        return self.cleaned_data["is_shared"]

    def save(self, *, query: str = "") -> SavedView:
        self.view.name, self.view.is_shared = self.cleaned_data["name"], self.cleaned_data["is_shared"]
        self.view.query = query or self.view.query
        self.view.save()
        return self.view


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
        ticked = bool(self.period) or (not form.present and kind in USUAL_KINDS)
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
