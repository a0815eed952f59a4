"""What the importer has to say about a document: one word a finding, one home for all the words.

Severity says what a finding asks of the person who imports:

- ``error``   需处理: the plan cannot be imported as it stands; the document has to be corrected.
- ``warning`` 请核对: the plan can be imported, but somebody has to look at this place first.
- ``info``    已修复 where the importer changed the text (``Diagnostic.is_repair``), else 提示.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

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
    UNCLOSED_CLAUSE = "unclosed_clause"  # a clause with one bracket missing, read all the same
    BARE_CLAUSE = "bare_clause"  # a clause without brackets
    OPEN_ENDED = "open_ended"  # 等部门: the list of agencies is not complete
    SEVERAL_LEADS = "several_leads"  # more than one agency is said to lead; the first one is taken
    DOUBTFUL_AGENCY = "doubtful_agency"  # a name in a clause that does not look like an agency
    REPEATED_AGENCY = "repeated_agency"  # an agency stands twice in one task; counted once
    EMPTY_HEADING = "empty_heading"  # a chapter or section without tasks
    DECLARED_COUNT = "declared_count"  # the text declares another number of tasks than it has
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
    # Hints.
    NOTICE = "notice"  # a notice stands in front of the plan
    NO_SECTIONS = "no_sections"  # chapters without sections
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
        Code.UNCLOSED_CLAUSE,
        Code.REPEATED_AGENCY,
    }
)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `line` is the first source line it speaks of, from 1; `before` and `after` are what
    stood there and what stands there now (empty where nothing was changed). `count` > 1 sums up."""

    severity: Severity
    code: Code
    line: int
    message: str
    before: str = ""
    after: str = ""
    count: int = 1

    @property
    def is_repair(self) -> bool:
        """True where the importer changed the text: 已修复 rather than 提示."""
        return self.code in REPAIRS

    def to_json(self) -> dict[str, str | int]:
        return {
            "severity": self.severity.value,
            "code": self.code.value,
            "line": self.line,
            "message": self.message,
            "before": self.before,
            "after": self.after,
        }


def error(code: Code, line: int, message: str, before: str = "", after: str = "") -> Diagnostic:
    return Diagnostic(Severity.ERROR, code, line, message, before, after)


def warning(code: Code, line: int, message: str, before: str = "", after: str = "") -> Diagnostic:
    return Diagnostic(Severity.WARNING, code, line, message, before, after)


def info(
    code: Code, line: int, message: str, before: str = "", after: str = "", count: int = 1
) -> Diagnostic:
    return Diagnostic(Severity.INFO, code, line, message, before, after, count)


def in_reading_order(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Errors first, then warnings, then infos; by line within each."""
    rank = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
    return tuple(sorted(findings, key=lambda finding: (rank[finding.severity], finding.line)))
