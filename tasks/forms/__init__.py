"""What people may ask for: the shape is checked here, the rules in `workflow`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from agencies.models import User
from tasks import permissions
from tasks.models import (
    DRAFTED,
    LONGEST_TEXT,
    NO_PROBLEMS,
    PROPOSALS,
    TEXTS,
    PeriodKind,
    Plan,
    ProgressReport,
    ReportingPeriod,
    SavedView,
    Status,
    Task,
)
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


# --- the agency's part ------------------------------------------------------------------------------


class LongText(forms.CharField):
    """As long as people like: `workflow.faults_of` says what is too long to be handed in."""

    widget = forms.Textarea

    def to_python(self, value: object) -> str:
        # Browsers send a line's end as two signs; it counts as one, as on the page.
        return super().to_python(value).replace("\r\n", "\n")


class _ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; what is in them is for `tasks.attachments` to say."""

    widget = _ManyFiles

    def clean(self, data: object, initial: object = None) -> list[UploadedFile]:
        return [file for file in data or () if file]


class KeysField(forms.Field):
    """Keys of rows, as many as are ticked; what is no key is passed over."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: object) -> list[int]:
        return [int(key) for key in value or () if key.isdecimal() and len(key) < 19]


class ReportForm(forms.Form):
    """What an agency types into its report. A draft takes all of it as it is, so that nothing is lost."""

    measures = LongText(label=TEXTS["measures"], required=False)
    results = LongText(label=TEXTS["results"], required=False)
    problems = LongText(label=TEXTS["problems"], required=False)
    no_problems = forms.BooleanField(label=NO_PROBLEMS, required=False)
    next_steps = LongText(label=TEXTS["next_steps"], required=False)
    deliverables = LongText(label=TEXTS["deliverables"], required=False)
    proposed_progress = forms.CharField(label="总体进度", required=False)
    proposed_status = forms.CharField(label="建议状态", required=False)
    proposal_reason = LongText(label="调整理由", required=False)
    # None where the page showed a report that was not begun.
    version = forms.IntegerField(required=False, min_value=1, max_value=2_000_000_000)
    files = FilesField(label="附件", required=False)
    drop = KeysField(label="移除附件")

    longest = LONGEST_TEXT
    proposals = PROPOSALS

    @classmethod
    def showing(cls, report: ProgressReport | None, task: Task) -> "ReportForm":
        """The form with what is written so far; the task's progress where nothing is."""
        if report is None:
            return cls(initial={"proposed_progress": task.progress, "proposed_status": Status.IN_PROGRESS})
        written = report.written
        if written["problems"] == NO_PROBLEMS:
            written |= {"problems": "", "no_problems": True}
        return cls(initial=written)

    def clean_proposed_progress(self) -> int | str:
        """A number where it is one; else what was typed, for the form to show again."""
        typed = self.cleaned_data["proposed_progress"].removesuffix("%").strip()
        return int(typed) if typed.isdecimal() and len(typed) < 4 else typed

    @property
    def written(self) -> dict[str, object]:
        """What `workflow.write_report` keeps; words in the field outweigh the tick at 无."""
        written = {name: self.cleaned_data[name] for name in DRAFTED}
        if self.cleaned_data["no_problems"] and not written["problems"]:
            written["problems"] = NO_PROBLEMS
        return written

    @property
    def both_said(self) -> bool:
        """Problems, and that there are none."""
        return bool(self.cleaned_data["no_problems"] and self.cleaned_data["problems"])


class VersionForm(forms.Form):
    """Which state of a report the page showed."""

    version = forms.IntegerField(min_value=1, max_value=2_000_000_000)


class SourcesForm(VersionForm):
    """The participants' reports that are ticked, by key."""

    source = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": "请先勾选要汇总的报送。"}, required=True
    )

    def __init__(self, data: QueryDict | None, *, offered: list[ProgressReport]):
        super().__init__(data)
        self.fields["source"].choices = [(one.pk, str(one)) for one in offered]


class ExtensionForm(forms.Form):
    """A later due date, with how far the task is and why."""

    new_due_on = forms.DateField(
        label="申请延期至",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
        error_messages={"required": "请选择申请的日期", "invalid": "日期须写成 2024-12-31 的样子"},
    )
    progress = forms.IntegerField(
        label="目前进度",
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
        error_messages={
            **StatusForm.base_fields["progress"].error_messages,
            "required": "请填写目前进度",
        },
    )
    reason = LongText(
        label="延期理由",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5, "class": "form-control"}),
        error_messages={
            "required": "请写明延期的理由",
            "max_length": f"理由最多 {LONGEST_TEXT} 字",
        },
    )


class DisputeForm(forms.Form):
    """Why a task is not the agency's."""

    reason = LongText(
        label="不符的理由",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5, "class": "form-control"}),
        error_messages={
            "required": "请写明责任不符的理由，供办公室核定",
            "max_length": f"理由最多 {LONGEST_TEXT} 字",
        },
    )


class ReceiptsForm(forms.Form):
    """Tasks to sign for, by key."""

    task = KeysField(label="任务")
