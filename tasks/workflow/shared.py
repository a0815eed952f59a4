"""What every change needs: who may, the rows locked, the write with its event."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from agencies.models import Agency, User
from tasks import permissions
from tasks.models import Event, EventKind, Plan, Section, Task


class Refused(Exception):
    """The change is not allowed as asked; the text says, in Chinese, why and what to do."""


class EditConflict(Exception):
    """Somebody else changed these tasks after the page that sent the edit was made."""

    def __init__(self, tasks: Sequence[Task]):
        super().__init__("；".join(str(task) for task in tasks))
        self.tasks = tasks


def allow(predicate: Any, by: User | None) -> None:
    if by is not None and not predicate(by):
        raise PermissionDenied


def acting_for(agency: Agency | None, by: User, *, by_sheet: bool = False) -> Agency:
    """The agency in whose name `by` acts: the one named, else its own. PermissionDenied where it may not.

    `by_sheet`: what it says comes from its 填报表, which the office may bring in for it.
    """
    agency = agency or by.agency
    may = permissions.can_bring_in if by_sheet else permissions.can_report
    if agency is None or not may(by, agency.pk):
        raise PermissionDenied
    return agency


def locked(pks: Iterable[int]) -> list[Task]:
    """The tasks, locked until the transaction ends; in the order of keys, so two edits cannot deadlock."""
    pks = list(pks)
    tasks = list(
        Task.objects.select_for_update(of=("self",)).select_related("plan").filter(pk__in=pks).order_by("pk")
    )
    if len(tasks) != len(set(pks)):
        raise Task.DoesNotExist
    return tasks


def locked_plan(plan: Plan) -> Plan:
    # Weaker than FOR UPDATE: whoever sets a status meanwhile only has to see that the plan is there.
    return Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)


def write(
    task: Task,
    changes: dict[str, Any],
    kind: EventKind,
    *,
    by: User | None,
    at: datetime | None,
    reason: str = "",
    extra_before: dict[str, Any] | None = None,
    extra_after: dict[str, Any] | None = None,
) -> Event:
    at = at or timezone.now()
    before = {name: getattr(task, name) for name in changes}
    for name, value in changes.items():
        setattr(task, name, value)
    task.version += 1
    task.updated_at = at
    task.save(update_fields=[*changes, "version", "updated_at"])
    return Event.record(
        task,
        kind,
        by=by,
        at=at,
        reason=reason,
        before=plain(before | (extra_before or {})),
        after=plain(changes | (extra_after or {})),
    )


def plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _told(value) for name, value in values.items()}


def _told(value: Any) -> Any:
    """A value as JSON holds it and a reader understands it: dates as text, a section by its headings."""
    if isinstance(value, Section):
        return value.chapter.heading + value.heading
    if isinstance(value, (str, int, float, bool, list, dict, type(None))):
        return value
    return str(getattr(value, "pk", value))
