"""Bytes in, numbered lines out: one module a format, all behind `read`.

A reader is a module with `read(data, *, name, encoding, on_page) -> Document`, named as its `Kind`; the gate
decides which one by the content. It imports its library itself, so that reading a text loads no parser.
"""

from importlib import import_module
from typing import Protocol, cast

from importers.gate import MAX_BYTES, Kind, Unreadable, admit, safe_name
from importers.readers.document import Document, Line, OnPage, Remark, document_from_text
from importers.readers.text import ENCODINGS, EncodingUnknown

__all__ = [
    "ENCODINGS",
    "MAX_BYTES",
    "Document",
    "EncodingUnknown",
    "Kind",
    "Line",
    "Reader",
    "Remark",
    "Unreadable",
    "document_from_text",
    "read",
    "read_admitted",
    "reader_of",
]


class Reader(Protocol):
    def read(self, data: bytes, *, name: str, encoding: str, on_page: OnPage) -> Document: ...


def read(data: bytes, *, name: str = "", encoding: str = "") -> Document:
    """The document in `data`. Raises Unreadable with a sentence that says what is wrong and what to do.

    `encoding` is a person's answer (one of ENCODINGS) where EncodingUnknown asked; formats that carry their
    own take no notice. In a web process use `sandbox.read_in_child`, which puts limits around this."""
    return read_admitted(reader_of(admit(data, name=name)), data, name=name, encoding=encoding)


def reader_of(kind: Kind) -> Reader:
    return cast(Reader, import_module(f"importers.readers.{kind.value}"))


def read_admitted(
    reader: Reader, data: bytes, *, name: str, encoding: str, on_page: OnPage = lambda page, pages: None
) -> Document:
    """What the gate let through, read by the reader that `reader_of` gave for its kind.

    `on_page` hears of each page of a format that has pages; the others are read in one go."""
    try:
        return reader.read(data, name=safe_name(name), encoding=encoding, on_page=on_page)
    except RecursionError:
        raise Unreadable("文件的结构嵌套得太深，不像正常文件，请复制正文另存为 .docx 再导入。") from None
