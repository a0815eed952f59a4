"""Both plans exactly as received, held against literal facts and against an oracle that shares no code."""

import datetime
import re

import pytest

from importers.parsed import ParsedPlan, ParsedTask, parse_plan
from importers.readers import read
from tests.importers import oracle

NOTICE = "\n".join(oracle.raw(2024).decode().split("\n")[:5])
OFFICE = "国家知识产权强国建设工作部际联席会议办公室"


@pytest.fixture(scope="module")
def plans() -> dict[int, ParsedPlan]:
    return {year: parse_plan(read(oracle.raw(year), name=f"{year}.txt")) for year in oracle.YEARS}


def task(plan: ParsedPlan, number: int) -> ParsedTask:
    return plan.tasks[number - 1]


def names(parsed: ParsedTask) -> list[str]:
    return [each.name for each in parsed.agencies]


@pytest.mark.parametrize(
    ("year", "tasks", "assignments", "agencies", "by_chapter"),
    [(2023, 139, 279, 44, [24, 37, 37, 11, 10, 15, 5]), (2024, 110, 230, 43, [21, 32, 24, 9, 8, 10, 6])],
)
def test_plan_counts_are_exact(plans, year, tasks, assignments, agencies, by_chapter):
    plan = plans[year]

    assert [each.number for each in plan.tasks] == list(range(1, tasks + 1))
    assert sum(len(each.agencies) for each in plan.tasks) == assignments
    assert len({name for each in plan.tasks for name in names(each)}) == agencies
    assert [len(chapter.tasks) for chapter in plan.chapters] == by_chapter
    assert not plan.has_errors


@pytest.mark.parametrize("year", oracle.YEARS)
def test_plan_equals_the_oracle_task_by_task(plans, year):
    assert oracle.records_of(plans[year]) == oracle.records(year)


@pytest.mark.parametrize("year", oracle.YEARS)
def test_plan_headings_are_exact(plans, year):
    found = [
        (chapter.number, chapter.title, [(s.number, s.title, len(s.tasks)) for s in chapter.sections])
        for chapter in plans[year].chapters
    ]
    expected = []
    for number, (title, sections) in enumerate(oracle.HEADINGS, 1):
        counts = oracle.COUNTS[year][number - 1]
        rows = [(i, name, count) for i, (name, count) in enumerate(zip(sections, counts, strict=False), 1)]
        expected.append((number, title, rows or [(None, None, counts[0])]))
    assert found == expected


def test_plan_2024_front_matter_is_exact(plans):
    plan = plans[2024]

    assert plan.title == "2024年知识产权强国建设推进计划"
    assert plan.years == (2024,)
    assert plan.document_number == "国知联办〔2024〕6号"
    assert plan.issuer == OFFICE
    assert plan.issued_on is None
    assert plan.addressees == (
        "国家知识产权强国建设工作部际联席会议各成员单位",
        *("中央政法委", "中央网信办", "税务总局", "金融监管总局", "中国证监会", "国家国际发展合作署"),
        *("国管局", "国家邮政局", "国家中医药局", "国家药监局", "中国科协", "国家自然科学基金委"),
    )
    assert plan.preamble == oracle.preamble(2024)
    assert plan.closing_rule == oracle.CLOSING


def test_plan_2023_front_matter_is_exact(plans):
    plan = plans[2023]

    assert plan.title == "2023年知识产权强国建设纲要和“十四五”规划实施推进计划"
    assert plan.years == (2023,)
    assert (plan.document_number, plan.issuer, plan.issued_on, plan.addressees) == ("", "", None, ())
    assert plan.preamble == oracle.preamble(2023)
    assert plan.closing_rule == oracle.CLOSING


def test_plan_2024_repairs_and_warnings_are_exactly_these(plans):
    found = [(d.severity.value, d.code.value, d.line, d.before, d.after) for d in plans[2024].diagnostics]

    assert found == [
        ("warning", "open_ended", 19, "(财政部、国家知识产权局、中央宣传部等部门负责)", ""),
        ("info", "notice", 1, NOTICE, ""),
        ("info", "width", 2, "(),:", "（），："),
        ("info", "watermark", 32, "(科技成果评价)", ""),
        ("info", "torn_number", 64, "5\n0.", "50."),
        ("info", "watermark", 85, "(科技成果评价)", ""),
        ("info", "no_sections", 120, "", ""),
        ("info", "watermark", 127, "(科技成果评价)", ""),
    ]


def test_plan_2023_joins_exactly_the_lines_a_page_tore(plans):
    joined = [d.line for d in plans[2023].diagnostics if d.code == "joined_line"]

    assert joined == [15, 35, 55, 89, 117, 163, 205, 221, 235, 251, 311, 327, 343]
    assert {d.code.value for d in plans[2023].diagnostics} == {
        "joined_line",
        "spaces",
        "width",
        "no_sections",
        "variant",
    }


def test_torn_number_becomes_one_task_with_both_lines(plans):
    before, torn = task(plans[2024], 49), task(plans[2024], 50)

    assert before.lines == (64, 64)
    assert before.text.endswith("研究起草完善知识产权纠纷仲裁工作的意见。")
    assert torn.lines == (64, 65)
    assert torn.text == (
        "加强知识产权领域信用监管，推进完善知识产权领域严重失信名单管理制度。持续推动知识产权领域涉企信息归集工作。"
    )
    assert torn.source_text.startswith("5\n0.加强知识产权领域信用监管,")
    assert names(torn) == ["中央宣传部", "国家发展改革委", "中国人民银行", "市场监管总局", "国家知识产权局"]


@pytest.mark.parametrize(
    ("number", "ending", "agencies"),
    [
        (21, "代表性名录发布暂行办法》。", ["国家中医药局"]),
        (67, "强化转化运用导向。", ["国务院国资委", "国家知识产权局"]),
        (101, "召开知识产权保护工作组会议。积极参与世界海关组织等多边框架下国际知识产权事务。", ["海关总署"]),
    ],
)
def test_watermark_is_gone_from_the_text_and_kept_in_the_source(plans, number, ending, agencies):
    parsed = task(plans[2024], number)

    assert parsed.text.endswith(ending)
    assert names(parsed) == agencies
    assert "(科技成果评价)" in parsed.source_text


def test_the_watermarks_words_stay_where_they_are_text(plans):
    assert task(plans[2024], 64).text.startswith("深入开展科技成果评价改革试点和")


def test_open_ended_list_is_flagged_only_where_the_text_says_so(plans):
    assert [t.number for t in plans[2024].tasks if t.open_ended] == [9]
    assert names(task(plans[2024], 9)) == ["财政部", "国家知识产权局", "中央宣传部"]
    assert [t.number for t in plans[2023].tasks if t.open_ended] == []


@pytest.mark.parametrize(
    ("number", "part", "clause", "lines"),
    [
        (3, "《中华人民共和国电子商务法》中的知识产权条款", "市场监管总局负责", (15, 17)),
        (
            32,
            "知识产权检验鉴定机构遴选荐用办法。",
            "中央宣传部、市场监管总局、国家知识产权局按职责分工负责",
            (89, 91),
        ),
        (45, "编制配套行政处罚裁量基准。", "文化和旅游部负责", (117, 119)),
        (64, "工作方案（2023—2025年）》。", "国家知识产权局负责", (163, 165)),
        (
            89,
            "统一查询工作。",
            "中央宣传部、中国人民银行、金融监管总局、国家知识产权局按职责分工负责",
            (221, 223),
        ),
        (104, "融入“智慧科协2.0”核心共享服务平台", "中国科协负责", (261, 261)),
        (124, "国际版权条约和法律文书谈判磋商。", "中央宣传部负责", (311, 313)),
        (126, "深化植物新品种DUS测试领域国际交流合作，", "农业农村部、国家林草局按职责分工负责", (317, 317)),
        (137, "营造良好的税收环境。", "财政部、税务总局按职责分工负责", (343, 345)),
    ],
)
def test_task_across_a_page_break_comes_out_whole(plans, number, part, clause, lines):
    parsed = task(plans[2023], number)

    assert part in parsed.text
    assert parsed.responsibility == clause
    assert parsed.lines == lines


def test_brackets_of_the_text_stay_in_the_text(plans):
    kept = {
        (2023, 4): "（农业部分）",
        (2023, 5): "（草案）",
        (2023, 35): "（2022年版）",
        (2023, 86): "（第九批）",
        (2023, 94): "（基地）、示范单位创建",
        (2023, 100): "（TISC）",
        (2023, 101): "（试行）",
        (2023, 121): "（CPTPP）",
        (2023, 125): "（RCEP）",
        (2024, 51): "（地区）",
        (2024, 77): "（贸易基地）",
        (2024, 104): "（AIPPI）",
    }
    assert {key: text in task(plans[key[0]], key[1]).text for key, text in kept.items()} == dict.fromkeys(
        kept, True
    )


@pytest.mark.parametrize("year", oracle.YEARS)
def test_every_character_of_the_task_part_is_in_a_heading_a_task_or_a_diagnostic(plans, year):
    plan = plans[year]
    source = oracle.raw(year).decode()
    part = re.sub(r"\s", "", source[re.search("^一、", source, re.M).start() :])
    numerals = oracle.NUMERALS
    pieces = []
    for chapter in plan.chapters:
        pieces.append(f"{numerals[chapter.number]}、{chapter.title}")
        for section in chapter.sections:
            if section.number:
                pieces.append(f"{numerals[section.number]}{section.title}")
            pieces += [each.source_text for each in section.tasks]
    whole = "".join(re.sub(r"\s", "", piece) for piece in [*pieces, plan.closing_rule])
    brackets = str.maketrans(",:", "，：", "（）()")

    assert part.translate(brackets) == whole.translate(brackets)


def test_json_has_exactly_the_keys_of_the_contract(plans):
    answer = plans[2024].to_json()

    assert list(answer) == [
        *("title", "years", "document_number", "issuer", "issued_on", "addressees", "preamble"),
        *("closing_rule", "chapters", "diagnostics"),
    ]
    assert list(answer["chapters"][0]) == ["number", "title", "sections"]
    assert list(answer["chapters"][0]["sections"][0]) == ["number", "title", "tasks"]
    assert answer["chapters"][0]["sections"][0]["tasks"][3] == {
        "number": 4,
        "text": "推进《中华人民共和国植物新品种保护条例》修改。",
        "responsibility": "农业农村部、国家林草局负责",
        "agencies": [{"name": "农业农村部", "role": "lead"}, {"name": "国家林草局", "role": "participant"}],
        "duty": "joint",
        "open_ended": False,
        "due": None,
        "lines": [13, 13],
    }
    assert list(answer["diagnostics"][0]) == ["severity", "code", "line", "message", "before", "after"]
    assert answer["years"] == [2024]


def test_deadline_in_a_clause_is_the_tasks_due_date():
    text = oracle.raw(2024).decode().replace("(生态环境部负责)", "(生态环境部负责,2024年12月底前完成)", 1)

    assert task(parse_plan(read(text.encode())), 5).due == datetime.date(2024, 12, 31)
