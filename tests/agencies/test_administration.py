"""The administrator's pages: for the role alone, one-time passwords, nothing deleted; the first account."""

import io
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from agencies.models import Agency, AgencyAlias, Role, User
from tests.factories import make_agency, make_user
from tests.tasks.pages import words

ACCOUNTS, AGENCIES = "/admin/agencies/user/", "/admin/agencies/agency/"
PASSWORD = "correct horse battery"


@pytest.fixture
def administrator(db):
    return make_user("admin", Role.ADMIN)


@pytest.fixture
def client(client_of, administrator):
    return client_of(administrator)


def _enters(password: str, username: str) -> bool:
    visitor = Client()
    visitor.post("/accounts/login/", {"username": username, "password": password})
    return visitor.get("/accounts/password/").status_code == 200


def _shown(response) -> str:
    return re.search(r'<code id="one-time-password">([^<]+)</code>', response.content.decode())[1]


# --- who ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.ADMIN])
def test_nobody_but_the_administrator_comes_in(role, client_of, office):
    person = make_user("person", role, office.agency or make_agency("商务部"))
    browser = client_of(person)
    addresses = ["/admin/", ACCOUNTS, f"{ACCOUNTS}add/", f"{ACCOUNTS}{office.pk}/password/", AGENCIES]
    assert {browser.get(address).status_code for address in addresses} == {403}
    assert browser.post(f"{ACCOUNTS}{office.pk}/password/").status_code == 403
    office.refresh_from_db()
    assert office.check_password(PASSWORD)


def test_there_is_one_door(client):
    stranger = Client()
    assert stranger.get("/admin/", follow=True).redirect_chain[-1] == ("/accounts/login/?next=/admin/", 302)
    answer = stranger.post("/admin/login/?next=/admin/", {"username": "admin", "password": PASSWORD})
    assert answer.headers["Location"] == "/accounts/login/?next=/admin/"
    assert stranger.get("/admin/").status_code == 302
    assert client.get("/admin/password_change/").headers["Location"] == "/accounts/password/"
    assert client.post("/admin/logout/").headers["Location"] == "/accounts/login/"


def test_a_role_that_was_taken_away_acts_at_once(client, administrator):
    assert client.get(ACCOUNTS).status_code == 200
    User.objects.update(role=Role.LEADER)
    assert client.get(ACCOUNTS).status_code == 403
    User.objects.update(role=Role.ADMIN)
    assert client.get(ACCOUNTS).status_code == 200


@pytest.mark.parametrize("action", ["switch_off", "form"])
def test_switching_off_acts_on_the_next_request_of_every_session(action, client, client_of, office):
    sessions = [client_of(office), client_of(office)]
    if action == "form":
        data = {"username": "office", "role": "office", "first_name": "", "email": ""}
        assert client.post(f"{ACCOUNTS}{office.pk}/change/", data).status_code == 302
    else:
        client.post(ACCOUNTS, {"action": "switch_off", "_selected_action": [office.pk]})
    assert [session.get("/tasks/").status_code for session in sessions] == [302, 302]
    client.post(ACCOUNTS, {"action": "switch_on", "_selected_action": [office.pk]})
    assert _enters(PASSWORD, "office")


def test_nobody_switches_themselves_off(client, administrator):
    client.post(ACCOUNTS, {"action": "switch_off", "_selected_action": [administrator.pk]})
    client.post(
        f"{ACCOUNTS}{administrator.pk}/change/",
        {"username": "admin", "role": "leader", "first_name": "值班"},
    )
    administrator.refresh_from_db()
    assert (administrator.role, administrator.is_active, administrator.first_name) == (
        "admin",
        True,
        "值班",
    )


# --- passwords ---------------------------------------------------------------------------------------


def test_a_new_account_gets_a_password_that_is_shown_once(client):
    agency = make_agency("商务部")
    data = {"username": "ＭＯＦＣＯＭ", "role": "agency", "agency": agency.pk, "first_name": "", "email": ""}
    response = client.post(f"{ACCOUNTS}add/", data)
    account, password = User.objects.get(username="mofcom"), _shown(response)
    assert (response.status_code, "no-store" in response.headers["Cache-Control"]) == (200, True)
    assert (account.agency, account.is_active, account.one_time_until > timezone.now()) == (
        agency,
        True,
        True,
    )
    assert _enters(password, "mofcom")
    change = client.get(f"{ACCOUNTS}{account.pk}/change/")
    assert (password in change.content.decode(), "一次性密码，待本人修改" in words(change)) == (False, True)
    assert 'type="password"' not in client.get(f"{ACCOUNTS}add/").content.decode()


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"username": "OFFICE", "role": "leader"}, "账号名已被使用（不区分大小写）"),
        ({"username": "a b", "role": "leader"}, "账号名只能用字母、数字、汉字和 @ . + - _"),
        ({"username": "x", "role": "agency"}, "成员单位的账号须指定单位"),
    ],
)
def test_an_account_that_cannot_be(fields, error, client, office):
    response = client.post(f"{ACCOUNTS}add/", fields)
    assert (response.status_code, error in words(response), User.objects.count()) == (200, True, 2)


def test_a_reset_ends_the_old_password_its_sessions_and_the_lock(client, client_of, office):
    session = client_of(office)
    for _ in range(5):
        _enters("wrong", "office")
    address = f"{ACCOUNTS}{office.pk}/password/"
    asked = client.get(address)
    office.refresh_from_db()
    assert ("72 小时内有效" in words(asked), office.check_password(PASSWORD)) == (True, True)
    password = _shown(client.post(address))
    assert (_enters(PASSWORD, "office"), _enters(password, "office")) == (False, True)
    assert session.get("/tasks/").status_code == 302
    entry = LogEntry.objects.get()
    assert (entry.object_id, "重置密码" in entry.change_message, password in entry.change_message) == (
        str(office.pk),
        True,
        False,
    )


def test_ones_own_password_is_changed_knowing_it(client, administrator):
    response = client.post(f"{ACCOUNTS}{administrator.pk}/password/")
    assert (response.status_code, response.headers["Location"]) == (302, "/accounts/password/")
    assert client.get(f"{ACCOUNTS}0/password/").status_code == 404


def test_the_administrator_opens_a_lock(client, office):
    for _ in range(5):
        _enters("wrong", "office")
    answer = client.post(ACCOUNTS, {"action": "unlock", "_selected_action": [office.pk]}, follow=True)
    assert ("已清除 1 个账号的密码错误次数。" in words(answer), _enters(PASSWORD, "office")) == (True, True)


def test_no_search_reaches_a_password(client, office):
    assert client.get(f"{ACCOUNTS}?password__startswith=md5").status_code == 400


# --- nothing is deleted ------------------------------------------------------------------------------


def test_what_has_a_history_is_not_deleted(client, office):
    agency = make_agency("商务部")
    addresses = [f"{ACCOUNTS}{office.pk}/delete/", f"{AGENCIES}{agency.pk}/delete/"]
    assert [client.post(address, {"post": "yes"}).status_code for address in addresses] == [403, 403]
    for address, row in ((ACCOUNTS, office), (AGENCIES, agency)):
        html = client.get(address).content.decode()
        assert "delete_selected" not in html
        client.post(address, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert (User.objects.count(), Agency.objects.count()) == (2, 1)


def test_groups_and_permissions_are_not_there(client, office):
    shown = words(client.get("/admin/")) + words(client.get(f"{ACCOUNTS}{office.pk}/change/"))
    assert [word for word in ("用户组", "权限", "超级用户", "工作人员") if word in shown] == []
    assert client.get("/admin/auth/group/").status_code == 404
    assert (office.has_perm("agencies.change_user"), office.has_module_perms("agencies")) == (False, False)


# --- agencies ----------------------------------------------------------------------------------------


def _agency_form(name: str, alias: str = "", **fields) -> dict:
    rows = {"aliases-TOTAL_FORMS": "1", "aliases-INITIAL_FORMS": "0", "aliases-0-name": alias}
    return {"name": name, "position": "1"} | rows | fields


def test_an_agency_with_an_alias(client):
    assert client.post(f"{AGENCIES}add/", _agency_form("国家数据局", "数据局")).status_code == 302
    assert AgencyAlias.objects.get(agency__name="国家数据局").name == "数据局"


def test_a_name_means_one_agency(client):
    agency = make_agency("商务部")
    AgencyAlias.objects.create(agency=agency, name="外贸部")
    for name, alias, error in (
        ("国家数据局", "商务部", "“商务部”已是登记册中单位的名称，不能再作别名。"),
        ("外贸部", "", "“外贸部”已是“商务部”的别名，请先修改该别名。"),
    ):
        assert error in words(client.post(f"{AGENCIES}add/", _agency_form(name, alias)))
    assert Agency.objects.count() == 1


def test_members_are_asked_of_a_collective_alone(client):
    member, group = make_agency("商务部"), make_agency("联席会议成员单位", is_collective=True)
    assert 'name="members"' not in client.get(f"{AGENCIES}{member.pk}/change/").content.decode()
    client.post(
        f"{AGENCIES}{group.pk}/change/", _agency_form(group.name, is_collective="on", members=[member.pk])
    )
    assert list(group.members.all()) == [member]


def test_a_withdrawal_is_shown_and_not_made_here(client):
    agency = make_agency("商务部", is_withdrawn=True)
    page = client.get(f"{AGENCIES}{agency.pk}/change/")
    assert "登记已撤销: 是 登记后又撤销的单位：不再识别其名称，操作记录仍指向它" in words(page)
    assert 'alt="' not in client.get(AGENCIES).content.decode()  # Django's pictures speak English
    client.post(f"{AGENCIES}{agency.pk}/change/", _agency_form("商务部", is_withdrawn=""))
    agency.refresh_from_db()
    assert agency.is_withdrawn


def test_an_account_is_offered_agencies_that_may_have_one(client):
    for name, fields in (
        ("商务部", {}),
        ("商会", {"is_collective": True}),
        ("商业部", {"is_withdrawn": True}),
    ):
        make_agency(name, **fields)
    field = client.get(f"{ACCOUNTS}add/").context["adminform"].form.fields["agency"]
    assert [str(each) for each in field.queryset] == ["商务部"]


def test_an_account_keeps_an_agency_that_is_offered_no_more(client):
    agency = make_agency("商业部", is_withdrawn=True)
    account = make_user("mofcom", agency=agency)
    field = client.get(f"{ACCOUNTS}{account.pk}/change/").context["adminform"].form.fields["agency"]
    assert list(field.queryset) == [agency]


@pytest.mark.parametrize("address", [ACCOUNTS, AGENCIES])
def test_a_longer_list_costs_no_more_queries(address, client, django_assert_max_num_queries):
    client.get(address)
    with django_assert_max_num_queries(12):
        client.get(address)
    for number in range(30):
        make_user(f"person{number}", agency=make_agency(f"单位{number}"))
    with django_assert_max_num_queries(12):
        client.get(address)


# --- the first account -------------------------------------------------------------------------------


def _create(*arguments: str) -> str:
    told = io.StringIO()
    call_command("create_administrator", *arguments, stdout=told)
    return told.getvalue()


def test_the_first_administrator(db):
    told = _create("Root", "--email", "root@ipplan.example")
    password = re.search(r"一次性密码：(\S+)", told)[1]
    account = User.objects.get()
    assert (account.username, account.role, account.email) == ("root", "admin", "root@ipplan.example")
    assert (account.check_password(password), account.one_time_until > timezone.now()) == (True, True)
    assert _enters(password, "root")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["ROOT"], "没有建立账号“ROOT”：账号名已被使用（不区分大小写）"),
        (["a b"], "没有建立账号“a b”：账号名只能用字母、数字、汉字和 @ . + - _"),
        (["new", "--email", "x"], "没有建立账号“new”：输入一个有效的 Email 地址。"),
    ],
)
def test_an_administrator_that_cannot_be(arguments, error, db):
    _create("root")
    before = User.objects.get().password
    with pytest.raises(CommandError) as refused:
        _create(*arguments)
    assert str(refused.value) == error
    assert [account.password for account in User.objects.all()] == [before]


def test_a_fresh_site_has_no_account(db):
    assert User.objects.count() == 0
