"""The one writer: what any text does to a workbook, and what every sheet looks like on paper."""

import os
import re
import tempfile
from datetime import UTC, date, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.xml.functions import fromstring

from exporters import text as texts
from exporters.workbook import Book, Filling, Heading
from tasks.columns import Column, Kind, Tone
from tests.exporters.reading import below_header, formulas, header_rows, opened, parts, rows, titles

AT = datetime(2026, 11, 21, 10, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
COLUMNS = [
    Column("name", "名称", 20, lambda row: row[0]),
    Column("number", "数目", 5, lambda row: row[1], Kind.COUNT),
]
# What begins like a formula, with everything else a keyboard or a broken file can produce behind it.
HOSTILE = st.builds(
    str.__add__,
    st.sampled_from(["=", "+", "-", "@", "\t=", "\r=", "＝", "＋", "=cmd|' /C calc'!A0", "#N/A", "", "'"]),
    st.text(st.characters(codec=None, categories=None), max_size=40),
)


def written(values, *, columns=COLUMNS, heading=None, name="表"):
    file = BytesIO()
    with Book(title="标题", author="办公室", at=AT) as book:
        sheet = book.sheet(name, columns, heading or Heading("标题"))
        for value in values:
            sheet.row(value)
        book.save(file)
    return file.getvalue()


# --- texts ------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(st.lists(HOSTILE, min_size=1, max_size=8), HOSTILE, HOSTILE)
def test_no_text_is_ever_a_formula_or_breaks_the_file(values, said, name):
    heading = Heading(said or "标题", left=said, right=said, notes=[said])
    columns = [
        Column("name", said, 20, lambda row: row[0], group=said),
        Column("other", "数目", 5, lambda row: row[1], Kind.COUNT, group=said),
    ]
    file = BytesIO()
    with Book(title=said, author=said, at=AT) as book:
        sheet = book.sheet(name, columns, heading)
        for value in values:
            sheet.band(value, level=1)
            sheet.row((value, 1))
            sheet.below(value)
        sheet.total({"name": said})
        sheet.note(said)
        book.save(file)
    data = file.getvalue()

    assert formulas(data) == []
    for part, xml in parts(data).items():
        assert fromstring(xml.encode()) is not None, part  # every part is well-formed
    shown = below_header(opened(data).worksheets[0])
    assert [[texts.read_back(cell or "") for cell in row[:1]] for row in shown] == [
        [texts.clean(text)] for value in values for text in (value, value, value)
    ] + [[texts.clean(said)]] * 2


@given(st.text(st.characters(codec=None, categories=None), max_size=30), st.sampled_from([1, 700, 4_000]))
@settings(deadline=None, max_examples=25)
def test_text_of_any_length_is_in_the_file_in_full(text, times):
    """What no cell can carry stands on 附页, and its cell says where: never shortened without a word."""
    whole = texts.clean((text or "甲") * times)

    book = opened(written([(whole, 1)]))

    (shown,) = (texts.read_back(row["名称"] or "") for row in rows(book["表"]))
    if "附页" not in book.sheetnames:
        assert shown == whole
        return
    start, _, pointer = shown.rpartition("……〔未完，全文见“附页”第 1 条〕")
    assert (whole.startswith(start), pointer) == (True, "")
    assert "".join(texts.read_back(row["全文"] or "") for row in rows(book["附页"])) == whole


def test_text_that_stands_in_two_cells_is_annexed_once():
    long = "说明情况。" * 2_000
    table = rows(opened(written([(long, 1), (long, 2)]))["附页"])
    assert "".join(row["全文"] for row in table) == long
    assert {row["原位置"] for row in table} == {"表 第 3 行 名称；表 第 4 行 名称"}


def test_sheet_of_one_column_merges_nothing():
    sheet = opened(written([("甲",)], columns=COLUMNS[:1])).active
    assert (sheet.merged_cells.ranges, rows(sheet)) == (set(), [{"名称": "甲"}])


@pytest.mark.parametrize("text", ["=1+1", "+86 10", "-1", "@甲", "＝1"])
def test_formula_like_text_stays_text_when_it_is_edited(text):
    sheet = opened(written([(text, 1), ("平常的字", 2)])).active

    first = header_rows(sheet)[1] + 1
    assert [sheet.cell(row, 1).data_type for row in (first, first + 1)] == ["s", "s"]
    assert [bool(sheet.cell(row, 1).quotePrefix) for row in (first, first + 1)] == [True, False]


def test_text_too_long_for_a_cell_stands_in_full_on_the_annex():
    long = "".join(f"第{number}句，说明情况。" for number in range(4_000))
    assert len(long) > 32_767

    book = opened(written([("短", 1), (long, 2), ("也短", 3)]))

    short, cut, other = (row["名称"] for row in rows(book["表"]))
    assert (short, other) == ("短", "也短")
    assert cut.endswith("……〔未完，全文见“附页”第 1 条〕")
    assert long.startswith(cut.removesuffix("……〔未完，全文见“附页”第 1 条〕"))
    pieces = rows(book["附页"])
    assert "".join(piece["全文"] for piece in pieces) == long
    assert {piece["原位置"] for piece in pieces} == {"表 第 4 行 名称"}
    assert [piece["条目"] for piece in pieces] == [
        f"1（{place}/{len(pieces)}）" for place in range(1, len(pieces) + 1)
    ]


@pytest.mark.parametrize(
    "text", ["A" * 40_000, "甲\n" * 2_000, "́" * 40_000, "𠮷" * 20_000, "_x0041_" * 6_000]
)
def test_no_long_text_is_lost_or_too_high_to_print(text):
    book = opened(written([(text, 1)]))

    joined = "".join(texts.read_back(piece["全文"]) for piece in rows(book["附页"]))
    assert joined == text
    for sheet in book:
        assert all(row.height <= 409 for row in sheet.row_dimensions.values() if row.height)
        assert all(len(cell.value) <= 32_767 for row in sheet for cell in row if isinstance(cell.value, str))


def test_text_of_many_lines_that_fits_stays_in_its_cell():
    text = "一二三四五六七八九十" * 40

    book = opened(written([(text, 1)]))

    assert book.sheetnames == ["表"]
    assert rows(book["表"]) == [{"名称": text, "数目": 1}]


# --- values -----------------------------------------------------------------------------------------


def test_numbers_and_dates_are_real_ones():
    columns = [
        Column("count", "项", 5, lambda row: row[0], Kind.COUNT),
        Column("share", "进度", 5, lambda row: row[1], Kind.PERCENT),
        Column("on", "日期", 7, lambda row: row[2], Kind.DATE),
    ]
    late = datetime(2026, 11, 20, 20, 0, tzinfo=ZoneInfo("UTC"))

    sheet = opened(written([(3, 0.45, date(2026, 12, 31)), (0, 0.0, late)], columns=columns)).active

    first = sheet[header_rows(sheet)[1] + 1]
    assert below_header(sheet)[0] == (3, 0.45, date(2026, 12, 31))
    assert [cell.number_format for cell in first] == ["0", "0%", "yyyy-mm-dd"]
    assert below_header(sheet)[1] == (0, 0, date(2026, 11, 21))  # the day in Beijing


def test_empty_cells_keep_their_border():
    sheet = opened(written([(None, 1), ("", 2)])).active

    for row in sheet.iter_rows(min_row=header_rows(sheet)[0]):
        for cell in row:
            assert (cell.border.left.style, cell.border.bottom.style) == ("thin", "thin")


def test_tone_colours_the_word_it_is_for():
    columns = [Column("light", "预警", 5, lambda row: row[0], Kind.LABEL, tones={"红灯": Tone.ALARM})]

    sheet = opened(written([("红灯",), ("绿灯",)], columns=columns)).active

    first = header_rows(sheet)[1] + 1
    assert [sheet.cell(first + place, 1).font.color.rgb for place in (0, 1)] == ["00A3261B", "00000000"]


# --- the sheet --------------------------------------------------------------------------------------


def test_sheet_prints_as_an_official_table():
    heading = Heading("标题", left="文号", right="数据截至", notes=["一", "二"])
    book = opened(written([("甲", 1), ("乙", 2)], heading=heading))
    sheet = book.active

    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.print_title_rows == "$5:$5"
    assert sheet.freeze_panes == "A6"
    assert sheet.auto_filter.ref == "A5:B7"
    assert sheet.print_area == "'表'!$A$1:$B$7"
    assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"
    assert sheet.print_options.horizontalCentered
    assert all(cell.alignment.wrap_text for row in sheet for cell in row if cell.has_style)


def test_title_and_notes_span_the_columns():
    sheet = opened(written([("甲", 1)], heading=Heading("标题", notes=["说明"]))).active

    assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:B1", "A2:B2"}
    assert (sheet["A1"].font.name, sheet["A1"].font.size, sheet["A1"].font.bold) == ("黑体", 16, True)
    assert sheet["A1"].alignment.horizontal == "center"


def test_columns_of_a_group_share_a_heading():
    columns = [
        Column("name", "单位", 8, lambda row: row[0]),
        Column("a", "牵头", 4, lambda row: row[1], Kind.COUNT, group="任务"),
        Column("b", "参与", 4, lambda row: row[2], Kind.COUNT, group="任务"),
    ]

    sheet = opened(written([("甲", 1, 2)], columns=columns)).active

    assert titles(sheet) == ["单位", "牵头", "参与"]
    assert {"A2:A3", "B2:C2"} <= {str(area) for area in sheet.merged_cells.ranges}
    assert sheet["B2"].value == "任务"
    assert sheet.print_title_rows == "$2:$3"
    assert sheet.auto_filter.ref == "A3:C4"


def test_totals_and_notes_are_printed_but_outside_the_filter():
    file = BytesIO()
    with Book(title="标题", author="办公室", at=AT) as book:
        sheet = book.sheet("表", COLUMNS, Heading("标题"))
        sheet.row(("甲", 1))
        sheet.total({"name": "合计", "number": 1})
        sheet.note("注：说明")
        book.save(file)

    sheet = opened(file.getvalue()).active
    assert below_header(sheet) == [("甲", 1), ("合计", 1), ("注：说明",)]
    assert sheet.auto_filter.ref == "A2:B3"
    assert sheet.print_area == "'表'!$A$1:$B$5"


def test_sheet_without_rows_is_still_a_table():
    sheet = opened(written([])).active

    assert (titles(sheet), rows(sheet), sheet.auto_filter.ref) == (["名称", "数目"], [], "A2:B2")


def test_rows_are_high_enough_for_their_lines():
    sheet = opened(written([("一行", 1), ("汉" * 60, 2), ("汉" * 600, 3)])).active

    first = header_rows(sheet)[1] + 1
    heights = [sheet.row_dimensions[first + place].height for place in range(3)]
    assert heights[0] >= 17
    assert heights[1] >= 3 * 13.5
    assert heights[2] >= 27 * 13.5 > heights[1]


def breaks_after(*, before_band: int, after_band: int) -> list[int]:
    """The rows of the table after which a page ends by order, with two headings after `before_band` rows."""
    file = BytesIO()
    with Book(title="标题", author="办公室", at=AT) as book:
        sheet = book.sheet("表", COLUMNS, Heading("标题"))
        for number in range(before_band):
            sheet.row((f"第{number}行", number))
        if after_band:
            sheet.band("一、章", level=1)
            sheet.band("（一）节", level=2)
        for number in range(after_band):
            sheet.row((f"章内第{number}行", number))
        book.save(file)
    sheet = opened(file.getvalue()).active
    return [stop.id - header_rows(sheet)[1] for stop in sheet.row_breaks.brk]


def test_headings_near_the_end_of_a_page_go_to_the_next():
    assert breaks_after(before_band=21, after_band=5) == [21]
    assert breaks_after(before_band=10, after_band=5) == []


def test_last_rows_stay_together():
    assert breaks_after(before_band=24, after_band=0) == [21]
    assert breaks_after(before_band=10, after_band=0) == []


# --- the file ---------------------------------------------------------------------------------------


def test_properties_name_the_office_and_the_time_of_the_data():
    properties = opened(written([("甲", 1)])).properties

    assert (properties.title, properties.creator, properties.lastModifiedBy) == ("标题", "办公室", "办公室")
    assert properties.created == properties.modified == AT.astimezone(UTC).replace(tzinfo=None)


def test_same_data_gives_the_same_parts():
    values = [("甲", 1), ("=乙", 2)]

    assert parts(written(values)) == parts(written(values))


def test_widths_are_counted_in_a_font_that_every_machine_has():
    styles = parts(written([("甲", 1)]))["xl/styles.xml"]

    normal = re.search(r'<cellStyleXfs count="1"><xf [^>]*fontId="(\d+)"', styles)[1]
    fonts = re.findall(r"<font>.*?</font>", styles)
    assert 'val="Arial"' in fonts[int(normal)]


def test_many_rows_share_few_styles():
    styles = parts(written([(f"第{number}行", number) for number in range(500)]))["xl/styles.xml"]

    assert int(re.search(r'<cellXfs count="(\d+)"', styles)[1]) < 15


def test_error_on_the_way_leaves_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    columns = [Column("share", "数", 5, lambda row: 1 / row)]

    with pytest.raises(ZeroDivisionError):
        written([1, 2, 3, 4, 5, 0], columns=columns)

    assert os.listdir(tmp_path) == []


def test_sheet_to_be_filled_in_is_locked_but_for_its_open_columns():
    columns = [
        Column("key", "编号", 3, lambda row: row[2], Kind.COUNT),
        COLUMNS[0],
        Column("status", "状态", 5, lambda row: "", choices={"推进中": "in_progress", "已完成": "completed"}),
    ]
    file = BytesIO()
    with Book(title="标题", author="办公室", at=AT) as book:
        filling = Filling(opened=["status"], hidden=["key"])
        sheet = book.sheet("表", columns, Heading("标题"), filling=filling)
        sheet.row(("甲", 1, 77))
        sheet.row(("乙", 2, 78))
        book.save(file)

    sheet = opened(file.getvalue()).active
    assert sheet.protection.sheet
    assert [[cell.protection.locked for cell in row] for row in sheet["A3:C4"]] == [[True, True, False]] * 2
    assert [sheet.column_dimensions[letter].hidden for letter in "ABC"] == [True, False, False]
    (choice,) = sheet.data_validations.dataValidation
    assert (str(choice.sqref), choice.formula1) == ("C3:C4", '"推进中,已完成"')
