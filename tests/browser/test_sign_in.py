"""Accounts in a browser: signing in, the account's menu, one's own password, the administrator's pages."""

import re

import pytest
from playwright.sync_api import expect

from agencies.models import Role, User
from tests.browser.barriers import barriers, overflow
from tests.browser.conftest import SIZES
from tests.factories import make_agency, make_user

PASSWORD = "correct horse battery"


@pytest.fixture
def at_the_door(page, size):
    page.set_viewport_size(SIZES[size])
    page.goto("/accounts/login/")
    return page


def sign_in(page, username: str, password: str) -> None:
    page.get_by_label("账号", exact=True).fill(username)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()


def test_the_right_password_opens_the_door(at_the_door, office):
    sign_in(at_the_door, "office", PASSWORD)
    expect(at_the_door).to_have_url(re.compile(r"^http://[^/]+/(\?.*)?$"))
    expect(at_the_door.locator(".pt-user summary")).to_be_visible()


def test_a_wrong_password_stays_and_says_so(at_the_door, office):
    sign_in(at_the_door, "office", "wrong")
    expect(at_the_door.get_by_text("账号或密码不正确")).to_be_visible()
    assert (barriers(at_the_door), overflow(at_the_door)) == ([], 0)


def test_somebody_who_has_signed_in_sees_the_ledger_at_once(signed_in, office, task, size):
    page = signed_in(office, size)
    page.goto("/tasks/")
    # By its role: of the table for wide screens and the cards for narrow ones, one is always hidden.
    expect(page.get_by_role("link").filter(has_text=task.text)).to_be_visible()


def test_the_accounts_menu_leads_to_the_password_and_out(signed_in, office, size):
    page = signed_in(office, size)
    page.goto("/accounts/password/")
    menu = page.locator(".pt-user summary")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="修改密码")).to_be_visible()
    expect(page.get_by_role("link", name="账号管理")).to_have_count(0)
    assert (barriers(page), overflow(page)) == ([], 0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="修改密码")).to_be_hidden()
    expect(menu).to_be_focused()
    menu.click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()


def test_a_one_time_password_is_changed_before_anything_else(at_the_door, office):
    one_time = office.issue_one_time_password()
    office.save()
    sign_in(at_the_door, "OFFICE", one_time)
    at_the_door.goto("/tasks/?q=x")
    expect(at_the_door.get_by_role("heading", name="请先设置自己的密码")).to_be_visible()
    assert (barriers(at_the_door), overflow(at_the_door)) == ([], 0)
    at_the_door.get_by_label("一次性密码", exact=True).fill(one_time)
    at_the_door.get_by_label("新密码", exact=True).fill("short")
    at_the_door.get_by_label("再次输入新密码").fill("short")
    at_the_door.get_by_role("button", name="设置密码并继续").click()
    expect(at_the_door.get_by_text("新密码太短，至少 12 个字符。")).to_be_visible()
    assert barriers(at_the_door) == []
    at_the_door.get_by_label("一次性密码", exact=True).fill(one_time)
    at_the_door.get_by_label("新密码", exact=True).fill("墨水瓶里的青蛙在唱歌 2026")
    at_the_door.get_by_label("再次输入新密码").fill("墨水瓶里的青蛙在唱歌 2026")
    at_the_door.get_by_role("button", name="设置密码并继续").click()
    expect(at_the_door).to_have_url(re.compile(r"/tasks/\?q=x$"))


def test_the_administrator_makes_an_account(signed_in, size, db):
    page = signed_in(make_user("admin", Role.ADMIN), size)
    make_agency("商务部", code="MOFCOM")
    page.goto("/admin/agencies/user/add/")
    page.locator("#id_username").fill("mofcom")
    page.get_by_label("单位").select_option(label="商务部")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="一次性密码")).to_be_visible()
    assert User.objects.get(username="mofcom").check_password(page.locator("#one-time-password").inner_text())
    assert (barriers(page), overflow(page)) == ([], 0)
