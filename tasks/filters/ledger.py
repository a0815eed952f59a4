"""The ledger's conditions: one reading of the query string for the page, its counts and the export."""

from collections.abc import Collection, Sequence
from copy import copy
from datetime import date
from functools import cache, cached_property
from typing import Any, NamedTuple

import django_filters as filters
from django import forms
from django.db.models import F, QuerySet
from django.http import QueryDict

from agencies.models import Agency, User
from tasks import search
from tasks.filters.fields import UNKNOWN, DayFilter, DayForm, KeysFilter, OfferedFilter
from tasks.filters.offers import FEW_PLANS, MenuEntry, Offers
from tasks.filters.order import DEFAULT_SORT, RELEVANCE, SORTS, Grouping, grouped, ordered
from tasks.filters.query import PRESENTATION, key_in, tidy
from tasks.models import AssignmentRole, Chapter, Day, Duty, Light, Plan, Section, Status, Task
from tasks.models.task import TaskQuerySet


class Standing(NamedTuple):
    """How a task stands on the day that a list speaks of, and to which group it belongs."""

    status: str
    light: str
    section: int
    lead: int | None


_YEARS_OFFERED = 40


class LedgerFilter(filters.FilterSet):
    """Visible tasks under the conditions of a query string, in the order it asks for.

    `qs` speaks of `day`: see TaskQuerySet.as_of. Where the input is bad, `is_valid()` is
    False, `form.errors` says what is wrong in Chinese, and `qs` is narrowed by the good conditions only.
    """

    plan = OfferedFilter(label="年度")
    chapter = OfferedFilter(label="章节", field_name="section__chapter")
    section = OfferedFilter(label="章节")
    agency = OfferedFilter(label="单位", method="by_agency")
    role = filters.ChoiceFilter(
        label="角色",
        choices=AssignmentRole.choices,
        method="by_role",
        empty_label="不限",
        widget=forms.RadioSelect,
        error_messages=UNKNOWN,
    )
    duty = filters.ChoiceFilter(
        label="负责方式", choices=Duty.choices, empty_label="全部", error_messages=UNKNOWN
    )
    status = filters.MultipleChoiceFilter(
        label="状态",
        choices=Status.choices,
        field_name="status_now",
        widget=forms.CheckboxSelectMultiple,
        distinct=False,
        error_messages=UNKNOWN,
    )
    light = filters.MultipleChoiceFilter(
        label="预警",
        choices=Light.choices,
        field_name="light_now",
        widget=forms.CheckboxSelectMultiple,
        distinct=False,
        error_messages=UNKNOWN,
    )
    q = filters.CharFilter(label="关键词", method="by_words", max_length=100)
    task = KeysFilter(label="所选任务", method="by_choice")
    as_of = DayFilter(label="截至", method="by_day")
    sort = filters.ChoiceFilter(
        label="排序",
        choices=[(value, label) for value, (label, _) in SORTS.items()],
        method="in_order",
        empty_label=None,
        error_messages=UNKNOWN,
    )
    group = filters.ChoiceFilter(
        label="分组", choices=Grouping.choices, method="in_groups", empty_label=None, error_messages=UNKNOWN
    )

    class Meta:
        model = Task
        fields: list[str] = []

    def __init__(self, data: QueryDict, *, user: User, today: date, offers: Offers | None = None):
        self.user = user
        self.today = today
        self.query = tidy(data)
        self.day = DayForm(self.query, today=today).day if "as_of" in self.query else Day(today)
        super().__init__(self.query)
        self.offers = offers or Offers(user, self.query)

    def get_form_class(self) -> type[forms.Form]:
        return _form_class()

    @cached_property
    def form(self) -> forms.Form:
        form = super().form
        form.fields["as_of"].today = self.today
        for name in ("plan", "chapter", "section", "agency"):
            form.fields[name].offered = lambda name=name: getattr(self, f"{name}_choices")
        return form

    @cached_property
    def given(self) -> dict[str, Any]:
        """What the conditions say, cleaned; those that are bad left out."""
        self.is_valid()
        return self.form.cleaned_data

    # --- what the menus offer ------------------------------------------------

    @property
    def plan_choices(self) -> dict[str, Plan]:
        return self.offers.plans

    @cached_property
    def chapter_choices(self) -> dict[str, Chapter]:
        """Those of the chosen plan; of all plans while none is chosen."""
        plan = key_in(self.query, "plan")
        return {
            key: chapter
            for key, chapter in self.offers.chapters.items()
            if plan is None or chapter.plan_id == plan
        }

    @cached_property
    def section_choices(self) -> dict[str, Section]:
        chapter = key_in(self.query, "chapter")
        return {
            key: section
            for key, section in self.offers.sections.items()
            if str(section.chapter_id) in self.chapter_choices
            and (chapter is None or section.chapter_id == chapter)
        }

    @cached_property
    def part_choices(self) -> list[MenuEntry]:
        """The menu 章节: each chapter with its sections; while no plan is chosen it says the year as well."""
        given = self.given
        with_year = key_in(self.query, "plan") is None
        sections: dict[int, list[MenuEntry]] = {}
        for key, section in self.offers.sections.items():
            choice = MenuEntry(key, section.heading, section == given.get("section"))
            sections.setdefault(section.chapter_id, []).append(choice)
        return [
            MenuEntry(
                key,
                f"{chapter.plan.period} · {chapter.heading}" if with_year else chapter.heading,
                chapter == given.get("chapter") and not given.get("section"),
                sections.get(chapter.pk, []),
            )
            for key, chapter in self.chapter_choices.items()
        ]

    @property
    def years(self) -> list[MenuEntry]:
        """The menu 年度: the newest plans, and the chosen one where it is older."""
        chosen = self.given.get("plan")
        return [
            MenuEntry(key, plan.period, plan is chosen)
            for place, (key, plan) in enumerate(self.plan_choices.items())
            if place < _YEARS_OFFERED or plan is chosen
        ]

    @property
    def agencies(self) -> list[MenuEntry]:
        chosen = self.given.get("agency")
        return [MenuEntry(key, agency.name, agency is chosen) for key, agency in self.agency_choices.items()]

    @property
    def duty_choices(self) -> list[tuple[str, str]]:
        return Duty.choices

    @property
    def agency_choices(self) -> dict[str, Agency]:
        return self.offers.agencies

    # --- the tasks -----------------------------------------------------------

    @cached_property
    def visible(self) -> TaskQuerySet:
        return Task.objects.visible_to(self.user).as_of(self.day)

    @property
    def qs(self) -> QuerySet[Task]:
        """The tasks under all conditions, in their order; with lights only where they are asked for."""
        return self._in_order().with_reported(self.day)

    def keys(self, *, but: Collection[str] = ()) -> QuerySet[Task, int]:
        """The keys of the tasks under all conditions but these, in the list's order."""
        return self._in_order(but).values_list("pk", flat=True)

    def _in_order(self, but: Collection[str] = ()) -> TaskQuerySet:
        asks_for_light = self.given.get("light") and "light" not in but
        tasks = self.visible if asks_for_light or self.order.endswith("due") else self._bare
        return self._ordered(self._under_conditions(tasks, but))

    def shown(self, keys: Sequence[int]) -> TaskQuerySet:
        """These of the visible tasks, as they stood on the day."""
        return self._bare.filter(pk__in=keys).with_reported(self.day).order_by()

    def standings(self, *, at_most: int) -> dict[int, Standing] | None:
        """How the tasks of the plan stand before the other conditions narrow it, by key.

        None where there are more of them than that. 1 query; among many plans another one looks first, for
        to see how two thousand tasks stand in vain takes longer than all the rest of the page.
        """
        key = ("standings", self.user.sight, self.given.get("plan"), self.day, at_most)
        return self.offers.memory.keep(key, lambda: self._standings(at_most))

    def _standings(self, at_most: int) -> dict[int, Standing] | None:
        if len(self.plan_choices) > FEW_PLANS and self.of_plan(self._bare).order_by()[at_most:].exists():
            return None
        rows = (
            self.of_plan(self.visible)
            .with_lead_key()
            .order_by()
            .values_list("pk", F("status_now"), "light_now", "section", "lead_key")[: at_most + 1]
        )
        standings = {key: Standing(*standing) for key, *standing in rows}
        return standings if len(standings) <= at_most else None

    def of_plan(self, tasks: TaskQuerySet) -> TaskQuerySet:
        """Those of the plan that is chosen, all where none is."""
        plan = self.given.get("plan")
        return tasks.filter(plan=plan) if plan else tasks

    def narrowed(self, *, but: Collection[str] = ()) -> TaskQuerySet:
        """The tasks under all conditions but these, in no order."""
        return self._under_conditions(self.visible, but)

    def _under_conditions(self, tasks: TaskQuerySet, but: Collection[str]) -> TaskQuerySet:
        for name, value in self.given.items():
            if name not in PRESENTATION and name not in but:
                tasks = self.filters[name].filter(tasks, value)
        return tasks

    def count(self) -> int:
        """How many tasks the conditions find. 1 query, which looks at no light that nobody asked for."""
        tasks = self.narrowed() if self.given.get("light") else self._under_conditions(self._bare, ())
        return tasks.count()

    def count_of_plan(self) -> int:
        """How many tasks there are before the other conditions narrow the plan's. 1 query."""
        return self.of_plan(self._bare).count()

    @cached_property
    def _bare(self) -> TaskQuerySet:
        return Task.objects.visible_to(self.user).as_of(self.day, with_light=False)

    def _ordered(self, tasks: TaskQuerySet) -> TaskQuerySet:
        return grouped(self.in_order(tasks, "sort", self.order), self.grouping, self.order)

    @cached_property
    def words(self) -> tuple[search.Word, ...]:
        """The words that are searched, with what they mean. At most 3 queries, once."""
        asked = self.given.get("q")
        if not asked:
            return ()
        key = ("words", self.user.sight, asked, self.day)
        return self.offers.memory.keep(key, lambda: search.read(asked, within=self.visible))

    @property
    def sought(self) -> list[str]:
        """What a list marks where it stands in a text."""
        return search.sought(self.words)

    def instead(self) -> list[str]:
        """Where the words find nothing under the other conditions: narrower words that do."""
        if not self.words:
            return []
        return search.instead(self.narrowed(but=("q",)), self.given["q"])

    # --- conditions that are words of the QuerySet ---------------------------

    def by_agency(self, tasks: TaskQuerySet, name: str, agency: Agency) -> TaskQuerySet:
        if self.given.get("role") == AssignmentRole.LEAD:
            return tasks.led_by(agency)
        if self.given.get("role") == AssignmentRole.PARTICIPANT:
            return tasks.joined_by(agency)
        return tasks.assigned_to(agency)

    def by_role(self, tasks: TaskQuerySet, name: str, role: str) -> TaskQuerySet:
        """With an agency the role is that agency's (see by_agency), without one the user's own agency's."""
        own = self.user.agency
        if self.given.get("agency") or own is None or self.user.sees_everything:
            return tasks
        return tasks.led_by(own) if role == AssignmentRole.LEAD else tasks.not_led_by(own)

    def by_words(self, tasks: TaskQuerySet, name: str, words: str) -> TaskQuerySet:
        """Every word must stand in the text, or be what the task is or whose it is: see `search`."""
        return search.narrow(tasks, self.words)

    def by_choice(self, tasks: TaskQuerySet, name: str, keys: list[str]) -> TaskQuerySet:
        return tasks.filter(pk__in=keys) if keys else tasks

    def by_day(self, tasks: TaskQuerySet, name: str, on: date) -> TaskQuerySet:
        return tasks  # `as_of` has laid the day under every other condition already

    def in_order(self, tasks: TaskQuerySet, name: str, sort: str) -> TaskQuerySet:
        return search.ranked(tasks, self.words) if sort == RELEVANCE else ordered(tasks, sort)

    # --- what the page and the workbook say of it ----------------------------

    def in_groups(self, tasks: TaskQuerySet, name: str, group: str) -> TaskQuerySet:
        return tasks  # see `_ordered`

    @cached_property
    def grouping(self) -> Grouping:
        """As asked; else by section as long as the list stands in the plans' own order."""
        return Grouping(self.given.get("group") or self.default_grouping)

    @cached_property
    def default_grouping(self) -> Grouping:
        return Grouping.SECTION if self.order == DEFAULT_SORT else Grouping.NONE

    @cached_property
    def order(self) -> str:
        asked = self.given.get("sort")
        return asked if asked in dict(self.sorts) else self.default_sort

    @cached_property
    def default_sort(self) -> str:
        return RELEVANCE if self.given.get("q") else DEFAULT_SORT

    @cached_property
    def sorts(self) -> list[tuple[str, str]]:
        """The orders on offer. Without words nothing is more relevant than anything else."""
        with_words = bool(self.given.get("q"))
        return [(value, words) for value, (words, _) in SORTS.items() if with_words or value != RELEVANCE]

    def conditions(self) -> list[tuple[str, str, str]]:
        """(parameter, its name, its value in words) for each condition in force, sorting left out."""
        given = self.given
        found = []
        for name, shown in self.filters.items():
            value = given.get(name)
            if name in PRESENTATION or not value:
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
            elif name == "q":
                words = " ".join(str(word) for word in self.words)
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


class _Filters(dict[str, filters.Filter]):
    """The filters of the class, of which each instance takes copies: their settings are never changed."""

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, filters.Filter]:
        copies = {name: copy(each) for name, each in self.items()}
        for each in copies.values():
            each.method = each.method  # bound anew, to the copy
        return copies


LedgerFilter.base_filters = _Filters(LedgerFilter.base_filters)


@cache
def _form_class() -> type[forms.Form]:
    """Made once, not for each request: the fields are the same for everybody but for what `form` adds."""
    return type(
        "LedgerForm", (forms.Form,), {name: each.field for name, each in LedgerFilter.base_filters.items()}
    )
