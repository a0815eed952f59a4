"""Sheets as agencies send them back: what went out, changed by openpyxl in the place of a person."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

LEAD, JOINED = "牵头任务", "参与任务"


def opened(data: bytes) -> Workbook:
    return load_workbook(BytesIO(data))


def saved(book: Workbook) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def changed(data: bytes, change: Callable[[Workbook], Any]) -> bytes:
    book = opened(data)
    change(book)
    return saved(book)


def header_of(sheet: Worksheet) -> int:
    return next(row for row in range(1, 40) if any(cell.value == "工作举措" for cell in sheet[row]))


def column(sheet: Worksheet, title: str) -> int:
    cells = sheet[header_of(sheet)]
    return next(cell.column for cell in cells if str(cell.value).startswith(title))


def rows(sheet: Worksheet) -> list[int]:
    """The rows that hold tasks."""
    key = column(sheet, "行标识")
    first = header_of(sheet) + 1
    return [row for row in range(first, sheet.max_row + 1) if sheet.cell(row, key).value]


def cell(sheet: Worksheet, title: str, *, row: int = 0):
    """The cell under a title, in the `row`-th row that holds a task."""
    return sheet.cell(rows(sheet)[row], column(sheet, title))
