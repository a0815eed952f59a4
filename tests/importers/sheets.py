"""Sheets as agencies send them back: what went out, changed by openpyxl in the place of a person."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.utils import timezone
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from agencies.models import Agency, User
from exporters.filling import filling
from tasks.filling import agency_sheets
from tasks.models import Day, ReportingPeriod, Task

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


def sheet_data(period: ReportingPeriod, agency: Agency, *, reader: User) -> bytes:
    """The agency's workbook as `reader` would download it now."""
    now = timezone.now()
    (sheet,) = agency_sheets(
        period.plan,
        period,
        tasks=Task.objects.visible_to(reader),
        reader=reader,
        day=Day(timezone.localdate(now)),
        agency=agency,
    )
    file = BytesIO()
    filling(file, period=period, sheet=sheet, now=now)
    return file.getvalue()


def muddled(data: bytes) -> bytes:
    """Something in it for every outcome: fields rewritten, a cell that says nothing clear, a row inserted,
    a key forged."""

    def muddle(book: Workbook) -> None:
        for sheet in (book[LEAD], book[JOINED]):
            found = rows(sheet)
            texts = [column(sheet, title) for title in ("工作举措", "进展成效", "存在问题", "下一步计划")]
            for row in found:
                if not sheet.cell(row, texts[0]).protection.locked:
                    for at in texts:
                        sheet.cell(row, at).value = "线下填写：已按计划完成阶段任务，下一步继续推进落实到位。"
            sheet.cell(found[0], column(sheet, "总体进度")).value = "八十"
            sheet.cell(found[-1], column(sheet, "行标识")).value = "1.2.3"
            sheet.cell(sheet.max_row + 1, texts[0]).value = "插入的一行"

    return changed(data, muddle)
