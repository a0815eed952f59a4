"""Freezing an annual report: it gets the plan's next number and is kept as it was written."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from agencies.models import User
from tasks import permissions
from tasks.models import Event, EventKind, Plan, ReportSnapshot
from tasks.workflow.shared import allow, locked_plan


@dataclass(frozen=True)
class FrozenReport:
    """A report's workbook, and its rows: those of `ReportSnapshot.rows`."""

    workbook: bytes
    rows: Mapping[str, Mapping[str, Any]]


@transaction.atomic
def freeze_report(
    plan: Plan,
    draw: Callable[[int, datetime], FrozenReport],
    *,
    by: User,
    as_of: date,
    note: str = "",
    at: datetime | None = None,
) -> ReportSnapshot:
    """Keep the report that `draw` makes for its number and moment. One event, which also keeps its digest.

    What is frozen already, of the same day and with the same rows, is not frozen again, so that a double
    click is harmless: the snapshot that stands is returned.
    """
    allow(permissions.can_freeze_reports, by)
    plan = locked_plan(plan)
    at = at or timezone.now()
    number = (plan.snapshots.aggregate(last=Max("number"))["last"] or 0) + 1
    frozen = draw(number, at)
    last = plan.snapshots.filter(number=number - 1).defer("workbook").first()
    if last and (last.as_of, last.note, last.rows) == (as_of, note, frozen.rows):
        return last
    snapshot = ReportSnapshot.objects.create(
        plan=plan,
        number=number,
        as_of=as_of,
        at=at,
        by=by,
        note=note,
        workbook=frozen.workbook,
        digest=hashlib.sha256(frozen.workbook).hexdigest(),
        size=len(frozen.workbook),
        rows=frozen.rows,
    )
    after = {"number": number, "as_of": str(as_of), "digest": snapshot.digest, "tasks": len(frozen.rows)}
    Event.record(plan, EventKind.REPORT_FROZEN, by=by, at=at, after=after, reason=note)
    return snapshot
