"""From a name in a document to an agency of the register: whole names only, never parts of names."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from difflib import SequenceMatcher

from django.db.models import Q

from agencies.models import Agency, AgencyAlias


def resolve(names: Iterable[str]) -> dict[str, Agency]:
    """The agencies that bear these names, by name or alias. A name nobody bears is left out. 2 queries."""
    wanted = set(names)
    found = {agency.name: agency for agency in Agency.objects.registered().filter(name__in=wanted)}
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


# What every other agency's name begins and ends with tells nobody apart.
_FRONT = re.compile("(?:中华人民共和国|中共中央|国务院|国家|中国|中央|全国|最高人民)+")
_END = re.compile("(?:办公室|办公厅|委员会|管理局|总局|总署|总会|协会|学会|局|部|委|办|署|厅|会|院)+$")
_STATE = re.compile("(?:中华人民共和国|国家|中国)")
_HALF, _NEARLY = 0.5, 0.75
# Letters of Chinese and Latin script, and what joins or encloses parts of a name.
_STRANGE = re.compile(r"[\d_]|[^\w（）()·]")


def candidates(name: str, *, limit: int = 3) -> list[Agency]:
    """Agencies whose name or alias is nearest to an unknown name, best first. A suggestion, never a match.

    What counts is the distinctive part: 国家数据局 and 国家邮政局 share two signs of three and no meaning.
    None at all is better than a silly one.
    """
    bearers: dict[str, Agency] = {agency.name: agency for agency in Agency.objects.registered()}
    bearers |= {alias.name: alias.agency for alias in AgencyAlias.objects.select_related("agency")}
    likeness = {bearer: _likeness(name, bearer) for bearer in bearers}
    near = sorted(
        (each for each in bearers if likeness[each][0]), key=lambda each: likeness[each], reverse=True
    )
    return list(dict.fromkeys(bearers[each] for each in near))[:limit]


def is_the_same_but_for_its_front(one: str, other: str) -> bool:
    """Whether two names differ by 国家, 中国 or 中华人民共和国 in front alone: then there is no doubt."""
    short, long = sorted((one, other), key=len)
    return (
        short != long and len(short) > 2 and _STATE.sub("", long, count=1) == short and long.endswith(short)
    )


def strange_signs(name: str) -> str:
    """The signs of a name that no agency's name has: digits, dashes, stops, spaces."""
    return "".join(dict.fromkeys(_STRANGE.findall(name)))


def _likeness(one: str, other: str) -> tuple[float, float]:
    """How alike the distinctive parts are, then the whole names; 0 where they are not alike enough."""
    core, other_core = _core(one), _core(other)
    if not core or not other_core:
        return 0.0, 0.0
    alike = SequenceMatcher(None, core, other_core, autojunk=False).ratio()
    whole = SequenceMatcher(None, one, other, autojunk=False).ratio()
    # One sign of two may be a slip (国家邮证局, 国家邮政局) where all else is the same; 外汇 is not 外交.
    slip = alike == _HALF and core[0] == other_core[0] and whole >= _NEARLY
    return (alike, whole) if alike > _HALF or slip else (0.0, 0.0)


def _core(name: str) -> str:
    """The distinctive part of a name, of two signs at least: 法院 stays what it is."""
    front = _FRONT.match(name)
    rest = name[front.end() :] if front else name
    end = _END.search(rest)
    if end is None:
        return rest
    return rest[: max(end.start(), 2)] if end.start() else ""
