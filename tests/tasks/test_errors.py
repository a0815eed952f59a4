"""What is said when a request cannot be answered, and the headers that every answer carries."""

import io
import logging
import re

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError, connection
from django.test import Client
from django.urls import path

from ipplan import urls
from tasks import workflow
from tasks.views.accounts import locked_out
from tests.database import database
from tests.tasks.pages import words


@login_not_required
def broken(request):
    raise RuntimeError("geheim: select * from agencies_user")


@login_not_required
def suspicious(request):
    raise SuspiciousOperation("geheim")


@login_not_required
def forbidden(request):
    raise PermissionDenied("geheim")


@login_not_required
def late(request):
    raise workflow.EditConflict([])


@login_not_required
def heavy(request):
    raise RequestDataTooBig("geheim")


@login_not_required
def locked(request):
    return locked_out(request)


def _refuse(execute, sql, params, many, context):
    raise OperationalError("geheim: the database is away")


# These addresses beside the product's own: `@pytest.mark.urls(__name__)`.
urlpatterns = [
    path("broken/", broken),
    path("suspicious/", suspicious),
    path("forbidden/", forbidden),
    path("late/", late),
    path("heavy/", heavy),
    path("locked/", locked),
    *urls.urlpatterns,
]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500

PAGES = {
    "/suspicious/": (400, "请求无法识别", "请返回上一页重新操作。"),
    "/forbidden/": (403, "没有操作权限", "您的账号可以查看，不能修改。如需办理，请联系联席会议办公室。"),
    "/nowhere/": (404, "没有找到这个页面", "地址可能有误，或内容已被移除，请检查地址。"),
    "/accounts/theme/": (405, "这个地址不能这样访问", "请返回上一页，用页面上的按钮操作。"),
    "/late/": (409, "他人已先修改，您的修改没有保存", "请返回上一页，刷新后查看最新内容再修改。"),
    "/heavy/": (
        413,
        "提交的内容太多，没有处理",
        "请减少一次提交的文字、附件或勾选的条目，分几次提交。",
    ),
    "/broken/": (500, "系统出错，操作未完成", "请稍后重试；如仍出现，请把请求编号告知管理员。"),
}


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("address", PAGES)
def test_error_page_says_what_happened_and_what_to_do(address, client_of, office):
    client = client_of(office)
    client.raise_request_exception = False
    response = client.get(address)
    code, title, advice = PAGES[address]
    assert response.status_code == code
    assert f"{title} {advice} 返回任务台账 请求编号 {response.headers['X-Request-ID']} " in words(response)
    assert "geheim" not in response.content.decode()
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"


def test_only_an_agency_is_told_that_it_may_not_be_its_business(client_of, outsider, leader, task):
    hidden, nowhere = (
        words(client_of(outsider).get(address)) for address in (task.get_absolute_url(), "/tasks/0/")
    )
    assert "没有找到这个页面 它可能不存在，或不涉及您所在单位。 返回任务台账" in hidden
    assert hidden.split("请求编号")[0] == nowhere.split("请求编号")[0]
    assert "不涉及" not in words(client_of(leader).get("/tasks/0/"))


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("address", PAGES)
def test_error_page_is_for_strangers_too(address, db):
    client = Client(raise_request_exception=False)
    response = client.get(address)
    assert (response.status_code, PAGES[address][1] in words(response)) == (PAGES[address][0], True)


def test_wrong_method_names_the_right_ones(client_of, office, task):
    client = client_of(office)
    allowed = {
        address: client.delete(address).headers["Allow"]
        for address in ("/tasks/", "/accounts/theme/", f"/tasks/{task.pk}/status/")
    }
    assert allowed == {
        "/tasks/": "GET, HEAD",
        "/accounts/theme/": "POST",
        f"/tasks/{task.pk}/status/": "GET, HEAD, POST",
    }


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("address", PAGES)
def test_a_fragment_gets_one_line_of_plain_words(address, client_of, office):
    client = client_of(office)
    client.raise_request_exception = False
    response = client.get(address, headers={"HX-Request": "true"})
    code, title, advice = PAGES[address]
    assert (response.status_code, response.content.decode()) == (code, f"{title}。{advice}")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "data", [{"theme": "九" * 1_000_000}, {f"field{number}": "x" for number in range(1_001)}]
)
def test_too_much_is_said_to_be_too_much(data, client_of, office):
    response = client_of(office).post("/accounts/theme/", data)
    assert response.status_code == 413
    assert "提交的内容太多，没有处理 请减少一次提交的文字、附件或勾选的条目，分几次提交。" in words(response)


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("cookie", "sheets"),
    [
        ("light", []),
        ("dark", ['css/dark.css">']),
        ("pink", ['css/dark.css" media="(prefers-color-scheme: dark)">']),
    ],
)
def test_a_fault_is_told_without_asking_the_database(cookie, sheets, client_of, office):
    client = client_of(office)
    client.raise_request_exception = False
    client.cookies["theme"] = cookie
    with connection.execute_wrapper(_refuse):
        response = client.get("/tasks/")
    html = response.content.decode()
    assert (response.status_code, "系统出错，操作未完成" in html, "geheim" in html) == (500, True, False)
    assert [line.split("/static/")[1] for line in html.splitlines() if "dark.css" in line] == sheets


@pytest.mark.urls(__name__)
def test_a_fault_is_told_even_without_templates(client_of, office, settings):
    client = client_of(office)
    client.raise_request_exception = False
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": []}]
    response = client.get("/broken/")
    assert (response.status_code, "系统出错，操作未完成 请稍后重试" in words(response)) == (500, True)


# --- the request's number ----------------------------------------------------------------------------


def test_every_answer_has_a_number_of_its_own(client_of, office):
    client = client_of(office)
    numbers = [client.get("/tasks/").headers["X-Request-ID"] for _ in range(5)]
    assert len(set(numbers)) == 5
    assert {re.sub("[0-9a-f]", "x", number) for number in numbers} == {"x" * 10}


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("4bf92f3577b34da6a3ce929d0e0e4736", True),
        ("00f067aa-0ba9-02b7-a3ce-929d0e0e4736", True),
        ("short", False),
        ("x" * 37, False),
        ("forged] WARNING", False),
        ("九九九九九九九九", False),
        ("", False),
    ],
)
def test_a_proxys_number_is_taken_where_it_looks_like_one(given, taken, client, db):
    number = client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert (number == given) == taken


@pytest.mark.urls(__name__)
def test_the_log_names_the_request(client_of, office, monkeypatch):
    told = io.StringIO()
    (console,) = [each for each in logging.root.handlers if each.get_name() == "console"]
    monkeypatch.setattr(console, "stream", told)
    client = client_of(office)
    client.raise_request_exception = False
    for address in ("/nowhere/", "/forbidden/", "/broken/"):
        number = client.get(address).headers["X-Request-ID"]
        told.seek(0)
        lines = [line for line in told.read().splitlines() if line.startswith("20")]
        assert {re.search(r"\[(\S+)\]", line)[1] for line in lines} == {number}
        told.seek(0)
        told.truncate()
    logging.getLogger("elsewhere").warning("between two requests")
    assert "elsewhere [-] between" in told.getvalue()


def test_unknown_host_is_refused(client_of, office):
    response = client_of(office).get("/tasks/", headers={"host": "evil.example"})
    assert (response.status_code, "请求无法识别" in words(response)) == (400, True)


@pytest.mark.parametrize(
    "address",
    [
        "/tasks/0/",
        "/tasks/-1/",
        "/tasks/x/",
        f"/tasks/{2**63}/",
        f"/tasks/{10**30}/",
        f"/tasks/{10**30}/status/",
        f"/plans/{10**30}/",
        "/tasks/1%00/",
        "/%00",
        "/tasks/../../etc/passwd",
        "/static/../ipplan/settings.py",
        "/.git/config",
        "/manage.py",
    ],
)
def test_addresses_of_nothing(address, client_of, office):
    assert client_of(office).get(address).status_code == 404


@pytest.mark.parametrize("name", ["progress", "reason", "status", "version", "next", "task"])
def test_a_field_may_be_anything(name, client_of, office, task):
    """NUL, controls, lone surrogates, a million characters: an answer, and nothing written."""
    client, before = client_of(office), database()
    for value in ("\x00", "\x1b[2J", "\ufffe", "九" * 1_000_000, "-0", "NaN", "１０", "\u202e"):
        for address, version in ((f"/tasks/{task.pk}/status/", "7"), ("/tasks/statuses/", "")):
            data = {"status": "delayed", "version": version, "task": f"{task.pk}:7", "reason": "顺延"}
            response = client.post(address, data | {name: value})
            # A million characters are more than a form may send.
            allowed = (413,) if len(value) == 1_000_000 else (200, 400, 409)
            assert response.status_code in allowed, (address, value[:9])
    assert database() == before


# --- headers -----------------------------------------------------------------------------------------

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def _answers(client: Client, task, office):
    """One answer of every kind the product gives."""
    status = f"/tasks/{task.pk}/status/"
    yield client.get("/tasks/")
    yield client.get("/plans/")
    yield client.get(task.get_absolute_url())
    yield client.get(status, headers={"HX-Request": "true"})
    yield client.get("/healthz")
    yield client.get("/exports/ledger.xlsx")
    yield client.get(f"/exports/annual-report.xlsx?plan={task.plan_id}")
    yield client.get("/exports/annual-report.xlsx")
    yield client.post(status, {"status": "completed", "version": 1}, headers={"HX-Request": "true"})
    yield client.post(status, {"status": "in_progress", "version": 1, "reason": "重开"})
    yield client.post(status, {"status": "delayed", "version": 2, "reason": "顺延"})
    yield client.post("/accounts/theme/", {"theme": "dark"})
    for address in PAGES:
        yield client.get(address)
    yield client.post("/accounts/theme/", {"theme": "九" * 1_000_000})
    yield Client().get("/tasks/")
    yield Client().get("/accounts/login/")
    yield Client(enforce_csrf_checks=True).post("/accounts/login/")
    for _ in range(5):
        refused = Client().post("/accounts/login/", {"username": "office", "password": "x"})
    yield refused


@pytest.mark.urls(__name__)
def test_every_answer_carries_the_headers(client_of, office, task):
    client = client_of(office)
    client.raise_request_exception = False
    codes = []
    for response in _answers(client, task, office):
        b"".join(response)
        codes.append(response.status_code)
        policy = response.headers["Content-Security-Policy"]
        asked = f"{response.request['REQUEST_METHOD']} {response.request['PATH_INFO']}"
        assert dict(part.strip().split(" ", 1) for part in policy.split(";")) == POLICY, asked
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS, asked
        assert "no-store" in response.headers["Cache-Control"], asked
    assert sorted(set(codes)) == [200, 204, 302, 400, 403, 404, 405, 409, 413, 429, 500]
    assert workflow.owes_reason("completed", "in_progress")


def test_compressed_where_the_browser_takes_it(client_of, office, task):
    response = client_of(office).get("/tasks/", headers={"accept-encoding": "gzip"})
    assert (response.headers["Content-Encoding"], "Cookie" in response.headers["Vary"]) == ("gzip", True)


def test_health_says_nothing_else(db):
    response = Client().get("/healthz")
    assert (response.status_code, response.content, response.headers["Content-Type"]) == (
        200,
        b"ok\n",
        "text/plain",
    )


def test_a_refused_page_is_one_line_of_the_log_and_a_fault_the_whole_traceback(
    client_of, leader, monkeypatch
):
    told = io.StringIO()
    (console,) = [each for each in logging.root.handlers if each.get_name() == "console"]
    monkeypatch.setattr(console, "stream", told)

    client_of(leader).get("/plans/import/")
    refused = told.getvalue()
    logging.getLogger("django.request").error("fault", exc_info=ValueError("broken"))
    logging.getLogger("django.security.csrf").warning("csrf")

    assert len(refused.splitlines()) == 1
    assert refused.endswith("Forbidden (Permission denied): /plans/import/\n")
    assert "ValueError: broken" in told.getvalue()
    assert told.getvalue().endswith("django.security.csrf [-] csrf\n")
