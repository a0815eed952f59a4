"""The words of the records: the repaired text, or the source's own where whoever imports undid a repair.

What was undone changes how a text reads and not how it is understood: numbers, clauses and names are found
in the repaired stream either way. So nobody loses a task by wishing half-width brackets back.
"""

from collections.abc import Collection

from importers.characters import INVISIBLE, is_space, kind_of_repair
from importers.diagnostics import Code, Diagnostic, Severity, key_of
from importers.stream import Stream


class Wording:
    """`undone` are keys of repairs, `restored` the kinds of those that were undone as a whole, `kept` the
    positions (see `Stream.position`) of single characters that stay as they are."""

    def __init__(
        self,
        stream: Stream,
        undone: frozenset[str] = frozenset(),
        restored: Collection[Code] = (),
        kept: Collection[int] = (),
    ) -> None:
        self.stream = stream
        self.restored = frozenset(restored)
        self.kept = frozenset(kept)
        self.keeps_all_breaks = FOLDED_BREAKS in undone
        self.breaks = frozenset(
            offset
            for offset in (stream.breaks if undone else ())
            if offset and (self.keeps_all_breaks or break_key(stream, offset) in undone)
        )
        self.is_repaired = not (self.restored or self.kept or self.breaks)

    def text(self, start: int, end: int) -> str:
        """What stands in the records for the stream from `start` to `end`."""
        if self.is_repaired or start >= end:
            return self.stream.text[start:end]
        pieces: list[str] = []
        line_before, column_before = -1, 0
        for first, stop, line, column in self.stream.runs(start, end):
            source = self.stream.source_lines[line].text
            if first in self.breaks and first > start:
                pieces.append("\n")
            elif line == line_before:
                pieces.append(self._gap(source[column_before:column]))
            pieces += (
                self._character(offset, source, column + offset - first) for offset in range(first, stop)
            )
            line_before, column_before = line, column + stop - first
        return "".join(pieces)

    def _character(self, offset: int, source: str, column: int) -> str:
        repaired = self.stream.text[offset]
        if column >= len(source) or source[column] == repaired or repaired == " ":
            return repaired
        original = source[column]
        is_kept = kind_of_repair(original) in self.restored or self.stream.position(offset) in self.kept
        return original if is_kept else repaired

    def _gap(self, dropped: str) -> str:
        """Spaces and invisible characters dropped between two stretches; a watermark lifted out stays out."""
        if not all(is_space(each) or ord(each) in INVISIBLE for each in dropped):
            return ""
        wanted = {True: Code.SPACES in self.restored, False: Code.INVISIBLE in self.restored}
        return "".join(each for each in dropped if wanted[is_space(each)])


def break_key(stream: Stream, offset: int) -> str:
    """The key of the repair that joins the line beginning at `offset` to the one before it."""
    return key_of(Diagnostic(Severity.INFO, Code.JOINED_LINE, stream.line_at(offset - 1), ""))


# The key of the one finding that sums up all joined lines where there are too many to list.
FOLDED_BREAKS = key_of(Diagnostic(Severity.INFO, Code.JOINED_LINE, 1, "", count=2))
