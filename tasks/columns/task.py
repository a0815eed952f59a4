"""The columns of a list of tasks.

Widths are chosen so that a whole row of a sheet, set at 10 points, is shrunk to no less than 9 on A4
landscape (a test adds them up). How a page draws a column is its template's.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from tasks.columns.column import Column, Kind, Tone, keyed
from tasks.models import Light, Reading, Status, Task

Outer = TypeVar("Outer")


@dataclass(frozen=True)
class TaskLine:
    """A task, loaded by `for_rows()`, and its light on the day of the workbook."""

    task: Task
    reading: Reading
    # What was reported on it in words, and the office's note on that, where they are shown.
    reported: str = ""
    review_note: str = ""

    @classmethod
    def of(cls, task: Task, *, today: date, reported: str = "", review_note: str = "") -> "TaskLine":
        return cls(task, task.reading(today), reported, review_note)


_STATUS_TONES = {Status.DELAYED.label: Tone.ALARM, Status.COMPLETED.label: Tone.GOOD}
_LIGHT_TONES = {Light.RED.label: Tone.ALARM, Light.YELLOW.label: Tone.CAUTION}


def _year(line: TaskLine) -> str:
    return line.task.plan.period.removesuffix(" 年度")


def _place(line: TaskLine) -> str:
    section = line.task.section
    return section.chapter.heading + section.heading


def _participants(line: TaskLine) -> str:
    return "、".join(agency.name for agency in line.task.participants)


def _duty(line: TaskLine) -> str:
    # As clauses end: …等部门负责, …等部门按职责分工负责.
    return ("等部门" if line.task.open_ended else "") + line.task.get_duty_display()


def _light_reason(line: TaskLine) -> str:
    """The reading's words without what stands in the columns beside them: the office's reason, the date."""
    if line.task.status == Status.DELAYED:
        return "办公室认定滞后（见理由）"
    passed = f"已超过计划节点（{line.task.deadline}）"
    return line.reading.reason.replace(passed, "已超过计划节点 ").replace(f"（{line.task.deadline}）", "")


def _source_lines(line: TaskLine) -> str:
    first, last = line.task.first_line, line.task.last_line
    if first is None:
        return ""
    return str(first) if first == last else f"{first}—{last}"


TASK_COLUMNS: dict[str, Column[TaskLine]] = keyed(
    [
        Column("year", "年度", 2.7, _year, Kind.LABEL),
        Column("document_number", "文号", 8, lambda line: line.task.plan.document_number),
        Column("number", "序号", 2.2, lambda line: line.task.number, Kind.COUNT),
        Column("chapter", "章", 8, lambda line: line.task.chapter.heading),
        Column("section", "节", 8, lambda line: line.task.section.heading),
        Column("place", "章节", 9.1, _place),
        Column("text", "任务", 20, lambda line: line.task.text),
        Column("lead", "牵头单位", 7, lambda line: line.task.lead and line.task.lead.name),
        Column("participants", "参与单位", 8.5, _participants),
        Column("duty", "负责方式", 4.2, _duty, Kind.LABEL),
        Column("clause", "责任条款", 14, lambda line: line.task.responsibility),
        Column(
            "status",
            "状态",
            4.2,
            lambda line: Status(line.task.status).label,
            Kind.LABEL,
            tones=_STATUS_TONES,
            choices={status.label: status.value for status in Status},
        ),
        Column("progress", "进度", 3, lambda line: line.task.progress / 100, Kind.PERCENT),
        Column(
            "light",
            "预警",
            3.1,
            lambda line: line.reading.light.label,
            Kind.LABEL,
            tones=_LIGHT_TONES,
            choices={light.label: light.value for light in Light},
        ),
        Column("light_reason", "预警原因", 7, _light_reason),
        Column("deadline", "计划节点", 6.1, lambda line: line.task.deadline, Kind.DATE),
        Column("reason", "理由", 7, lambda line: line.task.status_reason),
        Column("reported", "最近进展", 20, lambda line: line.reported),
        Column("review_note", "审核意见", 8, lambda line: line.review_note),
        Column("updated", "更新时间", 6.1, lambda line: line.task.updated_at, Kind.DATE),
        Column("source_lines", "原文行次", 4, _source_lines, Kind.LABEL),
    ]
)


def task_columns(*keys: str, **widths: float) -> list[Column[TaskLine]]:
    """These columns in this order; `widths` for a sheet that needs some of them narrower or wider."""
    chosen = (TASK_COLUMNS[key] for key in keys)
    return [replace(column, width=widths.get(column.key, column.width)) for column in chosen]


def task_columns_within(get: Callable[[Outer], TaskLine], **widths: float) -> list[Column[Outer]]:
    """These columns, each with its width, for rows that hold a task's line."""
    return [TASK_COLUMNS[key].within(get, width=width) for key, width in widths.items()]


# The ledger page's columns in their order; number and text are always there.
LEDGER = (
    "place",
    "lead",
    "participants",
    "duty",
    "status",
    "light",
    "light_reason",
    "reason",
    "progress",
    "deadline",
    "updated",
)
LEDGER_AT_FIRST = ("lead", "participants", "status", "light", "progress", "updated")


def known(keys: Iterable[str], among: Collection[str]) -> tuple[str, ...]:
    """Those of `keys` that name one of these columns, in the columns' own order, each once."""
    asked = set(keys)
    return tuple(key for key in among if key in asked)
