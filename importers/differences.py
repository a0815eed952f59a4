"""What changed between two values, as a person would mark it on paper.

A text changes by letters, its numbers, dates and Latin words whole; names and choices change as wholes.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# Two changes with no more than this between them are one: single letters in common are chance.
_ISLAND = 2
# What is exchanged as a whole within a text: 〔2024〕6号, 2024年6月30日, 12.5%, WIPO; else a single letter.
_LATIN = "0-9A-Za-z０-９Ａ-Ｚａ-ｚ\u00c0-\u024f"
_TEXT_UNIT = re.compile(
    r"〔\d+〕\d+号|\d+年(?:\d+月(?:\d+日)?)?|\d+月(?:\d+日)?"
    rf"|[{_LATIN}]+(?:[.,:/-][{_LATIN}]+)*[%％]?|.",
    re.S,
)
# A clause is names with signs and a few verbs between them.
_VERB = "按职责分工|分别|共同|牵头|主办|负责|配合|参与|参加|协助|等部门"
_SIGN = "、，,；;：:（）()"
_CLAUSE_UNIT = re.compile(rf"(?:{_VERB})|[{_SIGN}]|(?:(?!{_VERB})[^{_SIGN}])+", re.S)


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch that stayed (`kept`), or that was taken out and put in, in this place."""

    kept: str = ""
    taken: str = ""
    put: str = ""


def of_texts(before: str, after: str) -> list[Run]:
    """Runs whose kept and taken parts make `before`, whose kept and put parts make `after`."""
    return _joined(_TEXT_UNIT.findall(before), _TEXT_UNIT.findall(after))


def of_clauses(before: str, after: str) -> list[Run]:
    """The same for responsibility clauses, where a name stays or goes as a whole."""
    # A sign in common is no likeness: without `_is_sign` the 、 of two lists would hold them together.
    return _joined(_CLAUSE_UNIT.findall(before), _CLAUSE_UNIT.findall(after), _is_sign)


def of_lists(before: Sequence[str], after: Sequence[str], *, between: str = "、") -> list[Run]:
    """Runs of whole items. `between` stands between kept and changed ones, for the eye alone."""
    runs: list[Run] = []
    for kept, taken, put in _stretches(before, after):
        if runs:
            runs.append(Run(kept=between))
        runs.append(Run(between.join(kept), between.join(taken), between.join(put)))
    return runs


def of_values(before: str, after: str) -> list[Run]:
    """A value that is exchanged as a whole: a number, a date, a choice."""
    return [Run(kept=before)] if before == after else [Run(taken=before, put=after)]


def _is_sign(unit: str) -> bool:
    return unit in _SIGN


def _joined(
    before: Sequence[str], after: Sequence[str], is_junk: Callable[[str], bool] | None = None
) -> list[Run]:
    runs: list[Run] = []
    for kept, taken, put in _stretches(before, after, is_junk):
        run = Run("".join(kept), "".join(taken), "".join(put))
        if runs and runs[-1].kept and len(runs) > 1 and len(runs[-1].kept) <= _ISLAND and not run.kept:
            island, last = runs.pop(), runs.pop()
            run = Run(taken=last.taken + island.kept + run.taken, put=last.put + island.kept + run.put)
        runs.append(run)
    return runs


def _stretches(
    before: Sequence[str], after: Sequence[str], is_junk: Callable[[str], bool] | None = None
) -> Iterator[tuple[Sequence[str], Sequence[str], Sequence[str]]]:
    """Units that stayed, that were taken out, that were put in: either the first, or the other two."""
    for tag, start, end, new_start, new_end in SequenceMatcher(is_junk, before, after, False).get_opcodes():
        if tag == "equal":
            yield before[start:end], (), ()
        else:
            yield (), before[start:end], after[new_start:new_end]
