"""From lines to one clean character stream: everything that is layout and not text is undone here.

Page numbers and running heads go, lines are laid end to end, the typesetter's spaces and half-width
punctuation are set right, and words that stand where no sentence wants them, again and again, are lifted out.
Every change is a diagnostic. Replacements keep the length of the text, so provenance costs nothing.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from importers.characters import DROPPED, FULL_WIDTH, KINDS, REPLACED
from importers.diagnostics import ITEMISED, WHOLE, Code, Diagnostic, can_undo, decided, info
from importers.furniture import page_furniture
from importers.readers import Document, Line
from importers.stream import Span, Stream, offsets, origin
from importers.traditional import in_simplified
from importers.watermarks import without_watermarks
from importers.wording import FOLDED_BREAKS, Wording, break_key

# Anything that is neither ASCII nor a Latin letter with an accent counts as Chinese for spacing and width.
_WIDE = "[^\x00-\u024f]"
# Words of a Latin script with one space between are one run; possessive, so that nothing is tried twice.
_RUN = re.compile("[^ \x00]+(?:(?<=[A-Za-z0-9]) (?=[A-Za-z0-9])(?!(?<=[0-9] )[0-9])[^ \x00]+)*+")
_SPACED_LEFT = re.compile("[A-Za-z0-9]$|[A-Za-z0-9][,.;:!?)'\"]$")
_SPACED_RIGHT = re.compile("[A-Za-z0-9('\"]")

# What is looked for comes first, and then what has to stand before it: so a text is searched and not walked.
_POINT = re.compile(f"[,:;?!](?:(?={_WIDE}|$)|(?<={_WIDE}.))")
_FULL_STOP = re.compile("\\.(?<=[\u3400-\u9fff》”）)].)(?=[\u3400-\u9fff《“（(]|$)")
_PAREN = re.compile("[()（）]")


@dataclass(frozen=True, slots=True)
class Layout:
    """`wording` says what stands in the records for a stretch of the stream."""

    stream: Stream
    wording: Wording
    diagnostics: tuple[Diagnostic, ...]


def repair(document: Document, undone: frozenset[str] = frozenset()) -> Layout:
    """The document's text as one stream, and what was done to it. Linear in the length of the document."""
    source = "\n".join(line.text for line in document.lines)
    lines = document.lines
    # Source lines hold no line feed of their own unless somebody built the document by hand.
    if source.count("\n") != max(len(lines) - 1, 0):
        lines = tuple(Line(number, text) for number, text in enumerate(source.split("\n"), 1))
    simplified, conversions, kept = in_simplified(lines, source.translate(REPLACED), undone)
    clean = simplified.split("\n")
    found = [*decided(_character_repairs(lines, source), undone), *conversions]
    furniture, furniture_findings = page_furniture(
        lines, [text.replace(DROPPED, "").strip() for text in clean], undone
    )
    found += furniture_findings
    stream, dropped_spaces = _joined(lines, clean, furniture)
    found += decided(dropped_spaces, undone)
    stream, widened = _full_width(stream)
    found += decided(widened, undone)
    stream, lifted = without_watermarks(stream, undone)
    found += lifted
    restored = {finding.code for finding in found if finding.undone and finding.code in WHOLE}
    return Layout(stream, Wording(stream, undone, restored, kept), tuple(found))


def _character_repairs(lines: Sequence[Line], source: str) -> Iterator[Diagnostic]:
    for pattern, code, what in KINDS:
        first = pattern.search(source)
        if first is None:
            continue
        count = sum(1 for _ in pattern.finditer(source))
        line = lines[source.count("\n", 0, first.start())].number
        seen = "".join(sorted(set(pattern.findall(source))))
        after = seen.translate(REPLACED).replace(DROPPED, "")
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
                if _stay_apart(last, piece):
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


def _stay_apart(left: str, right: str) -> bool:
    """Whether a space between two pieces of a line belongs there; one inside a number does not."""
    if not left.isascii() or (left[-1:].isdigit() and right[:1].isdigit()):
        return False
    return _SPACED_RIGHT.match(right) is not None and _SPACED_LEFT.search(left) is not None


def _words_meet(left: str, right: str) -> bool:
    """Whether a line break stood between two words of a Latin script. An acronym torn in two is joined."""
    if not (left.isascii() and left.isalpha() and right.isascii() and right.isalpha()):
        return False
    return not (left.isupper() and right.isupper())


# Width


def _full_width(stream: Stream) -> tuple[Stream, list[Diagnostic]]:
    text = stream.text
    changes = {match.start(): FULL_WIDTH[match[0]] for match in _POINT.finditer(text)}
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
            yield from ((each, FULL_WIDTH[text[each]]) for each in pair if text[each] in FULL_WIDTH)
    yield from (
        (each, FULL_WIDTH[text[each]])
        for each in unclosed
        if text[each] in FULL_WIDTH and _touches_wide(text, each)
    )


def _is_wide_pair(text: str, opener: int | None, closer: int) -> bool:
    """f(x) keeps its brackets: what counts is what stands inside and in front, not what follows.

    A number alone, as (1) in front of an item, is Chinese wherever no Latin letter stands before it."""
    if opener is None:
        return _touches_wide(text, closer)
    if text[opener + 1 : closer].isdigit() and not text[opener - 1 : opener].isalpha():
        return True
    return _touches_wide(text, opener) or text[closer - 1] > "\u024f"


def _touches_wide(text: str, offset: int) -> bool:
    return (offset > 0 and text[offset - 1] > "\u024f") or (
        offset + 1 < len(text) and text[offset + 1] > "\u024f"
    )


# Reporting what joining lines did, once it is known which breaks fell inside something


def joined_lines(
    stream: Stream,
    spans: Iterable[Span],
    torn: Iterable[Span],
    fixed: Iterable[Span],
    undone: frozenset[str] = frozenset(),
) -> list[Diagnostic]:
    """A diagnostic for every line break inside one of `spans` (a title, a task), those in `torn` left out.

    What lies in one of `fixed` (a clause, a number, the plan's title) is joined whatever was undone."""
    reported, whole = _Cover(torn, len(stream.text)), _Cover(fixed, len(stream.text))
    found: list[Diagnostic] = []
    count = 0
    for start, end in spans:
        for offset in stream.breaks_within(start, end):
            if reported.holds(offset):
                continue
            count += 1
            may_stay = not whole.holds(offset)
            is_undone = bool(undone) and may_stay and break_key(stream, offset) in undone
            if count <= ITEMISED or is_undone:
                finding = _joined_line(stream, start, offset, end)
                found.append(can_undo(finding) if may_stay else finding)
                if is_undone:
                    found[-1] = found[-1].not_made()
    if count <= ITEMISED:
        return found
    first = found[0]
    message = f"句中断行 {count} 处，均已接上，首处在第 {first.line} 行。"
    folded = can_undo(info(Code.JOINED_LINE, first.line, message, first.before, first.after, count))
    if FOLDED_BREAKS in undone:
        folded = folded.not_made()
    return [folded, *(each for each in found if each.undone)]


class _Cover:
    """Ascending spans, asked whether one of them holds an offset."""

    def __init__(self, spans: Iterable[Span], most: int) -> None:
        self.spans = sorted(spans)
        self.most = most

    def holds(self, offset: int) -> bool:
        index = bisect_right(self.spans, (offset, self.most))
        return bool(index) and self.spans[index - 1][0] <= offset <= self.spans[index - 1][1]


def _joined_line(stream: Stream, start: int, offset: int, end: int) -> Diagnostic:
    left, right = max(start, offset - 6), min(end, offset + 6)
    line = stream.line_at(offset - 1)
    message = f"第 {line} 行末尾的断行在句中，已与第 {stream.line_at(offset)} 行接上。"
    return info(Code.JOINED_LINE, line, message, stream.source(left, right), stream.text[left:right])
