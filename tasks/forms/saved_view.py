"""What a saved view is called, and who gets it."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import QueryDict

from agencies.models import User
from tasks import permissions
from tasks.models import (
    SavedView,
)


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
