"""Words without brackets that a copier left between sentences, found by where they stand, again and again.

Between the end of a sentence and its clause, or between a clause and the next number, no words can stand:
what comes there twice is no sentence. In front of a sentence it is harder to tell: `某某网推进…` is taken
apart where the same words begin three sentences, begin no other, and what is left mostly begins as others do.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from importers.clauses import read_clause
from importers.stream import Span

_WORDS = "[\u3400-\u9fffA-Za-z]"
_SHORTEST, _LONGEST = 4, 20
# A name in it may have a bracket of its own.
_CLAUSE = "[（【〔]((?:[^（【〔〕】）]++|(?<=[\u3400-\u9fff])（[^（【〔〕】）]{2,40}）)++)[）】〕]"
_BEFORE_CLAUSE = re.compile(f"(?<=[。！？])({_WORDS}{{2,{_LONGEST}}})(?={_CLAUSE})")
_BEHIND_CLAUSE = re.compile(
    f"{_CLAUSE}({_WORDS}{{2,{_LONGEST}}}?)"
    r"(?=[0-9]{1,4}[.、](?![0-9])|（[0-9]{1,4}）|[（]?[一二三四五六七八九十]{1,3}[）、]|第.{1,3}[章节]|$)"
)
_BEHIND_WORDS = re.compile("[^\u3400-\u9fffA-Za-z].*")
_BEGINS = re.compile("(?:[。！？；）】〕]|[0-9]{1,4}[.、]|（[0-9]{1,4}）)(?=[\u3400-\u9fff《“])")


def stray_words(text: str, *, names_alone: bool = False) -> tuple[dict[str, list[Span]], dict[str, int]]:
    """Words -> where they stand, at least twice, the spans of all words disjoint; and words that may be
    stray too but are too few to tell, with the place of the first."""
    found: dict[str, set[Span]] = defaultdict(set)
    for match in _BEFORE_CLAUSE.finditer(text):
        if _is_clause(match[2], names_alone):
            found[match[1]].add(match.span(1))
    for match in _BEHIND_CLAUSE.finditer(text):
        if _is_clause(match[1], names_alone):
            found[match[2]].add(match.span(2))
    sure = {words for words, spans in found.items() if len(spans) >= 2}
    starts = [match.end() for match in _BEGINS.finditer(text)]
    doubtful: dict[str, int] = {}
    for words, first, is_sure in _in_front_of_sentences(text, starts):
        if is_sure:
            sure.add(words)
        elif words not in sure:
            doubtful[words] = first
    for words in sure:
        found[words] |= {
            (start, start + len(words))
            for start in starts
            if text.startswith(words, start) and _is_beginning(text, start + len(words))
        }
    return _disjoint({words: sorted(found[words]) for words in sure if len(found[words]) >= 2}), doubtful


def _is_clause(words: str, names_alone: bool) -> bool:
    clause = read_clause(words)
    return clause is not None and (clause.is_certain or (names_alone and bool(clause.agencies)))


def _is_beginning(text: str, offset: int) -> bool:
    return re.match("[\u3400-\u9fff《“]", text[offset : offset + 1]) is not None


def _in_front_of_sentences(text: str, starts: list[int]) -> Iterator[tuple[str, int, bool]]:
    """Words that begin sentences as others begin behind them; where first; whether that is sure."""
    first_two = Counter(text[start : start + 2] for start in starts)
    groups: dict[str, list[int]] = defaultdict(list)
    for start in starts:
        groups[text[start : start + _SHORTEST]].append(start)
    for beginning, members in groups.items():
        if len(members) < 3 or first_two[beginning[:2]] != len(members):
            continue
        common = _common([text[start : start + _LONGEST] for start in members])
        for length in range(len(common), _SHORTEST - 1, -1):
            rests = [text[start + length : start + length + 2] for start in members]
            # Of sentences that begin alike by chance, hardly one goes on as another sentence begins.
            known = sum(first_two[rest] > 0 for rest in rests)
            if known and re.fullmatch(f"{_WORDS}+", common[:length]):
                yield common[:length], members[0], known > 1 and 2 * known >= len(rests)
                break
        else:
            # Nothing says that a sentence begins behind the words, and nothing that they are the sentence's.
            words = _BEHIND_WORDS.sub("", common)
            goes_on = all(_is_beginning(text, start + len(words)) for start in members)
            if len(words) >= _SHORTEST and goes_on and text.count(words) == len(members):
                yield words, members[0], False


def _common(texts: Sequence[str]) -> str:
    """What all of them begin with."""
    first, last = min(texts), max(texts)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:length]


def _disjoint(found: dict[str, list[Span]]) -> dict[str, list[Span]]:
    end = 0
    kept: dict[str, list[Span]] = {}
    for span, words in sorted((span, words) for words, spans in found.items() for span in spans):
        if span[0] >= end:
            kept.setdefault(words, []).append(span)
            end = span[1]
    return kept
