"""Lines out of characters that a page only places: what a PDF or an OFD holds is positions, not text.

The order in the file is not the order of reading (LibreOffice draws the quotation marks of a line behind its
other characters), so lines are built from where things stand.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from importers.readers.document import Remark
from importers.readers.radicals import without_radicals

_SAME_LINE = 0.5  # of the type size: how far baselines of one line may lie apart
_SAME_PLACE = 0.1  # the same sign drawn twice here is a bold one
_WORD_GAP = 0.2
_CELL_GAP = 2.0
_COLUMNS_FROM = 0.5  # of the lines of a page
_MARGIN_LINES = 2  # at the top and at the bottom of a page
_NUMBERS = re.compile("[0-9]+")
_QUOTED, _LONGEST_QUOTE = 3, 30


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters on one baseline. `y` grows downwards; all lengths in one unit."""

    text: str
    x: float
    y: float
    width: float
    size: float


@dataclass(frozen=True, slots=True)
class PlacedLines:
    lines: list[str]
    heights: list[float]  # where each stands
    gapped: int  # lines with a gap as between cells of a table or columns

    @property
    def looks_like_columns(self) -> bool:
        return len(self.lines) >= 8 and self.gapped > len(self.lines) * _COLUMNS_FROM


def text_of(pages: Sequence[PlacedLines]) -> tuple[list[str], list[Remark]]:
    """The lines of all pages, without what belongs to the page, and what there is to say about it."""
    lines: list[str] = []
    furniture: list[str] = []
    replaced = 0
    for page, dropped in zip(pages, page_furniture(pages), strict=True):
        for at, line in enumerate(page.lines):
            if at in dropped:
                furniture.append(line)
                continue
            text, count = without_radicals(line)
            replaced += count
            lines.append(text)
    remarks = []
    if furniture:
        kinds = {_NUMBERS.sub("#", line): line for line in reversed(furniture)}
        shown = "、".join(f"“{line[:_LONGEST_QUOTE]}”" for line in list(kinds.values())[:_QUOTED])
        remarks.append(Remark(0, f"每页重复的页眉、页脚和页码共 {len(furniture)} 行没有导入，如{shown}。"))
    columns = [number for number, page in enumerate(pages, 1) if page.looks_like_columns]
    if columns:
        remarks.append(Remark(0, f"第 {listed(columns)} 页像是分栏或表格，按从左到右逐行读出，请核对顺序。"))
    if replaced:
        remarks.append(Remark(0, f"部首字符共 {replaced} 个（如“⼯”），已换成通用汉字。"))
    return lines, remarks


def listed(pages: Sequence[int]) -> str:
    shown = "、".join(map(str, pages[:10]))
    return f"{shown} 等 {len(pages)} " if len(pages) > 10 else shown


def in_lines(pieces: Iterable[Piece]) -> PlacedLines:
    """From top to bottom, each from left to right; a wide gap is a tab, one between words a space."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda each: (each.y, each.x)):
        anchor = rows[-1][0] if rows else None
        if anchor is not None and abs(piece.y - anchor.y) <= _SAME_LINE * min(piece.size, anchor.size):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    kept = [(text, row[0].y) for row in rows if (text := _joined(row))]
    gapped = sum("\t" in text for text, _ in kept)
    return PlacedLines([text for text, _ in kept], [height for _, height in kept], gapped)


def page_furniture(pages: Sequence[PlacedLines]) -> list[set[int]]:
    """For each page its lines that are heads and feet: at the same place, and but for numbers the same text,
    on half of the pages and on three at least; from the edge inwards. What varies more is left to the layout.
    """
    edges = [_edges(page) for page in pages]
    seen = Counter(mark for page in edges for mark in {mark for edge in page for _, mark in edge})
    enough = max(3, len(pages) // 2)
    return [
        {at for edge in page for at, _ in itertools.takewhile(lambda each: seen[each[1]] >= enough, edge)}
        for page in edges
    ]


def _edges(page: PlacedLines) -> tuple[list[tuple[int, tuple[str, int]]], ...]:
    """The outermost lines at the top and at the bottom, each with what it is compared by."""
    marks = [
        (at, (_NUMBERS.sub("#", line), round(height)))
        for at, (line, height) in enumerate(zip(page.lines, page.heights, strict=True))
    ]
    return marks[:_MARGIN_LINES], marks[::-1][:_MARGIN_LINES]


def _joined(row: list[Piece]) -> str:
    row.sort(key=lambda each: each.x)
    parts: list[str] = []
    previous: Piece | None = None
    for piece in row:
        if previous is not None:
            if _drawn_twice(previous, piece):
                continue
            parts.append(_between(previous, piece, parts))
        parts.append(piece.text)
        previous = piece
    return "".join(parts).strip(" \t")


def _drawn_twice(previous: Piece, piece: Piece) -> bool:
    near = _SAME_PLACE * piece.size
    return piece.text == previous.text and abs(piece.x - previous.x) <= near and not piece.text.isspace()


def _between(previous: Piece, piece: Piece, parts: Sequence[str]) -> str:
    gap = piece.x - previous.x - previous.width
    size = min(previous.size, piece.size)
    if gap > _CELL_GAP * size:
        return "\t"
    # Chinese knows no spaces between words; what is set apart there is set apart for looks.
    words = previous.text[-1:].isascii() and piece.text[:1].isascii()
    blank = parts[-1][-1:].isspace() or piece.text[:1].isspace()
    return " " if gap > _WORD_GAP * size and words and not blank else ""
