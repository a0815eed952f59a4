"""Traditional characters read as simplified ones, and the slips that conversion between the two leaves.

OpenCC's tables say what a character is in simplified writing. They leave 著 and 着 alone, which Taiwan writes
alike; here the words on either side decide. A character becomes exactly one, so every place is kept.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from opencc import OpenCC

from importers.characters import DROPPED
from importers.diagnostics import ITEMISED, Code, Diagnostic, decided, info
from importers.readers import Line
from importers.stream import origin

# From this share of traditional characters on, the document is traditional; below, they are slips.
_TRADITIONAL_SHARE = 0.05

# OpenCC reads words at 0.5 million characters a second; what is longer is no plan, and read by characters.
_LONGEST_BY_WORDS = 500_000

_CJK = re.compile("[\u3400-\u9fff\uf900-\ufaff]+")
# Words with 著; everywhere else a traditional document means 着.
_ZHU = re.compile(
    "(?<=[显卓昭编专名论原巨译合遗土拙])[着著]|[着著](?=作[权人品者物集]|[录称述书者])|著(?=[作名])"
    "|着(?=名(?:商标|品牌|企业|高校|院校|大学|专家|学者|产品|景区))"
)
# In a simplified text 著 is a slip only in words that are certain.
_ZHE = re.compile(
    "著(?:(?<![显卓昭编专名论原巨译合遗土拙]著)(?=[力眼手重想实陆落色装])"
    "|(?<=[沿随接绕朝向跟顺伴着味临在挥]著)(?![作名录称述书者]))"
)
_ZHU_SLIP = re.compile(
    "着(?:(?<=[显卓昭]着)|(?=作[权])|(?=名(?:商标|品牌|企业|高校|院校|大学|专家|学者|产品|景区)))"
)


def in_simplified(
    lines: Sequence[Line], clean: str, undone: frozenset[str]
) -> tuple[str, list[Diagnostic], set[int]]:
    """The text in simplified characters, what was found, and the positions of slips that stay (undone).

    `clean` are the lines joined by line feeds. Nothing is loaded for a text without such characters."""
    strange = _strange(clean)
    if strange and _is_traditional(clean, strange):
        after = _read_by_words(clean, strange)
        spots = [index for index, (old, new) in enumerate(zip(clean, after, strict=True)) if old != new]
        return after, decided([_whole(lines, clean, after, spots)], undone), set()
    slips = dict(_slips_in(clean, strange))
    if not slips:
        return clean, [], set()
    characters = list(clean)
    for index, character in slips.items():
        characters[index] = character
    after = "".join(characters)
    found, kept = _slips(lines, clean, after, sorted(slips), undone)
    return after, found, kept


def _strange(text: str) -> dict[str, str]:
    """Characters outside GB 2312, the everyday simplified ones, that have a simplified form."""
    used = set(text)
    everyday = set("".join(used).encode("gb2312", "ignore").decode("gb2312"))
    strange = filter(is_chinese, used - everyday)
    return {each: simple for each in strange if (simple := simple_form(each)) != each}


def _is_traditional(text: str, strange: Mapping[str, str]) -> bool:
    chinese = sum(map(len, _CJK.findall(text)))
    return sum(map(text.count, strange)) > _TRADITIONAL_SHARE * chinese


def _slips_in(text: str, strange: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Single slips in a simplified text: where, and the character that should stand there."""
    single = {**strange, "於": "于"}
    if any(each in text for each in single):
        pattern = re.compile("[" + "".join(map(re.escape, single)) + "]")
        yield from ((match.start(), single[match[0]]) for match in pattern.finditer(text))
    if "著" in text or "着" in text:
        whole = "".join(text.replace(DROPPED, "").split())
        slips = [(match.start(), "着") for match in _ZHE.finditer(whole)]
        slips += [(match.start(), "著") for match in _ZHU_SLIP.finditer(whole)]
        # Where each character of the whole stands is dear to know, and slips are rare.
        places = _without_breaks(text)[0] if slips else []
        yield from ((places[index], character) for index, character in slips)


def _read_by_words(text: str, strange: Mapping[str, str]) -> str:
    """A traditional text in simplified characters, of the same length; breaks are looked through."""
    places, whole = _without_breaks(text)
    by_words = _converters()[0].convert(whole) if len(whole) <= _LONGEST_BY_WORDS else whole
    if len(by_words) != len(whole):
        by_words = whole
    simple = "".join(strange.get(each, each) for each in by_words)
    kept = {match.start() for match in _ZHU.finditer(simple)}
    characters = list(text)
    for index, place in enumerate(places):
        each = simple[index]
        characters[place] = "著" if index in kept else "着" if each == "著" else each
    return "".join(characters)


def _without_breaks(text: str) -> tuple[list[int], str]:
    """Where the characters stand that are no white space, and these in one string."""
    places = [index for index, each in enumerate(text) if not each.isspace() and each != DROPPED]
    return places, "".join(text[index] for index in places)


def is_chinese(character: str) -> bool:
    return _CJK.match(character) is not None


@cache
def simple_form(character: str) -> str:
    """A character by itself: the general table first, then what Hong Kong and Taiwan write otherwise."""
    for converter in _converters():
        simple = converter.convert(character)
        if simple != character and len(simple) == 1 and character != "著":
            return simple
    return character


@cache
def _converters() -> tuple[OpenCC, ...]:
    """All of them at once: the process that reads uploads may open no file once it has begun to read."""
    return OpenCC("t2s"), OpenCC("hk2s"), OpenCC("tw2s")


def _whole(lines: Sequence[Line], before: str, after: str, spots: Sequence[int]) -> Diagnostic:
    line = lines[before.count("\n", 0, spots[0])].number
    seen = list(dict.fromkeys(before[spot] for spot in spots))[:ITEMISED]
    one = {before[spot]: after[spot] for spot in reversed(spots)}
    message = f"全文是繁体字，已按简体读取，共 {len(spots)} 字，首处在第 {line} 行；原文照存。"
    return info(
        Code.TRADITIONAL, line, message, "".join(seen), "".join(one[each] for each in seen), len(spots)
    )


def _slips(
    lines: Sequence[Line], before: str, after: str, spots: Sequence[int], undone: frozenset[str]
) -> tuple[list[Diagnostic], set[int]]:
    """Each slip as a finding of its own; those that are undone keep their characters."""
    groups = list(_in_a_row(spots))
    if len(groups) > ITEMISED:
        first = groups[0]
        line = lines[before.count("\n", 0, first[0])].number
        message = f"夹有繁体字或转换错字 {len(spots)} 处，已按简体读取，首处在第 {line} 行。"
        words = "".join(dict.fromkeys(before[spot] for spot in spots))
        finding = info(Code.VARIANT, line, message, words, "", len(spots))
        found = decided([finding], undone)
        return found, _positions(before, spots) if found[0].undone else set()
    found = decided((_slip(lines, before, after, group) for group in groups), undone)
    stay = [group for group, finding in zip(groups, found, strict=True) if finding.undone]
    return found, _positions(before, (spot for group in stay for spot in group))


def _slip(lines: Sequence[Line], before: str, after: str, group: Sequence[int]) -> Diagnostic:
    start, end = group[0], group[-1] + 1
    if start and is_chinese(before[start - 1]):
        start -= 1
    if is_chinese(before[end : end + 1]):
        end += 1
    line = lines[before.count("\n", 0, group[0])].number
    message = f"第 {line} 行的“{before[start:end]}”是繁体字或转换错字，已改为“{after[start:end]}”。"
    return info(Code.VARIANT, line, message, before[start:end], after[start:end])


def _in_a_row(spots: Sequence[int]) -> Iterator[list[int]]:
    group: list[int] = []
    for spot in spots:
        if group and spot != group[-1] + 1:
            yield group
            group = []
        group.append(spot)
    if group:
        yield group


def _positions(text: str, spots: Iterable[int]) -> set[int]:
    """Line and column of offsets, as `Stream.position` packs them."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    lines = ((bisect_right(starts, spot) - 1, spot) for spot in spots)
    return {origin(line, spot - starts[line]) for line, spot in lines}
