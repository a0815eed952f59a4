"""What an agency writes in a report, and which participants' reports it takes over."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from tasks.models import (
    DRAFTED,
    LONGEST_TEXT,
    NO_PROBLEMS,
    PROPOSALS,
    TEXTS,
    ProgressReport,
    Status,
    Task,
)


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
