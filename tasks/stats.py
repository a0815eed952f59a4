"""Numbers for pages and workbooks, counted from tasks that are already loaded.

A plan has some hundred tasks. Counting them from the very rows that are shown costs no query of its own
and means that a number and the rows beneath it cannot disagree, whatever changes in between.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from agencies.models import Agency
from tasks.models import AssignmentRole, Chapter, Light, Status, Task


@dataclass(frozen=True)
class Tally:
    """How many tasks stand in each status and under each light; every status and light has its number."""

    statuses: Mapping[Status, int]
    lights: Mapping[Light, int]

    @property
    def total(self) -> int:
        return sum(self.statuses.values())

    @property
    def completed(self) -> int:
        return self.statuses[Status.COMPLETED]

    @property
    def rated(self) -> int:
        """The tasks that the completion rate speaks of: all but those of 长期坚持.

        What is to be kept up for good has no day on which it is done; it would hold the rate below 100 %
        for ever. 已调整 stays in: taking it out would let a plan raise its rate by adjusting its tasks.
        """
        return self.total - self.statuses[Status.CONTINUING]

    @property
    def completion_rate(self) -> float | None:
        """已完成 ÷ `rated`, 0 to 1; None where there is nothing to be completed."""
        return self.completed / self.rated if self.rated else None


@dataclass(frozen=True)
class ChapterNumbers:
    chapter: Chapter
    tally: Tally


@dataclass(frozen=True)
class AgencyNumbers:
    """An agency's part: the tasks it leads, by status, and those it takes part in.

    Counted from the clauses as they stand: a collective is an agency like any other, and its tasks are
    not counted for its members.
    """

    agency: Agency
    led: Tally
    joined: Tally

    @property
    def total(self) -> int:
        return self.led.total + self.joined.total


@dataclass(frozen=True)
class PlanNumbers:
    tally: Tally
    chapters: tuple[ChapterNumbers, ...]
    agencies: tuple[AgencyNumbers, ...]
    led: Tally  # tasks that name a leading agency


def tally(tasks: Iterable[Task], *, today: date) -> Tally:
    """Counts tasks whose plan is loaded (`for_rows()`); no query."""
    statuses: Counter[str] = Counter()
    lights: Counter[str] = Counter()
    for task in tasks:
        statuses[task.status] += 1
        lights[task.reading(today).light] += 1
    return Tally(
        {status: statuses[status] for status in Status},
        {light: lights[light] for light in Light},
    )


def plan_numbers(tasks: Iterable[Task], *, today: date) -> PlanNumbers:
    """The numbers of one plan from its tasks, loaded by `for_rows()`; no query.

    Chapters stand in the plan's order, agencies in the register's; those without a task are left out.
    """
    tasks = list(tasks)
    by_chapter: dict[Chapter, list[Task]] = {}
    by_part: dict[Agency, dict[str, list[Task]]] = {}
    for task in tasks:
        by_chapter.setdefault(task.chapter, []).append(task)
        for assignment in task.assignments.all():
            parts = by_part.setdefault(assignment.agency, {role: [] for role in AssignmentRole.values})
            parts[assignment.role].append(task)
    return PlanNumbers(
        tally=tally(tasks, today=today),
        chapters=tuple(
            ChapterNumbers(chapter, tally(by_chapter[chapter], today=today))
            for chapter in sorted(by_chapter, key=lambda chapter: chapter.number)
        ),
        agencies=tuple(
            AgencyNumbers(
                agency,
                led=tally(by_part[agency][AssignmentRole.LEAD], today=today),
                joined=tally(by_part[agency][AssignmentRole.PARTICIPANT], today=today),
            )
            for agency in sorted(by_part, key=lambda agency: (agency.position, agency.pk))
        ),
        led=tally((task for task in tasks if task.lead), today=today),
    )
