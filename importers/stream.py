"""One character stream for a whole document, each character knowing where it came from.

Line breaks in what ministries send around mean little: a page ends inside a word. So the lines are laid end
to end and the breaks remembered beside the text. Provenance costs one entry a run of unbroken characters.
"""

import itertools
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from importers.readers import Line

Span = tuple[int, int]


def origin(line: int, column: int) -> int:
    """A line index and a column in one integer: millions of small tuples would cost more than the text."""
    return line << 32 | column


def offsets() -> "array[int]":
    return array("q")


@dataclass(frozen=True, slots=True)
class Stream:
    """`text` with, for each run, its first offset (`starts`) and its source line and column (`origins`).

    `breaks` are the offsets, ascending, at which a new source line begins."""

    text: str
    source_lines: Sequence[Line]
    starts: "array[int]"
    origins: "array[int]"  # each packed by `origin`
    breaks: "array[int]"

    def line_at(self, offset: int) -> int:
        """The source line number of the character at `offset`; behind the end, of the last one."""
        if not self.starts:
            return 1
        return self.source_lines[self._origin(offset)[0]].number

    def block_at(self, offset: int) -> str:
        """The element of a web page in which the character at `offset` stands; empty in other documents."""
        return self.source_lines[self._origin(offset)[0]].block if self.starts else ""

    def source(self, start: int, end: int) -> str:
        """The source between two offsets verbatim, line breaks and whatever was dropped between included."""
        if start >= end:
            return ""
        first, from_column = self._origin(start)
        last, to_column = self._origin(end - 1)
        if first == last:
            return self.source_lines[first].text[from_column : to_column + 1]
        middle = [self.source_lines[index].text for index in range(first + 1, last)]
        head = self.source_lines[first].text[from_column:]
        return "\n".join([head, *middle, self.source_lines[last].text[: to_column + 1]])

    def between(self, start: int, end: int) -> str:
        return self.text[start:end]

    def position(self, offset: int) -> int:
        """Line index and column of a character in one integer: it stays when something is cut out."""
        return origin(*self._origin(offset))

    def runs(self, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """The stretches of unbroken source between two offsets: from, to, line index, column."""
        index = max(bisect_right(self.starts, start) - 1, 0)
        while start < end:
            index += 1
            stop = min(self.starts[index], end) if index < len(self.starts) else end
            yield start, stop, *self._origin(start)
            start = stop

    def begins_line(self, offset: int) -> bool:
        index = bisect_left(self.breaks, offset)
        return index < len(self.breaks) and self.breaks[index] == offset

    def breaks_within(self, start: int, end: int) -> Sequence[int]:
        """Offsets strictly between `start` and `end` at which a new source line begins."""
        return self.breaks[bisect_right(self.breaks, start) : bisect_left(self.breaks, end)]

    def lines(self, start: int, end: int) -> Iterator[Span]:
        """The source lines, or parts of them, between two offsets."""
        return itertools.pairwise([start, *self.breaks_within(start, end), end])

    def line_start(self, offset: int) -> int:
        """Where the line of `offset` begins in the stream."""
        return self.breaks[max(bisect_right(self.breaks, offset) - 1, 0)] if self.breaks else 0

    def next_break(self, offset: int) -> int:
        """Where the line of `offset` ends in the stream."""
        index = bisect_right(self.breaks, offset)
        return self.breaks[index] if index < len(self.breaks) else len(self.text)

    def with_text(self, text: str) -> "Stream":
        """The same stream with characters replaced one for one."""
        if len(text) != len(self.text):
            raise ValueError("replacing characters must keep the length of the stream")
        return Stream(text, self.source_lines, self.starts, self.origins, self.breaks)

    def without(self, spans: Iterable[Span]) -> "Stream":
        """The stream with ascending, disjoint spans cut out."""
        spans = list(spans)
        if not spans:
            return self
        kept = _complement(spans, len(self.text))
        pieces: list[str] = []
        starts, origins, breaks = offsets(), offsets(), offsets()
        length = 0
        cut_from = 0
        for start, end in kept:
            pieces.append(self.text[start:end])
            starts.append(length)
            origins.append(origin(*self._origin(start)))
            first = bisect_right(self.starts, start)
            for index in range(first, bisect_left(self.starts, end)):
                starts.append(length + self.starts[index] - start)
                origins.append(self.origins[index])
            # A line that began inside what is cut out begins where the text goes on.
            if bisect_right(self.breaks, start) > bisect_right(self.breaks, cut_from - 1):
                breaks.append(length)
            cut_from = end
            breaks.extend(length + offset - start for offset in self.breaks_within(start, end))
            length += end - start
        return Stream("".join(pieces), self.source_lines, starts, origins, breaks)

    def _origin(self, offset: int) -> tuple[int, int]:
        offset = min(offset, len(self.text) - 1)
        run = bisect_right(self.starts, offset) - 1
        packed = self.origins[run]
        return packed >> 32, (packed & 0xFFFFFFFF) + offset - self.starts[run]


def _complement(spans: Sequence[Span], length: int) -> list[Span]:
    kept: list[Span] = []
    position = 0
    for start, end in spans:
        if position < start:
            kept.append((position, start))
        position = max(position, end)
    if position < length:
        kept.append((position, length))
    return kept
