"""Names that the register learnt from an import: which of them a document uses, which can go again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from agencies.models import Agency, AgencyAlias, User
from tasks import workflow
from tasks.models import Assignment, Event, EventKind


@dataclass(frozen=True)
class Learnt:
    """A name that the office registered in an import: as an agency's alias, or as a new agency."""

    name: str
    agency: Agency
    alias: AgencyAlias | None
    at: datetime
    by: str
    is_used: bool  # tasks rest on it: it stays

    def take_back(self, *, by: User) -> None:
        """Raises workflow.Refused where something uses the name."""
        if self.alias:
            workflow.forget_alias(self.alias, by=by)
        else:
            workflow.withdraw_agency(self.agency, by=by)


def learnt(names: Collection[str]) -> list[Learnt]:
    """Those of the names that the register has learnt from an import, as it stands now. 4 queries."""
    aliases = {
        alias.name: alias for alias in AgencyAlias.objects.filter(name__in=names).select_related("agency")
    }
    registered = {agency.name: agency for agency in Agency.objects.registered().filter(name__in=names)}
    bearers = {alias.agency_id for alias in aliases.values()} | {agency.pk for agency in registered.values()}
    events = Event.objects.filter(
        agency__in=bearers, kind__in=(EventKind.AGENCY_ALIAS, EventKind.AGENCY_REGISTERED)
    ).for_feed()
    # By name: an alias that was forgotten and learnt anew is told by its last event, which comes first.
    told: dict[tuple[int, str], Event] = {}
    for event in events:
        told.setdefault((event.agency_id, event.after.get("alias") or event.after.get("name", "")), event)
    used = set(
        Assignment.objects.filter(agency__in=bearers).values_list("agency", "named_as").distinct().order_by()
    )
    found = []
    for name in names:
        alias = aliases.get(name) if name not in registered else None
        agency = alias.agency if alias else registered.get(name)
        if agency is None or (agency.pk, name) not in told:
            continue
        event = told[agency.pk, name]
        is_used = (agency.pk, name) in used if alias else any(pk == agency.pk for pk, _ in used)
        found.append(Learnt(name, agency, alias, event.at, event.actor, is_used))
    return found
