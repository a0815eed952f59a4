"""What a note shows of the document: the place, what went out, what came in, and nothing unseen."""

import pytest

from importers.diagnostics import Code, Diagnostic, Severity
from importers.excerpts import Excerpt, excerpt
from importers.parsed import parse_plan
from importers.readers import read
from tests.importers.files import PLAN_2023, PLAN_2024


def told(shown: Excerpt) -> list[str]:
    """The rows as one reads them: 64− …负责）[5]; what was changed in [], unseen signs in ‹›."""
    marks = {"around": "{}", "changed": "[{}]", "sign": "‹{}›", "cited": "{}"}
    return [
        f"{row.line}{row.sign} " + "".join(marks[piece.kind].format(piece.text) for piece in row.pieces)
        for row in shown.rows
    ]


def of(path, code: Code, nth: int = 0, undone: frozenset[str] = frozenset()) -> Excerpt:
    document = read(path.read_bytes(), name="计划.txt")
    remarks = [each for each in parse_plan(document, undone=undone).diagnostics if each.code is code]
    return excerpt(remarks[nth], [line.text for line in document.lines])


def repair(code: Code, line: int, before: str, after: str = "", **more) -> Diagnostic:
    return Diagnostic(Severity.INFO, code, line, "", before, after, **more)


def test_a_torn_number_stands_in_its_two_lines():
    shown = of(PLAN_2024, Code.TORN_NUMBER)

    assert told(shown) == [
        "64− …国贸促会按职责分工负责)[5]‹¶›",
        "65− [0.]加强知识产权领域信用监管…",
        "64＋ …国贸促会按职责分工负责)[50.]加强知识产权领域信用监管…",
    ]
    assert shown.last_line == 65


def test_a_watermark_stands_between_what_is_around_it():
    assert told(of(PLAN_2024, Code.WATERMARK)) == [
        "32− …表性名录发布暂行办法》。[(科技成果评价)](国家中医药局负责)",
        "32＋ …表性名录发布暂行办法》。(国家中医药局负责)",
    ]


def test_blank_lines_inside_a_join_are_skipped():
    shown = of(PLAN_2023, Code.JOINED_LINE)

    assert told(shown) == [
        "15− …修改《中华人民共和国电子商务法》中的‹¶›",
        "17− 知识产权条款。推进修改《商业秘密保护…",
        "15＋ …修改《中华人民共和国电子商务法》中的知识产权条款。推进修改《商业秘密保护…",
    ]
    assert shown.last_line == 17


def test_spaces_that_went_are_seen():
    shown = of(PLAN_2023, Code.SPACES)

    assert told(shown) == ["3− 2023‹␣›年知识产权强国建设纲要和…", "3＋ 2023年知识产权强国建设纲要和…"]
    assert shown.words == "“␣”是去掉的空格"


def test_a_change_of_width_is_said_in_words():
    shown = of(PLAN_2024, Code.WIDTH)

    assert shown.words == "半角 ( ) , : → 全角 （ ） ， ："
    assert told(shown) == [
        "2− …作部际联席会议各成员单位[,]中央政法委、中央网信办,…",
        "2＋ …作部际联席会议各成员单位[，]中央政法委、中央网信办,…",
    ]


def test_an_undone_repair_shows_what_stands():
    document = read(PLAN_2024.read_bytes(), name="计划.txt")
    key = next(each.key for each in parse_plan(document).diagnostics if each.code is Code.WATERMARK)

    shown = of(PLAN_2024, Code.WATERMARK, undone=frozenset([key]))

    assert told(shown) == ["32 …表性名录发布暂行办法》。[(科技成果评价)](国家中医药局负责)"]


def test_a_citation_is_shown_by_line_and_nothing_is_marked():
    shown = of(PLAN_2024, Code.NOTICE)

    assert [row.line for row in shown.rows] == [1, 2, 3, 4, 5]
    assert {piece.kind for row in shown.rows for piece in row.pieces} == {"cited"}
    assert {row.sign for row in shown.rows} == {""}


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("\u200b\u00ad", "删去的是零宽空格、软连字符"),
        ("\ufeff", "删去的是字节顺序标记"),
        ("\u0007", "删去的是U+0007"),
    ],
)
def test_invisible_signs_are_named(before, words):
    shown = excerpt(repair(Code.INVISIBLE, 1, before, count=2), [f"推进{before[0]}修改"])

    assert shown.words == words
    assert told(shown)[1] == "1＋ 推进修改"


def test_spaces_of_another_kind_say_which():
    shown = excerpt(repair(Code.SPACES, 1, " ", count=1), ["\u3000\u3000推进\u3000\u00a0修改 IP law"])

    assert told(shown) == ["1− 推进‹全角空格›‹不换行空格›修改 IP law", "1＋ 推进修改 IP law"]


@pytest.mark.parametrize("line", [0, 2, 99])
@pytest.mark.parametrize("code", [Code.PAGE_NUMBER, Code.SPACES, Code.WIDTH, Code.JOINED_LINE])
def test_a_place_that_is_not_found_shows_what_is_known(line, code):
    """A reading kept from an older version may say lines that are no longer so."""
    shown = excerpt(repair(code, line, "(甲)", "（乙）", count=1), ["一行"])

    assert told(shown) == [] or told(shown)[0].startswith(f"{line}− [(甲)]")


def test_a_page_number_leaves_no_empty_row():
    assert told(excerpt(repair(Code.PAGE_NUMBER, 2, "— 3 —"), ["一", "— 3 —", "二"])) == [
        "2− [—]‹␣›[3]‹␣›[—]"
    ]


def test_a_line_of_a_megabyte_is_cut():
    shown = excerpt(repair(Code.WATERMARK, 1, "(水印)"), ["字" * 5000 + "(水印)" + "字" * 1_000_000])

    assert sum(len(piece.text) for row in shown.rows for piece in row.pieces) < 120
