"""Hostile workbooks (reliability.md, H01 to H06 and H07 to H28) get what they are owed, through the child.

REFUSE: the gate says no, before any parser. TELL: a clear sentence. Else the rows that are read, and what is
remarked. For each: no exception but Unreadable, in seconds, not one connection, no process left.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from importers import sandbox
from importers.gate import EICAR, Unreadable
from importers.sheets.admission import admit
from importers.sheets.tables import Extract, extract
from tasks.columns import FILLING_COLUMNS
from tasks.columns.filling import KEY, OPENED
from tests.importers import hostile
from tests.importers.documents import package
from tests.importers.hostile import parts_of, with_part
from tests.importers.processes import children
from tests.importers.test_hostile import Canary

REFUSE, TELL, READ = "refuse", "tell", "read"
MOST_SECONDS = 20
SHEET = "xl/worksheets/sheet1.xml"
KEYS = ["number", *OPENED, KEY]
TITLES = [FILLING_COLUMNS[key].title for key in KEYS]


def book_of(*rows: list, change: Callable[[Workbook], object] = lambda book: None) -> bytes:
    """A sheet with our titles and these rows, as openpyxl writes it."""
    book = Workbook()
    sheet = book.active
    sheet.title = "牵头任务"
    sheet.append(TITLES)
    for row in rows or ([1, "召开论证会。"],):
        sheet.append([*row, *[None] * (len(TITLES) - 1 - len(row)), "行"])
    change(book)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def with_xml(name: str, change: Callable[[str], str], data: bytes | None = None) -> bytes:
    parts = parts_of(data or book_of())
    return package(parts | {name: change(parts[name].decode()).encode()})


def without(name: str) -> bytes:
    return package({part: content for part, content in parts_of(book_of()).items() if part != name})


def more_rows(rows: str) -> Callable[[str], str]:
    return lambda xml: xml.replace("</sheetData>", rows + "</sheetData>")


def many_strings() -> bytes:
    """H01: twelve million shared strings in some kilobytes."""
    piece, times = b"<si><t/></si>" * 100_000, 120
    packer = hostile.zlib.compressobj(9, hostile.zlib.DEFLATED, -15)
    packed = packer.compress(piece) + packer.flush(hostile.zlib.Z_FULL_FLUSH)
    return hostile.with_raw_part(
        "xl/sharedStrings.xml",
        packed * times + packer.flush(),
        len(piece) * times,
        without("xl/sharedStrings.xml"),
    )


def million_rows() -> bytes:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(3, 1_000_003))
    return with_xml(SHEET, more_rows(rows))


def merged(*areas: str) -> bytes:
    """Areas of merged cells: each line of the file may cover as much as a sheet can hold."""
    told = "".join(f'<mergeCell ref="{area}"/>' for area in areas)
    return with_xml(
        SHEET, lambda xml: xml.replace("</sheetData>", f"</sheetData><mergeCells>{told}</mergeCells>")
    )


def with_link(port: int) -> bytes:
    """H14: a link to another workbook on the network, and formulas that would fetch or start something."""
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    target = f'Target="http://127.0.0.1:{port}/a.xlsx" TargetMode="External"'
    link = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{kinds}/externalLinkPath" {target}/></Relationships>'
    )
    formulas = [
        f'WEBSERVICE("http://127.0.0.1:{port}/")',
        f'HYPERLINK("http://127.0.0.1:{port}/","看")',
        "cmd|'/c calc'!A0",
    ]
    cells = "".join(
        f'<c r="{letter}3" t="str"><f>{formula}</f><v>算出的{letter}</v></c>'
        for letter, formula in zip("BCD", formulas, strict=True)
    )
    data = with_xml(SHEET, more_rows(f'<row r="3"><c r="A3"><v>2</v></c>{cells}</row>'))
    return with_part("xl/externalLinks/_rels/externalLink1.xml.rels", link.encode(), data)


def recoded(encoding: str, told: str) -> bytes:
    parts = parts_of(book_of())
    return package(parts | {SHEET: hostile.recoded(b"<?xml?>" + parts[SHEET], encoding, told)})


def with_doctype(name: str, doctype: str) -> bytes:
    return with_xml(name, lambda xml: f'<?xml version="1.0"?>{doctype}{re.sub("<[?]xml.*?[?]>", "", xml)}')


def hide(book: Workbook) -> None:
    book.active.row_dimensions[2].hidden = True
    copy = book.copy_worksheet(book.active)
    copy.title, copy.sheet_state = "藏", "veryHidden"


def two_headers(book: Workbook) -> None:
    sheet = book.active
    sheet.insert_rows(1, 3)
    sheet["A1"] = "某部汇总表"
    sheet.merge_cells("A1:K1")
    sheet.insert_rows(5, 2)


@dataclass(frozen=True)
class Case:
    make: Callable[[int], bytes]
    owed: str
    says: str = ""
    # Of what is read: the texts of 工作举措, row by row.
    texts: tuple[str, ...] = ()


def given(data: bytes) -> Callable[[int], bytes]:
    return lambda port: data


def refused(make: Callable[[], bytes], says: str) -> Case:
    return Case(lambda port: make(), REFUSE, says)


CASES: dict[str, Case] = {
    "H01 shared strings": refused(many_strings, "压缩比异常"),
    "H02 overlapping": refused(lambda: hostile.overlapping(book_of()), "互相重叠"),
    "H03 lying sizes": refused(lambda: hostile.lying_bomb(plain=book_of()), "压缩比异常"),
    "H04 zip in zip": refused(lambda: hostile.nested_archives(plain=book_of()), "嵌着另一个压缩包"),
    "H05 far cell": Case(
        lambda port: with_xml(
            SHEET,
            more_rows('<row r="1048576"><c r="XFD1048576"><v>1</v></c><c r="A1048576"><v>1</v></c></row>'),
        ),
        READ,
        "第 100 列以后的内容没有读取",
        ("召开论证会。",),
    ),
    "H06 merged without end": Case(
        given(merged(*(f"A{n}:XFD{n + 9_999}" for n in range(1, 1_000_000, 500)))),
        READ,
        "",
        ("单元格与别的合并了（A1:XFD10000），请取消合并后逐格填写",),
    ),
    "H06 merged too often": Case(
        lambda port: merged(*(f"A{n}:B{n}" for n in range(3, 200_004))), TELL, "内容过多"
    ),
    "H06 a million rows": Case(lambda port: million_rows(), TELL, "超过 5000 行的上限"),
    "H07 laughs": refused(lambda: with_doctype("docProps/core.xml", hostile.LAUGHS), "文档类型或实体声明"),
    "H09 quadratic": refused(lambda: with_doctype(SHEET, hostile.QUADRATIC), "文档类型或实体声明"),
    "H10 entity of a file": refused(
        lambda: with_doctype(SHEET, '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'), "实体声明"
    ),
    "H11 entity of the network": Case(
        lambda port: with_doctype(SHEET, f'<!DOCTYPE a SYSTEM "http://127.0.0.1:{port}/x">'),
        REFUSE,
        "实体声明",
    ),
    "H12 harmless DTD": refused(lambda: with_doctype("xl/workbook.xml", "<!DOCTYPE workbook>"), "实体声明"),
    "H12 UTF-7": refused(lambda: recoded("utf-7", "utf-7"), "不合规的字符编码"),
    "H13 formulas": Case(
        lambda port: with_xml(
            SHEET,
            more_rows(
                '<row r="3"><c r="A3"><v>2</v></c><c r="B3" t="str"><f>A1&amp;"完"</f><v>算好的</v></c></row>'
                '<row r="4"><c r="A4"><v>3</v></c><c r="B4"><f>NOW()</f></c></row>'
            ),
        ),
        READ,
        "行含公式，按保存时的计算结果读取",
        ("召开论证会。", "算好的", "公式没有计算结果，请复制后“选择性粘贴”为数值"),
    ),
    "H14 links": Case(with_link, READ, "", ("召开论证会。", "算出的B")),
    "H15 xlsm": refused(
        lambda: with_xml(
            "[Content_Types].xml", lambda xml: xml.replace("sheet.main+xml", "sheet.macroEnabled.main+xml")
        ),
        "启用宏",
    ),
    "H16 macros inside": refused(lambda: with_part("xl/vbaProject.bin", b"x" * 99, book_of()), "带有宏程序"),
    "H17 xls": refused(
        lambda: hostile.ole2("Workbook"), "旧版 Excel 工作簿（.xls、.et），请用 WPS 或 Excel 打开后另存为"
    ),
    "H18 encrypted": refused(lambda: hostile.ole2("EncryptedPackage"), "取消打开密码"),
    "H19 pdf": refused(hostile.encrypted_pdf, "这不是 Excel 工作簿"),
    "H20 flagged": refused(lambda: hostile.with_flag(book_of()), "取消打开密码"),
    "H21 hidden": Case(
        given(book_of(change=hide)), READ, "“藏”是隐藏的，也已读取", ("召开论证会。", "召开论证会。")
    ),
    "H22 two headers": Case(given(book_of(change=two_headers)), READ, "", ("召开论证会。",)),
    "H23 duplicate header": Case(
        given(book_of(change=lambda book: book.active.cell(1, 12, "工作举措"))), TELL, "“工作举措”列出现两次"
    ),
    "H23 no header": Case(
        given(book_of(change=lambda book: book.active.delete_rows(1))), TELL, "没有找到填报的表"
    ),
    "H24 days of 1904": Case(
        given(
            book_of([1, date(2026, 12, 31)], change=lambda book: setattr(book, "epoch", CALENDAR_MAC_1904))
        ),
        READ,
        "",
        ("2026-12-31",),
    ),
    "H24 days as text": Case(given(book_of([1, "2026年12月底"], [2, 1e1])), READ, "", ("2026年12月底", "10")),
    "H25 long text": Case(given(book_of([1, "长" * 32_767])), READ, "", ("长" * 32_767,)),
    "H26 escapes": Case(given(book_of([1, "甲_x0008_乙_x005F_x0041_丙"])), READ, "", ("甲乙_x0041_丙",)),
    "H27 errors": Case(given(book_of([1, "#REF!"])), READ, "", ("“#REF!”是公式的错误值，请改为文字或数字",)),
    "H28 booleans": Case(given(book_of([1, True])), READ, "", ("“TRUE”是逻辑值，请改为文字或数字",)),
    "H34 cut off": Case(lambda port: book_of()[:3000], REFUSE, "文件已损坏或不完整"),
    "H34 torn inside": Case(lambda port: with_xml(SHEET, lambda xml: xml[:400]), TELL, "工作簿已损坏"),
    "H35 traversal": refused(lambda: with_part("../../x", b"x", book_of()), "指向别处"),
    "H36 entries": refused(hostile.many_entries, "超过 2000 个的上限"),
    "H45 nothing": Case(given(b""), REFUSE, "文件是空的"),
    "H54 program": Case(given(b"MZ" + bytes(64)), REFUSE, "这不是 Excel 工作簿"),
    "H57 virus": refused(lambda: with_part("xl/media/a.bin", EICAR, book_of()), "病毒"),
}


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    listener = Canary()
    yield listener
    listener.close()


def read(data: bytes) -> Extract:
    return extract(sandbox.read_sheets_in_child(data, name="填报表.xlsx"))


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_workbook_gets_what_it_is_owed(name, canary):
    case = CASES[name]
    data = case.make(canary.port)
    if case.owed == REFUSE:
        with pytest.raises(Unreadable, match=re.escape(case.says)):
            admit(data)
    began = time.monotonic()

    found = read(data)

    assert time.monotonic() - began < MOST_SECONDS
    told = [words for *_, words in found.problems] + found.notes
    assert case.says in "\n".join(told)
    assert all(re.fullmatch(r"[^\n]*[\u4e00-\u9fff][^\n]*。", words) for words in told)
    shown = [str(line.values.get("measures", line.faults and line.faults[0].words)) for line in found.lines]
    assert shown == list(case.texts)
    assert (canary.calls, children()) == (0, [])


def test_what_is_wrong_with_one_file_of_a_zip_leaves_the_others():
    data = package({"坏的.xlsx": hostile.ole2("Workbook"), "好的.xlsx": book_of()})

    found = read(data)

    assert [file for file, *_ in found.problems] == ["坏的.xlsx"]
    assert [line.file for line in found.lines] == ["好的.xlsx"]


def test_strings_are_counted_while_they_are_read():
    """More than any sheet has, though the package inflates to no more than an honest one may."""
    strings = "".join(f"<si><t>{n * 2654435761 % 2**32:x}</t></si>" for n in range(200_001))

    found = read(with_part("xl/sharedStrings.xml", f"<sst>{strings}</sst>".encode(), book_of()))

    assert "内容过多" in found.problems[0][2]
