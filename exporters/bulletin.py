"""通报表: how each agency reported in one period, in the register's order; the page's table on paper."""

from datetime import datetime
from typing import BinaryIO

from exporters.columns import BULLETIN_COLUMNS
from exporters.names import OFFICE, data_of
from exporters.workbook import Book, Heading
from tasks.models import ReportingPeriod
from tasks.reporting import BULLETIN_NOTES, PlanReports


def bulletin(file: BinaryIO, *, reports: PlanReports, period: ReportingPeriod, now: datetime) -> None:
    """Write the bulletin of the period from reports that are loaded; no query."""
    title = f"{reports.plan.title}{period}进展报送情况"
    heading = Heading(
        title,
        left=f"报送期：{period.opens_on} 至 {period.due_on}",
        right=data_of(now),
    )
    lines, whole = reports.bulletin(period), reports.bulletin_sum(period)
    with Book(title=title, author=reports.plan.issuer or OFFICE, at=now) as book:
        sheet = book.sheet("通报表", BULLETIN_COLUMNS, heading)
        for line in lines:
            sheet.row(line)
        sums = {column.key: column.value(whole) for column in BULLETIN_COLUMNS}
        sheet.total(sums | {"agency": f"合计（{len(lines)} 家）"})
        for number, note in enumerate(BULLETIN_NOTES, 1):
            sheet.note(f"{'注：' if number == 1 else '　　'}{number}.{note}")
        book.save(file)
