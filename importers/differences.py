"""What changed between two texts, letter by letter, as a person would mark it on paper."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

# Two changes with no more than this between them are one: single letters in common are chance.
_ISLAND = 2


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch that stayed (`kept`), or that was taken out and put in, in this place."""

    kept: str = ""
    taken: str = ""
    put: str = ""


def differences(before: str, after: str) -> list[Run]:
    """Runs whose kept and taken parts make `before`, whose kept and put parts make `after`."""
    runs: list[Run] = []
    for run in _runs(before, after):
        if runs and runs[-1].kept and len(runs) > 1 and len(runs[-1].kept) <= _ISLAND and not run.kept:
            island, last = runs.pop(), runs.pop()
            run = Run(taken=last.taken + island.kept + run.taken, put=last.put + island.kept + run.put)
        runs.append(run)
    return runs


def _runs(before: str, after: str) -> Iterator[Run]:
    for tag, start, end, new_start, new_end in SequenceMatcher(None, before, after, False).get_opcodes():
        if tag == "equal":
            yield Run(kept=before[start:end])
        else:
            yield Run(taken=before[start:end], put=after[new_start:new_end])
