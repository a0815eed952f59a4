"""Two snapshots of a plan beside each other: every field of a task that changed between them, as a sheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from django.utils import timezone

from exporters.annual_report import AnnualReport
from exporters.names import OFFICE
from exporters.workbook import Book, Heading
from tasks.columns import TASK_COLUMNS, Column, Kind, Value
from tasks.models import ReportSnapshot
from tasks.models.task import Status

# What is kept of each task, and compared. The light's reason counts days and would differ every day.
KEPT = (
    *("number", "text", "lead", "participants", "duty", "status", "progress", "light", "deadline"),
    "reason",
)
_REPORTED, _TASK = "reported", "任务"
_TITLES = {key: TASK_COLUMNS[key].title for key in KEPT} | {_REPORTED: "已审核的进展报送"}


@dataclass(frozen=True)
class Difference:
    """One field of a task, or the task itself, in the earlier and in the later snapshot."""

    number: str
    text: str
    what: str
    before: str
    after: str


def kept_rows(report: AnnualReport) -> dict[str, dict[str, str]]:
    """The report's tasks as a snapshot keeps them (`ReportSnapshot.rows`)."""
    rows = {}
    for task in report.tasks:
        line = report.line_of(task)
        values = {key: _shown(TASK_COLUMNS[key].value(line), TASK_COLUMNS[key].kind) for key in KEPT}
        rows[str(task.pk)] = values | {_REPORTED: "\n".join(report.told_of(task))}
    return rows


def _shown(value: Value, kind: Kind) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return f"{value:.0%}" if kind == Kind.PERCENT else str(value)


def differences(before: ReportSnapshot, after: ReportSnapshot) -> Iterator[Difference]:
    """In the later one's order; tasks that it lacks come last."""
    for key, values in after.rows.items():
        earlier = before.rows.get(key)
        if earlier is None:
            yield Difference(values["number"], values["text"], _TASK, "（没有）", "新增")
            continue
        for name, title in _TITLES.items():
            if earlier.get(name, "") != values.get(name, ""):
                yield Difference(
                    values["number"], values["text"], title, earlier.get(name, ""), values.get(name, "")
                )
    for key, values in before.rows.items():
        if key not in after.rows:
            yield Difference(values["number"], values["text"], _TASK, values["status"], "（没有）")


COLUMNS: list[Column[Difference]] = [
    Column("number", TASK_COLUMNS["number"].title, 2.5, lambda one: int(one.number), Kind.COUNT),
    Column("text", TASK_COLUMNS["text"].title, 22, lambda one: one.text),
    Column("what", "变化项", 7, lambda one: one.what, Kind.LABEL),
    Column("before", "前", 24, lambda one: one.before),
    Column("after", "后", 24, lambda one: one.after),
]


def comparison(file: BinaryIO, *, before: ReportSnapshot, after: ReportSnapshot) -> None:
    """Write what changed from one snapshot to the other; no query."""
    found = list(differences(before, after))
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
        sheet.note(f"注：比较的内容为{'、'.join(_TITLES.values())}。没有列出的任务前后一致。")
        book.save(file)


def _named(snapshot: ReportSnapshot) -> str:
    at = timezone.localtime(snapshot.at)
    return f"第 {snapshot.number} 号（数据截至 {snapshot.as_of}，{at:%Y-%m-%d %H:%M} 固定）"


def _summary(before: ReportSnapshot, after: ReportSnapshot, found: list[Difference]) -> str:
    tasks = len({one.number for one in found})
    counts = []
    for status in Status:
        was, now = (
            sum(row["status"] == status.label for row in one.rows.values()) for one in (before, after)
        )
        if was != now:
            counts.append(f"{status.label} {was} → {now} 项")
    return f"{tasks} 项任务有变化，共 {len(found)} 处。" + ("，".join(counts) + "。" if counts else "")
