"""What the limited child does with an upload of workbooks, and how its answer travels. No Django here.

A file that cannot be read is told of with its name and a sentence; the others are read all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from importers.archive import Harmful, members
from importers.gate import Unreadable, safe_name
from importers.sheets import admission, book

MOST_FILES = 80


@dataclass(frozen=True)
class Book:
    """One workbook of an upload: its sheets, or why it could not be read."""

    name: str
    sheets: list[book.Sheet] = field(default_factory=list)
    problem: str = ""


def read_upload(data: bytes, *, name: str, tell: Callable[[int, str], None]) -> list[Book]:
    """The workbook, or those in the zip. Raises Unreadable where the upload as a whole is not to be read."""
    if not admission.is_bundle(data):
        tell(20, f"读取“{safe_name(name)[:30]}”")
        return [_book(name, data)]
    try:
        books = []
        for count, (member, content) in enumerate(
            members(data, most=MOST_FILES, largest=admission.MAX_BYTES), start=1
        ):
            tell(min(10 + count, 95), f"读取“{member[:30]}”")
            books.append(_book(member, content))
    except Harmful as harm:
        raise Unreadable(f"{harm.fault}，请解压后直接上传其中的填报表。") from None
    if not books:
        raise Unreadable("压缩包里没有文件，请选择填写好的填报表。")
    return books


def _book(name: str, data: bytes) -> Book:
    name = safe_name(name) or "未命名文件"
    try:
        admission.admit(data)
        return Book(name, book.read(data))
    except Unreadable as unreadable:
        return Book(name, problem=str(unreadable))


# --- the answer, as JSON -----------------------------------------------------------------------------------


def dump(books: list[Book]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "problem": one.problem,
            "sheets": [
                {
                    "name": sheet.name[:31],
                    "is_hidden": sheet.is_hidden,
                    "merged": sheet.merged,
                    "beyond": sheet.beyond,
                    "rows": [
                        [
                            row.number,
                            row.is_hidden,
                            [[at, cell.kind, cell.value, cell.is_formula] for at, cell in row.cells.items()],
                        ]
                        for row in sheet.rows
                    ],
                }
                for sheet in one.sheets
            ],
        }
        for one in books
    ]


def load(told: Any) -> list[Book]:
    """What `dump` gave. The child may have been led astray: raises ValueError or the like where it makes no
    sense."""
    return [
        Book(str(one["name"]), [_sheet(each) for each in one["sheets"]], str(one["problem"])) for one in told
    ]


def _sheet(told: Any) -> book.Sheet:
    rows = [
        book.Row(int(number), {int(at): _cell(*cell) for at, *cell in cells}, bool(is_hidden))
        for number, is_hidden, cells in told["rows"]
    ]
    merged = [str(area) for area in told["merged"]]
    return book.Sheet(str(told["name"]), bool(told["is_hidden"]), rows, merged, int(told["beyond"]))


def _cell(kind: Any, value: Any, is_formula: Any) -> book.Cell:
    if not isinstance(value, (str, int, float, bool)):
        raise TypeError(type(value))
    return book.Cell(book.Kind(kind), value, bool(is_formula))
