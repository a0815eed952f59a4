"""Values become cells here and nowhere else: text stays text, nothing breaks the file or is cut silently.

A cell is written as it stands in the file, without openpyxl's objects, which cost more than all the rest.
No part of it can be a formula: there is no way here to write one.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone

from exporters import text as texts
from exporters.layout import HIGHEST_ROW, line_capacity, row_height
from exporters.looks import Look, Styles
from tasks.columns import Value

# Called with a text that its cell cannot carry; returns the words that stand for the rest of it.
Annex = Callable[[str], str]
PIECE = 5000  # so much of a text at most goes into a cell that sends its reader elsewhere
_KEPT, _SHORT = 4096, 60
_EPOCH, _FIRST_DAY = date(1899, 12, 30), date(1900, 3, 1)


class Cell(NamedTuple):
    """A cell as the file has it, from behind its address to its end; and the height it needs, in points."""

    xml: str
    height: float


class Pen:
    """Draws cells of one look and one width. Most cells of a column repeat: what is short is drawn once.

    `whole` texts are never continued elsewhere: what is filled in has to stand where it is filled in, even if
    the row cannot show all of it.
    """

    def __init__(self, styles: Styles, look: Look, width: float, *, whole: bool = False):
        self._styles = styles
        self._look = look
        self._capacity = line_capacity(width, look.size)
        self._line_height = row_height(1, look.size)
        self._open = f' s="{styles.number(look)}"'
        self._most = int((HIGHEST_ROW - 8) / row_height(1, look.size, padding=0))
        self._whole = whole
        self._drawn: dict[Value, Cell] = {}

    def draw(self, value: Value, annex: Annex) -> Cell:
        known = self._drawn.get(value)
        if known is not None:
            return known
        cell = self._draw(value, annex)
        if len(self._drawn) < _KEPT and not (isinstance(value, str) and len(value) > _SHORT):
            self._drawn[value] = cell
        return cell

    def _draw(self, value: Value, annex: Annex) -> Cell:
        if isinstance(value, date):
            day = _plain_date(value)
            value = (day - _EPOCH).days if day >= _FIRST_DAY else f"{day}"
        if value is None or value == "":
            return Cell(f"{self._open}/>", self._line_height)
        if isinstance(value, (int, float)):
            return Cell(f"{self._open}><v>{value!r}</v></c>", self._line_height)
        text, lines = self._fitted(texts.clean(value), annex)
        opening = self._open
        if texts.looks_like_formula(text):
            opening = f' s="{self._styles.number(replace(self._look, as_typed=True))}"'
        blanks = "" if text == text.strip() else ' xml:space="preserve"'
        xml = f'{opening} t="inlineStr"><is><t{blanks}>{texts.in_xml(text)}</t></is></c>'
        return Cell(xml, row_height(lines, self._look.size))

    def _fitted(self, text: str, annex: Annex) -> tuple[str, int]:
        """The text, or as much of it as its cell can show with a pointer to the whole; and its lines."""
        lines = texts.line_count(text, self._capacity)
        if (lines <= self._most or self._whole) and not texts.too_long_for_a_cell(text):
            return text, lines
        pointer = annex(text)
        room = self._most - texts.line_count(pointer, self._capacity) - 1
        shown = next(texts.pieces(text, capacity=self._capacity, lines=room, characters=PIECE))
        shown = shown.rstrip() + pointer
        return shown, texts.line_count(shown, self._capacity)


def _plain_date(value: date) -> date:
    """Excel knows no time zones: the local day."""
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value
