"""Numbers for pages and workbooks, counted from tasks that are already loaded.

A plan has some hundred tasks. Counting them from the very rows that are shown costs no query of its own
and means that a number and the rows beneath it cannot disagree, whatever changes in between.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from agencies.models import Agency
from tasks.models import AssignmentRole, Chapter, Light, Reading, Section, Status, Task


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
class SectionNumbers:
    section: Section
    tally: Tally


@dataclass(frozen=True)
class ChapterNumbers:
    chapter: Chapter
    tally: Tally
    sections: tuple[SectionNumbers, ...]  # also the single one of a chapter that has none


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
class LeadNumbers:
    """The tasks that one agency leads: all of them, by chapter, and how far they are on average."""

    agency: Agency
    led: Tally
    chapters: Mapping[Chapter, Tally]  # those in which it leads
    progress: float  # mean of the percentages


@dataclass(frozen=True)
class ReadTask:
    """A task with its light, and why it shows."""

    task: Task
    reading: Reading


@dataclass(frozen=True)
class PlanNumbers:
    tally: Tally
    chapters: tuple[ChapterNumbers, ...]
    agencies: tuple[AgencyNumbers, ...]
    led: Tally  # tasks that name a leading agency


def tally(tasks: Iterable[Task], *, today: date) -> Tally:
    """Counts tasks whose plan is loaded (`for_rows()`); no query."""
    tasks = list(tasks)
    return _tally(tasks, _lights(tasks, today))


def plan_numbers(tasks: Iterable[Task], *, today: date) -> PlanNumbers:
    """The numbers of one plan from its tasks, loaded by `for_rows()`; no query.

    Chapters stand in the plan's order, agencies in the register's; those without a task are left out.
    """
    tasks = list(tasks)
    lights = _lights(tasks, today)
    by_chapter: dict[Chapter, list[Task]] = {}
    by_part: dict[Agency, dict[str, list[Task]]] = {}
    for task in tasks:
        by_chapter.setdefault(task.chapter, []).append(task)
        for assignment in task.parts:
            parts = by_part.setdefault(assignment.agency, {role: [] for role in AssignmentRole.values})
            parts[assignment.role].append(task)
    return PlanNumbers(
        tally=_tally(tasks, lights),
        chapters=tuple(
            _chapter_numbers(chapter, by_chapter[chapter], lights)
            for chapter in sorted(by_chapter, key=lambda chapter: chapter.number)
        ),
        agencies=tuple(
            AgencyNumbers(
                agency,
                led=_tally(by_part[agency][AssignmentRole.LEAD], lights),
                joined=_tally(by_part[agency][AssignmentRole.PARTICIPANT], lights),
            )
            for agency in sorted(by_part, key=lambda agency: (agency.position, agency.pk))
        ),
        led=_tally((task for task in tasks if task.lead), lights),
    )


def _chapter_numbers(chapter: Chapter, tasks: list[Task], lights: Mapping[int, Light]) -> ChapterNumbers:
    by_section: dict[Section, list[Task]] = {}
    for task in tasks:
        by_section.setdefault(task.section, []).append(task)
    return ChapterNumbers(
        chapter,
        _tally(tasks, lights),
        tuple(
            SectionNumbers(section, _tally(by_section[section], lights))
            for section in sorted(by_section, key=lambda section: section.number or 0)
        ),
    )


def _lights(tasks: Iterable[Task], today: date) -> dict[int, Light]:
    # Read once a task, however many tallies it is in.
    return {task.pk: task.reading(today).light for task in tasks}


def _tally(tasks: Iterable[Task], lights: Mapping[int, Light]) -> Tally:
    statuses: Counter[str] = Counter()
    shining: Counter[str] = Counter()
    for task in tasks:
        statuses[task.status] += 1
        shining[lights[task.pk]] += 1
    return Tally(
        {status: statuses[status] for status in Status},
        {light: shining[light] for light in Light},
    )


def lead_numbers(tasks: Iterable[Task], *, today: date) -> tuple[LeadNumbers, ...]:
    """The agencies that lead tasks, those with the most first, then in the register's order; no query."""
    tasks = list(tasks)
    lights = _lights(tasks, today)
    by_lead: dict[Agency, dict[Chapter, list[Task]]] = {}
    for task in tasks:
        if lead := task.lead:
            by_lead.setdefault(lead, {}).setdefault(task.chapter, []).append(task)
    numbers = (_lead_numbers(agency, chapters, lights) for agency, chapters in by_lead.items())
    return tuple(sorted(numbers, key=lambda one: (-one.led.total, one.agency.position, one.agency.pk)))


def _lead_numbers(
    agency: Agency, chapters: Mapping[Chapter, list[Task]], lights: Mapping[int, Light]
) -> LeadNumbers:
    led = [task for of_chapter in chapters.values() for task in of_chapter]
    return LeadNumbers(
        agency,
        led=_tally(led, lights),
        chapters={chapter: _tally(of_chapter, lights) for chapter, of_chapter in chapters.items()},
        progress=mean_progress(led) or 0,
    )


def warned(tasks: Iterable[Task], *, today: date) -> list[ReadTask]:
    """Tasks under a red or a yellow light, the most urgent first: red before yellow, then by deadline."""
    return sorted(
        _under(tasks, Light.RED, Light.YELLOW, today=today),
        key=lambda one: (one.reading.light != Light.RED, one.task.deadline, one.task.number),
    )


def quiet(tasks: Iterable[Task], *, today: date) -> list[ReadTask]:
    """Tasks under a green light, those of which nobody has heard for the longest time first."""
    return sorted(
        _under(tasks, Light.GREEN, today=today), key=lambda one: (one.task.updated_at, one.task.number)
    )


def _under(tasks: Iterable[Task], *lights: Light, today: date) -> list[ReadTask]:
    read = (ReadTask(task, task.reading(today)) for task in tasks)
    return [one for one in read if one.reading.light in lights]


def mean_progress(tasks: Iterable[Task]) -> float | None:
    """The mean of the tasks' percentages; None where there is no task."""
    percentages = [task.progress for task in tasks]
    return sum(percentages) / len(percentages) if percentages else None
