"""What stands in front of a plan's first chapter, told by its form and its place.

Perhaps a notice (document number, addressees, who signed it and when), then the title and the preamble.
"""

import datetime
import itertools
import re
from dataclasses import dataclass

from importers.clauses import listed_names, looks_like_agency
from importers.diagnostics import Code, Diagnostic, info, warning
from importers.signing import CHINESE_DATE, DATE, NAME, OFFICE, SENTENCE_END, is_office, read_date, signer_of
from importers.stream import Span, Stream
from importers.surroundings import begins_with_label, is_no_text
from importers.titles import PLAN_NOUN
from importers.wording import Wording

_YEARS = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?:年?(?:[-—–－─~～至]{1,2})((?:19|20)[0-9]{2}))?年")
_LONGEST_PERIOD = 5
_LONGEST_ADDRESS = 40  # lines
_MOST_COLONS = 40
# Not one that the text cites: （国发〔2021〕20号）.
_DOCUMENT_NUMBER = re.compile(
    r"(?<![（(])([\u4e00-\u9fff]{2,14})[〔\[［【(（{]((?:19|20)[0-9]{2})[〕\]］】)）}](?:第)?([0-9]{1,5})号(?![）)])"
)
_BEFORE_NUMBER = re.compile(".*(?:通知|文件|文号)")  # what may run into a document number
_STAMP = re.compile("（代章）")
# The number of an annex may run into the year of its title: 附件12024年.
_ANNEX = re.compile(
    "附件(?:(?=(?:19|20)[0-9]{2}年)|[0-9]{1,2}(?=(?:19|20)[0-9]{2}年)|[0-9]{1,2}(?![0-9])|[一二三四五六七八九]?(?![0-9]))：?"
)
_PLAN_NOUN = f"{PLAN_NOUN}(?:（[^（）]{{1,12}}）)?"
_QUOTED_TITLE = re.compile(f"《([^《》]{{4,80}}{_PLAN_NOUN})》")
_BEGINS_PREAMBLE = "为|根据|按照|依据|围绕"
_TITLE_END = re.compile(f"{_PLAN_NOUN}(?={_BEGINS_PREAMBLE}|$)")
_SIGNATURE = re.compile(f"[\u4e00-\u9fff、]{{2,60}}?{OFFICE}")
_LABEL_OF_TITLE = re.compile("附件|名称|标题")  # a title may begin behind it, and go on in the next line
_NAMED_IN_TITLE = re.compile("([\u4e00-\u9fff]{4,40}?)关于印发")
_SIGNED_BEHIND_ANNEXES = re.compile(
    f"附件.*(?:{PLAN_NOUN}|名单|表)(?:（[^（）]{{1,12}}）)?([\u4e00-\u9fff]{{2,60}}?{OFFICE})(?:（[^（）]*）)?(?:19|20|二)"
)
_NOTICE = re.compile("特此通知|印发给你们|(?:予以|现将.{2,80}?)印发|印发.{0,60}的通知")
_NO_ADDRESSEE = re.compile("[：《》]|通知|印发|[0-9]")
_NOTICE_TITLE = re.compile("的通知")
# What a notice that sends a plan round is called as a whole; the plan's own title stands behind.
_TITLE_OF_NOTICE = re.compile("(?:印发|发布|下达|转发)[^。：；]{2,100}?的通知(?!》)")
_DECLARED = re.compile("([0-9]{1,4})(?:项|条)(?:具体|重点|主要|工作|年度|推进){0,3}(?:任务|工作|措施|举措)")
_NEWS = re.compile(
    "^(?:近日|日前|最近|.{0,12}讯[：，]?|(?:19|20)?[0-9年]{0,5}[0-9]{1,2}月[0-9]{1,2}日，)|全文如下：?$"
)
_NO_TITLE = re.compile(f"，|(?:[本该此]|制定|落实|以下){_PLAN_NOUN}$|{_PLAN_NOUN}(?:{_BEGINS_PREAMBLE})")


@dataclass(frozen=True, slots=True)
class Front:
    title: str = ""
    years: tuple[int, ...] = ()
    document_number: str = ""
    issuer: str = ""
    issued_on: datetime.date | None = None
    addressees: tuple[str, ...] = ()
    preamble: str = ""
    declared: tuple[int, int] | None = None  # the number of tasks the text declares, and its line
    joined: tuple[Span, ...] = ()  # title and preamble: line breaks inside were joined
    fixed: tuple[Span, ...] = ()  # of these, the title, which has no meaning with a break inside
    diagnostics: tuple[Diagnostic, ...] = ()


def read_front(stream: Stream, wording: Wording, end: int) -> Front:
    """The front matter in the stream up to `end`, where the first chapter begins."""
    text = stream.text[:end]
    title_span = _title_span(stream, text)
    title = text[slice(*title_span)] if title_span else ""
    head = text[: title_span[0]] if title_span else ""
    if not title:
        quoted = list(_QUOTED_TITLE.finditer(text))
        title = quoted[-1][1] if quoted else ""
    preamble_start = title_span[1] if title_span else 0
    preamble = text[preamble_start:].strip()
    years = _years(title, preamble, head)
    number = _DOCUMENT_NUMBER.search(head or text)
    addressees = _addressees(stream, head)
    is_news = _NEWS.search(head) is not None and not (number or addressees or "特此通知" in head)
    is_notice = bool(head) and not is_news and bool(_NOTICE.search(head) or number or addressees)
    signed = _signature(stream, head) if is_notice else ("", None)
    declared = _DECLARED.search(text)
    found: list[Diagnostic] = []
    if head:
        found.append(_in_front(stream, head, is_notice))
    if not title:
        found.append(warning(Code.MISSING_TITLE, stream.line_at(0), "没有找到计划的标题，请在导入时填写。"))
    if not years:
        found.append(
            warning(Code.MISSING_YEAR, stream.line_at(0), "标题和前言没有写明年度，请在导入时填写。")
        )
    shown_title = wording.text(*title_span).replace("\n", "") if title_span else title
    return Front(
        title=shown_title,
        years=years,
        document_number=_document_number(stream, number),
        issuer=signed[0],
        issued_on=signed[1],
        addressees=addressees,
        preamble=wording.text(preamble_start, end).strip(),
        declared=(int(declared[1]), stream.line_at(declared.start())) if declared else None,
        fixed=(title_span,) if title_span else (),
        joined=tuple(span for span in (title_span, (preamble_start, end)) if span and span[0] < span[1]),
        diagnostics=tuple(found),
    )


def _in_front(stream: Stream, head: str, is_notice: bool) -> Diagnostic:
    """What the words in front of the title were taken for; they stand whole in the finding."""
    source = stream.source(0, len(head)).strip()
    first, last = stream.line_at(0), stream.line_at(len(head) - 1)
    lines = f"第 {first} 行" if first == last else f"第 {first}—{last} 行"
    if is_notice:
        return info(Code.NOTICE, stream.line_at(0), f"{lines}的印发通知已识别为发文信息。", source)
    if _NEWS.search(head):
        return info(Code.NEWS, stream.line_at(0), f"{lines}是新闻导语，未导入。", source)
    if all(is_no_text(stream.text[start:end]) for start, end in stream.lines(0, len(head))):
        return info(
            Code.NOTICE, stream.line_at(0), f"{lines}是网页或附件的标记，不是计划的内容，未导入。", source
        )
    message = f"{lines}、标题之前的文字不属于计划，未导入，请核对。"
    return warning(Code.UNPLACED_TEXT, stream.line_at(0), message, source)


# Title and years


def _title_span(stream: Stream, text: str) -> Span | None:
    """Where the plan's own title stands: not in 《》, ending in 计划 (方案, 要点 …) before the preamble."""
    for quoted in reversed(list(_QUOTED_TITLE.finditer(text))):
        start = text.rfind(quoted[1])
        while start > 0 and text[start - 1] == "《":
            start = text.rfind(quoted[1], 0, start)
        if start >= 0 and (start == 0 or text[start - 1] != "《"):
            return start, start + len(quoted[1])
    ends = [match.end() for match in _TITLE_END.finditer(text)]
    ends += [offset for offset in stream.breaks if offset <= len(text)]
    for end in sorted(set(ends), reverse=True):
        if not re.search(f"{_PLAN_NOUN}$", text[max(end - 30, 0) : end]):
            continue
        start = max(text.rfind(mark, 0, end) for mark in "。：；！？") + 1
        start = _behind_signature(stream, text, start, end)
        title = text[start:end]
        if _NO_TITLE.search(title):
            continue
        if 4 <= len(title) <= 100 and title.count("《") == title.count("》"):
            return start, end
    return None


def _behind_signature(stream: Stream, text: str, start: int, end: int) -> int:
    """Skip what stands in front of the title: the notice's own, a number, who signed, the date, 附件."""
    for pattern in (_DOCUMENT_NUMBER, DATE, CHINESE_DATE, _STAMP, _ANNEX, _TITLE_OF_NOTICE):
        start = max([start, *(match.end() for match in pattern.finditer(text, start, end))])
    signature = _SIGNATURE.match(text, start, end)
    if start and signature is not None:
        rest = text[signature.end() : end]
        if stream.begins_line(signature.end()) or re.match("(?:19|20)[0-9]{2}", rest):
            start = signature.end()
    return _behind_other_lines(stream, text, start, end)


def _behind_other_lines(stream: Stream, text: str, start: int, end: int) -> int:
    """Skip whole lines that cannot be the first half of a torn title: what a site puts around it, a line of
    another kind of element on a web page, the same title once more."""
    for begin, line_end in reversed(list(stream.lines(stream.line_start(start), end))[:-1]):
        line = text[begin:line_end]
        is_frame = is_no_text(line) and (begin >= start or not _LABEL_OF_TITLE.match(line))
        if is_frame or stream.block_at(begin) != stream.block_at(end - 1):
            start = line_end
            break
    middle = (start + end) // 2
    return middle if text[start:middle] == text[middle:end] else start


def _years(title: str, preamble: str, head: str) -> tuple[int, ...]:
    """The year or years a plan is for; years in 《》 and brackets speak of other documents."""
    own = re.sub("《[^》]*》|（[^）]*）", "", title)
    stated = re.search(r"明确((?:19|20)[0-9]{2}.{0,8}?年度?)", preamble)
    for text in (own, stated[1] if stated else "", title, head):
        for match in _YEARS.finditer(text):
            first, last = int(match[1]), int(match[2] or match[1])
            if first <= last < first + _LONGEST_PERIOD:
                return tuple(range(first, last + 1))
    yearly = re.search(r"((?:19|20)[0-9]{2})年度", preamble)
    return (int(yearly[1]),) if yearly else ()


# The notice


def _document_number(stream: Stream, match: re.Match[str] | None) -> str:
    if match is None:
        return ""
    sender = _BEFORE_NUMBER.sub("", match[1]) or match[1]
    start = match.end(1) - len(sender)
    # A torn sender is joined again, but not with the entry of an index card in the line before.
    lines = stream.breaks_within(start, match.end(1))
    if lines and stream.text[start - 1 : start] == "：" and match.end(1) - lines[-1] > 2:
        sender = stream.text[lines[-1] : match.end(1)]
    return f"{sender}〔{match[2]}〕{int(match[3])}号"


def _addressees(stream: Stream, head: str) -> tuple[str, ...]:
    """The names in front of the first colon behind agencies; the colons of an index card do not count."""
    for colon in itertools.islice(re.finditer("：", head), _MOST_COLONS):
        if begins_with_label(head, colon.start()):
            continue
        behind, start = _salutation_start(stream, head, colon.start())
        # Behind nothing but a list the list is whole, however its lines were torn.
        names = listed_names(head[behind : colon.start()])
        if len(names) > 1 and all(
            looks_like_agency(each) and not _NO_ADDRESSEE.search(each) for each in names
        ):
            return names
        names = listed_names(head[start : colon.start()])
        known = sum(map(looks_like_agency, names))
        if names and 2 * known >= len(names):
            return names
    return ()


def _salutation_start(stream: Stream, head: str, colon: int) -> Span:
    """Behind the last sentence; and behind the document number or the notice's own title, else where a line
    begins that lists no more."""
    sentence = max((match.end() for match in SENTENCE_END.finditer(head, 0, colon)), default=0)
    start = max(
        (
            match.end()
            for each in (_DOCUMENT_NUMBER, _NOTICE_TITLE)
            for match in each.finditer(head, sentence, colon)
        ),
        default=0,
    )
    if start == 0:
        lines = [sentence, *stream.breaks_within(sentence, colon)][-_LONGEST_ADDRESS:]
        start = lines.pop()
        while lines and re.search("[、，]", head[lines[-1] : start]):
            start = lines.pop()
    # An index card may stand between the title and the salutation.
    lines = [each for each in stream.breaks_within(start, colon) if "：" in head[start:each]]
    return sentence, lines[-1] if lines else start


def _signature(stream: Stream, head: str) -> tuple[str, datetime.date | None]:
    """Who issued the notice and when: signed at its end, else named in its own title."""
    stops = [match.end() for match in SENTENCE_END.finditer(head)]
    closing = head[stops[-1] :] if stops else ""
    issued_on = read_date(closing) or read_date(head)
    signer = signer_of(re.sub("附件[0-9]{0,2}：?.*$", "", closing))
    if signer and NAME.fullmatch(signer):
        return signer, issued_on
    behind_annexes = _SIGNED_BEHIND_ANNEXES.search(closing)
    if behind_annexes is not None:
        return behind_annexes[1], issued_on
    number = _DOCUMENT_NUMBER.search(head)
    named = _NAMED_IN_TITLE.search(head, number.end() if number else 0)
    return (_named_issuer(stream, named) if named else ""), issued_on


def _named_issuer(stream: Stream, named: re.Match[str]) -> str:
    """The office that a notice's title names; the words of a web page may run into it, in a line before."""
    start, end = named.span(1)
    lines = stream.breaks_within(start, end)
    if lines and not (start == 0 or stream.begins_line(start)):
        start = lines[0]
    name = named.string[start:end]
    return name if is_office(name) else ""
