"""The report's tables but for its cover and overview. Each function writes one sheet of the book."""

from exporters.annual_report.data import AnnualReport, Change, InstrumentLine, Unfinished
from exporters.columns import AGENCY_COLUMNS, SECTION_COLUMNS, SectionLine, light_values, tally_values
from exporters.names import data_of
from exporters.sheet import Sheet
from exporters.workbook import Book, Heading
from tasks.columns import TASK_COLUMNS, Column, Kind, TaskLine, Tone, task_columns, task_columns_within
from tasks.models import Plan, Status

RATE_RULE = (
    "完成率＝已完成项数÷（任务数－长期坚持项数）。"
    "长期坚持的任务不设完成节点，不计入；已调整的任务计入任务数。"
)

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


def heading(title: str, report: AnnualReport, *notes: str) -> Heading:
    number = report.plan.document_number
    return Heading(
        title,
        left=(f"文号：{number}　　" if number else "") + f"范围：{report.scope}",
        right=data_of(report.now),
        notes=notes,
    )


# --- numbers ----------------------------------------------------------------------------------------


def chapters(book: Book, report: AnnualReport) -> None:
    sheet = book.sheet("章节进展", SECTION_COLUMNS, heading(f"{report.plan.title}章节进展", report))
    for chapter in report.numbers.chapters:
        for section in chapter.sections:
            sheet.row(SectionLine(chapter.chapter, section.section, section.tally))
    tally = report.numbers.tally
    sheet.total({"chapter": "合计"} | tally_values(tally) | light_values(tally))
    sheet.note(f"注：{RATE_RULE}")


def agencies(book: Book, report: AnnualReport) -> Sheet:
    sheet = book.sheet("单位进展", AGENCY_COLUMNS, heading(f"{report.plan.title}单位进展", report))
    for line in report.agencies:
        sheet.row(line)
    led = report.numbers.led
    joined = sum(line.numbers.joined.total for line in report.agencies)
    owed = [line.owed for line in report.agencies if line.owed]
    asked, on_time = sum(one.asked for one in owed), sum(one.on_time for one in owed)
    sheet.total(
        {"agency": f"合计（{len(report.agencies)} 家）", "led": led.total, "joined": joined}
        | {name: value for name, value in tally_values(led).items() if name != "total"}
        | {"asked": asked, "on_time": on_time, "share": on_time / asked if asked else "—"}
    )
    sheet.note(
        "注：1.先列有牵头任务的单位，再列只参与的单位，均按登记册顺序。各状态项数和完成率只统计该单位牵头的任务；"
        "参与的任务计入其牵头单位，不重复。"
    )
    sheet.note(f"　　2.{RATE_RULE}")
    sheet.note(
        "　　3.一项任务由几家单位参与，“参与”的合计即计几次；"
        "以“联席会议成员单位”等名义承担的任务按一个单位列出，不分摊到各成员。"
    )
    sheet.note("　　4.按期报送率＝按期÷应报，为各报送期合计；尚无应报的进展或无权查看的，以“—”表示。")
    return sheet


# --- tasks ------------------------------------------------------------------------------------------


def detail(book: Book, report: AnnualReport) -> None:
    """Every task under its headings, and below each the year's accepted reports."""
    title = f"{report.plan.title}任务明细"
    sheet = book.sheet("任务明细", task_columns(*DETAIL_COLUMNS), heading(title, report))
    chapter = section = None
    for task in report.tasks:
        if task.chapter != chapter:
            chapter = task.chapter
            sheet.band(chapter.heading, level=1)
        if task.section != section:
            section = task.section
            if section.heading:
                sheet.band(section.heading, level=2)
        sheet.row(report.line_of(task))
        for told in report.told_of(task):
            sheet.below(told)
    sheet.note("注：任务下方为本年度已审核通过的进展报送，最近的报送期在前，牵头单位在前。")


def _line(row: Unfinished | Change) -> TaskLine:
    return row.line


def _problems(line: Unfinished) -> str:
    if line.last:
        return line.last.report.problems
    return "（尚无审核通过的报送）" if line.may_read else "—"


def _next_steps(line: Unfinished) -> str:
    if line.last:
        return line.last.report.next_steps
    return "" if line.may_read else "—"


UNFINISHED_COLUMNS: list[Column[Unfinished]] = [
    *task_columns_within(
        _line,
        number=2.2,
        text=17,
        lead=6.5,
        status=4.2,
        progress=3,
        deadline=6.1,
        light_reason=9,
        reason=8,
    ),
    Column("problems", "存在问题（最近报送）", 14, _problems),
    Column("next_steps", "下一步计划", 9, _next_steps),
]


def unfinished(book: Book, report: AnnualReport) -> None:
    title = f"{report.plan.title}未完成任务及原因"
    sheet = book.sheet("未完成及原因", UNFINISHED_COLUMNS, heading(title, report))
    for line in report.unfinished:
        sheet.row(line)
    sheet.note(
        f"注：未启动、推进中和滞后的任务，共 {len(report.unfinished)} 项。"
        "存在问题、下一步计划取自牵头单位已审核通过的报送，无权查看的以“—”表示。"
    )


CHANGE_COLUMNS: list[Column[Change]] = [
    Column("at", "时间", 6.1, lambda change: change.event.at, Kind.DATE),
    Column("kind", "变更", 4.2, lambda change: change.kind, Kind.LABEL, tones={"重新开启": Tone.CAUTION}),
    *task_columns_within(_line, number=2.5, text=24, lead=7),
    Column("before", "变更前", 6.4, lambda change: change.before, Kind.LABEL),
    Column("after", "变更后", 6.4, lambda change: change.after, Kind.LABEL),
    Column("reason", "理由", 16, lambda change: change.event.reason),
    Column("by", "操作人", 7, lambda change: change.event.actor),
]


def changes(book: Book, report: AnnualReport) -> None:
    sheet = book.sheet("变更记录", CHANGE_COLUMNS, heading(f"{report.plan.title}变更记录", report))
    for change in report.changes:
        sheet.row(change)
    sheet.note(f"注：任务调整、延期和重新开启的记录，最近的在前，共 {len(report.changes)} 条。")


# --- instruments ------------------------------------------------------------------------------------


def instruments(book: Book, report: AnnualReport) -> None:
    title = "法律法规规章制修订进度"
    sheet = book.sheet(
        title, instrument_columns(report.editions), heading(f"{report.plan.title}{title}", report)
    )
    for line in report.instruments:
        sheet.row(line)
    sheet.note(
        "注：1.计划正文写明要制定、修改、印发的文件，写法照原文；“—”为该年度计划没有写到。状态为数据截至日的任务状态，"
        "一项任务写到几部文件的，各部相同。"
    )
    sheet.note("　　2.牵头单位、参与单位和状态取自最近写到该文件的计划。类别按文件名称划分。")


def instrument_columns(editions: list[Plan] | tuple[Plan, ...]) -> list[Column[InstrumentLine]]:
    """One column for each plan, the oldest first, between the instrument and who is responsible."""
    years = 33 / len(editions)
    return [
        Column("rank", "类别", 4.2, lambda line: line.rank, Kind.LABEL),
        Column("name", "文件", 19, lambda line: line.name),
        *(
            Column(
                f"plan_{plan.pk}",
                _edition_title(plan, editions),
                years,
                lambda line, key=plan.pk: "；\n".join(one.told for one in line.mentions.get(key, ())) or "—",
                group="各年度计划的安排和状态",
            )
            for plan in editions
        ),
        Column("lead", TASK_COLUMNS["lead"].title, 8, lambda line: _names(line.latest, _leads)),
        Column(
            "participants", TASK_COLUMNS["participants"].title, 10, lambda line: _names(line.latest, _joins)
        ),
        Column(
            "status",
            TASK_COLUMNS["status"].title,
            4.2,
            _statuses,
            Kind.LABEL,
            tones=TASK_COLUMNS["status"].tones,
        ),
    ]


def _edition_title(plan: Plan, editions: list[Plan] | tuple[Plan, ...]) -> str:
    same = [one for one in editions if one.period == plan.period]
    return plan.period if len(same) == 1 else f"{plan.period}（{plan.title}）"


def _leads(task) -> list[str]:
    return [task.lead.name] if task.lead else []


def _joins(task) -> list[str]:
    return [agency.name for agency in task.participants]


def _names(mentions, names_of) -> str:
    return "、".join(dict.fromkeys(name for one in mentions for name in names_of(one.task)))


def _statuses(line: InstrumentLine) -> str:
    return "、".join(dict.fromkeys(Status(one.task.status).label for one in line.latest))
