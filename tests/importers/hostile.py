"""Hostile documents (reliability.md §5), made in memory when a test asks: none is ever committed.

Each entry says what the product owes: ACCEPT (the plan comes out), REFUSE (the gate says no, before any
parser), TELL (a clear sentence), REMARK (accepted, and what was left out is said).
"""

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from importers.gate import EICAR
from tests.importers import documents

ACCEPT, REFUSE, TELL, REMARK = "accept", "refuse", "tell", "remark"

LINES = (
    "2024年知识产权强国建设推进计划",
    "一、完善制度",
    "1.推进修改。（国家知识产权局负责）",
    "2.推进落实。（科技部、财政部按职责分工负责）",
)
TEXT = "\n".join(LINES)


@dataclass(frozen=True)
class Hostile:
    """`says` is a part of the sentence or remark; `make` takes the port of the canary listener."""

    id: str
    about: str
    name: str
    owed: str
    make: Callable[[int], bytes]
    says: str = ""

    def __str__(self) -> str:
        return f"{self.id} {self.about}"


# --- packages -------------------------------------------------------------------------------------


def plain_docx() -> bytes:
    return documents.docx_of(LINES)


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def docx_with(**changed: bytes | Callable[[bytes], bytes]) -> bytes:
    """The plain file with parts replaced or added; `__` is a slash and `_DOT_` a dot in the names."""
    parts = parts_of(plain_docx())
    for key, content in changed.items():
        name = key.replace("__", "/").replace("_DOT_", ".")
        if name == "types":
            name = "[Content_Types].xml"
        parts[name] = content(parts[name]) if callable(content) else content
    return documents.package(parts)


def with_part(name: str, content: bytes, data: bytes | None = None) -> bytes:
    return documents.package({**parts_of(data or plain_docx()), name: content})


def _central(data: bytes) -> list[tuple[int, zipfile.ZipInfo]]:
    """Where each entry's header in the central directory begins."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        entries, position = archive.infolist(), archive.start_dir
    found = []
    for entry in entries:
        found.append((position, entry))
        name, extra, comment = struct.unpack_from("<HHH", data, position + 28)
        position += 46 + name + extra + comment
    return found


def overlapping() -> bytes:
    """The last entry claims the bytes of the first one."""
    data = bytearray(with_part("word/extra.xml", b"<a/>"))
    headers = _central(bytes(data))
    struct.pack_into("<I", data, headers[-1][0] + 42, headers[0][1].header_offset)
    return bytes(data)


def lying_bomb(told: int = 1024, really: int = 4 * 1024**3) -> bytes:
    """A part whose header says 1 KB and whose stream inflates to 4 GB."""
    return _with_raw_part("word/media/image1.bin", zeros(really), told)


def zeros(size: int) -> bytes:
    """A deflate stream of so many zeros: one piece, packed once and repeated."""
    piece = 1024 * 1024
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(piece)) + packer.flush(zlib.Z_FULL_FLUSH)
    return packed * (size // piece) + packer.flush()


def _with_raw_part(name: str, packed: bytes, told: int) -> bytes:
    """A package whose last entry is a ready stream, with sums that we choose."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts_of(plain_docx()).items():
            archive.writestr(part, content)
        entry = zipfile.ZipInfo(name)
        archive.writestr(entry, packed)
    data = bytearray(buffer.getvalue())
    position, entry = _central(bytes(data))[-1]
    for at, method_at, size_at in ((entry.header_offset, 8, 22), (position, 10, 24)):
        struct.pack_into("<H", data, at + method_at, zipfile.ZIP_DEFLATED)
        struct.pack_into("<I", data, at + size_at, told)
    return bytes(data)


def nested_archives(levels: int = 5) -> bytes:
    inner = b"PK\x05\x06" + bytes(18)
    for level in range(levels):
        inner = documents.package({f"{level}.zip": inner})
    return with_part("word/embeddings/package.bin", inner)


def with_flag(data: bytes, flag: int = 1) -> bytes:
    """Every entry marked as encrypted."""
    changed = bytearray(data)
    for position, entry in _central(data):
        struct.pack_into("<H", changed, position + 8, entry.flag_bits | flag)
        struct.pack_into("<H", changed, entry.header_offset + 6, entry.flag_bits | flag)
    return bytes(changed)


def symlink() -> bytes:
    buffer = BytesIO(plain_docx())
    with zipfile.ZipFile(buffer, "a") as archive:
        entry = zipfile.ZipInfo("word/link.xml")
        entry.create_system = 3
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def many_entries(count: int = 65_535) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts_of(plain_docx()).items():
            archive.writestr(name, content)
        for number in range(count - len(archive.namelist())):
            archive.writestr(f"a/{number}", b"")
    return buffer.getvalue()


def ole2(*streams: str) -> bytes:
    names = b"".join(name.encode("utf-16-le").ljust(128, b"\x00") for name in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + names + bytes(512)


def with_doctype(doctype: str, entity: str = "") -> Callable[[bytes], bytes]:
    def change(part: bytes) -> bytes:
        head, _, rest = part.partition(b"?>")
        changed = head + b"?>" + doctype.encode() + rest
        return changed.replace("完善制度".encode(), f"完善制度{entity}".encode()) if entity else changed

    return change


LAUGHS = (
    "<!DOCTYPE lolz [<!ENTITY a0 'lol'>"
    + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 10))
    + "]>"
)
QUADRATIC = f"<!DOCTYPE q [<!ENTITY a '{'x' * 100_000}'>]>"


def recoded(part: bytes, encoding: str, told: str) -> bytes:
    text = part.decode().partition("?>")[2]
    return f'<?xml version="1.0" encoding="{told}"?>{text}'.encode(encoding)


# --- Word -----------------------------------------------------------------------------------------

_W = nsdecls("w")


def word_with(*blocks: str) -> bytes:
    """The plain file with blocks of XML behind its paragraphs."""
    document = docx.Document()
    for line in LINES:
        document.add_paragraph(line)
    end = document.element.body.sectPr
    for block in blocks:
        end.addprevious(parse_xml(block))
    return documents.saved(document)


def nested_tables(depth: int = 300) -> bytes:
    inside = "<w:p/>"
    for _ in range(depth):
        inside = f"<w:tbl><w:tr><w:tc>{inside}<w:p/></w:tc></w:tr></w:tbl>"
    return docx_with(
        word__document_DOT_xml=lambda part: part.replace(b"</w:body>", inside.encode() + b"</w:body>")
    )


def external_references(port: int) -> bytes:
    """A linked picture, an attached template and a frame, on the network and in the file system."""
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    targets = (
        ("image", f"http://127.0.0.1:{port}/a.png"),
        ("attachedTemplate", f"http://127.0.0.1:{port}/t.dotx"),
    )
    targets += (("image", "file:///etc/hostname"), ("frame", f"\\\\127.0.0.1@{port}\\share\\a"))
    added = "".join(
        f'<Relationship Id="x{n}" Type="{kinds}/{kind}" Target="{target}" TargetMode="External"/>'
        for n, (kind, target) in enumerate(targets)
    )
    end = b"</Relationships>"
    return docx_with(
        **{"word___rels__document_DOT_xml_DOT_rels": lambda part: part.replace(end, added.encode() + end)}
    )


def alt_chunk() -> bytes:
    data = word_with(f'<w:altChunk {_W} {nsdecls("r")} r:id="rId99"/>')
    return with_part(
        "word/chunk.html", b"<html><body>3.\xe4\xb8\x8d\xe5\xaf\xbc\xe5\x85\xa5</body></html>", data
    )


def as_macro_file(part: bytes) -> bytes:
    return part.replace(
        b"wordprocessingml.document.main+xml", b"ms-word.document.macroEnabled.main+xml"
    ).replace(b"application/vnd.openxmlformats-officedocument.ms-word", b"application/vnd.ms-word")


# --- PDF ------------------------------------------------------------------------------------------


def pdf(
    *pages: str | bytes,
    catalog: str = "",
    extra: tuple[bytes, ...] = (),
    trailer: str = "",
    packed: bool = False,
    encoding: str = "/UniGB-UTF16-H",
) -> bytes:
    """A PDF by hand; a page is a text of lines, or the bytes of its content stream."""
    font, first = 3, 5
    objects: dict[int, bytes] = {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        font: f"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding {encoding} "
        f"/DescendantFonts [4 0 R] >>".encode(),
        4: b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /DW 1000 >>",
    }
    kids = []
    number = first
    for page in pages:
        content = page if isinstance(page, bytes) else _lines_on_page(page)
        filtered = b"/Filter /FlateDecode " if packed else b""
        kids.append(f"{number} 0 R")
        objects[number] = (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            f"/Resources << /Font << /F1 {font} 0 R >> >> /Contents {number + 1} 0 R >>"
        ).encode()
        objects[number + 1] = b"<< %s/Length %d >>\nstream\n%s\nendstream" % (filtered, len(content), content)
        number += 2
    objects[2] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    for content in extra:
        objects[number] = content
        number += 1
    return _with_table(objects, trailer)


def _with_table(objects: dict[int, bytes], trailer: str) -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = {}
    for number in sorted(objects):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % places[number] for number in sorted(objects))
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer.encode(),
        start,
    )
    return bytes(out)


def _lines_on_page(text: str) -> bytes:
    shown = [
        f"BT /F1 12 Tf 50 {790 - 18 * row} Td <{line.encode('utf-16-be').hex()}> Tj ET"
        for row, line in enumerate(text.split("\n"))
    ]
    return "\n".join(shown).encode()


def scanned_pdf() -> bytes:
    picture = b"q 500 0 0 700 40 40 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
    return pdf(picture, picture)


def encrypted_pdf() -> bytes:
    secret = hashlib.sha256(b"owner").hexdigest(), hashlib.sha256(b"user").hexdigest()
    encrypt = (
        f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{secret[0]}> /U <{secret[1]}> /P -4 >> /ID [<00> <00>]"
    )
    return pdf(TEXT, trailer=encrypt)


def flate_bomb() -> bytes:
    stream = b"\x78\x9c" + zeros(4 * 1024**3)
    return pdf(stream, packed=True)


def cyclic_pdf() -> bytes:
    """A page tree that contains itself, and a trailer whose /Prev is the table itself."""
    data = pdf(TEXT).replace(b"/Kids [5 0 R] /Count 1", b"/Kids [2 0 R] /Count 1")
    start = data.rindex(b"xref\n0")
    return data.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % start)


def active_pdf(port: int) -> bytes:
    return pdf(
        TEXT,
        catalog=f"/OpenAction << /S /Launch /F (/bin/sh) /Next << /S /JavaScript "
        f"/JS (app.launchURL\\('http://127.0.0.1:{port}/'\\)) >> >> "
        f"/AA << /WC << /S /URI /URI (http://127.0.0.1:{port}/) >> >> "
        "/Names << /EmbeddedFiles << /Names [(a.exe) 7 0 R] >> >>",
        extra=(
            b"<< /Type /Filespec /F (a.exe) /EF << /F 8 0 R >> >>",
            b"<< /Type /EmbeddedFile /Length 64 >>\nstream\nMZ" + bytes(62) + b"\nendstream",
        ),
    )


# --- texts and pages ------------------------------------------------------------------------------


def page(body: str, head: str = "") -> bytes:
    written = "".join(f"<p>{line}</p>" for line in LINES)
    html = f"<!DOCTYPE html><html><head><meta charset=utf-8>{head}</head><body>{written}{body}</body></html>"
    return html.encode()


def _active_page(port: int) -> bytes:
    url = f"http://127.0.0.1:{port}/x"
    head = (
        f'<base href="{url}/"><meta http-equiv="refresh" content="0;url={url}">'
        f'<link rel="stylesheet" href="{url}">'
        f'<script src="{url}"></script><script>3.不是任务（财政部负责）</script>'
    )
    return page(
        f'<img src="{url}" onerror="3.不是任务"><iframe src="{url}">3.不是</iframe>'
        '<svg><text>3.不是</text></svg><a href="javascript:alert(1)"></a><math><mtext><table><mglyph><style>'
        '<!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;"></math>'
        f'<object data="{url}">3.不是</object><div hidden>3.不是</div>'
        f'<embed src="{url}"><noscript>3.不是</noscript><template>3.不是</template>',
        head,
    )


def _cut(data: bytes, parts: int = 10) -> Iterator[bytes]:
    for part in range(1, parts + 1):
        yield data[: len(data) * part // (parts + 1)]


def _told(make: Callable[[], bytes]) -> Callable[[int], bytes]:
    return lambda port: make()


def _is(data: bytes) -> Callable[[int], bytes]:
    return lambda port: data


# --- the corpus -----------------------------------------------------------------------------------


def corpus() -> list[Hostile]:
    """Every case; the bytes are made when `make` is called."""
    return [*_packages(), *_markup(), *_word(), *_pdf(), *_text(), *_names()]


def _packages() -> Iterator[Hostile]:
    def case(id: str, about: str, owed: str, make: Callable[[], bytes], says: str = "") -> Hostile:
        return Hostile(id, about, "plan.docx", owed, _told(make), says)

    yield case("H02", "overlapping entries", REFUSE, overlapping, "重叠")
    yield case("H03", "header says 1 KB, stream gives 4 GB", REFUSE, lying_bomb, "压缩比异常")
    yield case(
        "H03", "bomb with an honest header", REFUSE, lambda: with_part("b.bin", bytes(30 << 20)), "压缩比"
    )
    yield case("H04", "zip in zip", REFUSE, nested_archives, "嵌着")
    yield case("H17", "old .doc", TELL, lambda: ole2("Root Entry", "WordDocument"), "另存为 .docx")
    yield case("H17", "old .xls", TELL, lambda: ole2("Root Entry", "Workbook"), "（.xls）")
    yield case(
        "H18", "encrypted Office file", TELL, lambda: ole2("EncryptionInfo", "EncryptedPackage"), "密码"
    )
    yield case("H20", "zip with encryption flag", REFUSE, lambda: with_flag(plain_docx()), "密码")
    for number, data in enumerate(_cut(plain_docx())):
        yield Hostile("H34", f"docx cut off, {number}", "plan.docx", TELL, _is(data), "损坏")
    for name in ("../../x", "..\\..\\x", "/etc/x", "C:\\x"):
        yield case("H35", f"entry {name}", REFUSE, lambda name=name: with_part(name, b"x"), "指向别处")
    yield case("H35", "symlink", REFUSE, symlink, "指向别处")
    yield case("H36", "65,535 entries", REFUSE, many_entries, "2000 个的上限")
    yield case("H54", "program as .docx", REFUSE, lambda: b"MZ\x90\x00" + bytes(200), "可执行程序")
    yield case("H54", "pdf as .docx", REFUSE, lambda: pdf(TEXT), "两者不符")
    yield case("H54", "zip behind a picture", REFUSE, lambda: b"GIF89a/*" + plain_docx(), "图片")
    yield case(
        "H54", "zip in front of a page", REFUSE, lambda: plain_docx() + b"<script>x</script>", "来历可疑"
    )
    yield Hostile("H54", "pdf and zip", "plan.pdf", REFUSE, lambda port: pdf(TEXT) + plain_docx(), "来历可疑")
    yield Hostile("H54", "page as .txt", "plan.txt", REFUSE, _is(page("")), "两者不符")
    yield Hostile("H01", "workbook", "plan.xlsx", REFUSE, lambda port: _workbook(), "Excel")
    yield case("H57", "EICAR in docx", REFUSE, lambda: with_part("word/media/a.bin", EICAR), "病毒")
    yield Hostile("H57", "EICAR in txt", "a.txt", REFUSE, _is(EICAR), "病毒")


def _workbook() -> bytes:
    types = (
        b'<Types><Override ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"/>'
    )
    types += b"</Types>"
    return documents.package({"[Content_Types].xml": types, "xl/workbook.xml": b"<workbook/>"})


def _markup() -> Iterator[Hostile]:
    def case(id: str, about: str, make: Callable[[int], bytes], says: str = "实体声明") -> Hostile:
        return Hostile(id, about, "plan.docx", REFUSE, make, says)

    def in_core(doctype: str) -> Callable[[int], bytes]:
        return lambda port: docx_with(docProps__core_DOT_xml=with_doctype(doctype))

    def in_body(doctype: str, entity: str = "") -> Callable[[int], bytes]:
        return lambda port: docx_with(
            word__document_DOT_xml=with_doctype(doctype.replace("PORT", str(port)), entity)
        )

    yield case("H07", "billion laughs in core.xml", in_core(LAUGHS))
    yield case("H08", "billion laughs in document.xml", in_body(LAUGHS, "&a9;"))
    yield case("H09", "quadratic blow-up", in_body(QUADRATIC, "&a;" * 3000))
    yield case(
        "H10", "XXE of a file", in_body("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>", "&e;")
    )
    yield case("H11", "XXE of the network", in_body("<!DOCTYPE x SYSTEM 'http://127.0.0.1:PORT/x.dtd'>"))
    yield case("H12", "harmless DTD", in_body("<!DOCTYPE w>"))

    def utf_16(port: int) -> bytes:
        return docx_with(
            word__document_DOT_xml=lambda part: recoded(
                with_doctype("<!DOCTYPE w>")(part), "utf-16", "UTF-16"
            )
        )

    def utf_7(port: int) -> bytes:
        return docx_with(
            word__document_DOT_xml=lambda part: (
                recoded(with_doctype("<!DOCTYPE w>")(part), "ascii", "UTF-7")
                if part.isascii()
                else b"<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE w+AD4-"
            )
        )

    yield case("H12", "DTD in UTF-16", utf_16)
    yield case("H12", "DTD in UTF-7", utf_7, "字符编码")
    yield case(
        "H12",
        "UTF-7 told far behind",
        lambda port: with_part(
            "word/x.xml", b"<?xml version='1.0'" + b" " * 5000 + b"encoding='UTF-7'?><a/>"
        ),
        "字符编码",
    )
    yield case(
        "H12",
        "UTF-16 without a mark",
        lambda port: with_part("w.xml", "<a/>".encode("utf-16-le")),
        "字符编码",
    )


def _word() -> Iterator[Hostile]:
    def case(id: str, about: str, owed: str, make: Callable[[int], bytes], says: str = "") -> Hostile:
        return Hostile(id, about, "plan.docx", owed, make, says)

    yield case("H29", "links to the network and to files", ACCEPT, external_references)
    yield case("H30", "altChunk", REMARK, _told(alt_chunk), "altChunk")
    yield case("H32", "macro file", REFUSE, lambda port: docx_with(types=as_macro_file), "宏")
    yield case("H32", "macros in a docx", REFUSE, lambda port: with_part("word/vbaProject.bin", b"x"), "宏")
    yield case("H33", "300 nested tables", TELL, _told(nested_tables), "嵌套得太深")
    yield Hostile(
        "H33",
        "100,000 nested tags",
        "a.html",
        TELL,
        _is(page("<div>" * 100_000 + "</div>" * 100_000)),
        "嵌套超过",
    )
    yield case("H51", "100,000 spans in a paragraph", ACCEPT, lambda port: _many_runs(100_000))


def _many_runs(count: int) -> bytes:
    runs = b"<w:r><w:rPr/></w:r>" * count
    return docx_with(word__document_DOT_xml=lambda part: part.replace(b"</w:p>", runs + b"</w:p>", 1))


def _pdf() -> Iterator[Hostile]:
    def case(id: str, about: str, owed: str, make: Callable[[int], bytes], says: str = "") -> Hostile:
        return Hostile(id, about, "plan.pdf", owed, make, says)

    whole = pdf(TEXT)
    yield case("H00", "a good PDF made by hand", ACCEPT, _is(whole))
    yield case("H19", "encrypted PDF", TELL, _told(encrypted_pdf), "密码")
    for number, data in enumerate(_cut(whole)):
        yield case("H37", f"PDF cut off, {number}", TELL, _is(data), "损坏")
    yield case("H38", "scan", TELL, _told(scanned_pdf), "扫描件")
    yield case("H39", "Flate bomb", TELL, _told(flate_bomb))
    yield case("H40", "page tree and xref in a circle", TELL, _told(cyclic_pdf))
    yield case("H41", "scripts, launch actions, a program inside", ACCEPT, active_pdf)
    yield case(
        "H42", "character map that names a file", ACCEPT, lambda port: pdf(TEXT, encoding="/..#2Fx.pickle")
    )
    yield case("H43", "10,000 pages", TELL, lambda port: pdf(*["一"] * 10_000), "500 页的上限")


def _text() -> Iterator[Hostile]:
    def case(id: str, about: str, owed: str, data: bytes, says: str = "", name: str = "plan.txt") -> Hostile:
        return Hostile(id, about, name, owed, _is(data), says)

    utf8 = TEXT.encode()
    yield case("H44", "10 MB in one line", TELL, b"a" * (10 << 20), "上限")
    yield case(
        "H44", "a million Chinese characters in one line", TELL, ("知" * 1_000_000).encode(), "不是推进计划"
    )
    yield case("H45", "nothing", REFUSE, b"", "空的")
    yield case("H46", "only a mark", TELL, b"\xef\xbb\xbf", "空白")
    yield case("H46", "only blanks", TELL, " \n\u3000\u200b\n".encode(), "空白")
    yield case("H47", "NUL in a text", TELL, utf8 + b"\x00", "NUL")
    yield case("H47", "NUL in a page", TELL, page("\x00"), "NUL", "plan.html")
    for name, data in encodings().items():
        yield case("H48", name, ACCEPT, data)
    yield case("H48", "Big5", TELL, "一、完善制度，推進修改。".encode("big5"), "Big5")
    yield case("H48", "UTF-16 without a mark", TELL, TEXT.encode("utf-16-le"), "NUL")
    yield case(
        "H49", "one bad byte in a megabyte", TELL, (utf8 * 6000)[:1_000_000] + b"\xff" + utf8, "行有无法识别"
    )
    yield case("H49", "half UTF-8, half GBK", TELL, utf8 + b"\n" + TEXT.encode("gbk"), "第 5 行")
    for mark in ("\r", "\u2028", "\x0b", "\x0c", "\t\n", "\u3000\n"):
        yield case("H50", f"lines ended by {mark!a}", ACCEPT, TEXT.replace("\n", mark).encode())
    turned = TEXT.replace("推进修改", "推\u202e进\u200b修\ufeff改")
    yield case("H51", "characters that turn and hide", ACCEPT, turned.encode())
    yield case(
        "H51",
        "a storm of combining marks",
        ACCEPT,
        TEXT.replace("推进修改", "推进修改" + "\u0301" * 3000).encode(),
    )
    yield case("H52", "a million short lines", TELL, b"a\n" * 1_000_000, "上限")
    yield case("H52", "一、 100,000 times", TELL, ("一、" * 100_000).encode())
    yield case("H52", "(((( 100,000 times", TELL, b"(" * 100_000)
    yield Hostile("H53", "active page", "plan.html", ACCEPT, _active_page)
    yield case(
        "H53", "charset that is not true", ACCEPT, page("").replace(b"utf-8", b"gb2312"), name="plan.html"
    )
    yield case("H53", "charset nobody knows", ACCEPT, page("").replace(b"utf-8", b"x-none"), name="plan.html")


def encodings() -> dict[str, bytes]:
    return {
        "UTF-8": TEXT.encode(),
        "UTF-8 with a mark": b"\xef\xbb\xbf" + TEXT.encode(),
        "UTF-16 LE": b"\xff\xfe" + TEXT.encode("utf-16-le"),
        "UTF-16 BE": b"\xfe\xff" + TEXT.encode("utf-16-be"),
        "GBK": TEXT.encode("gbk"),
        "GB18030": TEXT.encode("gb18030"),
    }


NAMES = {
    "../../etc/passwd.txt": "passwd.txt",
    "..\\..\\plan.txt": "plan.txt",
    "a\r\nSet-Cookie: x.txt": "aSet-Cookie: x.txt",
    "plan\x00.txt": "plan.txt",
    "plan\u202etxt.exe.txt": "plantxt.exe.txt",
    "计" * 300 + ".txt": "计" * 83 + ".txt",
    ".htaccess": ".htaccess",
    "CON.txt": "CON.txt",
    "-rf": "-rf",
    "\"a\" 'b' `c`.txt": "\"a\" 'b' `c`.txt",
    "": "",
}


def _names() -> Iterator[Hostile]:
    for name in NAMES:
        yield Hostile("H55", f"file name {name[:20]!a}", name, ACCEPT, _is(TEXT.encode()))
