"""PDF files with a text layer, through PDFium, the one reader tried that returns right Chinese.

Its own text is in the order of drawing; here the characters are taken with their places and put into lines.
PDFium runs no script, follows no action and opens no file for this.
"""

import math
from collections import Counter
from collections.abc import Iterator
from ctypes import byref, c_double

import pypdfium2
from pypdfium2 import raw

from importers.gate import Kind, Unreadable
from importers.readers.document import MAX_CHARACTERS, Document, OnPage, Remark, document_of, is_blank
from importers.readers.placed import Piece, PlacedLines, in_lines, listed, text_of

MAX_PAGES = 500

_SCANNED = "没有文字层，像是扫描件或图片，请先用文字识别（OCR）软件转成文字，或请对方提供文字版"
_HYPHENS = {0x02: "-", 0xFFFE: "-", 0xAD: ""}
_QUARTER = math.pi / 2
_UPRIGHT = math.radians(10)
_SLANTED = -1
_TAIL = 2048  # bytes in which a whole file ends


def read(data: bytes, *, name: str, encoding: str, on_page: OnPage) -> Document:
    if b"%%EOF" not in data[-_TAIL:]:
        # PDFium mends a file that was cut off, and a page whose text was lost with the rest comes out empty.
        raise Unreadable(_damaged())
    placed: list[PlacedLines] = []
    empty: list[int] = []
    slanted = 0
    document = _opened(data)
    try:
        mended = not raw.FPDF_DocumentHasValidCrossReferenceTable(document)
        pages = len(document)
        if pages > MAX_PAGES:
            raise Unreadable(
                f"PDF 有 {pages} 页，超过 {MAX_PAGES} 页的上限，"
                "请只导入推进计划的正文（可另存为只含这些页的 PDF）。"
            )
        left = MAX_CHARACTERS
        for number in range(pages):
            on_page(number + 1, pages)
            page = _Page(document, number, left)
            left -= page.characters
            slanted += page.slanted
            placed.append(in_lines(page.pieces))
            if not placed[-1].lines and page.has_objects:
                empty.append(number + 1)
    except pypdfium2.PdfiumError:
        raise Unreadable(_damaged()) from None
    finally:
        document.close()
    lines, remarks = text_of(placed)
    if is_blank(lines):
        raise Unreadable(f"这个 PDF {_SCANNED}（.docx 或 .txt）再导入。")
    remarks += _told(mended, slanted, empty)
    return document_of(lines, name=name, kind=Kind.PDF, remarks=remarks)


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as failure:
        if getattr(failure, "err_code", None) == raw.FPDF_ERR_PASSWORD or "password" in str(failure).lower():
            raise Unreadable(
                "这个 PDF 加了密码，无法读取，请在阅读器中取消密码保护，另存后再导入。"
            ) from None
        if getattr(failure, "err_code", None) == raw.FPDF_ERR_SECURITY:
            raise Unreadable("这个 PDF 用了不支持的加密方式，请在阅读器中取消加密，另存后再导入。") from None
        raise Unreadable(_damaged()) from None


def _damaged() -> str:
    return "这个 PDF 已损坏或不完整，无法读取，请在阅读器中打开后重新另存为 PDF 再导入，或请对方重新发送。"


def _told(mended: bool, slanted: int, empty: list[int]) -> Iterator[Remark]:
    if mended:
        yield Remark(0, "这个 PDF 的内部索引有损坏，已尽量恢复，请核对内容是否完整。")
    if empty:
        yield Remark(0, f"第 {listed(empty)} 页{_SCANNED}；这些页没有导入。")
    if slanted:
        yield Remark(0, f"斜排的文字共 {slanted} 个字（多为水印），没有导入。")


class _Page:
    """The characters of one page, turned upright if the page lies on its side."""

    def __init__(self, document: pypdfium2.PdfDocument, number: int, left: int) -> None:
        page = document[number]
        text_page = page.get_textpage()
        try:
            self.characters = text_page.count_chars()
            if self.characters > left:
                raise Unreadable(
                    f"PDF 的文字超过 {MAX_CHARACTERS // 10000} 万字的上限，"
                    "不像一份推进计划，请只导入计划的正文。"
                )
            self.has_objects = raw.FPDFPage_CountObjects(page) > 0
            found = list(_signs(text_page.raw, self.characters))
        finally:
            text_page.close()
            page.close()
        turns = Counter(turn for *_, turn in found)
        self.slanted = turns.pop(_SLANTED, 0)
        main = max(turns, key=turns.__getitem__, default=0)
        self.pieces = [
            _turned(text, x, y, width, height, main)
            for text, x, y, width, height, turn in found
            if turn != _SLANTED
        ]


def _quarters(angle: float) -> int:
    """How many quarters clockwise a sign is turned; _SLANTED where it stands across, as watermarks do."""
    if angle < _UPRIGHT:
        return 0
    quarters = round(angle / _QUARTER)
    return quarters % 4 if abs(angle - quarters * _QUARTER) <= _UPRIGHT else _SLANTED


def _signs(page: raw.FPDF_TEXTPAGE, count: int) -> Iterator[tuple[str, float, float, float, float, int]]:
    """Character, place of its origin, width and height of its box, and how it is turned."""
    x, y, box = c_double(), c_double(), raw.FS_RECTF()
    to_x, to_y, to_box = byref(x), byref(y), byref(box)
    high = 0
    for index in range(count):
        # PDFium puts in spaces and line breaks of its own; the places say better.
        if raw.FPDFText_IsGenerated(page, index) == 1:
            continue
        code = raw.FPDFText_GetUnicode(page, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            if not high:
                continue
            code, high = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00, 0
        text = _HYPHENS.get(code, chr(code) if code >= 0x20 else "")
        if not text:
            continue
        raw.FPDFText_GetCharOrigin(page, index, to_x, to_y)
        raw.FPDFText_GetLooseCharBox(page, index, to_box)
        width, height = abs(box.right - box.left), abs(box.top - box.bottom)
        yield text, x.value, y.value, width, height, _quarters(raw.FPDFText_GetCharAngle(page, index))


def _turned(text: str, x: float, y: float, width: float, height: float, turn: int) -> Piece:
    """PDF counts upwards from below; `turn` are the quarters, clockwise, that the text is turned by."""
    if turn == 1:
        return Piece(text, -y, -x, height, max(width, 1))
    if turn == 2:
        return Piece(text, -x, y, width, max(height, 1))
    if turn == 3:
        return Piece(text, y, x, height, max(width, 1))
    return Piece(text, x, -y, width, max(height, 1))
