"""签收: signing for one task or for all, and saying that one is not the agency's."""

import pytest

from tasks import workflow
from tasks.models import Event, EventKind, Notice, Receipt, ReceiptState
from tests.database import database
from tests.factories import make_periods, make_task
from tests.tasks.pages import words

HTMX = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def tasks(task, section, lead, participant, plan):
    make_periods(plan)
    return [
        task,
        make_task(section, [lead.agency], number=2),
        make_task(section, [participant.agency], number=3),
    ]


def _signed() -> set:
    return set(Receipt.objects.signed().values_list("task__number", "agency__name"))


def test_what_waits_is_listed_and_signed_together(client_of, tasks, lead):
    client = client_of(lead)
    shown = client.get("/my/receipts/")
    assert [row.task.number for row in shown.context["rows"]] == [1, 2]
    answer = client.post("/my/receipts/", {"task": [task.pk for task in tasks[:2]]}, follow=True)
    assert "已签收 2 项任务。" in words(answer)
    assert "没有待签收的任务" in words(answer)
    assert _signed() == {(1, "国家知识产权局"), (2, "国家知识产权局")}
    assert Event.objects.filter(kind=EventKind.TASK_RECEIVED).count() == 2


def test_signing_again_changes_nothing(client_of, tasks, lead):
    client = client_of(lead)
    client.post("/my/receipts/", {"task": tasks[0].pk})
    once = database()
    answer = client.post("/my/receipts/", {"task": tasks[0].pk, "next": "/my/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my/")
    assert database() == once


@pytest.mark.parametrize("keys", [[], ["x"], ["98765"], ["third"], ["first", "third"], ["9" * 30]])
def test_what_is_not_the_agency_s_to_sign_is_told(keys, client_of, tasks, lead):
    named = {"first": tasks[0].pk, "third": tasks[2].pk}
    client = client_of(lead)
    before = database()
    answer = client.post("/my/receipts/", {"task": [named.get(key, key) for key in keys]}, follow=True)
    shown = words(answer)
    assert ("请先勾选" in shown) != ("没有签收，请重新勾选" in shown)
    assert database() == before


def test_receipts_are_for_agencies(client_of, tasks, office, leader, outsider):
    assert [client_of(person).get("/my/receipts/").status_code for person in (office, leader)] == [403, 403]
    assert [client_of(person).post("/my/receipts/").status_code for person in (office, leader)] == [403, 403]
    assert "没有待签收的任务" in words(client_of(outsider).get("/my/receipts/"))


def test_a_plan_without_periods_asks_for_no_signature(client_of, task, lead):
    assert client_of(lead).get("/my/receipts/").context["rows"] == []


# --- 责任不符 -----------------------------------------------------------------------------------------


def test_an_objection_goes_to_the_office_with_its_reason(client_of, tasks, participant, office):
    address = f"/tasks/{tasks[0].pk}/dispute/"
    client = client_of(participant)
    assert "第 1 项 · 反映责任不符" in words(client.get(address))
    answer = client.post(address, {"reason": " 该事项职责已划转。 "})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my/")
    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.reason, receipt.by) == (
        ReceiptState.DISPUTED,
        "该事项职责已划转。",
        participant,
    )
    assert Notice.objects.get().user == office
    once = database()
    client.post(address, {"reason": "该事项职责已划转。"})
    assert {table for table, rows in database().items() if rows != once[table]} == set()
    # It still waits for a signature, and is not ticked beforehand.
    shown = client.get("/my/receipts/")
    assert "已于" in words(shown)
    ticked = [f'value="{task.pk}" checked' in shown.content.decode() for task in (tasks[0], tasks[2])]
    assert ticked == [False, True]


def test_an_objection_without_a_reason_is_asked_again(client_of, tasks, participant):
    client = client_of(participant)
    for reason, words_of_it in (("", "请写明责任不符的理由"), ("长" * 1001, "理由最多 1000 字")):
        answer = client.post(f"/tasks/{tasks[0].pk}/dispute/", {"reason": reason}, headers=HTMX)
        assert (answer.status_code, words_of_it in words(answer)) == (200, True)
        assert "<html" not in answer.content.decode()
    assert not Receipt.objects.exists()


def test_an_answered_objection_shows_the_answer(client_of, tasks, participant, office):
    receipt = workflow.dispute_task(tasks[0], by=participant, reason="职责已划转")
    workflow.answer_dispute(receipt, by=office, answer="按会议纪要仍由你单位承担。")
    client = client_of(participant)
    assert "按会议纪要仍由你单位承担。" in words(client.get("/my/receipts/"))
    assert "按会议纪要仍由你单位承担。" in words(client.get(f"/tasks/{tasks[0].pk}/dispute/"))


def test_from_the_dialog_the_page_below_is_made_anew(client_of, tasks, participant):
    answer = client_of(participant).post(
        f"/tasks/{tasks[0].pk}/dispute/", {"reason": "职责已划转"}, headers=HTMX
    )
    assert answer.headers["HX-Refresh"] == "true"
