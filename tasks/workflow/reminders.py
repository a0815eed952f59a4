"""催办: the office asks agencies for reports they owe; the calendar asks before a period is due and after.

What goes out by mail, and when, is for `letters` to say: a reminder is made whether or not a letter leaves.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from agencies.models import User
from tasks import permissions
from tasks.models import Day, Event, EventKind, Plan, Reminder, ReminderKind, ReportingPeriod, Task
from tasks.reporting import Owed, OwedKey, missing, missing_of, reports_of
from tasks.workflow.notices import tell_agencies
from tasks.workflow.shared import Refused, locked_plan

# Asking for the same again so soon is a second click.
REPEATED_WITHIN = timedelta(minutes=10)
# The calendar speaks this long before a period is due.
AHEAD = timedelta(days=15)
LONGEST_NOTE = 500


@dataclass(frozen=True)
class Reminded:
    """What came of a reminder: the rows made; what was left out as handed in, or just asked for."""

    made: Sequence[Reminder]
    asked: Collection[OwedKey]
    settled: Collection[OwedKey]
    repeated: Collection[OwedKey]


@transaction.atomic
def remind(owed: Iterable[OwedKey], *, by: User, note: str = "", at: datetime | None = None) -> Reminded:
    """Ask for these reports, given as (task, agency, period): one reminder for each agency and period.

    What is not owed, or not any more, is left out and said; so is what was asked for within REPEATED_WITHIN.
    The accounts of each agency get a notice. Raises Refused for a note that is too long.
    """
    if not permissions.can_supervise(by):
        raise PermissionDenied
    at = at or timezone.now()
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise Refused(f"说明最多 {LONGEST_NOTE} 字，现有 {len(note)} 字，请精简")
    keys = set(owed)
    _lock_plans(period for _, _, period in keys)
    found = missing_of(keys, day=Day.exactly(timezone.localdate(at), today=timezone.localdate()))
    repeated = keys & lately_asked(at)
    made = [
        _make(ReminderKind.URGED, ones, by=by, at=at, note=note)
        for ones in _grouped(one for key, one in found.items() if key not in repeated)
    ]
    return Reminded(
        made,
        asked=found.keys() - repeated,
        settled=keys - found.keys() - repeated,
        repeated=repeated,
    )


def lately_asked(at: datetime) -> set[OwedKey]:
    """What the office asked for within REPEATED_WITHIN. 1 query."""
    lately = Reminder.objects.filter(kind=ReminderKind.URGED, at__gt=at - REPEATED_WITHIN, at__lte=at)
    return set(lately.filter(tasks__isnull=False).values_list("tasks", "agency", "period"))


def remind_by_calendar(plan: Plan, *, on: date, at: datetime | None = None) -> list[Reminder]:
    """到期提醒 and 逾期提示 of a plan that are to be made on that day and have not been: one for each agency
    and period, however often it runs and whatever day was missed.

    From AHEAD before a period is due until its last day whoever owes a report is told so; after it, whoever
    still owes one, once each.
    """
    at = at or timezone.now()
    if not awaited_by_calendar(plan, on=on):  # most days: nobody waits for a lock that nothing needs
        return []
    with transaction.atomic():
        plan = locked_plan(plan)
        return [_make(kind, ones, by=None, at=at) for kind, ones in awaited_by_calendar(plan, on=on)]


def awaited_by_calendar(plan: Plan, *, on: date) -> list[tuple[ReminderKind, list[Owed]]]:
    """What `remind_by_calendar` would make: each kind with what one agency owes in one period."""
    if not ReportingPeriod.objects.filter(plan=plan, due_on__lte=on + AHEAD).exists():
        return []
    reports = reports_of(plan, Task.objects.all(), day=Day.exactly(on, today=timezone.localdate()))
    calendar = Reminder.objects.filter(plan=plan).exclude(kind=ReminderKind.URGED)
    made = set(calendar.values_list("agency", "period", "kind"))
    owed = (one for one in missing(reports) if one.period.due_on <= on + AHEAD)
    found = []
    for ones in _grouped(owed):
        kind = ReminderKind.OVERDUE if ones[0].is_overdue else ReminderKind.AHEAD
        if (ones[0].agency.pk, ones[0].period.pk, kind) not in made:
            found.append((kind, ones))
    return found


def _lock_plans(periods: Iterable[int]) -> None:
    """Two who ask at once take turns, so that the second sees what the first has asked. In order of keys."""
    plans = Plan.objects.filter(periods__in=set(periods)).distinct().order_by("pk")
    for plan in plans:
        locked_plan(plan)


def _grouped(owed: Iterable[Owed]) -> Iterator[list[Owed]]:
    """By agency in the register's order and by period, tasks in their order."""

    def whose(one: Owed) -> tuple[int, int, int, date]:
        return one.agency.position, one.agency.pk, one.task.plan_id, one.period.due_on

    ordered = sorted(owed, key=lambda one: (*whose(one), one.task.number))
    return (list(ones) for _, ones in groupby(ordered, key=whose))


def _make(
    kind: ReminderKind, owed: Sequence[Owed], *, by: User | None, at: datetime, note: str = ""
) -> Reminder:
    first = owed[0]
    reminder = Reminder.objects.create(
        agency=first.agency,
        plan=first.task.plan,
        period=first.period,
        kind=kind,
        note=note,
        at=at,
        by=by,
    )
    reminder.tasks.set([one.task for one in owed])
    event = Event.record(
        first.task.plan,
        EventKind.AGENCY_REMINDED,
        by=by,
        at=at,
        agency=first.agency,
        after={
            "kind": kind.label,
            "agency": first.agency.name,
            "period": first.period.name,
            "count": len(owed),
            "tasks": [one.task.number for one in owed],
        },
        reason=note,
    )
    tell_agencies(event, [first.agency])
    return reminder
