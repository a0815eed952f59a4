"""The report as a file: its cover and overview with the charts, then the sheets of `sheets`."""

from dataclasses import dataclass
from typing import BinaryIO

from exporters import charts
from exporters.annual_report import sheets
from exporters.annual_report.data import AnnualReport
from exporters.columns import CHAPTER_COLUMNS, light_values, tally_values
from exporters.names import OFFICE, minute
from exporters.sheet import Sheet
from exporters.workbook import Book, Heading
from tasks.columns import Column
from tasks.models import Light
from tasks.stats import PlanNumbers


@dataclass(frozen=True)
class Stamp:
    """Who exported the report, and the number under which it was frozen; None for one that was not."""

    by: str
    number: int | None = None
    note: str = ""


def annual_report(file: BinaryIO, report: AnnualReport, *, stamp: Stamp) -> None:
    """Write the report; no query."""
    with Book(title=report.title, author=report.plan.issuer or OFFICE, at=report.now) as book:
        _cover(book, report, stamp)
        overview = _overview(book, report)
        sheets.chapters(book, report)
        agencies = sheets.agencies(book, report)
        _draw(overview, agencies, report)
        sheets.detail(book, report)
        sheets.instruments(book, report)
        sheets.unfinished(book, report)
        sheets.changes(book, report)
        book.save(file)


# --- the cover --------------------------------------------------------------------------------------

_FACTS: list[Column[tuple[str, str]]] = [
    Column("item", "项目", 12, lambda fact: fact[0]),
    Column("content", "内容", 66, lambda fact: fact[1]),
]
_SHEETS = """\
总览：各章任务数、状态、完成率和预警，附各章任务状态图、牵头单位任务完成情况图
章节进展：按节统计
单位进展：各单位牵头、参与的任务数，牵头任务的状态和完成率，应报、按期报送的份数和按期报送率
任务明细：全部任务，每项下方为本年度已审核通过的进展报送
法律法规规章制修订进度：各年度计划写明要制定、修改的文件，责任单位和状态
未完成及原因：尚未完成的任务、预警原因，牵头单位最近报送的存在问题和下一步计划
变更记录：已调整、延期和重新开启的任务"""
_RULES = f"""\
{sheets.RATE_RULE}
预警按数据截至当日计算；已完成、长期坚持和已调整的任务不适用。各项任务的预警原因见任务明细。
按期报送率＝按期÷应报。按期指首次报送不晚于截止日期；截止日期前已完成或已调整的任务不需报送。"""


def _cover(book: Book, report: AnnualReport, stamp: Stamp) -> None:
    sheet = book.sheet("封面与说明", _FACTS, Heading(report.title), filters=False)
    plan = report.plan
    facts = [
        ("文号", plan.document_number),
        ("印发单位", plan.issuer),
        ("印发日期", f"{plan.issued_on}" if plan.issued_on else ""),
        ("计划节点", f"{plan.due_on}"),
        ("数据截至", minute(report.now)),
        ("范围", report.scope),
        ("导出人", stamp.by),
        ("快照编号", f"第 {stamp.number} 号" if stamp.number else "未固定（数据随系统更新）"),
        ("快照说明", stamp.note),
        ("总体情况", _summary(report.numbers)),
        ("各表内容", _SHEETS),
        ("统计口径", _RULES),
    ]
    for fact in facts:
        if fact[1]:
            sheet.row(fact)


def _summary(numbers: PlanNumbers) -> str:
    tally = numbers.tally
    if not tally.total:
        return "尚无任务。"
    statuses = "，".join(f"{status.label} {number} 项" for status, number in tally.statuses.items() if number)
    rate = "" if tally.completion_rate is None else f"完成率 {tally.completion_rate:.1%}；"
    red, yellow = tally.lights[Light.RED], tally.lights[Light.YELLOW]
    return f"共 {tally.total} 项任务，其中{statuses}；{rate}红灯 {red} 项，黄灯 {yellow} 项。"


# --- the overview -----------------------------------------------------------------------------------


def _overview(book: Book, report: AnnualReport) -> Sheet:
    summary = f"总体情况：{_summary(report.numbers)}"
    sheet = book.sheet("总览", CHAPTER_COLUMNS, sheets.heading(report.title, report, summary))
    for chapter in report.numbers.chapters:
        sheet.row(chapter)
    tally = report.numbers.tally
    sheet.total({"chapter": "合计"} | tally_values(tally) | light_values(tally))
    sheet.note(f"注：{sheets.RATE_RULE}")
    return sheet


def _draw(overview: Sheet, agencies: Sheet, report: AnnualReport) -> None:
    """The two charts below the overview's table; leading agencies are the first rows of theirs."""
    chapters = len(report.numbers.chapters)
    leading = sum(line.numbers.led.total > 0 for line in report.agencies)
    for title, sheet, key, bars, each in (
        ("各章任务状态（项）", overview, "chapter", chapters, 15),
        ("牵头单位任务完成情况（项）", agencies, "agency", leading, 11),
    ):
        if bars:
            height = charts.height_of(bars, each=each)
            series = [
                (status.label, sheet.cells_of(status.value, bars), charts.STATUS_COLOURS[status])
                for status in charts.COMPLETED_FIRST
            ]
            names = sheet.cells_of(key, bars)
            overview.figure(charts.stacked_bars(title, names, series, height=height), height=height)
