"""Until when: the deadline that a part of a clause or a task's text names, as the last day of that time."""

import calendar
import datetime
import re
from typing import NamedTuple

_DATE = (
    r"(?:(?P<year>\d{4})年)?"
    r"(?:(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日)?|(?P<half>[上下]半年)|第?(?P<quarter>[一二三四1-4])季度|(?P<end>年?[底末内]))?"
)
_WHEN = re.compile(_DATE)
_SINCE = r"(?:\d{4}年?(?:\d{1,2}月)?|\d{1,2}月)[-—–~～至到]{1,2}"  # 2022—2025年, 3月至9月
_DEADLINE = re.compile(
    "(?:力争|确保|计划|原则上|拟|并|应|须|需)*[于在到至]?(?:[今本当]年?)?"
    f"(?P<since>{_SINCE})?" + _DATE + "(?:月?[底末]|[上中下]旬)?之?(?P<before>以?前|内)?"
    "(?P<done>(?:基本|全部|全面|按时|按期)?(?:完成|取得|启动|落实|实现|出台|印发|发布|报送|到位|结束|办结|建成)"
    ".{0,12})?"
)
_ONGOING = re.compile(
    "(?:全年|长期|持续|常态化|长效|逐年|每(?:年|半年|季度|季|月))(?:持续|长期)?"
    "(?:推进|坚持|实施|落实|开展|进行|推动|完成|调度|报送|通报|更新|评估)?"
)


_DONE = (
    "(?:(?:基本|全部|全面|按时|按期)?"
    "(?:完成|落实|实现|出台|印发|发布|报送|到位|结束|办结|建成|实施|制定|修订|修改))"
)
_PART = r"(?:\d{1,2}月(?:\d{1,2}日)?|[上下]半年|第?[一二三四1-4]季度)(?:[底末]|[上中下]旬)?"
_SOME_YEARS = "(?<![0-9一二三四五六七八九十两几多近])"  # 三年内 is no year's end
# In a sentence a time is a deadline where 前 or 内 says so, or what has to be done by then follows.
_IN_TEXT = re.compile(
    rf"(?=[0-9今本当上下第一二三四年])(?:(?:(?:\d{{4}}年|[今本当]年)?{_PART}|(?:\d{{4}}|[今本当]|{_SOME_YEARS})年[底末])"
    rf"(?:(?:之?以?前|以?内)(?![后期述])|(?={_DONE}(?!的)))"
    rf"|\d{{4}}年(?:之?以?前|以?内)(?![后期述])|(?:[今本当]|{_SOME_YEARS})年内)"
)
_LEADS_TO_WHOLE = re.compile(
    "(?P<mark>^|[，,。！？])(?:(?:上述|以上|各项|全部)+(?:任务|工作|事项))?"
    "(?:力争|确保|计划|原则上|拟|并|应|须|需|均|全部|[于在到至])*$"
)
_ENDS_WHOLE = re.compile(f"{_DONE}{{0,3}}。?")
# What tells that a text is a list of several things to do.
_SEVERAL = re.compile("[；①-⑳]|[一二三四五六七八九十]是|[（(][0-9一二三四五六七八九十]{1,2}[）)]")
_SENTENCE_END = re.compile("[。！？]")


class Deadline(NamedTuple):
    due: datetime.date | None  # None for what goes on: 持续推进


def read_deadline(part: str, year: int | None, *, behind_names: bool) -> Deadline | None:
    """The deadline that the whole of `part` is, or None. A bare date is one only behind names."""
    if _ONGOING.fullmatch(part):
        return Deadline(None)
    match = _DEADLINE.fullmatch(part)
    if match is None:
        return None
    says_date = any(match[name] for name in ("month", "half", "quarter", "end"))
    if not (match["before"] or match["done"] or ((says_date or match["since"]) and behind_names)):
        return None
    if not (says_date or match["year"]):
        return None
    return Deadline(last_day(part, year))


def deadlines_in(text: str) -> list[str]:
    """The words of a task's text that name a deadline."""
    return [match[0] for match in _IN_TEXT.finditer(text)]


def deadline_of_whole(text: str, year: int | None) -> datetime.date | None:
    """The deadline of a whole task: the one that its `text` names, as the last words of all that it says.

    `研究起草条例，2026年12月底前完成。` has one. Behind several sentences or a list it is that of the whole
    where it is a sentence of its own; else it may be that of the last thing alone, for a person to judge."""
    found = list(_IN_TEXT.finditer(text))
    if len(found) != 1 or not _ENDS_WHOLE.fullmatch(text, found[0].end()):
        return None
    before = text[: found[0].start()]
    lead = _LEADS_TO_WHOLE.search(before)
    if lead is None:
        return None
    is_own_sentence = lead["mark"] in ("。", "！", "？")
    if not is_own_sentence and (_SENTENCE_END.search(before) or _SEVERAL.search(before)):
        return None
    return last_day(found[0][0], year)


def last_day(text: str, year: int | None) -> datetime.date | None:
    """The last day of the time that `text` names: a day, month, quarter, half or year. None for 持续推进."""
    found: datetime.date | None = None
    for match in _WHEN.finditer(text):
        if match["end"] and not (match["year"] or match["end"].startswith("年")):
            continue  # the 底 of 6月底 names no year's end
        says_part = any(match[name] for name in ("month", "half", "quarter", "end"))
        number = int(match["year"]) if match["year"] else year
        if number is None or not 1900 <= number <= 2200 or not (says_part or match["year"]):
            continue
        month = _last_month(match)
        if not 1 <= month <= 12:
            continue
        days = calendar.monthrange(number, month)[1]
        day = int(match["day"]) if match["day"] else days
        if not 1 <= day <= days:
            continue
        date = datetime.date(number, month, day)
        found = date if found is None else max(found, date)
    return found


def _last_month(match: re.Match[str]) -> int:
    if match["month"]:
        return int(match["month"])
    if match["half"]:
        return 6 if match["half"] == "上半年" else 12
    if match["quarter"]:
        return 3 * ("一二三四".find(match["quarter"]) + 1 or int(match["quarter"]))
    return 12
