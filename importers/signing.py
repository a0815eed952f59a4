"""Who signed a document and when: at the end of a notice, and behind the last task."""

import datetime
import re

DATE = re.compile(r"((?:19|20)[0-9]{2})年([0-9]{1,2})月([0-9]{1,2})日")
CHINESE_DATE = re.compile(
    "([二〇○零一三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)
OFFICE = (
    "(?:办公室|办公厅|委员会|领导小组|联席会议|总局|管理局|产权局|人民政府"
    "|[\u4e00-\u9fff]{2}(?:局|部|厅|委|院|署|会))"
)
# A signature stands behind the last one.
SENTENCE_END = re.compile("[。！？]")
NAME = re.compile("[\u4e00-\u9fff、]{3,60}")


def read_date(text: str) -> datetime.date | None:
    match = DATE.search(text)
    if match is not None:
        year, month, day = (int(part) for part in match.groups())
    else:
        match = CHINESE_DATE.search(text)
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


def signer_of(text: str) -> str:
    return re.sub("（[^）]*）", "", CHINESE_DATE.sub("", DATE.sub("", text))).strip()


def is_office(name: str) -> bool:
    return NAME.fullmatch(name) is not None and re.search(f"{OFFICE}$", name) is not None
