"""任务台账: exactly the tasks that the ledger's conditions find, in its order, over all its pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO

from django.utils import timezone

from exporters.annual_report import OFFICE
from exporters.columns import TaskLine, task_columns
from exporters.workbook import Book, Column, Heading
from tasks.models.task import TaskQuerySet

TITLE = "知识产权强国建设推进计划任务台账"
LEDGER_COLUMNS = (
    "year",
    "place",
    "number",
    "text",
    "lead",
    "participants",
    "status",
    "progress",
    "light",
    "light_reason",
    "deadline",
    "reason",
    "updated",
)
# Two columns more than the report's detail have to go on the same page.
_WIDTHS = {"text": 17.2, "participants": 7.2, "light_reason": 5.3, "reason": 5.7}
# Rows loaded at a time: memory stays flat, and a plan or ten still cost one round of queries.
_CHUNK = 2000


def ledger(
    file: BinaryIO,
    *,
    tasks: TaskQuerySet,
    scope: str,
    conditions: Sequence[tuple[str, str]],
    order: str,
    now: datetime,
) -> None:
    """Write the tasks in their order. Costs 3 queries for each 2,000 tasks begun."""
    today = timezone.localdate(now)
    with Book(title=TITLE, author=OFFICE, at=now) as book:
        sheet = book.sheet(
            "任务台账", task_columns(*LEDGER_COLUMNS, **_WIDTHS), _heading(scope, conditions, order, now)
        )
        for task in tasks.for_rows().iterator(chunk_size=_CHUNK):
            sheet.row(TaskLine.of(task, today=today))
        book.save(file)


def columns() -> list[Column[TaskLine]]:
    return task_columns(*LEDGER_COLUMNS, **_WIDTHS)


def _heading(scope: str, conditions: Sequence[tuple[str, str]], order: str, now: datetime) -> Heading:
    said = "；".join(f"{label}：{words}" for label, words in conditions) or "无（全部任务）"
    return Heading(
        TITLE,
        left=f"范围：{scope}",
        right=f"数据截至：{timezone.localtime(now):%Y-%m-%d %H:%M}",
        notes=[f"筛选条件：{said}　　排序：{order}"],
    )
