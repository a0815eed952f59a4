"""The table of clauses: what each form says. Clauses come without brackets, in full-width punctuation."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.clauses import Clause, is_label, read_clause
from importers.deadlines import deadline_of_whole, deadlines_in, last_day

A, B, C = "财政部", "科技部", "国家知识产权局"

# clause, names in order (the lead first or marked *), duty, open-ended, due
TABLE = [
    (f"{A}负责", [f"*{A}"], "joint", False, None),
    (f"{A}、{B}负责", [f"*{A}", B], "joint", False, None),
    (f"{A}、{B}按职责分工负责", [f"*{A}", B], "by_duty", False, None),
    (f"{A}、{B}按照各自职责分工负责", [f"*{A}", B], "by_duty", False, None),
    (f"{A}、{B}分工负责", [f"*{A}", B], "by_duty", False, None),
    (f"{A}、{B}等部门负责", [f"*{A}", B], "joint", True, None),
    (f"{A}、{B}等按职责分工负责", [f"*{A}", B], "by_duty", True, None),
    (f"{A}、{B}等有关部门和单位按职责分工负责", [f"*{A}", B], "by_duty", True, None),
    (f"{A}等7部门负责", [f"*{A}"], "joint", True, None),
    (f"{A}牵头，{B}、{C}配合", [f"*{A}", B, C], "joint", False, None),
    (f"{A}牵头、{B}、{C}配合", [f"*{A}", B, C], "joint", False, None),
    (f"{A}牵头负责，{B}参与", [f"*{A}", B], "joint", False, None),
    (f"{A}牵头，{B}等部门参与", [f"*{A}", B], "joint", True, None),
    (f"{A}牵头，{B}、{C}按职责分工负责", [f"*{A}", B, C], "by_duty", False, None),
    (f"{A}牵头，会同{B}、{C}负责", [f"*{A}", B, C], "joint", False, None),
    (f"由{A}会同{B}、{C}负责", [f"*{A}", B, C], "joint", False, None),
    (f"{A}会同有关部门负责", [f"*{A}", "有关部门"], "joint", False, None),
    (f"牵头单位：{A}；参与单位：{B}、{C}", [f"*{A}", B, C], "joint", False, None),
    (f"牵头单位：{A}；配合单位：{B}、{C}", [f"*{A}", B, C], "joint", False, None),
    (f"牵头单位：{A}；责任单位：{B}、{C}", [f"*{A}", B, C], "joint", False, None),
    (f"牵头单位：{A}配合单位：{B}", [f"*{A}", B], "joint", False, None),
    (f"配合单位：{B}；牵头单位：{A}", [B, f"*{A}"], "joint", False, None),
    (f"责任单位：{A}、{B}", [f"*{A}", B], "joint", False, None),
    (f"责任部门：{A}，{B}", [f"*{A}", B], "joint", False, None),
    (f"{A}（牵头）、{B}、{C}", [f"*{A}", B, C], "joint", False, None),
    (f"中央宣传部（国家版权局）、{A}负责", ["*中央宣传部（国家版权局）", A], "joint", False, None),
    (f"{A}和{C}负责", [f"*{A}", C], "joint", False, None),
    ("工业和信息化部、文化和旅游部负责", ["*工业和信息化部", "文化和旅游部"], "joint", False, None),
    ("商务部、中国贸促会负责", ["*商务部", "中国贸促会"], "joint", False, None),
    ("联席会议办公室、联席会议成员单位负责", ["*联席会议办公室", "联席会议成员单位"], "joint", False, None),
    ("联席会议有关成员单位负责", ["*联席会议有关成员单位"], "joint", False, None),
    ("各有关部门按职责分工负责", ["*各有关部门"], "by_duty", False, None),
    (f"{A}、各省级人民政府负责", [f"*{A}", "各省级人民政府"], "joint", False, None),
    (f"{A}、{B}负责，2024年12月底前完成", [f"*{A}", B], "joint", False, "2024-12-31"),
    (f"2024年12月底前完成，{A}负责", [f"*{A}"], "joint", False, "2024-12-31"),
    (f"责任单位：{A}；完成时限：2024年6月", [f"*{A}"], "joint", False, "2024-06-30"),
    (f"{A}负责；完成时限：持续推进", [f"*{A}"], "joint", False, None),
    (f"{A}负责，持续推进", [f"*{A}"], "joint", False, None),
    (f"{A}负责，6月底前完成", [f"*{A}"], "joint", False, "2024-06-30"),
    (f"{A}负责，年底前完成", [f"*{A}"], "joint", False, "2024-12-31"),
    # Every form of the issue, and what provinces and single ministries make of it.
    ("各省级知识产权局负责", ["*各省级知识产权局"], "joint", False, None),
    (
        f"{C}、各省、自治区、直辖市知识产权局负责",
        [f"*{C}", "各省、自治区、直辖市知识产权局"],
        "joint",
        False,
        None,
    ),
    ("各地区、各有关部门负责", ["*各地区", "各有关部门"], "joint", False, None),
    ("联席会议成员单位按职责分工负责", ["*联席会议成员单位"], "by_duty", False, None),
    (f"{A}牵头，会同有关部门负责", [f"*{A}", "有关部门"], "joint", False, None),
    (f"{A}会同{B}、{C}牵头负责", [f"*{A}", B, C], "joint", False, None),
    (f"{A}牵头，{B}等部门配合", [f"*{A}", B], "joint", True, None),
    (f"由{A}牵头，{B}、{C}等参与", [f"*{A}", B, C], "joint", True, None),
    (f"牵头单位：{A}；责任单位：{B}；配合单位：{C}", [f"*{A}", B, C], "joint", False, None),
    (f"责任单位：{B}；牵头单位：{A}", [B, f"*{A}"], "joint", False, None),
    (f"参与单位：{B}；牵头单位：{A}", [B, f"*{A}"], "joint", False, None),
    (f"{B}、{C}负责，{A}牵头", [B, C, f"*{A}"], "joint", False, None),
    (f"第一责任单位：{A}；其他责任单位：{B}", [f"*{A}", B], "joint", False, None),
    (f"{A}为牵头单位，{B}为配合单位", [f"*{A}", B], "joint", False, None),
    (f"责任领导：分管负责人；责任单位：{A}", [f"*{A}"], "joint", False, None),
    (f"责任单位：{A}等", [f"*{A}"], "joint", True, None),
    (f"责任单位：{A}、{B}按职责分工负责", [f"*{A}", B], "by_duty", False, None),
    (f"牵头：{A}；配合：{B}", [f"*{A}", B], "joint", False, None),
    (f"{A}主办，{B}协办", [f"*{A}", B], "joint", False, None),
    (
        "省委宣传部、省市场监管局、各市人民政府按职责分工负责",
        ["*省委宣传部", "省市场监管局", "各市人民政府"],
        "by_duty",
        False,
        None,
    ),
    (
        "省市场监管局（省知识产权局）牵头，各市、县（市、区）人民政府配合",
        ["*省市场监管局（省知识产权局）", "各市、县（市、区）人民政府"],
        "joint",
        False,
        None,
    ),
    (
        "科技司牵头，各司局、各派出机构、直属单位配合",
        ["*科技司", "各司局", "各派出机构", "直属单位"],
        "joint",
        False,
        None,
    ),
    (f"牵头单位：{A}，参与单位：{B}，完成时限：2024年12月", [f"*{A}", B], "joint", False, "2024-12-31"),
    (f"{A}牵头，2024年9月底前；{B}配合", [f"*{A}", B], "joint", False, "2024-09-30"),
    (f"{A}负责，2024年上半年完成", [f"*{A}"], "joint", False, "2024-06-30"),
    (f"{A}负责，长期坚持", [f"*{A}"], "joint", False, None),
    (f"{A}、{B}按职责分别负责", [f"*{A}", B], "by_duty", False, None),
    (f"{A}、{B}在职责范围内负责", [f"*{A}", B], "by_duty", False, None),
    (
        f"{A}等和各省、自治区、直辖市人民政府负责",
        [f"*{A}", "各省、自治区、直辖市人民政府"],
        "joint",
        True,
        None,
    ),
    (f"{A}等负责，各省级人民政府结合实际落实", [f"*{A}", "各省级人民政府"], "joint", True, None),
    (f"{A}负责指导，各省级知识产权局组织实施", [f"*{A}", "各省级知识产权局"], "joint", False, None),
    (
        "省法院、南京海关、中央广播电视总台负责",
        ["*省法院", "南京海关", "中央广播电视总台"],
        "joint",
        False,
        None,
    ),
    (
        "省司法厅，各市、县、自治县人民政府负责",
        ["*省司法厅", "各市、县、自治县人民政府"],
        "joint",
        False,
        None,
    ),
    ("市直有关部门、单位，各县区政府负责", ["*市直有关部门、单位", "各县区政府"], "joint", False, None),
    ("各有关部门和单位负责", ["*各有关部门和单位"], "joint", False, None),
    (f"牵头单位：{A}；配合单位：无", [f"*{A}"], "joint", False, None),
    (f"{A}、{B}（列第一位的为牵头部门）负责", [f"*{A}", B], "joint", False, None),
    (f"责任单位：{A}；时间节点：2024年6月底前", [f"*{A}"], "joint", False, "2024-06-30"),
    (f"{A}负责，2022—2024年", [f"*{A}"], "joint", False, "2024-12-31"),
    (f"{A}负责，到2024年底前完成", [f"*{A}"], "joint", False, "2024-12-31"),
    (f"{A}负责，今年9月底前完成", [f"*{A}"], "joint", False, "2024-09-30"),
    (f"{A}负责，每季度调度", [f"*{A}"], "joint", False, None),
    ("2024年12月底前完成", [], "joint", False, "2024-12-31"),
    ("完成时限：2024年6月", [], "joint", False, "2024-06-30"),
    ("持续推进", [], "joint", False, None),
]


def said(clause: Clause) -> tuple[object, ...]:
    listed = [("*" if each.role == "lead" else "") + each.name for each in clause.agencies]
    due = clause.due.isoformat() if clause.due else None
    return (listed, clause.duty.value, clause.open_ended, due)


@pytest.mark.parametrize(("content", "names", "duty", "open_ended", "due"), TABLE)
def test_clause_says_what_the_table_says(content, names, duty, open_ended, due):
    clause = read_clause(content, 2024)

    assert clause is not None
    assert said(clause) == (names, duty, open_ended, due)
    assert clause.is_certain
    assert clause.text == content


@pytest.mark.parametrize(
    "content",
    [
        *("草案", "试行", "CPTPP", "第九批", "2022年版", "2021—2035年", "农业部分", "以下简称《纲要》"),
        *("科技成果评价", "多方参与", "企业参与", "一", "12", "", "地区", "2024年"),
        "由国家知识产权局负责解释的条款",
    ],
)
def test_other_brackets_are_no_clause(content):
    assert read_clause(content, 2024) is None


@pytest.mark.parametrize("content", ["财政部、科技部", "贸易基地", "谁主管谁负责"])
def test_names_only_and_doubtful_names_are_not_certain(content):
    clause = read_clause(content)

    assert clause is not None
    assert not clause.is_certain


def test_names_with_a_deadline_are_a_clause_where_nothing_else_can_stand():
    clause = read_clause(f"{A}、{B}，6月底前", 2024)

    assert clause is not None
    assert (clause.explicit, said(clause)) == (False, ([f"*{A}", B], "joint", False, "2024-06-30"))


def test_what_a_clause_says_of_other_tasks_names_nobody():
    clause = read_clause(f"责任单位：{A}。以下任务均需各市人民政府、各县人民政府落实，不再列出")

    assert clause is not None
    assert said(clause)[0] == [f"*{A}"]
    assert clause.notes == ("以下任务均需各市人民政府、各县人民政府落实", "不再列出")


def test_clause_without_names_is_explicit_and_empty():
    for content in ("负责", "责任单位："):
        clause = read_clause(content)
        assert clause is not None
        assert (clause.explicit, clause.agencies) == (True, ())


def test_second_lead_and_repeated_name_are_noted():
    several = read_clause(f"牵头单位：{A}、{B}；配合单位：{C}")
    twice = read_clause(f"{A}、{B}、{A}负责")

    assert several is not None
    assert (several.further_leads, said(several)[0]) == ((B,), [f"*{A}", B, C])
    assert twice is not None
    assert (twice.repeated, said(twice)[0]) == ((A,), [f"*{A}", B])


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024年2月", "2024-02-29"),
        ("2023年2月底前", "2023-02-28"),
        ("2024年6月15日前", "2024-06-15"),
        ("2024年上半年", "2024-06-30"),
        ("2024年三季度", "2024-09-30"),
        ("第一季度", "2024-03-31"),
        ("2025年底前完成", "2025-12-31"),
        ("2024年13月", None),
        ("长期坚持", None),
    ],
)
def test_last_day_of_what_is_named(text, day):
    assert last_day(text, 2024) == (datetime.date.fromisoformat(day) if day else None)


@pytest.mark.parametrize(
    ("text", "day", "words"),
    [
        ("研究起草条例（草案），2026年12月底前完成。", "2026-12-31", ["2026年12月底前"]),
        ("2026年6月底前", "2026-06-30", ["2026年6月底前"]),
        ("推进甲，年底前基本完成。", "2026-12-31", ["年底前"]),
        ("推进甲，确保年内印发实施。", "2026-12-31", ["年内"]),
        ("推进甲，上半年完成。", "2026-06-30", ["上半年"]),
        ("推进甲，于2026年9月15日前报送。", "2026-09-15", ["2026年9月15日前"]),
        ("推进甲。推进乙。2026年底前完成。", "2026-12-31", ["2026年底前"]),
        ("推进甲。上述工作于三季度末前完成。", "2026-09-30", ["三季度末前"]),
        # of one of several things to do, or with words behind it that it may be the deadline of
        ("推进甲。制定乙，2026年底前完成。", None, ["2026年底前"]),
        ("完成甲；完成乙，年底前完成。", None, ["年底前"]),
        ("（1）甲，（2）乙，6月底前完成。", None, ["6月底前"]),
        ("2026年6月底前完成甲，12月底前完成。", None, ["2026年6月底前", "12月底前"]),
        ("推进甲，2026年6月底前形成报告。", None, ["2026年6月底前"]),
        ("2026年底前，审查周期压缩至5个月。", None, ["2026年底前"]),
        ("推动各省12月底前完成。", None, ["12月底前"]),
        ("推进甲，2026年13月底前完成。", None, ["2026年13月底前"]),
        # no deadlines
        ("落实2026年5月印发的通知。", None, []),
        ("支持三年内建成的项目。", None, []),
        ("筹备2026年大会，做好3月前后宣传。", None, []),
        ("3个月内办结。", None, []),
    ],
)
def test_deadline_in_the_text_of_a_task(text, day, words):
    assert deadlines_in(text) == words
    assert deadline_of_whole(text, 2026) == (datetime.date.fromisoformat(day) if day else None)


@pytest.mark.parametrize("words", ["责任单位", "牵头单位", "配合部门", "完成时限", "责任领导"])
def test_labels_of_a_clause_are_known_without_their_colon(words):
    assert is_label(words)
    assert not is_label(f"{words}名称")
    assert not is_label("工作任务")


@given(
    st.text(
        alphabet="财政部科技局、，；：（）()负责牵头配合等按职责分工单位2024年12月底前完成持续推进 ",
        max_size=80,
    )
)
def test_any_words_give_a_clause_or_none_with_one_lead(content):
    clause = read_clause(content, 2024)

    if clause is not None and clause.agencies:
        assert [each.role.value for each in clause.agencies].count("lead") == 1
        assert len({each.name for each in clause.agencies}) == len(clause.agencies)
