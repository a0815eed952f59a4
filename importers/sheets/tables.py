"""From the cells of workbooks to the rows of 填报表, wherever they stand and whatever was done to the sheet.

A table is known by the titles of its header, a row by its key: sheets may be renamed, columns moved or
added, rows sorted, copied or inserted. What a cell holds is read by its column and never guessed; what cannot
be read is a fault with its place and what to do. Knows nothing of the database.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from openpyxl.utils import column_index_from_string, get_column_letter

from importers.sheets.book import MOST_COLUMNS, Cell, Kind, Row, Sheet
from importers.sheets.reading import Book
from tasks.columns import FILLING_COLUMNS
from tasks.columns.column import Kind as ColumnKind
from tasks.columns.column import Unreadable, Value, narrow
from tasks.columns.filling import FAULTS, GUIDE, KEY, OPENED, OTHERS, print_of

_HIGHEST_HEADER = 40  # rows in which a header is looked for
_FEWEST_TITLES = 3
_SHOWN = 60
_OTHER_SHEETS = (GUIDE, FAULTS, "附页")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a cell, or with the row where `column` is empty; what it holds, and what to do."""

    column: str
    value: str
    words: str

    @property
    def title(self) -> str:
        return FILLING_COLUMNS[self.column].title if self.column else ""


@dataclass(frozen=True)
class Line:
    """A row that was filled in: its place, its key as it stands there, and what its cells say.

    `values` are fields of a report as a report keeps them, `typed` the same cells as a person sees them."""

    file: str
    sheet: str
    row: int
    key: str
    number: str
    values: Mapping[str, Any]
    typed: Mapping[str, str]
    faults: tuple[Fault, ...] = ()

    @classmethod
    def load(cls, told: Mapping[str, Any]) -> "Line":
        return cls(**{**told, "faults": tuple(Fault(**fault) for fault in told["faults"])})

    def dump(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def content(self) -> tuple[Any, ...]:
        """What two copies of a row have in common."""
        return self.key, tuple(sorted((name, print_of(text)) for name, text in self.typed.items()))


@dataclass
class Extract:
    """What an upload holds: rows, what could not be read as (file, sheet, words), and what is to be said."""

    lines: list[Line] = field(default_factory=list)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def extract(books: Iterable[Book]) -> Extract:
    found = Extract()
    for book in books:
        if book.problem:
            found.problems.append((book.name, "", book.problem))
            continue
        tables = [_Table.find(book.name, sheet, found) for sheet in book.sheets]
        if not any(tables):
            words = "没有找到填报的表，请选择从本系统下载的填报表；表头请保持原样。"
            found.problems.append((book.name, "", words))
        for table in filter(None, tables):
            table.read(found)
    return found


# --- a table -----------------------------------------------------------------------------------------------


_TITLES = {narrow(column.title): key for key, column in FILLING_COLUMNS.items()}
_TITLES |= {narrow(title): "others" for title in OTHERS.values()}
_READ = {KEY, "number", *OPENED}


@dataclass
class _Table:
    file: str
    sheet: Sheet
    columns: Mapping[str, int]  # by key
    rows: list[Row]

    @classmethod
    def find(cls, file: str, sheet: Sheet, found: Extract) -> "_Table | None":
        """The table of a sheet; None where it has none, or one that cannot be read, which is then told."""
        place = next((at for at, row in enumerate(sheet.rows[:_HIGHEST_HEADER]) if _is_header(row)), None)
        if place is None:
            if sheet.rows and sheet.name not in _OTHER_SHEETS:
                found.notes.append(f"“{file}”的工作表“{sheet.name}”不是填报的表，没有读取。")
            return None
        header = sheet.rows[place]
        columns: dict[str, int] = {}
        added: list[str] = []
        for at, cell in sorted(header.cells.items()):
            key = _TITLES.get(narrow(cell.value))
            if key is None:
                added.append(get_column_letter(at))
            elif key in columns and key in _READ:
                both = f"{get_column_letter(columns[key])} 列和 {get_column_letter(at)} 列"
                words = f"“{FILLING_COLUMNS[key].title}”列出现两次（{both}），请删去一列再上传。"
                found.problems.append((file, sheet.name, words))
                return None
            else:
                columns.setdefault(key, at)
        if missing := [FILLING_COLUMNS[key].title for key in (KEY, "number") if key not in columns]:
            words = f"缺少“{'”“'.join(missing)}”列，无法辨认各行，请重新下载填报表，把填写的内容复制过去。"
            found.problems.append((file, sheet.name, words))
            return None
        _remark(file, sheet, columns, added, found)
        return cls(file, sheet, columns, sheet.rows[place + 1 :])

    def read(self, found: Extract) -> None:
        covered = _covered(
            self.sheet.merged, rows=(row.number for row in self.rows), columns=self._opened.values()
        )
        hidden = formulas = 0
        for row in self.rows:
            line = self._line(row, covered)
            if line is None:
                continue
            hidden += row.is_hidden
            formulas += any(cell.is_formula for at, cell in row.cells.items() if at in self._opened.values())
            found.lines.append(line)
        if self.sheet.is_hidden:
            found.notes.append(f"“{self.file}”的工作表“{self.sheet.name}”是隐藏的，也已读取。")
        if hidden:
            found.notes.append(
                f"“{self.file}”的工作表“{self.sheet.name}”有 {hidden} 行被筛选或隐藏，也已读取。"
            )
        if formulas:
            found.notes.append(
                f"“{self.file}”的工作表“{self.sheet.name}”有 {formulas} 行含公式，按保存时的计算结果读取。"
            )

    @property
    def _opened(self) -> dict[str, int]:
        return {name: self.columns[name] for name in OPENED if name in self.columns}

    def _line(self, row: Row, covered: Mapping[tuple[int, int], str]) -> Line | None:
        """None for a row that says nothing: blank, a remark, the header once more."""
        key = _shown(row.cells.get(self.columns[KEY])).strip()
        if narrow(key) == narrow(FILLING_COLUMNS[KEY].title):
            return None
        values: dict[str, Value] = {}
        typed: dict[str, str] = {}
        faults: list[Fault] = []
        for name, at in self._opened.items():
            cell = row.cells.get(at)
            typed[name] = _shown(cell)
            try:
                if area := covered.get((row.number, at)):
                    raise Unreadable(f"单元格与别的合并了（{area}），请取消合并后逐格填写")
                value = _read(name, cell)
                values[name] = "" if value is None else value  # as a form that is not filled in
            except Unreadable as unreadable:
                faults.append(Fault(name, typed[name][:_SHOWN], str(unreadable)))
        if not key and not any(at in row.cells for at in self._opened.values()):
            return None
        number = narrow(_shown(row.cells.get(self.columns["number"])))
        return Line(self.file, self.sheet.name, row.number, key, number, values, typed, tuple(faults))


def _is_header(row: Row) -> bool:
    keys = {_TITLES.get(narrow(cell.value)) for cell in row.cells.values()} & _READ
    return len(keys) >= _FEWEST_TITLES


def _remark(file: str, sheet: Sheet, columns: Mapping[str, int], added: list[str], found: Extract) -> None:
    missing = [FILLING_COLUMNS[name].title for name in OPENED if name not in columns]
    if missing:
        words = f"没有“{'”“'.join(missing)}”列，这些内容不改动。"
        found.notes.append(f"“{file}”的工作表“{sheet.name}”{words}")
    if added:
        found.notes.append(f"“{file}”的工作表“{sheet.name}”多出来的 {'、'.join(added)} 列没有读取。")
    if sheet.beyond:
        found.notes.append(f"“{file}”的工作表“{sheet.name}”第 {MOST_COLUMNS} 列以后的内容没有读取。")


def _covered(
    merged: Iterable[str], *, rows: Iterable[int], columns: Iterable[int]
) -> dict[tuple[int, int], str]:
    """Of these rows and columns the cells, as (row, column), that lie under a merged one; its first cell is
    not among them.

    Never counts what lies under an area: a file may hold thousands, each as large as a sheet can be.
    """
    areas = [area for area in map(_area, merged) if area]
    in_order = sorted(rows)
    covered = {}
    for column in columns:
        spans = sorted(
            (top + (left == column), bottom, words)
            for left, top, right, bottom, words in areas
            if left <= column <= right
        )
        place, lowest = 0, (0, "")  # of the spans that have begun the one that reaches furthest down
        for row in in_order:
            while place < len(spans) and spans[place][0] <= row:
                lowest = max(lowest, spans[place][1:])
                place += 1
            if row <= lowest[0]:
                covered[row, column] = lowest[1]
    return covered


def _area(words: str) -> tuple[int, int, int, int, str] | None:
    """Left, top, right and bottom of E5:E7, and its name."""
    found = re.fullmatch(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", words)
    if found is None:
        return None
    left, right = column_index_from_string(found[1]), column_index_from_string(found[3])
    return left, int(found[2]), right, int(found[4]), words


# --- a cell ------------------------------------------------------------------------------------------------


def _read(name: str, cell: Cell | None) -> Value:
    """What a cell says to its column. Raises Unreadable."""
    column = FILLING_COLUMNS[name]
    if cell is None:
        return column.read(None)
    if cell.kind == Kind.UNCOMPUTED:
        raise Unreadable("公式没有计算结果，请复制后“选择性粘贴”为数值")
    if cell.kind == Kind.ERROR:
        raise Unreadable(f"“{cell.value}”是公式的错误值，请改为文字或数字")
    if cell.kind == Kind.BOOLEAN:
        raise Unreadable(f"“{_shown(cell)}”是逻辑值，请改为文字或数字")
    if cell.kind == Kind.PERCENT:
        return column.read(_shown(cell))
    if cell.kind == Kind.DATE:
        return column.read(datetime.fromisoformat(str(cell.value)))
    if column.kind == ColumnKind.PERCENT and cell.kind == Kind.NUMBER and cell.value == 1:
        raise Unreadable("“1”看不出是 1% 还是 100%，请写明百分号")
    return column.read(cell.value)


def _shown(cell: Cell | None) -> str:
    """As the person sees it, near enough to find it again."""
    if cell is None:
        return ""
    if cell.kind == Kind.PERCENT and isinstance(cell.value, (int, float)):
        return f"{round(cell.value * 100, 6):g}%"
    if cell.kind == Kind.BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.kind == Kind.DATE:
        return str(cell.value).removesuffix("T00:00:00").replace("T", " ")
    return str(cell.value)
