"""Two snapshots of a plan beside each other: every field of a task that changed between them, as a sheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from exporters.annual_report import AnnualReport
from exporters.names import OFFICE, minute
from exporters.workbook import Book, Heading
from tasks.columns import TASK_COLUMNS, Column, Kind, Value
from tasks.models import ReportSnapshot, Status

# What is kept of each task, and compared. The light's reason counts days and would differ every day.
KEPT = (
    *("number", "text", "lead", "participants", "duty", "status", "progress", "light", "deadline"),
    "reason",
)
_REPORTED = "reported"
_OWN_COLUMNS = ("status", "progress", "light", "deadline")  # all others are told in one


@dataclass(frozen=True)
class Difference:
    """A task that changed: its fields in the earlier and in the later snapshot; {} where it is not in one."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def number(self) -> int:
        return int((self.after or self.before)["number"])

    @property
    def text(self) -> str:
        return (self.after or self.before)["text"]

    def change_of(self, key: str) -> str:
        """推进中 → 已完成; empty where it did not change."""
        was, now = (row.get(key, "") for row in (self.before, self.after))
        return "" if was == now else f"{was or '（空）'} → {now or '（空）'}"

    @property
    def others(self) -> str:
        if not (self.before and self.after):
            return "新增的任务" if self.after else "后一份没有这项任务"
        told = ((key, self.change_of(key)) for key in KEPT if key not in _OWN_COLUMNS)
        return "\n".join(f"{TASK_COLUMNS[key].title}：{words}" for key, words in told if words)

    @property
    def reported(self) -> str:
        """What was reported and accepted in between."""
        known = self.before.get(_REPORTED, ())
        return "\n".join(text for text in self.after.get(_REPORTED, ()) if text not in known)


def kept_rows(report: AnnualReport) -> dict[str, dict[str, Any]]:
    """The report's tasks as a snapshot keeps them (`ReportSnapshot.rows`)."""
    rows = {}
    for task in report.tasks:
        line = report.line_of(task)
        values = {key: _shown(TASK_COLUMNS[key].value(line), TASK_COLUMNS[key].kind) for key in KEPT}
        rows[str(task.pk)] = values | {_REPORTED: report.told_of(task)}
    return rows


def _shown(value: Value, kind: Kind) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return f"{value:.0%}" if kind == Kind.PERCENT else str(value)


def differences(before: ReportSnapshot, after: ReportSnapshot) -> list[Difference]:
    """In the later one's order; tasks that it lacks come last."""
    keys = dict.fromkeys([*after.rows, *before.rows])
    pairs = (Difference(before.rows.get(key, {}), after.rows.get(key, {})) for key in keys)
    return [pair for pair in pairs if pair.before != pair.after]


COLUMNS: list[Column[Difference]] = [
    Column("number", TASK_COLUMNS["number"].title, 2.2, lambda one: one.number, Kind.COUNT),
    Column("text", TASK_COLUMNS["text"].title, 16, lambda one: one.text),
    *(
        Column(key, TASK_COLUMNS[key].title, 7, lambda one, key=key: one.change_of(key), Kind.LABEL)
        for key in _OWN_COLUMNS
    ),
    Column("others", "其他变化", 13, lambda one: one.others),
    Column("reported", "其间审核通过的进展报送", 20, lambda one: one.reported),
]


def comparison(file: BinaryIO, *, before: ReportSnapshot, after: ReportSnapshot) -> None:
    """Write what changed from one snapshot to the other; no query."""
    found = differences(before, after)
    title = f"{after.plan.title}年度进展报告快照对比"
    heading = Heading(
        title,
        left=f"前：{_named(before)}",
        right=f"后：{_named(after)}",
        notes=[_summary(before, after, found)],
    )
    with Book(title=title, author=after.plan.issuer or OFFICE, at=after.at) as book:
        sheet = book.sheet("快照对比", COLUMNS, heading)
        for one in found:
            sheet.row(one)
        sheet.note(
            "注：前→后，空格为没有变化；没有列出的任务前后一致。"
            "比较任务的文字、责任单位、状态、进度、预警、计划节点、理由和已审核的进展报送。"
        )
        book.save(file)


def _named(snapshot: ReportSnapshot) -> str:
    return f"第 {snapshot.number} 号（数据截至 {snapshot.as_of}，{minute(snapshot.at)} 固定）"


def _summary(before: ReportSnapshot, after: ReportSnapshot, found: list[Difference]) -> str:
    counts = []
    for status in Status:
        was, now = (
            sum(row.get("status") == status.label for row in one.rows.values()) for one in (before, after)
        )
        if was != now:
            counts.append(f"{status.label} {was} → {now} 项")
    return f"{len(found)} 项任务有变化。" + ("，".join(counts) + "。" if counts else "")
