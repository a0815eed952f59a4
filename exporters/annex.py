"""附页: the sheet that carries in full what does not fit its cell."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from exporters import text as texts
from exporters.cells import PIECE
from exporters.layout import BODY_SIZE, column_pixels, line_capacity
from exporters.sheet import Heading, Sheet
from tasks.columns import Column, Kind

ANNEX = "附页"
_LINES = 25  # a piece at most


@dataclass(frozen=True)
class _Annexed:
    number: int
    place: str
    text: str
    part: str = ""


_COLUMNS: list[Column[_Annexed]] = [
    Column("part", "条目", 6, lambda one: one.part, Kind.LABEL),
    Column("place", "原位置", 14, lambda one: one.place),
    Column("text", "全文", 62, lambda one: one.text),
]


class Annex:
    def __init__(self) -> None:
        self._annexed: dict[str, _Annexed] = {}  # by text: what stands in several cells is told once

    def keep(self, text: str, *, place: str) -> str:
        """Keep a long text. Returns the words that send the reader there."""
        known = self._annexed.get(text)
        if known is None:
            known = _Annexed(len(self._annexed) + 1, place, text)
        else:
            known = replace(known, place=f"{known.place}；{place}")
        self._annexed[text] = known
        return f"……〔未完，全文见“{ANNEX}”第 {known.number} 条〕"

    def write(self, new_sheet: Callable[..., Sheet[_Annexed]]) -> None:
        if not self._annexed:
            return
        heading = Heading(ANNEX, notes=["单元格容纳不下的内容，按条目分段全文列出。"])
        sheet = new_sheet(ANNEX, _COLUMNS, heading)
        capacity = line_capacity(column_pixels(_COLUMNS[-1].width), BODY_SIZE)
        for annexed in tuple(self._annexed.values()):
            pieces = list(texts.pieces(annexed.text, capacity=capacity, lines=_LINES, characters=PIECE))
            for place, piece in enumerate(pieces, start=1):
                part = f"{annexed.number}（{place}/{len(pieces)}）"
                sheet.row(replace(annexed, part=part, text=piece))
