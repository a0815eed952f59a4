"""A plan goes through JSON whole, findings have their keys, and a repair can be undone and made again."""

import datetime
import json
import re
from collections import Counter

import pytest

from importers.diagnostics import Diagnostic
from importers.parsed import ParsedPlan, parse_plan
from importers.readers import document_from_text, read
from tests.importers import oracle

both_plans = pytest.mark.parametrize("year", oracle.YEARS)

SMALL = """2025年推进计划
一、完善制度
1.推进A
法修改
— 1 —
（试行）。（财政部负责）
2.推进(专利)落实。（样张）（科技部 负责）
3.推进２０件事，“ＡＢ”与World Bank
合作。（样张）（财政部负责）
4.做好相关工作。（教育部负责
5.做好\u200b其他工作。（教育部负责）
"""


def parsed(text: str, *undone: str) -> ParsedPlan:
    return parse_plan(document_from_text(text), undone=frozenset(undone))


def finding(plan: ParsedPlan, code: str, line: int | None = None) -> Diagnostic:
    (only,) = [d for d in plan.diagnostics if d.code == code and line in (None, d.line)]
    return only


@both_plans
def test_plan_goes_through_json_whole(year):
    plan = parse_plan(read(oracle.raw(year)))
    again = ParsedPlan.load(json.loads(json.dumps(plan.dump())))

    assert again == plan
    assert again.to_json() == plan.to_json()
    assert [d.is_repair for d in again.diagnostics] == [d.is_repair for d in plan.diagnostics]


def test_plan_with_dates_counts_and_undone_repairs_goes_through_json():
    text = SMALL.replace("（财政部负责）\n2", "（财政部牵头，科技部配合，2025年6月底前完成）\n2")
    width = finding(parsed(text), "width").key
    plan = parsed(text + "规则。\n某某办公室\n2025年3月1日", width)

    assert ParsedPlan.load(json.loads(json.dumps(plan.dump()))) == plan
    assert finding(plan, "width").undone
    assert [task.lead_stated for task in plan.tasks] == [True, False, False, False, False]
    assert [task.due for task in plan.tasks] == [datetime.date(2025, 6, 30), None, None, None, None]


@both_plans
def test_keys_are_unique_and_the_same_at_every_parse(year):
    document = read(oracle.raw(year))
    keys = [d.key for d in parse_plan(document).diagnostics]

    assert all(re.fullmatch("[0-9a-f]{8}(-[0-9]+)?", key) for key in keys)
    assert len(set(keys)) == len(keys)
    assert [d.key for d in parse_plan(document).diagnostics] == keys


def test_keys_are_unique_where_the_same_stands_twice_in_a_line():
    text = "".join(f"{n}.做好工作。（样张）（教育部负责）" for n in range(1, 6))
    plan = parsed(f"2025年推进计划一、完善制度{text}")
    keys = [d.key for d in plan.diagnostics if d.code == "watermark"]

    assert len(set(keys)) == 5
    third = parsed(f"2025年推进计划一、完善制度{text}", keys[2])
    assert [t.number for t in third.tasks if "样张" in t.text] == [3]
    assert {d.key for d in third.diagnostics} == {d.key for d in plan.diagnostics}


@both_plans
def test_undoing_one_repair_leaves_the_keys_and_the_other_repairs(year):
    document = read(oracle.raw(year))
    plan = parse_plan(document)
    can_be_undone = [d for d in plan.diagnostics if d.can_undo]
    assert {d.code for d in plan.diagnostics if d.is_repair} == {d.code for d in can_be_undone}

    for each in can_be_undone:
        other = parse_plan(document, undone=frozenset({each.key}))
        (again,) = [d for d in other.diagnostics if d.key == each.key]
        assert (again.undone, again.severity, again.is_repair) == (True, "info", False)
        assert (again.code, again.line, again.before, again.after) == (
            each.code,
            each.line,
            each.before,
            each.after,
        )
        kept = Counter(d.key for d in other.diagnostics)
        assert set(kept) >= {d.key for d in plan.diagnostics}
        assert max(kept.values()) == 1
        if each.code != "torn_number":
            assert len(other.tasks) == len(plan.tasks)
            assert [t.agencies for t in other.tasks] == [t.agencies for t in plan.tasks]


@pytest.mark.parametrize(
    ("code", "line", "task", "before", "after"),
    [
        ("page_number", 5, 1, "推进A法修改（试行）。", "推进A法修改—1—（试行）。"),
        ("width", None, 2, "推进（专利）落实。", "推进(专利)落实。"),
        ("watermark", 7, 2, "推进（专利）落实。", "推进（专利）落实。（样张）"),
        (
            "digit_width",
            None,
            3,
            "推进20件事，“AB”与World Bank合作。",
            "推进２０件事，“ＡＢ”与World Bank合作。",
        ),
        ("joined_line", 3, 1, "推进A法修改（试行）。", "推进A\n法修改（试行）。"),
        ("invisible", None, 5, "做好其他工作。", "做好\u200b其他工作。"),
        ("unclosed_clause", 10, 4, "做好相关工作。", "做好相关工作。（教育部负责"),
    ],
)
def test_undone_repair_lets_the_text_stand(code, line, task, before, after):
    plan = parsed(SMALL)
    assert plan.tasks[task - 1].text == before

    other = parsed(SMALL, finding(plan, code, line).key)

    assert other.tasks[task - 1].text == after
    rest = [(t.text, t.agencies) for t in other.tasks if t.number != task]
    assert rest == [(t.text, t.agencies) for t in plan.tasks if t.number != task]
    assert parsed(SMALL) == plan


def test_undone_spaces_come_back_in_the_clause_and_not_in_the_name():
    other = parsed(SMALL, finding(parsed(SMALL), "spaces").key)

    assert other.tasks[1].responsibility == "科技部 负责"
    assert other.tasks[1].agencies[0].name == "科技部"


def test_break_inside_a_clause_stays_joined():
    plan = parsed("2025年推进计划\n一、完善制度\n1.推进。（财政\n部负责）\n2.落\n实。（科技部负责）")

    assert [(d.line, d.can_undo) for d in plan.diagnostics if d.code == "joined_line"] == [
        (3, False),
        (5, True),
    ]


def test_heading_ends_at_a_break_that_is_undone():
    text = "2025年推进计划\n一、完善制度\n本章说明\n1.推进。（财政部负责）"
    plan = parsed(text)
    other = parsed(text, finding(plan, "joined_line", 2).key)

    assert (plan.chapters[0].title, other.chapters[0].title) == ("完善制度本章说明", "完善制度")
    assert finding(other, "unplaced_text").before == "完善制度\n本章说明"


def test_undone_torn_number_is_a_hole():
    document = read(oracle.raw(2024))
    torn = finding(parse_plan(document), "torn_number")
    other = parse_plan(document, undone=frozenset({torn.key}))

    assert [d.code.value for d in other.diagnostics if d.severity == "error"] == ["gap"]
    assert "5 0.加强" in " ".join(other.tasks[48].source_text.split())


def test_undone_table_of_contents_is_read_as_headings():
    text = "2025年推进计划\n一、完善制度\n二、强化保护\n一、完善制度\n1.推进。（财政部负责）"
    plan = parsed(text)
    other = parsed(text, finding(plan, "contents").key)

    assert [chapter.number for chapter in other.chapters] == [1, 2, 1]


def test_folded_joins_are_undone_as_a_whole():
    text = oracle.wrapped(oracle.paragraphs(2024), 20)
    plan = parsed(text)
    folded = finding(plan, "joined_line")

    assert folded.count > 300
    other = parsed(text, folded.key)
    assert "\n" in other.tasks[0].text
    assert finding(other, "joined_line").undone
    assert [t.agencies for t in other.tasks] == [t.agencies for t in plan.tasks]


def test_unknown_keys_change_nothing():
    assert parsed(SMALL, "00000000", "") == parsed(SMALL)


def test_progress_is_told_from_start_to_end():
    told: list[tuple[int, str]] = []
    parse_plan(read(oracle.raw(2024)), on_progress=lambda percent, doing: told.append((percent, doing)))

    assert told[0][0] == 0
    assert told[-1][0] == 100
    assert [percent for percent, _ in told] == sorted(percent for percent, _ in told)
    assert all(doing for _, doing in told)
