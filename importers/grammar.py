"""Chapters, sections and tasks in the stream of a document: found by what number has to come next.

A place where a line begins proves nothing, and a number with a dot proves little (`2.0`, `2024年`, a list
inside a task). What holds in every layout is the sequence: a task's marker is the expected next number in a
place where a task can begin, behind a heading, a clause, a sentence or a line break; a heading's title runs,
without a full stop, to the marker of the next level. A number that does not fit is believed only behind a
heading or a clause, and then it is an error of the document, reported, with the task kept.

Each pass is linear: markers are found once, every look ahead is bounded by `_LONGEST_TITLE`.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass

from importers.clauses import read_clause
from importers.diagnostics import Code, Diagnostic, error, info
from importers.markers import Kind, Marker, bracket_pairs, markers_in
from importers.stream import Span, Stream

_LONGEST_TITLE = 90
_FARTHEST_JUMP = 60  # a number further ahead than this is a slip of the pen, not a hole

_SENTENCE_END = re.compile("[。！？；]")
_MAY_PRECEDE = frozenset("。！？；：）)】〕]”’…")
_BEGINS_TASK = re.compile("[\u3400-\u9fffA-Za-z《“‘（(「0-9]")


@dataclass(frozen=True, slots=True)
class Node:
    """A chapter, section or task of the document. A heading's title, a task's text and clause lie in
    [`start`, `end`) behind the marker; where a chapter lost its number, `start` == `marker_start`."""

    kind: Kind
    number: int
    marker_start: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Outline:
    nodes: tuple[Node, ...]
    unplaced: tuple[Span, ...]  # text between a heading and its first task
    contents: Span | None  # a table of contents in front
    diagnostics: tuple[Diagnostic, ...]

    @property
    def begins(self) -> int:
        """Where the task part of the document begins."""
        return self.nodes[0].marker_start if self.nodes else 0


def outline(stream: Stream) -> Outline:
    """The chapters, sections and tasks of `stream` in order, with every fault of their numbering."""
    return _Walk(stream).outline()


class _Walk:
    """One pass over the markers, with the numbers that are expected next."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.text = stream.text
        self.breaks = frozenset(stream.breaks)
        self.markers = markers_in(stream)
        self.openers = bracket_pairs(self.text)
        self.found: list[Diagnostic] = []
        self.nodes: list[Node] = []
        self.unplaced: list[Span] = []
        self.contents: Span | None = None
        self.chapter = self.section = self.task = 0
        self.chapter_style = self.section_style = ""
        self.seen: dict[int, int] = {}  # task number -> line it stands in
        self.title_end = -1  # where the title of the last heading ends; a marker there needs no other proof
        self.strong = self._strong_places()

    def outline(self) -> Outline:
        for index, marker in enumerate(self.markers):
            if self.nodes and marker.start < self.nodes[-1].start:
                continue
            if marker.kind is Kind.CHAPTER:
                self._try_chapter(index, marker)
            elif marker.kind is Kind.SECTION:
                self._try_section(index, marker)
            else:
                self._try_task(index, marker)
        self._close(len(self.text))
        return Outline(tuple(self.nodes), tuple(self.unplaced), self.contents, tuple(self.found))

    # Chapters

    def _try_chapter(self, index: int, marker: Marker) -> None:
        if self.chapter_style and marker.style != self.chapter_style:
            return
        if not self._at_place(marker.start):
            return
        expected = marker.number == self.chapter + 1
        if not expected and not (self._begins_line(marker.start) or self._behind_clause(marker.start)):
            return
        title_end, by_marker = self._title_end(index, marker)
        if title_end is None or not (expected or by_marker):
            return
        if marker.number == 1 and self.chapter and not self.task:
            self._drop_contents(marker.start)
        line = self.stream.line_at(marker.start)
        if marker.number > self.chapter + 1:
            missing = _listed(self.chapter + 1, marker.number - 1)
            self._error(
                Code.CHAPTER_GAP,
                line,
                f"第 {line} 行的章编号是{marker.number}，缺少第 {missing} 章，请补全或更正章编号。",
            )
        elif marker.number < self.chapter + 1 and self.chapter:
            self._error(
                Code.CHAPTER_REPEAT,
                line,
                f"第 {line} 行的章编号是{marker.number}，前面已到第 {self.chapter} 章，请更正章编号。",
            )
        self.chapter, self.section, self.chapter_style = marker.number, 0, marker.style
        self._push(Kind.CHAPTER, marker, title_end)

    def _drop_contents(self, start: int) -> None:
        """All headings so far had no task: they were a table of contents."""
        begin = self.nodes[0].marker_start
        self.contents = (begin, start)
        line = self.stream.line_at(begin)
        self.found = [
            info(
                Code.CONTENTS,
                line,
                f"第 {line} 行起是目录，已略去。",
                self.stream.source(begin, start),
            )
        ]
        self.nodes, self.unplaced = [], []
        self.chapter = self.section = 0

    # Sections

    def _try_section(self, index: int, marker: Marker) -> None:
        if self.section_style and marker.style != self.section_style:
            return
        # Sections that begin again behind a clause and words without a number: a chapter lost its number.
        begins_again = marker.number == 1 and self.section and self._lost_title(marker.start)
        if not self._at_place(marker.start) and not begins_again:
            return
        expected = marker.number == self.section + 1
        if not expected and not (
            self._begins_line(marker.start)
            or self._behind_clause(marker.start)
            or self._lost_title(marker.start)
        ):
            return
        title_end, by_marker = self._title_end(index, marker)
        if title_end is None or not (by_marker or (expected and self.chapter)):
            return
        line = self.stream.line_at(marker.start)
        if not self.chapter or (marker.number == 1 and self.section):
            self._chapter_without_number(marker)
        elif marker.number > self.section + 1:
            missing = _listed(self.section + 1, marker.number - 1)
            self._error(
                Code.SECTION_GAP,
                line,
                f"第 {line} 行的节编号是{marker.number}，本章缺少第 {missing} 节，请补全或更正节编号。",
            )
        elif marker.number <= self.section:
            self._error(
                Code.SECTION_REPEAT,
                line,
                f"第 {line} 行的节编号是{marker.number}，本章前面已到第 {self.section} 节，请更正节编号。",
            )
        self.section, self.section_style = marker.number, marker.style
        self._push(Kind.SECTION, marker, title_end)

    def _chapter_without_number(self, marker: Marker) -> None:
        title = self._lost_title(marker.start)
        start = title if title is not None else marker.start
        line = self.stream.line_at(start)
        self.chapter += 1
        self._error(
            Code.MISSING_CHAPTER_NUMBER,
            line,
            f"第 {line} 行起节编号重新开始，但没有章编号，请补上第 {self.chapter} 章的编号和标题。",
            self.text[start : marker.start],
        )
        self._close(start)
        self.nodes.append(Node(Kind.CHAPTER, self.chapter, start, start, marker.start))
        self.title_end = marker.start

    def _lost_title(self, offset: int) -> int | None:
        """Where a title without a number begins: the words between the last clause and `offset`."""
        window = max(offset - _LONGEST_TITLE, 0)
        for position in range(offset - 1, window, -1):
            if self.text[position] in "。！？；：":
                return None
            if self.text[position] in "）)】〕]" and self._is_clause_end(position):
                return position + 1 if offset - position > 2 else None
        return None

    # Tasks

    def _try_task(self, index: int, marker: Marker) -> None:
        if not self.nodes:
            return
        expected = self.task + 1
        number, start = marker.number, marker.start
        proof = self.strong.get(start, 0) if start != self.title_end else 3
        # A number with nothing behind it is still a task where it is the expected one behind a clause.
        has_text = proof and _BEGINS_TASK.match(self.text, marker.end)
        if not has_text and not (proof >= 2 and number == expected):
            return
        inner = next((each for each in marker.within if each.number == expected), None)
        if inner is not None and number != expected:
            self._report_page_number(marker, inner)
            self._close(marker.start)
            self._accept_task(inner, closed=True)
        elif number == expected:
            if proof == 1 and self._comes_again(marker):
                return
            self._accept_task(marker)
        elif proof >= 2 or (number > expected and self._is_hole(marker)):
            self._report_number(marker, expected, index)
            self._accept_task(marker, advance=False)

    def _accept_task(self, marker: Marker, *, advance: bool = True, closed: bool = False) -> None:
        if advance:
            self.task = marker.number
        self.seen.setdefault(marker.number, self.stream.line_at(marker.start))
        if not closed:
            self._close(marker.start)
        self.nodes.append(Node(Kind.TASK, marker.number, marker.start, marker.end, marker.end))

    def _report_page_number(self, marker: Marker, inner: Marker) -> None:
        line = self.stream.line_at(marker.start)
        before = self.stream.source(marker.start, inner.start).strip()
        self.found.append(info(Code.PAGE_NUMBER, line, f"第 {line} 行的“{before}”是页码，已略去。", before))

    def _report_number(self, marker: Marker, expected: int, index: int) -> None:
        number = marker.number
        line = self.stream.line_at(marker.start)
        if number in self.seen:
            self._error(
                Code.REPEAT,
                line,
                f"第 {line} 行的序号 {number} 与第 {self.seen[number]} 行重复，请更正其中一处。",
            )
            # What comes next tells whether this one stands in the place of the expected number.
            if self._next_number(index) == expected + 1:
                self.task = expected
        elif (
            number > expected
            and number - expected < _FARTHEST_JUMP
            and self._next_number(index) != expected + 1
        ):
            missing = _listed(expected, number - 1)
            self._error(
                Code.GAP, line, f"第 {line} 行的序号是 {number}，前面缺少第 {missing} 项，请补全或更正序号。"
            )
            self.task = number
        else:
            self._error(
                Code.OUT_OF_ORDER,
                line,
                f"第 {line} 行的序号 {number} 与前后不衔接，此处应为第 {expected} 项，请更正序号。",
            )
            if self._next_number(index) == expected + 1:
                self.task = expected

    def _next_number(self, index: int) -> int | None:
        """The number of the next marker that stands behind a clause or a heading."""
        for marker in self.markers[index + 1 : index + 60]:
            if marker.kind is Kind.TASK and self.strong.get(marker.start, 0) >= 2:
                return marker.number
        return None

    def _comes_again(self, marker: Marker) -> bool:
        """Whether this number comes again behind a clause before the next one: then it is a list inside."""
        again = self._next_proved(marker.number, marker.end)
        if again is None:
            return False
        following = self._next_proved(marker.number + 1, marker.end)
        return following is None or again < following

    def _is_hole(self, marker: Marker) -> bool:
        """Whether a number ahead of the expected one is a task all the same: the expected one never comes."""
        if marker.number - self.task > _FARTHEST_JUMP:
            return False
        return self._next_proved(self.task + 1, marker.end, least=1) is None

    def _next_proved(self, number: int, offset: int, *, least: int = 2) -> int | None:
        places = self.places.get(number, [])
        for start in places[bisect_left(places, offset) : bisect_left(places, offset) + 8]:
            if self.strong[start] >= least:
                return start
        return None

    def _strong_places(self) -> dict[int, int]:
        """Where a task may begin: 2 behind a clause, 1 behind a sentence or a break."""
        self.places: dict[int, list[int]] = defaultdict(list)
        strong: dict[int, int] = {}
        for marker in self.markers:
            if marker.kind is not Kind.TASK:
                continue
            if self._behind_clause(marker.start):
                strong[marker.start] = 2
            elif self._at_place(marker.start):
                strong[marker.start] = 1
            else:
                continue
            self.places[marker.number].append(marker.start)
        return strong

    # Places

    def _begins_line(self, offset: int) -> bool:
        return offset in self.breaks

    def _at_place(self, offset: int) -> bool:
        return (
            offset == 0
            or offset == self.title_end
            or self.text[offset - 1] in _MAY_PRECEDE
            or self._begins_line(offset)
        )

    def _behind_clause(self, offset: int) -> bool:
        position = offset - 1
        while position > 0 and self.text[position] in "。；;":
            position -= 1
        return position > 0 and self._is_clause_end(position)

    def _is_clause_end(self, position: int) -> bool:
        opener = self.openers.get(position)
        if opener is None:
            return False
        clause = read_clause(self.text[opener + 1 : position])
        if clause is None:
            return False
        return clause.explicit or (opener > 0 and self.text[opener - 1] in "。！？；")

    # Headings

    def _title_end(self, index: int, marker: Marker) -> tuple[int | None, bool]:
        """Where the title behind a marker ends, and whether a marker of the next level proves it."""
        if index + 1 < len(self.markers) and self.markers[index + 1].start < marker.end + 2:
            return None, False
        limit = min(marker.end + _LONGEST_TITLE, len(self.text))
        stop = _SENTENCE_END.search(self.text, marker.end, limit)
        end = stop.start() if stop else limit
        any_task: int | None = None
        for following in self.markers[index + 1 : index + 13]:
            if following.start >= end:
                break
            if following.start < marker.end + 2:
                continue
            if following.kind is Kind.TASK:
                if following.number == self.task + 1:
                    return following.start, True
                believable = self.strong.get(following.start) or following.number > self.task
                if any_task is None and believable and _BEGINS_TASK.match(self.text, following.end):
                    any_task = following.start
            elif marker.kind is Kind.CHAPTER and following.kind is Kind.SECTION and following.number == 1:
                return following.start, True
        if any_task is not None:
            return any_task, True
        line_end = self.stream.next_break(marker.start)
        is_own_line = self._begins_line(marker.start) and marker.end + 2 <= line_end <= end
        if is_own_line and "，" not in self.text[marker.end : line_end]:
            return line_end, False
        return None, False

    def _push(self, kind: Kind, marker: Marker, title_end: int) -> None:
        self._close(marker.start)
        self.nodes.append(Node(kind, marker.number, marker.start, marker.end, title_end))
        self.title_end = title_end

    def _close(self, end: int) -> None:
        """The last node goes up to `end`; what stands behind a heading's title is nobody's."""
        if not self.nodes:
            return
        last = self.nodes[-1]
        if last.kind is Kind.TASK:
            self.nodes[-1] = Node(last.kind, last.number, last.marker_start, last.start, max(end, last.start))
        elif last.end < end:
            self.unplaced.append((last.end, end))

    def _error(self, code: Code, line: int, message: str, before: str = "") -> None:
        self.found.append(error(code, line, message, before))


def _listed(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}—{last}"
