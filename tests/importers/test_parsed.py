"""The plan around its tasks: title, years, notice, closing; and that any text ends in a plan or a refusal."""

import datetime
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.diagnostics import Code, Severity
from importers.parsed import NotAPlan, ParsedPlan, parse_plan
from importers.readers import Unreadable, document_from_text

BODY = "一、完善制度\n1.推进修改。（财政部负责）\n2.推进落实。（科技部、财政部按职责分工负责）"


def parsed(text: str) -> ParsedPlan:
    return parse_plan(document_from_text(text))


@pytest.mark.parametrize(
    ("front", "title", "years"),
    [
        ("2025年知识产权强国建设推进计划", "2025年知识产权强国建设推进计划", (2025,)),
        ("2021—2022年度推进计划", "2021—2022年度推进计划", (2021, 2022)),
        ("2021-2022年推进计划", "2021-2022年推进计划", (2021, 2022)),
        (
            "知识产权强国建设纲要和“十四五”规划实施年度推进计划\n为贯彻落实，明确2021—2022年度重点任务，制定本计划。",
            "知识产权强国建设纲要和“十四五”规划实施年度推进计划",
            (2021, 2022),
        ),
        (
            "某省贯彻《知识产权强国建设纲要（2021—2035年）》2026年工作要点",
            "某省贯彻《知识产权强国建设纲要（2021—2035年）》2026年工作要点",
            (2026,),
        ),
    ],
)
def test_title_and_years(front, title, years):
    plan = parsed(f"{front}\n{BODY}")

    assert (plan.title, plan.years) == (title, years)


@pytest.mark.parametrize(
    "number",
    [
        "国知联办〔2025〕8号",
        "国知联办[2025]8号",
        "国知联办（2025）8号",
        "国知联办【2025】8号",
        "国知联办〔2025〕08号",
    ],
)
def test_document_number_is_written_one_way(number):
    plan = parsed(f"{number}\n各成员单位：\n现将《2025年推进计划》印发。\n2025年推进计划\n{BODY}")

    assert plan.document_number == "国知联办〔2025〕8号"


@pytest.mark.parametrize(
    "front",
    [
        "各成员单位：\n现将《2025年推进计划》印发，请执行。\n某某联席会议办公室\n2025年5月27日\n2025年推进计划",
        "某某联席会议办公室关于印发《2025年推进计划》的通知\n各成员单位：\n请执行。\n2025年5月27日\n2025年推进计划",
        "各成员单位：\n现将《2025年推进计划》印发，请执行。\n某某联席会议办公室\n（代章）\n二〇二五年五月二十七日\n附件\n2025年推进计划",
    ],
)
def test_issuer_and_date_of_the_notice(front):
    plan = parsed(f"{front}\n{BODY}")

    assert (plan.title, plan.issuer, plan.issued_on) == (
        "2025年推进计划",
        "某某联席会议办公室",
        datetime.date(2025, 5, 27),
    )
    assert plan.addressees == ("各成员单位",)


def test_signature_behind_the_plan_is_the_plans():
    plan = parsed(f"2025年推进计划\n{BODY}\n列第一位的为牵头部门。\n某某联席会议办公室\n2025年5月27日")

    assert plan.closing_rule == "列第一位的为牵头部门。"
    assert (plan.issuer, plan.issued_on) == ("某某联席会议办公室", datetime.date(2025, 5, 27))


def test_text_that_belongs_nowhere_is_reported_in_full():
    plan = parsed(
        f"2025年推进计划\n{BODY}\n规则。\n来源：某某网站".replace(
            "一、完善制度\n", "一、完善制度\n本章说明。\n"
        )
    )

    found = [(d.code, d.before) for d in plan.diagnostics if d.severity is Severity.WARNING]
    assert found == [(Code.UNPLACED_TEXT, "本章说明。"), (Code.UNPLACED_TEXT, "来源：某某网站")]


def test_declared_number_of_tasks_is_checked():
    plan = parsed(f"近日印发推进计划，部署3项任务。\n2025年推进计划\n{BODY}")

    assert [(d.code.value, d.message) for d in plan.diagnostics if d.severity is Severity.WARNING] == [
        ("declared_count", "第 1 行写明共 3 项任务，实际找到 2 项，请核对是否有遗漏。")
    ]


def test_several_clauses_in_one_task_are_merged():
    plan = parsed(
        "2025年推进计划\n一、完善制度\n"
        "1.推进修改。（财政部负责）推进落实。（科技部、财政部按职责分工负责，2025年6月底前完成）"
    )
    task = plan.tasks[0]

    assert task.text == "推进修改。推进落实。"
    assert task.responsibility == "财政部负责；科技部、财政部按职责分工负责，2025年6月底前完成"
    assert [(a.name, a.role.value) for a in task.agencies] == [("财政部", "lead"), ("科技部", "participant")]
    assert (task.duty.value, task.due) == ("by_duty", datetime.date(2025, 6, 30))


def test_table_of_contents_is_left_out():
    plan = parsed(
        "2025年推进计划\n目录\n一、完善制度\n二、强化保护\n" + BODY + "\n二、强化保护\n3.保护。（公安部负责）"
    )

    assert [(c.number, c.title, len(c.tasks)) for c in plan.chapters] == [
        (1, "完善制度", 2),
        (2, "强化保护", 1),
    ]
    assert not plan.has_errors


PIECES = [
    "一、",
    "二、",
    "（一）",
    "(二)",
    "第一章",
    "1.",
    "2.",
    "3、",
    "（4）",
    "5．",
    "\n",
    "\n\n",
    " ",
    "\u3000",
    "\u200b",
]
PIECES += [
    "完善制度",
    "推进修改。",
    "（财政部负责）",
    "(科技部",
    "牵头，",
    "教育部配合）",
    "2024年",
    "推进计划",
    "各单位：",
    "，",
]
PIECES += [
    "(科技成果评价)",
    "— 3 —",
    "第3页",
    "”",
    "》",
    "《",
    "5\n0.",
    "责任单位：",
    "等部门",
    "按职责分工",
    "负责",
    "12",
    "ABC",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_anything_like_a_plan_loses_no_character(text):
    try:
        plan = parsed(text)
    except (NotAPlan, Unreadable):
        return
    kept = [plan.title, plan.preamble, plan.closing_rule, plan.issuer, str(plan.issued_on), *plan.addressees]
    for chapter in plan.chapters:
        kept.append(chapter.title)
        for section in chapter.sections:
            kept += [section.title or "", *(task.source_text for task in section.tasks)]
    kept += [d.before for d in plan.diagnostics]
    first = min(task.lines[0] for task in plan.tasks)
    tasks_on = "".join(line.text for line in document_from_text(text).lines if line.number > first)
    whole = comparable("".join(kept))
    assert set(comparable(tasks_on)) <= set(whole)
    assert plan.to_json()["chapters"]


def comparable(text: str) -> str:
    text = re.sub(
        r"[\s\u200b]|[一二三四五六七八九十]、|[（(][一二三四五六七八九十][)）]|第[一二三四五六七八九十]章",
        "",
        text,
    )
    return text.translate(str.maketrans("(),:;．", "（），：；."))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_a_plan_or_a_refusal(text):
    try:
        plan = parsed(text)
    except (NotAPlan, Unreadable) as refusal:
        assert str(refusal).endswith("。")  # noqa: PT017 - one of two good ends
    else:
        assert plan.tasks
