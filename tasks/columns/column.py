"""A column: what stands in a cell for a row, and what a cell that comes back says.

`value` and `read` are each other's inverse: what a column wrote, it reads back as the field's own value, also
after an office program has saved it in its own way (a date as text, a percentage as 45, 0.45 or 45％).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Generic, TypeVar

# What may stand in a cell. A percentage stands there as its share: 45 % as 0.45.
Value = str | int | float | date | None
Row = TypeVar("Row")
Outer = TypeVar("Outer")


class Unreadable(ValueError):
    """A cell holds what its column cannot take; the text says, in Chinese, what is wrong and what to do."""


class Kind(Enum):
    """What a column holds; how it is aligned, shown and read back follows from it."""

    TEXT = ("left", "General")
    LABEL = ("center", "General")
    COUNT = ("center", "0")
    PERCENT = ("center", "0%")
    RATE = ("center", "0.0%")
    DATE = ("center", "yyyy-mm-dd")

    def __init__(self, align: str, number_format: str):
        self.align = align
        self.number_format = number_format


class Tone(Enum):
    """Colours for words that want attention; the word itself always says the same."""

    ALARM = "A3261B"
    CAUTION = "7A4B00"
    GOOD = "176239"


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column of a table. `width` is in Chinese characters of the body font."""

    key: str
    title: str
    width: float
    value: Callable[[Row], Value]
    kind: Kind = Kind.TEXT
    group: str = ""  # neighbours of one group stand under a common heading
    tones: Mapping[str, Tone] = field(default_factory=dict)
    # The words a cell may hold, each with the value it stands for: a drop-down list, and how it is read back.
    choices: Mapping[str, str] = field(default_factory=dict)

    def read(self, cell: object) -> Value:
        """The field's value from what stands in a cell (as openpyxl gives it): a text, a whole number, whole
        percents (0 to 100), a share (0 to 1) or a day; a choice's value. An empty cell is "" for texts and
        None for all others. Raises Unreadable.
        """
        if self.choices:
            return _read_choice(cell, self.choices)
        return _READERS[self.kind](cell)

    def within(self, get: Callable[[Outer], Row], **changes: Any) -> "Column[Outer]":
        """The same column for rows that hold such a row; `changes` are its other width, title or group."""
        return replace(self, value=lambda outer: self.value(get(outer)), **changes)


def keyed(columns: Iterable[Column[Row]]) -> dict[str, Column[Row]]:
    """Columns by their keys, in their order."""
    return {column.key: column for column in columns}


# --- reading back -----------------------------------------------------------------------------------


# XML 1.0 has no place for these, not even escaped: one of them makes the whole workbook unreadable.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# The sign for a character that cannot be read, as editions of old texts print it.
_UNREADABLE = "□"


def clean(value: object) -> str:
    """Any value as text that a cell shows: what XML forbids is □, and every line break the same."""
    return _FORBIDDEN.sub(_UNREADABLE, str(value).replace("\r\n", "\n").replace("\r", "\n"))


def _read_text(cell: object) -> str:
    """As it would have been typed: a number without .0, a day as 2024-06-30."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime) and cell.time() == cell.time().min:
        cell = cell.date()
    return str(cell).replace("\r\n", "\n").replace("\r", "\n").strip()


def _read_choice(cell: object, choices: Mapping[str, str]) -> str:
    said = narrow(cell)
    if not said:
        return ""
    for words, value in choices.items():
        if narrow(words) == said:
            return value
    raise Unreadable(f"“{_shown(cell)}”不是可选的值，请从下拉列表中选择：{'、'.join(choices)}")


def _read_count(cell: object) -> int | None:
    number = _number(cell)
    if number is None:
        return None
    if not float(number).is_integer():
        raise Unreadable(f"“{_shown(cell)}”不是整数，请填写整数")
    return int(number)


def _read_percent(cell: object) -> int | None:
    """Whole percents. 45 as a number is 45 %, and so is 0.45, which is how Excel keeps 45 %; 1 is 100 %."""
    said = narrow(cell)
    try:
        number = _number(said.removesuffix("%") if isinstance(cell, str) else cell)
    except Unreadable:
        raise Unreadable(f"“{_shown(cell)}”不是数字，请填写 0 至 100 的整数百分比，如 45%") from None
    if number is None:
        return None
    is_share = 0 <= number <= 1 and not said.endswith("%") and (not isinstance(cell, str) or "." in said)
    percents = round(number * 100, 6) if is_share else number
    if not float(percents).is_integer() or not 0 <= percents <= 100:
        raise Unreadable(f"“{_shown(cell)}”不是 0 至 100 的整数百分比，请填写如 45%")
    return int(percents)


def _read_rate(cell: object) -> float | None:
    said = narrow(cell)
    if said.endswith("%"):
        number = _number(said.removesuffix("%"))
        return None if number is None else number / 100
    return _number(cell)


_ORDINARY_DATE = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?(?:00:00(?::00)?)?")
# Excel counts days from here; before March 1900 it counts a day that never was.
_FIRST_SERIAL, _EPOCH = 61, date(1899, 12, 30)
_LAST_SERIAL = (date.max - _EPOCH).days


def _read_date(cell: object) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if cell is None or isinstance(cell, date):
        return cell
    said = narrow(cell)
    if not said:
        return None
    if found := _ORDINARY_DATE.fullmatch(said):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            pass
    # A day whose format got lost is a number.
    elif re.fullmatch(r"\d{2,7}(?:\.0+)?", said) and _FIRST_SERIAL <= float(said) <= _LAST_SERIAL:
        return _EPOCH + timedelta(days=int(float(said)))
    raise Unreadable(f"“{_shown(cell)}”不是日期，请写成 2024-06-30 的样子")


_READERS: Mapping[Kind, Callable[[object], Value]] = {
    Kind.TEXT: _read_text,
    Kind.LABEL: _read_text,
    Kind.COUNT: _read_count,
    Kind.PERCENT: _read_percent,
    Kind.RATE: _read_rate,
    Kind.DATE: _read_date,
}


def _number(cell: object) -> float | None:
    if isinstance(cell, bool):
        raise Unreadable(f"“{_shown(cell)}”不是数字，请填写数字")
    if cell is None or isinstance(cell, (int, float)):
        return cell
    said = narrow(cell)
    if not said:
        return None
    if not re.fullmatch(r"-?\d{1,15}(?:\.\d{1,15})?", said):
        raise Unreadable(f"“{_shown(cell)}”不是数字，请填写数字")
    return float(said)


def narrow(cell: object) -> str:
    """Without blanks, and full-width signs as their half-width twins: ４５％ as 45%."""
    return "" if cell is None else re.sub(r"\s", "", unicodedata.normalize("NFKC", str(cell)))


def _shown(cell: object) -> str:
    text = _read_text(cell)
    return text if len(text) <= 30 else text[:29] + "…"
