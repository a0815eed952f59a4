"""Saved pages, PDFs and OFDs made by hand: order, what is hidden, what is said, damage."""

from collections.abc import Sequence

import pytest

from importers.diagnostics import Code, Severity
from importers.parsed import parse_plan
from importers.readers import Document, Kind, Unreadable, read
from importers.readers.placed import Piece, in_lines
from importers.readers.radicals import CHARACTERS, without_radicals
from tests.importers import documents, hostile


def texts(data: bytes, name: str = "") -> list[str]:
    return [line.text for line in read(data, name=name).lines]


def remarks(data: bytes) -> list[str]:
    return [remark.message for remark in read(data).remarks]


# --- web pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>一<p>二<div>三</div>四", ["一", "二", "三", "四"]),
        ("一<br>二<BR/>三", ["一", "二", "三"]),
        ("<p>一<b>二</b><span>三</span></p>", ["一二三"]),
        ("<p>知识\n   产权\nIP\nlaw</p>", ["知识产权 IP law"]),
        ("<p>&#19968;&ldquo;&nbsp;&amp;&lt;&#x4e8c;</p>", ["一“\xa0&<二"]),
        ("<pre>一\n 二</pre>", ["一", "二"]),
        ("<table><tr><td>1</td><td>推进</td></tr><tr><td>2<td>落实</table>", ["1\t推进", "2\t落实"]),
        ("<ol><li>一<li>二</ol><ol start=5><li>三</ol>", ["1.一", "2.二", "5.三"]),
        ("<ol type=a><li value=3>一<li>二</ol><ul><li>三</ul>", ["c.一", "d.二", "三"]),
        ("<ol style='list-style: none'><li>1.一</ol>", ["1.一"]),
        ("<ol style='list-style-type: cjk-ideographic'><li>一</ol>", ["一、一"]),
        ("<p>甲<script>乙</script>丙<!-- 丁 --></p>", ["甲丙"]),
        ("<p>甲</p><div style='DISPLAY : none'>乙<div>丙</div></div>丁", ["甲", "丁"]),
        ("<nav>甲</nav><select><option>乙</select><p hidden>丙</p>丁", ["丁"]),
        ("<ruby>知<rp>(</rp><rt>zhi</rt><rp>)</rp></ruby>", ["知"]),
        ("<div>" * 900 + "深" + "</div>" * 900, ["深"]),
    ],
)
def test_page_is_read_as_it_shows(body, expected):
    assert texts(f"<html><body>{body}</body></html>".encode()) == expected


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("<meta charset=gb2312><p>知识产权，镕".encode("gbk"), "gb18030"),
        ("<meta http-equiv=content-type content='text/html; charset=GBK'><p>知识".encode("gbk"), "gb18030"),
        ("<meta charset=big5><p>智慧財產權，法律".encode("big5"), "big5"),
        ("<meta charset=gb2312><p>知识产权".encode(), "utf-8"),
        ("<p>知识产权".encode("gbk"), "gb18030"),
        ("<p>知识产权".encode("utf-16"), "utf-16-le"),
        ("\ufeff<p>知识产权".encode(), "utf-8"),
    ],
)
def test_charset_is_found_without_guessing(data, encoding):
    assert read(data).encoding == encoding
    assert read(data).lines[0].text[1] in "识慧"


def test_charset_that_is_not_true_is_asked_about():
    with pytest.raises(Unreadable, match="不是有效的 BIG5"):
        read("<meta charset=big5><p>国家知识产权局其他权利企业".encode("gbk"))


def test_what_a_page_hides_is_said():
    page = "<p>甲</p><p hidden>乙</p><div style='display:none'>丙</div><ol><li>丁</ol>"

    assert remarks(page.encode()) == [
        "网页中不显示的内容 2 处，没有导入。",
        "还原了 1 个列表项的自动编号，请核对编号是否与网页一致。",
    ]


@pytest.mark.parametrize(
    "frame",
    [
        "您当前的位置：首页&gt;政务公开&gt;规划计划",
        "<a>首页</a> &gt; <a>政务公开</a>",
        "发布时间：2024-05-27　来源：知识产权运用促进司　字体：大 中 小",
        "【<a>打印本页</a>】 【<a>关闭窗口</a>】",
        "[打印] | [收藏]",
        "分享到：",
        "上一篇：国家知识产权局公告（第585号）",
        "主办单位：国家知识产权局　版权所有：国家知识产权局",
        "备案编号：京ICP备05069085号",
        "京公网安备 110401400124号",
    ],
)
def test_what_a_site_puts_around_its_document_is_left_out_and_quoted(frame):
    found = read(f"<p>2024年推进计划</p><div>{frame}</div><p>一、完善</p>".encode())

    assert [line.text for line in found.lines] == ["2024年推进计划", "一、完善"]
    assert [remark.line for remark in found.remarks] == [2]
    assert found.remarks[0].message.startswith("网站自身的内容没有导入：“")


@pytest.mark.parametrize(
    "line",
    [
        "1.打印文化建设。（财政部负责）",
        "关闭不合规机构。（公安部负责）",
        "来源追溯",
        "（责任单位：国家知识产权局）",
        "首页改版",
        "3.分享经验：推广。",
    ],
)
def test_text_that_resembles_it_stays(line):
    assert texts(f"<p>{line}</p><p>末</p>".encode()) == [line, "末"]


def test_menus_are_left_out_and_named_but_a_linked_contents_list_stays():
    menu = "<ul><li><a href='/'>首页</a></li><li><a href='/a'>机构</a> | <a href='/b'>新闻</a></li></ul>"
    contents = "<p><a href='#1'>一、完善制度</a></p><p><a name=x>二、保护</a>，<a href='#'>见</a></p>"
    found = read(f"{menu}<p>计划</p>{contents}<p><a href='f.doc'>《商标法》</a></p>".encode())

    assert [line.text for line in found.lines] == ["计划", "一、完善制度", "二、保护，见", "《商标法》"]
    assert [remark.message for remark in found.remarks] == [
        "正文之前网站自身的内容 2 行没有导入：“首页”、“机构 | 新闻”。"
    ]


SITE = """<div><a href="/">首页</a> | <a href="/x">机构</a></div>
<ul><li><a>政策法规</a></li><li><a>专利</a></li></ul>
<div>当前位置：<a>首页</a>&gt;正文</div><h1>{heading}</h1><div>发布时间：2025-06-03 浏览次数：12345</div>
<div>{body}</div><div>分享到：<a>微信</a></div><div>附件：1.<a href="x.pdf">2025年推进计划.pdf</a></div>
<div><h3>相关链接</h3><ul><li><a href="/1">1.国家知识产权局关于开展专利转化运用专项行动的通知</a></li>
<li><a>2.《知识产权强国建设纲要》图解</a></li></ul></div><div>主办单位：国家知识产权局<br>京ICP备05069085号</div>"""
PLAN = [
    "2025年纲要实施推进计划",
    "为落实《纲要》，制定本计划。",
    "一、完善制度",
    *(f"{number}.推进第{number}项。（财政部负责）" for number in range(1, 31)),
    "列第一位的部门为牵头部门。",
]


def site(heading: str, lines: Sequence[str] = PLAN) -> bytes:
    return SITE.format(heading=heading, body="".join(f"<p>{line}</p>" for line in lines)).encode()


@pytest.mark.parametrize(
    "heading",
    [
        "关于印发《2025年推进计划》的通知",
        "2025年纲要实施推进计划",
        "2025年推进计划",
        "知识产权强国建设",
        "国家知识产权局",
    ],
)
def test_heading_of_the_page_is_no_half_of_the_title(heading):
    plan = parse_plan(read(site(heading)))

    assert (plan.title, plan.years, len(plan.tasks), plan.issuer) == (PLAN[0], (2025,), 30, "")
    assert plan.closing_rule == PLAN[-1]
    assert {(each.code, each.severity) for each in plan.diagnostics if each.severity is Severity.WARNING} <= {
        (Code.UNPLACED_TEXT, Severity.WARNING)
    }


def test_title_torn_into_paragraphs_alike_is_whole():
    page = site("2025年推进计划", ["2025年纲要", "实施推进计划", *PLAN[1:]])

    assert parse_plan(read(page)).title == PLAN[0]


def test_what_a_site_puts_around_the_plan_is_one_remark_in_front_and_one_behind():
    document = read(site("关于印发《2025年推进计划》的通知"))

    assert [line.text for line in document.lines[1:]] == [*PLAN, "附件：1.2025年推进计划.pdf"]
    assert [(each.line, each.message) for each in document.remarks] == [
        (
            1,
            "正文之前网站自身的内容 5 行没有导入：“首页 | 机构”、“政策法规”、“专利”、“当前位置：首页>正文”、"
            "“发布时间：2025-06-03 …”。",
        ),
        (
            36,
            "正文之后网站自身的内容 6 行没有导入：“分享到：微信”、“相关链接”、"
            "“1.国家知识产权局关于开展专利转…”、“2.《知识产权强国建设纲要》图解”、“主办单位：国家知识产权局”、“京ICP备05069085号”。",
        ),
    ]


def test_what_is_left_out_in_the_midst_of_the_text_is_quoted_by_itself():
    lines = [*PLAN[:16], "来源：各地上报的材料", *PLAN[16:]]
    document = read("".join(f"<p>{line}</p>" for line in lines).encode())

    assert [each.message for each in document.remarks] == ["网站自身的内容没有导入：“来源：各地上报的材料”。"]


def test_blocks_of_a_page_are_kept_with_its_lines():
    document = read("<h1>甲</h1><div>乙<p>丙<br>丁</p>戊</div><ul><li>己</li></ul>".encode())

    assert [line.block for line in document.lines] == ["h1", "div", "p", "p", "div", "li"]
    assert Document.load(document.dump()) == document


# --- tables of tasks in web pages --------------------------------------------------------------------------


def test_table_of_tasks_is_read_as_text():
    rows = (
        "<tr><th rowspan=2>序号</th><th rowspan=2>工作任务</th><th colspan=2>责任单位</th></tr>"
        "<tr><th>牵头单位</th><th>配合单位</th></tr>"
        "<tr><td colspan=4><b>一、完善制度</b></td></tr>"
        "<tr><td>1</td><td><p>推进修改。</p><p>推进<br>落实。</p></td>"
        "<td rowspan=2>财政部</td><td>科技部<br>教育部</td></tr>"
        "<tr><td>2.</td><td>落实。</td><td></td></tr>"
    )
    document = read(f"<p>2025年推进计划</p><table>{rows}</table><p>后</p>".encode())

    assert [line.text for line in document.lines] == [
        "2025年推进计划",
        "一、完善制度",
        "1.推进修改。",
        "推进",
        "落实。（牵头单位：财政部；配合单位：科技部、教育部）",
        "2.落实。（牵头单位：财政部）",
        "后",
    ]
    assert [(each.line, each.is_hint, each.message) for each in document.remarks] == [
        (
            2,
            True,
            "第 2 行起的表格（序号、工作任务、牵头单位、配合单位）已逐行读作 2 项任务，"
            "责任单位等各栏写在任务末尾的括号里。",
        )
    ]
    assert Document.load(document.dump()) == document
    plan = parse_plan(document)
    assert [[(each.name, each.role.value) for each in task.agencies] for task in plan.tasks] == [
        [("财政部", "lead"), ("科技部", "participant"), ("教育部", "participant")],
        [("财政部", "lead")],
    ]


@pytest.mark.parametrize(
    "rows",
    [
        "<tr><td>序号<td>任务<td>备注</tr><tr><td>1<td>推进。<td>财政部</tr>",
        "<tr><td>序号<td>任务<td>责任单位</tr><tr><td>甲<td>推进。<td>财政部</tr>",
        "<tr><td>序号<td>任务<td>责任单位</tr><tr><td>1<td rowspan=2>推进。<td>财政部</tr>"
        "<tr><td>2<td>科技部</tr>",
        "<tr><td>任务<td>责任单位</tr><tr><td>推进。<td>财政部</tr>",
    ],
)
def test_table_that_does_not_say_it_all_stays_as_it_is(rows):
    document = read(f"<p>计划</p><table>{rows}</table>".encode())

    assert "\t" in document.lines[1].text
    assert document.remarks == ()


def test_page_without_text_says_what_to_do():
    with pytest.raises(Unreadable, match="粘贴后再导入"):
        read(b"<html><body><script>document.write('x')</script></body></html>")


# --- PDF ---------------------------------------------------------------------------------------------------


def shown(text: str, x: float, y: float, more: str = "") -> str:
    return f"BT /F1 12 Tf {more or f'1 0 0 1 {x} {y} Tm'} <{text.encode('utf-16-be').hex()}> Tj ET"


def drawn(*pieces: str) -> bytes:
    return hostile.pdf("\n".join(pieces).encode())


def test_pdf_is_read_by_place_and_not_by_order_of_drawing():
    data = drawn(
        shown("第三行", 50, 700), shown("一行", 62, 740), shown("第", 50, 740), shown("第二行", 50, 720)
    )

    assert texts(data) == ["第一行", "第二行", "第三行"]


def test_pdf_bold_by_drawing_twice_is_read_once():
    assert texts(drawn(shown("知", 50, 700), shown("知", 50.3, 700), shown("知", 62, 700))) == ["知知"]


def test_pdf_cells_of_a_row_are_set_apart():
    assert texts(drawn(shown("1", 50, 700), shown("推进", 150, 700))) == ["1\t推进"]


def test_pdf_watermark_across_the_page_is_left_out_and_said():
    slanted = shown("内部资料", 0, 0, "0.7 0.7 -0.7 0.7 100 300 Tm")
    data = drawn(slanted, shown("正文", 50, 700), shown("续", 50, 680))

    assert texts(data) == ["正文", "续"]
    assert remarks(data) == ["斜排的文字共 4 个字（多为水印），没有导入。"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("0 1 -1 0 100 100", "0 1 -1 0 120 100"),
        ("0 -1 1 0 120 500", "0 -1 1 0 100 500"),
        ("-1 0 0 -1 500 100", "-1 0 0 -1 500 120"),
    ],
)
def test_pdf_page_on_its_side_is_read_upright(first, second):
    data = drawn(shown("第一行", 0, 0, f"{first} Tm"), shown("第二行", 0, 0, f"{second} Tm"))

    assert texts(data) == ["第一行", "第二行"]


def test_pdf_radicals_become_characters_and_brackets_stay_wide():
    data = hostile.pdf("⼯业和信息化部⻓（⺠政部）")

    assert texts(data) == ["工业和信息化部长（民政部）"]
    assert remarks(data) == ["部首字符共 3 个（如“⼯”），已换成通用汉字。"]


def test_pdf_page_that_is_a_picture_is_said():
    picture = b"q 500 0 0 700 40 40 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
    data = hostile.pdf(hostile.TEXT, picture, "")

    assert texts(data) == list(hostile.LINES)
    assert len(remarks(data)) == 1
    assert remarks(data)[0].startswith("第 2 页没有文字层")


def test_every_radical_has_one_character_and_no_other_sign_is_touched():
    assert len(CHARACTERS) == 114 + 214
    assert all(0x2E80 <= code <= 0x2FD5 and len(to) == 1 for code, to in CHARACTERS.items())
    assert not set(map(ord, CHARACTERS.values())) & set(CHARACTERS)
    assert without_radicals("（½）①Ａ") == ("（½）①Ａ", 0)


def test_pdf_heads_and_feet_of_the_pages_are_left_out_and_quoted():
    pages = [
        "\n".join(
            [
                shown(f"2024年5月{number}日", 50, 800),
                *(shown(letter * 5, 50, 700 - 20 * row) for row, letter in enumerate("甲乙丙丁戊"[number:])),
                shown(f"https://a.gov.cn/{number}", 50, 30),
                shown(f"{number}/4", 500, 30),
            ]
        ).encode()
        for number in range(1, 5)
    ]
    data = hostile.pdf(*pages)

    assert texts(data) == [letter * 5 for number in range(1, 5) for letter in "甲乙丙丁戊"[number:]]
    assert remarks(data) == [
        "每页重复的页眉、页脚和页码共 8 行没有导入，如“https://a.gov.cn/1\t1/4”、“2024年5月1日”。"
    ]
    assert len(texts(hostile.pdf(*pages[:2]))) == 11  # two pages may be alike by chance


# --- OFD ---------------------------------------------------------------------------------------------------


def test_ofd_is_read_by_place():
    assert texts(documents.ofd_of(hostile.LINES)) == list(hostile.LINES)
    assert read(documents.ofd_of(hostile.LINES)).kind is Kind.OFD


def test_ofd_with_a_page_missing_is_refused_rather_than_read_with_a_hole():
    parts = hostile.parts_of(documents.ofd_of(["一" * 36] * 100))
    assert len([name for name in parts if "Page_" in name]) == 3
    del parts["Doc_0/Pages/Page_1/Content.xml"]

    with pytest.raises(Unreadable, match="无法完整读取"):
        read(documents.package(parts))


def test_ofd_without_text_asks_for_text():
    with pytest.raises(Unreadable, match="扫描件"):
        read(documents.ofd_of([" "]))


# --- lines out of places -----------------------------------------------------------------------------------


def piece(text: str, x: float, y: float, size: float = 10) -> Piece:
    return Piece(text, x, y, sum(size if ord(c) > 255 else size / 2 for c in text), size)


def test_words_get_their_space_and_chinese_none():
    placed = in_lines([piece("IP", 0, 0), piece("law", 14, 0), piece("知", 40, 0), piece("识", 56, 0)])

    assert placed.lines == ["IP law知识"]


def test_raised_signs_stay_in_their_line():
    assert in_lines([piece("甲", 0, 0), piece("2", 10, -3, 6), piece("乙", 14, 0)]).lines == ["甲2乙"]


def test_columns_are_noticed():
    pieces = [piece("甲" * 10, x, 12 * row) for row in range(10) for x in (0, 200)]

    assert in_lines(pieces).looks_like_columns
    assert not in_lines(pieces[:2]).looks_like_columns
