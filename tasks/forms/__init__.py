"""What people may ask for when they set a status: the shape is checked here, the rules in `workflow`."""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import QueryDict

from agencies.models import User
from tasks import permissions
from tasks.models import SavedView, Status


class StatusForm(forms.Form):
    """Status, progress and reason; `version` is what the page showed, so that a stale edit is noticed."""

    status = forms.ChoiceField(label="状态", choices=Status.choices, widget=forms.RadioSelect)
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
