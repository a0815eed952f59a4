"""Chapters, sections and tasks in the stream of a document: found by what number has to come next.

A place where a line begins proves nothing, and a number with a dot proves little (`2.0`, `2024年`, a list
inside a task). What holds in every layout is the sequence (see `walk`). Most plans number their tasks 1, 2,
3; where no such task is found, the numbers of a level above are tried as tasks: `（一）` in many provinces,
`一、` in short lists. That reading counts only where most of what it finds names somebody responsible.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from importers.diagnostics import Code, Diagnostic, info, warning
from importers.markers import Kind, Marker, markers_in
from importers.places import Places
from importers.stream import Stream
from importers.walk import Node, Outline, Walk

__all__ = ["Node", "Outline", "outline"]

# Which numbers are tried as tasks where `1.` is none, and whether they then stand without any heading.
_OTHER_READINGS = (("section", False), ("section", True), ("task", True), ("chapter", True))


def outline(stream: Stream, undone: frozenset[str] = frozenset()) -> Outline:
    """The chapters, sections and tasks of `stream` in order, with every fault of their numbering."""
    markers = markers_in(stream)
    places = Places(stream, ())
    found = Walk(stream, undone, markers).outline()
    if not found.tasks or _lists_measures(places, found):
        found = _other_reading(stream, undone, markers, places, found) or found
    return _renumbered(stream, _with_sections_as_chapters(stream, found))


def _answered(places: Places, found: Outline) -> int:
    """How many tasks end with words that name who is responsible."""
    return sum(places.ends_with_clause(node.start, node.end) for node in found.tasks)


def _lists_measures(places: Places, found: Outline) -> bool:
    """Whether 1, 2, 3 may be the measures of a task: they begin again and again, and few name somebody."""
    beginnings = sum(node.written == 1 for node in found.tasks)
    return beginnings > 1 and 2 * _answered(places, found) <= len(found.tasks)


def _other_reading(
    stream: Stream, undone: frozenset[str], markers: Sequence[Marker], places: Places, first: Outline
) -> Outline | None:
    """The document with another level of its numbers read as tasks, where that makes a plan.

    Where a task lists its measures as 1, 2, 3, the clause stands behind all of them, and the level above
    names as many who are responsible as the `first` reading does."""
    answered_before = _answered(places, first)
    for style, is_bare in _OTHER_READINGS:
        read = [replace(each, kind=Kind.TASK) for each in markers if each.style.startswith(style)]
        above = [] if is_bare else [each for each in markers if each.kind is Kind.CHAPTER]
        if not read:
            continue
        candidates = sorted([*above, *read], key=lambda each: each.start)
        found = Walk(stream, undone, candidates, without_headings=is_bare).outline()
        answered = _answered(places, found)
        if answered < answered_before:
            continue
        if 2 * answered >= len(found.tasks) > 0 and (answered > 1 or not is_bare):
            return _with_measures_inside(stream, found) if first.tasks else found
    return None


def _with_measures_inside(stream: Stream, found: Outline) -> Outline:
    line = stream.line_at(found.tasks[0].marker_start)
    message = (
        f"第 {line} 行起“1.”“2.”重新编号，责任单位写在上一级之后：已按上一级编为 {len(found.tasks)} 项任务，"
        "其下的条目并入任务内容，请核对。"
    )
    return replace(found, diagnostics=(*found.diagnostics, warning(Code.MEASURES_INSIDE, line, message)))


def _with_sections_as_chapters(stream: Stream, found: Outline) -> Outline:
    """A document of sections alone: they are its chapters, and no chapter lost its number."""
    chapters = [node for node in found.nodes if node.kind is Kind.CHAPTER]
    sections = [node for node in found.nodes if node.kind is Kind.SECTION]
    if not sections or len(chapters) != 1 or chapters[0].written or chapters[0].start < chapters[0].end:
        return found
    nodes = tuple(
        replace(node, kind=Kind.CHAPTER) if node.kind is Kind.SECTION else node for node in found.nodes[1:]
    )
    line = stream.line_at(sections[0].marker_start)
    message = f"文件没有章，只有 {len(sections)} 节，已把各节作为章。"
    rest = [each for each in found.diagnostics if each.code is not Code.MISSING_CHAPTER_NUMBER]
    return replace(found, nodes=nodes, diagnostics=(*rest, info(Code.SECTIONS_AS_CHAPTERS, line, message)))


def _renumbered(stream: Stream, found: Outline) -> Outline:
    """Say where numbers begin again from 1, and which numbers of the plan stand for those written."""
    said = list(_where_numbers_begin_again(stream, found.tasks))
    if not said:
        return found
    message = (
        f"序号在各章（节）重新从 1 开始，共 {len(said)} 处，"
        f"已按全文顺序编为第 1—{len(found.tasks)} 项，请核对。"
    )
    whole = warning(Code.RENUMBERED, said[0].line, message)
    return replace(found, diagnostics=(*found.diagnostics, whole, *said))


def _where_numbers_begin_again(stream: Stream, tasks: Sequence[Node]) -> Iterator[Diagnostic]:
    groups: list[list[Node]] = []
    for node in tasks:
        if not groups or node.number - node.written != groups[-1][0].number - groups[-1][0].written:
            groups.append([])
        groups[-1].append(node)
    for group in groups:
        first, last = group[0], group[-1]
        if first.number > first.written == 1:
            line = stream.line_at(first.marker_start)
            written, numbers = _span(first.written, last.written), _span(first.number, last.number)
            message = f"第 {line} 行起序号重新从 1 开始：原文第 {written} 项在全文中是第 {numbers} 项。"
            yield info(Code.RENUMBERED, line, message)


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}—{last}"
