"""任务台账: exactly the tasks that the ledger's conditions find, in its order, over all its pages."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from typing import BinaryIO

from django.utils import timezone

from exporters.names import OFFICE, data_of
from exporters.workbook import Book, Heading
from tasks.accepted import ListedReport
from tasks.columns import Column, TaskLine, known, task_columns
from tasks.models import Task
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
# All that may be chosen, in their order; those not in LEDGER_COLUMNS only where somebody asks for them.
CHOOSABLE = (
    "year",
    "document_number",
    "place",
    "number",
    "text",
    "lead",
    "participants",
    "duty",
    "clause",
    "status",
    "progress",
    "light",
    "light_reason",
    "deadline",
    "reason",
    "reported",
    "review_note",
    "updated",
    "source_lines",
)
ALWAYS = ("number", "text")
# Two columns more than the report's detail have to go on the same page.
_WIDTHS = {"text": 17.2, "participants": 7.2, "light_reason": 5.3, "reason": 5.7}
# What was reported on tasks, by their keys.
Reported = Callable[[Sequence[Task]], Mapping[int, ListedReport]]
# Rows loaded at a time: memory stays flat, and a plan or ten still cost one round of queries.
_CHUNK = 2000
# A long workbook gives way: every so many rows it rests as long as they took, at most so many seconds, and
# whoever waits for a page of the same process has it alone. The bench asks for pages meanwhile.
_STRETCH, _LONGEST_REST = 20, 0.01


def ledger(
    file: BinaryIO,
    *,
    tasks: TaskQuerySet,
    scope: str,
    conditions: Sequence[tuple[str, str]],
    order: str,
    now: datetime,
    keys: Sequence[str] = LEDGER_COLUMNS,
    reported: Reported = lambda tasks: {},
    period: str = "",
) -> None:
    """Write the tasks in their order. Costs 1 query, and 7 for each 2,000 tasks begun.

    `reported` is asked once for each 2,000, and only where its column is among the `keys`; `period` is the
    name of the reporting period that it tells of, if it tells of one alone.
    """
    today = timezone.localdate(now)
    with Book(title=TITLE, author=OFFICE, at=now) as book:
        sheet = book.sheet("任务台账", columns(keys, period), _heading(scope, conditions, order, period, now))
        began = time.monotonic()
        lines = _told_lines(tasks, reported, today) if "reported" in keys else _lines(tasks, today)
        for number, line in enumerate(lines, start=1):
            sheet.row(line)
            if number > _CHUNK and number % _STRETCH == 0:
                time.sleep(min(time.monotonic() - began, _LONGEST_REST))
                began = time.monotonic()
        book.save(file)


def _read(tasks: TaskQuerySet) -> Iterator[Task]:
    return tasks.for_workbooks().iterator(chunk_size=_CHUNK)


def _lines(tasks: TaskQuerySet, today: date) -> Iterator[TaskLine]:
    return (TaskLine.of(task, today=today) for task in _read(tasks))


def _told_lines(tasks: TaskQuerySet, reported: Reported, today: date) -> Iterator[TaskLine]:
    """Each task with what was reported on it."""
    read = _read(tasks)
    while chunk := list(islice(read, _CHUNK)):
        listed = reported(chunk)
        for task in chunk:
            said = listed.get(task.pk, ListedReport(""))
            yield TaskLine.of(task, today=today, reported=said.words, review_note=said.note)


def columns(keys: Sequence[str] = LEDGER_COLUMNS, period: str = "") -> list[Column[TaskLine]]:
    """These columns in their own order, number and text among them; the text takes what others leave free.

    With a `period`, what was reported is called after it.
    """
    chosen = known([*keys, *ALWAYS], CHOOSABLE)
    page = sum(column.width for column in task_columns(*LEDGER_COLUMNS, **_WIDTHS))
    others = sum(column.width for column in task_columns(*chosen, **_WIDTHS) if column.key != "text")
    made = task_columns(*chosen, **_WIDTHS | {"text": max(_WIDTHS["text"], page - others)})
    return [
        replace(column, title=f"{period}进展") if period and column.key == "reported" else column
        for column in made
    ]


def _heading(
    scope: str, conditions: Sequence[tuple[str, str]], order: str, period: str, now: datetime
) -> Heading:
    said = "；".join(f"{label}：{words}" for label, words in conditions) or "无（全部任务）"
    return Heading(
        TITLE,
        left=f"范围：{scope}",
        right=data_of(now),
        notes=[f"筛选条件：{said}　　排序：{order}" + (f"　　进展取自：{period}" if period else "")],
    )
