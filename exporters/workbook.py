"""The one writer of workbooks: official tables that print as they are, streamed row by row.

Nothing else in the product makes a workbook. A book has sheets (`Book.sheet`), a sheet has a heading and one
table of columns; each value becomes a cell in `cells`. A text too long for its cell stands in full on the
sheet 附页, and the cell says so: nothing is cut silently, and a row stays one row.

openpyxl writes everything around the rows. The rows themselves wait in a temporary file for each sheet and
are put in their place as the file is packed: memory does not grow with them.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Font
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

from exporters import text as texts
from exporters.annex import Annex
from exporters.layout import RULER_FONT, RULER_SIZE
from exporters.looks import Styles
from exporters.names import sheet_name
from exporters.protecting import Filling
from exporters.sheet import Heading, Sheet
from tasks.columns import Column

__all__ = ["Book", "Filling", "Heading", "Sheet"]

Row = TypeVar("Row")


class Book:
    """A workbook being written. Use it in `with`: an error on the way leaves no temporary file behind."""

    def __init__(self, *, title: str, author: str, at: datetime):
        self._workbook = Workbook()
        self._workbook.remove(self._workbook.worksheets[0])
        self._workbook._named_styles["Normal"].font = Font(name=RULER_FONT, size=RULER_SIZE)
        self._workbook.properties = _properties(texts.clean(title), texts.clean(author), at)
        self._styles = Styles(self._workbook)
        self._annex = Annex()
        self._sheets: dict[str, Sheet[Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sheet in self._sheets.values():
            sheet.close()

    def sheet(
        self,
        name: str,
        columns: Sequence[Column[Row]],
        heading: Heading,
        *,
        filters: bool = True,
        filling: Filling | None = None,
    ) -> Sheet[Row]:
        """A new sheet, the last of the book; its name is made one that office programs accept, and unique."""
        name = sheet_name(name, taken=self._sheets)
        worksheet = self._workbook.create_sheet(name)
        sheet = Sheet(
            worksheet,
            columns,
            heading,
            styles=self._styles,
            annex=self._annex,
            filters=filters,
            filling=filling,
        )
        self._sheets[name] = sheet
        return sheet

    def save(self, file: BinaryIO) -> None:
        self._annex.write(self.sheet)
        for sheet in self._sheets.values():
            sheet.finish()
        # Workbook.save() would stamp the machine's own clock as the time of the last change.
        with ZipFile(file, "w", ZIP_DEFLATED, allowZip64=True) as archive:
            _Packer(self._workbook, archive, self._sheets).write_data()


def _properties(title: str, author: str, at: datetime) -> DocumentProperties:
    """The same data at the same time gives the same properties; no machine or account shows in them."""
    at = at.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    return DocumentProperties(title=title, creator=author, lastModifiedBy=author, created=at, modified=at)


class _Packer(ExcelWriter):
    """Writes the parts of the file; of each sheet openpyxl writes what stands around the rows."""

    # As lxml writes it and as Python's own library does.
    _NO_ROWS = re.compile(rb"<sheetData ?/>|<sheetData></sheetData>")
    # Stands for the merged cells, of which openpyxl would hold each against all others.
    _MERGED = re.compile(rb'<mergeCells count="1"><mergeCell ref="A1" ?/></mergeCells>')

    def __init__(self, workbook: Workbook, archive: ZipFile, sheets: Mapping[str, Sheet[Any]]):
        super().__init__(workbook, archive)
        self._sheets = sheets

    def write_worksheet(self, ws: Any) -> None:
        ws._drawing = SpreadsheetDrawing()
        ws._drawing.charts, ws._drawing.images = ws._charts, ws._images
        sheet = self._sheets[ws.title]
        ws.merged_cells = ["A1"]
        writer = WorksheetWriter(ws, BytesIO())
        ws._comments = sheet.comments()
        writer.write()
        ws._rels = writer._rels
        before, after = self._NO_ROWS.split(writer.read())
        areas = "".join(f'<mergeCell ref="{area}"/>' for area in sheet.merged)
        merged = f'<mergeCells count="{len(sheet.merged)}">{areas}</mergeCells>' if areas else ""
        after = self._MERGED.sub(merged.encode(), after)
        with self._archive.open(ws.path[1:], "w", force_zip64=True) as part:
            part.write(before + b"<sheetData>")
            shutil.copyfileobj(sheet.rows(), part, 1 << 18)
            part.write(b"</sheetData>" + after)
        self.manifest.append(ws)
