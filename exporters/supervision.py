"""督办台账: the reports that are missing, under the conditions of the page's list, agency by agency."""

from collections.abc import Mapping
from datetime import datetime
from typing import BinaryIO

from django.utils import timezone

from exporters.columns import OWED_COLUMNS, OwedLine
from exporters.names import OFFICE, data_of
from exporters.workbook import Book, Heading
from tasks.reporting import Outcome, OwedKey
from tasks.supervising import OwedFilter, Reminded


def supervision(
    file: BinaryIO, *, asked: OwedFilter, reminded: Mapping[OwedKey, Reminded], now: datetime
) -> None:
    """Write what `asked` finds; no query. `reminded` says when each agency was last asked."""
    title = f"{asked.plan.title}督办台账"
    with Book(title=title, author=asked.plan.issuer or OFFICE, at=now) as book:
        sheet = book.sheet("督办台账", OWED_COLUMNS, _heading(title, asked, now))
        for one in asked.rows:
            sheet.row(OwedLine(one, _told(reminded.get(one.key))))
        agencies = len({one.agency.pk for one in asked.rows})
        sheet.total({"agency": f"合计 {len(asked.rows)} 份，{agencies} 家单位"})
        sheet.note("注：退回后尚未重报的计入未报。最近提示为办公室催办或系统提醒的日期。")
        book.save(file)


def _heading(title: str, asked: OwedFilter, now: datetime) -> Heading:
    said = "；".join(f"{label}：{words}" for label, words in asked.describe()) or "无"
    what = "已过截止日期仍未报送" if asked.outcome == Outcome.OVERDUE else "尚未报送"
    return Heading(
        title,
        left=f"范围：{what}的 {len(asked.rows)} 份进展",
        right=data_of(now),
        notes=[f"筛选条件：{said}"],
    )


def _told(last: Reminded | None) -> str:
    return f"{timezone.localdate(last.at)} {last.kind.label}" if last else ""
