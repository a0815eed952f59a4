"""What the product owes to each hostile document (reliability.md §5).

ACCEPT: the plan comes out. REFUSE: the gate says no, before any parser. TELL: a clear sentence. REMARK:
accepted, and what was left out is said.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from importers.gate import EICAR
from tests.importers import documents
from tests.importers.hostile import (
    LAUGHS,
    QUADRATIC,
    TEXT,
    active_page,
    active_pdf,
    alt_chunk,
    as_macro_file,
    cut_off,
    cyclic_pdf,
    docx_with,
    encrypted_pdf,
    external_references,
    flate_bomb,
    given,
    lying_bomb,
    made_by,
    many_entries,
    nested_archives,
    nested_tables,
    ole2,
    overlapping,
    page,
    pdf,
    plain_docx,
    recoded,
    scanned_pdf,
    symlink,
    with_doctype,
    with_flag,
    with_part,
    with_raw_part,
    zeros,
)

ACCEPT, REFUSE, TELL, REMARK = "accept", "refuse", "tell", "remark"


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


# --- the corpus -----------------------------------------------------------------------------------


def corpus() -> list[Hostile]:
    """Every case; the bytes are made when `make` is called."""
    return [*_packages(), *_markup(), *_word(), *_pdf(), *_text(), *_names()]


def _packages() -> Iterator[Hostile]:
    def case(id: str, about: str, owed: str, make: Callable[[], bytes], says: str = "") -> Hostile:
        return Hostile(id, about, "plan.docx", owed, made_by(make), says)

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
    yield case(
        "H02", "sums a little wrong", REFUSE, lambda: with_raw_part("b.bin", zeros(1 << 20), 10), "损坏"
    )
    for number, data in enumerate(cut_off(plain_docx())):
        yield Hostile("H34", f"docx cut off, {number}", "plan.docx", TELL, given(data), "损坏")
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
    yield Hostile("H54", "page as .txt", "plan.txt", REFUSE, given(page("")), "两者不符")
    yield Hostile("H01", "workbook", "plan.xlsx", REFUSE, lambda port: _workbook(), "Excel")
    yield case("H57", "EICAR in docx", REFUSE, lambda: with_part("word/media/a.bin", EICAR), "病毒")
    yield Hostile("H57", "EICAR in txt", "a.txt", REFUSE, given(EICAR), "病毒")


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
    yield case("H30", "altChunk", REMARK, made_by(alt_chunk), "altChunk")
    yield case("H32", "macro file", REFUSE, lambda port: docx_with(types=as_macro_file), "宏")
    yield case("H32", "macros in a docx", REFUSE, lambda port: with_part("word/vbaProject.bin", b"x"), "宏")
    yield case("H33", "300 nested tables", TELL, made_by(nested_tables), "嵌套得太深")
    yield Hostile(
        "H33",
        "100,000 nested tags",
        "a.html",
        TELL,
        given(page("<div>" * 100_000 + "</div>" * 100_000)),
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
    yield case("H00", "a good PDF made by hand", ACCEPT, given(whole))
    yield case("H19", "encrypted PDF", TELL, made_by(encrypted_pdf), "密码")
    for number, data in enumerate(cut_off(whole)):
        yield case("H37", f"PDF cut off, {number}", TELL, given(data), "损坏")
    # PDFium mends this one, and would mend it as well where a page's text is among what was lost.
    yield case(
        "H37",
        "PDF cut off in front of its last words",
        TELL,
        given(whole[: whole.index(b"startxref")]),
        "损坏",
    )
    yield case("H38", "scan", TELL, made_by(scanned_pdf), "扫描件")
    yield case("H39", "Flate bomb", TELL, made_by(flate_bomb))
    yield case("H40", "page tree and xref in a circle", TELL, made_by(cyclic_pdf))
    yield case("H41", "scripts, launch actions, a program inside", ACCEPT, active_pdf)
    yield case(
        "H42", "character map that names a file", ACCEPT, lambda port: pdf(TEXT, encoding="/..#2Fx.pickle")
    )
    yield case("H43", "10,000 pages", TELL, lambda port: pdf(*["一"] * 10_000), "500 页的上限")


def _text() -> Iterator[Hostile]:
    def case(id: str, about: str, owed: str, data: bytes, says: str = "", name: str = "plan.txt") -> Hostile:
        return Hostile(id, about, name, owed, given(data), says)

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
    yield Hostile("H53", "active page", "plan.html", ACCEPT, active_page)
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
        yield Hostile("H55", f"file name {name[:20]!a}", name, ACCEPT, given(TEXT.encode()))
