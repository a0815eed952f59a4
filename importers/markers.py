"""Numbers that may begin a chapter, a section or a task, and the brackets of a text; nothing is decided."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from importers.diagnostics import Code, Diagnostic, info
from importers.stream import Stream

_NUMERAL = "一二三四五六七八九十百零〇"
_MARKER = re.compile(
    f"(?=[第（(0-9{_NUMERAL}])(?:"
    f"第(?P<chapter_word>[{_NUMERAL}]{{1,5}}|[0-9]{{1,2}})[章部](?:分)?[：:、]?"
    f"|第(?P<section_word>[{_NUMERAL}]{{1,5}}|[0-9]{{1,2}})节[：:、]?"
    f"|(?<![第{_NUMERAL}0-9])(?P<chapter>[{_NUMERAL}]{{1,4}})[、.]"
    f"|[（(](?P<section>[{_NUMERAL}]{{1,4}})[）)]、?"
    # A dot with a digit behind it is a decimal, but a task may begin with a year.
    r"|(?<![0-9.])(?P<task>[0-9]{1,6})(?:[.、] ?(?![0-9])|[.、] ?(?=(?:19|20)[0-9]{2}年)|[.] (?=[0-9]))"
    r"|[（(](?P<task_in_brackets>[0-9]{1,4})[）)][.、]?"
    r"|(?<![0-9.])(?P<task_bracket>[0-9]{1,6})[）)][.、]?)"
)
_FREE = ("task", "task_bracket")  # nothing in front of the digits: a page number may run into them
_BRACKET = re.compile("[（()）【】〔〕\\[\\]]")


_DIGITS = {numeral: value for value, numeral in enumerate("零一二三四五六七八九")} | {"〇": 0}


class Kind(StrEnum):
    CHAPTER = "chapter"
    SECTION = "section"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class Marker:
    """A number that may begin something: from `start`, the text it numbers from `end`.

    `within` are the markers left when the digits before a line break inside the number are a page number."""

    kind: Kind
    number: int
    start: int
    end: int
    style: str
    within: tuple["Marker", ...] = ()


def markers_in(stream: Stream) -> list[Marker]:
    """All markers of a stream in order, whether they begin anything or not."""
    text = stream.text
    markers: list[Marker] = []
    for match in _MARKER.finditer(text):
        style = match.lastgroup or ""
        written = match[style]
        if style.startswith("task"):
            kind = Kind.TASK
        elif style.startswith("chapter"):
            kind = Kind.CHAPTER
        else:
            kind = Kind.SECTION
        number = int(written) if written.isdigit() and written.isascii() else chinese_number(written)
        if number:
            within = _without_page_number(match, style, stream) if style in _FREE else ()
            markers.append(Marker(kind, number, match.start(), match.end(), style, within))
    return markers


def _without_page_number(match: re.Match[str], style: str, stream: Stream) -> tuple[Marker, ...]:
    start, end = match.span(style)
    return tuple(
        Marker(Kind.TASK, int(match[style][offset - start :]), offset, match.end(), style)
        for offset in stream.breaks_within(start, end)
    )


@lru_cache(maxsize=1024)
def chinese_number(written: str) -> int:
    """一 to 九百九十九; 0 for what is no number."""
    total = current = 0
    for character in written:
        if character in "十百":
            total += (current or 1) * (10 if character == "十" else 100)
            current = 0
        elif current and not total:
            current = current * 10 + _DIGITS[character]  # 一〇, 二一
        else:
            current = _DIGITS[character]
    return total + current


def bracket_pairs(text: str, start: int = 0, end: int | None = None) -> dict[int, int]:
    """Closing offset -> opening offset of the brackets in a stretch of text; their widths may be mixed."""
    pairs: dict[int, int] = {}
    unclosed: list[int] = []
    for match in _BRACKET.finditer(text, start, len(text) if end is None else end):
        if match[0] in "（(【〔[":
            unclosed.append(match.start())
        elif unclosed:
            pairs[match.start()] = unclosed.pop()
    return pairs


def torn_number(stream: Stream, start: int, end: int) -> Diagnostic:
    """A number with a line break inside, from `start` to `end`."""
    lines = (stream.line_at(start), stream.line_at(end - 1))
    before, after = stream.source(start, end).strip(), stream.text[start:end].strip()
    message = f"第 {lines[0]}—{lines[1]} 行的序号被断行拆开，已接成“{after}”。"
    return info(Code.TORN_NUMBER, lines[0], message, before, after)
