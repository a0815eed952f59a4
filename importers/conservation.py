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
        self.lines: list[int] = []
        for line, text in zip(document.lines, written, strict=True):
            self.first[line.number] = len(self.lines)
            self.lines += [line.number] * len(text)
        self.open = bytearray(b"\x01" * len(self.text))

    def without(self, plan: ParsedPlan) -> list[tuple[int, str]]:
        for task in plan.tasks:
            self._cross(task.source_text, task.lines[0])
        for finding in plan.diagnostics:
            # What sums up quotes samples, and what was joined stands in a record anyway.
            if finding.before and finding.code not in WHOLE and finding.code is not Code.JOINED_LINE:
                self._cross(finding.before, finding.line)
        self._cross_front(plan)
        for chapter in plan.chapters:
            self._cross_heading(chapter.title, chapter.line)
            for section in chapter.sections:
                if section.title:
                    self._cross_heading(section.title, section.line)
        self._cross_open(plan.closing_rule)
        return list(self._left())

    def _cross(self, piece: str, line: int) -> None:
        """Cross off a piece of the source at or behind the beginning of `line`."""
        wanted = comparable(piece)
        start = self.text.find(wanted, self.first.get(line, 0)) if wanted else -1
        # The same words may stand several times in one line: the first that is still open is the one.
        while start >= 0 and not any(self.open[start : start + len(wanted)]):
            start = self.text.find(wanted, start + 1)
        if start >= 0:
            self.open[start : start + len(wanted)] = bytes(len(wanted))

    def _cross_front(self, plan: ParsedPlan) -> None:
        for piece in (plan.title, plan.preamble, plan.document_number, plan.issuer):
            self._cross_open(piece)

    def _cross_heading(self, title: str, line: int) -> None:
        start = self._cross_open(title, line)
        if start < 0:
            return
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
