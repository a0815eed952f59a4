"""The preview as the page shows it: the reading, what the office decided, and the database as it is now."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from importers import changes
from importers.apply import plan_import
from importers.changes import Entry, ShownChange
from importers.diagnostics import Code
from importers.import_plan import Code as FindingCode
from importers.import_plan import ImportPlan, Source, TaskStep
from importers.learnt import Learnt, learnt
from importers.models import DocumentImport
from importers.notes import Group, Note, grouped, notes_on
from importers.parsed import ParsedChapter, ParsedPlan, ParsedSection, ParsedTask
from importers.reconcile import names_in
from importers.speech import KINDS
from tasks.models import AssignmentRole
from tasks.models.plan import chinese_number

# What is said of title, years, number: whoever reads it wants the form for them.
_OF_FACTS = {
    Code.MISSING_TITLE,
    Code.MISSING_YEAR,
    FindingCode.NO_TITLE,
    FindingCode.NO_YEARS,
    FindingCode.TWO_PLANS,
    FindingCode.YEARS_CHANGED,
    FindingCode.SAME_YEARS,
}


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


@dataclass(frozen=True)
class Preview:
    parsed: ParsedPlan
    plan: ImportPlan
    facts: dict[str, Any]
    learnt: Sequence[Learnt] = ()
    lines: Sequence[str] = ()

    @cached_property
    def notes(self) -> list[Note]:
        """What is to be done first, then as KINDS orders them, by line within each."""
        return notes_on(self.plan, self.learnt, self.lines)

    def groups(self, only: str = "") -> list[Group]:
        return grouped(self.notes, only)

    @property
    def settled(self) -> list[Note]:
        """What the office decided about names and may still take back."""
        return [note for note in self.notes if note.kind == "settled"]

    @property
    def facts_in_words(self) -> list[str]:
        """What else the head says, in short."""
        first, last = self.facts["first_year"], self.facts["last_year"]
        years = f"{first}" if first == last else f"{first}—{last}"
        said = [f"{years} 年度" if first else "", self.facts["document_number"], self.facts["issuer"]]
        issued_on = self.facts["issued_on"]
        return [each for each in (*said, f"{issued_on} 印发" if issued_on else "") if each]

    @property
    def doubts_facts(self) -> bool:
        """Whether something is said of the plan's head, so that it should lie open."""
        return (
            not self.facts["title"]
            or not self.facts["first_year"]
            or any(note.code in _OF_FACTS for note in self.notes)
        )

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
            named = any(each.task == task.number for each in note.mentions)
            if note.kind != "hint" and (named or (not note.mentions and first <= note.line <= last)):
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

    @cached_property
    def changes_of_plan(self) -> list[ShownChange]:
        return changes.of_plan(self.plan)

    @cached_property
    def changes_of_tasks(self) -> list[Entry]:
        return changes.of_tasks(self.plan)

    @property
    def summary(self) -> str:
        """What confirming does to a plan that is there already, counted; empty where it does nothing."""
        return "" if self.plan.is_new else changes.summary(self.plan)


def of(document: DocumentImport) -> Preview:
    """The preview of a document that was read, against the database as it is at this moment."""
    said = ParsedPlan.load(document.parsed)
    parsed = _amended(said, document.amended)
    years_stated = parsed.years != said.years
    plan = plan_import(parsed, source=Source(document.name, document.digest, years_stated))
    facts = {
        "title": parsed.title,
        "first_year": min(parsed.years, default=None),
        "last_year": max(parsed.years, default=None),
        "document_number": parsed.document_number,
        "issuer": parsed.issuer,
        "issued_on": parsed.issued_on,
    }
    return Preview(parsed, plan, facts, learnt(names_in(parsed)), document.text.split("\n"))


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


@dataclass(frozen=True)
class SourceLine:
    number: int
    text: str
    notes: tuple[Note, ...]

    @property
    def kinds(self) -> list[str]:
        """Of the notes that speak of this line, the gravest first."""
        return list(dict.fromkeys(note.kind for note in self.notes))


def lines_of(document: DocumentImport) -> list[SourceLine]:
    """The document's lines, each with the notes that speak of it; blank ones inside a join stay unmarked."""
    lines = document.text.split("\n")
    notes: dict[int, list[Note]] = {}
    for note in of(document).notes if document.parsed else ():
        for line in range(note.line, min(note.last_line, len(lines)) + 1):
            if line == note.line or lines[line - 1].strip():
                notes.setdefault(line, []).append(note)
    return [
        SourceLine(number, text, tuple(notes.get(number, ()))) for number, text in enumerate(lines, start=1)
    ]
