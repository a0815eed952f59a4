"""Which words of a task are its responsibility clause: found by what they say, not by being last."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from importers.clauses import Clause, Duty, ParsedAgency, Role, read_clause
from importers.diagnostics import Code
from importers.grammar import Node
from importers.markers import bracket_pairs
from importers.stream import Span, Stream

PlacedClause = tuple[Span, Clause]  # the span has the brackets in it

_MOST_LINES = 200
_FARTHEST_END = 40
_OPENING = re.compile("[（(【\\[]")
_WORD = re.compile("[\u3400-\u9fffA-Za-z“《]")


class Found(NamedTuple):
    """The clauses of a task, what was odd about finding them, and brackets that only look like one."""

    clauses: list[PlacedClause]
    code: Code | None = None
    left: Sequence[PlacedClause] = ()


def clauses_of(stream: Stream, node: Node, year: int | None, *, is_last: bool) -> Found:
    text = stream.text
    found: list[PlacedClause] = []
    embedded: list[PlacedClause] = []  # 党委领导（政府负责）的格局: a clause only where there is no other
    names_only: list[PlacedClause] = []
    pairs = bracket_pairs(text, node.start, node.end)
    outer_end = node.start
    for opener, closer in sorted((opener, closer) for closer, opener in pairs.items()):
        if opener < outer_end:
            continue
        clause = read_clause(text[opener + 1 : closer], year)
        if clause is None:
            outer_end = closer + 1 if closer - opener <= 40 else outer_end
            continue
        outer_end = closer + 1
        span = (opener, closer + 1)
        behind_sentence = _is_behind(stream, span, node, "。！？；")
        behind_clause = bool(found) and found[-1][0][1] == opener
        if clause.explicit and (behind_sentence or behind_clause):
            found.append((span, clause))
        elif clause.is_certain and _sentence_goes_on(stream, span, node) and not _names_whole(clause):
            embedded.append((span, clause))
        elif clause.is_certain or (clause.explicit and _is_behind(stream, span, node, "）)”")):
            found.append((span, clause))
        elif behind_sentence or _is_behind(stream, span, node, "）)”"):
            names_only.append((span, clause))
    for others in (names_only[-1:], embedded):
        if not any(clause.agencies for _, clause in found):
            found = sorted([*found, *others], key=lambda each: each[0])
    left = [each for each in embedded if each not in found]
    if any(clause.agencies for _, clause in found):
        return Found(found + _deadline_behind(stream, found[-1][0][1], node, year), None, left)
    rescued = _clause_without_brackets(stream, node, year, is_last)
    if rescued is not None:
        (span, clause), code = rescued
        return Found([*((s, c) for s, c in found if s[1] <= span[0]), (span, clause)], code, left)
    return Found(found, None, left)


def _deadline_behind(stream: Stream, start: int, node: Node, year: int | None) -> list[PlacedClause]:
    """A deadline that stands behind the clause without brackets of its own."""
    words = stream.text[start : node.end].strip("。；，、")
    clause = read_clause(words, year) if len(words) <= 40 else None
    if clause is None or not clause.explicit or clause.agencies or "负责" in words:
        return []
    return [((start, node.end), clause)]


def _is_behind(stream: Stream, span: Span, node: Node, marks: str) -> bool:
    return span[0] == node.start or stream.text[span[0] - 1] in marks


def _names_whole(clause: Clause) -> bool:
    """Whether all it names are whole names of agencies, as 政府 and 社会 are not."""
    return not clause.doubtful and all(len(each.name) > 2 for each in clause.agencies)


def _sentence_goes_on(stream: Stream, span: Span, node: Node) -> bool:
    """Whether what follows a bracket in mid-sentence belongs to the same words, no point between."""
    return span[1] < node.end and _WORD.match(stream.text, span[1]) is not None


def _clause_without_brackets(
    stream: Stream, node: Node, year: int | None, is_last: bool
) -> tuple[PlacedClause, Code] | None:
    """A clause that lost one bracket or both: the last words of the task, read as one.

    Behind the last task more text may follow. Its clause may end at any line; the longest reading is taken
    in which every name looks like one."""
    if not is_last:
        return _unbracketed_up_to(stream, node, node.end, year)
    best: tuple[PlacedClause, Code] | None = None
    for end in [*stream.breaks_within(node.start, node.end)[:_MOST_LINES], node.end]:
        if stream.text[end : end + 1] in ("、", "，"):
            continue
        found = _unbracketed_up_to(stream, node, end, year)
        if found is not None and (best is None or not found[0][1].doubtful):
            best = found
        elif best is not None and found is None and end - best[0][0][1] > _FARTHEST_END:
            break
    return best


def _unbracketed_up_to(
    stream: Stream, node: Node, end: int, year: int | None
) -> tuple[PlacedClause, Code] | None:
    text = stream.text
    pairs = bracket_pairs(text, node.start, end)
    stop = end
    while stop > node.start and text[stop - 1] in "。；，）) 】]" and stop - 1 not in pairs:
        stop -= 1
    paired = set(pairs.values())
    openings = (each.start() for each in _OPENING.finditer(text, node.start, stop))
    opened = max((offset for offset in openings if offset not in paired), default=-1)
    sentence = max(text.rfind(each, node.start, stop) for each in "。！？")
    for start, code in ((opened, Code.UNCLOSED_CLAUSE), (sentence, Code.BARE_CLAUSE)):
        if start < node.start or stop - start > 800:
            continue
        clause = read_clause(text[start + 1 : stop].strip("（("), year)
        if clause is not None and clause.is_certain and clause.agencies:
            first = start if code is Code.UNCLOSED_CLAUSE else start + 1
            one_sided = code is Code.BARE_CLAUSE and text[stop:end].strip("。；， ")
            return ((first, end), clause), Code.UNCLOSED_CLAUSE if one_sided else code
    return None


def merged_clause(clauses: Sequence[Clause]) -> Clause:
    """Several clauses of one task as one: the first one's lead leads, all others take part."""
    if len(clauses) < 2:
        return clauses[0] if clauses else Clause("")
    agencies: list[ParsedAgency] = []
    has_lead = False
    for clause in clauses:
        for each in clause.agencies:
            if any(known.name == each.name for known in agencies):
                continue
            role = each.role if not has_lead else Role.PARTICIPANT
            has_lead |= each.role is Role.LEAD
            agencies.append(ParsedAgency(each.name, role))
    dues = [clause.due for clause in clauses if clause.due is not None]
    return replace(
        clauses[0],
        text="；".join(clause.text for clause in clauses),
        agencies=tuple(agencies),
        duty=Duty.BY_DUTY if any(clause.duty is Duty.BY_DUTY for clause in clauses) else Duty.JOINT,
        open_ended=any(clause.open_ended for clause in clauses),
        due=max(dues, default=None),
        doubtful=tuple(name for clause in clauses for name in clause.doubtful),
        repeated=tuple(dict.fromkeys(name for clause in clauses for name in clause.repeated)),
        further_leads=tuple(name for clause in clauses for name in clause.further_leads),
        notes=tuple(name for clause in clauses for name in clause.notes),
        lead_stated=next((clause.lead_stated for clause in clauses if clause.agencies), False),
    )
