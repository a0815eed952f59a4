"""Bringing an event before the accounts that should know of it."""

from collections.abc import Iterable

from django.db.models import Q

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
