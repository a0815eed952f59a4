"""Who may do what: pure predicates. What a person may see is `Task.objects.visible_to(user)` instead.

A reader who asks to change something gets 403; an outsider never gets this far, the lookup answers 404.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agencies.models import User


def can_set_status(user: "User") -> bool:
    """Status and progress are the office's word."""
    return user.is_active and user.role == "office"


def can_report(user: "User", agency_key: int) -> bool:
    """Reports, receipts and requests are the agency's own word, by whoever signs in for it. The office has
    tasks of its own in every plan, and speaks for itself there."""
    return user.is_active and user.role in ("agency", "office") and user.agency_id == agency_key


def can_bring_in(user: "User", agency_key: int) -> bool:
    """A sheet that an agency has filled in comes back through its own people, or through the office, to which
    agencies on closed networks send it. It stays the agency's word: the office writes none of it."""
    return can_report(user, agency_key) or (user.is_active and user.role == "office")


def can_bring_in_sheets(user: "User") -> bool:
    """Those of some agency, its own or any."""
    return can_bring_in(user, user.agency_id or 0)


def can_review(user: "User") -> bool:
    """What agencies hand in, the office judges."""
    return user.is_active and user.role == "office"


def can_supervise(user: "User") -> bool:
    """Reporting periods, reminders, assignments, extensions: the office asks and decides."""
    return user.is_active and user.role == "office"


def can_freeze_reports(user: "User") -> bool:
    """What the annual report said on a day is the office's to put on record."""
    return user.is_active and user.role == "office"


def can_import_plans(user: "User") -> bool:
    return user.is_active and user.role == "office"


def can_read_register_notes(user: "User") -> bool:
    """What the register remarks on agencies and their names is for those who keep it."""
    return user.is_active and user.role in ("office", "admin")


def can_share_views(user: "User") -> bool:
    """What the office shares stands among everybody's views."""
    return user.is_active and user.role == "office"
