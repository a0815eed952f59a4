"""One's own password, one-time passwords, links by e-mail; every path that takes a password is counted."""

import ast
import io
import logging
import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from agencies.models import ResetRequest, Role, User
from tests.factories import make_user
from tests.tasks.pages import masked, words

DOOR, OWN, RESET = "/accounts/login/", "/accounts/password/", "/accounts/reset/"
PASSWORD, CHOSEN = "correct horse battery", "墨水 瓶里 的 青蛙 在唱歌"


def _enters(password: str, username: str = "office", **headers) -> bool:
    client = Client()
    client.post(DOOR, {"username": username, "password": password}, headers=headers)
    return client.get(OWN).status_code == 200


def _change(client: Client, old: str = PASSWORD, new: str = CHOSEN, again: str | None = None, **fields):
    data = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    return client.post(OWN, data | fields)


def _errors(response) -> list[str]:
    html = response.content.decode()
    return [re.sub(r"<[^>]+>", "", error) for error in re.findall(r'<p class="form-error".*?</p>', html)]


# --- one's own ---------------------------------------------------------------------------------------


def test_change_ends_every_other_session_and_keeps_this_one(client_of, office):
    here, elsewhere = client_of(office), client_of(office)
    response = _change(here, next="/tasks/?q=x")
    assert (response.status_code, response.headers["Location"]) == (302, "/tasks/?q=x")
    told = words(here.get("/tasks/"))
    assert "密码已修改，其他设备上的登录已退出。" in told
    assert (here.get("/tasks/").status_code, elsewhere.get("/tasks/").status_code) == (200, 302)
    assert (_enters(CHOSEN), _enters(PASSWORD)) == (True, False)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"old": "wrong"}, "当前密码不正确，请检查后重试。连续 5 次错误将锁定账号 15 分钟。"),
        ({"old": ""}, "这个字段是必填项。"),
        ({"again": "another one 123"}, "两次输入的新密码不一致，请重新输入。"),
        ({"new": "short"}, "新密码太短，至少 12 个字符。"),
        ({"new": "123456789012"}, "新密码不能全是数字。"),
        ({"new": "password1234"}, "新密码太常见，容易被猜到。"),
        ({"new": "my Office 2024"}, "新密码不能包含账号名、名称、单位或邮箱。"),
        ({"new": PASSWORD}, "新密码须与当前密码不同。"),
    ],
)
def test_change_refused(fields, error, client_of, office):
    client = client_of(office)
    response = _change(client, **fields)
    assert (response.status_code, error in _errors(response)) == (200, True), _errors(response)
    office.refresh_from_db()
    assert (office.check_password(PASSWORD), client.get("/tasks/").status_code) == (True, 200)


def test_spaces_and_any_script_are_kept_exactly(client_of, office):
    exact = "  ÄÖ 墨水 " + "长" * 80 + " "
    assert _change(client_of(office), new=exact).status_code == 302
    assert (_enters(exact), _enters(exact.strip())) == (True, False)


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example"])
def test_change_leads_nowhere_else(address, client_of, office):
    client = client_of(office)
    assert 'name="next" value="/"' in client.get(OWN, {"next": address}).content.decode()
    assert _change(client, next=address).headers["Location"] == "/"


# --- one-time passwords ------------------------------------------------------------------------------


@pytest.fixture
def one_time(office) -> str:
    password = office.issue_one_time_password()
    office.save()
    return password


def test_nothing_opens_before_the_own_password_is_set(client, office, one_time, task):
    client.post(DOOR, {"username": "office", "password": one_time})
    answers = {
        address: client.get(address)
        for address in (
            "/",
            "/tasks/",
            "/tasks/?q=x",
            task.get_absolute_url(),
            "/exports/ledger.xlsx",
            "/admin/",
        )
    }
    assert {address: answer.headers.get("Location") for address, answer in answers.items()} == {
        "/": f"{OWN}?next=%2F",
        "/tasks/": f"{OWN}?next=%2Ftasks%2F",
        "/tasks/?q=x": f"{OWN}?next=%2Ftasks%2F%3Fq%3Dx",
        task.get_absolute_url(): f"{OWN}?next=%2Ftasks%2F{task.pk}%2F",
        "/exports/ledger.xlsx": f"{OWN}?next=%2Fexports%2Fledger.xlsx",
        "/admin/": f"{OWN}?next=%2Fadmin%2F",
    }
    fragment = client.get(f"/tasks/{task.pk}/status/", headers={"HX-Request": "true"})
    assert (fragment.headers["HX-Redirect"], fragment.content) == (OWN, b"")
    posted = client.post(f"/tasks/{task.pk}/status/", {"status": "completed", "version": 1})
    assert (posted.status_code, posted.headers["Location"]) == (302, OWN)
    task.refresh_from_db()
    assert (task.status, client.get("/healthz").status_code) == ("not_started", 200)

    page = words(client.get(OWN))
    assert ("请先设置自己的密码" in page, "任务台账" in page) == (True, False)
    assert _change(client, old=one_time).status_code == 302
    assert client.get("/tasks/").status_code == 200
    office.refresh_from_db()
    assert office.one_time_until is None


def test_one_time_password_ends_after_72_hours_also_for_who_is_in(client, office, one_time):
    assert office.one_time_until - timezone.now() <= timedelta(hours=72)
    client.post(DOOR, {"username": "office", "password": one_time})
    assert client.get(OWN).status_code == 200
    User.objects.update(one_time_until=timezone.now())
    assert (client.get(OWN).status_code, _enters(one_time)) == (302, False)


def test_one_time_passwords_are_all_different_and_long():
    account = User(username="x")
    issued = {account.issue_one_time_password() for _ in range(50)}
    assert len(issued) == 50
    assert {re.sub("[a-z2-9]", "x", password) for password in issued} == {"xxxx-xxxx-xxxx-xxxx"}


def test_a_renewed_hash_is_still_the_one_time_password(client, office, one_time, settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    assert _enters(one_time)
    office.refresh_from_db()
    assert (office.password.split("$")[0], office.one_time_until is None) == ("scrypt", False)
    User.objects.update(one_time_until=timezone.now(), password=office.password)
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[::-1]
    refused = client.post(DOOR, {"username": "office", "password": one_time})
    assert (refused.status_code, office.check_password(one_time)) == (200, True)


# --- links by e-mail ---------------------------------------------------------------------------------


@pytest.fixture
def offered(settings, office):
    settings.RESETS_BY_EMAIL = True
    settings.SITE_ADDRESS = "https://ipplan.example"
    office.email = "office@ipplan.example"
    office.save()


def _letters() -> list:
    for thread in threading.enumerate():
        if thread.name == "reset link":
            thread.join()
    return mail.outbox


def _ask(email: str = "office@ipplan.example", **headers):
    return Client().post(RESET, {"email": email}, headers=headers)


def _link() -> str:
    _ask()
    return re.search(r"https://ipplan\.example(/\S+)", _letters()[-1].body)[1]


def _choose(link: str, new: str = CHOSEN, client: Client | None = None):
    client = client or Client()
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0] if form.redirect_chain else link
    return client.post(address, {"new_password1": new, "new_password2": new})


def test_a_link_sets_a_new_password_once_and_ends_all_sessions(offered, client_of, office):
    inside, link = client_of(office), _link()
    (letter,) = _letters()
    assert (letter.to, letter.subject) == (["office@ipplan.example"], "设置新密码：推进计划任务跟踪平台")
    response = _choose(link)
    assert (response.status_code, response.headers["Location"]) == (302, DOOR)
    assert (_enters(CHOSEN), _enters(PASSWORD), inside.get("/tasks/").status_code) == (True, False, 302)
    again = _choose(link, "another password 12")
    assert (again.status_code, "链接已失效" in words(again), _enters(CHOSEN)) == (200, True, True)


@pytest.mark.parametrize("change", ["password", "email", "is_active", "late", "other account"])
def test_a_link_is_dead_after(change, offered, office, leader, settings):
    link = _link()
    if change == "password":
        office.set_password("another password 12")
    elif change == "email":
        office.email = "new@ipplan.example"
    elif change == "is_active":
        office.is_active = False
    elif change == "other account":
        link = link.replace(link.split("/")[3], urlsafe_base64_encode(force_bytes(leader.pk)))
    office.save()
    if change == "late":
        settings.PASSWORD_RESET_TIMEOUT = -1
    assert "链接已失效" in words(_choose(link))
    assert [_enters(CHOSEN, name) for name in ("office", "leader")] == [False, False]


def test_a_link_lasts_an_hour():
    assert timedelta(seconds=site.PASSWORD_RESET_TIMEOUT) == timedelta(hours=1)


def test_a_link_sets_a_one_time_password_aside_and_opens_the_lock(offered, office):
    office.issue_one_time_password()
    office.save()
    for _ in range(5):
        _enters("wrong")
    _choose(_link())
    office.refresh_from_db()
    assert (office.one_time_until, _enters(CHOSEN)) == (None, True)


@pytest.mark.parametrize("email", ["nobody@ipplan.example", "off@ipplan.example", "OFFICE@ipplan.example"])
def test_the_answer_tells_nobody_who_has_an_account(email, offered, office):
    make_user("off", Role.OFFICE, email="off@ipplan.example", is_active=False)
    queries = []
    for address in ("office@ipplan.example", email):
        with CaptureQueriesContext(connection) as captured:
            response = _ask(address)
        queries.append(len(captured))
        assert (response.status_code, response.headers["Location"]) == (302, "/accounts/reset/sent/")
    assert queries[0] == queries[1]
    assert len(_letters()) == (2 if email.startswith("OFFICE") else 1)
    sent = words(Client().get("/accounts/reset/sent/"))
    assert "如有账号登记了这个邮箱，链接已经发出" in sent


def test_letters_are_few_whatever_is_said_of_where_one_is(offered, office, settings):
    settings.PROXIES = 1
    answers = [_ask(**{"x-forwarded-for": f"198.51.100.{number}"}) for number in range(8)]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {
        (302, "/accounts/reset/sent/")
    }
    assert len(_letters()) == 3
    ResetRequest.objects.update(at=timezone.now() - timedelta(minutes=61))
    _ask()
    assert len(_letters()) == 4


def test_one_address_may_not_ask_for_everybody(offered, office, settings):
    settings.RESETS_AN_HOUR = {"email": 3, "address": 5}
    for number in range(5):
        _ask(f"{number}@ipplan.example")
    _ask()
    assert (_letters(), ResetRequest.objects.count()) == ([], 6)


def test_requests_are_kept_for_a_day_and_without_the_address(offered, office):
    _ask("somebody@ipplan.example")
    ResetRequest.objects.update(at=timezone.now() - timedelta(hours=25))
    _ask()
    (kept,) = ResetRequest.objects.all()
    assert ("@" in kept.email_digest, len(kept.email_digest)) == (False, 64)


def test_a_mail_server_that_is_down_is_logged_and_not_told(offered, office, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    response = _ask()
    _letters()
    assert response.headers["Location"] == "/accounts/reset/sent/"
    assert [record.levelname for record in caplog.records if "could not be sent" in record.getMessage()] == [
        "ERROR"
    ]
    assert "/accounts/reset/" not in caplog.text


@pytest.mark.parametrize("address", [RESET, "/accounts/reset/sent/", "/accounts/reset/MQ/x-y/"])
def test_without_a_mail_server_there_are_no_links(address, db):
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize(("by_email", "link"), [(True, ['href="/accounts/reset/"']), (False, [])])
def test_the_door_says_what_to_do(by_email, link, db, settings):
    settings.RESETS_BY_EMAIL = by_email
    page = Client().get(DOOR)
    assert re.findall(r'href="/accounts/reset/"', page.content.decode()) == link
    assert "忘记密码请联系联席会议办公室重置。" in words(page)


# --- every path that takes a password ----------------------------------------------------------------

TAKES_A_PASSWORD = {"accounts/login/", "accounts/password/", "accounts/reset/<uidb64>/<token>/"}


def _addresses(patterns=None, prefix: str = ""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            yield address


def _asks_for_a_password(address: str, visitors: dict[str, Client], examples: dict[str, str]) -> bool:
    for sign, value in examples.items():
        address = address.replace(sign, value)
    if re.search(r"[<(^?]", address) or address.startswith("exports/"):
        return False  # the admin's catch-all; workbooks, which are no forms
    able = ["administrator"] if address.startswith("admin/") else ["stranger", "office"]
    return any(_holds_a_password(visitors[name].get(f"/{address}", follow=True)) for name in able)


def _holds_a_password(page) -> bool:
    # Led to the door or to another page: that one is found by itself.
    elsewhere = page.redirect_chain and "/set-password/" not in page.redirect_chain[-1][0]
    return not elsewhere and 'type="password"' in page.content.decode(errors="replace")


def test_every_form_for_a_password_is_known(offered, office, task):
    """Every address is opened by those who may; a new form for a password has to be counted and listed."""
    visitors = {"stranger": Client(), "office": Client(), "administrator": Client()}
    visitors["office"].force_login(office)
    visitors["administrator"].force_login(make_user("admin", Role.ADMIN))
    examples = {
        "<int:pk>": str(task.pk),
        "<path:object_id>": str(office.pk),
        "<id>": str(office.pk),
        "<uidb64>/<token>": _link().removeprefix("/accounts/reset/").rstrip("/"),
    }
    found = {address for address in _addresses() if _asks_for_a_password(address, visitors, examples)}
    assert found == TAKES_A_PASSWORD


def _password_calls(source: str) -> set[str]:
    names = {"authenticate", "check_password", "set_password", "PasswordInput", "make_password", "login"}
    return {
        ast.unparse(node.func).split(".")[-1]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in names
    }


def test_passwords_are_checked_in_one_place():
    root = Path(site.BASE_DIR)
    found = {
        str(path.relative_to(root)): calls
        for room in ("agencies", "tasks", "importers", "exporters", "ipplan")
        for path in (root / room).rglob("*.py")
        if (calls := _password_calls(path.read_text(encoding="utf-8")))
    }
    assert found == {
        "agencies/backends.py": {"authenticate", "make_password"},
        "agencies/forms.py": {"authenticate"},
        "agencies/models.py": {"set_password", "check_password"},
        "tasks/demo/accounts.py": {"make_password"},
    }
    assert _password_calls("user.check_password(x)") == {"check_password"}


@pytest.mark.parametrize("path", ["door", "own", "both"])
def test_five_wrong_passwords_lock_on_every_path(path, client_of, office, settings):
    settings.PROXIES = 1
    inside = client_of(office)
    for number in range(5):
        spoofed = {"x-forwarded-for": f"198.51.100.{number}"}
        if path == "door" or (path == "both" and number % 2):
            Client().post(DOOR, {"username": "OFFICE", "password": f"wrong {number}"}, headers=spoofed)
        else:
            inside.post(OWN, {"old_password": f"wrong {number}"}, headers=spoofed)
    assert (_change(inside).status_code, _enters(PASSWORD)) == (429, False)
    office.refresh_from_db()
    assert (office.check_password(PASSWORD), inside.get("/tasks/").status_code) == (True, 200)


def test_wrong_and_locked_look_alike_when_one_changes_ones_own(client_of, office):
    client = client_of(office)
    wrong, *_ = [_change(client, old="wrong") for _ in range(5)]
    locked = _change(client)
    assert _errors(locked) == _errors(wrong)
    assert (wrong.status_code, locked.status_code) == (200, 429)
    assert masked(wrong) == masked(locked)


def test_success_forgets_what_was_mistyped_on_the_way(client_of, office):
    client = client_of(office)
    for _ in range(4):
        _change(client, old="wrong")
    assert _change(client).status_code == 302
    for _ in range(4):
        _enters("wrong")
    assert _enters(CHOSEN)


def test_guessed_links_change_nothing(offered, office, leader):
    link = _link()
    uid = link.split("/")[3]
    pages = {masked(_choose(f"/accounts/reset/{uid}/guess{number}-{'0' * 32}/")) for number in range(10)}
    assert len(pages) == 1
    office.refresh_from_db()
    assert office.check_password(PASSWORD)


# --- secrets -----------------------------------------------------------------------------------------


def test_passwords_and_links_are_nowhere(offered, client_of, office, monkeypatch, caplog):
    """Neither in a log nor in a table: right, wrong, locked, new, one-time; and no link either."""
    told = io.StringIO()
    (console,) = [each for each in logging.root.handlers if each.get_name() == "console"]
    monkeypatch.setattr(console, "stream", told)
    one_time = office.issue_one_time_password()
    office.save()
    secrets = [f"kanarienvogel-{number}" for number in range(9)] + [PASSWORD, CHOSEN, one_time]
    with caplog.at_level(logging.DEBUG):
        link = _link()
        token = link.split("/")[4]
        Client().get(f"{link}nowhere/")
        Client().put(link)
        for secret in secrets[:3]:
            _enters(secret)
        Client().post(f"{DOOR}?password={secrets[3]}", {"password": secrets[4], "username": "office"})
        client = client_of(office)
        _change(client, old=secrets[5], new=secrets[6], again=secrets[7])
        _change(client, old=one_time, new=secrets[8])
        _choose(link)
        Client().get("/accounts/password/", {"old_password": secrets[0]})
    logged = told.getvalue()
    with connection.cursor() as cursor:
        kept = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            kept.append(repr(cursor.fetchall()))
    assert [secret for secret in [*secrets, token] if secret in logged] == []
    assert [secret for secret in secrets if secret in "".join(kept)] == []
    ours = [record.getMessage() for record in caplog.records if record.name == "ipplan.accounts"]
    assert [secret for secret in [*secrets, token] if secret in "\n".join(ours)] == []
    assert ours


def test_a_refusal_is_one_line_of_the_log(client, office, caplog):
    for number in range(6):
        client.post(DOOR, {"username": "Office\x1b[2J\n2026 forged", "password": f"wrong {number}"})
    lines = [record.getMessage() for record in caplog.records if record.name == "ipplan.accounts"]
    who = "account='office\\x1b[2j\\n2026 forged' address=127.0.0.1 path='/accounts/login/'"
    assert lines == [f"password refused: {who}"] * 4 + [
        f"password refused, account locked from now on: {who}",
        f"password refused unread, account locked: {who}",
    ]
