"""Signing in, in a browser: the page works, complains of nothing, and leads to the ledger."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SIZES


@pytest.fixture
def at_the_door(page, size):
    page.set_viewport_size(SIZES[size])
    page.goto("/accounts/login/")
    return page


def sign_in(page, username: str, password: str) -> None:
    page.get_by_label("账号", exact=True).fill(username)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()


def test_the_right_password_leads_to_the_ledger(at_the_door, office):
    sign_in(at_the_door, "office", "correct horse battery")
    expect(at_the_door.get_by_role("heading", name="任务台账")).to_be_visible()


def test_a_wrong_password_stays_and_says_so(at_the_door, office):
    sign_in(at_the_door, "office", "wrong")
    expect(at_the_door.get_by_text("账号或密码不正确")).to_be_visible()


def test_somebody_who_has_signed_in_sees_the_ledger_at_once(signed_in, office, task, size):
    page = signed_in(office, size)
    page.goto("/tasks/")
    # By its role: of the table for wide screens and the cards for narrow ones, one is always hidden.
    expect(page.get_by_role("link").filter(has_text=task.text)).to_be_visible()
