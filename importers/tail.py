"""What stands behind a plan's last task, told by its form and its place.

The closing rule, perhaps a signature and a date, and to whom the plan is distributed.
"""

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from importers.diagnostics import Code, Diagnostic, info, warning
from importers.signing import SENTENCE_END, is_office, read_date, signer_of
from importers.stream import Span, Stream
from importers.surroundings import is_annex_mark, is_mark_of_links, is_no_text
from importers.wording import Wording

_COLOPHON = re.compile(
    "(?:抄送|抄报|分送|主送|报送)：|（此件[^（）]{0,12}公开[^（）]{0,6}）|(?:信息)?公开(?:形式|选项|类别|属性|方式)：|联系人："
)


@dataclass(frozen=True, slots=True)
class Tail:
    closing_rule: str = ""
    rule_end: int = 0
    issuer: str = ""
    issued_on: datetime.date | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


def read_tail(stream: Stream, wording: Wording, start: int) -> Tail:
    """The closing rule: the sentences behind the last task; behind it perhaps a signature, a date, and to
    whom it is distributed."""
    text = stream.text[start:]
    if not text.strip():
        return Tail(rule_end=start)
    colophon = _COLOPHON.search(text)
    until = colophon.start() if colophon else len(text)
    below = _where_the_page_goes_on(stream, start) - start
    stops = list(SENTENCE_END.finditer(text, 0, min(until, below)))
    rule_end = stops[-1].end() if stops else 0
    first, last = start + rule_end, start + until
    issuer, issued_on, left_over = _signed(stream, first, last)
    found = list(_behind(stream, (first, len(stream.text)), left_over))
    return Tail(wording.text(start, first).strip(), first, issuer, issued_on, tuple(found))


def _where_the_page_goes_on(stream: Stream, start: int) -> int:
    """The first line behind a whole sentence, or who signed it, that is the web page's or an annex's: no rule
    stands below."""
    is_over = True
    for begin, end in stream.lines(start, len(stream.text)):
        line = stream.text[begin:end]
        if is_over and is_no_text(line):
            return begin
        signed = is_office(signer_of(line)) or read_date(line) is not None
        is_over = (is_over and signed) or line.endswith(("。", "！", "？"))
    return len(stream.text)


def _signed(stream: Stream, first: int, last: int) -> tuple[str, datetime.date | None, list[Span]]:
    """Who signed and when, and what is no signature: all of it read as one, else line by line."""
    issuer, issued_on = "", None
    left_over: list[Span] = []
    annex: int | None = None  # where the line before says that an annex begins
    below_links = False
    signer = signer_of(stream.text[first:last])
    for begin, end in [(first, last)] if is_office(signer) else stream.lines(first, last):
        line = stream.text[begin:end]
        signer = signer_of(line)
        below_links = is_mark_of_links(line) or (below_links and not is_annex_mark(line))
        if below_links:
            continue
        if is_office(signer) if signer else read_date(line):
            # An annex may name offices too, and they have signed nothing.
            issued_on = issued_on or (None if left_over else read_date(line))
            issuer = issuer or ("" if left_over else signer)
        elif left_over or not is_no_text(line):
            left_over.append((annex if annex is not None and not left_over else begin, end))
        annex = begin if is_annex_mark(line) else None
    return issuer, issued_on, left_over


def _behind(stream: Stream, behind: Span, left_over: Sequence[Span]) -> Iterator[Diagnostic]:
    """What stands behind the closing rule, whole: nobody's, or the signature and the distribution."""
    source = stream.source(*behind).strip()
    if not source:
        return
    line = stream.line_at(behind[0])
    if left_over:
        number = stream.line_at(left_over[0][0])
        message = f"第 {number} 行起、正文之后的文字不属于计划，未导入，请核对。"
        before = stream.source(left_over[0][0], behind[1]).strip()
        yield warning(Code.UNPLACED_TEXT, number, message, before)
        source = stream.source(behind[0], left_over[0][0]).strip()
    if source:
        message = f"第 {line} 行起的落款、抄送、附件目录和网页信息已识别，不作为任务。"
        yield info(Code.COLOPHON, line, message, source)
