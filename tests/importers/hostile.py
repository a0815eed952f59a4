"""Hostile documents (reliability.md §5), made in memory when a test asks: none is ever committed."""

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.importers import documents

LINES = (
    "2024年知识产权强国建设推进计划",
    "一、完善制度",
    "1.推进修改。（国家知识产权局负责）",
    "2.推进落实。（科技部、财政部按职责分工负责）",
)
TEXT = "\n".join(LINES)


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


def overlapping(plain: bytes | None = None) -> bytes:
    """The last entry claims the bytes of the first one."""
    data = bytearray(with_part("word/extra.xml", b"<a/>", plain))
    headers = _central(bytes(data))
    struct.pack_into("<I", data, headers[-1][0] + 42, headers[0][1].header_offset)
    return bytes(data)


def lying_bomb(told: int = 1024, really: int = 4 * 1024**3, plain: bytes | None = None) -> bytes:
    """A part whose header says 1 KB and whose stream inflates to 4 GB."""
    return with_raw_part("word/media/image1.bin", zeros(really), told, plain)


def zeros(size: int) -> bytes:
    """A deflate stream of so many zeros: one piece, packed once and repeated."""
    piece = 1024 * 1024
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(piece)) + packer.flush(zlib.Z_FULL_FLUSH)
    return packed * (size // piece) + packer.flush()


def with_raw_part(name: str, packed: bytes, told: int, plain: bytes | None = None) -> bytes:
    """A package whose last entry is a ready stream, with sums that we choose."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts_of(plain or plain_docx()).items():
            archive.writestr(part, content)
        entry = zipfile.ZipInfo(name)
        archive.writestr(entry, packed)
    data = bytearray(buffer.getvalue())
    position, entry = _central(bytes(data))[-1]
    for at, method_at, size_at in ((entry.header_offset, 8, 22), (position, 10, 24)):
        struct.pack_into("<H", data, at + method_at, zipfile.ZIP_DEFLATED)
        struct.pack_into("<I", data, at + size_at, told)
    return bytes(data)


def nested_archives(levels: int = 5, plain: bytes | None = None) -> bytes:
    inner = b"PK\x05\x06" + bytes(18)
    for level in range(levels):
        inner = documents.package({f"{level}.zip": inner})
    return with_part("word/embeddings/package.bin", inner, plain)


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


def active_page(port: int) -> bytes:
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


def cut_off(data: bytes, parts: int = 10) -> Iterator[bytes]:
    for part in range(1, parts + 1):
        yield data[: len(data) * part // (parts + 1)]


def made_by(make: Callable[[], bytes]) -> Callable[[int], bytes]:
    return lambda port: make()


def given(data: bytes) -> Callable[[int], bytes]:
    return lambda port: data
