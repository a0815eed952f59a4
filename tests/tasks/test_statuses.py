"""Setting many statuses at once from ticked rows: all of them change, or none."""

import re

import pytest
from django.test import Client

from agencies.models import Role
from tasks import workflow
from tasks.models import Event, Status, Task
from tests.database import database
from tests.factories import make_section, make_task, make_user
from tests.tasks.pages import words

URL = "/tasks/statuses/"


@pytest.fixture
def ticked(section) -> list[Task]:
    """第 1 项 未启动, 第 2 项 推进中 40 %, 第 3 项 已完成."""
    return [
        make_task(section, number=1),
        make_task(section, number=2, status=Status.IN_PROGRESS, progress=40),
        make_task(section, number=3, status=Status.COMPLETED),
    ]


def _picks(tasks) -> list[str]:
    return [f"{task.pk}:{task.version}" for task in tasks]


def _asked(tasks, status="continuing", reason="年终核定", **fields) -> dict:
    return {"task": _picks(tasks), "status": status, "reason": reason} | fields


def _stand(tasks) -> list[tuple]:
    rows = Task.objects.in_bulk([task.pk for task in tasks])
    return [
        (row.status, row.progress, row.status_reason, row.version)
        for row in (rows[task.pk] for task in tasks)
    ]


def _kept(response) -> list[str]:
    return re.findall(r'name="task" value="([^"]+)"', response.content.decode())


def _errors(response) -> list[str]:
    html = response.content.decode()
    alerts = re.findall(r'<div class="pt-alert err".*?<div class="grow">(.*?)</div>', html)
    return alerts + [
        re.sub(r"<[^>]+>", "", e) for e in re.findall(r'<p class="form-error".*?>(.*?)</p>', html)
    ]


def test_all_ticked_tasks_change(client_of, office, ticked):
    response = client_of(office).post(URL, _asked(ticked, next="/tasks/?q=x"))
    assert (response.status_code, response.headers["Location"]) == (302, "/tasks/?q=x")
    assert _stand(ticked) == [
        ("continuing", 0, "年终核定", 2),
        ("continuing", 40, "年终核定", 3),
        ("continuing", 100, "年终核定", 3),
    ]
    assert Event.objects.filter(by=office, reason="年终核定").count() == 3


def test_only_ticked_tasks_change(client_of, office, ticked):
    untouched = Task.objects.values().get(pk=ticked[0].pk)
    client_of(office).post(URL, _asked(ticked[1:]))
    assert Task.objects.values().get(pk=ticked[0].pk) == untouched


def test_the_ledger_says_so(client_of, office, ticked):
    response = client_of(office).post(URL, _asked(ticked, next="https://evil.example/"), follow=True)
    assert response.redirect_chain == [(f"/tasks/?plan={Task.objects.first().plan_id}", 302)]
    assert "3 项任务已更新为“长期坚持”。" in words(response)


def test_double_click_is_one_change(client_of, office, ticked):
    client = client_of(office)
    codes = [client.post(URL, _asked(ticked)).status_code for _ in range(2)]
    assert (codes, Event.objects.filter(reason="年终核定").count()) == ([302, 302], 3)


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"status": "delayed", "reason": ""}, ["将第 1 项改为“滞后”须填写理由"]),
        ({"status": "in_progress", "reason": " "}, ["将第 3 项改为“推进中”须填写理由"]),
        ({"status": ""}, ["请选择状态。"]),
        ({"status": "done"}, ["没有这种状态，请重新选择。"]),
        ({"reason": "长" * 2001}, ["理由最多 2000 字"]),
    ],
)
def test_error_is_said_and_everything_given_stays(fields, errors, client_of, office, ticked):
    client, before = client_of(office), database()
    asked = _asked(ticked, **fields)
    response = client.post(URL, asked | {"next": "/tasks/?q=x"})
    assert (response.status_code, _errors(response), _kept(response)) == (200, errors, _picks(ticked))
    html = response.content.decode()
    assert re.findall(r'name="status" value="(\w+)" checked', html) == [
        s for s in Status.values if s == asked["status"]
    ]
    assert re.search(r"<textarea.*?>(.*?)</textarea>", html, re.S)[1].strip() == asked["reason"].strip()
    assert 'name="next" value="/tasks/?q=x"' in html
    assert "更新 3 项" in words(response)
    assert database() == before


@pytest.mark.parametrize(
    ("picks", "error"),
    [
        ([], "没有选择任务，请先勾选。"),
        (["abc"], "所选任务无法识别，请返回重新勾选。"),
        (["1"], "所选任务无法识别，请返回重新勾选。"),
        (["1:x"], "所选任务无法识别，请返回重新勾选。"),
        (["-1:1"], "所选任务无法识别，请返回重新勾选。"),
        (["1:1\x00"], "所选任务无法识别，请返回重新勾选。"),
        ([f"{10**30}:1"], "所选任务无法识别，请返回重新勾选。"),
        ([f"1:{10**30}"], "所选任务无法识别，请返回重新勾选。"),
        (["1:1:1"], "所选任务无法识别，请返回重新勾选。"),
        (["987654:1"], "所选任务中有的已不存在，请返回台账重新勾选。"),
        (["0:1"], "所选任务中有的已不存在，请返回台账重新勾选。"),
    ],
)
def test_picks_that_are_none(picks, error, client_of, office, ticked):
    client, before = client_of(office), database()
    for good in ([], _picks(ticked)):
        if picks or not good:
            response = client.post(URL, {"task": [*good, *picks], "status": "continuing", "reason": ""})
            assert (response.status_code, _errors(response)) == (200, [error])
    assert database() == before


def test_a_thousand_and_more_picks_are_refused_clearly(client_of, office, ticked):
    many = [f"{number}:1" for number in range(1, 2000)]
    response = client_of(office).post(URL, {"task": many, "status": "continuing"})
    assert (response.status_code, "分几次提交" in words(response)) == (413, True)


# --- two people --------------------------------------------------------------------------------------


@pytest.fixture
def overtaken(ticked):
    """The ticked tasks after 督查处 has set 第 2 项 滞后 meanwhile."""
    colleague = make_user("watch", Role.OFFICE, first_name="督查处")
    workflow.set_status(ticked[1], by=colleague, status="delayed", version=2, reason="会期顺延")
    return ticked


def test_one_stale_task_stops_all_and_shows_both_values(client_of, office, overtaken):
    client, before = client_of(office), database()
    response = client.post(URL, _asked(overtaken))
    assert (response.status_code, database()) == (409, before)
    html = response.content.decode()
    assert re.findall(r"<caption>第 (\d+) 项", html) == ["2"]
    assert "督查处于" in words(response)
    assert re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', html) == [
        ("状态", "滞后", "长期坚持"),
        ("理由", "会期顺延", "年终核定"),
    ]


def test_sending_again_overwrites_all(client_of, office, overtaken):
    client = client_of(office)
    conflict = client.post(URL, _asked(overtaken, next="/tasks/?q=x"))
    assert _kept(conflict) == [f"{overtaken[0].pk}:1", f"{overtaken[1].pk}:3", f"{overtaken[2].pk}:2"]
    response = client.post(URL, _asked(overtaken, task=_kept(conflict), next="/tasks/?q=x"))
    assert (response.status_code, response.headers["Location"]) == (302, "/tasks/?q=x")
    assert [status for status, *_ in _stand(overtaken)] == ["continuing"] * 3


def test_stale_but_already_so_is_no_conflict(client_of, office, overtaken):
    workflow.set_status(overtaken[1], by=None, status="continuing", version=3, reason="年终核定")
    assert client_of(office).post(URL, _asked(overtaken)).status_code == 302


# --- who ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["leader", "lead", "participant", "outsider"])
def test_who_may_not(person, request, client_of, task):
    client, before = client_of(request.getfixturevalue(person)), database()
    for data in (_asked([task]), {}, {"task": ["987654:1"], "status": "completed"}):
        response = client.post(URL, data)
        assert (response.status_code, "没有操作权限" in words(response)) == (403, True)
    assert database() == before


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN])
def test_other_readers_may_not(role, client_of, task):
    client = client_of(make_user("somebody", role))
    before = database()
    assert (client.post(URL, _asked([task])).status_code, database()) == (403, before)


def test_anonymous_is_asked_to_sign_in(task):
    before = database()
    response = Client().post(URL, _asked([task]))
    assert (response.status_code, response.headers["Location"]) == (302, f"/accounts/login/?next={URL}")
    assert database() == before


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_wrong_method(method, client_of, office):
    assert getattr(client_of(office), method)(URL).status_code == 405


def test_without_csrf_token_nothing_happens(office, task):
    client = Client(enforce_csrf_checks=True)
    client.force_login(office)
    before = database()
    response = client.post(URL, _asked([task]))
    assert (response.status_code, "页面已过期，操作未执行" in words(response)) == (403, True)
    assert database() == before


# --- all of a list -----------------------------------------------------------------------------------


def _digest(response) -> str:
    return re.search(r'name="digest" value="(\w+)"', response.content.decode())[1]


def test_all_of_a_list_is_exactly_what_was_shown(client_of, office, section):
    tasks = [make_task(section, number=number) for number in range(1, 41)]
    other = make_task(section, number=99, text="另一项工作")
    client = client_of(office)
    form = client.get(URL, {"q": "推进", "page": 1})
    assert "更新全部 40 项的状态" in words(form)
    response = client.post(
        URL, {"query": "q=推进", "digest": _digest(form), "status": "continuing", "next": "/tasks/?q=推进"}
    )
    assert response.status_code == 302
    assert {status for status, *_ in _stand(tasks)} == {"continuing"}
    assert Task.objects.get(pk=other.pk).status == "not_started"


@pytest.mark.parametrize("change", ["joined", "left", "changed"])
def test_a_list_that_changed_since_changes_nothing(change, client_of, office, section):
    tasks = [make_task(section, number=number) for number in (1, 2, 3)]
    client = client_of(office)
    digest = _digest(client.get(URL, {"status": "not_started"}))
    if change == "joined":
        make_task(section, number=4)
    elif change == "left":
        workflow.set_status(tasks[0], by=None, status="in_progress", version=1)
    else:
        Task.objects.filter(pk=tasks[0].pk).update(version=2)
    before = database()
    response = client.post(URL, {"query": "status=not_started", "digest": digest, "status": "completed"})
    assert (response.status_code, database()) == (409, before)
    assert "提交前，这些任务已有变化，没有任务被更新。" in words(response)
    # What was typed is kept, and the digest is the new one.
    again = {"query": "status=not_started", "digest": _digest(response), "status": "completed"}
    assert client.post(URL, again).status_code == 302


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("q=没有这样的任务", "没有符合条件的任务。"),
        ("as_of=2024-02-01", "以往日期的情况只供查阅，不能更新状态。"),
        ("status=broken", "筛选条件无法识别"),
    ],
)
def test_a_list_that_cannot_be_changed_says_why(query, said, client_of, office, task):
    client, before = client_of(office), database()
    assert said in words(client.get(f"{URL}?{query}"))
    client.post(URL, {"query": query, "digest": "x", "status": "completed"})
    assert database() == before


def test_more_than_a_thousand_at_once_are_refused(client_of, office, plan, monkeypatch):
    monkeypatch.setattr("tasks.views.status.AT_ONCE", 3)
    for number in range(1, 6):
        make_task(make_section(plan), number=number)
    said = words(client_of(office).get(URL))
    assert "一次最多更新 3 项，现选中 5 项，请先缩小筛选范围。" in said
