"""Bringing an event before the accounts that should know of it."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from agencies.models import Agency, Role, User
from tasks.models import Event, Notice


def tell_agencies(event: Event, agencies: Iterable[Agency | int]) -> None:
    """A notice for each account of these agencies, but not for whoever did it."""
    _tell(event, Q(role=Role.AGENCY, agency__in=list(agencies)))


def tell_office(event: Event) -> None:
    _tell(event, Q(role=Role.OFFICE))


def _tell(event: Event, whom: Q) -> None:
    people = User.objects.filter(whom, is_active=True).exclude(pk=event.by_id)
    Notice.objects.bulk_create([Notice(user=person, event=event) for person in people])


def read_notices(
    *, by: User, notice: int | None = None, until: int | None = None, at: datetime | None = None
) -> int:
    """Mark the person's own notices read: one, or all up to and with the key `until`, which is the newest
    that the page showed. Reading is nobody else's business and no record. Returns how many were unread.
    """
    own = Notice.objects.visible_to(by).unread()
    own = own.filter(pk=notice) if notice is not None else own.filter(pk__lte=until)
    return Notice.objects.filter(pk__in=list(own.values_list("pk", flat=True))).update(
        read_at=at or timezone.now()
    )
