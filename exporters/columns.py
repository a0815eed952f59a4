"""The columns of numbers, and of what is owed: what only workbooks show. All others are in tasks/columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tasks.columns import TASK_COLUMNS, Column, Kind
from tasks.models import Chapter, Light, Section, Status
from tasks.reporting import AgencyOwed, Outcome, Owed, OwedNumbers
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


def light_values(tally: Tally) -> dict[str, int]:
    """The lights of a tally by the keys of their columns."""
    return {light.value: number for light, number in tally.lights.items()}


def _light_columns(*lights: Light) -> list[Column[Any]]:
    return [
        Column(
            light.value,
            light.label,
            4.5,
            lambda row, light=light: row.tally.lights[light],
            Kind.COUNT,
            group="按预警（项）",
        )
        for light in lights
    ]


CHAPTER_COLUMNS: Sequence[Column[ChapterNumbers]] = [
    Column("chapter", "章", 17, lambda row: row.chapter.heading),
    Column("total", "任务数", 4.5, lambda row: row.tally.total, Kind.COUNT),
    *_status_columns(lambda row: row.tally, group="按状态（项）", width=4.8),
    Column("rate", "完成率", 5, lambda row: _rate(row.tally), Kind.RATE),
    *_light_columns(*Light),
]


@dataclass(frozen=True)
class SectionLine:
    """A section's numbers; a chapter without sections has one without a heading."""

    chapter: Chapter
    section: Section
    tally: Tally


SECTION_COLUMNS: Sequence[Column[SectionLine]] = [
    Column("chapter", "章", 13, lambda row: row.chapter.heading),
    Column("section", "节", 15, lambda row: row.section.heading or "—"),
    Column("total", "任务数", 4.2, lambda row: row.tally.total, Kind.COUNT),
    *_status_columns(lambda row: row.tally, group="按状态（项）", width=4.4),
    Column("rate", "完成率", 5, lambda row: _rate(row.tally), Kind.RATE),
    *_light_columns(Light.RED, Light.YELLOW),
]


class AgencyLine(Protocol):
    """An agency's numbers, and what it owed in the plan's periods; None where that is not told."""

    @property
    def numbers(self) -> AgencyNumbers: ...

    @property
    def owed(self) -> OwedNumbers | None: ...


def _owed_columns() -> list[Column[AgencyLine]]:
    return [
        Column(
            outcome.value,
            outcome.label,
            4.4,
            lambda row, outcome=outcome: row.owed.of_outcome(outcome) if row.owed else "—",
            Kind.COUNT,
            group="报送（份）",
        )
        for outcome in (Outcome.ASKED, Outcome.ON_TIME)
    ]


AGENCY_COLUMNS: Sequence[Column[AgencyLine]] = [
    Column("agency", "单位", 14, lambda row: row.numbers.agency.name),
    Column("led", "牵头", 4.4, lambda row: row.numbers.led.total, Kind.COUNT, group="承担任务（项）"),
    Column("joined", "参与", 4.4, lambda row: row.numbers.joined.total, Kind.COUNT, group="承担任务（项）"),
    *_status_columns(lambda row: row.numbers.led, group="牵头任务按状态（项）", width=4.6),
    Column("rate", "牵头任务\n完成率", 6, lambda row: _rate(row.numbers.led), Kind.RATE),
    *_owed_columns(),
    Column("share", "按期\n报送率", 6, lambda row: share_on_time(row.owed) if row.owed else "—", Kind.RATE),
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
