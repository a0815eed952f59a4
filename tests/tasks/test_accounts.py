"""Signing in and out, the lock after five wrong passwords, the account remembered, the theme."""

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import management
from django.test import Client
from django.utils import timezone

from agencies.models import User
from tests.factories import make_plan, make_section, make_task
from tests.tasks.pages import masked, words

URL = "/accounts/login/"
PASSWORD = "correct horse battery"
REFUSED = "账号或密码不正确，请检查后重试。连续 5 次错误将锁定账号 15 分钟。"


def _sign_in(client: Client, username="office", password=PASSWORD, **fields):
    return client.post(URL, {"username": username, "password": password} | fields)


def _is_in(client: Client) -> bool:
    return client.get("/tasks/").status_code == 200


def _alerts(response) -> list[str]:
    return re.findall(r'<div class="pt-alert err".*?<div class="grow">(.*?)</div>', response.content.decode())


def test_right_password_opens_the_door(client, office):
    response = _sign_in(client)
    assert (response.status_code, response.headers["Location"], _is_in(client)) == (302, "/", True)


@pytest.mark.parametrize(
    ("asked", "followed"),
    [
        ("/tasks/?q=x", "/tasks/?q=x"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_next_stays_on_the_site(asked, followed, client, office):
    html = client.get(URL, {"next": asked}).content.decode()
    kept = re.search(r'name="next" value="([^"]*)"', html)[1]
    assert kept == (asked if followed == asked else "")
    assert _sign_in(client, next=asked).headers["Location"] == followed


def test_signing_in_changes_the_sessions_key(client, office):
    client.cookies["sessionid"] = planted = "a" * 32
    _sign_in(client)
    assert client.cookies["sessionid"].value != planted
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_whoever_is_in_is_sent_on(client_of, office):
    response = client_of(office).get(URL)
    assert (response.status_code, response.headers["Location"]) == (302, "/")


# --- refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["OFFICE", "Office", " office ", "ｏｆｆｉｃｅ"])
def test_spelling_of_the_account_does_not_matter(username, client, office):
    assert (_sign_in(client, username).status_code, _is_in(client)) == (302, True)


@pytest.mark.parametrize(
    "username", ["office", "nobody", "switched-off", "expired", "' OR 1=1 --", "x" * 1000]
)
def test_refusal_is_the_same_whatever_was_wrong(username, client, office):
    User.objects.create_user("switched-off", password=PASSWORD, role="office", is_active=False)
    User.objects.create_user("expired", password=PASSWORD, role="office")
    User.objects.filter(username="expired").update(one_time_until=timezone.now())
    password = "wrong" if username == "office" else PASSWORD
    response = _sign_in(client, username, password)
    assert (response.status_code, _alerts(response), _is_in(client)) == (200, [REFUSED], False)
    typed = re.search(r'name="username" value="([^"]*)"', response.content.decode())[0]
    body = masked(response).replace(typed, "TYPED")
    reference = _sign_in(Client(), "somebody-else", "wrong")
    typed = re.search(r'name="username" value="([^"]*)"', reference.content.decode())[0]
    assert body == masked(reference).replace(typed, "TYPED")


@pytest.mark.parametrize(
    "fields", [{}, {"username": "office"}, {"password": "x"}, {"username": "a\x00", "password": "x"}]
)
def test_form_that_is_not_filled_in(fields, client, office):
    response = client.post(URL, fields)
    assert (response.status_code, _is_in(client)) == (200, False)
    assert 'class="form-error"' in response.content.decode()


class CountingHasher(MD5PasswordHasher):
    runs = 0

    def encode(self, password, salt):
        type(self).runs += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("who", ["right", "wrong", "unknown", "switched-off", "expired", "locked"])
def test_every_answer_costs_one_hash(who, client, office, settings):
    if who == "locked":
        _fail(client, 5)
    office.is_active = who != "switched-off"
    office.one_time_until = timezone.now() if who == "expired" else None
    office.save()
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.runs = 0
    _sign_in(client, "nobody" if who == "unknown" else "office", "wrong" if who == "wrong" else PASSWORD)
    assert (CountingHasher.runs, _is_in(client)) == (1, who == "right")


def test_password_is_never_sent_back(client, office):
    assert "kanarienvogel" not in _sign_in(client, password="kanarienvogel").content.decode()


# --- locked ------------------------------------------------------------------------------------------


def _fail(client: Client, times: int, username: str = "office"):
    return [_sign_in(client, username, f"wrong {number}") for number in range(times)][-1]


def test_four_failures_do_not_lock(client, office):
    _fail(client, 4)
    assert _sign_in(client).status_code == 302


def test_five_failures_lock_also_the_right_password(client, office):
    fifth = _fail(client, 5)
    right = _sign_in(client)
    elsewhere = _sign_in(Client(REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="198.51.100.1"))
    assert [_alerts(response) for response in (fifth, right, elsewhere)] == [[REFUSED]] * 3
    assert [response.status_code for response in (fifth, right, elsewhere)] == [429] * 3
    assert masked(fifth) == masked(right) == masked(elsewhere)
    assert not _is_in(client)


def test_an_account_that_does_not_exist_locks_alike(client, office):
    assert masked(_fail(client, 5, "nobody")) == masked(_fail(Client(), 5))


def test_the_lock_is_one_persons(client, office, leader):
    _fail(client, 5)
    assert _sign_in(client, "leader").status_code == 302


@pytest.mark.parametrize("spelling", ["ｏｆｆｉｃｅ", "office\u200b", "OFFICE", " office", "office "])
def test_no_other_spelling_goes_around_the_lock(spelling, client, office):
    _fail(client, 5)
    assert _sign_in(client, spelling).status_code != 302
    assert not _is_in(client)


def test_other_spellings_count_as_failures_too(client, office):
    for spelling in ("office", "ｏｆｆｉｃｅ", "office", "ｏffice", "offiｃe"):
        _fail(client, 1, spelling)
    assert _sign_in(client).status_code == 429


def test_success_forgets_the_failures(client, office):
    _fail(client, 4)
    _sign_in(client)
    client.post("/accounts/logout/")
    _fail(client, 4)
    assert _sign_in(client).status_code == 302


def test_the_lock_opens_after_fifteen_minutes(client, office):
    _fail(client, 5)
    for minutes, code in ((14, 429), (16, 302)):
        AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=minutes))
        assert _sign_in(client).status_code == code


def test_trying_at_a_locked_door_does_not_keep_it_locked(client, office):
    _fail(client, 5)
    fifth = AccessAttempt.objects.get().attempt_time
    _fail(client, 3)
    assert [(each.failures_since_start, each.attempt_time) for each in AccessAttempt.objects.all()] == [
        (5, fifth)
    ]


def test_one_address_may_not_try_every_account(client, office, settings):
    settings.FAILURES_OF_AN_ADDRESS = 7
    for number in range(7):
        _fail(client, 1, f"account {number}")
    assert _sign_in(client).status_code == 429
    assert _sign_in(Client(REMOTE_ADDR="203.0.113.9")).status_code == 302


@pytest.mark.parametrize(
    ("proxies", "said", "counted"),
    [
        (0, "198.51.100.1", "127.0.0.1"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "198.51.100.1", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "' OR 1=1 --", None),
    ],
)
def test_only_our_own_proxies_are_believed(proxies, said, counted, client, office, settings):
    settings.PROXIES = proxies
    headers = {"x-forwarded-for": said} if said else {}
    client.post(URL, {"username": "office", "password": "wrong"}, headers=headers)
    assert AccessAttempt.objects.get().ip_address == counted


def test_an_administrator_opens_the_lock(client, office):
    _fail(client, 5)
    management.call_command("axes_reset_username", "office", verbosity=0)
    assert _sign_in(client).status_code == 302


# --- out ---------------------------------------------------------------------------------------------


def test_signing_out_ends_the_session_on_the_server(client, office):
    _sign_in(client)
    key = client.cookies["sessionid"].value
    response = client.post("/accounts/logout/")
    assert (response.status_code, response.headers["Location"]) == (302, URL)
    thief = Client()
    thief.cookies["sessionid"] = key
    assert (_is_in(client), _is_in(thief)) == (False, False)


def test_signing_out_takes_a_post(client_of, office):
    client = client_of(office)
    assert (client.get("/accounts/logout/").status_code, _is_in(client)) == (405, True)


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/logout/", "/accounts/theme/"])
def test_every_form_needs_its_token(address, office):
    client = Client(enforce_csrf_checks=True)
    response = client.post(address, {"username": "office", "password": PASSWORD, "theme": "dark"})
    assert (response.status_code, "theme" in client.cookies) == (403, False)
    assert "页面已过期，操作未执行" in words(response)


# --- remembered --------------------------------------------------------------------------------------


def test_the_account_is_remembered_where_it_is_asked_for(client, db):
    User.objects.create_user("国管局", password=PASSWORD, role="office")
    _sign_in(client, "国管局", remember="on")
    client.post("/accounts/logout/")
    form = client.get(URL).context["form"]
    assert (form["username"].value(), form["remember"].value()) == ("国管局", True)
    cookie = client.cookies["account"]
    assert (cookie["httponly"], cookie["samesite"], PASSWORD in cookie.value) == (True, "Lax", False)

    _sign_in(client, "国管局")
    client.post("/accounts/logout/")
    assert client.get(URL).context["form"]["username"].value() == ""


# --- theme -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_theme_is_kept_in_a_cookie(theme, client):
    response = client.post("/accounts/theme/", {"theme": theme, "next": "/accounts/login/?next=/plans/"})
    assert (response.status_code, response.headers["Location"]) == (302, "/accounts/login/?next=/plans/")
    cookie = response.cookies["theme"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (
        theme,
        True,
        "Lax",
        31_536_000,
    )


@pytest.mark.parametrize("fields", [{}, {"theme": "pink"}, {"theme": "dark\x00"}])
def test_no_such_theme(fields, client):
    response = client.post("/accounts/theme/", fields | {"next": "//evil.example"})
    assert (response.status_code, response.headers["Location"], dict(response.cookies)) == (302, "/", {})


@pytest.mark.parametrize(
    ("cookie", "sheet"),
    [
        ("dark", 'css/dark.css">'),
        ("auto", 'css/dark.css" media="(prefers-color-scheme: dark)">'),
        ("light", None),
        ('"><script>', 'css/dark.css" media="(prefers-color-scheme: dark)">'),
    ],
)
def test_the_page_follows_the_cookie(cookie, sheet, client, db):
    client.cookies["theme"] = cookie
    html = client.get(URL).content.decode()
    assert [line.split("/static/")[1] for line in html.splitlines() if "dark.css" in line] == (
        [sheet] if sheet else []
    )


# --- the picture -------------------------------------------------------------------------------------


def test_the_picture_shows_the_newest_plan_as_dots(client, db):
    make_task(make_section(make_plan(2023)), number=1)
    plan = make_plan(2024)
    for chapter, tasks in ((1, 3), (2, 1)):
        for number in range(tasks):
            make_task(make_section(plan, chapter), number=chapter * 10 + number, text="不给外人看的任务")
    response = client.get(URL)
    html = response.content.decode()
    assert [column.count("<i>") for column in re.findall(r'<div class="col">.*?</small>', html)] == [3, 1]
    assert ("2024 年度推进计划" in words(response), "不给外人看的任务" in html) == (True, False)
