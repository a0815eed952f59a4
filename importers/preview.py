"""The preview as the page shows it: the reading, what the office decided, and the database as it is now."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from importers.apply import plan_import
from importers.diagnostics import Code, Diagnostic
from importers.differences import Run, differences
from importers.import_plan import Change, ImportPlan, Part, Source, TaskStep, UnknownName
from importers.models import DocumentImport
from importers.parsed import ParsedChapter, ParsedPlan, ParsedSection, ParsedTask
from importers.speech import KINDS, field_name, kind, value_words
from tasks.models import AssignmentRole, Duty
from tasks.models.plan import chinese_number


@dataclass(frozen=True)
class Note:
    """One thing to say about the document, as the column of diagnostics shows it."""

    kind: str  # todo, check, fixed, hint
    message: str
    line: int = 0
    before: str = ""
    after: str = ""
    key: str = ""  # of a repair that may be undone
    is_undone: bool = False
    unknown: UnknownName | None = None

    @property
    def label(self) -> str:
        return KINDS[self.kind]


@dataclass(frozen=True)
class TreeSection:
    key: str
    heading: str
    section: ParsedSection
    kinds: frozenset[str]


@dataclass(frozen=True)
class TreeChapter:
    heading: str
    chapter: ParsedChapter
    sections: tuple[TreeSection, ...]


@dataclass(frozen=True)
class ShownTask:
    step: TaskStep
    notes: tuple[Note, ...]

    @property
    def lead(self) -> Part | None:
        return next((part for part in self.step.content.parts if part.role == AssignmentRole.LEAD), None)

    @property
    def participants(self) -> list[Part]:
        return [part for part in self.step.content.parts if part.role != AssignmentRole.LEAD]

    @property
    def by_duty(self) -> bool:
        return self.step.content.duty == Duty.BY_DUTY


@dataclass(frozen=True)
class ShownChange:
    """One field of a task that an edition changes, as runs for a text and as two values for the rest."""

    label: str
    runs: list[Run]


@dataclass(frozen=True)
class Preview:
    parsed: ParsedPlan
    plan: ImportPlan
    facts: dict[str, Any]

    @cached_property
    def notes(self) -> list[Note]:
        """The gravest first: unknown names, then everything else as the import plan orders it."""
        return [*map(_note_of_name, self.plan.unknown), *map(_note, self.plan.diagnostics)]

    @property
    def to_do(self) -> list[Note]:
        return [note for note in self.notes if note.kind == "todo"]

    @property
    def can_be_confirmed(self) -> bool:
        return not self.to_do and not self.plan.changes_nothing

    @cached_property
    def counts(self) -> dict[str, int]:
        counted = Counter(note.kind for note in self.notes)
        return {kind: counted[kind] for kind in KINDS}

    @property
    def tabs(self) -> list[tuple[str, str, int]]:
        return [("", "全部", len(self.notes))] + [
            (kind, label, self.counts[kind]) for kind, label in KINDS.items() if self.counts[kind]
        ]

    @cached_property
    def tree(self) -> list[TreeChapter]:
        return [
            TreeChapter(
                heading=f"{chinese_number(chapter.number)}、{chapter.title}",
                chapter=chapter,
                sections=tuple(self._tree_section(chapter, section) for section in chapter.sections),
            )
            for chapter in self.parsed.chapters
        ]

    def _tree_section(self, chapter: ParsedChapter, section: ParsedSection) -> TreeSection:
        heading = f"（{chinese_number(section.number)}）{section.title}" if section.number else ""
        kinds = {note.kind for task in section.tasks for note in self._notes_of(task)}
        return TreeSection(f"{chapter.number}.{section.number or 0}", heading, section, frozenset(kinds))

    def part(self, key: str) -> tuple[TreeChapter, TreeSection] | None:
        """The section that the page shows: the one asked for, else the first that has something to do."""
        parts = [(chapter, section) for chapter in self.tree for section in chapter.sections]
        asked = [each for each in parts if each[1].key == key]
        urgent = [each for each in parts if "todo" in each[1].kinds]
        return next(iter(asked or urgent or parts), None)

    def tasks_of(self, section: ParsedSection) -> list[ShownTask]:
        steps = {step.citation.first_line: step for step in self.plan.steps}
        by_place = {(step.content.number, step.citation.first_line): step for step in self.plan.steps}
        return [
            ShownTask(
                by_place.get((task.number, task.lines[0])) or steps[task.lines[0]],
                tuple(self._notes_of(task)),
            )
            for task in section.tasks
        ]

    def _notes_of(self, task: ParsedTask) -> Iterator[Note]:
        first, last = task.lines
        for note in self.notes:
            named = note.unknown and any(each.task == task.number for each in note.unknown.mentions)
            if named or (note.kind != "hint" and first <= note.line <= last):
                yield note

    @property
    def agencies(self) -> int:
        return len({part.agency for step in self.plan.steps for part in step.content.parts})

    @property
    def leads(self) -> int:
        parts = (part for step in self.plan.steps for part in step.content.parts)
        return len({part.agency for part in parts if part.role == AssignmentRole.LEAD})

    @property
    def sections(self) -> int:
        return sum(1 for chapter in self.parsed.chapters for each in chapter.sections if each.number)

    @property
    def numbering(self) -> str:
        numbers = sorted(step.content.number for step in self.plan.steps)
        whole = numbers == list(range(1, len(numbers) + 1))
        return f"序号 1–{len(numbers)} 连续" if whole else "序号不连续"

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What will be written, a row a chapter, for the last look."""
        agencies: dict[int, set[str]] = {}
        for step in self.plan.steps:
            agencies.setdefault(step.content.place.chapter, set()).update(
                p.agency for p in step.content.parts
            )
        return [
            {
                "heading": each.heading,
                "sections": sum(1 for section in each.sections if section.section.number),
                "tasks": len(each.chapter.tasks),
                "agencies": len(agencies.get(each.chapter.number, ())),
            }
            for each in self.tree
        ]

    @property
    def corrected(self) -> list[tuple[TaskStep, list[ShownChange]]]:
        """The tasks that this edition changes, field by field."""
        return [(step, [_shown_change(change) for change in step.changes]) for step in self.plan.corrected]

    @property
    def fact_changes(self) -> list[ShownChange]:
        return [_shown_change(change) for change in self.plan.fact_changes]


def of(document: DocumentImport) -> Preview:
    """The preview of a document that was read, against the database as it is at this moment."""
    parsed = _amended(ParsedPlan.load(document.parsed), document.amended)
    plan = plan_import(parsed, source=Source(document.name, document.digest))
    facts = {
        "title": parsed.title,
        "first_year": min(parsed.years, default=None),
        "last_year": max(parsed.years, default=None),
        "document_number": parsed.document_number,
        "issuer": parsed.issuer,
        "issued_on": parsed.issued_on,
    }
    return Preview(parsed, plan, facts)


def amendments(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of FactsForm as JSON holds them."""
    return facts | {"issued_on": facts["issued_on"].isoformat() if facts["issued_on"] else None}


def _amended(parsed: ParsedPlan, facts: dict[str, Any]) -> ParsedPlan:
    if not facts:
        return parsed
    settled = {Code.MISSING_TITLE, Code.MISSING_YEAR}
    return replace(
        parsed,
        title=facts["title"],
        years=tuple(range(facts["first_year"], facts["last_year"] + 1)),
        document_number=facts["document_number"],
        issuer=facts["issuer"],
        issued_on=date.fromisoformat(facts["issued_on"]) if facts["issued_on"] else None,
        diagnostics=tuple(each for each in parsed.diagnostics if each.code not in settled),
    )


def _note(remark: Any) -> Note:
    if not isinstance(remark, Diagnostic):
        return Note(kind(remark), remark.message, remark.line)
    return Note(
        kind=kind(remark),
        message=remark.message,
        line=remark.line,
        before=remark.before,
        after=remark.after,
        key=remark.key if remark.can_undo or remark.undone else "",
        is_undone=remark.undone,
    )


def _note_of_name(unknown: UnknownName) -> Note:
    places = "、".join(f"第 {mention.task} 项" for mention in unknown.mentions[:8])
    more = f"等 {len(unknown.mentions)} 项" if len(unknown.mentions) > 8 else ""
    return Note(
        kind="todo",
        message=f"{places}{more}的责任单位“{unknown.name}”不在单位登记册中。",
        line=unknown.mentions[0].line if unknown.mentions else 0,
        unknown=unknown,
    )


def _shown_change(change: Change) -> ShownChange:
    runs = differences(value_words(change.before), value_words(change.after))
    return ShownChange(field_name(change.field), runs)


@dataclass(frozen=True)
class SourceLine:
    number: int
    text: str
    kinds: tuple[str, ...]


def lines_of(document: DocumentImport) -> list[SourceLine]:
    """The document's lines; those that a note speaks of carry its kind."""
    kinds: dict[int, set[str]] = {}
    if document.parsed:
        for note in of(document).notes:
            kinds.setdefault(note.line, set()).add(note.kind)
    return [
        SourceLine(number, text, tuple(sorted(kinds.get(number, ()))))
        for number, text in enumerate(document.text.split("\n"), start=1)
    ]
