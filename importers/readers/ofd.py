"""OFD files (GB/T 33190), China's fixed-layout format for official documents, through ofdkit.

Of the library, which is young, only the package, the pages and the places of their text are used. Its own
reading order is made for invoices and passes over what stands outside of the page, so lines are built here.
"""

from collections.abc import Iterator

import ofdkit

from importers.gate import Kind, Unreadable
from importers.readers.document import MAX_CHARACTERS, Document, OnPage, document_of, is_blank
from importers.readers.placed import Piece, in_lines, text_of

MAX_PAGES = 500

_DAMAGED = (
    "这个 OFD 文件已损坏或不合标准，无法完整读取，请在 OFD 阅读器中复制正文，或另存（打印）为 PDF 后再导入。"
)


def read(data: bytes, *, name: str, encoding: str, on_page: OnPage) -> Document:
    try:
        with ofdkit.open(data) as opened:
            pages = opened.pages
            if len(pages) > MAX_PAGES:
                raise Unreadable(
                    f"OFD 文件有 {len(pages)} 页，超过 {MAX_PAGES} 页的上限，请只导入推进计划的正文。"
                )
            read_pages = [in_lines(_pieces(page)) for page in _with_content(pages, on_page)]
            if opened.warnings:
                # A page or a template was not found: better nothing than a plan with a hole.
                raise Unreadable(_DAMAGED)
    except (ofdkit.OFDError, ValueError, KeyError, OverflowError) as failure:
        if isinstance(failure, Unreadable):
            raise
        raise Unreadable(_DAMAGED) from None
    lines, remarks = text_of(read_pages)
    if is_blank(lines):
        raise Unreadable(
            "这个 OFD 文件没有文字，像是扫描件或图片，"
            "请先用文字识别（OCR）软件转成文字，或请对方提供文字版再导入。"
        )
    return document_of(lines, name=name, kind=Kind.OFD, remarks=remarks)


def _with_content(pages: list[ofdkit.Page], on_page: OnPage) -> Iterator[ofdkit.Page]:
    left = MAX_CHARACTERS
    for number, page in enumerate(pages, 1):
        on_page(number, len(pages))
        if page.location is None:
            raise Unreadable(_DAMAGED)
        left -= sum(len(run.text) for run in page.runs)
        if left < 0:
            raise Unreadable(
                f"OFD 文件的文字超过 {MAX_CHARACTERS // 10000} 万字的上限，"
                "不像一份推进计划，请只导入计划的正文。"
            )
        yield page


def _pieces(page: ofdkit.Page) -> Iterator[Piece]:
    for run in page.runs:
        if run.text:
            yield Piece(run.text, run.x, run.y, run.width, max(run.size, 0.1))
