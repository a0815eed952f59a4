"""Nothing is lost: which characters of a document stand in no record and in no diagnostic.

Works from the document and the plan alone and shares nothing with the parser but the tables of characters,
so that it can hold the parser to its promise.
"""

import re
from collections.abc import Iterator
from functools import cache

from importers.characters import DROPPED, FULL_WIDTH, REPLACED
from importers.diagnostics import WHOLE, Code
from importers.parsed import ParsedPlan
from importers.readers import Document
from importers.traditional import is_chinese, simple_form

_NUMBERING = re.compile(
    "(?:第[一二三四五六七八九十百零〇0-9]{1,5}(?:章|节|部分)|[（(][一二三四五六七八九十百零〇]{1,4}[)）]"
    "|[一二三四五六七八九十百零〇]{1,4}[、.]|[0-9]{1,4}[.、])[、：:.]?$"
)


# Findings that hold a whole passage, which may quote the plan's own title.
_PASSAGES = frozenset({Code.NOTICE, Code.NEWS, Code.CONTENTS, Code.COLOPHON})


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
        for task in plan.tasks:
            self._cross(task.source_text, task.lines[0])
        # What sums up quotes samples, and what was joined stands in a record anyway.
        findings = [each for each in plan.diagnostics if each.code not in WHOLE | {Code.JOINED_LINE}]
        for finding in findings:
            if finding.code in _PASSAGES:
                self._cross(finding.before, finding.line)
        pieces = self._cross_open_ones(_front(plan))
        headings = self._cross_open_ones(_headings(plan), are_headings=True)
        for finding in findings:
            if finding.code not in _PASSAGES:
                self._cross(finding.before, finding.line)
        # What a page number tore apart is whole only now.
        self._cross_open_ones(pieces)
        self._cross_open_ones(headings, are_headings=True)
        return list(self._left())

    def _cross(self, piece: str, line: int) -> None:
        """Cross off a piece of the source that begins in `line`."""
        wanted = comparable(piece)
        first, last = self.first.get(line, 0), self.last.get(line, 0)
        start = self.text.find(wanted, first, last + len(wanted)) if wanted else -1
        # The same words may stand several times in one line: the first that is still open is the one.
        while start >= 0 and not any(self.open[start : start + len(wanted)]):
            start = self.text.find(wanted, start + 1, last + len(wanted))
        if start >= 0:
            self.open[start : start + len(wanted)] = bytes(len(wanted))

    def _cross_open_ones(
        self, pieces: list[tuple[str, int]], *, are_headings: bool = False
    ) -> list[tuple[str, int]]:
        """Cross off each piece at or behind its line; those that were not found."""
        left = []
        for piece, line in pieces:
            start = self._cross_open(piece, line)
            if start < 0:
                left.append((piece, line))
            elif are_headings:
                self._cross_numbering(start)
        return left

    def _cross_numbering(self, start: int) -> None:
        before = [index for index in range(max(start - 40, 0), start) if self.open[index]][-12:]
        numbering = _NUMBERING.search("".join(self.text[index] for index in before))
        if numbering is not None and before[-1] >= start - 12:
            for index in before[numbering.start() :]:
                self.open[index] = 0

    def _cross_open(self, piece: str, line: int = 0) -> int:
        """Cross off a piece among what is still open, page numbers apart; where it began."""
        wanted = comparable(piece)
        if not wanted:
            return -1
        start = self.first.get(line, 0)
        places = [index for index in range(start, len(self.text)) if self.open[index]]
        found = "".join(self.text[index] for index in places).find(wanted)
        if found < 0:
            return -1
        for index in places[found : found + len(wanted)]:
            self.open[index] = 0
        return places[found]

    def _left(self) -> Iterator[tuple[int, str]]:
        for match in re.finditer(b"\x01+", bytes(self.open)):
            yield self.lines[match.start()], self.text[match.start() : match.end()]


def _front(plan: ParsedPlan) -> list[tuple[str, int]]:
    pieces = (plan.preamble, plan.title, plan.document_number, plan.issuer, plan.closing_rule)
    return [(piece, 0) for piece in pieces if piece]


def _headings(plan: ParsedPlan) -> list[tuple[str, int]]:
    headings = [(chapter.title, chapter.line) for chapter in plan.chapters]
    for chapter in plan.chapters:
        headings += [(each.title, each.line) for each in chapter.sections if each.title]
    return sorted(headings, key=lambda each: each[1])


def comparable(text: str) -> str:
    """Text without white space and invisible characters, each other one in its simplest form."""
    return "".join(
        _simplest(each) for each in text.translate(REPLACED) if not each.isspace() and each != DROPPED
    )


@cache
def _simplest(character: str) -> str:
    if character in FULL_WIDTH or character in ".．":
        return FULL_WIDTH.get(character, "。")
    if not is_chinese(character):
        return character
    return "着" if character == "著" else simple_form(character)
