"""Word files: what a reader of the printed page sees is what is read, and what is left out is said."""

import re

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from importers.parsed import NotAPlan, parse_plan
from importers.readers import Unreadable, read
from importers.readers.numerals import written
from tests.importers import documents, hostile, oracle

W = nsdecls("w")
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def texts(data: bytes) -> list[str]:
    return [line.text for line in read(data, name="a.docx").lines if line.text]


def remarks(data: bytes) -> list[str]:
    return [remark.message for remark in read(data, name="a.docx").remarks]


def word(*blocks: str) -> bytes:
    """A file with these blocks of XML, which `p` and `r` write."""
    document = docx.Document()
    for block in blocks:
        document.element.body.sectPr.addprevious(parse_xml(block))
    return documents.saved(document)


def p(inside: str, properties: str = "") -> str:
    return f"<w:p {W} {MC}><w:pPr>{properties}</w:pPr>{inside}</w:p>"


def r(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_paragraphs_and_tables_come_in_their_order():
    document = docx.Document()
    document.add_paragraph("前")
    table = document.add_table(rows=2, cols=3)
    for cell, text in zip(table.rows[0].cells, ("1", "推进修改。", "财政部负责"), strict=True):
        cell.text = text
    table.rows[1].cells[0].text = "2"
    inner = table.rows[1].cells[1].add_table(rows=1, cols=1)
    inner.rows[0].cells[0].text = "里"
    table.rows[1].cells[1].add_paragraph("外")
    document.add_paragraph("后")

    assert texts(documents.saved(document)) == ["前", "1\t推进修改。\t财政部负责", "2", "里", "外", "后"]


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (r("甲") + "<w:r><w:tab/></w:r>" + r("乙"), ["甲\t乙"]),
        (r("甲") + "<w:r><w:br/></w:r>" + r("乙"), ["甲", "乙"]),
        (r("甲") + '<w:r><w:br w:type="page"/></w:r>' + r("乙"), ["甲", "乙"]),
        (r("甲") + "<w:r><w:noBreakHyphen/><w:softHyphen/></w:r>" + r("乙"), ["甲-乙"]),
        (f"<w:hyperlink>{r('甲')}</w:hyperlink>" + r("乙"), ["甲乙"]),
        (f"<w:smartTag><w:smartTag>{r('甲')}</w:smartTag></w:smartTag>", ["甲"]),
        (f"<w:sdt><w:sdtContent>{r('甲')}</w:sdtContent></w:sdt>", ["甲"]),
        (f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{r('单击')}</w:sdtContent></w:sdt>", []),
        (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>'
            + r("码")
            + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
            + r("3")
            + '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
            ["3"],
        ),
        (f"<w:r><w:ruby><w:rt>{r('zhi')}</w:rt><w:rubyBase>{r('知')}</w:rubyBase></w:ruby></w:r>", ["知"]),
    ],
)
def test_text_inside_a_paragraph(inside, expected):
    assert texts(word(p(r("前")), p(inside))) == ["前", *expected]


def test_tracked_deletions_stay_out_and_insertions_come_in():
    data = word(
        p(
            r("保留")
            + '<w:del w:id="1" w:author="a"><w:r><w:delText>删除</w:delText></w:r></w:del>'
            + f'<w:ins w:id="2" w:author="a">{r("新增")}</w:ins>'
            + f'<w:moveFrom w:id="3" w:author="a">{r("移走")}</w:moveFrom>'
            + f'<w:moveTo w:id="4" w:author="a">{r("移来")}</w:moveTo>'
        ),
        p(r("前半，"), '<w:rPr><w:del w:id="5" w:author="a"/></w:rPr>'),
        p(r("后半。")),
    )

    assert texts(data) == ["保留新增移来", "前半，后半。"]
    assert remarks(data) == [
        "修订中已删除的文字共 4 个字，没有导入。",
        "修订中新增的内容 1 处，已按接受修订导入。",
    ]


def test_hidden_text_stays_out_whether_by_itself_or_by_style():
    document = docx.Document()
    document.styles.add_style("Secret", docx.enum.style.WD_STYLE_TYPE.CHARACTER).font.hidden = True
    paragraph = document.add_paragraph("显")
    paragraph.add_run("隐").font.hidden = True
    paragraph.add_run("藏", style="Secret")
    shown = paragraph.add_run("现", style="Secret")
    shown.font.hidden = False
    data = documents.saved(document)

    assert texts(data) == ["显现"]
    assert remarks(data) == ["隐藏文字共 2 个字，没有导入。"]


BOX = (
    '<w:pict xmlns:v="urn:schemas-microsoft-com:vml"><v:shape><v:textbox><w:txbxContent>'
    f"<w:p>{r('框里')}</w:p></w:txbxContent></v:textbox></v:shape></w:pict>"
)


def test_text_box_is_read_once_behind_its_paragraph_and_said():
    alternative = (
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'>{BOX}</mc:Choice>"
        f"<mc:Fallback>{BOX}</mc:Fallback></mc:AlternateContent></w:r>"
    )
    document = read(word(p(r("前") + alternative + r("后")), p(r("末"))), name="a.docx")

    assert [line.text for line in document.lines] == ["前后", "框里", "末"]
    assert [(each.line, each.message) for each in document.remarks] == [
        (2, "这里的文本框的文字放在它所在的段落之后，请核对位置。")
    ]


def test_headers_comments_and_footnotes_are_not_in_the_text():
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "页眉"
    document.sections[0].footer.paragraphs[0].text = "页脚"
    paragraph = document.add_paragraph("正文")
    document.add_comment(paragraph.runs, text="批注", author="甲")
    data = documents.saved(document)

    assert texts(data) == ["正文"]
    assert remarks(data) == ["批注 1 条，没有导入。"]


def test_footnotes_are_quoted_in_a_remark():
    types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relation = f'<Relationship Id="rN" Type="{types}/footnotes" Target="footnotes.xml"/></Relationships>'
    note = f'<w:footnotes {W}><w:footnote w:type="separator"><w:p/></w:footnote><w:footnote>'
    note += f"<w:p>{r('注文')}</w:p></w:footnote>"
    data = hostile.docx_with(
        **{
            "word___rels__document_DOT_xml_DOT_rels": lambda part: part.replace(
                b"</Relationships>", relation.encode()
            ),
            "word__footnotes_DOT_xml": f"{note}</w:footnotes>".encode(),
        }
    )

    assert texts(data) == list(hostile.LINES)
    assert remarks(data) == ["脚注没有导入：“注文”。"]


def test_other_parts_may_be_missing_where_add_ins_left_a_dangling_relationship():
    """python-docx refuses such a file: KeyError, "There is no item named 'word/NULL' in the archive"."""
    dangling = b'<Relationship Id="rN" Type="http://x/image" Target="NULL"/></Relationships>'
    data = hostile.docx_with(
        **{"word___rels__document_DOT_xml_DOT_rels": lambda part: part.replace(b"</Relationships>", dangling)}
    )

    assert texts(data) == list(hostile.LINES)


def test_file_without_text_asks_for_text():
    with pytest.raises(Unreadable, match="没有文字"):
        read(documents.docx_of([""]), name="a.docx")


# --- automatic numbers -------------------------------------------------------------------------------------


def level(depth: int, form: str, text: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbered(levels: str, places: list[tuple[int, int]], nums: str = "") -> list[str]:
    document = docx.Document()
    nums = nums or '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    documents.use_numbering(
        document,
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="1">{levels}</w:abstractNum>{nums}</w:numbering>',
    )
    for number, depth in places:
        documents.in_list(document.add_paragraph("文"), number, depth)
    return texts(documents.saved(document))


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("decimal", "%1.", ["1.文", "2.文"]),
        ("decimal", "（%1）", ["（1）文", "（2）文"]),
        ("chineseCounting", "%1、", ["一、文", "二、文"]),
        ("japaneseCounting", "第%1章", ["第一章 文", "第二章 文"]),
        ("decimalEnclosedCircle", "%1", ["① 文", "② 文"]),
        ("bullet", "\uf0b7", ["文", "文"]),
        ("none", "", ["文", "文"]),
    ],
)
def test_numbers_are_written_as_the_list_says(form, text, expected):
    assert numbered(level(0, form, text), [(1, 0), (1, 0)]) == expected


def test_levels_count_within_the_one_above():
    levels = level(0, "chineseCounting", "%1、") + level(1, "decimal", "%1.%2")
    places = [(1, 0), (1, 1), (1, 1), (1, 0), (1, 1)]

    assert numbered(levels, places) == ["一、文", "一.1 文", "一.2 文", "二、文", "二.1 文"]


def test_levels_that_are_legal_write_every_place_in_digits():
    levels = level(0, "chineseCounting", "%1、") + level(1, "decimal", "%1.%2", "<w:isLgl/>")

    assert numbered(levels, [(1, 0), (1, 1)]) == ["一、文", "1.1 文"]


def test_level_that_never_restarts_counts_on():
    levels = level(0, "chineseCounting", "%1、") + level(1, "decimal", "%2.", '<w:lvlRestart w:val="0"/>')

    assert numbered(levels, [(1, 0), (1, 1), (1, 0), (1, 1)]) == ["一、文", "1.文", "二、文", "2.文"]


def test_lists_of_one_definition_count_together_unless_one_starts_anew():
    nums = (
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="1"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    )
    found = numbered(level(0, "decimal", "%1."), [(1, 0), (2, 0), (3, 0), (3, 0)], nums)

    assert found == ["1.文", "2.文", "5.文", "6.文"]


def test_number_by_style_and_number_switched_off():
    document = docx.Document()
    documents.use_numbering(
        document,
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="1">{level(0, "decimal", "%1.")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num></w:numbering>',
    )
    style = document.styles.add_style("Task", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    style.element.get_or_add_pPr().append(parse_xml(f'<w:numPr {W}><w:numId w:val="1"/></w:numPr>'))
    document.add_paragraph("甲", style="Task")
    documents.in_list(document.add_paragraph("无号", style="Task"), 0)
    document.add_paragraph("2024年乙", style="Task")
    data = documents.saved(document)

    assert texts(data) == ["1.甲", "无号", "2. 2024年乙"]
    assert remarks(data) == ["还原了 2 个段落的自动编号，请核对编号是否与原文件一致。"]


def test_deleted_paragraph_takes_no_number():
    kept = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    gone = f'{kept}<w:rPr><w:del w:id="1" w:author="a"/></w:rPr>'
    document = docx.Document()
    documents.use_numbering(
        document,
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="1">{level(0, "decimal", "%1.")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num></w:numbering>',
    )
    deleted = '<w:del w:id="2" w:author="a"><w:r><w:delText>删</w:delText></w:r></w:del>'
    for block in (p(r("甲"), kept), p(deleted, gone), p(r("乙"), kept)):
        document.element.body.sectPr.addprevious(parse_xml(block))

    assert texts(documents.saved(document)) == ["1.甲", "2.乙"]


@pytest.mark.parametrize(
    ("number", "form", "expected"),
    [
        (10, "chineseCounting", "十"),
        (12, "chineseCounting", "十二"),
        (20, "chineseCountingThousand", "二十"),
        (103, "chineseCountingThousand", "一百零三"),
        (110, "chineseCountingThousand", "一百一十"),
        (1001, "chineseCountingThousand", "一千零一"),
        (12, "chineseLegalSimplified", "壹拾贰"),
        (10, "ideographDigital", "一〇"),
        (3, "ideographTraditional", "丙"),
        (4, "lowerRoman", "iv"),
        (28, "upperLetter", "BB"),
        (7, "decimalZero", "07"),
        (21, "decimalEnclosedCircle", "21"),
        (3, "aFormOfTheFuture", "3"),
    ],
)
def test_numerals(number, form, expected):
    assert written(number, form) == expected


# --- tables of tasks ---------------------------------------------------------------------------------------


def table_of(*rows: tuple[str, ...], merged: tuple[tuple[int, int, int, int], ...] = ()) -> bytes:
    """A file with a title and a table; `merged` are first and last row, first and last column."""
    document = docx.Document()
    document.add_paragraph("2025年推进计划")
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for row, words in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, words, strict=True):
            cell.text = text
    for first_row, last_row, first, last in merged:
        text = table.cell(first_row, first).text
        table.cell(first_row, first).merge(table.cell(last_row, last)).text = text
    return documents.saved(document)


def test_table_of_tasks_is_read_as_text_with_chapters_in_rows_of_their_own():
    data = table_of(
        ("序 号", "重点任务", "牵头单位", "配合单位", "完成时限"),
        ("一、完善制度", "", "", "", ""),
        ("（一）", "完善法规", "", "", ""),
        ("1", "推进修改。", "财政部", "科技部\n教育部", "2025年6月"),
        ("序号", "重点任务", "牵头单位", "配合单位", "完成时限"),
        ("（2）", "推进落实。", "国家知识产权局", "", "持续推进"),
        merged=((1, 1, 0, 4),),
    )

    assert texts(data) == [
        "2025年推进计划",
        "一、完善制度",
        "（一）完善法规",
        "1.推进修改。（牵头单位：财政部；配合单位：科技部、教育部；完成时限：2025年6月）",
        "2.推进落实。（牵头单位：国家知识产权局；完成时限：持续推进）",
    ]
    plan = parse_plan(read(data, name="a.docx"))
    assert [(t.number, str(t.due), len(t.agencies)) for t in plan.tasks] == [
        (1, "2025-06-30", 3),
        (2, "None", 1),
    ]
    assert [s.title for c in plan.chapters for s in c.sections] == ["完善法规"]


def test_chapters_beside_the_tasks_are_headings_and_other_columns_are_said():
    data = table_of(
        ("类别", "序号", "任务", "责任单位", "备注"),
        ("一、完善制度", "1", "推进修改。", "财政部", "去年已启动"),
        ("", "2", "推进落实。", "财政部", ""),
        ("二、强化保护", "3", "加强执法。", "公安部", ""),
        merged=((1, 2, 0, 0), (1, 2, 3, 3)),
    )

    assert texts(data) == [
        "2025年推进计划",
        "一、完善制度",
        "1.推进修改。（责任单位：财政部）",
        "2.推进落实。（责任单位：财政部）",
        "二、强化保护",
        "3.加强执法。（责任单位：公安部）",
    ]
    assert remarks(data) == [
        "第 2 行起的表格（类别、序号、任务、责任单位、备注）已逐行读作 3 项任务，"
        "责任单位等各栏写在任务末尾的括号里。",
        "表格“备注”一栏的内容 1 处没有导入：“去年已启动”，请核对。",
    ]


def test_number_may_stand_in_the_task_itself_and_a_cell_may_say_its_own_labels():
    data = table_of(
        ("工作任务", "责任单位"), ("1.推进修改。", "牵头单位：财政部；配合单位：科技部"), ("2.落实。", "无")
    )

    assert texts(data)[1:] == [
        "1.推进修改。（牵头单位：财政部；配合单位：科技部）",
        "2.落实。（责任单位：无）",
    ]


@pytest.mark.parametrize(
    "merged", [((1, 2, 1, 1),), ((1, 2, 0, 1),)], ids=["a task over two rows", "number and task as one"]
)
def test_table_whose_rows_cannot_be_told_apart_is_refused_as_a_table(merged):
    data = table_of(
        ("序号", "工作任务", "责任单位"), ("1", "推进修改。", "财政部"), ("2", "", "科技部"), merged=merged
    )

    with pytest.raises(NotAPlan, match="任务在表格里"):
        parse_plan(read(data, name="a.docx"))


@pytest.mark.parametrize("year", oracle.YEARS)
def test_plan_in_tables_is_the_plan(year):
    document = docx.Document()
    table = None
    for line in oracle.paragraphs(year):
        task = re.fullmatch(r"([0-9]+)\.(.*?)[（(]([^（()）]*(?:[（(][^（()）]*[)）])?[^（()）]*)[)）]", line)
        if task is None:
            document.add_paragraph(line)
            table = None
            continue
        if table is None:
            table = document.add_table(rows=1, cols=3)
            for cell, text in zip(table.rows[0].cells, ("序号", "工作任务", "责任单位"), strict=True):
                cell.text = text
        for cell, text in zip(table.add_row().cells, task.groups(), strict=True):
            cell.text = text

    plan = parse_plan(read(documents.saved(document), name="a.docx"))
    said = [tuple(each) for each in oracle.records_of(plan)]
    assert [(*each[:6], each[6].removeprefix("责任单位："), *each[7:]) for each in said] == oracle.records(
        year
    )
