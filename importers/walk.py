"""One walk over the numbers of a document: which of them begin a chapter, a section or a task.

What holds in every layout is the sequence: a task's marker is the expected next number in a
place where a task can begin, behind a heading, a clause, a sentence or a line break; a heading's title runs,
without a full stop, to the marker of the next level. A number that does not fit is believed only behind a
heading or a clause, and then it is an error of the document, reported, with the task kept.

Each pass is linear: markers are found once, every look ahead is bounded by `LONGEST_TITLE`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from importers.diagnostics import Code, Diagnostic, decided, error, info
from importers.markers import Kind, Marker, torn_number
from importers.places import LONGEST_TITLE, Places
from importers.stream import Span, Stream

_FARTHEST_JUMP = 60  # a number further ahead than this is a slip of the pen, not a hole

_SENTENCE_END = re.compile("[。！？；]")
_BEGINS_TASK = re.compile("[\u3400-\u9fffA-Za-z《“‘（(「0-9]")


@dataclass(frozen=True, slots=True)
class Node:
    """A chapter, section or task of the document. A heading's title, a task's text and clause lie in
    [`start`, `end`) behind the marker; where a chapter lost its number, `start` == `marker_start`."""

    kind: Kind
    number: int  # of a task, within the whole plan
    marker_start: int
    start: int
    end: int
    written: int  # the number that stands in the text


@dataclass(frozen=True, slots=True)
class Outline:
    nodes: tuple[Node, ...]
    unplaced: tuple[Span, ...]  # text between a heading and its first task
    contents: Span | None  # a table of contents in front
    diagnostics: tuple[Diagnostic, ...]

    @property
    def tasks(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.kind is Kind.TASK)

    @property
    def begins(self) -> int:
        """Where the task part of the document begins."""
        return self.nodes[0].marker_start if self.nodes else 0


class Walk:
    """One pass over the markers, with the numbers that are expected next."""

    def __init__(
        self,
        stream: Stream,
        undone: frozenset[str],
        markers: Iterable[Marker],
        *,
        without_headings: bool = False,
    ) -> None:
        self.stream = stream
        self.undone = undone
        self.text = stream.text
        self.found: list[Diagnostic] = []
        self.markers = [marker for marker in markers if not self._stays_torn(marker)]
        self.places = Places(stream, self.markers)
        self.without_headings = without_headings
        self.nodes: list[Node] = []
        self.unplaced: list[Span] = []
        self.contents: Span | None = None
        self.chapter = self.section = self.task = 0
        self.last_section = 0  # of the chapter before: sections may be numbered through the whole plan
        self.before = 0  # tasks before the place where numbers began again from 1
        self.chapter_style = self.section_style = ""
        self.seen: dict[int, int] = {}  # task number -> line it stands in
        self.title_end = -1  # where the title of the last heading ends; a marker there needs no other proof

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

    def _decide(self, finding: Diagnostic) -> bool:
        """Report a repair; whether it is made."""
        (decision,) = decided([finding], self.undone)
        self.found.append(decision)
        return not decision.undone

    def _stays_torn(self, marker: Marker) -> bool:
        """Whether somebody said that this number with a line break inside is none."""
        if not self.undone or not self.stream.breaks_within(marker.start, marker.end):
            return False
        (finding,) = decided([torn_number(self.stream, marker.start, marker.end)], self.undone)
        if finding.undone:
            self.found.append(finding)
        return finding.undone

    def _is_heading_place(self, marker: Marker) -> bool:
        offset = marker.start
        if offset == self.title_end or self.places.is_place(offset) or self.places.behind_clause(offset):
            return True
        return marker.number == 1 and not self.nodes and self.places.behind_title(offset)

    # Chapters

    def _try_chapter(self, index: int, marker: Marker) -> None:
        if self.chapter_style and marker.style != self.chapter_style:
            return
        if not self._is_heading_place(marker):
            return
        expected = marker.number == self.chapter + 1
        if not expected and not (
            self.places.begins_line(marker.start) or self.places.behind_clause(marker.start)
        ):
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
        if self.text.endswith("目录", 0, begin):
            begin -= 2
        line = self.stream.line_at(begin)
        message = f"第 {line} 行起是目录，已略去。"
        faults, self.found = self.found, []
        if not self._decide(info(Code.CONTENTS, line, message, self.stream.source(begin, start))):
            self.found = faults + self.found
            return
        self.contents = (begin, start)
        self.nodes, self.unplaced = [], []
        self.chapter = self.section = 0

    # Sections

    def _try_section(self, index: int, marker: Marker) -> None:
        if self.section_style and marker.style != self.section_style:
            return
        # Sections that begin again behind a clause and words without a number: a chapter lost its number.
        begins_again = marker.number == 1 and self.section and self.places.lost_title(marker.start)
        if not self._is_heading_place(marker) and not begins_again:
            return
        expected = marker.number in (self.section + 1, 0 if self.section else self.last_section + 1)
        if not expected and not (
            self.places.begins_line(marker.start)
            or self.places.behind_clause(marker.start)
            or self.places.lost_title(marker.start)
        ):
            return
        title_end, by_marker = self._title_end(index, marker)
        if title_end is None or not (by_marker or (expected and self.chapter)):
            return
        line = self.stream.line_at(marker.start)
        if not self.chapter or (marker.number == 1 and self.section):
            self._chapter_without_number(marker)
        elif marker.number > self.section + 1 and not expected:
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
        self.last_section = marker.number
        self._push(Kind.SECTION, marker, title_end)

    def _chapter_without_number(self, marker: Marker) -> None:
        title = self.places.lost_title(marker.start)
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
        self.nodes.append(Node(Kind.CHAPTER, self.chapter, start, start, marker.start, 0))
        self.title_end = marker.start

    # Tasks

    def _try_task(self, index: int, marker: Marker) -> None:
        if not self.nodes and not (self.without_headings and marker.number == 1):
            return
        expected = self.task + 1
        number, start = marker.number, marker.start
        proof = self.places.proof.get(start, 0) if start != self.title_end else 3
        # A number with nothing behind it is still a task where it is the expected one behind a clause.
        has_text = proof and _BEGINS_TASK.match(self.text, marker.end)
        if not has_text and not (proof >= 2 and number == expected):
            return
        if start == self.title_end and number != expected and self._begins_again(index):
            self.before += self.task
            self.task, expected = 0, 1
            self.seen.clear()
        inner = next((each for each in marker.within if each.number == expected), None)
        if inner is not None and number != expected and self._is_page_number(marker, inner):
            self._close(marker.start)
            self._accept_task(inner, closed=True)
        elif number == expected:
            if proof == 1 and self._comes_again(marker):
                return
            self._accept_task(marker)
        elif proof >= 2 or (number > expected and self._is_hole(marker)):
            self._report_number(marker, expected, index)
            self._accept_task(marker, advance=False)

    def _begins_again(self, index: int) -> bool:
        """Whether a 1 behind a heading begins to count anew; a slip is followed by the number expected."""
        marker = self.markers[index]
        if self.task == 0 or all(each.number != 1 for each in (marker, *marker.within)):
            return False
        following = self.places.next_numbers(index)
        return not following or 1 in following or 2 in following

    def _accept_task(self, marker: Marker, *, advance: bool = True, closed: bool = False) -> None:
        if advance:
            self.task = marker.number
        self.seen.setdefault(marker.number, self.stream.line_at(marker.start))
        if not closed:
            self._close(marker.start)
        number = self.before + marker.number
        self.nodes.append(Node(Kind.TASK, number, marker.start, marker.end, marker.end, marker.number))

    def _is_page_number(self, marker: Marker, inner: Marker) -> bool:
        line = self.stream.line_at(marker.start)
        before = self.stream.source(marker.start, inner.start).strip()
        return self._decide(info(Code.PAGE_NUMBER, line, f"第 {line} 行的“{before}”是页码，已略去。", before))

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
            if expected + 1 in self.places.next_numbers(index):
                self.task = expected
        elif (
            number > expected
            and number - expected < _FARTHEST_JUMP
            and expected + 1 not in self.places.next_numbers(index)
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
            if expected + 1 in self.places.next_numbers(index):
                self.task = expected

    def _comes_again(self, marker: Marker) -> bool:
        """Whether this number comes again behind a clause before the next one: then it is a list inside."""
        again = self.places.next_proved(marker.number, marker.end)
        if again is None:
            return False
        following = self.places.next_proved(marker.number + 1, marker.end)
        return following is None or again < following

    def _is_hole(self, marker: Marker) -> bool:
        """Whether a number ahead of the expected one is a task all the same: the expected one never comes."""
        if marker.number - self.task > _FARTHEST_JUMP:
            return False
        return self.places.next_proved(self.task + 1, marker.end, least=1) is None

    # Headings

    def _title_end(self, index: int, marker: Marker) -> tuple[int | None, bool]:
        """Where the title behind a marker ends, and whether a marker of the next level proves it."""
        if index + 1 < len(self.markers) and self.markers[index + 1].start < marker.end + 2:
            return None, False
        limit = min(marker.end + LONGEST_TITLE, len(self.text))
        stop = _SENTENCE_END.search(self.text, marker.end, limit)
        end = stop.start() if stop else limit
        any_task: int | None = None
        for place, following in enumerate(self.markers[index + 1 : index + 13], index + 1):
            if following.start >= end:
                break
            if following.start < marker.end + 2:
                continue
            if following.kind is Kind.TASK:
                if following.number == self.task + 1:
                    return following.start, True
                believable = (
                    self.places.proof.get(following.start)
                    or following.number > self.task
                    or self._begins_again(place)
                )
                if any_task is None and believable and _BEGINS_TASK.match(self.text, following.end):
                    any_task = following.start
            elif (marker.kind, following.kind) == (Kind.CHAPTER, Kind.SECTION) and following.number in (
                1,
                self.last_section + 1,
            ):
                return following.start, True
        if any_task is not None:
            return any_task, True
        line_end = self.stream.next_break(marker.start)
        is_own_line = self.places.begins_line(marker.start) and marker.end + 2 <= line_end <= end
        if is_own_line and "，" not in self.text[marker.end : line_end]:
            return line_end, False
        return None, False

    def _push(self, kind: Kind, marker: Marker, title_end: int) -> None:
        self._close(marker.start)
        self.nodes.append(Node(kind, marker.number, marker.start, marker.end, title_end, marker.number))
        self.title_end = title_end

    def _close(self, end: int) -> None:
        """The last node goes up to `end`; what stands behind a heading's title is nobody's."""
        if not self.nodes:
            return
        last = self.nodes[-1]
        if last.kind is Kind.TASK:
            self.nodes[-1] = replace(last, end=max(end, last.start))
        elif last.end > end:
            self.nodes[-1] = replace(last, end=end)
        elif last.end < end:
            self.unplaced.append((last.end, end))

    def _error(self, code: Code, line: int, message: str, before: str = "") -> None:
        self.found.append(error(code, line, message, before))


def _listed(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}—{last}"
