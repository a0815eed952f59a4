"""A sheet: one table under a heading, written from the top, set up so that it prints as it is."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, groupby
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Generic, TypeVar

from openpyxl.chart import BarChart, Reference
from openpyxl.comments.comment_sheet import CommentRecord
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from exporters.cells import Cell, Pen
from exporters.layout import HIGHEST_ROW, PIXELS_PER_WIDTH, Page, column_pixels, printed_width
from exporters.looks import BANDS, BELOW, CLOSED, FAULTY, HEADER, NOTE, SUBLINE, TITLE, TOTAL, Look, Styles
from exporters.paper import place_chart, set_up_page
from exporters.protecting import Filling, comment, protect
from tasks.columns import Column, Tone, Value

if TYPE_CHECKING:
    from exporters.annex import Annex

_LAST_ROWS = 3  # so many rows at least stand on the last page
_BUFFER = 1 << 17

Row = TypeVar("Row")


@dataclass(frozen=True)
class Heading:
    """What stands above a table: the title, a line with a left and a right part, and notes of a line each."""

    title: str
    left: str = ""
    right: str = ""
    notes: Sequence[str] = ()


class Sheet(Generic[Row]):
    """One table of a book, written from the top: heading, header, then bands, rows, totals and notes."""

    def __init__(
        self,
        worksheet: Worksheet,
        columns: Sequence[Column[Row]],
        heading: Heading,
        *,
        styles: Styles,
        annex: "Annex",
        filters: bool = True,
        filling: Filling | None = None,
    ):
        self._sheet, self._columns, self._styles, self._annex = worksheet, columns, styles, annex
        self._filters, self._filling = filters, filling
        self._rows: BinaryIO = TemporaryFile(buffering=_BUFFER)  # noqa: SIM115 -- closed by close()
        self._letters = [get_column_letter(place) for place in range(1, len(columns) + 1)]
        self._widths = [column_pixels(column.width) for column in columns]
        self._pens: dict[tuple[Look, float, bool], Pen] = {}
        self._comments: dict[int, Mapping[str, str]] = {}
        self._looks = [self._look_of(column) for column in columns]
        self._drawn = self._written = 0  # rows; what is drawn is written in the same order, a little later
        self._last_row_of_table = 0
        self._bands: list[_Line] = []
        # The last rows wait until it is known that they are the last: they go on a page together with the
        # totals and notes that may follow, so that no page holds a lone row or totals without rows.
        self._waiting: deque[list[_Line]] = deque()
        self._closing: list[_Line] = []
        self._figures: list[tuple[BarChart, float]] = []
        self.merged: list[str] = []
        self._page = Page(printed_width(column.width for column in columns if not self._is_hidden(column)))
        self._set_up(heading)
        self._table_pens = [
            (
                column,
                self._pen(look, width, whole=self._is_opened(column)),
                {words: self._pen(_toned(look, tone), width) for words, tone in column.tones.items()},
                partial(self._annexed, column.title),
            )
            for column, look, width in zip(columns, self._looks, self._widths, strict=True)
        ]

    def _look_of(self, column: Column[Row]) -> Look:
        look = Look(align=column.kind.align, number_format=column.kind.number_format)
        if self._filling is None:
            return look
        if self._is_opened(column):
            return replace(look, vertical="top", locked=False)
        return replace(look, vertical="top", fill=CLOSED)

    def _is_opened(self, column: Column[Row]) -> bool:
        return self._filling is not None and column.key in self._filling.opened

    def _is_hidden(self, column: Column[Row]) -> bool:
        return self._filling is not None and column.key in self._filling.hidden

    # --- what a workbook module says -----------------------------------------

    def band(self, text: str, *, level: int) -> None:
        """A heading inside the table, across all columns. It stays on a page with the row that follows it."""
        look, last = BANDS[level], len(self._columns) - 1
        cell = self._cell(text, look, sum(self._widths), "标题")
        rest = [self._cell(None, look, sum(self._widths), "")] * last
        self._bands.append(self._line([cell, *rest], more=4, spans=[(0, last)]))

    def row(self, row: Row, *, closed: bool = False, faults: Mapping[str, str] | None = None) -> None:
        """In a sheet to be filled in, `closed`: nothing of this row is. `faults`: cells to be put right, by
        the keys of columns, each marked and with these words as its comment."""
        cells = self._cells(row)
        if self._filling is not None:
            self._mark(cells, row, closed=closed, faults=faults or {})
        line = self._line(cells, in_table=True)
        if faults:
            self._comments[self._drawn] = faults
        self._waiting.append([*self._bands, line])
        self._bands = []
        if len(self._waiting) > _LAST_ROWS:
            lines = self._waiting.popleft()
            self._write_together(lines, slack=Page.SLACK if len(lines) > 1 and not lines[0].in_table else 0)

    def below(self, text: str) -> None:
        """What is told of the row above, across all columns; it folds away. The first stays with its row."""
        last = len(self._columns) - 1
        cell = self._cell(text, BELOW, sum(self._widths), "进展")
        rest = [self._cell(None, BELOW, sum(self._widths), "")] * last
        line = self._line([cell, *rest], spans=[(0, last)], in_table=True, folds=True)
        self._sheet.sheet_format.outlineLevelRow = 1
        self._sheet.sheet_properties.outlinePr.summaryBelow = False
        if len(self._waiting[-1]) > 1 and self._waiting[-1][-1].folds:
            self._waiting.append([line])
        else:
            self._waiting[-1].append(line)

    def total(self, values: Mapping[str, Value]) -> None:
        """The closing line of the table, by the keys of columns; it is outside filter and sorting."""
        cells = [
            self._cell(
                values.get(column.key),
                replace(TOTAL, align=column.kind.align, number_format=column.kind.number_format),
                width,
                column.title,
            )
            for column, width in zip(self._columns, self._widths, strict=True)
        ]
        self._closing.append(self._line(cells))

    def note(self, text: str) -> None:
        """A line below the table."""
        self._closing.append(self._across([(text, 0, len(self._columns) - 1)], NOTE))

    def figure(self, chart: BarChart, *, height: float) -> None:
        """A chart below everything else, as wide as the table; `height` in points, no more than a row's."""
        self._figures.append((chart, height))

    def cells_of(self, key: str, rows: int) -> Reference:
        """The first `rows` cells of a column of the table, for a chart; there is no heading among them."""
        place = next(place for place, column in enumerate(self._columns, 1) if column.key == key)
        first = self._header_rows[1] + 1
        return Reference(self._sheet, min_col=place, min_row=first, max_row=first + rows - 1)

    # --- what the book asks -----------------------------------------------------

    def finish(self) -> None:
        """Nothing comes after this but `rows()`."""
        self._write_together([*chain(*self._waiting), *self._closing])
        self._waiting, self._closing = deque(), []
        for chart, height in self._figures:
            self._write_figure(chart, height)
        top, last = self._header_rows[1], max(self._last_row_of_table, self._header_rows[1])
        area = f"A1:{self._letters[-1]}{self._written}"
        if self._filters:
            self._sheet.auto_filter.ref = f"A{top}:{self._letters[-1]}{last}"
        self._sheet.print_area = area
        self._sheet.calculate_dimension = lambda: area
        if self._filling is not None:
            protect(self._sheet, self._filling, self._columns, first=top + 1, last=last)

    def rows(self) -> BinaryIO:
        """The rows as the file has them, from the first on."""
        self._rows.seek(0)
        return self._rows

    def comments(self) -> list[CommentRecord]:
        """What marked cells say, each by its address."""
        letters = {column.key: letter for column, letter in zip(self._columns, self._letters, strict=True)}
        return [
            comment(f"{letters[key]}{number}", words)
            for number, faults in self._comments.items()
            for key, words in faults.items()
        ]

    def close(self) -> None:
        self._rows.close()

    def _write_figure(self, chart: BarChart, height: float) -> None:
        """A row of the chart's height, which the chart covers; it is never torn between two pages."""
        if self._page.must_break(before=height, slack=0):
            self._turn_page()
        self._write(self._line([None] * len(self._columns), height=height))
        place_chart(self._sheet, chart, row=self._written, columns=len(self._columns), height=height)

    # --- before the rows -----------------------------------------------------

    def _set_up(self, heading: Heading) -> None:
        set_up_page(self._sheet, heading.title)
        for column, letter, pixels in zip(self._columns, self._letters, self._widths, strict=True):
            self._sheet.column_dimensions[letter].width = pixels / PIXELS_PER_WIDTH
            self._sheet.column_dimensions[letter].hidden = self._is_hidden(column)
        grouped = any(column.group for column in self._columns)
        heading_rows = 1 + bool(heading.left or heading.right) + len(heading.notes)
        self._header_rows = (heading_rows + 1, heading_rows + 1 + grouped)
        first, last = self._header_rows
        self._sheet.freeze_panes = f"A{last + 1}"
        self._sheet.print_title_rows = f"{first}:{last}"
        self._write_heading(heading)
        before = self._page.used
        self._write_header(grouped)
        self._page.repeated = self._page.used - before

    def _write_heading(self, heading: Heading) -> None:
        last = len(self._columns) - 1
        self._write(self._across([(heading.title, 0, last)], TITLE))
        if heading.left or heading.right:
            middle = self._middle()
            parts = [(heading.left, 0, middle), (heading.right, middle + 1, last)]
            self._write(self._across(parts, SUBLINE))
        for note in heading.notes:
            self._write(self._across([(note, 0, last)], SUBLINE))

    def _middle(self) -> int:
        """The column after which about half of the width lies behind."""
        behind = 0.0
        for place, width in enumerate(self._widths[:-1]):
            behind += width
            if behind >= sum(self._widths) / 2:
                return place
        return len(self._widths) - 2

    def _write_header(self, grouped: bool) -> None:
        bottom = [self._drawn_header(place, column.title) for place, column in enumerate(self._columns)]
        if not grouped:
            self._write(self._line(bottom, more=4))
            return
        top = [
            self._drawn_header(place, column.group or column.title)
            for place, column in enumerate(self._columns)
        ]
        # A title without a group has both rows, so the groups alone say how high the upper one is.
        upper, lower = (
            max(cell.height for cell, column in zip(cells, self._columns, strict=True) if column.group) + 4
            for cells in (top, bottom)
        )
        height = max(cell.height for cell in bottom) + 4
        self._write(self._line(top, height=upper))
        self._write(self._line(bottom, height=max(lower, height - upper)))
        self._merge_header(*self._header_rows)

    def _drawn_header(self, place: int, words: str) -> Cell:
        """A cell of the header; a common heading has the width of all its columns."""
        column, width = self._columns[place], self._widths[place]
        if column.group and words == column.group:
            width = sum(
                w for w, c in zip(self._widths, self._columns, strict=True) if c.group == column.group
            )
        return self._cell(words, HEADER, width, "表头")

    def _merge_header(self, top: int, bottom: int) -> None:
        for group, members in groupby(enumerate(self._columns), key=lambda pair: pair[1].group):
            places = [place for place, _ in members]
            if group:
                self._merge(top, places[0], top, places[-1])
            else:
                for place in places:
                    self._merge(top, place, bottom, place)

    # --- rows ----------------------------------------------------------------

    def _cells(self, row: Row) -> list[Cell]:
        cells = []
        for column, pen, tones, annex in self._table_pens:
            value = column.value(row)
            cells.append((tones.get(value, pen) if tones else pen).draw(value, annex))
        return cells

    def _line(
        self,
        cells: Sequence[Cell | None],
        *,
        height: float = 0,
        more: float = 0,
        spans: Sequence[tuple[int, int]] = (),
        in_table: bool = False,
        folds: bool = False,
    ) -> "_Line":
        """A row of these cells, as high as the highest needs and `more`, or of a given height."""
        self._drawn += 1
        height = height or max(cell.height for cell in cells if cell) + more
        return _Line(cells, min(math.ceil(height), HIGHEST_ROW), spans, in_table, folds)

    def _across(self, parts: list[tuple[str, int, int]], look: Look) -> "_Line":
        """A line of texts, each across the columns from its first to its last; a second one leans right."""
        cells: list[Cell | None] = [None] * len(self._columns)
        for place, (text, first, last) in enumerate(parts):
            shown = replace(look, align="right") if place else look
            cells[first] = self._cell(text, shown, sum(self._widths[first : last + 1]), "表头")
        spans = [(first, last) for _, first, last in parts]
        return self._line(cells, more=8 if look is TITLE else 2, spans=spans)

    def _cell(self, value: Value, look: Look, width: float, title: str) -> Cell:
        return self._pen(look, width).draw(value, partial(self._annexed, title))

    def _mark(self, cells: list[Cell], row: Row, *, closed: bool, faults: Mapping[str, str]) -> None:
        """What is to be put right, or may only be read, in its own look; what is hidden needs no height."""
        for place, column in enumerate(self._columns):
            if self._is_hidden(column):
                cells[place] = cells[place]._replace(height=0)
            elif column.key in faults:
                cells[place] = self._redrawn(place, row, FAULTY, locked=False)
            elif closed and self._is_opened(column):
                cells[place] = self._redrawn(place, row, CLOSED, locked=True)

    def _redrawn(self, place: int, row: Row, fill: str, *, locked: bool) -> Cell:
        """A cell of what is filled in, in a look of its own."""
        column, look = self._columns[place], replace(self._looks[place], fill=fill, locked=locked)
        pen = self._pen(look, self._widths[place], whole=True)
        return pen.draw(column.value(row), partial(self._annexed, column.title))

    def _pen(self, look: Look, width: float, *, whole: bool = False) -> Pen:
        if (look, width, whole) not in self._pens:
            self._pens[look, width, whole] = Pen(self._styles, look, width, whole=whole)
        return self._pens[look, width, whole]

    def _annexed(self, title: str, text: str) -> str:
        return self._annex.keep(text, place=f"{self._sheet.title} 第 {self._drawn + 1} 行 {title}")

    def _write_together(self, lines: Sequence["_Line"], *, slack: float = Page.SLACK) -> None:
        """Write lines that belong on one page; turns the page before them where they might be torn apart."""
        if len(lines) > 1 and self._page.must_break(before=sum(line.height for line in lines), slack=slack):
            self._turn_page()
        for line in lines:
            self._write(line)

    def _turn_page(self) -> None:
        self._sheet.row_breaks.append(Break(id=self._written))
        self._page.turn()

    def _write(self, line: "_Line") -> None:
        self._written += 1
        number = self._written
        cells = "".join(
            f'<c r="{letter}{number}"{cell.xml}'
            for letter, cell in zip(self._letters, line.cells, strict=True)
            if cell
        )
        folds = ' outlineLevel="1"' if line.folds else ""
        row = f'<row r="{number}" ht="{line.height}" customHeight="1"{folds}>{cells}</row>'
        self._rows.write(row.encode())
        for first, last in line.spans:
            self._merge(number, first, number, last)
        if line.in_table:
            self._last_row_of_table = number
        self._page.take(line.height)

    def _merge(self, top: int, first: int, bottom: int, last: int) -> None:
        if (top, first) != (bottom, last):
            self.merged.append(f"{self._letters[first]}{top}:{self._letters[last]}{bottom}")


def _toned(look: Look, tone: Tone) -> Look:
    return replace(look, color=tone.value, bold=True)


@dataclass(frozen=True)
class _Line:
    """A row of the sheet, drawn but not yet written."""

    cells: Sequence[Cell | None]
    height: int
    spans: Sequence[tuple[int, int]] = ()  # from column to column, merged
    in_table: bool = False  # a row that filter and sorting see
    folds: bool = False
