"""The demo's people: one account a role and one an agency, with a published password."""

from collections.abc import Iterator

from django.contrib.auth.hashers import make_password
from django.db.models import QuerySet

from agencies.models import Agency, Role, User

PASSWORD = "ipplan-demo"  # noqa: S105 - published on purpose; load_demo refuses to run in production
ADDRESS = "demo@ipplan.invalid"  # tells the demo's accounts from people's
OFFICE_AGENCY = "联席会议办公室"


def foreign_accounts() -> QuerySet[User]:
    """Accounts that are not the demo's."""
    return User.objects.exclude(email=ADDRESS)


def make_accounts() -> list[User]:
    """The accounts that are missing; those that are there stay as they are. Returns the new ones."""
    taken = set(User.objects.values_list("username", flat=True))
    served = set(User.objects.filter(role=Role.AGENCY).values_list("agency", flat=True))
    missing = [user for user in _people() if user.username not in taken and user.agency_id not in served]
    password = make_password(PASSWORD) if missing else ""  # once for all: a good hash takes its time
    for user in missing:
        user.email, user.password = ADDRESS, password
    return User.objects.bulk_create(missing)


def _people() -> Iterator[User]:
    yield User(username="office", role=Role.OFFICE, agency=Agency.objects.get(name=OFFICE_AGENCY))
    yield User(username="leader", role=Role.LEADER, first_name="领导")
    yield User(username="auditor", role=Role.AUDITOR, first_name="审计")
    yield User(username="admin", role=Role.ADMIN, first_name="系统管理员")
    for agency in Agency.objects.filter(is_collective=False).exclude(name=OFFICE_AGENCY):
        yield User(username=agency.code.lower() or agency.name, role=Role.AGENCY, agency=agency)
