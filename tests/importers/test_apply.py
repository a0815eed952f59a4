"""Importing into the database: exactly what the file says, nothing twice, nothing half, nothing lost."""

import threading
import time
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from agencies.models import Agency, AgencyAlias
from importers import reconcile
from importers.apply import UnknownAgencies, apply_import, plan_import
from importers.import_plan import Source
from tasks import workflow
from tasks.models import Assignment, Chapter, Event, EventKind, Plan, Section, Status, Task
from tasks.workflow import Refused
from tests.database import filled_by
from tests.factories import make_user
from tests.importers.files import (
    PLAN_2023,
    PLAN_2024,
    corrected,
    differences,
    dump,
    import_text,
    load_register,
    parsed,
    plan_text,
    preview,
    with_task_after,
    without_task,
)

MAY = datetime(2024, 5, 9, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
JUNE = datetime(2024, 6, 3, 15, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
NEW_TASK = "开展知识产权领域立法后评估。(司法部、国家知识产权局负责)"


@pytest.fixture
def register(db):
    filled_by(load_register)


@pytest.fixture
def plan_2024(register, office):
    """The real plan, with a history on the tasks around the places that the tests correct."""
    plan = import_text(PLAN_2024.read_text(), at=MAY)
    for number, status, progress, reason in (
        (8, Status.IN_PROGRESS, 40, ""),
        (9, Status.COMPLETED, 100, ""),
        (10, Status.DELAYED, 20, "意见尚未一致"),
        (110, Status.ADJUSTED, 0, "并入下一年度"),
    ):
        task = plan.tasks.get(number=number)
        workflow.set_status(
            task, by=office, status=status, version=task.version, progress=progress, reason=reason, at=MAY
        )
    return plan


def standing(plan: Plan) -> dict[str, tuple]:
    """By its words, how each task stands and what has happened to it."""
    return {
        task.text: (
            task.pk,
            task.status,
            task.progress,
            task.status_reason,
            [event.pk for event in task.events.exclude(kind=EventKind.TASK_CORRECTED)],
        )
        for task in plan.tasks.all()
    }


# --- the two plans ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "chapters", "assignments", "agencies", "facts"),
    [
        (
            PLAN_2023,
            [24, 37, 37, 11, 10, 15, 5],
            279,
            44,
            ("2023年知识产权强国建设纲要和“十四五”规划实施推进计划", 2023, 2023, "", date(2023, 12, 31)),
        ),
        (
            PLAN_2024,
            [21, 32, 24, 9, 8, 10, 6],
            230,
            43,
            ("2024年知识产权强国建设推进计划", 2024, 2024, "国知联办〔2024〕6号", date(2024, 12, 31)),
        ),
    ],
    ids=["2023", "2024"],
)
def test_real_plan_is_imported_whole(register, path, chapters, assignments, agencies, facts):
    plan = import_text(path.read_text(), name=path.name)

    by_chapter = [Task.objects.filter(section__chapter=chapter).count() for chapter in plan.chapters.all()]
    assert by_chapter == chapters
    assert list(plan.tasks.values_list("number", flat=True)) == list(range(1, sum(chapters) + 1))
    assert Assignment.objects.count() == assignments
    assert Agency.objects.filter(assignments__isnull=False).distinct().count() == agencies
    assert Assignment.objects.filter(role="lead").count() == sum(chapters)
    assert set(Assignment.objects.values_list("basis", flat=True)) == {"order"}
    assert (plan.title, plan.first_year, plan.last_year, plan.document_number, plan.due_on) == facts
    assert (plan.source_name, len(plan.source_digest)) == (path.name, 64)
    assert [(event.kind, event.by, event.task_id is None) for event in plan.events.order_by("pk")] == [
        ("plan.imported", None, True),
        *[("task.created", None, False)] * sum(chapters),
    ]


def test_task_keeps_clause_source_and_lines(register):
    plan = import_text(PLAN_2024.read_text())

    task = plan.tasks.for_rows().get(number=16)
    assert (task.text, task.responsibility, task.duty, task.open_ended) == (
        "加快推动实质性派生品种制度实施，做好制度实施相关准备工作。",
        "农业农村部、国家林草局按职责分工负责",
        "by_duty",
        False,
    )
    assert (task.first_line, task.last_line) == (26, 26)
    assert task.source_text == PLAN_2024.read_text().splitlines()[25]
    assert [
        (each.agency.name, each.role, each.position, each.named_as) for each in task.assignments.all()
    ] == [
        ("农业农村部", "lead", 1, "农业农村部"),
        ("国家林草局", "participant", 2, "国家林草局"),
    ]
    assert [task.number for task in plan.tasks.filter(open_ended=True)] == [9]
    assert plan.tasks.get(number=50).first_line == 64
    collective = plan.tasks.for_rows().get(number=105).assignments.get(role="participant").agency
    assert (collective.name, collective.is_collective) == ("联席会议成员单位", True)


def test_plan_of_two_years_is_due_at_the_end_of_the_last(register):
    text = plan_text("推进修改。（商务部负责）", title="2021—2022年知识产权强国建设推进计划")

    plan = import_text(text)

    assert (plan.first_year, plan.last_year, plan.due_on) == (2021, 2022, date(2022, 12, 31))


# --- again ------------------------------------------------------------------------------------------


def test_second_run_writes_nothing(plan_2024):
    import_text(PLAN_2023.read_text())
    before = dump()

    for path in (PLAN_2023, PLAN_2024):
        assert preview(path.read_text()).changes_nothing
        import_text(path.read_text(), name="另存为.txt", at=JUNE)

    assert dump() == before


def test_planning_writes_nothing_and_costs_the_same_for_every_size(register, django_assert_num_queries):
    small = plan_text("推进修改。（商务部负责）", title="2030年推进计划")
    import_text(small)
    import_text(PLAN_2024.read_text())
    before = dump()

    # 1 of names, 1 of plans, 2 of headings, 3 of tasks with their agencies and their plan's periods.
    for text in (small, PLAN_2024.read_text()):
        plan, source = parsed(text), Source.of(text.encode(), name="计划.txt")
        with django_assert_num_queries(8):
            plan_import(plan, source=source)

    assert dump() == before


# --- a corrected file -------------------------------------------------------------------------------


def test_the_same_document_again_leaves_the_agencies_to_the_office(plan_2024, office):
    task = plan_2024.tasks.get(number=8)
    kept = task.assignments.get(role="participant").agency
    workflow.assign_task(
        task, by=office, version=task.version, lead=kept, participants=[], basis="会议纪要", at=MAY
    )
    before = dump()

    import_text(PLAN_2024.read_text(), by=office, at=JUNE)

    assert dump() == before


def test_the_same_document_again_leaves_a_granted_extension(plan_2024, office):
    task = plan_2024.tasks.get(number=96)
    lead = make_user("lead", agency=task.lead)
    asked = workflow.ask_extension(
        task, by=lead, new_due_on=date(2025, 6, 30), progress=40, reason="会期顺延", at=MAY
    )
    workflow.grant_extension(asked, by=office, at=MAY)
    before = dump()
    import_text(PLAN_2024.read_text(), by=office, at=JUNE)
    assert dump() == before


def test_slip_in_a_text_changes_that_text(plan_2024, office):
    before, stood = dump(), standing(plan_2024)
    text = corrected(PLAN_2024, ("加快修订《国防专利条例》", "加快修改《国防专利条例》"))

    import_text(text, name="更正.txt", by=office, at=JUNE)

    after = dump()
    ((task_before, task_after),) = differences(before["Task"], after["Task"])
    assert {name: task_before[name] for name in ("text", "version")} == {
        "text": "加快修订《国防专利条例》。",
        "version": 2,
    }
    assert task_after == {
        "text": "加快修改《国防专利条例》。",
        "source_text": "8.加快修改《国防专利条例》。(中央军委装备发展部、国家国防科工局负责)",
        "version": 3,
        "updated_at": JUNE,
    }
    ((_, plan_after),) = differences(before["Plan"], after["Plan"])
    assert plan_after == {
        "source_name": "更正.txt",
        "source_digest": Source.of(text.encode(), name="").digest,
    }
    events = after["Event"][len(before["Event"]) :]
    assert [(event["kind"], event["by_id"], event["at"]) for event in events] == [
        ("plan.corrected", office.pk, JUNE),
        ("task.corrected", office.pk, JUNE),
    ]
    assert events[1]["before"]["text"] == "加快修订《国防专利条例》。"
    assert events[1]["after"]["text"] == "加快修改《国防专利条例》。"
    searched = [row["folded"] for row in after["TaskSearch"] if row not in before["TaskSearch"]]
    assert searched == ["加快修改《国防专利条例》。"]
    untouched = before.keys() - {"Task", "TaskSearch", "Plan", "Event"}
    assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}
    stood["加快修改《国防专利条例》。"] = stood.pop("加快修订《国防专利条例》。")
    assert standing(plan_2024) == stood


def test_added_agency_changes_the_agencies_of_that_task(plan_2024):
    before, stood = dump(), standing(plan_2024)
    text = corrected(PLAN_2024, ("装备发展部、国家国防科工局负责", "装备发展部、国家国防科工局、公安部负责"))

    import_text(text, at=JUNE)

    task = plan_2024.tasks.for_rows().get(number=8)
    assert [(each.agency.name, each.role, each.position) for each in task.assignments.all()] == [
        ("中央军委装备发展部", "lead", 1),
        ("国家国防科工局", "participant", 2),
        ("公安部", "participant", 3),
    ]
    assert standing(plan_2024) == stood
    event = task.events.get(kind=EventKind.TASK_CORRECTED)
    assert event.before["agencies"] == ["中央军委装备发展部（牵头）", "国家国防科工局（参与）"]
    assert event.after["agencies"] == [
        "中央军委装备发展部（牵头）",
        "国家国防科工局（参与）",
        "公安部（参与）",
    ]
    others = [row for row in before["Assignment"] if row["task_id"] != task.pk]
    assert [row for row in dump()["Assignment"] if row["task_id"] != task.pk] == others
    ((_, changed),) = differences(before["Task"], dump()["Task"])
    assert changed.keys() == {"responsibility", "source_text", "version", "updated_at"}


def test_inserted_task_shifts_numbers_and_every_status_stays_with_its_text(plan_2024):
    stood, events = standing(plan_2024), Event.objects.count()

    import_text(with_task_after(PLAN_2024, 8, NEW_TASK), at=JUNE)

    assert list(plan_2024.tasks.values_list("number", flat=True)) == list(range(1, 112))
    now = standing(plan_2024)
    new = Task.objects.get(number=9)
    assert (new.text, new.status, [each.agency.name for each in new.assignments.order_by("position")]) == (
        "开展知识产权领域立法后评估。",
        "not_started",
        ["司法部", "国家知识产权局"],
    )
    del now[new.text]
    assert now == stood
    assert Task.objects.get(number=11).status == Status.DELAYED
    # The plan, the new task, and the tasks 9 to 110 that moved on by one.
    assert Event.objects.count() == events + 1 + 1 + 102
    moved = Task.objects.get(number=111).events.get(kind=EventKind.TASK_CORRECTED)
    assert (moved.before["number"], moved.after["number"]) == (110, 111)
    # Tasks 1 to 7 stand in their lines as before, and nothing happened to them.
    assert set(Task.objects.filter(number__lte=8).values_list("version", flat=True)) == {1, 2}


def test_reversed_numbers_are_exchanged(register):
    tasks = [f"推进第{word}项立法。（商务部负责）" for word in "甲乙丙丁戊"]
    plan = import_text(plan_text(*tasks))
    pks = list(plan.tasks.order_by("number").values_list("pk", flat=True))

    import_text(plan_text(*reversed(tasks)))

    assert list(plan.tasks.order_by("number").values_list("pk", flat=True)) == pks[::-1]
    assert list(plan.tasks.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def test_removed_task_is_refused(plan_2024):
    before = dump()

    with pytest.raises(Refused, match=r"^计划中有需处理的错误，没有写入"):
        import_text(without_task(PLAN_2024, 9))

    (finding,) = preview(without_task(PLAN_2024, 9)).findings
    assert finding.message.startswith("文件中没有库里的第 9 项“推进《知识产权领域中央与地方")
    assert dump() == before


def test_headings_are_retitled_added_and_removed(register):
    first = "\n".join(
        [
            "2024年知识产权强国建设推进计划",
            "一、完善制度",
            "（一）完善法律",
            "1.推进商标法修改。（国家知识产权局负责）",
            "（二）完善政策",
            "2.制定出台指导意见。（中央宣传部负责）",
            "二、强化保护",
            "3.深化审判机制改革。（最高人民法院负责）",
        ]
    )
    second = "\n".join(
        [
            "2024年知识产权强国建设推进计划",
            "一、完善知识产权制度",
            "1.推进商标法修改。（国家知识产权局负责）",
            "2.制定出台指导意见。（中央宣传部负责）",
            "3.深化审判机制改革。（最高人民法院负责）",
        ]
    )
    plan = import_text(first)
    chapter = plan.chapters.get(number=1)
    stood = standing(plan)

    import_text(second, at=JUNE)

    assert list(Chapter.objects.values_list("pk", "number", "title")) == [(chapter.pk, 1, "完善知识产权制度")]
    assert list(Section.objects.values_list("chapter", "number", "title")) == [(chapter.pk, None, "")]
    assert standing(plan) == stood
    correction = plan.events.get(kind=EventKind.PLAN_CORRECTED)
    assert (correction.before["headings"], correction.after["headings"]) == (
        ["一、完善制度", "（一）完善法律", "（二）完善政策", "二、强化保护"],
        ["一、完善知识产权制度"],
    )
    moved = plan.tasks.get(number=3).events.get(kind=EventKind.TASK_CORRECTED)
    assert (moved.before["section"], moved.after["section"]) == ("二、强化保护", "一、完善知识产权制度")

    import_text(first)

    assert list(Section.objects.order_by("chapter__number", "number").values_list("number", "title")) == [
        (1, "完善法律"),
        (2, "完善政策"),
        (None, ""),
    ]
    assert standing(plan) == stood


def test_facts_of_the_plan_are_corrected_and_its_due_date_stays(plan_2024):
    Plan.objects.update(due_on=date(2025, 3, 31))
    text = corrected(PLAN_2024, ("国知联办〔2024〕6号", "国知联办〔2024〕7号"))

    import_text(text, at=JUNE)

    plan = Plan.objects.get()
    assert (plan.document_number, plan.due_on) == ("国知联办〔2024〕7号", date(2025, 3, 31))
    event = plan.events.get(kind=EventKind.PLAN_CORRECTED)
    assert (event.before["document_number"], event.after["document_number"]) == (
        "国知联办〔2024〕6号",
        "国知联办〔2024〕7号",
    )
    assert not plan.events.filter(kind=EventKind.TASK_CORRECTED).exists()


def test_years_put_right_take_the_due_date_along(plan_2024):
    plan = parsed(PLAN_2024.read_text())
    source = Source("计划.txt", "0" * 64, years_stated=True)

    apply_import(plan_import(replace(plan, years=(2024, 2025)), source=source), by=None, at=JUNE)

    stands = Plan.objects.get()
    assert (stands.period, stands.due_on) == ("2024—2025 年度", date(2025, 12, 31))
    event = stands.events.get(kind=EventKind.PLAN_CORRECTED)
    assert (event.before["due_on"], event.after["due_on"]) == ("2024-12-31", "2025-12-31")
    assert not stands.events.filter(kind=EventKind.TASK_CORRECTED).exists()


def test_old_number_in_a_plan_of_another_year_is_refused(plan_2024):
    before = dump()
    slip = PLAN_2024.read_text().replace("2024年知识", "2027年知识").replace("2024年度", "2027年度")

    with pytest.raises(Refused, match=r"^计划中有需处理的错误，没有写入"):
        import_text(slip)

    assert dump() == before


def test_lines_are_brought_up_to_date_together_with_a_correction(plan_2024):
    shifted = "\n" + corrected(PLAN_2024, ("加快修订《国防专利条例》", "加快修改《国防专利条例》"))
    versions = dict(plan_2024.tasks.values_list("number", "version"))

    import_text(shifted)

    assert plan_2024.tasks.get(number=1).first_line == 11
    versions[8] += 1
    assert dict(plan_2024.tasks.values_list("number", "version")) == versions


# --- agencies ---------------------------------------------------------------------------------------


def test_alias_is_resolved_and_the_written_name_kept(register):
    import_text(plan_text("推进修改。（工信部、发改委负责）"))

    assert list(Assignment.objects.values_list("agency__name", "named_as", "basis")) == [
        ("工业和信息化部", "工信部", "order"),
        ("国家发展改革委", "发改委", "order"),
    ]


def test_one_agency_under_two_names_is_assigned_once(register):
    plan = import_text(plan_text("推进修改。（工业和信息化部牵头，商务部、工信部配合）"))

    assert list(plan.tasks.get().assignments.values_list("agency__name", "role", "position", "basis")) == [
        ("工业和信息化部", "lead", 1, "text"),
        ("商务部", "participant", 2, "text"),
    ]


def test_unknown_agencies_are_refused(register):
    text = corrected(PLAN_2024, ("(国家邮政局负责)", "(国家邮证局负责)"))
    before = dump()

    with pytest.raises(UnknownAgencies) as refusal:
        import_text(text)

    assert str(refusal.value) == ("登记册中没有这些单位：“国家邮证局”，没有写入，请先登记为别名或新单位")
    (unknown,) = preview(text).unknown
    assert (unknown.name, [(each.task, each.line) for each in unknown.mentions]) == ("国家邮证局", [(43, 57)])
    assert unknown.nearest[0] == "国家邮政局"
    assert dump() == before


def test_unknown_agencies_are_registered_on_demand(register):
    last = Agency.objects.order_by("position").last()

    plan = import_text(plan_text("推进修改。（交通运输部、商务部负责）"), register_unknown=True)

    agency = Agency.objects.get(name="交通运输部")
    assert (agency.position, agency.is_collective, agency.code) == (last.position + 1, False, "")
    assert plan.tasks.get().lead == agency


def test_alias_added_after_the_preview_asks_for_a_new_preview(register):
    previewed = preview(plan_text("推进修改。（商务部门负责）"))
    AgencyAlias.objects.create(agency=Agency.objects.get(name="商务部"), name="商务部门")

    with pytest.raises(Refused, match=r"^预览之后登记册或计划有了变化"):
        apply_import(previewed, by=None, register_unknown=True)

    assert not Plan.objects.exists()


def test_agency_deleted_after_the_preview_is_not_registered_again(register):
    previewed = preview(plan_text("推进修改。（商务部负责）"))
    Agency.objects.get(name="商务部").delete()

    with pytest.raises(UnknownAgencies):
        apply_import(previewed, by=None)

    assert not Plan.objects.exists()


# --- all or nothing, and two at once ----------------------------------------------------------------


class PowerCut:
    """Counts the rows' statements and ends the world after so many."""

    def __init__(self, survived: float = float("inf")):
        self.left, self.written = survived, 0

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            if self.written == self.left:
                raise RuntimeError("power cut")
            self.written += 1
        return execute(sql, params, many, context)


def test_failure_in_the_middle_leaves_nothing(plan_2024):
    before = dump()
    text = with_task_after(PLAN_2024, 8, NEW_TASK.replace("司法部", "交通运输部"))
    previewed = preview(text.replace("六、深度参与全球知识产权治理\n", "六、参与全球治理\n"))
    rehearsal = PowerCut()
    with transaction.atomic(), connection.execute_wrapper(rehearsal):
        apply_import(previewed, by=None, register_unknown=True)
        transaction.set_rollback(True)
    assert rehearsal.written > 200

    for survived in (0, 1, 2, 3, 4, 5, 50, rehearsal.written // 2, rehearsal.written - 1):
        cut = connection.execute_wrapper(PowerCut(survived))
        with pytest.raises(RuntimeError, match="power cut"), cut:
            apply_import(previewed, by=None, register_unknown=True)
        assert dump() == before

    apply_import(previewed, by=None, register_unknown=True)
    assert Task.objects.count() == 111


def test_reader_may_not_import(register, leader):
    previewed = preview(PLAN_2024.read_text())
    before = dump()

    with pytest.raises(PermissionDenied):
        apply_import(previewed, by=leader)

    assert dump() == before


def test_status_set_after_the_preview_does_not_stand_in_the_way(plan_2024, office):
    previewed = preview(corrected(PLAN_2024, ("加快修订《国防专利条例》", "加快修改《国防专利条例》")))
    task = plan_2024.tasks.get(number=8)
    workflow.set_status(task, by=office, status=Status.COMPLETED, version=task.version, at=JUNE)

    apply_import(previewed, by=office)

    task.refresh_from_db()
    assert (task.status, task.text) == (Status.COMPLETED, "加快修改《国防专利条例》。")


def test_correction_after_the_preview_asks_for_a_new_preview(plan_2024):
    first = preview(corrected(PLAN_2024, ("加快修订《国防专利条例》", "加快修改《国防专利条例》")))
    second = preview(corrected(PLAN_2024, ("加快修订《国防专利条例》", "研究修订《国防专利条例》")))
    apply_import(first, by=None)
    before = dump()

    with pytest.raises(Refused, match=r"^预览之后登记册或计划有了变化，没有写入，请重新预览后再确认$"):
        apply_import(second, by=None)

    assert dump() == before
    again = apply_import(first, by=None)  # the same once more: there is nothing left to do
    assert (again.plan, again.wrote) == (Plan.objects.get(), False)
    assert dump() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("title", ["2024年知识产权强国建设推进计划", "2024年知识产权强国推进计划"])
def test_two_first_imports_at_once_make_one_plan(title):
    load_register()
    text = PLAN_2024.read_text()
    plans = [preview(text), preview(text.replace("2024年知识产权强国建设推进计划", title))]
    starting, outcomes = threading.Barrier(2), []

    def import_it(import_plan):
        try:
            starting.wait()
            outcomes.append(apply_import(import_plan, by=None).plan.pk)
        except Refused as refusal:
            outcomes.append(str(refusal)[:6])
        finally:
            connection.close()

    threads = [threading.Thread(target=import_it, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    plan = Plan.objects.get()
    assert (plan.tasks.count(), Assignment.objects.count(), Event.objects.count()) == (110, 230, 111)
    same = plans[0].digest == plans[1].digest
    assert sorted(outcomes, key=str) == ([plan.pk, plan.pk] if same else [plan.pk, "预览之后登记"])


@pytest.mark.django_db(transaction=True)
def test_import_waits_for_an_edit_that_has_its_tasks():
    load_register()
    plan = import_text(PLAN_2024.read_text())
    inserted = with_task_after(PLAN_2024, 8, NEW_TASK)
    # A new title locks the plan's row against the event that the edit is about to write.
    renamed = inserted.replace("2024年知识产权强国建设推进计划", "2024年知识产权强国推进计划")
    previewed = preview(renamed)
    editing, outcomes = threading.Event(), []

    def slow_event(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "tasks_event"') and not editing.is_set():
            editing.set()
            time.sleep(0.5)
        return execute(sql, params, many, context)

    def edit():
        with connection.execute_wrapper(slow_event):
            versions = list(plan.tasks.values_list("pk", "version"))
            workflow.set_statuses(versions, by=None, status=Status.IN_PROGRESS, progress=30)

    def import_it():
        editing.wait()
        apply_import(previewed, by=None)

    def run(work):
        try:
            work()
        except Exception as error:
            outcomes.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in (edit, import_it)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes == []
    assert Plan.objects.get().title == "2024年知识产权强国推进计划"
    assert list(plan.tasks.values_list("number", flat=True)) == list(range(1, 112))
    assert list(plan.tasks.exclude(number=9).values_list("status", "progress").distinct().order_by()) == [
        ("in_progress", 30)
    ]
    assert Event.objects.filter(kind=EventKind.TASK_STATUS).count() == 110


def test_limits_are_those_of_the_columns():
    for name, longest in reconcile.LONGEST.items():
        assert Plan._meta.get_field(name).max_length == longest
    assert {Chapter._meta.get_field("title").max_length, Section._meta.get_field("title").max_length} == {
        reconcile.LONGEST_HEADING
    }
    assert Agency._meta.get_field("name").max_length == reconcile.LONGEST_NAME
    assert Assignment._meta.get_field("named_as").max_length >= reconcile.LONGEST_NAME
    assert AgencyAlias._meta.get_field("name").max_length >= reconcile.LONGEST_NAME
