"""The one writer of workbooks: official tables that print as they are, streamed row by row.

Nothing else in the product writes a cell. Every text passes `Sheet._cell`, where it is cleaned, forced to be
text (never a formula) and held against what a cell can carry. A text too long for its cell stands in full on
the sheet 附页, and the cell says so: nothing is cut silently, and a row stays one row.

Sheets are written in openpyxl's write-only mode: memory does not grow with the rows, and what comes before
the rows in the file (widths, frozen panes) is settled before the first of them.
"""

import math
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import Enum
from itertools import chain, groupby
from types import TracebackType
from typing import Any, BinaryIO, Generic, Self, TypeVar
from zipfile import ZIP_DEFLATED, ZipFile

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from exporters import text as texts
from exporters.layout import (
    BODY_SIZE,
    HIGHEST_ROW,
    MARGIN_BOTTOM,
    MARGIN_SIDE,
    MARGIN_TOP,
    PIXELS_PER_WIDTH,
    RULER_FONT,
    RULER_SIZE,
    Page,
    column_pixels,
    line_capacity,
    printed_width,
    row_height,
)
from exporters.names import footer_text, sheet_name

HEAD_FONT, TEXT_FONT = "黑体", "宋体"  # on every Chinese office machine, unlike 方正小标宋
ANNEX = "附页"
_LAST_ROWS = 3  # so many rows at least stand on the last page

Value = str | int | float | date | None
Row = TypeVar("Row")


class Kind(Enum):
    """What a column holds; how it is aligned and shown follows from it."""

    TEXT = ("left", "General")
    LABEL = ("center", "General")
    COUNT = ("center", "0")
    PERCENT = ("center", "0%")
    RATE = ("center", "0.0%")
    DATE = ("center", "yyyy-mm-dd")

    def __init__(self, align: str, number_format: str):
        self.align = align
        self.number_format = number_format


class Tone(Enum):
    """Colours for words that want attention; the word itself always says the same."""

    ALARM = "A3261B"
    CAUTION = "7A4B00"
    GOOD = "176239"


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column of a table: what stands in it for a row, and its width in Chinese characters of body size."""

    key: str
    title: str
    width: float
    value: Callable[[Row], Value]
    kind: Kind = Kind.TEXT
    group: str = ""  # neighbours of one group stand under a common heading
    tones: Mapping[str, Tone] = field(default_factory=dict)


@dataclass(frozen=True)
class Heading:
    """What stands above a table: the title, a line with a left and a right part, and notes of a line each."""

    title: str
    left: str = ""
    right: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class _Look:
    """How a cell looks. Cells of one look share one style of the workbook."""

    font: str = TEXT_FONT
    size: float = BODY_SIZE
    bold: bool = False
    color: str = "000000"
    fill: str = ""
    align: str = "left"
    vertical: str = "center"
    number_format: str = "General"
    bordered: bool = True
    as_typed: bool = False  # an apostrophe before it: stays text when somebody edits the cell


_TITLE = _Look(font=HEAD_FONT, size=16, bold=True, align="center", bordered=False)
_SUBLINE = _Look(size=10.5, bordered=False)
_NOTE = _Look(size=9.5, bordered=False, vertical="top")
_HEADER = _Look(font=HEAD_FONT, bold=True, fill="DCE6F1", align="center")
_BANDS = {
    1: _Look(font=HEAD_FONT, size=11, bold=True, fill="EDF2F8"),
    2: _Look(bold=True, fill="F7F9FB"),
}
_TOTAL = _Look(bold=True, fill="F2F2F2")


class Book:
    """A workbook being written. Use it in `with`: an error on the way leaves no temporary file behind."""

    def __init__(self, *, title: str, author: str, at: datetime):
        self._workbook = Workbook(write_only=True)
        self._workbook._named_styles["Normal"].font = Font(name=RULER_FONT, size=RULER_SIZE)
        self._properties(texts.clean(title), texts.clean(author), at)
        self._styles: dict[_Look, Any] = {}
        self._sheets: list[Sheet] = []
        self._annexed: list[_Annexed] = []

    def _properties(self, title: str, author: str, at: datetime) -> None:
        """The same data at the same time gives the same properties; no machine or account shows in them."""
        at = at.astimezone(UTC).replace(microsecond=0, tzinfo=None)
        self._workbook.properties = DocumentProperties(
            title=title, creator=author, lastModifiedBy=author, created=at, modified=at
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            for sheet in self._sheets:
                sheet.discard()

    def sheet(self, name: str, columns: Sequence[Column[Row]], heading: Heading) -> "Sheet[Row]":
        sheet = Sheet(self, sheet_name(name, taken=self._workbook.sheetnames), columns, heading)
        self._sheets.append(sheet)
        return sheet

    def save(self, file: BinaryIO) -> None:
        self._write_annex()
        for sheet in self._sheets:
            sheet.finish()
        # Workbook.save() would stamp the machine's own clock as the time of the last change.
        with ZipFile(file, "w", ZIP_DEFLATED, allowZip64=True) as archive:
            ExcelWriter(self._workbook, archive).write_data()

    # --- what does not fit its cell ------------------------------------------

    def annex(self, text: str, *, place: str) -> str:
        """Keep a long text for the sheet 附页. Returns the words that send the reader there."""
        self._annexed.append(_Annexed(len(self._annexed) + 1, place, text))
        return f"……〔未完，全文见“{ANNEX}”第 {len(self._annexed)} 条〕"

    def _write_annex(self) -> None:
        if not self._annexed:
            return
        sheet = self.sheet(
            ANNEX, _ANNEX_COLUMNS, Heading(ANNEX, notes=["单元格容纳不下的内容，按条目分段全文列出。"])
        )
        for annexed in tuple(self._annexed):
            pieces = list(
                texts.pieces(
                    annexed.text,
                    capacity=line_capacity(column_pixels(_ANNEX_COLUMNS[-1].width), BODY_SIZE),
                    lines=_ANNEX_LINES,
                    characters=_ANNEX_PIECE,
                )
            )
            for place, piece in enumerate(pieces, start=1):
                part = f"{annexed.number}（{place}/{len(pieces)}）"
                sheet.row(replace(annexed, part=part, text=piece))

    # --- styles --------------------------------------------------------------

    def style(self, look: _Look) -> Any:
        if look not in self._styles:
            self._styles[look] = self._new_style(look)
        return self._styles[look]

    def _new_style(self, look: _Look) -> Any:
        cell = WriteOnlyCell(self._workbook.worksheets[0])
        cell.font = Font(name=look.font, size=look.size, bold=look.bold, color=look.color)
        cell.alignment = Alignment(horizontal=look.align, vertical=look.vertical, wrap_text=True)
        cell.number_format = look.number_format
        if look.fill:
            cell.fill = PatternFill("solid", fgColor=look.fill)
        if look.bordered:
            line = Side(style="thin", color="7F7F7F")
            cell.border = Border(left=line, right=line, top=line, bottom=line)
        cell.quotePrefix = look.as_typed
        return cell._style


class Sheet(Generic[Row]):
    """One table of a book, written from the top: heading, header, then bands, rows, totals and notes."""

    def __init__(self, book: Book, name: str, columns: Sequence[Column[Row]], heading: Heading):
        self._book = book
        self._columns = columns
        self._sheet = book._workbook.create_sheet(name)
        self._widths = [column_pixels(column.width) for column in columns]
        self._looks = [_Look(align=c.kind.align, number_format=c.kind.number_format) for c in columns]
        self._drawn = self._written = 0  # rows; what is drawn is written in the same order, a little later
        self._last_row_of_table = 0
        self._bands: list[_Line] = []
        # The last rows wait until it is known that they are the last: they go on a page together with the
        # totals and notes that may follow, so that no page holds a lone row or totals without rows.
        self._waiting: deque[list[_Line]] = deque()
        self._closing: list[_Line] = []
        self._page = Page(printed_width(column.width for column in columns))
        self._set_up(heading)

    # --- what a workbook module says -----------------------------------------

    def band(self, text: str, *, level: int) -> None:
        """A heading inside the table, across all columns. It stays on a page with the row that follows it."""
        look, last = _BANDS[level], len(self._columns) - 1
        cell, height = self._cell(text, look, sum(self._widths), "标题")
        rest = [self._cell(None, look, 0, "")[0] for _ in range(last)]
        self._bands.append(self._line([cell, *rest], height + 4, spans=[(0, last)]))

    def row(self, row: Row) -> None:
        self._waiting.append([*self._bands, self._line(*self._cells(row), in_table=True)])
        self._bands = []
        if len(self._waiting) > _LAST_ROWS:
            self._write_together(self._waiting.popleft())

    def total(self, values: Mapping[str, Value]) -> None:
        """The closing line of the table, by the keys of columns; it is outside filter and sorting."""
        cells: list[Any] = []
        height = 0.0
        for place, column in enumerate(self._columns):
            look = replace(_TOTAL, align=column.kind.align, number_format=column.kind.number_format)
            cell, needs = self._cell(values.get(column.key), look, self._widths[place], column.title)
            cells.append(cell)
            height = max(height, needs)
        self._closing.append(self._line(cells, height))

    def note(self, text: str) -> None:
        """A line below the table."""
        self._closing.append(self._across([(text, 0, len(self._columns) - 1)], _NOTE))

    def finish(self) -> None:
        self._write_together([*chain(*self._waiting), *self._closing])
        last_column = get_column_letter(len(self._columns))
        top, last = self._header_rows[1], max(self._last_row_of_table, self._header_rows[1])
        self._sheet.auto_filter.ref = f"A{top}:{last_column}{last}"
        self._sheet.print_area = f"A1:{last_column}{self._written}"

    def discard(self) -> None:
        writer = self._sheet._writer
        if writer is None:
            return
        if not self._sheet.closed:
            self._sheet.close()
        if os.path.exists(writer.out):
            writer.cleanup()

    # --- before the rows -----------------------------------------------------

    def _set_up(self, heading: Heading) -> None:
        self._set_up_page(heading.title)
        for place, pixels in enumerate(self._widths, start=1):
            self._sheet.column_dimensions[get_column_letter(place)].width = pixels / PIXELS_PER_WIDTH
        grouped = any(column.group for column in self._columns)
        heading_rows = 1 + bool(heading.left or heading.right) + len(heading.notes)
        self._header_rows = (heading_rows + 1, heading_rows + 1 + grouped)
        first, last = self._header_rows
        # openpyxl writes both before the first row.
        self._sheet.freeze_panes = f"A{last + 1}"
        self._sheet.print_title_rows = f"{first}:{last}"
        self._write_heading(heading)
        before = self._page.used
        self._write_header(grouped)
        self._page.repeated = self._page.used - before

    def _set_up_page(self, title: str) -> None:
        sheet = self._sheet
        sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
        sheet.page_setup.orientation = "landscape"
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.print_options.horizontalCentered = True
        margins = sheet.page_margins
        margins.left = margins.right = round(MARGIN_SIDE / 72, 3)
        margins.top, margins.bottom = round(MARGIN_TOP / 72, 3), round(MARGIN_BOTTOM / 72, 3)
        margins.header = margins.footer = 0.3
        sheet.HeaderFooter.scaleWithDoc = False  # the footer's 9 points stay 9 points
        footer = sheet.HeaderFooter.oddFooter
        footer.left.text = footer_text(title)
        footer.center.text = "第 &P 页 共 &N 页"
        footer.right.text = footer_text(sheet.title)
        for part in (footer.left, footer.center, footer.right):
            part.font, part.size = f"{TEXT_FONT},常规", 9

    def _write_heading(self, heading: Heading) -> None:
        last = len(self._columns) - 1
        self._write(self._across([(heading.title, 0, last)], _TITLE))
        if heading.left or heading.right:
            middle = self._middle()
            parts = [(heading.left, 0, middle), (heading.right, middle + 1, last)]
            self._write(self._across(parts, _SUBLINE))
        for note in heading.notes:
            self._write(self._across([(note, 0, last)], _SUBLINE))

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
        height = max(needs for _, needs in bottom) + 4
        if not grouped:
            self._write(self._line([cell for cell, _ in bottom], height))
            return
        top = [
            self._drawn_header(place, column.group or column.title)
            for place, column in enumerate(self._columns)
        ]
        # A title without a group has both rows, so the groups alone say how high the upper one is.
        upper = max(needs for (_, needs), column in zip(top, self._columns, strict=True) if column.group) + 4
        lower = (
            max(needs for (_, needs), column in zip(bottom, self._columns, strict=True) if column.group) + 4
        )
        self._write(self._line([cell for cell, _ in top], upper))
        self._write(self._line([cell for cell, _ in bottom], max(lower, height - upper)))
        self._merge_header(*self._header_rows)

    def _drawn_header(self, place: int, words: str) -> tuple[Any, float]:
        """A cell of the header; a common heading has the width of all its columns."""
        column, width = self._columns[place], self._widths[place]
        if column.group and words == column.group:
            width = sum(
                w for w, c in zip(self._widths, self._columns, strict=True) if c.group == column.group
            )
        return self._cell(words, _HEADER, width, "表头")

    def _merge_header(self, top: int, bottom: int) -> None:
        for group, members in groupby(enumerate(self._columns), key=lambda pair: pair[1].group):
            places = [place for place, _ in members]
            if group:
                self._merge(top, places[0], top, places[-1])
            else:
                for place in places:
                    self._merge(top, place, bottom, place)

    # --- rows ----------------------------------------------------------------

    def _cells(self, row: Row) -> tuple[list[Any], float]:
        cells, height = [], 0.0
        for place, column in enumerate(self._columns):
            value, look = column.value(row), self._looks[place]
            if column.tones and isinstance(value, str) and value in column.tones:
                look = replace(look, color=column.tones[value].value, bold=True)
            cell, needs = self._cell(value, look, self._widths[place], column.title)
            cells.append(cell)
            height = max(height, needs)
        return cells, height

    def _line(
        self,
        cells: list[Any],
        height: float,
        *,
        spans: Sequence[tuple[int, int]] = (),
        in_table: bool = False,
    ) -> "_Line":
        self._drawn += 1
        return _Line(cells, min(math.ceil(height), HIGHEST_ROW), spans, in_table)

    def _across(self, parts: list[tuple[str, int, int]], look: _Look) -> "_Line":
        """A line of texts, each across the columns from its first to its last; a second one leans right."""
        cells: list[Any] = [None] * len(self._columns)
        height = 0.0
        for place, (text, first, last) in enumerate(parts):
            shown = replace(look, align="right") if place else look
            cells[first], needs = self._cell(text, shown, sum(self._widths[first : last + 1]), "表头")
            height = max(height, needs)
        return self._line(
            cells, height + (8 if look is _TITLE else 2), spans=[(first, last) for _, first, last in parts]
        )

    def _write_together(self, lines: Sequence["_Line"]) -> None:
        """Write lines that belong on one page; turns the page before them where they might be torn apart."""
        if len(lines) > 1 and self._page.must_break(before=sum(line.height for line in lines)):
            self._sheet.row_breaks.append(Break(id=self._written))
            self._page.turn()
        for line in lines:
            self._write(line)

    def _write(self, line: "_Line") -> None:
        self._written += 1
        dimensions = self._sheet.row_dimensions
        dimensions[self._written].height = line.height
        self._sheet.append(line.cells)
        del dimensions[self._written]  # it is in the file by now; kept, they would grow with the rows
        for first, last in line.spans:
            self._merge(self._written, first, self._written, last)
        if line.in_table:
            self._last_row_of_table = self._written
        self._page.take(line.height)

    def _merge(self, top: int, first: int, bottom: int, last: int) -> None:
        if (top, first) != (bottom, last):
            self._sheet.merged_cells.add(
                f"{get_column_letter(first + 1)}{top}:{get_column_letter(last + 1)}{bottom}"
            )

    # --- cells ---------------------------------------------------------------

    def _cell(self, value: Value, look: _Look, width: float, title: str) -> tuple[Any, float]:
        """The cell for a value and the height it needs. The one place where a value becomes a cell."""
        cell = WriteOnlyCell(self._sheet)
        if value is None or value == "":
            cell._style = self._book.style(look)
            return cell, row_height(1, look.size)
        if isinstance(value, (int, float, date)):
            cell._style = self._book.style(look)
            cell.value = _plain_date(value) if isinstance(value, date) else value
            return cell, row_height(1, look.size)
        text, lines = self._fitted(texts.clean(value), look, width, title)
        if texts.looks_like_formula(text):
            look = replace(look, as_typed=True)
        cell._style = self._book.style(look)
        cell.value = texts.escaped(text)
        cell.data_type = "s"  # openpyxl has made a formula of =…, and an error of #N/A
        return cell, row_height(lines, look.size)

    def _fitted(self, text: str, look: _Look, width: float, title: str) -> tuple[str, int]:
        """The text, or as much of it as its cell can show with a pointer to the whole; and its lines."""
        capacity = line_capacity(width, look.size)
        most = int((HIGHEST_ROW - 8) / row_height(1, look.size, padding=0))
        lines = texts.line_count(text, capacity)
        if lines <= most and not texts.too_long_for_a_cell(text):
            return text, lines
        place = f"{self._sheet.title} 第 {self._drawn + 1} 行 {title}"
        pointer = self._book.annex(text, place=place)
        shown = next(
            texts.pieces(
                text,
                capacity=capacity,
                lines=most - texts.line_count(pointer, capacity) - 1,
                characters=_ANNEX_PIECE,
            )
        )
        shown = shown.rstrip() + pointer
        return shown, texts.line_count(shown, capacity)


@dataclass(frozen=True)
class _Line:
    """A row of the sheet, drawn but not yet written."""

    cells: list[Any]
    height: int
    spans: Sequence[tuple[int, int]] = ()  # from column to column, merged
    in_table: bool = False  # a row that filter and sorting see


@dataclass(frozen=True)
class _Annexed:
    number: int
    place: str
    text: str
    part: str = ""


_ANNEX_PIECE, _ANNEX_LINES = 5000, 25
_ANNEX_COLUMNS: list[Column[_Annexed]] = [
    Column("part", "条目", 6, lambda one: one.part, Kind.LABEL),
    Column("place", "原位置", 14, lambda one: one.place),
    Column("text", "全文", 62, lambda one: one.text),
]


def _plain_date(value: date) -> date:
    """Excel knows no time zones: the local day."""
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value
