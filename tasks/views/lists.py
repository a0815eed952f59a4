"""How many tasks a list has, and those of one page of it.

A short list is read once, key by key, and everything is counted from what was read: a number, and the rows it
counts, cannot disagree. Of a long one the database counts what it can without looking at every task.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, prefetch_related_objects

from tasks.filters import Grouping, LedgerFilter, Standing
from tasks.models import Light, Status, Task
from tasks.models.task import TaskQuerySet

# Tasks of the plan, or of all plans, before the other conditions: up to here a list is short.
SHORT = 2_000


@dataclass(frozen=True)
class Scope:
    """The list before the other conditions narrow the plan's. `leads` and `warned` are None in a long one."""

    tasks: int
    leads: int | None = None
    warned: int | None = None


@dataclass(frozen=True)
class Counts:
    """The number of tasks found; of each status under the other conditions, and of each light.

    Statuses and lights are None in a long list.
    """

    total: int
    statuses: Mapping[str, int] | None = None
    lights: Mapping[str, int] | None = None

    @classmethod
    def of(
        cls,
        standings: Iterable[Standing],
        *,
        statuses: Collection[str] | None,
        lights: Collection[str] | None,
    ) -> "Counts":
        total, by_status, by_light = 0, dict.fromkeys(Status.values, 0), dict.fromkeys(Light.values, 0)
        for (status, light), number in Counter((one.status, one.light) for one in standings).items():
            among_statuses, among_lights = not statuses or status in statuses, not lights or light in lights
            by_status[status] += number * among_lights
            by_light[light] += number * among_statuses
            total += number * (among_statuses and among_lights)
        return cls(total, by_status, by_light)


# A group's tasks over all pages: how many (`total`), and how many of them are `completed` and `delayed`.
Subtotals = Mapping[int | None, Mapping[str, int]]


def list_of(found: LedgerFilter) -> "ShortList | LongList":
    standings = found.standings(at_most=SHORT)
    return LongList(found) if standings is None else ShortList(found, standings)


class ShortList:
    """1 query beside the standings, and 2 for the rows of a page."""

    def __init__(self, found: LedgerFilter, standings: Mapping[int, Standing]):
        self._found = found
        self._standings = standings
        statuses, lights = found.given.get("status"), found.given.get("light")
        # Whatever was added between the two queries is left for the next page view.
        others = [key for key in found.keys(but=("status", "light")) if key in standings]
        self._keys = [
            key
            for key in others
            if (not statuses or standings[key].status in statuses)
            and (not lights or standings[key].light in lights)
        ]
        self.counts = Counts.of((standings[key] for key in others), statuses=statuses, lights=lights)
        self.scope = Scope(
            len(standings),
            leads=len({one.lead for one in standings.values()} - {None}),
            warned=sum(one.light in (Light.RED, Light.YELLOW) for one in standings.values()),
        )

    def tasks(self, start: int, end: int) -> list[Task]:
        keys = self._keys[start:end]
        places = {key: place for place, key in enumerate(keys)}
        return sorted(_loaded(self._found, self._found.shown(keys)), key=lambda task: places[task.pk])

    def subtotals(self, groups: Collection[int | None]) -> Subtotals:
        subtotals = {group: {"total": 0, "completed": 0, "delayed": 0} for group in groups}
        by_lead = self._found.grouping == Grouping.LEAD
        for key in self._keys:
            standing = self._standings[key]
            if subtotal := subtotals.get(standing.lead if by_lead else standing.section):
                subtotal["total"] += 1
                if standing.status in subtotal:
                    subtotal[standing.status] += 1
        return subtotals


class LongList:
    """2 queries, 2 for the rows of a page, 1 for their groups."""

    def __init__(self, found: LedgerFilter):
        self._found = found
        self.counts = Counts(found.count())
        self.scope = Scope(found.count_of_plan())

    def tasks(self, start: int, end: int) -> list[Task]:
        return _loaded(self._found, self._found.qs[start:end])

    def subtotals(self, groups: Collection[int | None]) -> Subtotals:
        tasks, column = self._found.narrowed(), "section"
        if self._found.grouping == Grouping.LEAD:
            tasks, column = tasks.with_lead(), "lead_key"
        wanted = Q(**{f"{column}__in": set(groups) - {None}})
        if None in groups:
            wanted |= Q(**{f"{column}__isnull": True})
        rows = (
            tasks.order_by()
            .filter(wanted)
            .values(column)
            .annotate(
                total=Count("pk"),
                completed=Count("pk", filter=Q(status_now=Status.COMPLETED)),
                delayed=Count("pk", filter=Q(status_now=Status.DELAYED)),
            )
        )
        return {row.pop(column): row for row in rows}


def _loaded(found: LedgerFilter, tasks: TaskQuerySet) -> list[Task]:
    """These tasks with their plans and headings. 2 queries.

    Plans and headings are shared by many rows and have been loaded for the menus: each row takes its own
    from there instead of making it anew.
    """
    offers = found.offers
    tasks = tasks.defer("source_text", "responsibility")
    if not offers.knows_all_headings:
        tasks = tasks.select_related("section__chapter")
    loaded = list(tasks)
    prefetch_related_objects([offers.plans[str(key)] for key in {task.plan_id for task in loaded}], "periods")
    plan, section = Task._meta.get_field("plan"), Task._meta.get_field("section")
    for task in loaded:
        plan.set_cached_value(task, offers.plans[str(task.plan_id)])
        if offers.knows_all_headings:
            section.set_cached_value(task, offers.headings[task.section_id])
    return loaded
