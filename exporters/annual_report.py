"""年度进展报告: one plan as a workbook of three sheets, 总览, 任务明细 and 单位统计.

All three are written from the same loaded tasks, so the counts are the counts of the rows.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO

from django.utils import timezone

from exporters.columns import AGENCY_COLUMNS, CHAPTER_COLUMNS, tally_values
from exporters.workbook import Book, Heading
from tasks.columns import TaskLine, task_columns
from tasks.models import Light, Plan, Task
from tasks.stats import PlanNumbers, plan_numbers

OFFICE = "国家知识产权强国建设工作部际联席会议办公室"

DETAIL_COLUMNS = (
    "number",
    "text",
    "lead",
    "participants",
    "duty",
    "status",
    "progress",
    "light",
    "light_reason",
    "deadline",
    "reason",
    "updated",
)

_RATE_NOTE = (
    "完成率＝已完成项数÷（任务数－长期坚持项数）。"
    "长期坚持的任务不设完成节点，不计入；已调整的任务计入任务数。"
)


def annual_report(file: BinaryIO, *, plan: Plan, tasks: Sequence[Task], scope: str, now: datetime) -> None:
    """Write the report of these tasks of the plan, loaded by `for_rows()` in the document's order; no query.

    `scope` says in words which tasks they are; it stands on every sheet.
    """
    today = timezone.localdate(now)
    numbers = plan_numbers(tasks, today=today)
    title = f"{plan.title}年度进展报告"
    with Book(title=title, author=plan.issuer or OFFICE, at=now) as book:
        _overview(book, title, plan, numbers, scope, now)
        _detail(book, plan, tasks, scope, now)
        _agencies(book, plan, numbers, scope, now)
        book.save(file)


def _heading(title: str, plan: Plan, scope: str, now: datetime, *notes: str) -> Heading:
    number = f"文号：{plan.document_number}　　" if plan.document_number else ""
    return Heading(
        title,
        left=f"{number}范围：{scope}",
        right=f"数据截至：{timezone.localtime(now):%Y-%m-%d %H:%M}",
        notes=notes,
    )


def _overview(book: Book, title: str, plan: Plan, numbers: PlanNumbers, scope: str, now: datetime) -> None:
    sheet = book.sheet("总览", CHAPTER_COLUMNS, _heading(title, plan, scope, now, _summary(numbers)))
    for chapter in numbers.chapters:
        sheet.row(chapter)
    sheet.total(
        {"chapter": "合计"}
        | tally_values(numbers.tally)
        | {light.value: number for light, number in numbers.tally.lights.items()}
    )
    sheet.note(f"注：{_RATE_NOTE}")
    sheet.note("　　预警按数据截至当日计算：已完成、长期坚持和已调整的任务不适用预警。")


def _summary(numbers: PlanNumbers) -> str:
    tally = numbers.tally
    statuses = "，".join(f"{status.label} {number} 项" for status, number in tally.statuses.items() if number)
    rate = "" if tally.completion_rate is None else f"完成率 {tally.completion_rate:.1%}；"
    return (
        f"总体情况：共 {tally.total} 项任务，其中{statuses}；{rate}"
        f"红灯 {tally.lights[Light.RED]} 项，黄灯 {tally.lights[Light.YELLOW]} 项。"
        if tally.total
        else "总体情况：尚无任务。"
    )


def _detail(book: Book, plan: Plan, tasks: Sequence[Task], scope: str, now: datetime) -> None:
    sheet = book.sheet(
        "任务明细", task_columns(*DETAIL_COLUMNS), _heading(f"{plan.title}任务明细", plan, scope, now)
    )
    today = timezone.localdate(now)
    chapter = section = None
    for task in tasks:
        if task.chapter != chapter:
            chapter = task.chapter
            sheet.band(chapter.heading, level=1)
        if task.section != section:
            section = task.section
            if section.heading:
                sheet.band(section.heading, level=2)
        sheet.row(TaskLine.of(task, today=today))


def _agencies(book: Book, plan: Plan, numbers: PlanNumbers, scope: str, now: datetime) -> None:
    sheet = book.sheet("单位统计", AGENCY_COLUMNS, _heading(f"{plan.title}单位统计", plan, scope, now))
    for agency in numbers.agencies:
        sheet.row(agency)
    joined = sum(agency.joined.total for agency in numbers.agencies)
    sheet.total(
        {"agency": f"合计（{len(numbers.agencies)} 家）", "led": numbers.led.total, "joined": joined}
        | tally_values(numbers.led)
        | {"total": numbers.led.total + joined}
    )
    sheet.note(
        "注：1.各数按表头所列范围统计。各状态项数和完成率只统计该单位牵头的任务；参与的任务计入其牵头单位，不重复。"
    )
    sheet.note(f"　　2.{_RATE_NOTE}")
    sheet.note(
        "　　3.一项任务由几家单位参与，“参与”的合计即计几次；"
        "以“联席会议成员单位”等名义承担的任务按一个单位列出，不分摊到各成员。"
    )
