"""Tables of tasks, as plans are also sent round: 序号│工作任务│责任单位, a task a row, read as its text is.

A row becomes the line that the plan's text would have, `1.推进修改。（责任单位：财政部、科技部）`: each cell
stands behind the words of its own header, so that one grammar reads every clause. A table is read so as a
whole or not at all: where a row does not say its number and its task, the reader keeps the table as it is.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from importers.clauses import is_label, looks_like_agency
from importers.readers.document import Remark

# A cell is its lines. One that spans several rows or columns stands in all of these places as one object.
Cell = list[str]
Row = list[Cell]

MOST_COLUMNS = 50  # a row that has as many is cut off there, and its table is none of tasks

_NUMBER_HEADER = re.compile("(?:任务|项目)?(?:序号|编号)")
_TASK_WORD = "(?:任务|工作|措施|举措|事项|内容)"
_TASK_HEADER = re.compile(
    f"(?:年度|重点|主要|具体|目标|推进|改革)*{_TASK_WORD}(?:[及和与]?{_TASK_WORD})?(?:名称|要求)?"
)
_NUMBER = re.compile("[（(]?([0-9]{1,4})[)）]?[.、．]?")
_NUMBERED = re.compile("([0-9]{1,4})[.、．](?![0-9])")
_NUMERALS = "[一二三四五六七八九十百]{1,4}"
_HEADING_NUMBER = re.compile(f"{_NUMERALS}[、.]?|[（(]{_NUMERALS}[)）]|第{_NUMERALS}[章节]")
_HEADING = re.compile(f"{_NUMERALS}[、.]|[（(]{_NUMERALS}[)）]|第{_NUMERALS}[章节]")
_SEPARATORS = re.compile("[、，,；;]")
_BLANKS = re.compile(r"\s+")
_HIGHEST_HEADER = 4  # rows: a title or who made the table may stand above it
_CELLS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which column says what; `clause` are those whose header is a label of the responsibility clause."""

    task: int
    number: int | None
    clause: dict[int, str]
    other: dict[int, str]


class TaskTables:
    """The tables of tasks of one document, and what there is to say of them."""

    def __init__(self) -> None:
        self._tables = self._tasks = 0
        self._headers: list[str] = []
        self._left_out: dict[str, list[str]] = {}

    def lines(self, grid: Sequence[Row]) -> list[str] | None:
        """The lines that say what a table of tasks says, or None for any other table."""
        found = _header(grid)
        if found is None:
            return None
        columns, first, behind = found
        rows = [row for row in grid[behind:] if not any(_is_same(row, each) for each in grid[first:behind])]
        if any(row[columns.task] is above[columns.task] for above, row in itertools.pairwise(rows)):
            return None  # one task over several rows: which clause is whose cannot be told
        tasks = [_task_of(row, columns) for row in rows]
        if not any(tasks) or not all(
            task or _heading_of(row, columns) is not None for task, row in zip(tasks, rows, strict=True)
        ):
            return None
        self._tables += 1
        self._tasks += sum(map(bool, tasks))
        self._headers = self._headers or [_words(cell) for cell in _cells(grid[behind - 1])]
        written = [line for row in grid[:first] for cell in _cells(row) for line in cell]
        above: Row = []
        for row, task in zip(rows, tasks, strict=True):
            if task:
                written += self._beside(row, above, columns)
                written += f"{task}{_clause_of(row, columns)}".split("\n")
            else:
                written.append(_heading_of(row, columns) or "")
            above = row
        return [line for line in written if line.strip()]

    def told(self, line: int) -> Iterator[Remark]:
        """What to say of the tables, the first of which begins at `line`."""
        if not self._tables:
            return
        tables = "的表格" if self._tables == 1 else f" {self._tables} 个表格"
        yield Remark(
            line,
            f"第 {line} 行起{tables}（{'、'.join(self._headers)}）已逐行读作 {self._tasks} 项任务，"
            "责任单位等各栏写在任务末尾的括号里。",
            is_hint=True,
        )
        for header, cells in self._left_out.items():
            shown = "、".join(f"“{cell[:20]}”" for cell in cells[:_CELLS_SHOWN])
            more = "等" if len(cells) > _CELLS_SHOWN else ""
            yield Remark(line, f"表格“{header}”一栏的内容 {len(cells)} 处没有导入：{shown}{more}，请核对。")

    def _beside(self, row: Row, above: Row, columns: _Columns) -> Iterator[str]:
        """What begins in a column of another kind: a heading is a line of its own, the rest is left out."""
        for index, header in columns.other.items():
            words = _words(row[index])
            if not words or (above and above[index] is row[index]):
                continue
            if _HEADING.match(words):
                yield words
            else:
                self._left_out.setdefault(header, []).append(words)


def _header(grid: Sequence[Row]) -> tuple[_Columns, int, int] | None:
    """The columns, the first row of the header, and the first row behind it."""
    widths = {len(row) for row in grid}
    if len(widths) != 1 or max(widths) >= MOST_COLUMNS:
        return None
    for first, row in enumerate(grid[:_HIGHEST_HEADER]):
        columns = _columns(row)
        if columns is None:
            continue
        behind = first + 1
        # 责任单位 may stand above 牵头单位 and 配合单位, which have a row of their own.
        while behind < len(grid) and _continues_header(grid[behind], grid[behind - 1]):
            columns = _columns(grid[behind]) or columns
            behind += 1
        return columns, first, behind
    return None


def _columns(row: Row) -> _Columns | None:
    headers = {index: _words(cell) for index, cell in enumerate(row)}
    numbers = [index for index, header in headers.items() if _NUMBER_HEADER.fullmatch(header)]
    tasks = [index for index, header in headers.items() if _TASK_HEADER.fullmatch(header)]
    clause = {index: header for index, header in headers.items() if is_label(header)}
    if len(tasks) != 1 or len(numbers) > 1 or not clause:
        return None
    known = {*numbers, *tasks, *clause}
    other = {index: header for index, header in headers.items() if index not in known}
    return _Columns(tasks[0], numbers[0] if numbers else None, clause, other)


def _continues_header(row: Row, above: Row) -> bool:
    return all(cell is over or is_label(_words(cell)) for cell, over in zip(row, above, strict=True))


def _is_same(row: Row, header: Row) -> bool:
    """Whether a row is that of the header once more, as it is on every page."""
    return list(map(_words, row)) == list(map(_words, header))


def _heading_of(row: Row, columns: _Columns) -> str | None:
    """The line that a row without a task is: a heading, a note from side to side, or an empty one."""
    filled = [_words(cell) for cell in _cells(row) if _words(cell)]
    if len(filled) <= 1:
        words = "".join(filled)
        return words if not words or len(_cells(row)) == 1 or _HEADING.match(words) else None
    number = _words(row[columns.number]) if columns.number is not None else ""
    if filled != [number, _words(row[columns.task])] or not _HEADING_NUMBER.fullmatch(number):
        return None
    return number + ("、" if re.fullmatch(_NUMERALS, number) else "") + filled[1]


def _task_of(row: Row, columns: _Columns) -> str:
    """The task of a row with its number, `1.推进修改。`, or nothing where the row does not say both."""
    if len(_cells(row)) == 1:
        return ""
    text = "\n".join(row[columns.task]).strip()
    in_text = _NUMBERED.match(text)
    written = _words(row[columns.number]) if columns.number is not None else ""
    number = _NUMBER.fullmatch(written)
    if number is None:
        return text if in_text is not None and not written else ""
    return text if not text or (in_text is not None and in_text[1] == number[1]) else f"{number[1]}.{text}"


def _clause_of(row: Row, columns: _Columns) -> str:
    said = []
    for index, header in columns.clause.items():
        words = _listed(row[index])
        if words:
            said.append(words if is_label(words.partition("：")[0]) else f"{header}：{words}")
    return f"（{'；'.join(said)}）" if said else ""


def _listed(cell: Cell) -> str:
    """What a cell says in one line: names below each other are a list, the halves of one name are not."""
    lines = [_words([line]) for line in cell]
    listed = lines[:1]
    for above, line in itertools.pairwise(lines):
        last, first = _SEPARATORS.split(above)[-1], _SEPARATORS.split(line)[0]
        listed.append("、" + line if looks_like_agency(last) and looks_like_agency(first) else line)
    return "".join(listed)


def _cells(row: Row) -> list[Cell]:
    """The cells of a row, one that spans several columns once."""
    return list({id(cell): cell for cell in row}.values())


def _words(cell: Cell) -> str:
    return _BLANKS.sub("", "".join(cell))
