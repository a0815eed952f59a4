"""From a name in a document to an agency of the register: whole names only, never parts of names."""

from collections.abc import Iterable, Sequence
from datetime import date
from difflib import get_close_matches

from django.db.models import Q

from agencies.models import Agency, AgencyAlias


def resolve(names: Iterable[str]) -> dict[str, Agency]:
    """The agencies that bear these names, by name or alias. A name nobody bears is left out. 2 queries."""
    wanted = set(names)
    found = {agency.name: agency for agency in Agency.objects.filter(name__in=wanted)}
    for alias in AgencyAlias.objects.filter(name__in=wanted - found.keys()).select_related("agency"):
        found[alias.name] = alias.agency
    return found


def outdated(names: Iterable[str], years: Sequence[int]) -> dict[str, str]:
    """Those of the names that are aliases and were none in any of the years, with their dates. 1 query.

    2023年5月18日停用 is out of date for 2024 and not for 2023. Without years nothing is.
    """
    if not years:
        return {}
    begin, end = date(min(years), 1, 1), date(max(years), 12, 31)
    aliases = AgencyAlias.objects.filter(name__in=list(names)).filter(
        Q(valid_until__lt=begin) | Q(valid_from__gt=end)
    )
    return {alias.name: alias.dates for alias in aliases}


def candidates(name: str, *, limit: int = 3) -> list[Agency]:
    """Agencies whose name or alias is nearest to an unknown name, best first. A suggestion, never a match."""
    bearers: dict[str, Agency] = {agency.name: agency for agency in Agency.objects.all()}
    bearers |= {alias.name: alias.agency for alias in AgencyAlias.objects.select_related("agency")}
    near = get_close_matches(name, bearers, n=limit * 3, cutoff=0.5)
    return list(dict.fromkeys(bearers[match] for match in near))[:limit]
