"""What the importer has to say about a document: one word a finding, one home for all the words.

Severity says what a finding asks of the person who imports:

- ``error``   需处理: the plan cannot be imported as it stands; the document has to be corrected.
- ``warning`` 请核对: the plan can be imported, but somebody has to look at this place first.
- ``info``    已修复 where the importer changed the text (``Diagnostic.is_repair``), else 提示.

Every finding of one parse has a short key of its own, the same each time the same document is parsed. A
repair whose key comes back as undone is not made; the finding then stays as an info that says so.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

# More findings of one kind than this say nothing one by one (a text wrapped at ten characters has a
# thousand joined lines): they become one finding with a count. Only kinds that lose no text are folded.
ITEMISED = 40


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Code(StrEnum):
    """Stable words: pages, tests and stored previews rely on them."""

    # Errors: the numbering and the clauses of the plan itself.
    GAP = "gap"  # a task's number is missing from 1..N
    REPEAT = "repeat"  # a task's number stands twice
    OUT_OF_ORDER = "out_of_order"  # a task's number does not fit the numbers around it
    CHAPTER_GAP = "chapter_gap"  # a chapter's number is missing
    CHAPTER_REPEAT = "chapter_repeat"  # a chapter's number stands twice or goes back
    SECTION_GAP = "section_gap"  # a section's number is missing within its chapter
    SECTION_REPEAT = "section_repeat"  # a section's number stands twice or goes back
    MISSING_CHAPTER_NUMBER = "missing_chapter_number"  # sections start again and no chapter is numbered
    MISSING_CLAUSE = "missing_clause"  # a task names nobody who is responsible
    UNREADABLE_CLAUSE = "unreadable_clause"  # a clause is there, the agencies in it are not
    EMPTY_TASK = "empty_task"  # a number and a clause without a text
    # Warnings: readable, but to be looked at.
    UNPLACED_TEXT = "unplaced_text"  # text that belongs to no task and no heading
    TEXT_AFTER_CLAUSE = "text_after_clause"  # a task goes on behind its clause
    STRAY_BRACKET = "stray_bracket"  # a bracket behind a finished sentence that is no clause
    STRAY_WORDS = "stray_words"  # words that begin several sentences and may be no part of them
    UNCLOSED_CLAUSE = "unclosed_clause"  # a clause with one bracket missing, read all the same
    BARE_CLAUSE = "bare_clause"  # a clause without brackets
    OPEN_ENDED = "open_ended"  # 等部门: the list of agencies is not complete
    SEVERAL_LEADS = "several_leads"  # more than one agency is said to lead; the first one is taken
    CLAUSE_NOTE = "clause_note"  # a clause says more than who and until when
    DOUBTFUL_AGENCY = "doubtful_agency"  # a name in a clause that does not look like an agency
    REPEATED_AGENCY = "repeated_agency"  # an agency stands twice in one task; counted once
    EMPTY_HEADING = "empty_heading"  # a chapter or section without tasks
    DECLARED_COUNT = "declared_count"  # the text declares another number of tasks than it has
    RENUMBERED = "renumbered"  # numbers begin again from 1; tasks are numbered through the whole plan
    MEASURES_INSIDE = "measures_inside"  # numbers below the tasks are measures of a task, and no tasks
    NO_CHAPTERS = "no_chapters"  # tasks without any heading
    NOT_IN_TEXT = "not_in_text"  # the file holds more than its text, or the reader had to change it
    MISSING_TITLE = "missing_title"  # no title found
    MISSING_YEAR = "missing_year"  # no year found
    # Repairs: the importer changed something; before and after say what.
    TORN_NUMBER = "torn_number"  # a number torn in two by a line break
    JOINED_LINE = "joined_line"  # a line break inside a sentence, a name or a clause
    WATERMARK = "watermark"  # the same stray bracketed words again and again
    PAGE_NUMBER = "page_number"  # a page number between the lines
    RUNNING_HEAD = "running_head"  # a head or foot line repeated on the pages
    CONTENTS = "contents"  # a table of contents in front
    WIDTH = "width"  # half-width punctuation between Chinese made full width
    DIGIT_WIDTH = "digit_width"  # full-width digits and letters made half width
    SPACES = "spaces"  # spaces of the typesetter dropped
    INVISIBLE = "invisible"  # zero-width and control characters dropped
    LOOKALIKE = "lookalike"  # radicals and half-width forms that a PDF writes for ordinary characters
    TRADITIONAL = "traditional"  # a document in traditional characters, read in simplified ones
    VARIANT = "variant"  # a slip of conversion: one traditional character in a simplified text
    # Hints.
    NOTICE = "notice"  # a notice stands in front of the plan
    SECTIONS_AS_CHAPTERS = "sections_as_chapters"  # sections without any chapter above them
    NEWS = "news"  # words of the press in front of the plan
    COLOPHON = "colophon"  # signature, date and distribution behind the plan
    NO_SECTIONS = "no_sections"  # chapters without sections
    DEADLINE_IN_TEXT = "deadline_in_text"  # a deadline of something in a task, and not of the whole task
    SEVERAL_CLAUSES = "several_clauses"  # a task with more than one clause


REPAIRS = frozenset(
    {
        Code.TORN_NUMBER,
        Code.JOINED_LINE,
        Code.WATERMARK,
        Code.PAGE_NUMBER,
        Code.RUNNING_HEAD,
        Code.CONTENTS,
        Code.WIDTH,
        Code.DIGIT_WIDTH,
        Code.SPACES,
        Code.INVISIBLE,
        Code.LOOKALIKE,
        Code.TRADITIONAL,
        Code.VARIANT,
        Code.UNCLOSED_CLAUSE,
        Code.REPEATED_AGENCY,
    }
)


# Repairs of the whole document: one finding each, so that its key is the kind alone and nothing shifts it.
WHOLE = frozenset(
    {Code.WIDTH, Code.DIGIT_WIDTH, Code.SPACES, Code.INVISIBLE, Code.LOOKALIKE, Code.TRADITIONAL}
)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `line` is the first source line it speaks of, from 1; `before` and `after` are what
    stood there and what stands there now (empty where nothing was changed). `count` > 1 sums up.

    `key` tells the findings of one parse apart and is the same at the next parse; `can_undo` says that
    `parse_plan` takes the key as undone; `undone` says that it did: `after` is what would stand there."""

    severity: Severity
    code: Code
    line: int
    message: str
    before: str = ""
    after: str = ""
    count: int = 1
    key: str = ""
    can_undo: bool = False
    undone: bool = False

    @property
    def is_repair(self) -> bool:
        """True where the importer changed the text: 已修复 rather than 提示."""
        return self.code in REPAIRS and not self.undone

    def not_made(self) -> "Diagnostic":
        """This repair, once it has been undone."""
        if self.undone:
            return self
        words = f"“{self.before}”" if self.before.strip() and len(self.before) <= 40 else "原文"
        message = f"第 {self.line} 行的修复已撤销，{words}按原样保留，可重新修复。"
        if self.count > 1:
            message = f"第 {self.line} 行等 {self.count} 处的修复已撤销，按原样保留，可重新修复。"
        return replace(self, severity=Severity.INFO, message=message, undone=True)

    def to_json(self) -> dict[str, str | int]:
        """The object of the contract (design.md §4)."""
        return {
            "severity": self.severity.value,
            "code": self.code.value,
            "line": self.line,
            "message": self.message,
            "before": self.before,
            "after": self.after,
        }

    def dump(self) -> dict[str, Any]:
        """Everything, for `load`."""
        more = {"count": self.count, "key": self.key, "can_undo": self.can_undo, "undone": self.undone}
        return {**self.to_json(), **more}

    @classmethod
    def load(cls, data: dict[str, Any]) -> "Diagnostic":
        return cls(**{**data, "severity": Severity(data["severity"]), "code": Code(data["code"])})


def error(code: Code, line: int, message: str, before: str = "", after: str = "") -> Diagnostic:
    return Diagnostic(Severity.ERROR, code, line, message, before, after)


def warning(code: Code, line: int, message: str, before: str = "", after: str = "") -> Diagnostic:
    return Diagnostic(Severity.WARNING, code, line, message, before, after)


def info(
    code: Code, line: int, message: str, before: str = "", after: str = "", count: int = 1
) -> Diagnostic:
    return Diagnostic(Severity.INFO, code, line, message, before, after, count)


def can_undo(finding: Diagnostic) -> Diagnostic:
    return replace(finding, can_undo=True)


def key_of(finding: Diagnostic) -> str:
    """Eight letters from what the finding speaks of; `keyed` tells apart those that speak of the same."""
    said: tuple[object, ...] = (finding.code.value, finding.line, finding.before)
    if finding.code in WHOLE or (finding.code in REPAIRS and finding.count > 1):
        said = (finding.code.value, finding.before if finding.code is Code.WATERMARK else "")
    elif finding.code is Code.JOINED_LINE:
        said = said[:2]  # what is shown of the line shifts with other repairs; a line ends only once
    return hashlib.blake2s(repr(said).encode(), digest_size=4).hexdigest()


def keyed(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings with their keys, each one its own: where a key comes again, an ordinal follows it.

    Keys that findings have already are kept: a step that asks whether a repair is undone keys its findings
    before it decides, so that none moves up when another one is not made."""
    listed = list(findings)
    taken = {finding.key for finding in listed if finding.key}
    seen: Counter[str] = Counter()
    for index, finding in enumerate(listed):
        if finding.key:
            continue
        base = key_of(finding)
        key = base
        while key in taken:
            seen[base] += 1
            key = f"{base}-{seen[base] + 1}"
        taken.add(key)
        listed[index] = replace(finding, key=key)
    return listed


def decided(findings: Iterable[Diagnostic], undone: frozenset[str]) -> list[Diagnostic]:
    """Repairs that can be undone, keyed, those whose key is in `undone` marked as not made."""
    ready = keyed(can_undo(finding) for finding in findings)
    return [finding.not_made() if finding.key in undone else finding for finding in ready]


def in_reading_order(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Errors first, then warnings, then infos; by line within each."""
    rank = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
    return tuple(sorted(findings, key=lambda finding: (rank[finding.severity], finding.line)))
