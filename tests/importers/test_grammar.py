"""Faults of a plan's numbering and clauses: each with its line, in Chinese, and nothing lost."""

import re

import pytest

from importers.diagnostics import Severity
from importers.grammar import outline
from importers.layout import repair
from importers.markers import chinese_number
from importers.parsed import NotAPlan, ParsedPlan, parse_plan
from importers.readers import document_from_text
from tests.importers import oracle

LINES = oracle.raw(2024).decode().split("\n")


def parsed(text: str) -> ParsedPlan:
    return parse_plan(document_from_text(text))


def changed(number: int, before: str, after: str) -> str:
    """The plan of 2024 with one line changed."""
    assert before in LINES[number - 1]
    lines = [*LINES]
    lines[number - 1] = lines[number - 1].replace(before, after, 1)
    return "\n".join(lines)


def errors(text: str) -> list[tuple[str, int, str]]:
    return [
        (d.code.value, d.line, d.message) for d in parsed(text).diagnostics if d.severity is Severity.ERROR
    ]


@pytest.mark.parametrize(
    ("text", "tasks", "expected"),
    [
        (
            "\n".join(LINES[:11] + LINES[12:]),
            109,
            [("gap", 12, "第 12 行的序号是 4，前面缺少第 3 项，请补全或更正序号。")],
        ),
        (
            "\n".join(LINES[:11] + LINES[14:]),
            107,
            [("gap", 12, "第 12 行的序号是 6，前面缺少第 3—5 项，请补全或更正序号。")],
        ),
        (
            changed(13, "4.", "3."),
            110,
            [("repeat", 13, "第 13 行的序号 3 与第 12 行重复，请更正其中一处。")],
        ),
        (
            changed(13, "4.", "44."),
            110,
            [("out_of_order", 13, "第 13 行的序号 44 与前后不衔接，此处应为第 4 项，请更正序号。")],
        ),
        (
            changed(13, "(农业农村部、国家林草局负责)", ""),
            110,
            [("missing_clause", 13, "第 13 行：第 4 项没有责任条款，请在任务末尾补上“（某单位负责）”。")],
        ),
        (
            changed(137, "(联席会议办公室负责)", ""),
            110,
            [("missing_clause", 137, "第 137 行：第 110 项没有责任条款，请在任务末尾补上“（某单位负责）”。")],
        ),
        (
            changed(13, "农业农村部、国家林草局负责", "负责"),
            110,
            [("unreadable_clause", 13, "第 13 行：第 4 项的责任条款没有写明单位，请补上责任单位。")],
        ),
        (
            changed(13, "推进《中华人民共和国植物新品种保护条例》修改。", ""),
            110,
            [("empty_task", 13, "第 13 行：第 4 项没有任务内容，请补全。")],
        ),
        (
            changed(33, "二、", ""),
            110,
            [
                (
                    "missing_chapter_number",
                    33,
                    "第 33 行起节编号重新开始，但没有章编号，请补上第 2 章的编号和标题。",
                )
            ],
        ),
        (
            "\n".join(LINES[:17] + LINES[18:]),
            110,
            [("section_gap", 26, "第 26 行的节编号是3，本章缺少第 2 节，请补全或更正节编号。")],
        ),
        (
            changed(13, "4.", ""),
            109,
            [("gap", 14, "第 14 行的序号是 5，前面缺少第 4 项，请补全或更正序号。")],
        ),
    ],
    ids=lambda value: value[0][0] if isinstance(value, list) else "",
)
def test_fault_is_reported_with_its_line_and_the_rest_is_found(text, tasks, expected):
    assert errors(text) == expected
    assert len(parsed(text).tasks) == tasks


def test_fault_in_one_line_layout_is_found_too():
    text = re.sub(r"\s", "", "\n".join(LINES[:11] + LINES[12:]))

    assert errors(text) == [("gap", 1, "第 1 行的序号是 4，前面缺少第 3 项，请补全或更正序号。")]


def test_chapter_without_number_keeps_its_title_as_a_chapter():
    plan = parsed(changed(33, "二、", ""))

    assert [(c.number, c.title, len(c.tasks)) for c in plan.chapters][:3] == [
        (1, "完善知识产权制度", 21),
        (2, "强化知识产权保护", 32),
        (3, "完善知识产权市场运行机制", 24),
    ]


def test_list_inside_a_task_stays_inside():
    listed = "做好以下工作：\n1.甲方案。\n2.乙方案；\n5.丙方案。(农业农村部"
    plan = parsed(changed(13, "推进《中华人民共和国植物新品种保护条例》修改。(农业农村部", listed))

    assert not plan.has_errors
    assert plan.tasks[3].text == "做好以下工作：1.甲方案。2.乙方案；5.丙方案。"
    assert len(plan.tasks) == 110


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("国家林草局负责)", "国家林草局负责", "unclosed_clause"),
        ("(农业农村部", "农业农村部", "unclosed_clause"),
        ("国家林草局负责", "火星负责", "doubtful_agency"),
        ("国家林草局负责", "国家林草局、农业农村部负责", "repeated_agency"),
    ],
)
def test_slip_in_a_clause_is_read_and_warned_of(before, after, code):
    plan = parsed(changed(13, before, after))

    assert not plan.has_errors
    found = [(d.code.value, d.line) for d in plan.diagnostics if d.severity is Severity.WARNING]
    assert found == [(code, 13), ("open_ended", 19)]
    assert plan.tasks[3].text == "推进《中华人民共和国植物新品种保护条例》修改。"
    assert plan.tasks[3].agencies[0].name == "农业农村部"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "话说天下大势，分久必合，合久必分。\n" * 30,
            "没有找到“一、”“（一）”“1.”这样的章、节和任务编号，这份文件不是推进计划，请核对所选文件。",
        ),
        (
            "1.苹果\n2.梨\n3.桃\n",
            "没有找到“一、”“（一）”“1.”这样的章、节和任务编号，这份文件不是推进计划，请核对所选文件。",
        ),
        (
            "一、水果\n1.苹果\n2.梨\n",
            "文件有编号的条目，但没有标题，也没有一项写明责任单位，不是推进计划，请核对所选文件。",
        ),
    ],
)
def test_text_that_is_no_plan_is_refused(text, message):
    with pytest.raises(NotAPlan) as refusal:
        parsed(text)

    assert str(refusal.value) == message


def test_outline_of_a_small_plan():
    stream = repair(
        document_from_text("一、甲章\n（一）甲节\n1.做甲。（甲局负责）\n2.做乙。（乙局负责）")
    ).stream
    nodes = [(n.kind.value, n.number, stream.text[n.start : n.end]) for n in outline(stream).nodes]

    assert nodes == [
        ("chapter", 1, "甲章"),
        ("section", 1, "甲节"),
        ("task", 1, "做甲。（甲局负责）"),
        ("task", 2, "做乙。（乙局负责）"),
    ]


@pytest.mark.parametrize(
    ("written", "number"),
    [("一", 1), ("十", 10), ("十二", 12), ("二十", 20), ("二十一", 21), ("一百零三", 103), ("一〇", 10)],
)
def test_chinese_number(written, number):
    assert chinese_number(written) == number
