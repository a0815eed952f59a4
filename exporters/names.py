"""How sheets and downloads are called so that office programs and file systems take it; and moments."""

import re
from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from exporters.text import clean

OFFICE = "国家知识产权强国建设工作部际联席会议办公室"


def sheet_name(name: str, *, taken: Iterable[str]) -> str:
    """A name that office programs accept for a sheet, and that no other sheet of the book bears."""
    name = re.sub(r"[\[\]:*?/\\\n\t]", "_", clean(name)).strip(" '") or "表"
    others = {other.casefold() for other in taken} | {"history"}  # the latter is Excel's own
    unique, serial = _shortened(name, 31), 1
    while unique.casefold() in others:
        serial += 1
        unique = _shortened(name, 31 - len(f"_{serial}")) + f"_{serial}"
    return unique


def _shortened(name: str, limit: int) -> str:
    """At most `limit` UTF-16 units, as Excel counts them; a pair is never torn."""
    while len(name.encode("utf-16-le")) // 2 > limit:
        name = name[:-1]
    return name


def file_name(*parts: str, ending: str = "xlsx") -> str:
    """A name for the download that every file system takes: the parts, joined by _, and the ending."""
    joined = re.sub(r'[\\/:*?"<>|\s\x00-\x1f\x7f]+', "_", clean("_".join(parts))).strip("._")
    return f"{joined[:70]}.{ending}"


def footer_text(text: str) -> str:
    """Footers take & for a command, and 255 characters in all."""
    text = clean(text).replace("\n", " ")
    return (text if len(text) <= 40 else text[:39] + "…").replace("&", "&&")


def minute(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def data_of(moment: datetime) -> str:
    """As headings say of which moment a table's data is."""
    return f"数据截至：{minute(moment)}"
