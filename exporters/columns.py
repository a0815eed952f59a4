"""The columns of numbers, and of what is owed: what only workbooks show. All others are in tasks/columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.columns import TASK_COLUMNS, Column, Kind
from tasks.models import Light, Status
from tasks.reporting import AgencyOwed, Owed, OwedNumbers
from tasks.stats import AgencyNumbers, ChapterNumbers, Tally

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
    Column("number", TASK_COLUMNS["number"].title, 3.2, lambda line: line.owed.task.number, Kind.COUNT),
    Column("text", TASK_COLUMNS["text"].title, 29.4, lambda line: line.owed.task.text),
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
