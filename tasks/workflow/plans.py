"""Plans from documents: a new plan, a corrected one, its tasks and where they stand in the text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from agencies.models import Agency, User
from tasks import permissions, search
from tasks.models import Assignment, Chapter, Event, EventKind, Plan, Section, Task
from tasks.workflow.shared import allow, locked, locked_plan, plain, write


@dataclass(frozen=True)
class SectionOutline:
    """A section as a document heads it; number None and no title for a chapter without sections."""

    number: int | None
    title: str


@dataclass(frozen=True)
class ChapterOutline:
    number: int
    title: str
    sections: tuple[SectionOutline, ...]


@transaction.atomic
def create_plan(
    *, by: User | None, at: datetime | None = None, outline: Sequence[ChapterOutline] = (), **facts: Any
) -> Plan:
    """A new plan with its chapters and sections, and no task yet."""
    allow(permissions.can_import_plans, by)
    plan = Plan.objects.create(**facts)
    _lay_out(plan, outline)
    Event.record(
        plan,
        EventKind.PLAN_IMPORTED,
        by=by,
        at=at or timezone.now(),
        after=plain(facts | {"headings": _spoken(outline)}),
    )
    return plan


@transaction.atomic
def correct_plan(
    plan: Plan,
    *,
    by: User | None,
    at: datetime | None = None,
    outline: Sequence[ChapterOutline] | None = None,
    **facts: Any,
) -> Plan:
    """Bring a plan's own facts (title, number, issuer …) and its headings to what a corrected document says.

    `facts` holds the fields that change; `outline` is None where the headings stay. Headings that the outline
    no longer has stand until `drop_headings`, for their tasks have to be moved away first.
    """
    allow(permissions.can_import_plans, by)
    plan = locked_plan(plan)
    before = {name: getattr(plan, name) for name in facts}
    after: dict[str, Any] = dict(facts)
    for name, value in facts.items():
        setattr(plan, name, value)
    plan.save(update_fields=list(facts))
    if outline is not None:
        before["headings"], after["headings"] = _spoken(outline_of(plan)), _spoken(outline)
        _lay_out(plan, outline)
    Event.record(
        plan,
        EventKind.PLAN_CORRECTED,
        by=by,
        at=at or timezone.now(),
        before=plain(before),
        after=plain(after),
    )
    return plan


@transaction.atomic
def drop_headings(plan: Plan, *, by: User | None, outline: Sequence[ChapterOutline]) -> None:
    """Remove the chapters and sections that are not in the outline: the last step of `correct_plan`, which
    has recorded it. One that still has tasks is refused (PROTECT), and the whole import with it.
    """
    allow(permissions.can_import_plans, by)
    kept = {(chapter.number, section.number) for chapter in outline for section in chapter.sections}
    for section in Section.objects.filter(chapter__plan=plan).select_related("chapter"):
        if (section.chapter.number, section.number) not in kept:
            section.delete()
    plan.chapters.exclude(number__in=[chapter.number for chapter in outline]).delete()


def _lay_out(plan: Plan, outline: Sequence[ChapterOutline]) -> None:
    """Make and retitle chapters and sections, told by their numbers."""
    chapters = {chapter.number: chapter for chapter in plan.chapters.all()}
    sections = {
        (section.chapter.number, section.number): section
        for section in Section.objects.filter(chapter__plan=plan).select_related("chapter")
    }
    for wanted in outline:
        chapter = chapters.get(wanted.number) or Chapter(plan=plan, number=wanted.number)
        _retitle(chapter, wanted.title)
        for wanted_section in wanted.sections:
            section = sections.get((wanted.number, wanted_section.number))
            _retitle(section or Section(chapter=chapter, number=wanted_section.number), wanted_section.title)


def _retitle(heading: Chapter | Section, title: str) -> None:
    if heading.pk is None or heading.title != title:
        heading.title = title
        heading.save()


def outline_of(plan: Plan) -> tuple[ChapterOutline, ...]:
    """The chapters and sections as they stand, in the order of the document. 2 queries."""
    return tuple(
        ChapterOutline(
            chapter.number,
            chapter.title,
            tuple(SectionOutline(section.number, section.title) for section in chapter.sections.all()),
        )
        for chapter in plan.chapters.prefetch_related("sections")
    )


def _spoken(outline: Sequence[ChapterOutline]) -> list[str]:
    """The headings as the document writes them, for the record: 一、…, （一）…."""
    return [
        heading.heading
        for chapter in outline
        for heading in (
            Chapter(number=chapter.number, title=chapter.title),
            *(Section(number=section.number, title=section.title) for section in chapter.sections),
        )
        if heading.heading
    ]


@dataclass(frozen=True)
class Naming:
    """An agency as a clause names it: its role, how that is known, and the name that was written."""

    agency: Agency
    role: str
    basis: str
    named_as: str


@dataclass(frozen=True)
class Draft:
    """A task that is to be: its section, its agencies in the order of the clause, and its other facts."""

    section: Section
    namings: Sequence[Naming]
    facts: dict[str, Any]


def create_task(
    section: Section, *, by: User | None, namings: Sequence[Naming], at: datetime | None = None, **facts: Any
) -> Task:
    """A new task in the section, not started, with its agencies in the order of the clause."""
    (task,) = create_tasks([Draft(section, namings, facts)], by=by, at=at)
    return task


@transaction.atomic
def create_tasks(drafts: Iterable[Draft], *, by: User | None, at: datetime | None = None) -> list[Task]:
    """New tasks, not started: all or none, one event each."""
    allow(permissions.can_import_plans, by)
    at = at or timezone.now()
    tasks = [_create(draft, by=by, at=at) for draft in drafts]
    search.index(tasks)
    return tasks


def _create(draft: Draft, *, by: User | None, at: datetime) -> Task:
    section = draft.section
    task = Task.objects.create(plan=section.chapter.plan, section=section, updated_at=at, **draft.facts)
    parts = [spoken_part(assignment) for assignment in assign_agencies(task, draft.namings)]
    Event.record(
        task,
        EventKind.TASK_CREATED,
        by=by,
        at=at,
        after={
            "status": task.status,
            "progress": task.progress,
            "number": task.number,
            "agencies": parts,
        },
    )
    return task


@dataclass(frozen=True)
class Correction:
    """What a corrected document says of a task: fields that change; its agencies, None where they stay."""

    facts: dict[str, Any]
    namings: Sequence[Naming] | None = None


def correct_task(
    task: Task,
    *,
    by: User | None,
    facts: dict[str, Any],
    namings: Sequence[Naming] | None = None,
    at: datetime | None = None,
) -> Task:
    """Bring one task to what a corrected document says: see `correct_tasks`. Returns the fresh task."""
    (fresh,) = correct_tasks({task.pk: Correction(facts, namings)}, by=by, at=at)
    return fresh


@transaction.atomic
def correct_tasks(
    corrections: Mapping[int, Correction], *, by: User | None, at: datetime | None = None
) -> list[Task]:
    """Bring tasks, given by their keys, to what a corrected document says: all or none, one event each.

    Status, progress, reasons and history stay as they are. Numbers may be exchanged and shifted at will.
    """
    allow(permissions.can_import_plans, by)
    tasks = locked(corrections)
    _park_numbers([task for task in tasks if "number" in corrections[task.pk].facts], corrections)
    for task in tasks:
        correction = corrections[task.pk]
        extra_before: dict[str, Any] = {}
        extra_after: dict[str, Any] = {}
        if correction.namings is not None:
            extra_before["agencies"] = [spoken_part(a) for a in task.assignments.select_related("agency")]
            task.assignments.all().delete()
            extra_after["agencies"] = [spoken_part(a) for a in assign_agencies(task, correction.namings)]
        write(
            task,
            correction.facts,
            EventKind.TASK_CORRECTED,
            by=by,
            at=at,
            extra_before=extra_before,
            extra_after=extra_after,
        )
    search.index(task for task in tasks if "text" in corrections[task.pk].facts)
    return tasks


def _park_numbers(tasks: Sequence[Task], corrections: Mapping[int, Correction]) -> None:
    """Move the tasks out of one another's way, to numbers that nobody has or wants.

    Both databases check "a number once a plan" row by row, so two tasks cannot exchange their numbers
    directly. The tasks in hand keep their old numbers, which the events tell.
    """
    if not tasks:
        return
    taken = Task.objects.filter(plan__in={task.plan_id for task in tasks}).aggregate(top=Max("number"))["top"]
    above = max(taken, *(corrections[task.pk].facts["number"] for task in tasks))
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(number=F("number") + above)


@dataclass(frozen=True)
class Citation:
    """Where a task stands in the document that was imported last, and the words as they stand there."""

    first_line: int
    last_line: int
    source_text: str


@transaction.atomic
def cite(citations: Mapping[int, Citation], *, by: User | None) -> None:
    """Point tasks, given by their keys, to their place in the corrected document.

    No event and no new version: the task itself stays as it was, and `correct_plan` has recorded in which
    document its lines are counted.
    """
    allow(permissions.can_import_plans, by)
    tasks = locked(citations)
    for task in tasks:
        citation = citations[task.pk]
        task.first_line, task.last_line = citation.first_line, citation.last_line
        task.source_text = citation.source_text
    Task.objects.bulk_update(tasks, ["first_line", "last_line", "source_text"], batch_size=100)


def assign_agencies(task: Task, namings: Sequence[Naming]) -> list[Assignment]:
    return Assignment.objects.bulk_create(
        Assignment(
            task=task,
            agency=naming.agency,
            role=naming.role,
            position=position,
            basis=naming.basis,
            named_as=naming.named_as,
        )
        for position, naming in enumerate(namings, start=1)
    )


def spoken_part(assignment: Assignment) -> str:
    return f"{assignment.agency.name}（{assignment.get_role_display()}）"
