"""通报表: how each agency reported in one period, in the register's order; the page's table on paper."""

from datetime import datetime
from typing import BinaryIO

from django.utils import timezone

from exporters.columns import BULLETIN_COLUMNS
from exporters.names import OFFICE
from exporters.workbook import Book, Heading
from tasks.models import ReportingPeriod
from tasks.reporting import PlanReports

NOTES = (
    "注：1.单位按登记册顺序排列。一项任务由几家单位承担的，各单位分别计算；"
    "以“联席会议成员单位”名义承担的任务不计入。",
    "　　2.按期：首次报送不晚于截止日期。未报：尚未报送，或退回后尚未重报。一次通过：未经退回即审核通过。",
    "　　3.按期报送率＝按期÷应报。截止日期前已完成或已调整的任务不需报送，不计入应报。",
)


def bulletin(file: BinaryIO, *, reports: PlanReports, period: ReportingPeriod, now: datetime) -> None:
    """Write the bulletin of the period from reports that are loaded; no query."""
    title = f"{reports.plan.title}{period}进展报送情况"
    heading = Heading(
        title,
        left=f"报送期：{period.opens_on} 至 {period.due_on}",
        right=f"数据截至：{timezone.localtime(now):%Y-%m-%d %H:%M}",
    )
    lines, whole = reports.bulletin(period), reports.bulletin_sum(period)
    with Book(title=title, author=reports.plan.issuer or OFFICE, at=now) as book:
        sheet = book.sheet("通报表", BULLETIN_COLUMNS, heading)
        for line in lines:
            sheet.row(line)
        sums = {column.key: column.value(whole) for column in BULLETIN_COLUMNS}
        sheet.total(sums | {"agency": f"合计（{len(lines)} 家）"})
        for note in NOTES:
            sheet.note(note)
        book.save(file)
