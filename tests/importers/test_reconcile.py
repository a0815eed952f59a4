"""Which plan and which task a file means, and what it changes: all without a database."""

from dataclasses import replace
from datetime import date

import pytest

from importers.import_plan import (
    Change,
    ChapterHeading,
    Code,
    ImportPlan,
    Mention,
    Part,
    Place,
    Register,
    SectionHeading,
    Source,
    StoredPlan,
    StoredTask,
    UnknownName,
)
from importers.reconcile import reconcile
from tests.importers.files import PLAN_2023, PLAN_2024, parsed, plan_text

PATENT = "加快修订《国防专利条例》。（国家知识产权局负责）"
SEEDS = "推进《中华人民共和国植物新品种保护条例》修改。（农业农村部、国家林草局负责）"
TRADE = "深化与贸易伙伴的双边交流合作，推进自贸协定议题谈判。（商务部负责）"
COURTS = "发布反垄断民事诉讼司法解释，妥善审理垄断纠纷案件。（最高人民法院负责）"
NAMES = ("国家知识产权局", "农业农村部", "国家林草局", "商务部", "最高人民法院")
REGISTER = Register({name: name for name in NAMES})
NOTICE = """国知联办〔2024〕6号
各成员单位：
现将推进计划印发，请认真组织实施。
特此通知。
国家知识产权强国建设工作部际联席会议办公室
2024年5月9日"""


def hold(text: str, *stored: StoredPlan, register: Register = REGISTER) -> ImportPlan:
    return reconcile(parsed(text), stored, register, source=Source.of(text.encode(), name="计划.txt"))


def stored(import_plan: ImportPlan, pk: int = 1) -> StoredPlan:
    """The database after this import: task N has the key 100 N."""
    tasks = [StoredTask(100 * step.content.number, step.content, step.citation) for step in import_plan.steps]
    return StoredPlan(pk, import_plan.facts, import_plan.outline, tuple(tasks))


def database(*tasks: str, **facts) -> StoredPlan:
    return stored(hold(plan_text(*tasks, **facts)))


def corrections(import_plan: ImportPlan) -> dict[int | None, list[tuple[str, object, object]]]:
    return {
        step.pk: [(change.field, change.before, change.after) for change in step.changes]
        for step in import_plan.steps
        if step.changes or step.pk is None
    }


def codes(import_plan: ImportPlan) -> list[Code]:
    return [finding.code for finding in import_plan.findings]


# --- which plan -------------------------------------------------------------------------------------


def test_plan_of_an_empty_database_is_new():
    plan = hold(plan_text(PATENT, SEEDS))

    assert (plan.is_new, plan.changes_nothing, plan.findings, plan.unknown) == (True, False, (), ())
    assert [step.content.number for step in plan.created] == [1, 2]
    assert plan.outline == (ChapterHeading(1, "完善制度", (SectionHeading(1, "完善法律法规"),)),)
    assert plan.steps[1].content.place == Place(1, 1)
    assert plan.steps[1].content.parts == (
        Part("农业农村部", "lead", "order", "农业农村部"),
        Part("国家林草局", "participant", "order", "国家林草局"),
    )


@pytest.mark.parametrize("path", [PLAN_2023, PLAN_2024], ids=["2023", "2024"])
def test_same_file_changes_nothing(path):
    text = path.read_text()
    everybody = Register({each.name: each.name for task in parsed(text).tasks for each in task.agencies})

    again = hold(text, stored(hold(text, register=everybody)), register=everybody)

    assert again.changes_nothing
    assert (again.created, again.corrected, again.missing, again.findings) == ((), (), (), ())
    assert len(again.unchanged) == len(again.steps)


def test_plan_is_known_by_its_document_number():
    known = database(PATENT, SEEDS, front=NOTICE)
    assert known.facts.document_number == "国知联办〔2024〕6号"

    plan = hold(plan_text(TRADE, COURTS, title="2024年知识产权强国推进计划", front=NOTICE), known)

    assert plan.pk == 1
    assert plan.fact_changes == (
        Change("title", "2024年知识产权强国建设推进计划", "2024年知识产权强国推进计划"),
    )


def test_plan_is_known_by_years_and_title():
    assert hold(plan_text(TRADE, COURTS), database(PATENT, SEEDS)).pk == 1


def test_plan_is_known_by_half_of_its_tasks():
    known = database(PATENT, SEEDS, TRADE, COURTS)
    other = "2024年知识产权强国建设实施推进计划"

    assert hold(plan_text(PATENT, SEEDS, title=other), known).pk == 1
    assert hold(plan_text(PATENT, "另一项任务的正文。（商务部负责）", title=other), known).pk == 1
    assert (
        hold(plan_text(PATENT, "另一。（商务部负责）", "又一。（商务部负责）", title=other), known).pk is None
    )


def test_plan_of_another_year_is_another_plan():
    known = database(PATENT, SEEDS)

    assert hold(plan_text(PATENT, SEEDS, title="2025年知识产权强国建设推进计划"), known).pk is None


def test_document_number_of_one_plan_and_title_of_another_is_an_error():
    one = stored(hold(plan_text(PATENT, front=NOTICE, title="2024年知识产权强国建设推进计划")))
    other = stored(hold(plan_text(SEEDS, title="2024年地方推进计划")), pk=2)

    plan = hold(plan_text(PATENT, front=NOTICE, title="2024年地方推进计划"), one, other)

    assert [(each.code, each.message) for each in plan.findings] == [
        (
            Code.TWO_PLANS,
            "文号 国知联办〔2024〕6号 属于已入库的 2024 年度计划《2024年知识产权强国建设推进计划》，"
            "标题却与另一份 2024 年度计划《2024年地方推进计划》相同，请在“发文信息”中更正文号或标题。",
        )
    ]
    assert plan.has_errors


def other_years(text: str, *years: int, stated: bool, known: StoredPlan) -> ImportPlan:
    source = Source.of(text.encode(), name="计划.txt")
    plan = replace(parsed(text), years=years)
    return reconcile(plan, [known], REGISTER, source=replace(source, years_stated=stated))


def test_old_number_in_a_plan_of_another_year_is_an_error_and_overwrites_nothing():
    known = database(PATENT, SEEDS, front=NOTICE)
    slip = plan_text(PATENT, SEEDS, front=NOTICE, title="2027年知识产权强国建设推进计划")

    plan = other_years(slip, 2027, stated=False, known=known)

    assert (plan.pk, len(plan.created), plan.missing, plan.has_errors) == (None, 2, (), True)
    assert [(each.code, each.message) for each in plan.findings] == [
        (
            Code.TWO_PLANS,
            "文号 国知联办〔2024〕6号 属于已入库的 2024 年度计划《2024年知识产权强国建设推进计划》，"
            "这份文件的年度却是 2027，两者不是同一计划。如是新的计划，请在“发文信息”中更正文号；"
            "如是该计划的更正，请更正年度。",
        )
    ]


def test_years_that_a_person_puts_right_correct_the_plan_and_its_due_date():
    text = plan_text(PATENT, SEEDS, front=NOTICE)

    plan = other_years(text, 2024, 2025, stated=True, known=database(PATENT, SEEDS, front=NOTICE))

    assert plan.pk == 1
    assert [(each.field, each.before, each.after) for each in plan.fact_changes] == [
        ("last_year", 2024, 2025),
        ("due_on", date(2024, 12, 31), date(2025, 12, 31)),
    ]
    assert [(each.code, each.severity, each.message) for each in plan.findings] == [
        (
            Code.YEARS_CHANGED,
            "warning",
            "按“发文信息”，已入库的 2024 年度计划《2024年知识产权强国建设推进计划》的年度将改为 2024—2025，"
            "请核对；如是另一份计划，请更正文号 国知联办〔2024〕6号。",
        )
    ]


def test_due_date_that_somebody_set_stays_when_the_years_change():
    known = database(PATENT, SEEDS, front=NOTICE)
    known = replace(known, facts=replace(known.facts, due_on=date(2025, 3, 31)))

    plan = other_years(plan_text(PATENT, SEEDS, front=NOTICE), 2025, stated=True, known=known)

    assert [change.field for change in plan.fact_changes] == ["first_year", "last_year"]
    assert plan.facts.due_on == date(2025, 3, 31)


def test_number_without_years_is_known_by_the_number():
    plan = other_years(
        plan_text(PATENT, SEEDS, front=NOTICE), stated=False, known=database(PATENT, SEEDS, front=NOTICE)
    )

    assert (plan.pk, plan.findings, plan.facts.first_year) == (1, (), 2024)


@pytest.mark.parametrize("title", ["2024年地方推进计划", "2024—2025年知识产权强国建设推进计划"])
def test_second_plan_of_a_year_is_to_be_looked_at(title):
    plan = hold(plan_text(TRADE, COURTS, title=title), database(PATENT, SEEDS, front=NOTICE))

    assert (plan.pk, plan.has_errors) == (None, False)
    assert [(each.code, each.severity, each.message) for each in plan.findings] == [
        (
            Code.SAME_YEARS,
            "warning",
            "已有 2024 年度计划《2024年知识产权强国建设推进计划》（国知联办〔2024〕6号）。"
            "这份文件没有认作对它的更正，将作为同年度的另一份计划，请核对；如是更正，请在“发文信息”中将标题和年度改为与它一致。",
        )
    ]


def test_what_the_file_does_not_say_stays():
    plan = hold(plan_text(PATENT, SEEDS), database(PATENT, SEEDS, front=NOTICE))

    assert (plan.pk, plan.changes_nothing) == (1, True)
    assert plan.facts.document_number == "国知联办〔2024〕6号"


# --- which task -------------------------------------------------------------------------------------


def test_corrected_words_correct_one_field():
    plan = hold(plan_text(PATENT, SEEDS.replace("推进", "加快推进")), database(PATENT, SEEDS))

    assert corrections(plan) == {
        200: [
            (
                "text",
                "推进《中华人民共和国植物新品种保护条例》修改。",
                "加快推进《中华人民共和国植物新品种保护条例》修改。",
            )
        ]
    }
    assert not plan.changes_nothing


def test_inserted_task_shifts_numbers_and_nothing_else():
    plan = hold(plan_text(PATENT, TRADE, SEEDS, COURTS), database(PATENT, SEEDS, COURTS))

    assert corrections(plan) == {None: [], 200: [("number", 2, 3)], 300: [("number", 3, 4)]}
    assert [step.content.number for step in plan.created] == [2]


def test_exchanged_tasks_keep_their_words():
    plan = hold(plan_text(SEEDS, PATENT), database(PATENT, SEEDS))

    assert corrections(plan) == {100: [("number", 1, 2)], 200: [("number", 2, 1)]}


def test_slip_in_a_shifted_task_is_seen_by_its_likeness():
    plan = hold(plan_text(PATENT, TRADE, SEEDS.replace("修改", "的修改")), database(PATENT, SEEDS))

    assert [step.pk for step in plan.steps] == [100, None, 200]
    assert corrections(plan)[200] == [
        ("number", 2, 3),
        (
            "text",
            "推进《中华人民共和国植物新品种保护条例》修改。",
            "推进《中华人民共和国植物新品种保护条例》的修改。",
        ),
    ]
    assert codes(plan) == []


def test_same_words_twice_keep_their_numbers():
    known = database(PATENT, SEEDS, PATENT)

    assert hold(plan_text(PATENT, SEEDS, PATENT), known).changes_nothing
    assert corrections(hold(plan_text(SEEDS, TRADE, PATENT, PATENT), known)) == {
        100: [("number", 1, 4)],
        200: [("number", 2, 1)],
        None: [],
    }


def test_rewritten_task_is_known_by_its_number_and_to_be_looked_at():
    plan = hold(plan_text(PATENT, TRADE), database(PATENT, SEEDS))

    assert [step.pk for step in plan.steps] == [100, 200]
    assert [(each.code, each.severity, each.line, each.message) for each in plan.findings] == [
        (
            Code.REWRITTEN,
            "warning",
            5,
            "第 2 项的正文与库中同号的任务“推进《中华人民共和国植物新品种保护条例》修改。”"
            "差别很大，将视为同一任务并保留其状态，请核对。",
        )
    ]
    assert not plan.has_errors


def test_missing_task_is_an_error_and_never_a_deletion():
    plan = hold(plan_text(PATENT, COURTS), database(PATENT, SEEDS, COURTS))

    assert [task.pk for task in plan.missing] == [200]
    assert [(each.code, each.severity, each.line, each.message) for each in plan.findings] == [
        (
            Code.TASK_MISSING,
            "error",
            0,
            "文件中没有库里的第 2 项“推进《中华人民共和国植物新品种保护条例》修改。”：已有的任务不会被删除，"
            "请补回这一项；如任务已取消，请保留该项，在台账中将其状态改为“已调整”。",
        )
    ]
    assert plan.has_errors
    assert not plan.changes_nothing


def test_moved_lines_alone_correct_nothing():
    moved = plan_text(PATENT, SEEDS).replace("一、", "\n\n一、")
    plan = hold(moved, database(PATENT, SEEDS))

    assert plan.changes_nothing
    assert [step.is_moved_only for step in plan.steps] == [True, True]


def test_retitled_section_changes_the_outline_and_no_task():
    plan = hold(plan_text(PATENT).replace("完善法律法规", "完善法律"), database(PATENT))

    assert (plan.outline_changes, plan.corrected, plan.changes_nothing) == (True, (), False)


# --- agencies ---------------------------------------------------------------------------------------


def test_order_or_the_words_tell_who_leads():
    plan = hold(plan_text(SEEDS, "推进修改。（农业农村部牵头，商务部配合）"))

    assert [[(part.agency, part.role, part.basis) for part in step.content.parts] for step in plan.steps] == [
        [("农业农村部", "lead", "order"), ("国家林草局", "participant", "order")],
        [("农业农村部", "lead", "text"), ("商务部", "participant", "text")],
    ]


def test_alias_is_told_by_the_agency_and_kept_as_written():
    register = Register({"农业部": "农业农村部", "国家林草局": "国家林草局"})
    plan = hold(plan_text(SEEDS.replace("农业农村部", "农业部")), register=register)

    assert plan.steps[0].content.parts[0] == Part("农业农村部", "lead", "order", "农业部")


def test_agency_named_twice_counts_once_and_is_reported():
    register = Register(REGISTER.bearers | {"农业部": "农业农村部"})
    plan = hold(plan_text(PATENT, "推进条例修改。（农业农村部、商务部、农业部负责）"), register=register)

    assert [(part.agency, part.role, part.named_as) for part in plan.steps[1].content.parts] == [
        ("农业农村部", "lead", "农业农村部"),
        ("商务部", "participant", "商务部"),
    ]
    assert [(each.code, each.severity, each.line, each.message) for each in plan.findings] == [
        (
            Code.SAME_AGENCY,
            "warning",
            5,
            "第 2 项的“农业农村部”和“农业部”是同一单位“农业农村部”，只计一次，请核对。",
        )
    ]


def test_unknown_names_are_listed_with_tasks_lines_and_nearest_agencies():
    register = Register(
        {name: name for name in NAMES if name != "国家林草局"}, {"国家林草局": ("农业农村部",)}
    )
    plan = hold(plan_text(SEEDS, PATENT, "另一项。（国家林草局负责）"), register=register)

    assert plan.unknown == (UnknownName("国家林草局", (Mention(1, 4), Mention(3, 6)), ("农业农村部",)),)
    assert not plan.has_errors


def test_registering_the_unknown_name_does_what_was_previewed():
    text = plan_text(SEEDS)

    before = hold(text, register=Register({"农业农村部": "农业农村部"}, {"国家林草局": ("农业农村部",)}))

    assert before.unknown
    assert hold(text).digest == before.digest


def test_agencies_that_the_office_has_changed_stand_while_the_clause_does():
    """One taken away, one added: the same document again does not undo it, nor does a corrected text."""
    known = database(SEEDS, PATENT)
    task, _ = known.tasks
    changed = (
        Part("商务部", "lead", "office", "商务部"),
        Part("农业农村部", "participant", "office", "农业农村部"),
    )
    known = replace(
        known, tasks=(replace(task, content=replace(task.content, parts=changed)), *known.tasks[1:])
    )

    assert hold(plan_text(SEEDS, PATENT), known).changes_nothing
    slip = hold(plan_text(SEEDS.replace("推进", "加快推进"), PATENT), known)
    assert [change.field for change in slip.steps[0].changes] == ["text"]
    assert slip.findings == ()
    clause = hold(plan_text(SEEDS.replace("国家林草局负责", "最高人民法院负责"), PATENT), known)
    assert [change.field for change in clause.steps[0].changes] == ["responsibility", "parts"]
    assert codes(clause) == [Code.CONFIRMATION_LOST]
    assert [part.agency for part in clause.steps[0].content.parts] == ["农业农村部", "最高人民法院"]


def test_roles_that_the_office_confirmed_stand():
    known = database(SEEDS)
    (task,) = known.tasks
    lead, participant = (replace(part, basis="office") for part in task.content.parts)
    confirmed = (replace(lead, role="participant"), replace(participant, role="lead"))
    known = replace(known, tasks=(replace(task, content=replace(task.content, parts=confirmed)),))

    assert hold(plan_text(SEEDS), known).changes_nothing
    slip = hold(plan_text(SEEDS.replace("推进", "加快推进")), known)
    assert [change.field for change in slip.steps[0].changes] == ["text"]
    joint = hold(plan_text(SEEDS.replace("负责", "按职责分工负责")), known)
    assert "parts" not in {change.field for change in joint.steps[0].changes}
    added = hold(plan_text(SEEDS.replace("负责", "、商务部负责")), known)
    assert codes(added) == [Code.CONFIRMATION_LOST]
    assert [(part.agency, part.role, part.basis) for part in added.steps[0].content.parts] == [
        ("农业农村部", "lead", "order"),
        ("国家林草局", "participant", "order"),
        ("商务部", "participant", "order"),
    ]


# --- what does not fit, and the digest --------------------------------------------------------------


def test_plan_without_title_or_year_is_an_error():
    plan = parsed(plan_text(PATENT))

    assert [each.message for each in reconcile(replace(plan, title="", years=()), [], REGISTER).findings] == [
        "没有找到计划的标题，请在正文前补上一行标题，如“2024年知识产权强国建设推进计划”。",
        "没有找到计划的年度或年度不合理，请在标题中写明，如“2024年”。",
    ]


@pytest.mark.parametrize("years", [(1999,), (2024, 2030)])
def test_unreasonable_years_are_an_error(years):
    found = reconcile(replace(parsed(plan_text(PATENT)), years=years), [], REGISTER).findings

    assert [each.code for each in found] == [Code.NO_YEARS]


def test_what_the_database_cannot_hold_is_an_error():
    plan = parsed(plan_text(PATENT))
    (chapter,) = plan.chapters
    (section,) = chapter.sections
    (task,) = section.tasks
    agency = replace(task.agencies[0], name="部" * 101)
    section = replace(section, title="节" * 201, tasks=(replace(task, number=0, agencies=(agency,)),))
    chapter = replace(chapter, number=100, sections=(section,))
    plan = replace(plan, title="题" * 201, issuer="印" * 201, document_number="号" * 51, chapters=(chapter,))

    assert [each.message for each in reconcile(plan, [], REGISTER).findings] == [
        "计划的标题超过 200 字，请核对是否混入了正文。",
        "计划的文号超过 50 字，请核对是否混入了正文。",
        "计划的印发单位超过 200 字，请核对是否混入了正文。",
        "第 100 章的序号或标题不合理，请核对。",
        "第 100 章第 1 节的标题超过 200 字，请核对是否混入了正文。",
        "第 4 行：第 0 项的序号不合理或没有正文，请核对。",
        f"第 4 行：第 0 项的单位“{'部' * 24}…”超过 100 字，请核对责任条款。",
    ]


def test_repeated_numbers_are_an_error_even_if_the_parser_is_silent():
    plan = parsed(plan_text(PATENT, SEEDS))
    (chapter,) = plan.chapters
    (section,) = chapter.sections
    section = replace(section, tasks=tuple(replace(task, number=7) for task in section.tasks))
    chapters = (replace(chapter, sections=(section, section)),) * 2

    found = reconcile(replace(plan, chapters=chapters), [], REGISTER).findings

    assert [each.message for each in found] == [
        "章序号 1 重复，请核对。",
        "第 1 章的节序号 1 重复，请核对。",
        "第 1 章的节序号 1 重复，请核对。",
        "任务序号 7 重复，请核对。",
    ]


def test_digest_follows_what_would_be_written():
    text, known = plan_text(PATENT, SEEDS), database(PATENT, TRADE)
    plan = hold(text, known)
    file = plan.source.digest

    assert hold(text, known).digest == plan.digest
    assert replace(plan, source=Source("别名.txt", file)).digest == plan.digest
    others = [
        hold(text),
        hold(text, replace(known, pk=2)),
        hold(plan_text(PATENT, SEEDS.replace("推进", "加快")), known),
        replace(plan, source=Source("计划.txt", "0" * 64)),
        hold(text, replace(known, facts=replace(known.facts, issued_on=date(2024, 5, 1), preamble="引言"))),
    ]
    assert len({plan.digest, *(other.digest for other in others)}) == 6


def test_two_plans_without_a_word_in_common_are_compared_in_a_moment():
    # Simplified letters, as GB 2312 lists them: traditional ones would be read as their twins.
    letters = [bytes((0xB0 + place // 94, 0xA1 + place % 94)).decode("gb2312") for place in range(600)]
    tasks = [f"{letter * 30}。（商务部负责）" for letter in letters[:300]]
    others = [f"{letter * 30}。（商务部负责）" for letter in letters[300:]]

    plan = hold(plan_text(*tasks), database(*others))

    assert codes(plan) == [Code.REWRITTEN] * 300
