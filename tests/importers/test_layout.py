"""Both plans written out in other layouts: the records must not change by a character."""

import re

import pytest

from importers.conservation import unaccounted
from importers.layout import repair
from importers.parsed import ParsedPlan, parse_plan
from importers.readers import document_from_text
from tests.importers import oracle
from tests.importers.oracle import Style, half_width, paged, paragraphs, torn, wrapped

both_plans = pytest.mark.parametrize("year", oracle.YEARS)


def parsed(text: str) -> ParsedPlan:
    return parse_plan(document_from_text(text))


def assert_exact(text: str, year: int) -> ParsedPlan:
    document = document_from_text(text)
    plan = parse_plan(document)
    assert oracle.records_of(plan) == oracle.records(year)
    assert unaccounted(document, plan) == []
    assert (plan.title, plan.years, plan.closing_rule) == (oracle.TITLES[year], (year,), oracle.CLOSING)
    assert plan.preamble == oracle.preamble(year)
    assert not plan.has_errors
    assert {d.code.value for d in plan.diagnostics if d.severity == "warning"} <= {"open_ended"}
    return plan


@both_plans
@pytest.mark.parametrize("width", [1, 2, 3, 5, 7, 10, 13, 16, 20, 28, 31, 36, 40, 63, 80])
def test_wrapped_at_any_width(year, width):
    lines = paragraphs(year)

    assert_exact(wrapped(lines, width), year)
    assert_exact(wrapped(lines, width, blank=True), year)
    assert_exact(half_width(wrapped(["".join(lines)], width)), year)


@both_plans
@pytest.mark.parametrize(
    "separator", ["", " ", "\n", "\n\n", "\r\n", "\r", "\u2028", "\x0b", "\x0c", "\n\u3000\u3000", "\n\t"]
)
def test_joined_by_anything(year, separator):
    assert_exact(separator.join(paragraphs(year)), year)


@both_plans
def test_characters_of_any_width_and_none(year):
    text = "\n".join(paragraphs(year))

    assert_exact(half_width(text), year)
    assert_exact(oracle.full_width_digits(text), year)
    assert_exact(oracle.full_width_digits(half_width(text).replace("\n", "")), year)
    assert_exact("\u200b".join(text), year)
    assert_exact(text.replace("，", "，\u3000").replace("、", "\xa0、"), year)
    assert_exact("\ufeff" + text.replace("。", "。\t"), year)


@both_plans
@pytest.mark.parametrize("number", ["{}.", "{}、", "{}．", "（{}）", "({})", "{}. ", "{}）"])
def test_numbers_in_any_form(year, number):
    lines = paragraphs(year, Style(task=number))

    assert_exact("\n".join(lines), year)
    assert_exact("".join(lines), year)
    assert_exact(oracle.full_width_digits(wrapped(lines, 17)), year)


@both_plans
@pytest.mark.parametrize("chapter", ["{}、", "第{}章", "第{}章　"])
@pytest.mark.parametrize("section", ["（{}）", "({})", "第{}节", "第{}节 "])
def test_headings_in_any_form(year, chapter, section):
    lines = paragraphs(year, Style(chapter=chapter, section=section))

    assert_exact("\n".join(lines), year)
    assert_exact("".join(lines), year)
    assert_exact(wrapped(lines, 13), year)


@both_plans
@pytest.mark.parametrize("seed", range(8))
def test_torn_anywhere(year, seed):
    assert_exact(torn(paragraphs(year), seed), year)


@both_plans
@pytest.mark.parametrize(
    "form",
    [
        "— {page} —",
        "- {page} -",
        "-{page}-",
        "第 {page} 页 共 {pages} 页",
        "第{page}页",
        "{page}",
        "{page}/{pages}",
    ],
)
@pytest.mark.parametrize("head", ["", "国家知识产权局文件", "title"])
def test_pages_with_numbers_and_running_heads(year, form, head):
    head = oracle.TITLES[year] if head == "title" else head
    for width in (20, 28, 41):
        plan = assert_exact(paged(wrapped(paragraphs(year), width), 30, form, head), year)
        assert "page_number" in {d.code.value for d in plan.diagnostics}


@both_plans
@pytest.mark.parametrize("width", [0, 17, 31, 40])
def test_notice_in_front(year, width):
    lines = paragraphs(year, Style(notice=True))
    plan = assert_exact(wrapped(lines, width) if width else "\n".join(lines), year)

    assert plan.document_number == "国知联办〔2024〕6号"
    assert plan.issuer == "国家知识产权强国建设工作部际联席会议办公室"
    assert plan.addressees == ("国家知识产权强国建设工作部际联席会议各成员单位", "中央政法委", "中央网信办")


@both_plans
@pytest.mark.parametrize("words", ["（样张）", "【内部资料】", "(某某创新中心)"])
def test_watermark_of_any_words_is_lifted_out(year, words):
    lines = paragraphs(year)
    before_clause = [
        line.replace("。（", f"。{words}（") if i % 9 == 1 else line for i, line in enumerate(lines)
    ]
    behind_clause = [line + words if re.match(r"\d*[05]\.", line) else line for line in lines]

    for text in ("\n".join(before_clause), wrapped(before_clause, 20), "\n".join(behind_clause)):
        assert_exact(text, year)


@both_plans
@pytest.mark.parametrize("brackets", ["（{}）", "【{}】"])
@pytest.mark.parametrize("form", ["牵头", "标签", "责任单位", "会同", "名单"])
def test_clauses_in_any_form_name_the_same_agencies(year, brackets, form):
    def clause(task: oracle.Task) -> str:
        lead, *others = [name for name, _ in task.agencies]
        rest = "、".join(others)
        words = {
            "牵头": f"{lead}牵头，{rest}配合" if rest else f"{lead}牵头",
            "标签": f"牵头单位：{lead}；参与单位：{rest}" if rest else f"牵头单位：{lead}",
            "责任单位": "责任单位：" + "、".join([lead, *others]),
            "会同": f"由{lead}会同{rest}负责" if rest else f"由{lead}负责",
            "名单": "、".join([lead, *others]),
        }
        return brackets.format(words[form])

    lines = paragraphs(year, clause=clause)
    expected = [(task.text, task.agencies) for task in oracle.tasks(year)]
    for text in ("\n".join(lines), wrapped(lines, 13)):
        plan = parsed(text)
        found = [(task.text, [(a.name, a.role.value) for a in task.agencies]) for task in plan.tasks]
        assert found == expected
        assert not plan.has_errors


# Repairs, one at a time


def repaired(text: str) -> str:
    return repair(document_from_text(text)).stream.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023 年“昆仑 2023”行动", "2023年“昆仑2023”行动"),
        ("智慧科协 2.0", "智慧科协2.0"),
        ("World Bank 报告", "World Bank报告"),
        ("经费 1,000 万元", "经费1,000万元"),
        ("修改,完善(草案);说明:甲", "修改，完善（草案）；说明：甲"),
        ("协会(AIPPI)大会", "协会（AIPPI）大会"),
        ("协定》(RCEP)知识", "协定》（RCEP）知识"),
        ("见 f(x) 与 A(B)C", "见f(x)与A(B)C"),
        ("包括:(1)甲;(2)乙", "包括：（1）甲；（2）乙"),
        ("《着\n作权法》", "《著作权法》"),
        ("（负责)", "（负责）"),
        ("CPT\nPP", "CPTPP"),
        ("World\nBank", "World Bank"),
        ("１２．２０２４年", "12.2024年"),
        ("专\n\n利", "专利"),
        ("⽅案", "方案"),
        ("甲\u202e乙\x07", "甲乙"),
    ],
)
def test_repair_normalises(text, expected):
    assert repaired(text) == expected


def test_page_number_between_halves_of_a_word_is_reported_with_its_line():
    layout = repair(document_from_text("专利商标审\n— 3 —\n查质量"))

    assert layout.stream.text == "专利商标审查质量"
    assert [(d.code.value, d.line, d.before, d.after) for d in layout.diagnostics] == [
        ("page_number", 2, "— 3 —", "")
    ]


def test_watermark_in_front_of_a_clause_with_a_bracket_of_its_own_is_lifted_out():
    for words in ("（样张一）", "某某成果网"):
        tasks = [
            f"{number}.推进甲{number}。{words}（中央宣传部（国家版权局）负责）" for number in range(1, 4)
        ]
        plan = parsed("\n".join(["2025年推进计划", "一、完善制度", *tasks]))

        assert [task.text for task in plan.tasks] == ["推进甲1。", "推进甲2。", "推进甲3。"]


def test_words_that_may_be_a_watermark_are_never_left_in_silence():
    tasks = [
        f"{number}.做好甲。某某成果网{verb}乙。（财政部负责）"
        for number, verb in enumerate(("起草", "修订", "评估"), 1)
    ]
    plan = parsed("\n".join(["2025年推进计划", "一、完善制度", *tasks]))

    assert [(d.code.value, d.before) for d in plan.diagnostics if d.severity == "warning"] == [
        ("stray_words", "某某成果网")
    ]


def test_bracket_behind_a_sentence_once_is_left_and_reported():
    text = (
        "\n".join(paragraphs(2024))
        .replace("推进立法进程。", "推进立法进程。")
        .replace("修改。（农业农村部", "修改。（样张）（农业农村部", 1)
    )
    plan = parsed(text)

    assert plan.tasks[3].text == "推进《中华人民共和国植物新品种保护条例》修改。（样张）"
    assert [(d.code.value, d.before) for d in plan.diagnostics if d.severity == "warning"] == [
        ("stray_bracket", "（样张）"),
        ("open_ended", "（财政部、国家知识产权局、中央宣传部等部门负责）"),
    ]


def test_clauses_we_cannot_read_are_never_taken_for_a_watermark():
    text = "\n".join(paragraphs(2024)).replace("负责）", "管辖）")
    plan = parsed(text)

    assert "watermark" not in {d.code.value for d in plan.diagnostics}
    assert len([d for d in plan.diagnostics if d.code == "missing_clause"]) == 110
