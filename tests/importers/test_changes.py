"""The list of changes: in the order of the document, in whole names and numbers, and with no empty row."""

from dataclasses import replace

import pytest

from importers import changes
from importers.differences import Run, of_clauses, of_lists, of_texts, of_values
from importers.import_plan import Register
from tests.importers.files import PLAN_2024, corrected, parsed, plan_text, with_task_after
from tests.importers.test_reconcile import COURTS, PATENT, REGISTER, SEEDS, TRADE, database, hold
from tests.importers.test_reconcile import stored as as_stored


def marked(runs: list[Run]) -> str:
    """kept[-taken-][+put+]"""
    return "".join(
        run.kept + (f"[-{run.taken}-]" if run.taken else "") + (f"[+{run.put}+]" if run.put else "")
        for run in runs
    )


def told(plan) -> list[tuple[int, object]]:
    return [
        (
            entry.number,
            entry.moved
            or (entry.new and f"新增：{entry.new.text}")
            or [(change.label, marked(change.runs), *change.remarks) for change in entry.changes],
        )
        for entry in changes.of_tasks(plan)
    ]


# --- units ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("加快修订《条例》。", "加快修改《条例》。", "加快修[-订-][+改+]《条例》。"),
        ("达到12.5件", "达到13.5件", "达到[-12.5-][+13.5+]件"),
        ("增长10%以上", "增长20%以上", "增长[-10%-][+20%+]以上"),
        ("2024年6月30日前完成", "2024年9月30日前完成", "[-2024年6月30日-][+2024年9月30日+]前完成"),
        ("见国知联办〔2024〕6号", "见国知联办〔2024〕16号", "见国知联办[-〔2024〕6号-][+〔2024〕16号+]"),
        ("参与WIPO合作", "参与WTO合作", "参与[-WIPO-][+WTO+]合作"),
        ("甲\n乙", "甲乙丙", "甲[-\n-]乙[+丙+]"),
        ("", "新", "[+新+]"),
    ],
)
def test_text_changes_by_letters_and_whole_numbers(before, after, shown):
    runs = of_texts(before, after)

    if "\n" not in before:  # a single letter in common, 乙, is chance
        assert marked(runs) == shown
    assert "".join(run.kept + run.taken for run in runs) == before
    assert "".join(run.kept + run.put for run in runs) == after


def test_names_in_a_clause_stay_whole():
    before, after = "国家知识产权局、国家版权局负责", "国家版权局、国家数据局按职责分工负责"

    assert marked(of_clauses(before, after)) == (
        "[-国家知识产权局、-]国家版权局[+、国家数据局按职责分工+]负责"
    )
    assert marked(of_clauses("海关总署负责", "海关总署、公安部负责")) == "海关总署[+、公安部+]负责"


def test_items_of_a_list_stay_whole():
    assert marked(of_lists(["甲（牵头）", "乙（参与）"], ["甲（牵头）", "丙（参与）", "乙（参与）"])) == (
        "甲（牵头）、[+丙（参与）+]、乙（参与）"
    )
    assert marked(of_lists(["甲（牵头）"], ["乙（牵头）"])) == "[-甲（牵头）-][+乙（牵头）+]"


def test_values_are_exchanged_as_wholes():
    assert marked(of_values("2024-06-30", "2024-09-30")) == "[-2024-06-30-][+2024-09-30+]"
    assert marked(of_values("9", "9")) == "9"


# --- the list ---------------------------------------------------------------------------------------


def test_inserted_task_stands_in_its_place_and_the_others_are_one_row():
    text = PLAN_2024.read_text()
    everybody = Register({each.name: each.name for task in parsed(text).tasks for each in task.agencies})
    known = as_stored(hold(text, register=everybody))
    inserted = with_task_after(PLAN_2024, 8, "开展立法后评估。(司法部、国家知识产权局负责)").replace(
        "加快修订《国防专利条例》", "加快修改《国防专利条例》"
    )

    plan = hold(inserted, known, register=everybody)

    assert told(plan) == [
        (8, [("正文", "加快修[-订-][+改+]《国防专利条例》。")]),
        (9, "新增：开展立法后评估。"),
        (0, "第 9–110 项顺延为第 10–111 项，内容不变。"),
    ]
    assert [part.agency for part in changes.of_tasks(plan)[1].new.parts] == ["司法部", "国家知识产权局"]
    assert changes.summary(plan) == "更正 1 项任务，新增 1 项任务，调整序号 102 项"


def test_rows_of_moved_tasks_end_where_another_change_stands():
    plan = hold(
        plan_text(TRADE, PATENT, SEEDS.replace("修改", "的修改"), COURTS), database(PATENT, SEEDS, COURTS)
    )

    assert told(plan) == [
        (1, "新增：深化与贸易伙伴的双边交流合作，推进自贸协定议题谈判。"),
        (0, "第 1 项顺延为第 2 项，内容不变。"),
        (
            3,
            [
                ("正文", "推进《中华人民共和国植物新品种保护条例》[+的+]修改。"),
                ("序号", "[-2-][+3+]"),
            ],
        ),
        (0, "第 3 项顺延为第 4 项，内容不变。"),
    ]


def test_exchanged_tasks_move_both_ways():
    assert told(hold(plan_text(SEEDS, PATENT), database(PATENT, SEEDS))) == [
        (0, "第 2 项前移为第 1 项，内容不变。"),
        (0, "第 1 项顺延为第 2 项，内容不变。"),
    ]


def test_tasks_of_a_new_section_move_together():
    text = plan_text(PATENT, SEEDS, COURTS)
    plan = hold(text.replace("2.", "（二）完善政策\n2."), database(PATENT, SEEDS, COURTS))

    assert told(plan) == [(0, "第 2–3 项由第 1 章第 1 节移到第 1 章第 2 节，序号和内容不变。")]
    assert [(each.label, marked(each.runs)) for each in changes.of_plan(plan)] == [
        ("第 1 章第 2 节标题（新增）", "[+完善政策+]")
    ]
    assert changes.summary(plan) == "更正 1 处计划信息，调整序号或章节 2 项"


def test_agencies_and_how_they_share_it_change_as_wholes():
    plan = hold(
        plan_text(PATENT.replace("国家知识产权局负责", "商务部、国家知识产权局按职责分工负责")),
        database(PATENT),
    )

    assert told(plan) == [
        (
            1,
            [
                ("责任单位", "[-国家知识产权局（牵头）-][+商务部（牵头）、国家知识产权局（参与）+]"),
                ("负责方式", "[-共同负责-][+按职责分工负责+]"),
                ("责任条款", "[+商务部、+]国家知识产权局[+按职责分工+]负责"),
            ],
        )
    ]


def test_basis_of_a_role_is_said_in_words():
    register = Register(REGISTER.bearers | {"农业部": "农业农村部"})
    plan = hold(
        plan_text("推进修改。（农业部牵头，商务部配合）"),
        database("推进修改。（农业农村部、商务部负责）"),
        register=register,
    )

    ((_, ((label, shown, *remarks), *_)),) = told(plan)
    assert (label, shown, remarks) == (
        "责任单位",
        "农业农村部（牵头）、商务部（参与）",
        [
            "农业农村部、商务部的牵头、参与由“按列名顺序”改为“原文写明”，角色不变。",
            "农业农村部在原文中的写法由“农业农村部”改为“农业部”。",
        ],
    )


def test_blanks_that_nobody_sees_are_said_in_words():
    known = database(PATENT)
    (task,) = known.tasks
    spaced = replace(task.content, text=task.content.text.replace("修订", "修 订"))
    known = replace(known, tasks=(replace(task, content=spaced),))

    ((_, ((_, _, *remarks),)),) = told(hold(plan_text(PATENT), known))

    assert remarks == ["只有空格或换行不同。"]


def test_facts_and_headings_of_the_plan_are_listed_and_counted():
    text = plan_text(PATENT, front="国知联办〔2024〕6号")
    known = as_stored(hold(text))
    other = (
        text.replace("推进计划", "推进方案")
        .replace("完善制度", "健全制度")
        .replace("完善法律法规", "完善法律")
    )

    plan = hold(other, known)

    assert [(each.label, marked(each.runs)) for each in changes.of_plan(plan)] == [
        ("标题", "2024年知识产权强国建设推进[-计划-][+方案+]"),
        ("第 1 章标题", "[-完善-][+健全+]制度"),
        ("第 1 章第 1 节标题", "完善法律[-法规-]"),
    ]
    assert changes.summary(plan) == "更正 3 处计划信息"


def test_new_plan_has_no_changes():
    plan = hold(plan_text(PATENT))

    assert (changes.of_plan(plan), plan.fact_count, plan.heading_changes) == ([], 0, ())


def test_real_correction_is_short():
    text = PLAN_2024.read_text()
    everybody = Register({each.name: each.name for task in parsed(text).tasks for each in task.agencies})
    known = as_stored(hold(text, register=everybody))

    plan = hold(corrected(PLAN_2024, ("国家邮政局负责", "国家邮政局、公安部负责")), known, register=everybody)

    assert told(plan) == [
        (
            43,
            [
                ("责任单位", "国家邮政局（牵头）、[+公安部（参与）+]"),
                ("责任条款", "国家邮政局[+、公安部+]负责"),
            ],
        )
    ]
