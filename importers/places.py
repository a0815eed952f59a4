"""Where something can begin: behind a sentence, a line break or, the best proof, a responsibility clause."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from importers.clauses import LAST_CHARACTERS, read_clause
from importers.markers import Kind, Marker, bracket_pairs
from importers.stream import Stream
from importers.titles import PLAN_NOUN

LONGEST_TITLE = 90
LONGEST_BARE_CLAUSE = 300

_ENDS_TITLE = re.compile(f"(?:{PLAN_NOUN}|目录)$")
_LABEL = re.compile("[\u4e00-\u9fff]{2}(?:单位|部门)：")
_MAY_PRECEDE = frozenset("。！？；：）)】〕]”’…")


class Places:
    """The places of one stream. What is asked often is found once: brackets, and where tasks can begin."""

    def __init__(self, stream: Stream, markers: Sequence[Marker]) -> None:
        self.stream = stream
        self.text = stream.text
        self.markers = markers
        self._breaks = frozenset(stream.breaks)
        self._openers = bracket_pairs(self.text)
        self._by_number: dict[int, list[int]] = defaultdict(list)
        self.proof = self._proofs()

    def _proofs(self) -> dict[int, int]:
        """Where a task may begin: 2 behind a clause, 1 behind a sentence or a break."""
        proofs: dict[int, int] = {}
        for marker in self.markers:
            if marker.kind is not Kind.TASK:
                continue
            if self.behind_clause(marker.start):
                proofs[marker.start] = 2
            elif self.is_place(marker.start):
                proofs[marker.start] = 1
            else:
                continue
            self._by_number[marker.number].append(marker.start)
        return proofs

    def begins_line(self, offset: int) -> bool:
        return offset in self._breaks

    def is_place(self, offset: int) -> bool:
        return offset == 0 or self.text[offset - 1] in _MAY_PRECEDE or self.begins_line(offset)

    def behind_title(self, offset: int) -> bool:
        """A first heading may follow the plan's title directly, with no line break between."""
        return _ENDS_TITLE.search(self.text[max(offset - 4, 0) : offset]) is not None

    def behind_clause(self, offset: int) -> bool:
        position = offset - 1
        while position > 0 and self.text[position] in "。；;":
            position -= 1
        return position > 0 and (self._is_clause_end(position) or self._ends_bare_clause(position + 1))

    def _ends_bare_clause(self, end: int) -> bool:
        """Whether a clause without brackets ends here: the words behind the last sentence or label."""
        if self.text[end - 1] not in LAST_CHARACTERS:
            return False
        window = max(end - LONGEST_BARE_CLAUSE, 0)
        labels = [match.start() for match in _LABEL.finditer(self.text, window, end)]
        if labels:
            # Several labels are one clause behind the last sentence; else what the last one begins is.
            sentence = max(self.text.rfind(each, window, end) for each in "。！？")
            first = next((label for label in labels if label > sentence), labels[-1])
            starts = dict.fromkeys((first, labels[-1]))
        elif self.text[end - 2 : end] in ("负责", "配合", "参与", "牵头"):
            starts = {_last_sentence_end(self.text, window, end): None}
        else:
            return False
        clauses = (read_clause(self.text[start:end]) for start in starts)
        return any(each and each.is_certain and each.agencies and not each.doubtful for each in clauses)

    def ends_with_clause(self, start: int, end: int) -> bool:
        """Whether a stretch of text ends with a clause in brackets, or with one that a label begins."""
        return end > start and self.behind_clause(end)

    def _is_clause_end(self, position: int) -> bool:
        opener = self._openers.get(position)
        if opener is None:
            return False
        clause = read_clause(self.text[opener + 1 : position])
        if clause is None:
            return False
        return clause.explicit or (opener > 0 and self.text[opener - 1] in "。！？；")

    def lost_title(self, offset: int) -> int | None:
        """Where a title without a number begins: the words between the last clause and `offset`."""
        window = max(offset - LONGEST_TITLE, 0)
        for position in range(offset - 1, window, -1):
            if self.text[position] in "。！？；：":
                return None
            if self.text[position] in "）)】〕]" and self._is_clause_end(position):
                return position + 1 if offset - position > 2 else None
        return None

    def next_proved(self, number: int, offset: int, *, least: int = 2) -> int | None:
        """Where `number` stands next in a place of at least that proof."""
        places = self._by_number.get(number, [])
        first = bisect_left(places, offset)
        return next((start for start in places[first : first + 8] if self.proof[start] >= least), None)

    def next_numbers(self, index: int) -> tuple[int, ...]:
        """The number of the next marker behind a clause, and what it is without a page number."""
        for marker in self.markers[index + 1 : index + 60]:
            if marker.kind is Kind.TASK and self.proof.get(marker.start, 0) >= 2:
                return (marker.number, *(each.number for each in marker.within))
        return ()


def _last_sentence_end(text: str, start: int, end: int) -> int:
    return max(text.rfind(each, start, end) for each in "。！？；") + 1
