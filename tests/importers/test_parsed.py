"""The plan around its tasks: title, years, notice, closing; and that any text ends in a plan or a refusal."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.conservation import unaccounted
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
        f"2025年推进计划\n{BODY}\n规则。\n无主的话".replace("一、完善制度\n", "一、完善制度\n本章说明。\n")
    )

    found = [(d.code, d.before) for d in plan.diagnostics if d.severity is Severity.WARNING]
    assert found == [(Code.UNPLACED_TEXT, "本章说明。"), (Code.UNPLACED_TEXT, "无主的话")]


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


@pytest.mark.parametrize(
    ("written", "text", "names", "warnings"),
    [
        ("推进甲（财政部负责），推进乙（科技部负责）。", "推进甲，推进乙。", ["财政部", "科技部"], []),
        ("推进甲（财政部负责）并落实乙。（科技部负责）", "推进甲并落实乙。", ["财政部", "科技部"], []),
        ("推进甲。（财政部负责）。", "推进甲。", ["财政部"], []),
        (
            "完善（党委领导、政府负责、社会协同）机制。（财政部负责）",
            "完善（党委领导、政府负责、社会协同）机制。",
            ["财政部"],
            [(Code.STRAY_BRACKET, "（党委领导、政府负责、社会协同）")],
        ),
        (
            "推进甲。\n牵头单位：省局（产权局）\n配合单位：财政厅\n完成时限：2025年6月",
            "推进甲。",
            ["省局（产权局）", "财政厅"],
            [(Code.BARE_CLAUSE, "牵头单位：省局（产权局）\n配合单位：财政厅\n完成时限：2025年6月")],
        ),
    ],
)
def test_clause_is_told_from_the_sentence_around_it(written, text, names, warnings):
    plan = parsed(f"2025年推进计划\n一、完善制度\n1.{written}\n2.推进落实。（科技部负责）")

    assert (plan.tasks[0].text, [each.name for each in plan.tasks[0].agencies]) == (text, names)
    found = [(d.code, d.before) for d in plan.diagnostics if d.severity is Severity.WARNING]
    assert found == warnings


def test_number_of_the_notice_is_no_number_that_the_text_cites():
    plan = parsed(f"2025年推进计划\n根据有关意见（国发〔2015〕71号），制定本计划。\n{BODY}")

    assert plan.document_number == ""


def test_sections_may_be_numbered_through_the_whole_plan():
    plan = parsed(
        "2025年推进计划\n一、甲章\n（一）甲节\n1.做甲。（财政部负责）\n二、乙章\n（二）乙节\n2.做乙。（科技部负责）"
    )

    assert [(s.number, s.title) for c in plan.chapters for s in c.sections] == [(1, "甲节"), (2, "乙节")]
    assert not plan.has_errors


def test_headings_without_tasks_behind_the_last_task_are_no_closing_rule():
    plan = parsed(
        f"2025年推进计划\n{BODY}\n二、组织保障\n（一）加强领导。各地要重视。\n某某办公室\n2025年1月1日"
    )

    assert (plan.closing_rule, plan.issuer) == ("", "某某办公室")
    assert [(d.code.value, d.before) for d in plan.diagnostics if d.severity is Severity.WARNING] == [
        ("empty_heading", ""),
        ("unplaced_text", "（一）加强领导。各地要重视。"),
    ]


def test_table_of_contents_is_left_out():
    plan = parsed(
        "2025年推进计划\n目录\n一、完善制度\n二、强化保护\n" + BODY + "\n二、强化保护\n3.保护。（公安部负责）"
    )

    assert [(c.number, c.title, len(c.tasks)) for c in plan.chapters] == [
        (1, "完善制度", 2),
        (2, "强化保护", 1),
    ]
    assert not plan.has_errors


def test_numbers_that_begin_again_are_counted_through_and_set_side_by_side():
    plan = parsed(
        "2025年推进计划\n一、甲章\n1.做甲。（财政部负责）\n2.做乙。（财政部负责）\n"
        "二、乙章\n1.做丙。（科技部负责）\n2.做丁。（科技部负责）"
    )

    assert [(task.number, task.written_number) for task in plan.tasks] == [(1, 1), (2, 2), (3, 1), (4, 2)]
    assert plan.tasks[2].source_text.startswith("1.做丙")
    assert [(d.severity.value, d.line, d.message) for d in plan.diagnostics if d.code is Code.RENUMBERED] == [
        ("warning", 6, "序号在各章（节）重新从 1 开始，共 1 处，已按全文顺序编为第 1—4 项，请核对。"),
        ("info", 6, "第 6 行起序号重新从 1 开始：原文第 1—2 项在全文中是第 3—4 项。"),
    ]
    assert not plan.has_errors


def test_a_slip_back_to_one_is_an_error_and_no_new_beginning():
    plan = parsed(
        "2025年推进计划\n一、甲章\n1.做甲。（财政部负责）\n2.做乙。（财政部负责）\n"
        "二、乙章\n1.做丙。（科技部负责）\n4.做丁。（科技部负责）"
    )

    assert [(d.code.value, d.line) for d in plan.diagnostics if d.severity is Severity.ERROR] == [
        ("repeat", 6)
    ]


@pytest.mark.parametrize(
    ("text", "chapters", "code"),
    [
        (
            "（一）甲章\n1.做甲。（财政部负责）\n（二）乙章\n2.做乙。（科技部负责）",
            ["甲章", "乙章"],
            "sections_as_chapters",
        ),
        (
            "一、甲章\n（一）做甲。（财政部负责）\n二、乙章\n（二）做乙。（科技部负责）",
            ["甲章", "乙章"],
            "no_sections",
        ),
        ("1.做甲。（财政部负责）\n2.做乙。（科技部负责）", ["2025年推进计划"], "no_chapters"),
        ("一、做甲。（财政部负责）\n二、做乙。（科技部负责）", ["2025年推进计划"], "no_chapters"),
        ("（一）做甲。（财政部负责）\n（二）做乙。（科技部负责）", ["2025年推进计划"], "no_chapters"),
    ],
)
def test_plans_with_fewer_levels(text, chapters, code):
    plan = parsed(f"2025年推进计划\n{text}")

    assert [chapter.title for chapter in plan.chapters] == chapters
    assert [(t.number, t.text, t.agencies[0].name) for t in plan.tasks] == [
        (1, "做甲。", "财政部"),
        (2, "做乙。", "科技部"),
    ]
    assert code in {d.code.value for d in plan.diagnostics}
    assert not plan.has_errors


def test_signature_and_distribution_behind_the_plan_are_kept_whole():
    plan = parsed(
        f"2025年推进计划\n{BODY}\n规则。\n某某联席会议办公室\n2025年5月27日\n抄送：各省级办公室。\n2025年5月28日印发"
    )

    assert (plan.closing_rule, plan.issuer) == ("规则。", "某某联席会议办公室")
    assert [d.before for d in plan.diagnostics if d.code is Code.COLOPHON] == [
        "某某联席会议办公室\n2025年5月27日\n抄送：各省级办公室。\n2025年5月28日印发"
    ]


MENU = "首页 | 机构 | 新闻\n政策法规\n专利\n当前位置：首页>通知公告>正文\n"
CARD = "发布时间：2025-05-27 来源：国家知识产权局 浏览次数：12345\n"


@pytest.mark.parametrize(
    "front",
    [
        "关于印发《2025年推进计划》的通知\n2025年某省推进计划",
        "关于印发《2025年推进计划》的通知2025年某省推进计划",
        f"{MENU}关于印发《2025年推进计划》的通知\n{CARD}2025年某省推进计划",
        f"{MENU}关于印发《2025年推进计划》的通知\n{CARD}2025年某省\n推进计划",
        f"{MENU}{CARD}2025年某省推进计划",
        f"{MENU}2025年某省推进计划\n{CARD}2025年某省推进计划",
        "2025年某省推进计划\n2025年某省推进计划",
        "2025年某省推进计划2025年某省推进计划",
    ],
)
def test_what_a_site_puts_in_front_is_no_part_of_the_title(front):
    document = document_from_text(f"{front}\n{BODY}")
    plan = parse_plan(document)

    assert (plan.title, plan.years, plan.issuer, plan.preamble) == ("2025年某省推进计划", (2025,), "", "")
    assert unaccounted(document, plan) == []


@pytest.mark.parametrize("before", ["", MENU, f"{MENU}{CARD}"])
def test_issuer_that_the_notice_names_is_an_office_and_no_menu(before):
    title = "关于印发《2025年推进计划》的通知\n各成员单位：\n请执行。\n2025年推进计划"

    assert parsed(f"{before}某某联席会议办公室\n{title}\n{BODY}").issuer == "某某联席会议办公室"
    assert parsed(f"{before}{title}\n{BODY}").issuer == ""


@pytest.mark.parametrize(
    ("behind", "issuer"),
    [
        ("相关链接\n1.国家知识产权局关于开展专项行动的通知\n2.《纲要》图解\n国家知识产权局", ""),
        ("附件：1.表.pdf\n相关链接：\n1.关于某事的通知\n版权所有：某局。未经许可不得复制。", ""),
        ("某某办公室\n打印\n关闭\n版权所有：某局。未经许可不得复制。", "某某办公室"),
    ],
)
def test_links_and_the_foot_of_a_page_behind_the_plan_are_one_hint(behind, issuer):
    document = document_from_text(f"2025年推进计划\n{BODY}\n规则。\n{behind}")
    plan = parse_plan(document)

    assert (plan.closing_rule, plan.issuer) == ("规则。", issuer)
    said = [(d.code, d.severity, d.before) for d in plan.diagnostics if d.before.strip()]
    assert said == [(Code.COLOPHON, Severity.INFO, behind)]
    assert unaccounted(document, plan) == []


def test_annex_below_links_is_still_to_be_looked_at():
    plan = parsed(f"2025年推进计划\n{BODY}\n规则。\n相关链接\n1.关于某事的通知\n附件2\n分工表\n1修订条例")

    found = [(d.code, d.before) for d in plan.diagnostics if d.severity is Severity.WARNING]
    assert found == [(Code.UNPLACED_TEXT, "附件2\n分工表\n1修订条例")]


def test_deadline_that_ends_a_task_is_its_due_date_whatever_is_undone():
    text = (
        "2025年推进计划\n一、完善制度\n1.研究起草(草案),12月底前完成。（财政部负责）\n2.落实。（科技部负责）"
    )
    document = document_from_text(text)
    plan = parse_plan(document)
    undone = frozenset(d.key for d in plan.diagnostics if d.can_undo)

    assert [task.due for task in plan.tasks] == [datetime.date(2025, 12, 31), None]
    assert [task.due for task in parse_plan(document, undone=undone).tasks] == [
        datetime.date(2025, 12, 31),
        None,
    ]


def test_deadlines_inside_a_task_are_named_and_the_clause_goes_first():
    plan = parsed(
        "2025年推进计划\n一、完善制度\n1.上半年完成甲，12月底前完成乙。（财政部负责）\n"
        "2.上半年完成甲，12月底前完成乙。（财政部负责，2025年9月底前完成）"
    )

    assert [task.due for task in plan.tasks] == [None, datetime.date(2025, 9, 30)]
    assert [(d.message, d.severity) for d in plan.diagnostics if d.code is Code.DEADLINE_IN_TEXT] == [
        (
            "第 3 行：第 1 项正文写有“上半年”、“12月底前”，不是整项任务的完成时限，没有登记，请核对。",
            Severity.INFO,
        )
    ]


@pytest.mark.parametrize("rows", ["序号\t任务\t单位\n1\t推进修改。\t财政部", "1\t推进修改。\t财政部"])
def test_table_that_cannot_be_read_is_refused_as_a_table(rows):
    with pytest.raises(NotAPlan, match=r"任务在表格里.*表头.*序号"):
        parsed(f"2025年推进计划\n一、完善制度\n{rows}")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_a_plan_or_a_refusal(text):
    try:
        plan = parsed(text)
    except (NotAPlan, Unreadable) as refusal:
        assert str(refusal).endswith("。")  # noqa: PT017 - one of two good ends
    else:
        assert plan.tasks
