"""The fields of conditions: what a parameter of the query string may say."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import django_filters as filters
from django import forms
from django.http import QueryDict

from tasks.models import Day

# For what an address names that no menu offers. It says the same of what is not there and of what is not
# for this person's eyes.
UNKNOWN = {"invalid_choice": "地址中的这一项不存在，或您无权查看；请从菜单重新选择。"}


class KeysField(forms.MultipleChoiceField):
    """Keys of ticked rows. One that is no key is an error; one of a task nobody may see finds nothing."""

    widget = forms.MultipleHiddenInput

    def validate(self, value: list[str]) -> None:
        if not all(one.isdecimal() and len(one) < 19 for one in value):
            raise forms.ValidationError("所选任务无法识别，请返回台账重新勾选。", code="invalid")


class KeysFilter(filters.Filter):
    field_class = KeysField


class OfferedField(forms.Field):
    """The key of a thing; cleaned, the thing itself, one of those offered. No query of its own."""

    default_error_messages = UNKNOWN

    # What is offered is one person's: the form that asks says it.
    offered: Callable[[], Mapping[str, Any]] = dict

    def to_python(self, value: str | None) -> Any:
        if not value:
            return None
        if value not in self.offered():
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return self.offered()[value]


class OfferedFilter(filters.Filter):
    field_class = OfferedField


class DayField(forms.DateField):
    """A day that is over, or today: nobody knows how tasks will stand tomorrow."""

    default_error_messages = {"invalid": "日期须写成 2024-06-30 的样子", "future": "日期不能晚于今天"}
    input_formats = ["%Y-%m-%d"]

    # The form that asks says it.
    today: date

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value and value > self.today:
            raise forms.ValidationError(self.error_messages["future"], code="future")


class DayForm(forms.Form):
    """`as_of` alone, for pages without other conditions. `day` is today where it is bad or not given."""

    def __init__(self, data: QueryDict, *, today: date):
        super().__init__(data)
        self.fields["as_of"] = DayField(label="截至", required=False)
        self.fields["as_of"].today = today
        self.is_valid()
        self.day = Day.of(self.cleaned_data.get("as_of"), today=today)


class DayFilter(filters.Filter):
    field_class = DayField
