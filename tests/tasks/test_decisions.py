"""The office's answers: a later day granted or refused, an objection answered, who is responsible changed."""

from datetime import date, datetime

import pytest

from tasks import workflow
from tasks.models import Basis, Event, EventKind, Extension, ExtensionState, Receipt, ReceiptState, Task
from tests.database import database
from tests.factories import LONG_AGO, make_agency, make_user
from tests.tasks.pages import words

JULY = datetime(2024, 7, 10, 9, tzinfo=LONG_AGO.tzinfo)


@pytest.fixture
def extension(task, lead) -> Extension:
    return workflow.ask_extension(
        task, by=lead, new_due_on=date(2025, 6, 30), progress=30, reason="会期顺延", at=JULY
    )


@pytest.fixture
def receipt(task, participant) -> Receipt:
    return workflow.dispute_task(task, by=participant, reason="不属于本单位职责", at=JULY)


def fresh(row):
    return type(row)._base_manager.get(pk=row.pk)


# --- a later day -------------------------------------------------------------------------------------


def test_page_shows_both_days_and_the_progress(client_of, office, extension):
    shown = words(client_of(office).get(f"/extensions/{extension.pk}/decision/"))
    for expected in (
        "现在的计划节点 2024-12-31",
        "申请延至 2025-06-30",
        "目前进度 30%",
        "延期理由 会期顺延",
        "台账进度 未启动，0%",
    ):
        assert expected in shown


def test_granting_moves_the_day_and_goes_back(client_of, office, task, extension):
    response = client_of(office).post(
        f"/extensions/{extension.pk}/decision/", {"verdict": "grant", "words": "同意", "next": "/review/?a=b"}
    )
    assert (response.status_code, response.url) == (302, "/review/?a=b")
    assert (fresh(extension).state, fresh(extension).decision) == (ExtensionState.GRANTED, "同意")
    assert fresh(task).due_on == date(2025, 6, 30)


def test_refusing_owes_a_reason(client_of, office, task, extension):
    client = client_of(office)
    address = f"/extensions/{extension.pk}/decision/"
    before = database()
    response = client.post(address, {"verdict": "refuse", "words": " "})
    assert "不同意延期须写明理由" in words(response)
    assert database() == before
    assert client.post(address, {"verdict": "refuse", "words": "请按期完成"}).status_code == 302
    assert (fresh(extension).state, fresh(task).due_on) == (ExtensionState.REFUSED, None)


@pytest.mark.parametrize("verdict", ["", "maybe"])
def test_a_decision_is_asked_for(verdict, client_of, office, extension):
    client = client_of(office)
    before = database()
    response = client.post(f"/extensions/{extension.pk}/decision/", {"verdict": verdict, "words": "意见"})
    assert "请选择同意或不同意" in words(response)
    assert ">意见</textarea>" in response.content.decode()
    assert database() == before


def test_what_was_decided_meanwhile_is_told_and_a_double_click_is_harmless(
    client_of, office, lead, extension
):
    client = client_of(office)
    address = f"/extensions/{extension.pk}/decision/"
    client.post(address, {"verdict": "grant"})
    before = database()
    assert client.post(address, {"verdict": "grant"}).status_code == 302
    response = client.post(address, {"verdict": "refuse", "words": "请按期完成"})
    assert database() == before
    shown = words(response)
    assert "这份申请已有结果，您的批复没有提交。 您填写的内容：请按期完成" in shown
    assert "同意延期" in words(client.get(address))


def test_a_day_that_has_been_moved_beyond_is_told(client_of, office, task, extension):
    Task.objects.filter(pk=task.pk).update(due_on=date(2025, 12, 31))
    client = client_of(office)
    before = database()
    response = client.post(f"/extensions/{extension.pk}/decision/", {"verdict": "grant"})
    assert "已不早于申请的日期" in words(response)
    assert database() == before


# --- an objection ------------------------------------------------------------------------------------


def test_answering_keeps_the_clause(client_of, office, task, receipt):
    client = client_of(office)
    shown = words(client.get(f"/receipts/{receipt.pk}/answer/"))
    assert "理由 不属于本单位职责" in shown
    assert "责任单位 国家知识产权局 农业农村部" in shown
    response = client.post(f"/receipts/{receipt.pk}/answer/", {"words": "依据计划原文，维持。"})
    assert (response.status_code, response.url) == (302, task.get_absolute_url())
    assert (fresh(receipt).state, fresh(receipt).answer) == (ReceiptState.ANSWERED, "依据计划原文，维持。")


def test_an_answer_says_why(client_of, office, receipt):
    client = client_of(office)
    before = database()
    assert "请填写答复意见和依据" in words(client.post(f"/receipts/{receipt.pk}/answer/", {"words": " "}))
    assert database() == before


def test_an_objection_that_is_settled_is_told(client_of, office, participant, task, receipt):
    client = client_of(office)
    address = f"/receipts/{receipt.pk}/answer/"
    client.post(address, {"words": "维持。"})
    before = database()
    assert client.post(address, {"words": "维持。"}).status_code == 302
    assert database() == before
    workflow.receive_tasks([task.pk], by=participant)
    response = client.post(address, {"words": "再答"})
    assert "您填写的内容：再答" in words(response)


def test_changing_the_assignment_answers_whom_it_concerns(client_of, office, lead, task, receipt):
    client = client_of(office)
    back = f"/receipts/{receipt.pk}/answer/"
    response = client.post(
        f"/tasks/{task.pk}/assignments/",
        {
            "version": task.version,
            "lead": lead.agency.pk,
            "participant": "",
            "basis": "会议纪要",
            "next": back,
        },
    )
    assert (response.status_code, response.url) == (302, back)
    assert fresh(receipt).state == ReceiptState.ANSWERED
    assert "已答复，待签收 ：会议纪要" in words(client.get(back))


# --- who is responsible ------------------------------------------------------------------------------


def parts(task) -> list[tuple[str, str, str]]:
    return [
        (one.agency.name, one.role, one.basis)
        for one in task.assignments.select_related("agency").order_by("position")
    ]


def test_the_office_says_who_is_responsible(client_of, office, task, lead, participant, outsider):
    client = client_of(office)
    shown = client.get(f"/tasks/{task.pk}/assignments/")
    assert shown.context["form"].chosen_lead == str(lead.agency.pk)
    assert [line for line in shown.context["form"].lines if line] == [str(participant.agency.pk)]
    client.post(
        f"/tasks/{task.pk}/assignments/",
        {
            "version": task.version,
            "lead": participant.agency.pk,
            "participant": ["", outsider.agency.pk, lead.agency.pk, ""],
            "basis": "联席会议办公室会议纪要〔2024〕3号",
        },
    )
    assert parts(task) == [
        ("农业农村部", "lead", Basis.OFFICE),
        ("商务部", "participant", Basis.OFFICE),
        ("国家知识产权局", "participant", Basis.OFFICE),
    ]
    event = Event.objects.get(kind=EventKind.TASK_ASSIGNED)
    assert (event.by, event.reason) == (office, "联席会议办公室会议纪要〔2024〕3号")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"basis": " "}, "请写明调整责任单位的依据"),
        ({"lead": ""}, "请选择牵头单位"),
        ({"lead": "987654"}, "没有这个单位"),
        ({"participant": ["{outsider}", "{outsider}"]}, "同一单位只能列一次"),
        ({"participant": ["{outsider}", "{lead}"]}, "同一单位只能列一次"),
        ({"participant": ["987654"]}, "不是登记的单位"),
        ({"participant": ["x"]}, "不是登记的单位"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_lost(change, said, client_of, office, task, lead, outsider):
    keys = {"lead": str(lead.agency.pk), "outsider": str(outsider.agency.pk)}
    given = {
        "version": task.version,
        "lead": keys["lead"],
        "participant": [keys["outsider"]],
        "basis": "来函",
    }
    given |= {
        name: [one.format(**keys) for one in value] if isinstance(value, list) else value
        for name, value in change.items()
    }
    client = client_of(office)
    before = database()
    response = client.post(f"/tasks/{task.pk}/assignments/", given)
    assert (response.status_code, database()) == (200, before)
    assert said in words(response)
    kept = [key for key in given["participant"] if key]
    assert response.context["form"].lines[: len(kept)] == kept


def test_an_agency_that_was_taken_from_the_register_is_not_offered(client_of, office, task, outsider):
    outsider.agency.is_withdrawn = True
    outsider.agency.save()
    form = client_of(office).get(f"/tasks/{task.pk}/assignments/").context["form"]
    assert outsider.agency not in form.agencies


def test_two_people_change_it_at_once(client_of, office, task, lead, participant, outsider):
    other = make_user("office2", "office", first_name="办公室二")
    workflow.assign_task(
        task, by=other, version=task.version, lead=lead.agency, participants=[], basis="会议纪要"
    )
    client = client_of(office)
    given = {
        "version": task.version,
        "lead": lead.agency.pk,
        "participant": [participant.agency.pk, outsider.agency.pk],
        "basis": "来函",
    }
    before = database()
    response = client.post(f"/tasks/{task.pk}/assignments/", given)
    assert (response.status_code, database()) == (409, before)
    shown = words(response)
    assert "他人已先修改，您的调整尚未保存。 办公室二于" in shown
    assert "现责任单位 国家知识产权局 责任条款" in shown
    again = given | {"version": response.context["version"]}
    assert client.post(f"/tasks/{task.pk}/assignments/", again).status_code == 302
    assert [name for name, *_ in parts(task)] == ["国家知识产权局", "农业农村部", "商务部"]


def test_a_double_click_is_harmless(client_of, office, task, lead):
    client = client_of(office)
    given = {"version": task.version, "lead": lead.agency.pk, "basis": "来函"}
    client.post(f"/tasks/{task.pk}/assignments/", given)
    before = database()
    assert client.post(f"/tasks/{task.pk}/assignments/", given).status_code == 302
    assert database() == before


# --- who ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["decision", "answer", "assignments"])
def test_only_the_office_decides(
    name, client_of, leader, lead, participant, outsider, task, extension, receipt
):
    address = {
        "decision": f"/extensions/{extension.pk}/decision/",
        "answer": f"/receipts/{receipt.pk}/answer/",
        "assignments": f"/tasks/{task.pk}/assignments/",
    }[name]
    clients = [client_of(person) for person in (leader, lead, participant, outsider)]
    before = database()
    for ask in ("get", "post"):
        answers = [getattr(client, ask)(address).status_code for client in clients]
        assert answers == [403, 403, 404 if name == "decision" else 403, 404]
    assert database() == before


def test_what_waits_for_the_office(client_of, office, leader, plan, task, extension, receipt):
    other = make_agency("司法部")
    for person, has in ((office, True), (leader, False)):
        client = client_of(person)
        asked = client.get(f"/review/?plan={plan.pk}&state=extension")
        assert "2024-12-31 → 2025-06-30 ，目前进度 30%。理由：会期顺延" in words(asked)
        assert (f"/extensions/{extension.pk}/decision/" in asked.content.decode()) == has
        disputed = client.get(f"/review/?plan={plan.pk}&state=disputed")
        assert "理由：不属于本单位职责" in words(disputed)
        assert (f"/receipts/{receipt.pk}/answer/" in disputed.content.decode()) == has
        counts = {state: count for state, _, count, _ in asked.context["queue"].tabs}
        assert (counts["disputed"], counts["extension"]) == (1, 1)
    workflow.answer_dispute(receipt, by=office, answer="维持")
    workflow.refuse_extension(extension, by=office, decision="请按期完成")
    assert "没有待批的延期申请" in words(client.get(f"/review/?plan={plan.pk}&state=extension"))
    assert "没有待答复的责任不符" in words(client.get(f"/review/?plan={plan.pk}&state=disputed"))
    assert other.name not in words(disputed)
