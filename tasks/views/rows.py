"""A task as its row in the ledger shows it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from agencies.models import Agency
from tasks.jinja import draw
from tasks.models import AssignmentRole, Duty, Status, Task
from tasks.templatetags.ui import fitting


@dataclass
class Parts:
    """Who is responsible for a task."""

    lead: Agency | None = None
    others: list[Agency] = field(default_factory=list)


class Row(NamedTuple):
    """All of a row in words that are ready to be written."""

    key: str
    version: str
    number: str
    text: str
    address: str
    period: str
    place: str
    duty: str
    lead: str
    participants: str  # how many, "" for none
    shown: tuple[tuple[str, bool], ...]  # the name of an agency, and whether it is the reader's own
    folded: str
    folded_count: str
    role: str  # of the reader's own agency
    role_words: str
    status: str
    status_words: str
    light: str
    light_words: str
    light_reason: str
    reason: str
    progress: str
    deadline: str
    updated: str
    updated_words: str

    @classmethod
    def of(cls, task: Task, responsible: Parts, *, own: int | None, today: date) -> "Row":
        """`own` is the key of the reader's agency."""
        reading = task.reading(today)
        lead = responsible.lead
        parts = sorted(responsible.others, key=lambda agency: agency.pk != own)
        side_by_side = fitting([agency.name for agency in parts])
        role = AssignmentRole.LEAD if lead and lead.pk == own else AssignmentRole.PARTICIPANT
        updated = timezone.localtime(task.updated_at)
        return cls(
            key=str(task.pk),
            version=str(task.version),
            number=str(task.number),
            text=task.text,
            address=f"{_tasks_address()}{task.pk}/",
            period=task.plan.period,
            place=task.section.chapter.heading + task.section.heading,
            duty=("等部门" if task.open_ended else "") + _DUTIES[task.duty],
            lead=lead.name if lead else "",
            participants=str(len(parts) or ""),
            shown=tuple([(agency.name, agency.pk == own) for agency in parts[:side_by_side]]),
            folded="、".join([agency.name for agency in parts[side_by_side:]]),
            folded_count=str(len(parts[side_by_side:])),
            role=role.value,
            role_words=role.label,
            status=task.status,
            status_words=_STATUSES[task.status],
            light=reading.light.value,
            light_words=reading.light.label,
            light_reason=reading.reason,
            reason=task.status_reason or "—",
            progress=str(task.progress),
            deadline=_day(task.deadline, today),
            updated=updated.isoformat(" ", "minutes")[:16],
            updated_words=_ago(updated.date(), today),
        )


class Frame(NamedTuple):
    """What all rows of a page take from it."""

    can_set_status: bool
    here_quoted: str  # the way back to the list
    is_own_list: bool
    show: Sequence[str]  # the chosen columns, a tuple
    show_year: bool
    sought: Sequence[str]  # the words to be marked, a tuple


@lru_cache(maxsize=2_000)
def drawn(row: Row, frame: Frame) -> SafeString:
    """The row's HTML. Kept, for a list is fetched again after each change, and but one of its rows differs.

    It depends on these words alone, so it is never out of date and tells nobody what they did not bring.
    """
    return draw("ledger/_row.jinja", row=row, **frame._asdict())


@cache
def _tasks_address() -> str:
    """What every task's address begins with: finding it out for each row costs more than the row."""
    return reverse("tasks:task", args=[0]).removesuffix("0/")


# Django's get_…_display() makes such a dict for each row.
_DUTIES, _STATUSES = dict(Duty.choices), dict(Status.choices)


def _ago(on: date, today: date) -> str:
    """今天, 昨天, 5 天前 up to thirty days; then the day itself."""
    days = (today - on).days
    if 0 <= days <= 30:
        return ("今天", "昨天")[days] if days < 2 else f"{days} 天前"
    return _day(on, today)


def _day(on: date, today: date) -> str:
    written = on.isoformat()
    return written[5:] if on.year == today.year else written
