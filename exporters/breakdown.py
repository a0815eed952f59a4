"""分单位任务分解表: a plan's tasks by agency, a sheet for each, what it leads first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

from agencies.models import Agency
from exporters.names import OFFICE, data_of
from exporters.workbook import Book, Heading
from tasks.columns import Column, Kind, TaskLine, task_columns
from tasks.models import Plan, Task

TASK_KEYS = (
    *("place", "number", "text", "lead", "participants", "duty", "status", "progress", "light", "deadline"),
    "reason",
)


@dataclass(frozen=True)
class Share:
    """What one agency carries of a plan, in the document's order."""

    agency: Agency
    led: Sequence[Task]
    joined: Sequence[Task]


CONTENTS_COLUMNS: list[Column[Share]] = [
    Column("agency", "单位", 30, lambda share: share.agency.name),
    Column("led", "牵头（项）", 10, lambda share: len(share.led), Kind.COUNT),
    Column("joined", "参与（项）", 10, lambda share: len(share.joined), Kind.COUNT),
    Column("total", "合计（项）", 10, lambda share: len(share.led) + len(share.joined), Kind.COUNT),
]


def shares_of(tasks: Sequence[Task], *, among: Sequence[int] | None = None) -> list[Share]:
    """By agency in the register's order, from tasks loaded by `for_workbooks()`; no query.

    `among` names agencies by their keys where only theirs may be told. A collective is an agency like any
    other.
    """
    parts: dict[Agency, tuple[list[Task], list[Task]]] = {}
    for task in tasks:
        for assignment in task.parts:
            if among is None or assignment.agency_id in among:
                led, joined = parts.setdefault(assignment.agency, ([], []))
                (led if assignment.is_lead else joined).append(task)
    in_order = sorted(parts, key=lambda agency: (agency.position, agency.pk))
    return [Share(agency, *parts[agency]) for agency in in_order]


def breakdown(file: BinaryIO, *, plan: Plan, shares: Sequence[Share], today: date, now: datetime) -> None:
    """Write the shares, a table of contents first; no query."""
    title = f"{plan.title}分单位任务分解表"
    with Book(title=title, author=plan.issuer or OFFICE, at=now) as book:
        contents = book.sheet("目录", CONTENTS_COLUMNS, _heading(title, plan, f"{len(shares)} 家单位", now))
        for share in shares:
            contents.row(share)
            _sheet(book, plan, share, today, now)
        contents.note("注：按登记册顺序，每家单位一张表。一项任务由几家单位承担的，在各家的表中都列出。")
        book.save(file)


def _sheet(book: Book, plan: Plan, share: Share, today: date, now: datetime) -> None:
    scope = f"{share.agency.name}：牵头 {len(share.led)} 项，参与 {len(share.joined)} 项"
    heading = _heading(f"{plan.title}任务分解表（{share.agency.name}）", plan, scope, now)
    sheet = book.sheet(share.agency.name, task_columns(*TASK_KEYS, text=18), heading)
    for words, tasks in (("牵头任务", share.led), ("参与任务", share.joined)):
        if tasks:
            sheet.band(f"{words}（{len(tasks)} 项）", level=1)
        for task in tasks:
            sheet.row(TaskLine.of(task, today=today))


def _heading(title: str, plan: Plan, scope: str, now: datetime) -> Heading:
    number = f"文号：{plan.document_number}　　" if plan.document_number else ""
    return Heading(title, left=f"{number}{scope}", right=data_of(now))
