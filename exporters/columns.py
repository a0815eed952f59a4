"""The one home of columns: what each is called, how wide it is, and what stands in it.

Workbooks choose from here by key. Widths are in Chinese characters of the body font; they are chosen so that
a whole row of a sheet, set at 10 points, is shrunk to no less than 9 on A4 landscape (a test adds them up).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from exporters.workbook import Column, Kind, Tone
from tasks.columns import TITLES
from tasks.models import Light, Reading, Status, Task
from tasks.reporting import AgencyOwed, Owed, OwedNumbers
from tasks.stats import AgencyNumbers, ChapterNumbers, Tally


@dataclass(frozen=True)
class TaskLine:
    """A task, loaded by `for_rows()`, and its light on the day of the workbook."""

    task: Task
    reading: Reading

    @classmethod
    def of(cls, task: Task, *, today: date) -> "TaskLine":
        return cls(task, task.reading(today))


_STATUS_TONES = {Status.DELAYED.label: Tone.ALARM, Status.COMPLETED.label: Tone.GOOD}
_LIGHT_TONES = {Light.RED.label: Tone.ALARM, Light.YELLOW.label: Tone.CAUTION}


def _light_reason(line: TaskLine) -> str:
    """The reading's words without what stands in the columns beside them: the office's reason, the date."""
    if line.task.status == Status.DELAYED:
        return "办公室认定滞后（见理由）"
    return line.reading.reason.replace(f"（{line.task.deadline}）", "")


def _duty(line: TaskLine) -> str:
    # As clauses end: …等部门负责, …等部门按职责分工负责.
    return ("等部门" if line.task.open_ended else "") + line.task.get_duty_display()


def _participants(line: TaskLine) -> str:
    return "、".join(agency.name for agency in line.task.participants)


def _source_lines(line: TaskLine) -> str:
    first, last = line.task.first_line, line.task.last_line
    if first is None:
        return ""
    return str(first) if first == last else f"{first}—{last}"


def _place(line: TaskLine) -> str:
    section = line.task.section
    return section.chapter.heading + section.heading


TASK_COLUMNS: dict[str, Column[TaskLine]] = {
    column.key: column
    for column in [
        Column(
            "year", TITLES["year"], 2.7, lambda line: line.task.plan.period.removesuffix(" 年度"), Kind.LABEL
        ),
        Column("document_number", TITLES["document_number"], 8, lambda line: line.task.plan.document_number),
        Column("number", TITLES["number"], 2.2, lambda line: line.task.number, Kind.COUNT),
        Column("chapter", TITLES["chapter"], 8, lambda line: line.task.chapter.heading),
        Column("section", TITLES["section"], 8, lambda line: line.task.section.heading),
        Column("place", TITLES["place"], 9.1, _place),
        Column("text", TITLES["text"], 20, lambda line: line.task.text),
        Column("lead", TITLES["lead"], 7, lambda line: line.task.lead and line.task.lead.name),
        Column("participants", TITLES["participants"], 8.5, _participants),
        Column("duty", TITLES["duty"], 4.2, _duty, Kind.LABEL),
        Column("clause", TITLES["clause"], 14, lambda line: line.task.responsibility),
        Column(
            "status",
            TITLES["status"],
            4.2,
            lambda line: line.task.get_status_display(),
            Kind.LABEL,
            tones=_STATUS_TONES,
        ),
        Column("progress", TITLES["progress"], 3, lambda line: line.task.progress / 100, Kind.PERCENT),
        Column(
            "light",
            TITLES["light"],
            3.1,
            lambda line: line.reading.light.label,
            Kind.LABEL,
            tones=_LIGHT_TONES,
        ),
        Column("light_reason", TITLES["light_reason"], 7, _light_reason),
        Column("deadline", TITLES["deadline"], 6.1, lambda line: line.task.deadline, Kind.DATE),
        Column("reason", TITLES["reason"], 7, lambda line: line.task.status_reason),
        Column("updated", TITLES["updated"], 6.1, lambda line: line.task.updated_at, Kind.DATE),
        Column("source_lines", TITLES["source_lines"], 4, _source_lines, Kind.LABEL),
    ]
}


def task_columns(*keys: str, **widths: float) -> list[Column[TaskLine]]:
    """These columns in this order; `widths` for a sheet that needs some of them narrower or wider."""
    chosen = (TASK_COLUMNS[key] for key in keys)
    return [replace(column, width=widths.get(column.key, column.width)) for column in chosen]


# --- counts -----------------------------------------------------------------------------------------


def tally_values(tally: Tally) -> dict[str, int | float | str]:
    """A tally by the keys of its columns, for a row of totals."""
    return {
        "total": tally.total,
        **{status.value: number for status, number in tally.statuses.items()},
        "rate": _rate(tally),
    }


def _rate(tally: Tally) -> float | str:
    return "—" if tally.completion_rate is None else tally.completion_rate


def _status_columns(tally_of: Callable[[Any], Tally], *, group: str, width: float) -> list[Column[Any]]:
    return [
        Column(
            status.value,
            status.label,
            width,
            lambda row, status=status: tally_of(row).statuses[status],
            Kind.COUNT,
            group=group,
        )
        for status in Status
    ]


def _light_columns() -> list[Column[ChapterNumbers]]:
    return [
        Column(
            light.value,
            light.label,
            4.5,
            lambda row, light=light: row.tally.lights[light],
            Kind.COUNT,
            group="按预警（项）",
        )
        for light in Light
    ]


CHAPTER_COLUMNS: Sequence[Column[ChapterNumbers]] = [
    Column("chapter", "章", 17, lambda row: row.chapter.heading),
    Column("total", "任务数", 4.5, lambda row: row.tally.total, Kind.COUNT),
    *_status_columns(lambda row: row.tally, group="按状态（项）", width=4.8),
    Column("rate", "完成率", 5, lambda row: _rate(row.tally), Kind.RATE),
    *_light_columns(),
]

AGENCY_COLUMNS: Sequence[Column[AgencyNumbers]] = [
    Column("agency", "单位", 14, lambda row: row.agency.name),
    Column("category", "类别", 9, lambda row: row.agency.category),
    Column("led", "牵头", 4.5, lambda row: row.led.total, Kind.COUNT, group="承担任务（项）"),
    Column("joined", "参与", 4.5, lambda row: row.joined.total, Kind.COUNT, group="承担任务（项）"),
    Column("total", "合计", 4, lambda row: row.total, Kind.COUNT, group="承担任务（项）"),
    *_status_columns(lambda row: row.led, group="牵头任务按状态（项）", width=4.8),
    Column("rate", "牵头任务\n完成率", 6, lambda row: _rate(row.led), Kind.RATE),
]


# --- reports that are owed --------------------------------------------------------------------------


@dataclass(frozen=True)
class OwedLine:
    """A report that is asked for and not handed in, and when and how its agency was last asked for it."""

    owed: Owed
    told: str


OWED_COLUMNS: Sequence[Column[OwedLine]] = [
    Column("agency", "单位", 9.5, lambda line: line.owed.agency.name),
    Column("role", "角色", 3.2, lambda line: line.owed.role.label, Kind.LABEL),
    Column("number", TITLES["number"], 3.2, lambda line: line.owed.task.number, Kind.COUNT),
    Column("text", TITLES["text"], 29.4, lambda line: line.owed.task.text),
    Column("period", "报送期", 7, lambda line: line.owed.period.name, Kind.LABEL),
    Column("due", "截止日期", 6.1, lambda line: line.owed.period.due_on, Kind.DATE),
    Column(
        "days",
        "超过截止\n日期天数",
        5,
        lambda line: -line.owed.days_left if line.owed.is_overdue else None,
        Kind.COUNT,
    ),
    Column("standing", "报送情况", 5, lambda line: line.owed.standing.label, Kind.LABEL),
    Column("told", "最近提示", 10.4, lambda line: line.told, Kind.LABEL),
]

BULLETIN_COLUMNS: Sequence[Column[AgencyOwed]] = [
    Column("agency", "单位", 22, lambda line: line.agency and line.agency.name),
    Column("led_asked", "应报", 6, lambda line: line.led.asked, Kind.COUNT, group="牵头任务（份）"),
    Column("led_handed_in", "已报", 6, lambda line: line.led.handed_in, Kind.COUNT, group="牵头任务（份）"),
    Column("joined_asked", "应报", 6, lambda line: line.joined.asked, Kind.COUNT, group="参与任务（份）"),
    Column(
        "joined_handed_in", "已报", 6, lambda line: line.joined.handed_in, Kind.COUNT, group="参与任务（份）"
    ),
    Column("on_time", "按期\n（份）", 6, lambda line: line.whole.on_time, Kind.COUNT),
    Column("missing", "未报\n（份）", 6, lambda line: line.whole.missing, Kind.COUNT),
    Column("accepted_at_first", "一次通过\n（份）", 7, lambda line: line.whole.accepted_at_first, Kind.COUNT),
    Column("share", "按期\n报送率", 7, lambda line: share_on_time(line.whole), Kind.RATE),
]


def share_on_time(numbers: OwedNumbers) -> float | str:
    return "—" if numbers.share_on_time is None else numbers.share_on_time
