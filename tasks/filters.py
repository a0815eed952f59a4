"""The ledger's conditions: one reading of the query string for the page, its counts and the export."""

import re
from datetime import date
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from agencies.models import Agency, User
from tasks.models import Assignment, AssignmentRole, Chapter, Day, Duty, Light, Plan, Section, Status, Task
from tasks.models.task import TaskQuerySet

# 第45项, 第 45 项 and a bare 45 ask for the task of that number.
_NUMBER_ASKED = re.compile(r"^(?:第\s*)?(\d{1,4})\s*项?$")

_PLAN_ORDER = ("-plan__first_year", "-plan__last_year", "-plan_id")
SORTS: dict[str, tuple[str, Any]] = {
    "number": ("按序号", "number"),
    "-number": ("按序号（倒序）", "-number"),
    "progress": ("进度由低到高", "progress_now"),
    "-progress": ("进度由高到低", "-progress_now"),
    "due": ("节点由近到远", "deadline_on"),
    "-due": ("节点由远到近", "-deadline_on"),
    "-updated": ("最近更新在前", "-updated_now"),
    "updated": ("最久未更新在前", "updated_now"),
}
DEFAULT_SORT = "number"


class KeysField(forms.MultipleChoiceField):
    """Keys of ticked rows. One that is no key is an error; one of a task nobody may see finds nothing."""

    widget = forms.MultipleHiddenInput

    def validate(self, value: list[str]) -> None:
        if not all(one.isdecimal() and len(one) < 19 for one in value):
            raise forms.ValidationError("所选任务无法识别，请返回台账重新勾选。", code="invalid")


class KeysFilter(filters.Filter):
    field_class = KeysField


class PlanField(filters.fields.ModelChoiceField):
    def label_from_instance(self, plan: Plan) -> str:
        return plan.period


class PlanFilter(filters.ModelChoiceFilter):
    field_class = PlanField


class HeadingField(filters.fields.ModelChoiceField):
    """Chapters or sections; while no plan is chosen each says its year, for the titles recur."""

    def __init__(self, *args: Any, with_year: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.with_year = with_year

    def label_from_instance(self, part: Chapter | Section) -> str:
        plan = part.plan if isinstance(part, Chapter) else part.chapter.plan
        return f"{plan.period} · {part.heading}" if self.with_year else part.heading


class HeadingFilter(filters.ModelChoiceFilter):
    field_class = HeadingField


class DayField(forms.DateField):
    """A day that is over, or today: nobody knows how tasks will stand tomorrow."""

    default_error_messages = {"invalid": "日期须写成 2024-06-30 的样子", "future": "日期不能晚于今天"}
    input_formats = ["%Y-%m-%d"]

    def __init__(self, *, today: date, **kwargs: Any):
        self.today = today
        super().__init__(
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "max": today}), **kwargs
        )

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value and value > self.today:
            raise forms.ValidationError(self.error_messages["future"], code="future")


class DayForm(forms.Form):
    """`as_of` alone, for pages without other conditions. `day` is today where it is bad or not given."""

    def __init__(self, data: QueryDict, *, today: date):
        super().__init__(data)
        self.fields["as_of"] = DayField(label="截至", required=False, today=today)
        self.is_valid()
        self.day = Day.of(self.cleaned_data.get("as_of"), today=today)


class DayFilter(filters.Filter):
    field_class = DayField


class LedgerFilter(filters.FilterSet):
    """Visible tasks under the conditions of a query string, in the order it asks for.

    `qs` speaks of `day`: see TaskQuerySet.as_of. Where the input is bad, `is_valid()` is
    False, `form.errors` says what is wrong in Chinese, and `qs` is narrowed by the good conditions only.
    """

    plan = PlanFilter(label="年度", queryset=Plan.objects.none(), empty_label="全部")
    chapter = HeadingFilter(
        label="章", queryset=Chapter.objects.none(), field_name="section__chapter", empty_label="全部"
    )
    section = HeadingFilter(label="节", queryset=Section.objects.none(), empty_label="全部")
    agency = filters.ModelChoiceFilter(
        label="单位", queryset=Agency.objects.none(), method="by_agency", empty_label="全部"
    )
    role = filters.ChoiceFilter(
        label="角色",
        choices=AssignmentRole.choices,
        method="by_role",
        empty_label="不限",
        widget=forms.RadioSelect,
    )
    duty = filters.ChoiceFilter(label="负责方式", choices=Duty.choices, empty_label="全部")
    status = filters.MultipleChoiceFilter(
        label="状态",
        choices=Status.choices,
        field_name="status_now",
        widget=forms.CheckboxSelectMultiple,
        distinct=False,
    )
    light = filters.MultipleChoiceFilter(
        label="预警",
        choices=Light.choices,
        field_name="light_now",
        widget=forms.CheckboxSelectMultiple,
        distinct=False,
    )
    q = filters.CharFilter(label="关键词", method="by_words", max_length=100)
    task = KeysFilter(label="所选任务", method="by_choice")
    as_of = DayFilter(label="截至", method="by_day")
    sort = filters.ChoiceFilter(
        label="排序",
        choices=[(value, label) for value, (label, _) in SORTS.items()],
        method="in_order",
        empty_label=None,
    )

    class Meta:
        model = Task
        fields: list[str] = []

    def __init__(self, data: QueryDict, *, user: User, today: date):
        self.user = user
        self.day = DayForm(data, today=today).day
        self.visible: TaskQuerySet = Task.objects.visible_to(user).as_of(self.day)
        super().__init__(data, queryset=self.visible)
        self.filters["as_of"].extra["today"] = today
        self._offer_only_what_is_visible()

    def _offer_only_what_is_visible(self) -> None:
        """Choices come from the visible tasks, so that a name nobody may see is not in the page either."""
        plans, chapters = Plan.objects.all(), Chapter.objects.all()
        sections = Section.objects.exclude(number=None)
        assignments = Assignment.objects.all()
        if not self.user.sees_everything:
            plans = plans.filter(pk__in=self.visible.values("plan"))
            chapters = chapters.filter(pk__in=self.visible.values("section__chapter"))
            sections = sections.filter(pk__in=self.visible.values("section"))
            assignments = assignments.filter(task__in=self.visible.values("pk"))
        if plan := _key(self.data, "plan"):
            chapters, sections = chapters.filter(plan=plan), sections.filter(chapter__plan=plan)
        if chapter := _key(self.data, "chapter"):
            sections = sections.filter(chapter=chapter)
        self.filters["plan"].queryset = plans
        self.filters["chapter"].queryset = chapters.select_related("plan")
        self.filters["section"].queryset = sections.select_related("chapter__plan")
        for name in ("chapter", "section"):
            self.filters[name].extra["with_year"] = not (plan or _key(self.data, "chapter"))
        self.filters["agency"].queryset = Agency.objects.filter(pk__in=assignments.values("agency"))

    @property
    def qs(self) -> QuerySet[Task]:
        found = super().qs
        if not self.form.cleaned_data.get("sort"):
            found = self.in_order(found, "sort", DEFAULT_SORT)
        return found

    # --- conditions that are words of the QuerySet ---------------------------

    def by_agency(self, tasks: TaskQuerySet, name: str, agency: Agency) -> TaskQuerySet:
        if self.form.cleaned_data.get("role") == AssignmentRole.LEAD:
            return tasks.led_by(agency)
        if self.form.cleaned_data.get("role") == AssignmentRole.PARTICIPANT:
            return tasks.joined_by(agency)
        return tasks.assigned_to(agency)

    def by_role(self, tasks: TaskQuerySet, name: str, role: str) -> TaskQuerySet:
        """With an agency the role is that agency's (see by_agency), without one the user's own agency's."""
        own = self.user.agency
        if self.form.cleaned_data.get("agency") or own is None or self.user.sees_everything:
            return tasks
        return tasks.led_by(own) if role == AssignmentRole.LEAD else tasks.not_led_by(own)

    def by_words(self, tasks: TaskQuerySet, name: str, words: str) -> TaskQuerySet:
        """Every word must stand in the text; a number may also be the task's own."""
        for word in words.split():
            stands = Q(text__icontains=word)
            if asked := _NUMBER_ASKED.match(word):
                stands |= Q(number=int(asked[1]))
            tasks = tasks.filter(stands)
        return tasks

    def by_choice(self, tasks: TaskQuerySet, name: str, keys: list[str]) -> TaskQuerySet:
        return tasks.filter(pk__in=keys) if keys else tasks

    def by_day(self, tasks: TaskQuerySet, name: str, on: date) -> TaskQuerySet:
        return tasks  # `as_of` has laid the day under every other condition already

    def in_order(self, tasks: TaskQuerySet, name: str, sort: str) -> TaskQuerySet:
        field = SORTS[sort][1]
        if field == "number":
            return tasks.order_by(*_PLAN_ORDER, "number")
        if field == "-number":
            return tasks.order_by(*_PLAN_ORDER, "-number")
        return tasks.order_by(field, *_PLAN_ORDER, F("number"))

    # --- what the page and the workbook say of it ----------------------------

    @property
    def order(self) -> str:
        self.is_valid()
        return self.form.cleaned_data.get("sort") or DEFAULT_SORT

    def conditions(self) -> list[tuple[str, str, str]]:
        """(parameter, its name, its value in words) for each condition in force, sorting left out."""
        self.is_valid()
        given = self.form.cleaned_data
        found = []
        for name, shown in self.filters.items():
            value = given.get(name)
            if name == "sort" or not value:
                continue
            if name == "task":
                words = f"{len(value)} 项"
            elif isinstance(value, list):
                words = "、".join(str(dict(shown.extra["choices"])[one]) for one in value)
            elif name in ("role", "duty"):
                words = str(dict(shown.extra["choices"])[value])
            elif name == "plan":
                words = value.period
            elif name == "as_of":
                words = f"{value:%Y-%m-%d}"
            else:
                words = str(value)
            found.append((name, str(shown.label), words))
        return found

    def complaints(self) -> list[str]:
        """What is wrong with the conditions, each with the name of its condition."""
        return [
            f"{self.filters[name].label}：{error}"
            for name, errors in self.form.errors.items()
            for error in errors
        ]

    def describe(self) -> list[tuple[str, str]]:
        """The conditions in force as (name, value), for the head of an export."""
        return [(label, words) for _, label, words in self.conditions()]


def _key(data: QueryDict, name: str) -> int | None:
    """A row's key from the query string, None where it is no number; the field itself reports that."""
    value = data.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 10 else None
