"""An upload of sheets: each file read in the limited child, all of it kept as one import."""

from collections.abc import Iterable
from threading import BoundedSemaphore

from django.core.files.uploadedfile import UploadedFile

from agencies.models import User
from importers.gate import Unreadable, safe_name
from importers.models import SheetImport
from importers.sandbox import read_sheets_in_child
from importers.sheets.reading import MOST_FILES, Book
from importers.sheets.tables import extract

# Each reading may take a gigabyte: a process lets this many run beside each other.
_places = BoundedSemaphore(2)
_PATIENCE = 20.0  # seconds
_BUSY = "正在读取的文件较多，没有读取，请稍后再上传。"
_LONGEST_NAME = 255


def keep(files: Iterable[UploadedFile], *, by: User) -> SheetImport:
    """Read the files and keep what is in them. What cannot be read is told in the import itself."""
    names, books = [], []
    for file in files:
        name = safe_name(file.name or "") or "未命名文件"
        names.append(name)
        books += _read(file.read(), name)
        if len(books) > MOST_FILES:
            words = f"一次最多读取 {MOST_FILES} 个工作簿，其余的请另行上传。"
            books = [*books[:MOST_FILES], Book(name, problem=words)]
            break
    found = extract(books)
    return SheetImport.objects.create(
        name=_short("、".join(names)),
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
