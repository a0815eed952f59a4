"""A workbook as it lies in its file: sheets, rows, cells with what they hold and what kind of thing that is.

Read from the XML in one pass and within limits, so that neither a cell in the last column nor a million rows
cost anything (reliability.md, H05, H06). Formulas are never evaluated; what the program that saved the file
computed stands beside them. Runs behind the gate and in the limited child; no Django here.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from io import BytesIO
from typing import IO
from xml.etree.ElementTree import Element, ParseError, iterparse
from zipfile import ZipFile

from importers.gate import Unreadable
from importers.sheets.admission import AGAIN

MOST_SHEETS = 60
MOST_ROWS = 5_000  # of a sheet; a plan has some 140 tasks
MOST_COLUMNS = 100
MOST_CELLS = 200_000
MOST_STRINGS = 200_000
MOST_LETTERS = 8_000_000

_DAMAGED = f"工作簿已损坏或不完整，{AGAIN}，或请对方重新发送。"
_TOO_MUCH = f"工作簿里的内容过多，不像一份填报表，请删去多余的内容再上传（上限 {MOST_CELLS} 个单元格）。"


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    PERCENT = "percent"  # a number that its format shows as per cent: 0.8 for 80 %
    DATE = "date"  # ISO 8601
    BOOLEAN = "boolean"
    ERROR = "error"  # #REF!
    UNCOMPUTED = "uncomputed"  # a formula without its result


Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Cell:
    kind: Kind
    value: Value
    is_formula: bool = False


@dataclass(slots=True)
class Row:
    number: int
    cells: dict[int, Cell]  # by column, the first is 1
    is_hidden: bool = False


@dataclass(slots=True)
class Sheet:
    name: str
    is_hidden: bool = False
    rows: list[Row] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)  # E5:E7
    beyond: int = 0  # cells past MOST_COLUMNS, which are left out


def read(data: bytes) -> list[Sheet]:
    """The sheets of an admitted workbook, hidden ones too. Raises Unreadable."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            return _Reading(archive).sheets()
    except (ParseError, KeyError, IndexError, ValueError, OverflowError) as damage:
        if isinstance(damage, Unreadable):
            raise
        raise Unreadable(_DAMAGED) from None


class _Reading:
    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._cells = self._letters = 0

    def sheets(self) -> list[Sheet]:
        book = self._book()
        parts = self._targets(book)
        found: list[tuple[Sheet, str]] = []
        epoch = _EPOCH_1900
        for element in self._elements(book):
            if _name(element) == "workbookPr" and element.get("date1904") in ("1", "true"):
                epoch = _EPOCH_1904
            if _name(element) == "sheet" and (target := parts.get(_attribute(element, "id"))):
                sheet = Sheet(element.get("name", ""), element.get("state", "visible") != "visible")
                found.append((sheet, target))
        if len(found) > MOST_SHEETS:
            raise Unreadable(f"工作簿有 {len(found)} 张表，超过 {MOST_SHEETS} 张的上限，请分成几个文件上传。")
        folder = posixpath.dirname(book)
        self._strings = list(self._shared(f"{folder}/sharedStrings.xml"))
        self._formats = list(self._kinds(f"{folder}/styles.xml"))
        for sheet, target in found:
            self._fill(sheet, target, epoch)
        return [sheet for sheet, _ in found]

    # --- parts -------------------------------------------------------------------------------------

    def _elements(self, part: str) -> Iterator[Element]:
        """The finished elements of a part, which is there."""
        with self._archive.open(part) as stream:
            yield from _finished(stream)

    def _has(self, part: str) -> bool:
        return part in self._archive.namelist()

    def _book(self) -> str:
        for element in self._elements("_rels/.rels"):
            if element.get("Type", "").endswith("/officeDocument"):
                return element.get("Target", "").lstrip("/")
        raise KeyError("officeDocument")

    def _targets(self, book: str) -> dict[str, str]:
        """The workbook's sheets by their relation: {"rId1": "xl/worksheets/sheet1.xml"}."""
        folder, name = posixpath.split(book)
        return {
            element.get("Id", ""): posixpath.normpath(posixpath.join("/", folder, element.get("Target", "")))[
                1:
            ]
            for element in self._elements(f"{folder}/_rels/{name}.rels")
            if element.get("Type", "").endswith("/worksheet")
        }

    def _shared(self, part: str) -> Iterator[str]:
        if not self._has(part):
            return
        for count, element in enumerate(_children(self._archive, part, "si")):
            if count >= MOST_STRINGS:
                raise Unreadable(_TOO_MUCH)
            yield self._text(element)

    def _kinds(self, part: str) -> Iterator[Kind]:
        """What the number format of each style makes of a number."""
        if not self._has(part):
            return
        codes: dict[int, str] = {}
        for element in self._elements(part):
            if _name(element) == "numFmt":
                codes[int(element.get("numFmtId", "0"))] = element.get("formatCode", "")
            if _name(element) == "cellXfs":
                for style in element:
                    yield _kind_of_format(int(style.get("numFmtId", "0")), codes)

    # --- cells -------------------------------------------------------------------------------------

    def _fill(self, sheet: Sheet, part: str, epoch: date) -> None:
        number = 0
        for row in _children(self._archive, part, "row", also=("mergeCell",)):
            if _name(row) == "mergeCell":
                self._count()
                sheet.merged.append(row.get("ref", "")[:20])
                continue
            number = int(row.get("r", number + 1))
            if len(sheet.rows) >= MOST_ROWS:
                raise Unreadable(
                    f"工作表“{sheet.name[:31]}”超过 {MOST_ROWS} 行的上限，请只保留填报的行再上传。"
                )
            read = Row(number, {}, row.get("hidden") in ("1", "true"))
            column = 0
            for element in row:
                column = _column(element.get("r"), column)
                if (cell := self._cell(element, epoch)) is None:
                    continue
                if column > MOST_COLUMNS:
                    sheet.beyond += 1
                    continue
                self._count()
                read.cells[column] = cell
            if read.cells:
                sheet.rows.append(read)

    def _count(self) -> None:
        """One cell more, or one area of merged ones."""
        self._cells += 1
        if self._cells > MOST_CELLS:
            raise Unreadable(_TOO_MUCH)

    def _cell(self, element: Element, epoch: date) -> Cell | None:
        kind, style = element.get("t", "n"), int(element.get("s", "0"))
        value = formula = inline = None
        has_result = False
        for child in element:
            match _name(child):
                case "v":
                    value, has_result = child.text, True
                case "f":
                    formula = child
                case "is":
                    inline = self._text(child)
        is_formula = formula is not None
        if kind == "inlineStr":
            return Cell(Kind.TEXT, inline) if inline else None
        if kind == "str" and has_result:
            return Cell(Kind.TEXT, self._counted(_unescaped(value or "")), is_formula)
        if not value:
            return Cell(Kind.UNCOMPUTED, "", True) if is_formula else None
        match kind:
            case "s":
                text = self._strings[int(value)]
                return Cell(Kind.TEXT, text, is_formula) if text else None
            case "b":
                return Cell(Kind.BOOLEAN, value not in ("0", "false"), is_formula)
            case "e":
                return Cell(Kind.ERROR, value[:20], is_formula)
            case "d":
                return Cell(Kind.DATE, datetime.fromisoformat(value).isoformat(), is_formula)
        number = float(value)
        if number in (float("inf"), float("-inf")) or number != number:
            return Cell(Kind.ERROR, value[:20], is_formula)
        shown = self._formats[style] if style < len(self._formats) else Kind.NUMBER
        if shown == Kind.DATE and (day := _day(number, epoch)):
            return Cell(Kind.DATE, day, is_formula)
        plain = int(number) if number.is_integer() and abs(number) < 1e15 else number
        return Cell(Kind.PERCENT if shown == Kind.PERCENT else Kind.NUMBER, plain, is_formula)

    def _text(self, element: Element) -> str:
        """The letters of a text in one or several runs; how to pronounce them is left out."""
        parts = []
        for child in element:
            if _name(child) == "t":
                parts.append(child.text or "")
            elif _name(child) == "r":
                parts += [part.text or "" for part in child if _name(part) == "t"]
        return self._counted(_unescaped("".join(parts)))

    def _counted(self, text: str) -> str:
        self._letters += len(text)
        if self._letters > MOST_LETTERS:
            raise Unreadable(_TOO_MUCH)
        return text


# --- XML -------------------------------------------------------------------------------------------------


def _finished(stream: IO[bytes]) -> Iterator[Element]:
    for _, element in iterparse(stream, events=("end",)):  # noqa: S314 - the gate has refused all DTDs
        yield element


def _children(archive: ZipFile, part: str, name: str, *, also: tuple[str, ...] = ()) -> Iterator[Element]:
    """The elements of this name, each let go of once it was looked at: memory does not grow with the rows."""
    with archive.open(part) as stream:
        above: list[Element] = []
        for event, element in iterparse(stream, events=("start", "end")):  # noqa: S314
            if event == "start":
                above.append(element)
                continue
            above.pop()
            if _name(element) == name or _name(element) in also:
                yield element
                if above:
                    above[-1].remove(element)


def _name(element: Element) -> str:
    """Without its namespace: there are two sets of them, for the same things."""
    return element.tag.rpartition("}")[2]


def _attribute(element: Element, name: str) -> str:
    """An attribute that carries a namespace."""
    return next((value for key, value in element.items() if key.endswith(f"}}{name}")), "")


_REFERENCE = re.compile("([A-Z]{1,3})[0-9]{1,7}")


def _column(reference: str | None, before: int) -> int:
    """Of a cell called C5: 3. One without a name stands to the right of the one before."""
    if reference is None:
        return before + 1
    letters = _REFERENCE.fullmatch(reference)
    if letters is None:
        raise ValueError(reference)
    column = 0
    for letter in letters[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column


# --- what stands in cells --------------------------------------------------------------------------------

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
# What XML could not carry, and what no reader of a text can see: they come as _x0008_ or from other programs.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _unescaped(text: str) -> str:
    """_x0041_ is the letter A: so Office writes what XML cannot carry. What no eye can see is dropped."""
    if "_x" in text:
        text = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


_PERCENT_FORMATS = (9, 10)
_DATE_FORMATS = (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))
# In a format's code these stand for themselves: "年", \a, [Red], and _x, which is a gap as wide as x.
_LITERALS = re.compile(r'"[^"]*"|\\.|_.|\[[^\]]*\]')


def _kind_of_format(number: int, codes: Mapping[int, str]) -> Kind:
    if number in _PERCENT_FORMATS:
        return Kind.PERCENT
    if number in _DATE_FORMATS:
        return Kind.DATE
    code = _LITERALS.sub("", codes.get(number, "")).lower().split(";")[0]
    if "%" in code:
        return Kind.PERCENT
    return Kind.DATE if re.search("[ymdhs]", code) and "general" not in code else Kind.NUMBER


_EPOCH_1900, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
_FIRST_SERIAL = 61  # before March 1900 Excel counts a day that never was


def _day(serial: float, epoch: date) -> str | None:
    """The day and time that a number with a date's format stands for; None where no calendar has it."""
    if serial < (_FIRST_SERIAL if epoch == _EPOCH_1900 else 0):
        return None
    try:
        day = datetime.combine(epoch, time.min) + timedelta(days=int(serial))
    except OverflowError:
        return None
    return (day + timedelta(seconds=round((serial - int(serial)) * 86400))).isoformat()
