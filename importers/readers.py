"""Bytes in, numbered lines out: what kind of file this is and how its characters are encoded.

The order is fixed and never a statistical guess, which is wrong on short Chinese text: a byte order mark,
then strict UTF-8, then strict GB18030, then a sentence that asks. A format is told by its content, never
by the file's name, so that a further reader (docx, pdf, html) is one more row of `_read_by_content`.
"""

import re
from dataclasses import dataclass

MAX_BYTES = 20 * 1024 * 1024

_LINE_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile("[\\s\u200b-\u200f\u2060\ufeff\x00]*")

# (magic bytes, what it is, what to do); the first that fits speaks.
_FOREIGN = (
    (b"%PDF-", "PDF 文件", "请在阅读器中复制全文，另存为 UTF-8 编码的 .txt 文件后再导入"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "旧版 Office/WPS 文件（.doc、.wps、.xls）或加密文件",
        "请打开后另存为 UTF-8 编码的 .txt 文件再导入",
    ),
    (b"\x89PNG\r\n\x1a\n", "图片（PNG）", "请提供文字版文件"),
    (b"\xff\xd8\xff", "图片（JPEG）", "请提供文字版文件"),
    (b"GIF8", "图片（GIF）", "请提供文字版文件"),
    (b"II*\x00", "图片（TIFF）", "请提供文字版文件"),
    (b"MM\x00*", "图片（TIFF）", "请提供文字版文件"),
    (b"\x7fELF", "可执行程序", "请选择推进计划的文本文件"),
    (b"MZ\x90\x00", "可执行程序", "请选择推进计划的文本文件"),
    (b"Rar!\x1a\x07", "压缩包（RAR）", "请解压后导入其中的文本文件"),
    (b"7z\xbc\xaf\x27\x1c", "压缩包（7z）", "请解压后导入其中的文本文件"),
    (b"\x1f\x8b", "压缩包（gzip）", "请解压后导入其中的文本文件"),
    (b"{\\rtf", "RTF 文件", "请打开后另存为 UTF-8 编码的 .txt 文件再导入"),
)
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


class Unreadable(ValueError):
    """The bytes are no text this product reads. The message is one Chinese sentence to show as it is."""


@dataclass(frozen=True, slots=True)
class Line:
    number: int  # from 1, as an editor counts
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    encoding: str
    lines: tuple[Line, ...]


def read(data: bytes, *, name: str = "") -> Document:
    """The document in `data`. Raises Unreadable with a sentence that says what is wrong and what to do."""
    if len(data) > MAX_BYTES:
        raise Unreadable(
            f"文件有 {len(data) / 1048576:.1f} MB，超过 {MAX_BYTES // 1048576} MB 的上限，"
            "请只导入推进计划的正文。"
        )
    if not data:
        raise Unreadable("文件是空的，没有任何内容，请选择推进计划的文本文件。")
    return _read_by_content(data, name)


def document_from_text(text: str, *, name: str = "") -> Document:
    """The document of a text that is a str already, as one pasted into a form."""
    if _BLANKS.fullmatch(text):
        raise Unreadable("文件里只有空白，没有文字，请选择推进计划的文本文件。")
    return Document(name, "utf-8", _lines(text))


def _read_by_content(data: bytes, name: str) -> Document:
    if data.startswith(_ZIP_MAGIC):
        raise Unreadable(_foreign(_kind_of_zip(data), "请打开后另存为 UTF-8 编码的 .txt 文件再导入"))
    for magic, kind, advice in _FOREIGN:
        if data.startswith(magic):
            raise Unreadable(_foreign(kind, advice))
    text, encoding = _decoded(data)
    return Document(name, encoding, document_from_text(text).lines)


def _kind_of_zip(data: bytes) -> str:
    # The entry names stand uncompressed in the headers; nothing is unpacked to tell the kind.
    head = data[:4096] + data[-4096:]
    if b"word/" in head:
        return "Word 文件（.docx）"
    if b"xl/" in head:
        return "Excel 文件（.xlsx）"
    if b"ppt/" in head:
        return "演示文稿（.pptx）"
    if b"OFD.xml" in head:
        return "OFD 版式文件"
    return "压缩包（zip）"


def _foreign(kind: str, advice: str) -> str:
    return f"这是{kind}，不是文本文件，{advice}。"


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"\x84\x31\x95\x33", "gb18030"),
    ):
        if data.startswith(mark):
            return _strictly(data[len(mark) :], encoding), encoding
    if b"\x00" in data:
        line = _line_of(data, data.index(b"\x00"))
        raise Unreadable(
            f"第 {line} 行含有 NUL 字节，这是二进制文件或没有标记的 UTF-16 文本，"
            "请另存为 UTF-8 编码的 .txt 文件再导入。"
        )
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as failure:
        as_utf8 = failure
    try:
        return data.decode("gb18030"), "gb18030"
    except UnicodeDecodeError as failure:
        # A file with good UTF-8 before its bad byte was meant to be UTF-8; else the one that got further.
        good = data[: as_utf8.start].decode("utf-8")
        meant_utf8 = len(good.encode("ascii", "ignore")) + 4 <= len(good)
        furthest = as_utf8 if meant_utf8 else max(as_utf8, failure, key=lambda each: each.start)
        raise Unreadable(_bad_byte(data, furthest.start, "UTF-8，也不是 GB18030")) from None


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as failure:
        raise Unreadable(_bad_byte(data, failure.start, f"有效的 {encoding.upper()}")) from None


def _bad_byte(data: bytes, position: int, what: str) -> str:
    line = _line_of(data, position)
    return (
        f"第 {line} 行有无法识别的字节 0x{data[position]:02X}（全文第 {position + 1} 个字节），"
        f"文件编码不是 {what}，请另存为 UTF-8 编码的 .txt 文件再导入。"
    )


def _line_of(data: bytes, position: int) -> int:
    before = data[:position]
    return 1 + before.count(b"\n") + before.replace(b"\r\n", b"").count(b"\r")


def _lines(text: str) -> tuple[Line, ...]:
    texts = _LINE_BREAK.split(text)
    if texts[-1] == "":
        texts.pop()
    return tuple(Line(number, line) for number, line in enumerate(texts, 1))
