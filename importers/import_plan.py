"""What an import would do, as values: the snapshot of the database, and the `ImportPlan` made of it.

Pure: pages, commands and `apply` share these, and nothing here knows Django. Contents are kept apart from
citations: a content is what a document says of a task, a citation is where it says so.
"""

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from importers.clauses import Role
from importers.diagnostics import Diagnostic, Severity
from importers.parsed import ParsedPlan


class Code(StrEnum):
    """What holding a plan against the database can find; stable, as the words of `diagnostics.Code` are."""

    NO_TITLE = "no_title"
    NO_YEARS = "no_years"
    TWO_PLANS = "two_plans"  # the document number says one plan, the years or the title another
    YEARS_CHANGED = "years_changed"  # a person says that a plan of the database is of other years
    SAME_YEARS = "same_years"  # another plan of these years is there already
    TASK_MISSING = "task_missing"  # the database has a task that the file lacks
    NUMBER_TWICE = "number_twice"
    DOES_NOT_FIT = "does_not_fit"  # longer or larger than the database holds
    OUTDATED_NAME = "outdated_name"  # an alias used before or after the years in which it was a name
    SAME_AGENCY = "same_agency"  # two names in one clause mean the same agency; the first one counts
    REWRITTEN = "rewritten"  # taken for the same task by its number alone
    CONFIRMATION_LOST = "confirmation_lost"  # roles that the office confirmed give way to a corrected clause


@dataclass(frozen=True, slots=True)
class Finding:
    """A remark on the plan and the database, read like a `Diagnostic`; line 0 where it has none."""

    severity: Severity
    code: Code
    line: int
    message: str


def error(code: Code, message: str, line: int = 0) -> Finding:
    return Finding(Severity.ERROR, code, line, message)


@dataclass(frozen=True, slots=True)
class Source:
    """The file: its name, the SHA-256 of its bytes in hexadecimal, whether a person put its years right."""

    name: str = ""
    digest: str = ""
    years_stated: bool = False

    @classmethod
    def of(cls, data: bytes, *, name: str) -> "Source":
        return cls(name[-255:], hashlib.sha256(data).hexdigest())


# --- what the database and the file both say --------------------------------------------------------


class Place(NamedTuple):
    """Chapter and section by their numbers; section None in a chapter without sections."""

    chapter: int
    section: int | None


@dataclass(frozen=True, slots=True)
class SectionHeading:
    number: int | None
    title: str


@dataclass(frozen=True, slots=True)
class ChapterHeading:
    number: int
    title: str
    sections: tuple[SectionHeading, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """An agency's part in a task: the agency by its name in the register, and the name that was written."""

    agency: str
    role: str
    basis: str
    named_as: str


@dataclass(frozen=True, slots=True)
class Content:
    """All that a document says of a task. Two contents that are equal need no correction."""

    number: int
    text: str
    responsibility: str
    duty: str
    open_ended: bool
    due_on: datetime.date | None
    place: Place
    parts: tuple[Part, ...]

    @property
    def lead(self) -> Part | None:
        return next((part for part in self.parts if part.role == Role.LEAD), None)

    @property
    def participants(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.role != Role.LEAD)


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a task stands in the file, and the words as they stand there."""

    first_line: int | None
    last_line: int | None
    source_text: str


@dataclass(frozen=True, slots=True)
class PlanFacts:
    title: str
    first_year: int
    last_year: int
    document_number: str
    issuer: str
    issued_on: datetime.date | None
    addressees: tuple[str, ...]
    preamble: str
    closing_rule: str
    due_on: datetime.date | None  # of a plan of the database never None

    @property
    def period(self) -> str:
        """2024 年度, or 2021—2022 年度. Twin: Plan.period."""
        first, last = self.first_year, self.last_year
        return f"{first} 年度" if first == last else f"{first}—{last} 年度"


# --- what the database holds ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredTask:
    pk: int
    content: Content
    citation: Citation
    is_extended: bool = False  # its due day was moved by an extension that the office granted


@dataclass(frozen=True, slots=True)
class StoredPlan:
    pk: int
    facts: PlanFacts
    outline: tuple[ChapterHeading, ...]
    tasks: tuple[StoredTask, ...]


@dataclass(frozen=True, slots=True)
class Register:
    """Names of a plan -> the agency that bears them; for names that nobody bears, the nearest agencies.

    `outdated` holds the aliases that were no name in the plan's years, with their dates in words.
    """

    bearers: Mapping[str, str]
    nearest: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outdated: Mapping[str, str] = field(default_factory=dict)


# --- what would happen ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class HeadingChange:
    """A heading retitled, new (nothing before) or gone (nothing after); a chapter's has no section."""

    place: Place
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TaskStep:
    """What happens to one task of the file: created (no pk), corrected (changes), or left as it is."""

    content: Content
    citation: Citation
    pk: int | None = None
    changes: tuple[Change, ...] = ()
    cited_before: Citation | None = None

    @property
    def is_moved_only(self) -> bool:
        """The content stays; its place in the file is another one."""
        return self.pk is not None and not self.changes and self.citation != self.cited_before

    @property
    def is_shifted_only(self) -> bool:
        """Another number or another section, and not a word of the task itself."""
        return bool(self.changes) and {change.field for change in self.changes} <= {"number", "place"}


@dataclass(frozen=True, slots=True)
class Mention:
    task: int
    line: int


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A name that no agency of the register bears, where it stands, and the agencies with nearest names."""

    name: str
    mentions: tuple[Mention, ...]
    nearest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What importing `parsed` would do. Equal digests do equal things, so a preview can be confirmed."""

    parsed: ParsedPlan
    source: Source
    pk: int | None  # the plan of the database, None for a new one
    facts: PlanFacts
    fact_changes: tuple[Change, ...]
    outline: tuple[ChapterHeading, ...]
    outline_before: tuple[ChapterHeading, ...]
    steps: tuple[TaskStep, ...]
    missing: tuple[StoredTask, ...]
    unknown: tuple[UnknownName, ...]
    findings: tuple[Finding, ...]

    @property
    def is_new(self) -> bool:
        return self.pk is None

    @property
    def created(self) -> tuple[TaskStep, ...]:
        return tuple(step for step in self.steps if step.pk is None)

    @property
    def corrected(self) -> tuple[TaskStep, ...]:
        return tuple(step for step in self.steps if step.changes)

    @property
    def unchanged(self) -> tuple[TaskStep, ...]:
        return tuple(step for step in self.steps if step.pk is not None and not step.changes)

    @property
    def shifted(self) -> tuple[TaskStep, ...]:
        """Those of the corrected tasks that say the same in another place."""
        return tuple(step for step in self.steps if step.is_shifted_only)

    @property
    def facts_before(self) -> PlanFacts:
        """What the database says of the plan; of a new plan what the file says."""
        before: dict[str, Any] = {change.field: change.before for change in self.fact_changes}
        return replace(self.facts, **before)

    @property
    def outline_changes(self) -> bool:
        return self.outline != self.outline_before

    @property
    def heading_changes(self) -> tuple[HeadingChange, ...]:
        """In the order of the document. None for a new plan: it has nothing to change."""
        if self.is_new:
            return ()
        before, after = _headings(self.outline_before), _headings(self.outline)
        return tuple(
            HeadingChange(place, before.get(place, ""), after.get(place, ""))
            for place in sorted(before.keys() | after.keys(), key=lambda each: (each[0], each[1] or 0))
            if before.get(place) != after.get(place)
        )

    @property
    def fact_count(self) -> int:
        """How many things a correction changes of the plan itself: its facts and its headings."""
        headings = len(self.heading_changes) or int(self.outline_changes)
        return 0 if self.is_new else len(self.fact_changes) + headings

    @property
    def changes_nothing(self) -> bool:
        """Whether the database says all of it already: then importing writes nothing at all."""
        return not (
            self.is_new
            or self.fact_changes
            or self.outline_changes
            or self.created
            or self.corrected
            or self.missing
        )

    @property
    def diagnostics(self) -> tuple[Diagnostic | Finding, ...]:
        """All that is to be said about the file, the gravest first, by line within each."""
        rank = list(Severity)
        return tuple(
            sorted(
                (*self.parsed.diagnostics, *self.findings),
                key=lambda each: (rank.index(each.severity), each.line),
            )
        )

    @property
    def has_errors(self) -> bool:
        """Errors in the file; unknown agencies are counted apart, for they can be registered."""
        return any(each.severity is Severity.ERROR for each in self.diagnostics)

    @property
    def digest(self) -> str:
        """Changes with what importing would write, and with nothing else, such as a status set meanwhile."""
        effect = (
            self.source.digest,
            self.pk,
            self.facts,
            self.fact_changes,
            self.outline,
            self.outline_before,
        )
        # Values of str, int, bool, date and tuples only: their repr is the same in every process.
        return hashlib.sha256(
            repr((*effect, self.steps, [task.pk for task in self.missing])).encode()
        ).hexdigest()


def _headings(outline: Sequence[ChapterHeading]) -> dict[Place, str]:
    """Titles by their places; the part of a chapter that has no section of its own has no heading."""
    chapters = {Place(chapter.number, None): chapter.title for chapter in outline}
    sections = {
        Place(chapter.number, section.number): section.title
        for chapter in outline
        for section in chapter.sections
        if section.number is not None
    }
    return chapters | sections
