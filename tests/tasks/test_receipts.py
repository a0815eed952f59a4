"""签收: agencies take note of their tasks or object, the office answers or gives the task to others."""

from django.core.exceptions import PermissionDenied

from tasks import workflow
from tasks.models import Event, Notice, Receipt, ReceiptState, Task
from tests.database import database, refused_and_unchanged
from tests.factories import LONG_AGO, make_agency, make_periods, make_report, make_task, make_user


def told(kind: str) -> list[tuple]:
    events = Event.objects.filter(kind=kind).select_related("by", "agency").order_by("pk")
    return [(event.by.username, event.agency and event.agency.name, event.sentence) for event in events]


def noticed(kind: str) -> list[str]:
    notices = Notice.objects.filter(event__kind=kind).order_by("user__username")
    return list(notices.values_list("user__username", flat=True))


def state_of(task: Task, person) -> str | None:
    return task.receipts.filter(agency=person.agency).values_list("state", flat=True).first()


# --- signing -----------------------------------------------------------------------------------------


def test_an_agency_signs_for_many_tasks_at_once(section, lead, participant, office):
    tasks = [make_task(section, [lead.agency, participant.agency]) for _ in range(2)]

    receipts = workflow.receive_tasks([task.pk for task in tasks], by=lead, at=LONG_AGO)

    assert [(one.task, one.agency, one.state, one.by, one.at) for one in receipts] == [
        (task, lead.agency, "received", lead, LONG_AGO) for task in tasks
    ]
    assert told("task.received") == [("cnipa", "国家知识产权局", "签收任务")] * 2
    assert not Notice.objects.exists()
    assert {task.version for task in Task.objects.all()} == {1}


def test_signing_twice_is_signing_once(task, lead):
    workflow.receive_tasks([task.pk], by=lead)
    before = database()
    assert workflow.receive_tasks([task.pk], by=lead) == []
    assert database() == before


def test_all_are_signed_for_or_none(section, task, lead, outsider):
    theirs = make_task(section, [outsider.agency], number=2)
    refused_and_unchanged(
        workflow.Refused,
        lambda: workflow.receive_tasks([task.pk, theirs.pk], by=lead),
        "不由本单位承担",
    )


def test_only_the_agency_itself_signs(task, lead, participant, outsider, office, leader):
    for person in (participant, office, leader):
        refused_and_unchanged(
            PermissionDenied, lambda p=person: workflow.receive_tasks([task.pk], by=p, agency=lead.agency)
        )
    refused_and_unchanged(PermissionDenied, lambda: workflow.receive_tasks([task.pk], by=office))
    refused_and_unchanged(workflow.Refused, lambda: workflow.receive_tasks([task.pk], by=outsider))


# --- objecting ---------------------------------------------------------------------------------------


def test_an_objection_says_why_and_the_office_hears_of_it(task, participant, lead, office):
    make_user("office2", "office")

    receipt = workflow.dispute_task(task, by=participant, reason="  不涉及我部职责 ", at=LONG_AGO)

    assert (receipt.state, receipt.reason, receipt.by) == (
        ReceiptState.DISPUTED,
        "不涉及我部职责",
        participant,
    )
    assert told("task.disputed") == [("mara", "农业农村部", "反映责任不符")]
    assert Event.objects.get(kind="task.disputed").reason == "不涉及我部职责"
    assert noticed("task.disputed") == ["office", "office2"]


def test_an_objection_is_refused_without_a_reason_or_a_part_in_the_task(task, participant, outsider, office):
    refused_and_unchanged(
        workflow.Refused, lambda: workflow.dispute_task(task, by=participant, reason=" "), "请写明"
    )
    refused_and_unchanged(
        workflow.Refused, lambda: workflow.dispute_task(task, by=outsider, reason="无关"), "不由本单位承担"
    )
    refused_and_unchanged(PermissionDenied, lambda: workflow.dispute_task(task, by=office, reason="无关"))


def test_the_same_objection_twice_is_one_and_another_wording_is_new(task, participant, office):
    workflow.dispute_task(task, by=participant, reason="无关")
    before = database()
    workflow.dispute_task(task, by=participant, reason="无关 ")
    assert database() == before
    workflow.dispute_task(task, by=participant, reason="职责已划转")
    assert (Receipt.objects.get().reason, len(told("task.disputed"))) == ("职责已划转", 2)


def test_an_agency_takes_its_objection_back_by_signing(task, participant):
    workflow.dispute_task(task, by=participant, reason="无关")
    workflow.receive_tasks([task.pk], by=participant)
    assert state_of(task, participant) == ReceiptState.RECEIVED


def test_the_office_answers_and_the_agency_signs_for_what_stands(task, participant, lead, office):
    receipt = workflow.dispute_task(task, by=participant, reason="无关")

    answered = workflow.answer_dispute(receipt, by=office, answer=" 仍由你部参与 ", at=LONG_AGO)

    assert (answered.state, answered.answer, answered.answered_by, answered.answered_at) == (
        ReceiptState.ANSWERED,
        "仍由你部参与",
        office,
        LONG_AGO,
    )
    assert told("task.answered") == [("office", "农业农村部", "答复农业农村部反映的责任不符")]
    assert noticed("task.answered") == ["mara"]
    workflow.receive_tasks([task.pk], by=participant)
    assert state_of(task, participant) == ReceiptState.RECEIVED


def test_an_answer_is_refused_where_there_is_nothing_to_say_or_to_answer(task, participant, lead, office):
    receipt = workflow.dispute_task(task, by=participant, reason="无关")
    refused_and_unchanged(
        workflow.Refused, lambda: workflow.answer_dispute(receipt, by=office, answer=" "), "请填写答复意见"
    )
    for person in (participant, lead):
        refused_and_unchanged(
            PermissionDenied, lambda p=person: workflow.answer_dispute(receipt, by=p, answer="维持")
        )
    workflow.answer_dispute(receipt, by=office, answer="维持")
    refused_and_unchanged(
        workflow.Refused, lambda: workflow.answer_dispute(receipt, by=office, answer="维持"), "不能答复"
    )


# --- giving it to others -----------------------------------------------------------------------------


def assign(task, by, lead, *participants, basis="会议纪要〔2024〕5号", version=None):
    return workflow.assign_task(
        task,
        by=by,
        version=version or task.version,
        lead=lead.agency,
        participants=[person.agency for person in participants],
        basis=basis,
        at=LONG_AGO,
    )


def parts(task: Task) -> list[tuple]:
    return [
        (one.agency.name, one.role, one.position, one.basis, one.named_as)
        for one in task.assignments.order_by("position").select_related("agency")
    ]


def test_the_office_gives_a_task_to_others_on_a_ground_it_names(task, lead, participant, outsider, office):
    assign(task, office, outsider, lead)

    assert parts(task) == [
        ("商务部", "lead", 1, "office", "商务部"),
        ("国家知识产权局", "participant", 2, "office", "国家知识产权局"),
    ]
    (event,) = Event.objects.filter(kind="task.assigned")
    assert (event.by, event.agency, event.reason, event.at) == (office, None, "会议纪要〔2024〕5号", LONG_AGO)
    assert event.sentence == (
        "责任单位由“国家知识产权局（牵头）、农业农村部（参与）”改为“商务部（牵头）、国家知识产权局（参与）”"
    )
    assert noticed("task.assigned") == ["cnipa", "mara", "mofcom"]
    task.refresh_from_db()
    assert task.version == 2


def test_whoever_keeps_its_part_keeps_its_receipt_in_a_list_that_is_the_office_s(
    task, lead, participant, outsider, office
):
    workflow.receive_tasks([task.pk], by=lead)
    workflow.receive_tasks([task.pk], by=participant)

    assign(task, office, lead, outsider, participant)

    assert parts(task) == [
        ("国家知识产权局", "lead", 1, "office", "国家知识产权局"),
        ("商务部", "participant", 2, "office", "商务部"),
        ("农业农村部", "participant", 3, "office", "农业农村部"),
    ]
    assert (state_of(task, lead), state_of(task, participant), state_of(task, outsider)) == (
        "received",
        "received",
        None,
    )
    assert noticed("task.assigned") == ["mofcom"]


def test_whoever_has_another_part_signs_anew_and_an_objection_has_its_answer(
    task, lead, participant, outsider, office
):
    workflow.receive_tasks([task.pk], by=participant)
    workflow.dispute_task(task, by=lead, reason="应由农业农村部牵头")

    assign(task, office, participant, lead)

    for person in (lead, participant):
        receipt = task.receipts.get(agency=person.agency)
        assert (receipt.state, receipt.answer, receipt.answered_by) == (
            ReceiptState.ANSWERED,
            "会议纪要〔2024〕5号",
            office,
        )


def test_the_same_assignment_is_no_change_even_at_an_old_version(task, lead, participant, office):
    before = database()
    assign(task, office, lead, participant, version=99, basis="")
    assert database() == before


def test_an_assignment_is_refused_without_ground_twice_stale_or_by_others(
    task, lead, participant, outsider, office
):
    refused_and_unchanged(workflow.Refused, lambda: assign(task, office, outsider, basis=" "), "依据")
    refused_and_unchanged(
        workflow.Refused, lambda: assign(task, office, outsider, lead, lead), "同一单位只能列一次"
    )
    refused_and_unchanged(
        workflow.Refused, lambda: assign(task, office, outsider, outsider), "同一单位只能列一次"
    )
    refused_and_unchanged(workflow.EditConflict, lambda: assign(task, office, outsider, version=99))
    for person in (lead, outsider):
        refused_and_unchanged(PermissionDenied, lambda p=person: assign(task, p, outsider))


def test_a_task_is_given_to_none_that_left_the_register(task, office):
    agency = workflow.register_agency("某临时机构", by=office)
    workflow.withdraw_agency(agency, by=office)
    gone = make_user("gone", agency=agency)
    refused_and_unchanged(workflow.Refused, lambda: assign(task, office, gone), "“某临时机构”的登记已撤销")


def test_reports_stay_with_whoever_wrote_them(task, lead, outsider, office, plan):
    report = make_report(task, make_periods(plan)[0], lead)
    assign(task, office, outsider)
    assert list(type(report).objects.visible_to(lead)) == [report]
    refused_and_unchanged(
        workflow.Refused,
        lambda: workflow.receive_tasks([task.pk], by=lead),
        "不由本单位承担",
    )


def test_a_collective_may_lead(task, office):
    everybody = make_agency("联席会议成员单位", is_collective=True)
    workflow.assign_task(
        task, by=office, version=task.version, lead=everybody, participants=[], basis="会议纪要", at=LONG_AGO
    )
    assert Task.objects.get(pk=task.pk).lead == everybody
