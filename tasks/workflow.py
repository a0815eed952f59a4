"""Every audited change of plans and tasks: one function, one transaction, one event a change.

Views, commands and importers all come through here. `by` is the user who does it, and `by=None` says
"the system" aloud; `at` is when it happened, now unless a history is being written.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from agencies.models import Agency, AgencyAlias, User
from agencies.resolving import strange_signs
from tasks import permissions, search
from tasks.models import (
    REASON_OWED,
    Assignment,
    Chapter,
    Event,
    EventKind,
    Plan,
    Section,
    Status,
    Task,
)


class Refused(Exception):
    """The change is not allowed as asked; the text says, in Chinese, why and what to do."""


class EditConflict(Exception):
    """Somebody else changed these tasks after the page that sent the edit was made."""

    def __init__(self, tasks: Sequence[Task]):
        super().__init__("；".join(str(task) for task in tasks))
        self.tasks = tasks


# --- status -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StatusMove:
    """What it takes to bring a task into a status. Every status can be reached from every other."""

    reason_owed: bool
    progress: int | None = None  # the only progress that goes with the status


STATUS_MOVES = {
    status: StatusMove(
        reason_owed=status in REASON_OWED,
        progress={Status.COMPLETED: 100, Status.NOT_STARTED: 0}.get(status),
    )
    for status in Status
}


def owes_reason(current: str, target: str) -> bool:
    """Whether a reason is compulsory: for 滞后 and 已调整, and for reopening a completed task."""
    reopening = current == Status.COMPLETED and target != Status.COMPLETED
    return STATUS_MOVES[Status(target)].reason_owed or reopening


def set_status(
    task: Task,
    *,
    by: User | None,
    status: str,
    version: int,
    progress: int | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> Task:
    """Set a task's status, progress (per cent; None keeps it) and reason. Returns the fresh task.

    Raises EditConflict where the task is no longer at `version`, Refused where a reason is owed.
    Asking for what already stands changes nothing and records nothing, so a double click is harmless.
    """
    (fresh,) = set_statuses(
        [(task.pk, version)], by=by, status=status, progress=progress, reason=reason, at=at
    )
    return fresh


@transaction.atomic
def set_statuses(
    versions: Iterable[tuple[int, int]],
    *,
    by: User | None,
    status: str,
    progress: int | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> list[Task]:
    """Set the status of many tasks at once, given as (pk, version): all of them or none, one event each."""
    _allow(permissions.can_set_status, by)
    wanted = dict(versions)
    tasks = _locked(wanted)
    reason = reason.strip()
    changes = {task.pk: _status_change(task, status, progress, reason) for task in tasks}
    stale = [task for task in tasks if task.version != wanted[task.pk] and changes[task.pk]]
    if stale:
        raise EditConflict(stale)
    for task in tasks:
        if changes[task.pk]:
            _write(task, changes[task.pk], EventKind.TASK_STATUS, by=by, at=at, reason=reason)
    return tasks


def _status_change(task: Task, status: str, progress: int | None, reason: str) -> dict[str, Any]:
    """The fields that differ from what stands; refuses what the rules do not allow."""
    if status not in Status.values:
        raise Refused("没有这个状态，请重新选择")
    target = STATUS_MOVES[Status(status)]
    if target.progress is not None:
        progress = target.progress
    if progress is not None and not 0 <= progress <= 100:
        raise Refused("进度须在 0 至 100 之间")
    if not reason and status == task.status and target.reason_owed:
        reason = task.status_reason  # only the progress changes: the reason given before still stands
    if not reason and owes_reason(task.status, status):
        raise Refused(f"将第 {task.number} 项改为“{Status(status).label}”须填写理由")
    asked = {
        "status": status,
        "progress": task.progress if progress is None else progress,
        "status_reason": reason,
    }
    return {name: value for name, value in asked.items() if getattr(task, name) != value}


# --- plans from documents ---------------------------------------------------------------------------


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
    _allow(permissions.can_import_plans, by)
    plan = Plan.objects.create(**facts)
    _lay_out(plan, outline)
    Event.record(
        plan,
        EventKind.PLAN_IMPORTED,
        by=by,
        at=at or timezone.now(),
        after=_plain(facts | {"headings": _spoken(outline)}),
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
    _allow(permissions.can_import_plans, by)
    plan = _locked_plan(plan)
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
        before=_plain(before),
        after=_plain(after),
    )
    return plan


@transaction.atomic
def drop_headings(plan: Plan, *, by: User | None, outline: Sequence[ChapterOutline]) -> None:
    """Remove the chapters and sections that are not in the outline: the last step of `correct_plan`, which
    has recorded it. One that still has tasks is refused (PROTECT), and the whole import with it.
    """
    _allow(permissions.can_import_plans, by)
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
    _allow(permissions.can_import_plans, by)
    at = at or timezone.now()
    tasks = [_create(draft, by=by, at=at) for draft in drafts]
    search.index(tasks)
    return tasks


def _create(draft: Draft, *, by: User | None, at: datetime) -> Task:
    section = draft.section
    task = Task.objects.create(plan=section.chapter.plan, section=section, updated_at=at, **draft.facts)
    parts = [_spoken_part(assignment) for assignment in _assign(task, draft.namings)]
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
    _allow(permissions.can_import_plans, by)
    tasks = _locked(corrections)
    _park_numbers([task for task in tasks if "number" in corrections[task.pk].facts], corrections)
    for task in tasks:
        correction = corrections[task.pk]
        extra_before: dict[str, Any] = {}
        extra_after: dict[str, Any] = {}
        if correction.namings is not None:
            extra_before["agencies"] = [_spoken_part(a) for a in task.assignments.select_related("agency")]
            task.assignments.all().delete()
            extra_after["agencies"] = [_spoken_part(a) for a in _assign(task, correction.namings)]
        _write(
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
    _allow(permissions.can_import_plans, by)
    tasks = _locked(citations)
    for task in tasks:
        citation = citations[task.pk]
        task.first_line, task.last_line = citation.first_line, citation.last_line
        task.source_text = citation.source_text
    Task.objects.bulk_update(tasks, ["first_line", "last_line", "source_text"], batch_size=100)


def _assign(task: Task, namings: Sequence[Naming]) -> list[Assignment]:
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


def _spoken_part(assignment: Assignment) -> str:
    return f"{assignment.agency.name}（{assignment.get_role_display()}）"


# --- the register -----------------------------------------------------------------------------------


@transaction.atomic
def register_agency(name: str, *, by: User | None, at: datetime | None = None) -> Agency:
    """A new agency at the end of the register. Raises Refused where the name is taken or no name."""
    _allow(permissions.can_import_plans, by)
    name = _free_name(name, Agency)
    last = Agency.objects.aggregate(last=Max("position"))["last"] or 0
    # One whose registration was taken back is still there for its events: it comes back as itself.
    agency, _ = Agency.objects.update_or_create(
        name=name, defaults={"position": last + 1, "is_withdrawn": False}
    )
    Event.record(agency, EventKind.AGENCY_REGISTERED, by=by, at=at or timezone.now(), after={"name": name})
    return agency


@transaction.atomic
def withdraw_agency(agency: Agency, *, by: User | None, at: datetime | None = None) -> None:
    """Take a registration back. Raises Refused where the agency came otherwise, or something names it.

    The row stays, for its events name it; its name means nothing any more and may be registered again.
    """
    _allow(permissions.can_import_plans, by)
    agency = Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    if agency.is_withdrawn:
        return
    if not Event.objects.filter(agency=agency, kind=EventKind.AGENCY_REGISTERED).exists():
        raise Refused(f"“{agency}”不是导入时登记的单位，不能在这里撤销")
    used = _uses(
        (agency.assignments.count(), "项任务"),
        (agency.aliases.count(), "个别名"),
        (agency.users.count(), "个账号"),
        (agency.collectives.count() + agency.members.count(), "个单位组"),
    )
    if used:
        raise Refused(f"“{agency}”已有{used}，登记不能撤销")
    agency.is_withdrawn = True
    agency.save(update_fields=["is_withdrawn"])
    Event.record(
        agency, EventKind.AGENCY_WITHDRAWN, by=by, at=at or timezone.now(), before={"name": agency.name}
    )


@transaction.atomic
def remember_alias(agency: Agency, name: str, *, by: User | None, at: datetime | None = None) -> AgencyAlias:
    """Another name by which documents call the agency. Raises Refused where the name is taken or no name."""
    _allow(permissions.can_import_plans, by)
    # Locked: while it is made an alias's bearer, nobody takes the agency's registration back.
    agency = Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    if agency.is_withdrawn:
        raise Refused(f"“{agency}”的登记已撤销，请重新选择")
    alias = AgencyAlias.objects.create(agency=agency, name=_free_name(name, AgencyAlias))
    Event.record(agency, EventKind.AGENCY_ALIAS, by=by, at=at or timezone.now(), after={"alias": alias.name})
    return alias


@transaction.atomic
def forget_alias(alias: AgencyAlias, *, by: User | None, at: datetime | None = None) -> None:
    """Take an alias back. Raises Refused where it was not learnt here, or a task was read by it."""
    _allow(permissions.can_import_plans, by)
    # The agency's row is what an import locks that has this name in it: one of the two waits.
    agency = Agency.objects.select_for_update(no_key=True).get(pk=alias.agency_id)
    fresh = AgencyAlias.objects.filter(pk=alias.pk, agency=agency).first()
    if fresh is None:
        return
    learnt = Event.objects.filter(agency=agency, kind=EventKind.AGENCY_ALIAS, after__alias=fresh.name)
    if not learnt.exists():
        raise Refused(f"“{fresh}”是单位登记册自带的别名，不能在这里撤销")
    used = agency.assignments.filter(named_as=fresh.name).count()
    if used:
        raise Refused(f"已有 {used} 项任务按“{fresh}”对应到“{agency}”，别名不能撤销")
    fresh.delete()
    Event.record(
        agency, EventKind.AGENCY_ALIAS_DROPPED, by=by, at=at or timezone.now(), before={"alias": fresh.name}
    )


def _uses(*counts: tuple[int, str]) -> str:
    return "、".join(f" {count} {what}" for count, what in counts if count)


def _free_name(name: str, model: type[Agency] | type[AgencyAlias]) -> str:
    name = name.strip()
    longest = model._meta.get_field("name").max_length
    if not name or len(name) > longest:
        raise Refused(f"单位名称须为 1 至 {longest} 字")
    strange = strange_signs(name)
    if strange:
        raise Refused(f"“{name}”含有“{strange}”，不像单位名称，不能登记；请更正文件后重新导入")
    bearer = Agency.objects.registered().filter(Q(name=name) | Q(aliases__name=name)).first()
    if bearer:
        raise Refused(f"“{name}”已在登记册中，指的是{bearer}，请刷新页面")
    return name


# --- shared -----------------------------------------------------------------------------------------


def _allow(predicate: Any, by: User | None) -> None:
    if by is not None and not predicate(by):
        raise PermissionDenied


def _locked(pks: Iterable[int]) -> list[Task]:
    """The tasks, locked until the transaction ends; in the order of keys, so two edits cannot deadlock."""
    pks = list(pks)
    tasks = list(
        Task.objects.select_for_update(of=("self",)).select_related("plan").filter(pk__in=pks).order_by("pk")
    )
    if len(tasks) != len(set(pks)):
        raise Task.DoesNotExist
    return tasks


def _locked_plan(plan: Plan) -> Plan:
    # Weaker than FOR UPDATE: whoever sets a status meanwhile only has to see that the plan is there.
    return Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)


def _write(
    task: Task,
    changes: dict[str, Any],
    kind: EventKind,
    *,
    by: User | None,
    at: datetime | None,
    reason: str = "",
    extra_before: dict[str, Any] | None = None,
    extra_after: dict[str, Any] | None = None,
) -> None:
    at = at or timezone.now()
    before = {name: getattr(task, name) for name in changes}
    for name, value in changes.items():
        setattr(task, name, value)
    task.version += 1
    task.updated_at = at
    task.save(update_fields=[*changes, "version", "updated_at"])
    Event.record(
        task,
        kind,
        by=by,
        at=at,
        reason=reason,
        before=_plain(before | (extra_before or {})),
        after=_plain(changes | (extra_after or {})),
    )


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _told(value) for name, value in values.items()}


def _told(value: Any) -> Any:
    """A value as JSON holds it and a reader understands it: dates as text, a section by its headings."""
    if isinstance(value, Section):
        return value.chapter.heading + value.heading
    if isinstance(value, (str, int, float, bool, list, dict, type(None))):
        return value
    return str(getattr(value, "pk", value))
