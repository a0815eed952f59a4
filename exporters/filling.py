"""单位填报表: one agency's workbook for a period, filled in offline and brought back at /imports/sheets/.

What is understood on the way back is in tasks/columns/filling.py; nothing here is read back by its place.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import BinaryIO

from exporters.names import data_of, minute
from exporters.workbook import Book, Filling, Heading
from tasks.columns import FILLING_COLUMNS, Column, FillingLine, Value
from tasks.columns.filling import FAULTS, GUIDE, KEY, OPENED, OTHERS, Trouble
from tasks.filling import AgencySheet
from tasks.models import LONGEST_TEXT, PROPOSALS, AssignmentRole, ReportingPeriod
from tasks.workflow import SHORTEST_PROBLEMS

ROLES = {AssignmentRole.LEAD: "牵头任务", AssignmentRole.PARTICIPANT: "参与任务"}
_FILLING = Filling(opened=OPENED, hidden=(KEY,))


def filling(file: BinaryIO, *, period: ReportingPeriod, sheet: AgencySheet, now: datetime) -> None:
    """Write one agency's workbook. No query."""
    title = f"{sheet.agency}{period.name_with_year}进展填报表"
    with Book(title=title, author=sheet.agency.name, at=now) as book:
        _write_guide(book, title, _guide_of(period, sheet, now))
        for role in AssignmentRole:
            lines = sheet.of(role)
            _write_lines(book, title, role, lines, period, now)
        book.save(file)


def corrections(
    file: BinaryIO, *, lines: Sequence[FillingLine], troubles: Sequence[Trouble], now: datetime
) -> None:
    """Write what could not be taken in as a workbook to be put right and uploaded again: the list of all that
    is wrong, then the rows themselves with their faulty cells marked. No query."""
    title = "填报表更正"
    with Book(title=title, author="填报表", at=now) as book:
        notes = ["标红的单元格须更正，鼠标停在上面可以看到原因；改好后原样上传，已导入的行不受影响。"]
        heading = Heading(title, left=f"共 {len(troubles)} 处", notes=notes)
        listed = book.sheet(FAULTS, _TROUBLE_COLUMNS, heading)
        for trouble in troubles:
            listed.row(trouble)
        for role in AssignmentRole:
            of_role = [line for line in lines if line.role == role]
            if of_role:
                _write_lines(book, title, role, of_role, None, now)
        book.save(file)


_TROUBLE_COLUMNS: list[Column[Trouble]] = [
    Column("file", "文件", 12, lambda one: one.file),
    Column("sheet", "工作表", 7, lambda one: one.sheet),
    Column("row", "行", 4, lambda one: one.row),
    Column("column", "列", 6, lambda one: one.column),
    Column("value", "填写的内容", 16, lambda one: one.value),
    Column("words", "问题和办法", 30, lambda one: one.words),
]


# --- a table ---------------------------------------------------------------------------------------------


def _write_lines(
    book: Book,
    title: str,
    role: AssignmentRole,
    lines: Sequence[FillingLine],
    period: ReportingPeriod | None,
    now: datetime,
) -> None:
    heading = Heading(
        f"{title}（{ROLES[role]}）",
        left=f"报送期：{period}，{period.due_on:%Y-%m-%d} 截止" if period else f"共 {len(lines)} 行",
        right=data_of(now),
    )
    sheet = book.sheet(ROLES[role], _columns(role), heading, filling=_FILLING)
    for line in lines:
        sheet.row(line, closed=not line.is_open, faults=line.faults)


def _columns(role: AssignmentRole) -> list[Column[FillingLine]]:
    return [
        replace(
            column,
            title=OTHERS[role] if column.key == "others" else column.title,
            value=partial(_value, column),
            width=_WIDTHS.get(column.key, column.width),
        )
        for column in FILLING_COLUMNS.values()
    ]


# So that a row of A4 landscape is printed at nine points.
_WIDTHS = {"text": 11, "others": 5, "previous": 9, "measures": 9, "results": 9, "problems": 7}
_WIDTHS |= {"next_steps": 7, "deliverables": 5, "proposal_reason": 4.2}


def _value(column: Column[FillingLine], line: FillingLine) -> Value:
    """What stands in a cell: what was typed there, where that has to be put right."""
    return line.typed[column.key] if column.key in line.typed else column.value(line)


# --- 填写说明 ----------------------------------------------------------------------------------------------


def _write_guide(book: Book, title: str, facts: Sequence[tuple[str, str]]) -> None:
    columns: list[Column[tuple[str, str]]] = [
        Column("name", "项目", 8, lambda one: one[0]),
        Column("words", "说明", 60, lambda one: one[1]),
    ]
    guide = book.sheet(GUIDE, columns, Heading(title))
    for fact in facts:
        guide.row(fact)


def _guide_of(period: ReportingPeriod, sheet: AgencySheet, now: datetime) -> list[tuple[str, str]]:
    counts = "，".join(f"{ROLES[role]} {len(sheet.of(role))} 项" for role in AssignmentRole)
    return [
        ("单位", sheet.agency.name),
        ("报送期", f"{period}，{period.opens_on:%Y-%m-%d} 开始，{period.due_on:%Y-%m-%d} 截止"),
        ("任务", counts),
        ("生成时间", minute(now)),
        (
            "填在哪里",
            "只填白色的栏；灰色的栏改了也不会导入。整行灰色的已经报送，修改须先在系统中撤回。",
        ),
        ("工作举措等", f"每栏最多 {LONGEST_TEXT} 字。没有标志性成果的可以不填。"),
        ("存在问题", f"至少 {SHORTEST_PROBLEMS} 字，写明具体事项；没有问题的填“无”。"),
        ("建议状态", f"从列表中选择：{'、'.join(PROPOSALS.values())}。申请办结的，进度按 100% 报送。"),
        ("总体进度", "填 0 至 100 的整数百分比，如 45%。"),
        ("调整理由", "建议状态为“申请调整”时必填。"),
        (
            "可以做的",
            "可以筛选、调整列宽，也可以删去不报的行：没有列出的任务不受影响。需要排序或增加自己的栏时，"
            "在“审阅”中撤销工作表保护（没有密码）；排序要选中整张表，多出来的栏不会导入。",
        ),
        (
            "交回",
            "在系统“单位工作台”点“批量填报”上传，核对后存为草稿或提交审核；"
            "不能联网的，发给联席会议办公室代为导入。",
        ),
        (
            "几个人一起填",
            "系统按各栏合并：别人在系统中改过同一栏的，上传后会列出两边的内容请您选择，不会直接覆盖。",
        ),
    ]
