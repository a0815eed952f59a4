"""Reads workbooks back: the table of a sheet, and the raw bytes of everything in the file."""

import re
from datetime import datetime
from io import BytesIO
from zipfile import ZipFile

from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet


def content(response) -> bytes:
    assert response.status_code == 200, response.status_code
    return b"".join(response.streaming_content)


def opened(data: bytes) -> Workbook:
    return load_workbook(BytesIO(data))


def parts(data: bytes) -> dict[str, str]:
    """Every part of the file as text. A letter written as its number (`&#20013;`) counts as the letter: what
    must not be in the file must not be there in that spelling either."""
    with ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: _LETTER.sub(_letter, archive.read(name).decode()) for name in archive.namelist()}


def formulas(data: bytes) -> list[str]:
    """Parts in which something would be calculated. A chart's `f` names the cells that it draws."""
    return [
        name
        for name, xml in parts(data).items()
        if re.search("<f[ />]", xml) and not name.startswith("xl/charts/")
    ]


_LETTER = re.compile("&#([0-9]{3,7});")


def _letter(found: re.Match[str]) -> str:
    return chr(int(found[1]))


def header_rows(sheet: Worksheet) -> tuple[int, int]:
    """The first and last row of the header, as printing repeats it."""
    first, last = sheet.print_title_rows.replace("$", "").split(":")
    return int(first), int(last)


def titles(sheet: Worksheet) -> list[str]:
    """The column titles; a column without a group has its title in the upper row."""
    first, last = header_rows(sheet)
    return [
        sheet.cell(last, place).value or sheet.cell(first, place).value
        for place in range(1, sheet.max_column + 1)
    ]


def spanning(sheet: Worksheet) -> set[int]:
    """The rows that are one cell from the first column to the last."""
    return {
        area.min_row
        for area in sheet.merged_cells.ranges
        if area.min_row == area.max_row and area.min_col == 1 and area.max_col == sheet.max_column
    }


def below_header(sheet: Worksheet) -> list[tuple]:
    """Everything below the header in order; a spanning row as its text alone."""
    return [
        (row[0],) if number in spanning(sheet) else tuple(map(_value, row))
        for number, row in enumerate(
            sheet.iter_rows(min_row=header_rows(sheet)[1] + 1, values_only=True),
            start=header_rows(sheet)[1] + 1,
        )
    ]


def rows(sheet: Worksheet) -> list[dict]:
    """The table's rows by title, without headings inside the table, totals and notes."""
    last = int(sheet.auto_filter.ref.split(":")[1].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    inside = range(header_rows(sheet)[1] + 1, last + 1)
    return [
        dict(zip(titles(sheet), (_value(cell.value) for cell in sheet[number]), strict=True))
        for number in inside
        if number not in spanning(sheet)
    ]


def _value(value):
    """Dates as dates: openpyxl reads them all as midnights."""
    return value.date() if isinstance(value, datetime) else value
