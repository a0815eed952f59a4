"""Texts as a workbook can hold and show them: cleaned of what breaks the file, and measured for wrapping.

Widths are counted in half-widths: a Chinese character is two, a digit about one.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from tasks.columns.column import clean as clean

# What a cell holds at most, in UTF-16 units; openpyxl and Excel both cut the rest off without a word.
CELL_LIMIT = 32_767

# Office reads _x0041_ in a cell's text as the letter A, so an underscore that begins such a group is
# itself written as one. The twin of this is `read_back`.
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED_UNDERSCORE = "_x005F_"
# Text that a spreadsheet would take for a formula once somebody edits the cell.
_FORMULA_LIKE = re.compile(r"\s*[=+\-@＝＋－＠]")


def escaped(text: str) -> str:
    """A clean text as it is written into the file."""
    return _LOOKS_ESCAPED.sub(_ESCAPED_UNDERSCORE, text)


def in_xml(text: str) -> str:
    """A clean text as the content of an element of the file."""
    return escaped(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def read_back(text: str) -> str:
    """The text a cell shows, from what openpyxl reads out of the file. Twin: escaped()."""
    return text.replace(_ESCAPED_UNDERSCORE, "_")


def looks_like_formula(text: str) -> bool:
    return bool(_FORMULA_LIKE.match(text))


def too_long_for_a_cell(text: str) -> bool:
    # Four units a character is beyond what any text can need, so most texts are not measured.
    return len(text) * 4 > CELL_LIMIT and len(escaped(text).encode("utf-16-le")) // 2 > CELL_LIMIT


# --- measuring --------------------------------------------------------------------------------------

# A line may not begin with the first of these nor end with the last; they wrap with their neighbour.
_UNIT = re.compile(
    r"[（《〈「『【〔“‘]*"
    r"(?:[!-~]+|[^ \t])"
    r"[，。、；：？！）》〉」』】〕”’…—％%]*"
    r"|[ \t]+"
)


@lru_cache(maxsize=8192)
def _char_width(char: str) -> float:
    if "!" <= char <= "~":
        # Letters are proportional in most fonts that stand in for 宋体; capitals are the widest.
        return 1.5 if char.isupper() or char in "%@mw" else 1.28
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    # Ambiguous ones (quotation marks, dashes, ①) are full-width in Chinese fonts.
    return 2 if unicodedata.east_asian_width(char) in "WFA" else 1.28


@lru_cache(maxsize=8192)  # nearly always one sign with its punctuation
def width_of(text: str) -> float:
    return sum(map(_char_width, text))


def line_ends(text: str, capacity: float) -> Iterator[int]:
    """Where each line of the text ends when it is wrapped at `capacity` half-widths: offsets into the text.

    An estimate that leans to more lines than an office program makes, so that rows come out a little
    high rather than cut.
    """
    offset = 0
    for paragraph in text.split("\n"):
        used = 0.0
        for unit in _UNIT.finditer(paragraph):
            width = width_of(unit[0])
            if used + width > capacity and used:
                yield offset + unit.start()
                used = 0.0
            if width > capacity:
                for place, char in enumerate(unit[0], start=unit.start()):
                    if used + _char_width(char) > capacity and used:
                        yield offset + place
                        used = 0.0
                    used += _char_width(char)
            else:
                used += width
        offset += len(paragraph) + 1
        yield min(offset, len(text))


@lru_cache(maxsize=4096)
def line_count(text: str, capacity: float) -> int:
    if len(text) * 2 <= capacity and "\n" not in text:
        return 1
    return sum(1 for _ in line_ends(text, capacity))


def pieces(text: str, *, capacity: float, lines: int, characters: int) -> Iterator[str]:
    """The text in pieces of at most so many lines and characters each; joined, they are the text."""
    start = last = taken = 0
    for end in line_ends(text, capacity):
        if start < last and (taken == lines or end - start > characters):
            yield text[start:last]
            start, taken = last, 0
        while end - start > characters:  # a line without width, such as a storm of combining marks
            yield text[start : start + characters]
            start += characters
        taken, last = taken + 1, end
    if start < len(text) or not text:
        yield text[start:]
