"""Instruments (文件) that tasks name in 《…》, and what a plan means to do with them: 修改, 制定出台 …

Pure: texts in, words out. The verbs are those of the two plans; a document that is only carried out or
negotiated (落实, 履行, 磋商) is named, not made.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = r"《[^《》]*(?:《[^《》]*》[^《》]*)*》"
INSTRUMENT = re.compile(_NAME)
# Several in a row share their verb: 修改《甲条例》《乙办法》、《丙规定》.
_ROW = re.compile(rf"{_NAME}(?:(?:[、，,]|和|及|以及|与)?{_NAME})*")
_MAKING = (
    "制定和修改|制定修订|制修订|制定出台|制定发布|制定印发|研究制定|研究起草|研究修改|修改论证|更新发布|发布实施"
    "|适应性修改|修订|修改|修正|制定|起草|出台|立法|印发|发布|公布|废止|完善"
)
_VERB = re.compile(_MAKING)
_CLAUSE = re.compile(rf"(?:{_NAME}|[^。；;，,《》])+")
_STATE, _DRAFT = "中华人民共和国", re.compile(r"[（(]草案[）)]")
_BRACKETED = re.compile(r"[（(][^（）()]*[）)]$")


@dataclass(frozen=True)
class Provision:
    """An instrument as a text names it, with the verb the plan uses."""

    name: str
    verb: str


def instruments_in(text: str) -> list[str]:
    """Every 《…》 of a text, each once. Quotes inside a title belong to it."""
    return list(dict.fromkeys(INSTRUMENT.findall(text)))


def provisions_in(text: str) -> list[Provision]:
    """The instruments that the text says are to be made, revised or repealed, each once."""
    return list(dict.fromkeys(_provisions(text)))


def _provisions(text: str) -> Iterator[Provision]:
    for clause in _CLAUSE.finditer(text):
        rows = list(_ROW.finditer(clause[0]))
        for place, row in enumerate(rows):
            before = clause[0][rows[place - 1].end() if place else 0 : row.start()]
            after = clause[0][row.end() : rows[place + 1].start() if place + 1 < len(rows) else None]
            # 修改《甲》中的…条款: the verb stands before; 推进《甲》修改: behind.
            verbs = _VERB.findall(before)[-1:] or _VERB.findall(after)[:1]
            for name in INSTRUMENT.findall(row[0]) if verbs else ():
                yield Provision(name, verbs[0])


def identity(name: str) -> str:
    """What plans' ways of writing an instrument have in common: without the state's name, 草案, 《》."""
    bare = unicodedata.normalize("NFKC", name.strip("《》")).replace("見", "见")
    return _DRAFT.sub("", bare).removeprefix(_STATE) or bare


def rank_of(name: str) -> str:
    """法律, 法规 (also a law's 实施细则), 规章 (办法, 规定 …) or 其他文件, as its name tells."""
    bare = _BRACKETED.sub("", identity(name))
    if bare.endswith("实施细则"):
        return "法规" if bare.endswith("法实施细则") else "规章"
    for ending, rank in _RANKS.items():
        if re.search(rf"(?:{ending})$", bare):
            return rank
    return "其他文件"


_RANKS = {"办法|规定|规程|规则": "规章", "条例": "法规", "法": "法律"}
RANKS = ("法律", "法规", "规章", "其他文件")
