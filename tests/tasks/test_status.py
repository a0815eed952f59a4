"""Setting the status of one task in the browser: the form, the dialog, the way back, and the conflict."""

import re

import pytest
from django.test import Client

from agencies.models import Role
from tasks import workflow
from tasks.models import Event, Status, Task
from tests.database import database
from tests.factories import make_task, make_user
from tests.tasks.pages import words

HTMX = {"HX-Request": "true"}


def _url(task: Task) -> str:
    return f"/tasks/{task.pk}/status/"


def _asked(task: Task, status: str = "in_progress", **fields) -> dict:
    return {"status": status, "progress": "30", "reason": "", "version": task.version} | fields


def _stands(task: Task) -> tuple:
    row = Task.objects.get(pk=task.pk)
    return row.status, row.progress, row.status_reason, row.version


def _form(response) -> dict[str, str | None]:
    """What the form's fields hold."""
    html = response.content.decode()
    checked = re.search(r'name="status" value="(\w+)" checked', html)
    return {
        "status": checked and checked[1],
        "progress": re.search(r'name="progress"[^>]* value="([^"]*)"', html)[1],
        "reason": re.search(r'<textarea[^>]*name="reason"[^>]*>(.*?)</textarea>', html, re.S)[1],
        "version": re.search(r'name="version" value="([^"]*)"', html)[1],
    }


def _errors(response) -> list[str]:
    html = response.content.decode()
    return [re.sub(r"<[^>]+>", "", one) for one in re.findall(r'<p class="form-error".*?>(.*?)</p>', html)]


# --- asking ------------------------------------------------------------------------------------------


@pytest.fixture
def standing(section):
    """第 12 项, at 40 % and 推进中."""
    return make_task(section, number=12, status=Status.IN_PROGRESS, progress=40, reason="先前的理由")


def test_form_shows_what_stands(client_of, office, standing):
    response = client_of(office).get(_url(standing))
    assert "第 12 项 · 更新状态" in words(response)
    assert _form(response) == {"status": "in_progress", "progress": "40", "reason": "", "version": "2"}
    assert "<html" in response.content.decode()


def test_dialog_is_the_same_form_alone(client_of, office, standing):
    client = client_of(office)
    page, dialog = client.get(_url(standing)), client.get(_url(standing), headers=HTMX)
    assert _form(dialog) == _form(page)
    assert "<html" not in dialog.content.decode()
    assert dialog.content.decode().lstrip().startswith("<form")
    assert f'hx-post="{_url(standing)}"' in dialog.content.decode()


def test_asking_changes_nothing(client_of, office, standing):
    client, before = client_of(office), database()
    for method in (client.get, client.head):
        assert method(_url(standing)).status_code == 200
    assert database() == before


# --- saving ------------------------------------------------------------------------------------------


def test_office_sets_a_status(client_of, office, standing):
    response = client_of(office).post(_url(standing), _asked(standing, "delayed", reason="会期顺延"))
    assert (response.status_code, response.headers["Location"]) == (302, f"/tasks/{standing.pk}/")
    assert _stands(standing) == ("delayed", 30, "会期顺延", 3)
    event = Event.objects.last()
    assert (event.by, event.reason, event.after["status"]) == (office, "会期顺延", "delayed")


def test_the_page_that_follows_says_so(client_of, office, standing):
    response = client_of(office).post(_url(standing), _asked(standing, "completed"), follow=True)
    assert "第 12 项已更新为“已完成”，进度 100%。" in words(response)


def test_dialog_is_answered_by_an_event(client_of, office, standing):
    response = client_of(office).post(_url(standing), _asked(standing), headers=HTMX)
    assert (response.status_code, response.headers["HX-Trigger"], response.content) == (
        204,
        "task:saved",
        b"",
    )
    assert _stands(standing) == ("in_progress", 30, "", 3)


def test_progress_left_empty_stays(client_of, office, standing):
    client_of(office).post(_url(standing), _asked(standing, "continuing", progress=""))
    assert _stands(standing) == ("continuing", 40, "", 3)


def test_double_click_is_one_change(client_of, office, standing):
    client, asked = client_of(office), _asked(standing, "delayed", reason="会期顺延")
    codes = [client.post(_url(standing), asked).status_code for _ in range(2)]
    assert (codes, _stands(standing)) == ([302, 302], ("delayed", 30, "会期顺延", 3))
    assert standing.events.filter(kind="task.status").count() == 2


@pytest.mark.parametrize(
    ("back", "followed"),
    [
        ("/tasks/?status=delayed&page=2", "/tasks/?status=delayed&page=2"),
        ("/plans/1/", "/plans/1/"),
        ("https://evil.example/", None),
        ("//evil.example", None),
        ("/\\evil.example", None),
        ("javascript:alert(1)", None),
        ("tasks", None),
        ("logout", None),
        ("http://testserver@evil.example/", None),
        ("/" + "x" * 5000, None),
        ("/\r\nX-Injected: 1", "/%0D%0AX-Injected:%201"),
        ("", None),
    ],
)
def test_way_back_stays_on_the_site(back, followed, client_of, office, standing):
    response = client_of(office).post(_url(standing), _asked(standing, next=back))
    assert (response.status_code, response.headers["Location"]) == (302, followed or f"/tasks/{standing.pk}/")
    assert _stands(standing)[3] == 3


# --- what is wrong -----------------------------------------------------------------------------------

WRONG = [
    ({"status": "delayed"}, ["将第 12 项改为“滞后”须填写理由"]),
    ({"status": "adjusted", "reason": "   "}, ["将第 12 项改为“已调整”须填写理由"]),
    ({"progress": "101"}, ["进度须在 0 至 100 之间"]),
    ({"progress": "-1"}, ["进度须在 0 至 100 之间"]),
    ({"progress": "很多"}, ["进度须为 0 至 100 的整数"]),
    ({"progress": "1e2"}, ["进度须为 0 至 100 的整数"]),
    ({"progress": "9" * 400}, ["进度须在 0 至 100 之间"]),
    ({"reason": "长" * 2001}, ["理由最多 2000 字"]),
    ({"status": "done"}, ["没有这种状态，请重新选择。"]),
    ({"status": ""}, ["请选择状态。"]),
    ({"status": "delayed", "progress": "101"}, ["进度须在 0 至 100 之间"]),
]


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(("fields", "errors"), WRONG)
def test_error_is_said_and_what_was_typed_stays(fields, errors, headers, client_of, office, standing):
    client, before = client_of(office), database()
    asked = _asked(standing, **fields)
    response = client.post(_url(standing), asked | {"next": "/tasks/?q=x"}, headers=headers)
    assert (response.status_code, _errors(response)) == (200, errors)
    shown = _form(response)
    assert shown["status"] == (asked["status"] if asked["status"] in Status.values else None)
    assert (shown["progress"], shown["reason"].strip()) == (asked["progress"], asked["reason"].strip())
    assert shown["version"] == str(standing.version)
    if not headers:
        assert 'name="next" value="/tasks/?q=x"' in response.content.decode()
    assert database() == before


@pytest.mark.parametrize(
    "fields", [{"reason": "a\x00b"}, {"version": ""}, {"version": "x"}, {"version": "1\x00"}]
)
def test_tampered_fields_write_nothing(fields, client_of, office, standing):
    client, before = client_of(office), database()
    assert client.post(_url(standing), _asked(standing, **fields)).status_code == 200
    assert client.post(_url(standing), {}).status_code == 200
    assert database() == before


def test_reopening_owes_a_reason(client_of, office, section):
    done = make_task(section, number=3, status=Status.COMPLETED)
    client = client_of(office)
    refused = client.post(_url(done), _asked(done, "in_progress", progress="90"))
    assert _errors(refused) == ["将第 3 项改为“推进中”须填写理由"]
    client.post(_url(done), _asked(done, "in_progress", progress="90", reason="成果被退回"))
    assert _stands(done) == ("in_progress", 90, "成果被退回", 3)


# --- taking back --------------------------------------------------------------------------------------


def _undone(client: Client, response, **headers):
    """The answer once the button in the news that this page shows was pressed."""
    (address,) = re.findall(r'<form method="post" action="(/events/\d+/undoing/)"', response.content.decode())
    return client.post(address, {"next": "/tasks/"}, headers=headers)


def test_a_change_is_taken_back_by_another(client_of, office, standing):
    client = client_of(office)
    asked = _asked(standing, "delayed", reason="会期顺延")
    answer = _undone(client, client.post(_url(standing), asked, follow=True))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/tasks/")
    assert _stands(standing) == ("in_progress", 40, "先前的理由", 4)
    assert [event.after.get("status") for event in standing.events.all()][-2:] == ["delayed", "in_progress"]
    assert standing.events.last().sentence == "撤销上一次更新：状态由“滞后”改为“推进中”，进度 30% → 40%"
    assert "已撤销。第 12 项已更新为“推进中”，进度 40%。" in words(client.get("/tasks/"))


def test_in_a_list_it_is_taken_back_without_leaving_the_page(client_of, office, standing):
    client = client_of(office)
    client.post(_url(standing), _asked(standing), headers=HTMX)
    shown = client.get("/tasks/", headers=HTMX)
    assert 'hx-post="/events/' in shown.content.decode()
    answer = _undone(client, shown, **HTMX)
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (204, "task:saved")
    assert _stands(standing)[:3] == ("in_progress", 40, "先前的理由")


@pytest.mark.parametrize(
    "later",
    [
        {"status": "continuing", "progress": 55},
        {"status": "delayed", "reason": "会期顺延"},  # whatever the first change was not about
        {"status": "completed"},
    ],
)
def test_nothing_is_taken_back_over_a_later_change(later, client_of, office, standing):
    client = client_of(office)
    page = client.post(_url(standing), _asked(standing, reason="先前的理由"), follow=True)
    workflow.set_status(standing, by=make_user("watch", Role.OFFICE), version=3, **later)
    before = database()
    _undone(client, page)
    assert "没有撤销：第 12 项此后又有更新，请核对后再改。" in words(client.get("/tasks/"))
    assert database() == before


def test_a_second_click_finds_it_taken_back(client_of, office, standing):
    client = client_of(office)
    page = client.post(_url(standing), _asked(standing), follow=True)
    _undone(client, page)
    stands, events = _stands(standing), standing.events.count()
    _undone(client, page)
    assert (_stands(standing), standing.events.count()) == (stands, events)
    assert "没有撤销" not in words(client.get("/tasks/"))


def test_completing_and_reopening_are_not_taken_back(client_of, office, standing):
    client = client_of(office)
    for change in (_asked(standing, "completed"), _asked(standing, "in_progress", reason="核减", version=3)):
        page = client.post(_url(standing), change, follow=True)
        assert "第 12 项已更新为" in words(page)
        assert "撤销" not in words(page)
        before = database()
        client.post(f"/events/{standing.events.latest('pk').pk}/undoing/")
        assert "没有撤销：第 12 项的办结须更新状态、写明理由才能改回。" in words(client.get("/tasks/"))
        assert database() == before


def test_a_double_click_still_offers_to_take_back_the_one_change(client_of, office, standing):
    client, asked = client_of(office), _asked(standing)
    client.post(_url(standing), asked)
    client.get("/tasks/")
    _undone(client, client.post(_url(standing), asked, follow=True))
    assert _stands(standing) == ("in_progress", 40, "先前的理由", 4)


def test_what_a_colleague_has_set_already_is_theirs_to_take_back(client_of, office, standing):
    colleague = make_user("watch", Role.OFFICE)
    workflow.set_status(standing, by=colleague, status="in_progress", version=2, progress=30)
    assert "撤销" not in words(client_of(office).post(_url(standing), _asked(standing), follow=True))


def test_only_ones_own_change_is_taken_back(client_of, office, standing):
    colleague = make_user("watch", Role.OFFICE)
    client_of(office).post(_url(standing), _asked(standing))
    theirs, before = client_of(colleague), database()
    for key in (standing.events.latest("pk").pk, standing.events.first().pk):  # another's, and no status
        theirs.post(f"/events/{key}/undoing/")
        assert "没有撤销：只能撤销本人更新的状态。" in words(theirs.get("/tasks/"))
    assert theirs.post("/events/0/undoing/").status_code == 404
    assert database() == before


# --- two people --------------------------------------------------------------------------------------


@pytest.fixture
def overtaken(standing):
    """The task after 督查处 has set it 滞后, while our page still shows version 2."""
    colleague = make_user("watch", Role.OFFICE, first_name="督查处")
    workflow.set_status(standing, by=colleague, status="delayed", version=2, progress=55, reason="会期顺延")
    return standing


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_conflict_shows_both_and_writes_nothing(headers, client_of, office, overtaken):
    client, before = client_of(office), database()
    asked = _asked(overtaken, "adjusted", progress="70", reason="并入<第5项>", next="/tasks/?q=x")
    response = client.post(_url(overtaken), asked, headers=headers)
    assert response.status_code == 409
    assert database() == before
    html = response.content.decode()
    assert ("<html" in html) == (not headers)
    said = words(response)
    assert "他人已先修改，您的修改尚未保存" in said
    assert "督查处于" in said
    assert "状态由“推进中”改为“滞后”，进度 40% → 55%" in said
    cells = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', html)
    assert cells == [
        ("状态", "滞后", "已调整"),
        ("进度", "55%", "70%"),
        ("理由", "会期顺延", "并入&lt;第5项&gt;"),
    ]


def _hidden(response) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', response.content.decode()))


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_sending_again_overwrites(headers, client_of, office, overtaken):
    client = client_of(office)
    asked = _asked(overtaken, "adjusted", progress="70", reason="并入第5项", next="/tasks/?q=x")
    again = _hidden(client.post(_url(overtaken), asked, headers=headers))
    again.pop("csrfmiddlewaretoken")
    assert again == {
        "next": "/tasks/?q=x",
        "status": "adjusted",
        "reason": "并入第5项",
        "version": "3",
        "progress": "70",
    }
    response = client.post(_url(overtaken), again, headers=headers)
    assert response.status_code == (204 if headers else 302)
    assert headers or response.headers["Location"] == "/tasks/?q=x"
    assert _stands(overtaken) == ("adjusted", 70, "并入第5项", 4)


def test_a_third_change_asks_once_more(client_of, office, overtaken):
    client, asked = client_of(office), _asked(overtaken, "completed")
    again = _hidden(client.post(_url(overtaken), asked))
    workflow.set_status(overtaken, by=None, status="in_progress", version=3, progress=60)
    assert client.post(_url(overtaken), again).status_code == 409
    assert _stands(overtaken)[0] == "in_progress"


def test_conflict_over_progress_that_was_left_empty(client_of, office, overtaken):
    response = client_of(office).post(_url(overtaken), _asked(overtaken, "continuing", progress=""))
    assert "进度 55% 不变" in words(response)
    assert (response.status_code, _hidden(response)["progress"]) == (409, "")


# --- who ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("person", "code"), [("leader", 403), ("lead", 403), ("participant", 403), ("outsider", 404)]
)
def test_who_may_not(person, code, method, headers, request, client_of, task):
    client, before = client_of(request.getfixturevalue(person)), database()
    response = getattr(client, method)(_url(task), _asked(task), headers=headers)
    assert (response.status_code, database()) == (code, before)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN])
def test_other_readers_may_not(role, client_of, task):
    client, before = client_of(make_user("somebody", role)), None
    before = database()
    assert client.post(_url(task), _asked(task)).status_code == 403
    assert database() == before


def test_anonymous_is_asked_to_sign_in(task):
    before = database()
    response = Client().post(_url(task), _asked(task))
    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"/accounts/login/?next={_url(task)}",
    )
    assert database() == before


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_wrong_method(method, client_of, office, task):
    assert getattr(client_of(office), method)(_url(task)).status_code == 405


def test_without_csrf_token_nothing_happens(office, task):
    client = Client(enforce_csrf_checks=True)
    client.force_login(office)
    before = database()
    response = client.post(_url(task), _asked(task))
    assert (response.status_code, "页面已过期，操作未执行" in words(response)) == (403, True)
    assert database() == before


def test_a_fragment_asked_for_after_signing_out_is_no_sign_in_page(client, task):
    response = client.post(f"/tasks/{task.pk}/status/", {"status": "delayed"}, headers={"HX-Request": "true"})

    assert (response.status_code, response.content) == (401, b"")
