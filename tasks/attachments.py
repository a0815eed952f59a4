"""附件: which files an agency may attach, told by what is in them, and how they are kept on the disk.

A file comes from outside and goes on to others: its name, its announced type and its content each have to
agree, and nothing in it may run by itself.
"""

import hashlib
import os
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage
from django.core.files.uploadedfile import UploadedFile

LARGEST = 20 * 1024 * 1024
MOST_FILES = 10
LONGEST_NAME = 255  # bytes, as file systems count them

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The ending of a name -> the type that its content has to be of.
TYPES = {
    ".docx": _WORD,
    ".xlsx": _SHEET,
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}
ACCEPTED = ",".join(TYPES)
_MAGIC = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .doc and .xls, and a .docx with a password
# What makes a package a document, and a workbook: its main part, and how [Content_Types].xml announces it.
_PARTS = {
    _WORD: ("word/document.xml", _WORD.encode() + b".main+xml"),
    _SHEET: ("xl/workbook.xml", _SHEET.encode() + b".main+xml"),
}
_MACROS = ("vbaproject.bin", "vbadata.xml", "/macrosheets/", "/activex/")
_MOST_PARTS = 5000
_LARGEST_UNPACKED = 200 * 1024 * 1024
# The file that every scanner must find, by agreement; in two pieces, or this file would be found too.
_EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!"
_BLOCK = 1 << 16


class Unacceptable(Exception):
    """The file is not taken; the text says, in Chinese, why and what to do."""


@dataclass(frozen=True)
class CheckedFile:
    """An upload that was looked into: only such a one is attached."""

    content: File
    name: str
    content_type: str
    size: int
    digest: str


def check(upload: UploadedFile) -> CheckedFile:
    """Look into an uploaded file. Raises Unacceptable."""
    name = safe_name(upload.name or "")
    kind = TYPES.get(PurePosixPath(name).suffix.lower())
    if kind is None:
        raise Unacceptable(f"“{name}”不是可以上传的类型，请上传 Word（.docx）、Excel（.xlsx）、PDF 或图片")
    if not upload.size:
        raise Unacceptable(f"“{name}”是空文件，请检查后重新选择")
    if upload.size > LARGEST:
        raise Unacceptable(f"“{name}”超过 {LARGEST // 1024 // 1024} MB，请压缩或拆分后上传")
    content = upload.file
    if _type_of(content, name) != kind:
        raise Unacceptable(f"“{name}”的内容与扩展名不符，请用原程序另存后再上传")
    content.seek(0)
    digest, size = hashlib.sha256(), 0
    for block in _scanned(content, name):
        digest.update(block)
        size += len(block)
    content.seek(0)
    return CheckedFile(File(content), name, kind, size, digest.hexdigest())


def safe_name(name: str) -> str:
    """The name without folders, without signs that are not seen or turn the direction, and of a length that
    every file system takes; the ending stays.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(" " if sign.isspace() else sign for sign in unicodedata.normalize("NFC", last))
    seen = "".join(sign for sign in seen if unicodedata.category(sign)[0] != "C")
    seen = " ".join(seen.split()).strip(". ")
    stem, dot, ending = seen.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = seen, "", ""
    room = LONGEST_NAME - len((dot + ending).encode())
    return (stem.encode()[:room].decode(errors="ignore").rstrip(". ") or "附件") + dot + ending


# --- what is in it ------------------------------------------------------------------------------------


def _type_of(content: IO[bytes], name: str) -> str:
    """By its first bytes and, for a package, by its parts; empty where it is none of ours."""
    content.seek(0)
    head = content.read(8)
    if head == _COMPOUND:
        raise Unacceptable(f"“{name}”有密码或是旧版格式，请去掉密码，另存为 .docx 或 .xlsx 后上传")
    if head.startswith(_ZIP):
        return _package_type(content, name)
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "")


def _package_type(content: IO[bytes], name: str) -> str:
    try:
        with ZipFile(content) as package:
            return _type_by_parts(package, name)
    # What zipfile and zlib raise on a file that is torn, or made to be.
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError) as torn:
        raise Unacceptable(f"“{name}”已损坏或有密码，打不开，请用原程序另存后再上传") from torn


def _type_by_parts(package: ZipFile, name: str) -> str:
    parts = package.infolist()
    names = [part.filename for part in parts]
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > _MOST_PARTS or unpacked > _LARGEST_UNPACKED:
        raise Unacceptable(f"“{name}”解开后过大，请拆分后上传")
    if len(set(names)) != len(names):  # two readers could see two documents
        raise BadZipFile
    if any(part.flag_bits & 1 or part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
        raise BadZipFile
    if "[Content_Types].xml" not in names:
        return ""
    types = package.read("[Content_Types].xml")
    if b"macroenabled" in types.lower() or any(
        sign in f"/{one.lower()}" for one in names for sign in _MACROS
    ):
        raise Unacceptable(f"“{name}”含有宏或控件，请另存为不含宏的文件后上传")
    for part in parts:  # reads all of it, and so compares each checksum
        with package.open(part) as opened:
            for _ in _scanned(opened, name):
                pass
    fitting = [kind for kind, (main, said) in _PARTS.items() if main in names and said in types]
    return fitting[0] if len(fitting) == 1 else ""


def _scanned(content: IO[bytes], name: str) -> Iterator[bytes]:
    """Its blocks, the sign of a virus looked for across them."""
    tail = b""
    while block := content.read(_BLOCK):
        if _EICAR in tail + block:
            raise Unacceptable(f"“{name}”被识别为病毒，没有上传，请先查杀")
        tail = block[1 - len(_EICAR) :]
        yield block


# --- on the disk --------------------------------------------------------------------------------------


def make_durable(storage: Storage, stored: str) -> None:
    """Wait until the file and its place in its folders are on the disk: a row must not outlive its file."""
    if not isinstance(storage, FileSystemStorage):
        return
    path = storage.path(stored)
    root = os.path.realpath(storage.location)
    while True:
        _sync(path)
        if os.path.realpath(path) == root:
            return
        path = os.path.dirname(path)


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
