"""From lines to one clean character stream: everything that is layout and not text is undone here.

Page numbers and running heads go, lines are laid end to end, the typesetter's spaces and half-width
punctuation are set right, and words that stand where no sentence wants them, again and again, are lifted out.
Every change is a diagnostic. Replacements keep the length of the text, so provenance costs nothing.

A further replacement of single characters (traditional to simplified, say) belongs into `_REPLACED`.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from importers.diagnostics import ITEMISED, Code, Diagnostic, info
from importers.furniture import page_furniture
from importers.readers import Document, Line
from importers.stream import Span, Stream, offsets, origin
from importers.watermarks import without_watermarks

_DROPPED = "\x00"  # stands for a character that is not there, while columns are still counted
_INVISIBLE = [
    *range(0x00, 0x09),
    *range(0x0E, 0x20),
    *range(0x7F, 0x85),
    *range(0x86, 0xA0),
    0xAD,
    0x180E,
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
    0xFEFF,
]
_SPACES = [0x09, 0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000]
_DIGITS_AND_LETTERS = [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]
# Kangxi radicals look like characters and are none; PDF writers use them. Each has one exact equivalent.
_RADICALS = range(0x2F00, 0x2FD6)


def _replacements() -> dict[int, str]:
    table = dict.fromkeys(_INVISIBLE, _DROPPED)
    table.update(dict.fromkeys(_SPACES, " "))
    table.update({code: chr(code - 0xFEE0) for code in _DIGITS_AND_LETTERS})
    table[0xFF0E] = "."  # ．, the dot of a full-width number
    table.update({0xFF61: "。", 0xFF64: "、", 0xFF62: "「", 0xFF63: "」"})
    for code in _RADICALS:
        table[code] = unicodedata.normalize("NFKC", chr(code))
    return table


_REPLACED = _replacements()

_FIND_INVISIBLE = re.compile("[" + "".join(map(re.escape, map(chr, _INVISIBLE))) + "]")
_FIND_DIGITS = re.compile("[０-９Ａ-Ｚａ-ｚ．]")
_FIND_LOOKALIKES = re.compile("[\u2f00-\u2fd5｡､]")

# Anything that is neither ASCII nor a Latin letter with an accent counts as Chinese for spacing and width.
_WIDE = "[^\x00-\u024f]"
# Words of a Latin script with one space between are one run; possessive, so that nothing is tried twice.
_RUN = re.compile("[^ \x00]+(?:(?<=[A-Za-z0-9]) (?=[A-Za-z0-9])[^ \x00]+)*+")
_SPACED_LEFT = re.compile("[A-Za-z0-9]$|[A-Za-z0-9][,.;:!?)'\"]$")
_SPACED_RIGHT = re.compile("[A-Za-z0-9('\"]")

_FULL = {"(": "（", ")": "）", ",": "，", ":": "：", ";": "；", "?": "？", "!": "！"}
_POINT = re.compile(f"[,:;?!](?={_WIDE}|$)|(?<={_WIDE})[,:;?!]")
_FULL_STOP = re.compile("(?<=[\u3400-\u9fff》”）)])\\.(?=[\u3400-\u9fff《“（(]|$)")
_PAREN = re.compile("[()（）]")


@dataclass(frozen=True, slots=True)
class Layout:
    stream: Stream
    diagnostics: tuple[Diagnostic, ...]


def repair(document: Document) -> Layout:
    """The document's text as one stream, and what was done to it. Linear in the length of the document."""
    source = "\n".join(line.text for line in document.lines)
    # Source lines hold no line feed of their own unless somebody built the document by hand.
    if source.count("\n") != max(len(document.lines) - 1, 0):
        document = Document(
            document.name, document.encoding, tuple(Line(n, t) for n, t in enumerate(source.split("\n"), 1))
        )
    clean = source.translate(_REPLACED).split("\n")
    found = list(_character_repairs(document.lines, source))
    furniture, furniture_findings = page_furniture(
        document.lines, [text.replace(_DROPPED, "").strip() for text in clean]
    )
    found += furniture_findings
    stream, dropped_spaces = _joined(document.lines, clean, furniture)
    found += dropped_spaces
    stream, widened = _full_width(stream)
    found += widened
    stream, lifted = without_watermarks(stream)
    found += lifted
    return Layout(stream, tuple(found))


def _character_repairs(lines: Sequence[Line], source: str) -> Iterator[Diagnostic]:
    for pattern, code, what in (
        (_FIND_INVISIBLE, Code.INVISIBLE, "零宽字符或控制字符，已删除"),
        (_FIND_DIGITS, Code.DIGIT_WIDTH, "全角数字、字母，已统一为半角"),
        (_FIND_LOOKALIKES, Code.LOOKALIKE, "部首形或半角标点，已换成对应的汉字、标点"),
    ):
        first = pattern.search(source)
        if first is None:
            continue
        count = sum(1 for _ in pattern.finditer(source))
        line = lines[source.count("\n", 0, first.start())].number
        seen = "".join(sorted(set(pattern.findall(source))))
        after = seen.translate(_REPLACED).replace(_DROPPED, "")
        yield info(code, line, f"{what}，共 {count} 处，首处在第 {line} 行。", seen, after, count)


# Lines end to end


def _joined(
    lines: Sequence[Line], clean: Sequence[str], furniture: set[int]
) -> tuple[Stream, list[Diagnostic]]:
    """All lines but the furniture in one stream; spaces stay only between words of a Latin script."""
    pieces: list[str] = []
    starts, origins, breaks = offsets(), offsets(), offsets()
    length = spaces = first_space = 0
    last = ""
    for index, text in enumerate(clean):
        if index in furniture:
            continue
        end_of_run = -1
        for run in _RUN.finditer(text):
            piece, column = run[0], run.start()
            if end_of_run < 0:
                breaks.append(length)
                if last and _words_meet(last[-1], piece[0]):
                    pieces.append(" ")
                    starts.append(length)
                    origins.append(origin(index, column))
                    length += 1
            elif " " in text[end_of_run:column]:
                if last.isascii() and _SPACED_RIGHT.match(piece) and _SPACED_LEFT.search(last):
                    piece, column = " " + piece, column - 1
                else:
                    spaces += 1
                    first_space = first_space or index + 1
            starts.append(length)
            origins.append(origin(index, column))
            pieces.append(piece)
            length += len(piece)
            last = piece[-2:] if len(piece) > 1 else last[-1:] + piece
            end_of_run = run.end()
    found = []
    if spaces:
        line = lines[first_space - 1].number
        message = f"排版留下的空格已去掉，共 {spaces} 处，首处在第 {line} 行。"
        found.append(info(Code.SPACES, line, message, " ", "", spaces))
    return Stream("".join(pieces), lines, starts, origins, breaks), found


def _words_meet(left: str, right: str) -> bool:
    """Whether a line break stood between two words of a Latin script. An acronym torn in two is joined."""
    if not (left.isascii() and left.isalpha() and right.isascii() and right.isalpha()):
        return False
    return not (left.isupper() and right.isupper())


# Width


def _full_width(stream: Stream) -> tuple[Stream, list[Diagnostic]]:
    text = stream.text
    changes = {match.start(): _FULL[match[0]] for match in _POINT.finditer(text)}
    changes.update({match.start(): "。" for match in _FULL_STOP.finditer(text)})
    changes.update(_wide_brackets(text))
    if not changes:
        return stream, []
    offsets = sorted(changes)
    parts: list[str] = []
    position = 0
    for offset in offsets:
        parts += (text[position:offset], changes[offset])
        position = offset + 1
    parts.append(text[position:])
    line = stream.line_at(offsets[0])
    before = "".join(sorted({text[offset] for offset in offsets}))
    after = "".join(sorted(set(changes.values())))
    message = f"中文之间的半角括号、逗号等标点统一为全角 {len(offsets)} 处，首处在第 {line} 行。"
    return stream.with_text("".join(parts)), [info(Code.WIDTH, line, message, before, after, len(offsets))]


def _wide_brackets(text: str) -> Iterator[tuple[int, str]]:
    """Half-width brackets with Chinese on either side of either bracket; both of a pair or neither."""
    if "(" not in text and ")" not in text:
        return
    unclosed: list[int] = []
    for match in _PAREN.finditer(text):
        offset = match.start()
        if match[0] in "(（":
            unclosed.append(offset)
            continue
        opener = unclosed.pop() if unclosed else None
        pair = [offset] if opener is None else [opener, offset]
        if any(text[each] in "（）" for each in pair) or _is_wide_pair(text, opener, offset):
            yield from ((each, _FULL[text[each]]) for each in pair if text[each] in _FULL)
    yield from (
        (each, _FULL[text[each]]) for each in unclosed if text[each] in _FULL and _touches_wide(text, each)
    )


def _is_wide_pair(text: str, opener: int | None, closer: int) -> bool:
    """f(x) keeps its brackets: what counts is what stands inside and in front, not what follows."""
    if opener is None:
        return _touches_wide(text, closer)
    return _touches_wide(text, opener) or text[closer - 1] > "\u024f"


def _touches_wide(text: str, offset: int) -> bool:
    return (offset > 0 and text[offset - 1] > "\u024f") or (
        offset + 1 < len(text) and text[offset + 1] > "\u024f"
    )


# Reporting what joining lines did, once it is known which breaks fell inside something


def joined_lines(stream: Stream, spans: Iterable[Span], torn: Iterable[Span]) -> list[Diagnostic]:
    """A diagnostic for every line break inside one of `spans` (a title, a task), those in `torn` left out."""
    reported = sorted(torn)
    found: list[Diagnostic] = []
    count = 0
    for start, end in spans:
        for offset in stream.breaks_within(start, end):
            index = bisect_right(reported, (offset, len(stream.text)))
            if index and reported[index - 1][0] <= offset <= reported[index - 1][1]:
                continue
            count += 1
            if count <= ITEMISED:
                found.append(_joined_line(stream, start, offset, end))
    if count <= ITEMISED:
        return found
    first = found[0]
    message = f"句中断行 {count} 处，均已接上，首处在第 {first.line} 行。"
    return [info(Code.JOINED_LINE, first.line, message, first.before, first.after, count)]


def _joined_line(stream: Stream, start: int, offset: int, end: int) -> Diagnostic:
    left, right = max(start, offset - 6), min(end, offset + 6)
    line = stream.line_at(offset - 1)
    message = f"第 {line} 行末尾的断行在句中，已与第 {stream.line_at(offset)} 行接上。"
    return info(Code.JOINED_LINE, line, message, stream.source(left, right), stream.text[left:right])
