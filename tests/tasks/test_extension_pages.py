"""延期: the lead asks for a later day and may take it back; others cannot."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tasks import workflow
from tasks.models import Extension, ExtensionState, Notice
from tests.database import database
from tests.factories import make_periods
from tests.tasks.pages import words

HTMX = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def day() -> date:
    return timezone.localdate() + timedelta(10)


@pytest.fixture
def address(task, day) -> str:
    task.due_on = day
    task.save()
    return f"/tasks/{task.pk}/extension/"


@pytest.fixture
def asked(day) -> dict:
    return {"new_due_on": str(day + timedelta(60)), "progress": "40", "reason": "试点需要延长一个周期。"}


def test_asking_goes_to_the_office_and_the_day_stays(client_of, address, asked, day, task, lead, office):
    client = client_of(lead)
    assert f"现在的计划节点是 {day}" in words(client.get(address))
    answer = client.post(address, asked)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my/")
    extension = Extension.objects.get()
    assert (extension.old_due_on, extension.new_due_on, extension.progress, extension.asked_by) == (
        day,
        day + timedelta(60),
        40,
        lead,
    )
    task.refresh_from_db()
    assert (task.due_on, Notice.objects.get().user) == (day, office)


def test_a_request_that_waits_is_shown_and_not_asked_twice(client_of, address, asked, lead):
    client = client_of(lead)
    client.post(address, asked)
    once = database()
    answer = client.post(address, asked)
    assert "已有一份延期申请待批" in words(answer)
    assert database() == once
    shown = client.get(address)
    assert "试点需要延长一个周期。" in words(shown)
    assert 'name="new_due_on"' not in shown.content.decode()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"new_due_on": ""}, "请选择申请的日期"),
        ({"new_due_on": "明年"}, "日期须写成"),
        ({"new_due_on": "2020-01-01"}, "须晚于现在的计划节点"),
        ({"progress": "101"}, "进度须在 0 至 100 之间"),
        ({"progress": ""}, "请填写目前进度"),
        ({"reason": " "}, "请写明延期的理由"),
        ({"reason": "长" * 1001}, "理由最多 1000 字"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(wrong, told, client_of, address, asked, lead):
    answer = client_of(lead).post(address, asked | wrong, headers=HTMX)
    assert (answer.status_code, told in words(answer)) == (200, True)
    for value in (asked | wrong).values():
        assert value.strip() in answer.content.decode()
    assert not Extension.objects.exists()


def test_after_the_day_nothing_is_put_off(client_of, task, asked, lead):
    address = f"/tasks/{task.pk}/extension/"  # due at the end of 2024
    for answer in (client_of(lead).get(address), client_of(lead).post(address, asked)):
        assert "已过计划节点" in words(answer)
        assert 'name="new_due_on"' not in answer.content.decode()
    assert not Extension.objects.exists()


def test_only_the_lead_asks(client_of, address, asked, participant, office, leader, outsider):
    got = {
        person.username: (
            client_of(person).get(address).status_code,
            client_of(person).post(address, asked).status_code,
        )
        for person in (participant, office, leader, outsider)
    }
    assert got == {
        "mara": (403, 403),
        "office": (403, 403),
        "leader": (403, 403),
        "mofcom": (404, 404),
    }
    assert not Extension.objects.exists()


def test_taking_it_back(client_of, address, asked, lead, participant, office, outsider):
    client_of(lead).post(address, asked)
    back = f"/extensions/{Extension.objects.get().pk}/withdrawal/"
    others = [client_of(person).post(back).status_code for person in (participant, office, outsider)]
    assert others == [403, 403, 404]
    assert client_of(lead).get(back).status_code == 405
    answer = client_of(lead).post(back, follow=True)
    assert answer.redirect_chain == [(address, 302)]
    assert Extension.objects.get().state == ExtensionState.WITHDRAWN
    shown = words(answer)
    assert "延期申请已撤回。" in shown
    assert "已撤回" in shown  # among those before
    again = client_of(lead).post(back, follow=True)
    assert "不能撤回" in words(again)


def test_desk_offers_it_and_tells_that_it_waits(client_of, address, asked, plan, lead, participant):
    make_periods(plan)
    assert "申请延期" in words(client_of(lead).get("/my/"))
    assert "申请延期" not in words(client_of(participant).get("/my/"))
    client_of(lead).post(address, asked)
    shown = words(client_of(lead).get("/my/"))
    assert "延期待批，" in shown
    assert "申请延期" not in shown.replace("提交延期申请", "").split("最近动态")[0]


def test_the_tasks_page_offers_it_as_long_as_it_may_be_asked(
    client_of, address, asked, task, lead, participant, office
):
    task.due_on = timezone.localdate() + timedelta(200)  # too far off for the desk to speak of it
    task.save()
    page = task.get_absolute_url()
    way = f'{address}?next={page}">'

    def offered(person) -> str:
        html = client_of(person).get(page).content.decode()
        return html.partition(way)[2].partition("<")[0]

    assert [offered(person) for person in (lead, participant, office)] == ["申请延期", "", ""]
    client_of(lead).post(address, asked | {"new_due_on": str(task.due_on + timedelta(60))})
    assert offered(lead) == "延期待批"
    workflow.refuse_extension(Extension.objects.get(), by=office, decision="请按原计划完成。")
    task.due_on = timezone.localdate() - timedelta(1)
    task.save()
    assert offered(lead) == ""


def test_past_answers_are_kept_in_sight(client_of, address, asked, day, task, lead, office):
    extension = workflow.ask_extension(
        task, by=lead, new_due_on=day + timedelta(30), progress=40, reason="延长试点"
    )
    workflow.refuse_extension(extension, by=office, decision="请按原计划完成。")
    shown = words(client_of(lead).get(address))
    assert "不同意延期（请按原计划完成。）" in shown
