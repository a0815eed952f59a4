"""Words that a copier left in the text, in brackets or without, found by their nature and not by a list."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from importers.clauses import read_clause
from importers.diagnostics import ITEMISED, Code, Diagnostic, decided, info, warning
from importers.stray_words import stray_words
from importers.stream import Span, Stream
from importers.surroundings import is_no_text

_OUTSIDE = "[^（(\\[【〔<〈〉>〕】\\])）]"
# An agency's name may have a bracket of its own: （中央宣传部（国家版权局）负责）.
_BRACKETED = re.compile(
    f"[（(\\[【〔<〈]((?:{_OUTSIDE}++|(?<=[\u3400-\u9fff])[（(]{_OUTSIDE}{{2,40}}[)）])++)[）)\\]】〕>〉]"
)
_LONGEST_WATERMARK = 40
_NUMERAL = re.compile("[0-9]+|[一二三四五六七八九十百零〇]+")
_BEGINS_SENTENCE = re.compile("(?![一二三四五六七八九十第])[\u3400-\u9fff《“]")
_BEHIND_SENTENCE = re.compile("[。！？；][”’]?$")
_BEHIND_NUMBER = re.compile(r"(?:^|[^0-9])[0-9]{1,4} ?[.、]$|[（(][0-9]{1,4}[)）]$")


def without_watermarks(
    stream: Stream, undone: frozenset[str] = frozenset()
) -> tuple[Stream, list[Diagnostic]]:
    """Lift out bracketed words that stand where no sentence wants them, two times or more in the document.

    No list of words: such brackets follow a finished sentence, a clause or a number, and are neither a clause
    nor a numeral. The same words inside a sentence stay, with or without brackets."""
    stray: dict[str, list[Span]] = defaultdict(list)
    alone: dict[str, list[Span]] = defaultdict(list)  # at the end of a task that has no clause we can read
    inside: Counter[str] = Counter()
    names_alone = _clauses_are_names_alone(stream.text)
    # Where the last clause or stray bracket ended: another one behind it is stray as well.
    free_end, free_is_clause = -1, False
    for match in _BRACKETED.finditer(stream.text):
        words = match[1]
        if _NUMERAL.fullmatch(words) or is_no_text(match[0]):
            continue
        start, end = match.span()
        clause = read_clause(words)
        behind_clause, follows_an_end = start == free_end, _follows_an_end(stream.text, start)
        if clause is not None and (
            clause.explicit
            or (not behind_clause and (names_alone or not _names_are_no_clause(stream, end)))
            or (behind_clause and names_alone and not free_is_clause)
        ):
            free_end, free_is_clause = end, True
        elif len(words) > _LONGEST_WATERMARK:
            continue
        elif behind_clause or (follows_an_end and _text_goes_on(stream.text, end, names_alone)):
            stray[words].append((start, end))
            free_end, free_is_clause = end, False
        elif follows_an_end:
            alone[words].append((start, end))
        else:
            inside[words] += 1
    watermarks = {words: spans for words, spans in stray.items() if len(spans) >= 2}
    found = [
        warning(
            Code.STRAY_BRACKET,
            stream.line_at(spans[0][0]),
            f"第 {stream.line_at(spans[0][0])} 行句子之后的“{stream.text[slice(*spans[0])]}”不是责任条款，"
            "已留在正文中，请核对。",
            stream.source(*spans[0]),
            stream.text[slice(*spans[0])],
        )
        for spans in [*(spans for spans in stray.values() if len(spans) == 1), *alone.values()]
    ]
    stream, lifted = _lift(stream, watermarks, inside, undone)
    bare, doubtful = stray_words(stream.text, names_alone=names_alone)
    found += (_doubtful(stream, offset, words) for words, offset in doubtful.items())
    counts = {words: stream.text.count(words) - len(spans) for words, spans in bare.items()}
    stream, more = _lift(stream, bare, counts, undone)
    return stream, [*found, *lifted, *more]


def _lift(
    stream: Stream,
    watermarks: Mapping[str, Sequence[Span]],
    inside: Mapping[str, int],
    undone: frozenset[str],
) -> tuple[Stream, list[Diagnostic]]:
    """The stream without the watermarks, but those that are undone; `inside` counts where they are text."""
    found: list[Diagnostic] = []
    cut: list[Span] = []
    for words, spans in watermarks.items():
        note = f"；另有 {inside[words]} 处在句子之中，是正文，未改动" if inside.get(words) else ""
        lifted = decided(_lifted(stream, spans, note), undone)
        found += lifted
        if len(lifted) < len(spans):
            cut += [] if lifted[0].undone else spans
        else:
            cut += (span for span, finding in zip(spans, lifted, strict=True) if not finding.undone)
    return stream.without(sorted(cut)), found


def _lifted(stream: Stream, spans: Sequence[Span], note: str) -> Iterator[Diagnostic]:
    folded = len(spans) > ITEMISED
    for start, end in spans[:1] if folded else spans:
        line = stream.line_at(start)
        before = stream.source(start, end)
        message = f"第 {line} 行夹杂的“{before}”不属于任何句子，全文共 {len(spans)} 处，已去除{note}。"
        yield info(Code.WATERMARK, line, message, before, "", len(spans) if folded else 1)


def _clauses_are_names_alone(text: str) -> bool:
    """Whether this document writes its clauses as names and nothing else."""
    names = explicit = 0
    for match in _BRACKETED.finditer(text):
        clause = read_clause(match[1])
        if (
            clause is not None
            and clause.agencies
            and match.start()
            and text[match.start() - 1] in "。！？；”）)"
        ):
            names += not clause.explicit
            explicit += clause.explicit
    return names > 1 and names > 2 * explicit


def _doubtful(stream: Stream, offset: int, words: str) -> Diagnostic:
    line = stream.line_at(offset)
    message = f"第 {line} 行等几处句子前的“{words}”像是混入的文字，已留在正文中，请核对。"
    return warning(Code.STRAY_WORDS, line, message, stream.source(offset, offset + len(words)), words)


def _names_are_no_clause(stream: Stream, offset: int) -> bool:
    """Whether names without a verb, up to `offset`, are no clause: the real one or the text still comes."""
    if offset >= len(stream.text):
        return False
    if _BEGINS_SENTENCE.match(stream.text, offset):
        return not stream.begins_line(offset)
    return _text_goes_on(stream.text, offset)


def _text_goes_on(text: str, offset: int, names_alone: bool = False) -> bool:
    """Whether a sentence or a clause follows, not the next number: then this bracket is no clause itself."""
    following = _BRACKETED.match(text, offset)
    if following is None:
        return _BEGINS_SENTENCE.match(text, offset) is not None
    clause = read_clause(following[1])
    return clause is not None and (clause.explicit or names_alone) and bool(clause.agencies)


def _follows_an_end(text: str, offset: int) -> bool:
    if offset == 0:
        return False
    before = text[max(offset - 8, 0) : offset]
    return bool(_BEHIND_SENTENCE.search(before) or _BEHIND_NUMBER.search(before))
