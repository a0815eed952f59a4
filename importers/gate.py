"""The first station of every document: what it is, and whether a parser may see it at all.

A limit on uploads is no defence: 200 KB of a Word file can become gigabytes. So whatever unpacks is unpacked
here once, in pieces and counting, before a parser builds anything from it; sums in headers are not believed.
What a file is, its content says; its name is only held against that, never trusted (reliability.md, D1).
"""

import re
import unicodedata
from enum import StrEnum

MAX_BYTES = 20 * 1024 * 1024
_LONGEST_NAME = 255  # bytes, what file systems take

_CODES_BEFORE_MARKUP = b"\xef\xbb\xbf \t\r\n\x0c"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END_OF_ZIP = b"PK\x05\x06"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


# The harmless file by which virus scanners are tried; split, so that no scanner finds this module.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
INFECTED = "文件带有病毒检测特征，不能导入，请先用杀毒软件检查，再从可靠的来源重新取得文件。"


class Unreadable(ValueError):
    """This product cannot read the bytes. The message is one Chinese sentence to show as it is."""


class Kind(StrEnum):
    """What the readers read; the value is the name of the reader's module."""

    TEXT = "text"
    HTML = "html"
    DOCX = "docx"
    PDF = "pdf"
    OFD = "ofd"


LABELS = {
    Kind.TEXT: "文本文件（.txt）",
    Kind.HTML: "网页（.html）",
    Kind.DOCX: "Word 文件（.docx）",
    Kind.PDF: "PDF 文件",
    Kind.OFD: "OFD 版式文件",
}
# What a name may say about a content; an unknown ending says nothing. Renamed Word files are common.
_SUFFIXES = {
    Kind.TEXT: {"txt", "text", "md", "htm", "html", "shtml"},
    Kind.HTML: {"htm", "html", "shtml", "xhtml"},
    Kind.DOCX: {"docx", "doc", "wps"},
    Kind.PDF: {"pdf"},
    Kind.OFD: {"ofd"},
}
_TELLING = frozenset().union(*_SUFFIXES.values()) | {
    *(
        "docm",
        "dotm",
        "dotx",
        "xls",
        "xlsx",
        "xlsm",
        "et",
        "ppt",
        "pptx",
        "odt",
        "rtf",
        "mht",
        "mhtml",
        "zip",
    ),
    *("rar", "7z", "gz", "exe", "png", "jpg", "jpeg", "gif", "tif", "tiff", "bmp"),
}

_AS_TEXT = "请打开后另存为 .docx，或复制正文另存为 UTF-8 编码的 .txt 文件再导入"
_NEEDS_TEXT = "请提供文字版文件，或先用文字识别（OCR）软件转成文字再导入"
_UNPACK = "请解压后导入其中的推进计划文件"
_CHOOSE = "请选择推进计划的文件"
# (magic bytes, what it is, what to do); the first that fits speaks.
_FOREIGN = (
    (b"\x89PNG\r\n\x1a\n", "图片（PNG）", _NEEDS_TEXT),
    (b"\xff\xd8\xff", "图片（JPEG）", _NEEDS_TEXT),
    (b"GIF8", "图片（GIF）", _NEEDS_TEXT),
    (b"II*\x00", "图片（TIFF）", _NEEDS_TEXT),
    (b"MM\x00*", "图片（TIFF）", _NEEDS_TEXT),
    (b"BM", "图片（BMP）", _NEEDS_TEXT),
    (b"RIFF", "图片或音视频文件", _NEEDS_TEXT),
    (b"\x7fELF", "可执行程序", _CHOOSE),
    (b"MZ", "可执行程序", _CHOOSE),
    (b"Rar!\x1a\x07", "压缩包（RAR）", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "压缩包（7z）", _UNPACK),
    (b"\x1f\x8b", "压缩包（gzip）", _UNPACK),
    (b"BZh", "压缩包（bzip2）", _UNPACK),
    (b"\xfd7zXZ\x00", "压缩包（xz）", _UNPACK),
    (b"{\\rtf", "RTF 文件", "请用 WPS 或 Word 另存为 .docx 再导入"),
)
# Magic of two or three letters could begin a text; then it only counts where bytes follow that no text has.
_SHORT_MAGIC = 4
# The names of the streams inside an old Office container, which is UTF-16 there.
_OLE2_KINDS = (
    ("EncryptedPackage", "加了密码的 Office 文件", "请先在 WPS 或 Word 中取消密码保护，另存为 .docx 再导入"),
    ("WordDocument", "旧版 Word/WPS 文件（.doc、.wps）", "请用 WPS 或 Word 另存为 .docx 再导入"),
    ("Workbook", "旧版 Excel 工作簿（.xls）", _AS_TEXT),
    ("PowerPoint Document", "旧版演示文稿（.ppt）", _AS_TEXT),
)
_HTML_TAGS = rb"!doctype\s+html|html|head|body|meta|title|div|p|br|span|table|article|h[1-6]|font|script"
_BEGINS_HTML = re.compile(rb"(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:%s)[\s/>]" % _HTML_TAGS, re.I | re.S)
_HTML_INSIDE = re.compile(rb"</(?:p|div|body|html|td|span)\s*>|<br\s*/?>", re.I)
_ENOUGH_TAGS = 3


def admit(data: bytes, *, name: str = "") -> Kind:
    """What `data` is. Raises Unreadable where no parser may see it. Costs one pass over what unpacks."""
    check_size(len(data))
    if EICAR in data:
        raise Unreadable(INFECTED)
    kind = _kind(data)
    _check_name(kind, name)
    return kind


def check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise Unreadable(
            f"文件有 {size / 1048576:.1f} MB，超过 {MAX_BYTES // 1048576} MB 的上限，请只导入推进计划的正文。"
        )
    if not size:
        raise Unreadable("文件是空的，没有任何内容，请选择推进计划的文件。")


def safe_name(name: str) -> str:
    """A file's name as pages, logs and databases can take it: the last part, printable, at most 255 bytes."""
    last = re.split(r"[/\\]", name)[-1]
    # Categories C*: control and format characters, among them NUL, line breaks and U+202E.
    printable = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip()
    stem, dot, suffix = printable.rpartition(".")
    ending = f"{dot}{suffix}" if stem and len(suffix) <= 8 else ""
    room = _LONGEST_NAME - len(ending.encode())
    kept = printable.removesuffix(ending).encode()[:room].decode("utf-8", "ignore")
    return kept + ending


def _kind(data: bytes) -> Kind:
    if data.startswith(ZIP):
        from importers.archive import kind_of_package

        return kind_of_package(data)
    if data.startswith(OLE2):
        raise Unreadable(_foreign(*_old_office(data)))
    start = data[:4096].lstrip(_CODES_BEFORE_MARKUP)
    if start.startswith(b"%PDF-"):
        if _END_OF_ZIP in data[-65557:]:
            raise Unreadable("这个文件既是 PDF 又是压缩包，来历可疑，请在阅读器中重新另存为 PDF 再导入。")
        return Kind.PDF
    for magic, kind, advice in _FOREIGN:
        if data.startswith(magic) and (len(magic) > _SHORT_MAGIC - 1 or b"\x00" in data[:1024]):
            raise Unreadable(_foreign(kind, advice))
    if start[:64].lower().startswith((b"mime-version:", b"from: <saved by", b'from: "saved by')):
        raise Unreadable(
            _foreign("单个文件网页（.mht）", "请在浏览器中打开，另存为“网页，仅 HTML（.html）”再导入")
        )
    if _is_html(data):
        return Kind.HTML
    return Kind.TEXT


def _is_html(data: bytes) -> bool:
    head = data[:65536]
    if head.startswith(_WIDE_MARKS):
        head = head.replace(b"\x00", b"")[2:]  # UTF-16: enough to see tags, which are ASCII
    if _BEGINS_HTML.match(head.lstrip(_CODES_BEFORE_MARKUP)):
        return True
    return len(_HTML_INSIDE.findall(head)) >= _ENOUGH_TAGS


def _old_office(data: bytes) -> tuple[str, str]:
    for stream, kind, advice in _OLE2_KINDS:
        if stream.encode("utf-16-le") in data:
            return kind, advice
    return "旧版 Office/WPS 文件（.doc、.wps、.xls）或加密文件", "请用 WPS 或 Word 另存为 .docx 再导入"


def _check_name(kind: Kind, name: str) -> None:
    suffix = safe_name(name).lower().rpartition(".")[2] if "." in name else ""
    if suffix in _TELLING and suffix not in _SUFFIXES[kind]:
        raise Unreadable(
            f"文件名以 .{suffix} 结尾，内容却是{LABELS[kind]}，两者不符，"
            "请核对所选文件，用原来的软件重新另存后再导入。"
        )


def _foreign(kind: str, advice: str) -> str:
    return f"这是{kind}，不能直接导入，{advice}。"
