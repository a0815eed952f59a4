"""What the menus of conditions offer one person."""

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import NamedTuple

from django.db.models import Q
from django.http import QueryDict

from agencies.models import Agency, User
from tasks.filters.query import key_in
from tasks.memory import Memory
from tasks.models import Assignment, Chapter, Plan, Section, Task
from tasks.models.task import TaskQuerySet

# Up to so many plans, the menu of chapters holds those of all of them; beyond, a plan has to be chosen first.
FEW_PLANS = 6


class Offers:
    """What conditions may name before one person: only what stands in tasks that the person may see.

    Loaded when first asked for, in one query each however many query strings there are, and remembered as
    far as `memory` does. Where there are many plans, headings are those of the plans and headings that the
    query strings name.
    """

    def __init__(
        self,
        user: User,
        *queries: QueryDict,
        plans: Collection[Plan] | None = None,
        memory: Memory | None = None,
    ):
        self._user = user
        self._queries = queries
        self.memory = memory or Memory(is_reading=False)
        if plans is not None:
            self.plans = {str(plan.pk): plan for plan in plans}

    @cached_property
    def plans(self) -> dict[str, Plan]:
        return {str(plan.pk): plan for plan in Plan.objects.visible_to(self._user)}

    @cached_property
    def chapters(self) -> dict[str, Chapter]:
        return {str(part.chapter.pk): part.chapter for part in self._parts}

    @property
    def knows_all_headings(self) -> bool:
        return len(self.plans) <= FEW_PLANS

    @cached_property
    def headings(self) -> dict[int, Section]:
        """Sections by key, those without a heading of their own among them."""
        return {part.pk: part for part in self._parts}

    @cached_property
    def sections(self) -> dict[str, Section]:
        return {str(part.pk): part for part in self._parts if part.number}

    @cached_property
    def agencies(self) -> dict[str, Agency]:
        return self.memory.keep(("agencies", self._user.sight), self._load_agencies)

    def _load_agencies(self) -> dict[str, Agency]:
        agencies = Agency.objects.registered()
        if not self._user.sees_everything:
            named = Assignment.objects.filter(task__in=self._visible.values("pk"))
            agencies = Agency.objects.filter(pk__in=named.values("agency"))
        return {str(agency.pk): agency for agency in agencies}

    @property
    def _visible(self) -> TaskQuerySet:
        return Task.objects.visible_to(self._user)

    @cached_property
    def _parts(self) -> list[Section]:
        named = () if self.knows_all_headings else self._all_named
        return self.memory.keep(("headings", self._user.sight, named), self._load_parts)

    def _load_parts(self) -> list[Section]:
        parts = Section.objects.select_related("chapter").order_by()  # sorted below
        if not self._user.sees_everything:
            parts = parts.filter(pk__in=self._visible.values("section"))
        if not self.knows_all_headings:
            plans, chapters, sections = self._all_named
            parts = parts.filter(Q(chapter__plan__in=plans) | Q(chapter__in=chapters) | Q(pk__in=sections))
        found = [part for part in parts if str(part.chapter.plan_id) in self.plans]
        for part in found:
            part.chapter.plan = self.plans[str(part.chapter.plan_id)]
        places = {key: place for place, key in enumerate(self.plans)}
        return sorted(
            found,
            key=lambda part: (places[str(part.chapter.plan_id)], part.chapter.number, part.number or 0),
        )

    @property
    def _all_named(self) -> tuple[frozenset[int], ...]:
        """The plans, chapters and sections that the query strings name."""
        return tuple(
            frozenset(key for query in self._queries if (key := key_in(query, name)) is not None)
            for name in ("plan", "chapter", "section")
        )


class MenuEntry(NamedTuple):
    """An entry of a menu; a chapter's sections are listed below it."""

    key: str
    words: str
    is_chosen: bool
    sections: Sequence["MenuEntry"] = ()
