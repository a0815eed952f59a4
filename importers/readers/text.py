"""Characters out of bytes. The order is fixed and never a statistical guess, which is wrong on short Chinese
text: a byte order mark, then strict UTF-8, then strict GB18030, then the person is asked.

One trap in that order: nearly every Big5 text is valid GB18030 too, as other characters. So bytes that both
can read are taken for GB only where all are GB 2312, the everyday characters; Big5 with a comma is not.
"""

import codecs
import re

from importers.gate import Kind, Unreadable
from importers.readers.document import Document, OnPage, check_blank, document_of, split_lines

# What a person may answer: the codec's name and the words for it.
ENCODINGS = (
    ("utf-8", "UTF-8"),
    ("gb18030", "GB18030（简体中文，含 GBK、GB2312）"),
    ("big5", "Big5（繁体中文）"),
    ("utf-16-le", "UTF-16 LE（Windows“Unicode”）"),
    ("utf-16-be", "UTF-16 BE"),
)
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
# What the answers and the names in web pages mean in Python: cp950 is Big5 as Windows has always written it.
_CODECS = {"big5": "cp950"}
_SAVE_AS = "请选择正确的编码，或另存为 UTF-8 编码的 .txt 文件再导入"
_ALL_CHINESE = re.compile("[\u2010-\u201f\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")
_LINE_BREAK = re.compile("\r\n|\n|\r")


class EncodingUnknown(Unreadable):
    """The bytes do not say how their characters are encoded: ask, and read again with the answer."""


def read(data: bytes, *, name: str, encoding: str, on_page: OnPage) -> Document:
    text, found = decoded(data, encoding=encoding)
    check_blank(text)
    return document_of(split_lines(text), name=name, kind=Kind.TEXT, encoding=found)


def decoded(data: bytes, *, encoding: str = "", declared: str = "") -> tuple[str, str]:
    """The text and the name of its encoding. `encoding` is a person's answer, `declared` a page's claim."""
    for mark, found in _MARKS:
        if data.startswith(mark) and encoding in ("", found):
            return _strictly(data[len(mark) :], found), found
    if encoding:
        if encoding not in dict(ENCODINGS):
            raise EncodingUnknown(f"没有“{encoding[:20]}”这种编码可选，{_SAVE_AS}。")
        return _strictly(data, encoding), encoding
    if b"\x00" in data:
        line = _line_of(data, data.index(b"\x00"))
        raise EncodingUnknown(
            f"第 {line} 行含有 NUL 字节，这是二进制文件或没有标记的 UTF-16 文本，{_SAVE_AS}。"
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as failure:
        as_utf8 = failure
    else:
        # Chinese has three bytes in UTF-8. Two are Cyrillic or Arabic, or short GB: 同 is valid UTF-8 as ͬ.
        two_bytes = not text.isascii() and max(text) < "\u0800"
        return (
            (data.decode("gb2312"), "gb18030") if two_bytes and _decodes(data, "gb2312") else (text, "utf-8")
        )
    if declared and declared != "utf-8":
        return _strictly(data, declared), declared
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as failure:
        # A file with good UTF-8 before its bad byte was meant to be UTF-8; else the one that got further.
        good = data[: as_utf8.start].decode("utf-8")
        meant_utf8 = len(good.encode("ascii", "ignore")) + 4 <= len(good)
        furthest = as_utf8 if meant_utf8 else max(as_utf8, failure, key=lambda each: each.start)
        raise EncodingUnknown(_bad_byte(data, furthest.start, " UTF-8，也不是 GB18030")) from None
    if not _decodes(data, "gb2312"):
        if _decodes(data, "cp950"):
            raise EncodingUnknown(f"文件既可能是 GB18030（简体）也可能是 Big5（繁体）编码，{_SAVE_AS}。")
        if any(_is_chinese(data, codec) for codec in ("utf-16-le", "utf-16-be")):
            raise EncodingUnknown(f"文件既可能是 GB18030 也可能是没有标记的 UTF-16 编码，{_SAVE_AS}。")
    return text, "gb18030"


def known_encoding(name: str) -> str:
    """The one of ENCODINGS that a page's charset means, or an empty string."""
    try:
        codec = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return ""
    if codec in ("gb2312", "gbk", "gb18030", "hz"):
        return "gb18030"
    if codec in ("big5", "cp950", "big5hkscs"):
        return "big5"
    return codec if codec in dict(ENCODINGS) else ""


def _is_chinese(data: bytes, codec: str) -> bool:
    return _decodes(data, codec) and _ALL_CHINESE.fullmatch(data.decode(codec)) is not None


def _decodes(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _strictly(data: bytes, encoding: str) -> str:
    codec = _CODECS.get(encoding, encoding)
    try:
        return data.decode(codec)
    except UnicodeDecodeError as failure:
        raise EncodingUnknown(
            # Only UTF-16 has line breaks of two bytes; in the others a byte 0A or 0D is nothing else.
            _bad_byte(data, failure.start, f"有效的 {encoding.upper()}", codec=codec)
        ) from None


def _bad_byte(data: bytes, position: int, what: str, *, codec: str = "latin-1") -> str:
    line = 1 + len(_LINE_BREAK.findall(data[:position].decode(codec, "ignore")))
    return (
        f"第 {line} 行有无法识别的字节 0x{data[position]:02X}（全文第 {position + 1} 个字节），"
        f"文件编码不是{what}，{_SAVE_AS}。"
    )


def _line_of(data: bytes, position: int) -> int:
    return 1 + len(_LINE_BREAK.findall(data[:position].decode("latin-1")))
