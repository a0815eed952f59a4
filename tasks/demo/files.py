"""The files that the demo's reports carry: small, real documents, marked as made up and everywhere the same.

Written by hand and not compressed: a library would bring the hour along, and its own version.
"""

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from tasks.demo.words import MARK

_DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_OFFICE = "http://schemas.openxmlformats.org"
_RELATED = f"{_OFFICE}/officeDocument/2006/relationships"
_APPLICATION = "application/vnd.openxmlformats-officedocument"


@dataclass(frozen=True)
class MadeUpFile:
    """What it is called, without the mark that its name gets, what it is (docx …), and what it says."""

    title: str
    ending: str
    lines: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{MARK.rstrip('：')}-{self.title}.{self.ending}"

    @property
    def content(self) -> bytes:
        if self.ending == "docx":
            return document([self.title, *self.lines])
        if self.ending == "xlsx":
            return workbook([["序号", "成果"], *([place, line] for place, line in enumerate(self.lines, 1))])
        if self.ending == "pdf":
            return page([self.title, *self.lines])
        return picture([20 + sum(line.encode()) % 75 for line in (self.title, *self.lines)])


def document(lines: Sequence[str]) -> bytes:
    """A .docx: the first line as its heading."""
    heading, *rest = (escape(MARK + line) for line in lines)
    bold = '<w:rPr><w:b/><w:sz w:val="32"/></w:rPr>'
    paragraphs = (
        f'<w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r>{bold}<w:t>{heading}</w:t></w:r></w:p>'
        + "".join(
            f'<w:p><w:pPr><w:ind w:firstLine="420"/></w:pPr><w:r><w:t>{line}</w:t></w:r></w:p>'
            for line in rest
        )
    )
    space = f'xmlns:w="{_OFFICE}/wordprocessingml/2006/main"'
    return _package(
        "word/document.xml",
        f"{_APPLICATION}.wordprocessingml.document.main+xml",
        {"word/document.xml": f"<w:document {space}><w:body>{paragraphs}</w:body></w:document>"},
    )


def workbook(rows: Sequence[Sequence[str | int]]) -> bytes:
    """An .xlsx of one sheet; its first row says that it is made up."""

    def cell(value: str | int) -> str:
        if isinstance(value, int):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'

    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in [[MARK.rstrip("：")], *rows])
    space = f'xmlns="{_OFFICE}/spreadsheetml/2006/main"'
    main = f"{_APPLICATION}.spreadsheetml"
    return _package(
        "xl/workbook.xml",
        f"{main}.sheet.main+xml",
        {
            "xl/workbook.xml": f'<workbook {space} xmlns:r="{_RELATED}"><sheets>'
            '<sheet name="清单" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/worksheets/sheet1.xml": f"<worksheet {space}><sheetData>{lines}</sheetData></worksheet>",
            "xl/_rels/workbook.xml.rels": _relations("worksheet", "worksheets/sheet1.xml"),
        },
        {"/xl/worksheets/sheet1.xml": f"{main}.worksheet+xml"},
    )


def page(lines: Sequence[str]) -> bytes:
    """A .pdf of one page, in the Song type that every reader of Chinese PDFs brings along."""
    written = " ".join(
        f"BT /F {22 if place == 0 else 14} Tf 72 {760 - 40 * place} Td <{_hex(MARK + line)}> Tj ET"
        for place, line in enumerate(lines)
    ).encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(written), written),
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>>",
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo"
        b"<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/FontDescriptor 7 0 R/DW 1000>>",
        b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0"
        b"/Ascent 880/Descent -120/CapHeight 880/StemV 93>>",
    )
    file, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return bytes(file) + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(file))
    )


def _hex(text: str) -> str:
    return text.encode("utf-16-be").hex()


def picture(shares: Sequence[int]) -> bytes:
    """A .png of bars, each so many per cent high; that it is made up is its comment."""
    height, bar = 60, 16
    rows = b"".join(
        b"\0"
        + b"".join(
            (b"\1" if share * height > 100 * (height - y) else b"\0") * bar + b"\0" * 8 for share in shares
        )
        for y in range(height)
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, content)
        for name, content in (
            (b"IHDR", struct.pack(">IIBBBBB", len(shares) * (bar + 8), height, 8, 3, 0, 0, 0)),
            (b"PLTE", bytes.fromhex("f3f5f81b4f91")),
            (b"iTXt", b"Comment\0\0\0\0\0" + MARK.rstrip("：").encode()),
            (b"IDAT", zlib.compress(rows, 0)),
            (b"IEND", b""),
        )
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _package(main: str, kind: str, parts: Mapping[str, str], more: Mapping[str, str] | None = None) -> bytes:
    """An Office package with its main part, announced as of that kind; `more` announces others."""
    announced = {f"/{main}": kind} | dict(more or {})
    types = "".join(f'<Override PartName="{part}" ContentType="{said}"/>' for part, said in announced.items())
    space = f"{_OFFICE}/package/2006"
    defaults = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    )
    whole = {
        "[Content_Types].xml": f'<Types xmlns="{space}/content-types">{defaults}{types}</Types>',
        "_rels/.rels": _relations("officeDocument", main),
        **parts,
    }
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_STORED) as package:
        for name, content in whole.items():
            # A ZipInfo of our own has the same date on every machine.
            package.writestr(ZipInfo(name), (_DECLARED + content).encode())
    return stream.getvalue()


def _relations(kind: str, target: str) -> str:
    link = f'<Relationship Id="rId1" Type="{_RELATED}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">{link}</Relationships>'
