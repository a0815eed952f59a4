"""An upload of sheets: each file read in the limited child, all of it kept as one import."""

import time
from collections.abc import Iterable
from threading import BoundedSemaphore

from django.core.files.uploadedfile import UploadedFile

from agencies.models import User
from importers.gate import Unreadable, safe_name
from importers.models import SheetImport
from importers.sandbox import read_sheets_in_child
from importers.sheets.reading import MOST_FILES, Book
from importers.sheets.tables import Extract, extract

# Each reading may take a gigabyte: a process lets this many run beside each other.
_places = BoundedSemaphore(2)
_PATIENCE = 20.0  # seconds
LONGEST = 45.0  # seconds in which files are begun; an honest one takes some hundredths
_TOO_LONG = "前面的文件读取用时过长，这个文件没有读取，请另行上传。"
_BUSY = "正在读取的文件较多，没有读取，请稍后再上传。"
_LONGEST_NAME = 255


def read(files: Iterable[UploadedFile]) -> tuple[str, Extract]:
    """What is in the files, and how they are called together. What cannot be read is told in it."""
    names, books = [], []
    deadline = time.monotonic() + LONGEST
    for file in files:
        name = safe_name(file.name or "") or "未命名文件"
        names.append(name)
        if time.monotonic() > deadline:
            books.append(Book(name, problem=_TOO_LONG))
            continue
        books += _read(file.read(), name)
        if len(books) > MOST_FILES:
            words = f"一次最多读取 {MOST_FILES} 个工作簿，其余的请另行上传。"
            books = [*books[:MOST_FILES], Book(name, problem=words)]
            break
    return _short("、".join(names)), extract(books)


def keep(name: str, found: Extract, *, by: User) -> SheetImport:
    return SheetImport.objects.create(
        name=name,
        by=by,
        lines=[line.dump() for line in found.lines],
        problems=found.problems,
        notes=found.notes,
    )


def _read(data: bytes, name: str) -> list[Book]:
    if not _places.acquire(timeout=_PATIENCE):
        return [Book(name, problem=_BUSY)]
    try:
        return read_sheets_in_child(data, name=name)
    except Unreadable as unreadable:
        return [Book(name, problem=str(unreadable))]
    finally:
        _places.release()


def _short(names: str) -> str:
    return names if len(names) <= _LONGEST_NAME else names[: _LONGEST_NAME - 1] + "…"
