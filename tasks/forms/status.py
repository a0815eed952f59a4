"""The office's word on one task, or on many at once."""

from dataclasses import dataclass

from django import forms

from tasks.models import (
    Status,
)


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
