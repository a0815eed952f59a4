"""What stands in front of a plan's first chapter and behind its last task.

In front: perhaps a notice (document number, addressees, who signed it and when), the title, the preamble.
Behind: the closing rule, perhaps a signature and a date. All of it is told by its form and its place.
"""

import datetime
import itertools
import re
from dataclasses import dataclass, field

from importers.diagnostics import Code, Diagnostic, info, warning
from importers.stream import Span, Stream

_YEARS = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?:年?(?:[-—–－─~～至]{1,2})((?:19|20)[0-9]{2}))?年")
_LONGEST_PERIOD = 5
_LONGEST_ADDRESS = 40  # lines
_DOCUMENT_NUMBER = re.compile(
    r"([\u4e00-\u9fff]{2,14})[〔\[［【(（{]((?:19|20)[0-9]{2})[〕\]］】)）}](?:第)?([0-9]{1,5})号"
)
_DATE = re.compile(r"((?:19|20)[0-9]{2})年([0-9]{1,2})月([0-9]{1,2})日")
_CHINESE_DATE = re.compile(
    "([二〇○零一三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)
_PLAN_NOUN = "(?:计划|要点|方案|规划|纲要|意见|安排|分工|清单|措施)(?:（[^（）]{1,12}）)?"
_QUOTED_TITLE = re.compile(f"《([^《》]{{4,80}}{_PLAN_NOUN})》")
_TITLE_END = re.compile(f"{_PLAN_NOUN}(?=为|根据|按照|依据|围绕|$)")
_OFFICE = (
    "(?:办公室|办公厅|委员会|领导小组|联席会议|总局|管理局|产权局|人民政府"
    "|[\u4e00-\u9fff]{2}(?:局|部|厅|委|院|署|会))"
)
_SIGNATURE = re.compile(f"[\u4e00-\u9fff、]{{2,60}}?{_OFFICE}")
_NAME = re.compile("[\u4e00-\u9fff、]{3,60}")
_NOTICE = re.compile("特此通知|印发给你们|(?:予以|现将.{2,80}?)印发|印发.{0,60}的通知")
_DECLARED = re.compile("([0-9]{1,4})(?:项|条)(?:具体|重点|主要|工作)?(?:任务|工作|措施|举措)")
_SENTENCE_END = re.compile("[。！？]")


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
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Tail:
    closing_rule: str = ""
    issuer: str = ""
    issued_on: datetime.date | None = None
    diagnostics: tuple[Diagnostic, ...] = field(default=())


def read_front(stream: Stream, end: int) -> Front:
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
    is_notice = bool(head) and bool(_NOTICE.search(head) or number or "：" in head)
    signed = _signature(stream, head) if is_notice else ("", None)
    declared = _DECLARED.search(text)
    found: list[Diagnostic] = []
    if is_notice:
        last = stream.line_at(max(len(head) - 1, 0))
        found.append(
            info(
                Code.NOTICE,
                stream.line_at(0),
                f"第 {stream.line_at(0)}—{last} 行的印发通知已识别为发文信息。",
            )
        )
    if not title:
        found.append(warning(Code.MISSING_TITLE, stream.line_at(0), "没有找到计划的标题，请在导入时填写。"))
    if not years:
        found.append(
            warning(Code.MISSING_YEAR, stream.line_at(0), "标题和前言没有写明年度，请在导入时填写。")
        )
    return Front(
        title=title,
        years=years,
        document_number=_document_number(number),
        issuer=signed[0],
        issued_on=signed[1],
        addressees=_addressees(stream, head) if is_notice else (),
        preamble=preamble,
        declared=(int(declared[1]), stream.line_at(declared.start())) if declared else None,
        joined=tuple(span for span in (title_span, (preamble_start, end)) if span and span[0] < span[1]),
        diagnostics=tuple(found),
    )


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
        if 4 <= len(title) <= 100 and title.count("《") == title.count("》"):
            return start, end
    return None


def _behind_signature(stream: Stream, text: str, start: int, end: int) -> int:
    """Skip what stands between the notice and the title: a number, who signed, the date, 附件."""
    number = _DOCUMENT_NUMBER.match(text, start, end)
    if number is not None:
        start = number.end()
    dates = [match.end() for match in _DATE.finditer(text, start, end)]
    start = max([start, *dates])
    attachment = re.compile("附件[0-9]{0,2}：?").match(text, start, end)
    start = attachment.end() if attachment else start
    signature = _SIGNATURE.match(text, start, end)
    if start and signature is not None:
        rest = text[signature.end() : end]
        if stream.begins_line(signature.end()) or re.match("(?:（代章）)?(?:19|20)[0-9]{2}", rest):
            start = signature.end()
            stamp = re.compile("（代章）").match(text, start, end)
            start = stamp.end() if stamp else start
    return start


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


def _document_number(match: re.Match[str] | None) -> str:
    return f"{match[1]}〔{match[2]}〕{int(match[3])}号" if match else ""


def _addressees(stream: Stream, head: str) -> tuple[str, ...]:
    """The names in front of the first colon, behind the document number or the notice's own title."""
    colon = head.find("：")
    stop = _SENTENCE_END.search(head)
    if colon < 0 or (stop and stop.start() < colon):
        return ()
    start = 0
    for pattern in (_DOCUMENT_NUMBER, re.compile("的通知")):
        for match in pattern.finditer(head, 0, colon):
            start = max(start, match.end())
    if start == 0:
        lines = [0, *stream.breaks_within(0, colon)][-_LONGEST_ADDRESS:]
        start = lines.pop()
        while lines and re.search("[、，]", head[lines[-1] : start]):
            start = lines.pop()
    listed = re.sub(
        "（[^（）]*）", lambda m: m[0].replace("、", "\ue000").replace("，", "\ue001"), head[start:colon]
    )
    names = (
        name.replace("\ue000", "、").replace("\ue001", "，").strip() for name in re.split("[、，]", listed)
    )
    return tuple(name for name in names if name)


def _signature(stream: Stream, head: str) -> tuple[str, datetime.date | None]:
    """Who issued the notice and when: signed at its end, else named in its own title."""
    stops = [match.end() for match in _SENTENCE_END.finditer(head)]
    closing = head[stops[-1] :] if stops else ""
    closing = re.sub("附件[0-9]{0,2}：?.*$", "", closing)
    issued_on = read_date(closing) or read_date(head)
    signer = re.sub("（[^）]*）", "", _CHINESE_DATE.sub("", _DATE.sub("", closing))).strip()
    if signer and _NAME.fullmatch(signer):
        return signer, issued_on
    named = re.search("([\u4e00-\u9fff]{4,40}?)关于印发", head)
    return (named[1] if named else ""), issued_on


def read_date(text: str) -> datetime.date | None:
    match = _DATE.search(text)
    if match is not None:
        year, month, day = (int(part) for part in match.groups())
    else:
        match = _CHINESE_DATE.search(text)
        if match is None:
            return None
        digits = str.maketrans("〇○零一二三四五六七八九", "000123456789")
        year = int(match[1].translate(digits))
        month, day = _numeral(match[2]), _numeral(match[3])
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _numeral(written: str) -> int:
    digits = {numeral: value for value, numeral in enumerate("〇一二三四五六七八九")}
    tens, ten, ones = written.rpartition("十")
    return (digits.get(tens, 1) * 10 if ten else 0) + digits.get(ones, 0)


# Behind the last task


def read_tail(stream: Stream, start: int) -> Tail:
    """The closing rule: the sentences behind the last task; behind it perhaps a signature and a date."""
    text = stream.text[start:]
    if not text.strip():
        return Tail()
    stops = list(_SENTENCE_END.finditer(text))
    rule_end = stops[-1].end() if stops else 0
    issuer, issued_on = "", None
    found: list[Diagnostic] = []
    first = start + rule_end
    edges = [first, *stream.breaks_within(first, len(stream.text)), len(stream.text)]
    left_over: list[Span] = []
    for begin, end in itertools.pairwise(edges):
        line = stream.text[begin:end].strip()
        date = read_date(line)
        signer = re.sub("（[^）]*）", "", _CHINESE_DATE.sub("", _DATE.sub("", line))).strip()
        if signer and not (_NAME.fullmatch(signer) and re.search(f"{_OFFICE}$", signer)):
            left_over.append((begin, end))
            continue
        issued_on = issued_on or date
        issuer = issuer or signer
    if left_over:
        number = stream.line_at(left_over[0][0])
        before = stream.source(left_over[0][0], left_over[-1][1]).strip()
        message = f"第 {number} 行起、正文之后的文字不属于计划，未导入，请核对。"
        found.append(warning(Code.UNPLACED_TEXT, number, message, before))
    return Tail(text[:rule_end].strip(), issuer, issued_on, tuple(found))
