"""操作记录: what the feed says of a correction, in the words of whoever reads it."""

from datetime import date

import pytest

from tasks import workflow
from tasks.models import Basis, Duty, EventKind, Task
from tests.factories import make_agency, make_section, make_task
from tests.tasks.pages import words


@pytest.fixture
def long_task(section, lead) -> Task:
    return make_task(section, [lead.agency], number=9, text="加快修订《国防专利条例》。")


def corrected(task: Task, *, names=None, **facts):
    namings = names and [workflow.Naming(agency, role, Basis.ORDER, agency.name) for agency, role in names]
    workflow.correct_task(task, by=None, facts=facts, namings=namings)
    return task.events.get(kind=EventKind.TASK_CORRECTED)


def test_correction_says_which_fields_changed_and_how(long_task, plan, lead, participant):
    other = make_section(plan, chapter=2, number=1)
    event = corrected(
        long_task,
        number=10,
        section=other,
        duty=Duty.BY_DUTY,
        due_on=date(2024, 6, 30),
        open_ended=True,
        responsibility="农业农村部等部门按职责分工负责",
        text="修订《国防专利条例》。",
        first_line=7,
        last_line=7,
        source_text="10.修订",
        names=[(participant.agency, "lead"), (lead.agency, "participant")],
    )

    assert event.sentence == (
        "更正任务：序号 9 → 10，章节由“一、第1章标题（一）第1节标题”改为“二、第2章标题（一）第1节标题”，"
        "责任单位由“国家知识产权局（牵头）”改为“农业农村部（牵头）、国家知识产权局（参与）”，"
        "负责方式由“共同负责”改为“按职责分工负责”，时限由“未写明”改为“2024-06-30”，增加“等部门”，"
        "修改任务全文，修改责任条款"
    )


def test_correction_back_says_so(long_task):
    Task.objects.filter(pk=long_task.pk).update(open_ended=True, due_on=date(2024, 6, 30))

    assert corrected(long_task, open_ended=False, due_on=None).sentence == (
        "更正任务：时限由“2024-06-30”改为“未写明”，去掉“等部门”"
    )


def test_same_agencies_for_another_reason_are_not_told_as_a_change(long_task, lead):
    assert corrected(long_task, names=[(lead.agency, "lead")]).sentence == (
        "更正任务：责任单位的依据或写法有变"
    )


def test_correction_of_nothing_that_people_read_is_named_only(long_task):
    assert corrected(long_task, first_line=3, last_line=3).sentence == "更正任务"


def test_an_agency_reads_the_text_before_and_after_in_its_own_feed(client_of, long_task, lead):
    corrected(long_task, text="抓紧修订《国防专利条例》<b>。")

    shown = words(client_of(lead).get(long_task.get_absolute_url()))

    assert "系统 更正任务：修改任务全文" in shown
    assert (
        "任务全文修改前后 修改前： 加快修订《国防专利条例》。 修改后： 抓紧修订《国防专利条例》&lt;b&gt;。"
        in shown
    )


def test_who_is_taken_off_a_task_does_not_read_of_it(client_of, long_task, lead):
    event = corrected(long_task, names=[(make_agency("商务部"), "lead")])

    assert "商务部（牵头）" in event.sentence
    assert client_of(lead).get(long_task.get_absolute_url()).status_code == 404
