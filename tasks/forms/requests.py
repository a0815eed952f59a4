"""What an agency signs for, objects to and asks for."""

from django import forms

from tasks.forms.report import KeysField, LongText
from tasks.forms.status import StatusForm
from tasks.models import (
    LONGEST_TEXT,
)


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
