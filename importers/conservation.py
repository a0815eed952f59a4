"""Nothing is lost: which characters of a document stand in no record and in no diagnostic.

Works from the document and the plan alone and shares nothing with the parser but the tables of characters,
so that it can hold the parser to its promise.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import compress, count, islice
from typing import NamedTuple

from importers.characters import DROPPED, FULL_WIDTH, REPLACED
from importers.diagnostics import WHOLE, Code
from importers.parsed import ParsedPlan
from importers.readers import Document
from importers.traditional import is_chinese, simple_form

_NUMBERING = re.compile(
    "(?:第[一二三四五六七八九十百零〇0-9]{1,5}(?:章|节|部分)|[（(][一二三四五六七八九十百零〇]{1,4}[)）]"
    "|[一二三四五六七八九十百零〇]{1,4}[、.]|[0-9]{1,4}[.、])[、：:.]?$"
)


def unaccounted(document: Document, plan: ParsedPlan) -> list[tuple[int, str]]:
    """What of the document, white space apart, is in no task, heading, part of the front matter or
    diagnostic: the line and the text of each stretch. Empty where nothing is lost."""
    return _Account(document).without(plan)


class _Account:
    """The document as one string of comparable characters, each with its line, crossed off bit by bit."""

    def __init__(self, document: Document) -> None:
        written = [comparable(line.text) for line in document.lines]
        self.text = "".join(written)
        self.first: dict[int, int] = {}  # line number -> where it begins
        self.last: dict[int, int] = {}  # line number -> where its last character is
        self.lines: list[int] = []
        for line, text in zip(document.lines, written, strict=True):
            self.first[line.number] = len(self.lines)
            self.lines += [line.number] * len(text)
            self.last[line.number] = len(self.lines) - 1
        self.open = bytearray(b"\x01" * len(self.text))

    def without(self, plan: ParsedPlan) -> list[tuple[int, str]]:
        self._cross_tasks(plan)
        # The longest first: what is short may stand inside what is long. Of two alike, the one with a place.
        pieces = sorted(
            [*_front(plan), *_headings(plan), *_findings(plan)],
            key=lambda each: (-len(each.text), not each.is_verbatim),
        )
        left = [piece for piece in pieces if not self._cross(piece)]
        for piece in left:  # what a page number or a watermark tore apart is whole only now
            self._cross(piece)
        return list(self._left())

    def _cross_tasks(self, plan: ParsedPlan) -> None:
        """From the last to the first, each as near to the next as it can be: what stands in front of the
        tasks may begin with the same words."""
        limit = len(self.text)
        for task in reversed(plan.tasks):
            wanted, line = comparable(task.source_text), task.lines[0]
            until = min(limit, self.last.get(line, 0) + len(wanted))
            start = self.text.rfind(wanted, self.first.get(line, 0), until) if wanted else -1
            if start >= 0:
                self.open[start : start + len(wanted)] = bytes(len(wanted))
                limit = start

    def _cross(self, piece: "_Piece") -> bool:
        """Cross off a piece; whether it was found."""
        if not piece.is_verbatim:
            start = self._cross_open(piece)
            if start >= 0 and piece.is_heading:
                self._cross_numbering(start)
            return start >= 0
        # The same words may stand several times in one line: the first that is still open is the one.
        start, until = self.first.get(piece.line, 0), self.last.get(piece.line, 0) + len(piece.text)
        while (start := self.text.find(piece.text, start, until)) >= 0:
            if any(self.open[start : start + len(piece.text)]):
                self.open[start : start + len(piece.text)] = bytes(len(piece.text))
                return True
            start += 1
        return False

    def _cross_numbering(self, start: int) -> None:
        before = [index for index in range(max(start - 40, 0), start) if self.open[index]][-12:]
        numbering = _NUMBERING.search("".join(self.text[index] for index in before))
        if numbering is not None and before[-1] >= start - 12:
            for index in before[numbering.start() :]:
                self.open[index] = 0

    def _cross_open(self, piece: "_Piece") -> int:
        """Cross off a piece among what is still open; where it began, -1 where it is not."""
        start = self.first.get(piece.line, 0)
        is_open = self.open[start:]
        found = "".join(compress(self.text[start:], is_open)).find(piece.text)
        if found < 0:
            return -1
        length = len(piece.text)
        places = list(islice(compress(count(start), is_open), found, found + max(length, 1)))
        for index in places[:length]:
            self.open[index] = 0
        return places[0]

    def _left(self) -> Iterator[tuple[int, str]]:
        for match in re.finditer(b"\x01+", bytes(self.open)):
            yield self.lines[match.start()], self.text[match.start() : match.end()]


class _Piece(NamedTuple):
    text: str  # comparable
    line: int = 0  # where it begins, or somewhere behind; 0 for anywhere
    is_heading: bool = False
    is_verbatim: bool = False  # as the source has it, from `line` on, page numbers and all


def _front(plan: ParsedPlan) -> Iterator[_Piece]:
    for text in (plan.preamble, plan.title, plan.document_number, plan.issuer, plan.closing_rule):
        if text:
            yield _Piece(comparable(text))


def _headings(plan: ParsedPlan) -> Iterator[_Piece]:
    headings = [(chapter.title, chapter.line) for chapter in plan.chapters]
    headings += [(each.title or "", each.line) for chapter in plan.chapters for each in chapter.sections]
    for title, line in headings:
        if comparable(title):
            yield _Piece(comparable(title), line, is_heading=True)


def _findings(plan: ParsedPlan) -> Iterator[_Piece]:
    for finding in plan.diagnostics:
        # What sums up quotes samples, and what was joined stands in a record anyway.
        if comparable(finding.before) and finding.code not in WHOLE and finding.code is not Code.JOINED_LINE:
            yield _Piece(comparable(finding.before), finding.line, is_verbatim=True)


def comparable(text: str) -> str:
    """Text without white space and invisible characters, each other one in its simplest form."""
    return "".join(map(_simplest, "".join(text.translate(REPLACED).replace(DROPPED, "").split())))


@cache
def _simplest(character: str) -> str:
    if character in FULL_WIDTH or character in ".．":
        return FULL_WIDTH.get(character, "。")
    if not is_chinese(character):
        return character
    return "着" if character == "著" else simple_form(character)
