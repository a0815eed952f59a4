"""A plan as its text says it: pure values that know nothing of the database or of how they were read."""

import datetime
from dataclasses import dataclass
from typing import Any

from importers.clauses import Duty, ParsedAgency, Role
from importers.diagnostics import Diagnostic, Severity


class NotAPlan(ValueError):
    """The document holds no plan. The message is one Chinese sentence to show as it is."""


@dataclass(frozen=True, slots=True)
class ParsedTask:
    """`text` is normalised and without number and clause; `source_text` is the source verbatim with both.

    `responsibility` is the clause without its brackets (several joined by ；); `lines` are first and last.
    `number` counts through the whole plan, 1 to N. Where the text begins again from 1 in each chapter or
    section, `written_number` is what stands there, and the diagnostics `renumbered` set both side by side."""

    number: int
    text: str
    source_text: str
    responsibility: str
    agencies: tuple[ParsedAgency, ...]
    duty: Duty
    open_ended: bool
    due: datetime.date | None
    lines: tuple[int, int]
    lead_stated: bool = False  # the clause says who leads (牵头), it is not only the first one listed
    written_number: int = 0  # the number in the text, where numbers begin again in each chapter

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "text": self.text,
            "responsibility": self.responsibility,
            "agencies": [{"name": each.name, "role": each.role.value} for each in self.agencies],
            "duty": self.duty.value,
            "open_ended": self.open_ended,
            "due": self.due.isoformat() if self.due else None,
            "lines": list(self.lines),
        }

    def dump(self) -> dict[str, Any]:
        more = {"lead_stated": self.lead_stated, "written_number": self.written_number}
        return {**self.to_json(), "source_text": self.source_text, **more}

    @classmethod
    def load(cls, data: dict[str, Any]) -> "ParsedTask":
        agencies = tuple(ParsedAgency(each["name"], Role(each["role"])) for each in data["agencies"])
        duty, due, (first, last) = Duty(data["duty"]), _date(data["due"]), data["lines"]
        return cls(**{**data, "agencies": agencies, "duty": duty, "due": due, "lines": (first, last)})


@dataclass(frozen=True, slots=True)
class ParsedSection:
    """Number and title are None for the one section of a chapter without sections."""

    number: int | None
    title: str | None
    line: int
    tasks: tuple[ParsedTask, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "title": self.title,
            "tasks": [task.to_json() for task in self.tasks],
        }

    def dump(self) -> dict[str, Any]:
        return {**self.to_json(), "line": self.line, "tasks": [task.dump() for task in self.tasks]}

    @classmethod
    def load(cls, data: dict[str, Any]) -> "ParsedSection":
        return cls(**{**data, "tasks": tuple(map(ParsedTask.load, data["tasks"]))})


@dataclass(frozen=True, slots=True)
class ParsedChapter:
    number: int
    title: str
    line: int
    sections: tuple[ParsedSection, ...]

    @property
    def tasks(self) -> tuple[ParsedTask, ...]:
        return tuple(task for section in self.sections for task in section.tasks)

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "title": self.title,
            "sections": [section.to_json() for section in self.sections],
        }

    def dump(self) -> dict[str, Any]:
        return {**self.to_json(), "line": self.line, "sections": [each.dump() for each in self.sections]}

    @classmethod
    def load(cls, data: dict[str, Any]) -> "ParsedChapter":
        return cls(**{**data, "sections": tuple(map(ParsedSection.load, data["sections"]))})


@dataclass(frozen=True, slots=True)
class ParsedPlan:
    title: str
    years: tuple[int, ...]
    document_number: str
    issuer: str
    issued_on: datetime.date | None
    addressees: tuple[str, ...]
    preamble: str
    closing_rule: str
    chapters: tuple[ParsedChapter, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def tasks(self) -> tuple[ParsedTask, ...]:
        return tuple(task for chapter in self.chapters for task in chapter.tasks)

    @property
    def has_errors(self) -> bool:
        return any(each.severity is Severity.ERROR for each in self.diagnostics)

    def to_json(self) -> dict[str, Any]:
        """The JSON object of the contract (design.md §4), keys and order."""
        return {
            "title": self.title,
            "years": list(self.years),
            "document_number": self.document_number,
            "issuer": self.issuer,
            "issued_on": self.issued_on.isoformat() if self.issued_on else None,
            "addressees": list(self.addressees),
            "preamble": self.preamble,
            "closing_rule": self.closing_rule,
            "chapters": [chapter.to_json() for chapter in self.chapters],
            "diagnostics": [each.to_json() for each in self.diagnostics],
        }

    def dump(self) -> dict[str, Any]:
        """The whole plan as JSON can carry it; `ParsedPlan.load(plan.dump()) == plan`."""
        chapters = [chapter.dump() for chapter in self.chapters]
        return {**self.to_json(), "chapters": chapters, "diagnostics": [d.dump() for d in self.diagnostics]}

    @classmethod
    def load(cls, data: dict[str, Any]) -> "ParsedPlan":
        """The plan that `dump` was made of."""
        changed = {
            "years": tuple(data["years"]),
            "issued_on": _date(data["issued_on"]),
            "addressees": tuple(data["addressees"]),
            "chapters": tuple(map(ParsedChapter.load, data["chapters"])),
            "diagnostics": tuple(map(Diagnostic.load, data["diagnostics"])),
        }
        return cls(**{**data, **changed})


def _date(written: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(written) if written else None
