"""The printed page: its measures, how wide and high a cell is on it, and where a row comes to stand."""

import math
from collections.abc import Iterable

# Lengths are in points (1/72 inch) but where the name says otherwise; A4 landscape.
PAGE_WIDTH, PAGE_HEIGHT = 841.9, 595.3
MARGIN_SIDE, MARGIN_TOP, MARGIN_BOTTOM = 25.2, 43.2, 46.8
HIGHEST_ROW = 409  # no office program draws a higher one
BODY_SIZE = 10
# The workbook's standard font, in whose digits the file counts column widths: 8 pixels each. Not 宋体: a
# machine without it takes another font's digits and draws every column wider. Arial has twins everywhere.
RULER_FONT, RULER_SIZE = "Arial", 11
PIXELS_PER_WIDTH = 8
_POINTS_PER_PIXEL = 0.75
_CELL_PADDING_PIXELS = 7


def column_pixels(characters: float) -> float:
    """The width of a column that takes so many Chinese characters of the body font on a line."""
    return math.ceil(characters * BODY_SIZE / _POINTS_PER_PIXEL + _CELL_PADDING_PIXELS)


def line_capacity(pixels: float, size: float) -> float:
    """How many half-widths of a font of this size fit on a line."""
    return (pixels - _CELL_PADDING_PIXELS) / (size * 2 / 3) + 0.2


def row_height(lines: int, size: float, padding: float = 5) -> float:
    # 1.42: the line height of Noto CJK, the highest of the fonts that office programs take for 宋体.
    return lines * size * 1.42 + padding


def printed_width(columns: Iterable[float]) -> float:
    """The width on paper, before the page shrinks them, of columns that take so many characters each."""
    return sum(map(column_pixels, columns)) * _POINTS_PER_PIXEL


def printed_scale(width: float) -> float:
    """By how much a table is shrunk to fit the page; a narrow one is not blown up."""
    return min(1, (PAGE_WIDTH - 2 * MARGIN_SIDE) / width)


class Page:
    """Where on the printed page the next row will stand, to keep a heading with what it heads.

    Excel and LibreOffice choose the scale that fits the width and turn the page where a row no longer fits.
    They agree with this sum to within a row, so a heading that comes near the end goes to the next page.
    """

    SLACK = 56

    def __init__(self, width: float):
        # A little more than there is: a page that takes a row more than expected would leave a heading alone.
        self.height = (PAGE_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM) / printed_scale(width) * 1.02
        self.used = 0.0
        self.repeated = 0.0

    def take(self, height: float) -> None:
        if self.used + height > self.height:
            self.turn()
        self.used += height

    def turn(self) -> None:
        self.used = self.repeated

    def must_break(self, *, before: float, slack: float = SLACK) -> bool:
        fits_on_a_page = self.repeated + before <= self.height
        return fits_on_a_page and self.used > self.repeated and self.used + before + slack > self.height
