"""Requests of scripts that fail: a notice in the page, what was there stays, the same can be tried again."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.tasks.worlds import world

__all__ = ["world"]


@pytest.fixture
def ledger(signed_in, world) -> Page:
    page = signed_in(world.office)
    page.goto("/tasks/")
    return page


def _press(page: Page) -> None:
    """Ask for a fragment as any element of the page does: a button that fetches into a place of its own."""
    page.evaluate(
        """() => {
          const main = document.querySelector('main');
          const button = '<button class="btn" id="probe" hx-get="/fragment/" hx-target="#place">取</button>';
          main.insertAdjacentHTML('afterbegin', button + '<div id="place">原有内容</div>');
          htmx.process(main.querySelector('#probe'));
        }"""
    )
    page.locator("#probe").click()


def _notice(page: Page):
    return page.locator(".pt-failure")


def test_without_a_connection_the_page_stays_and_tries_again(ledger, complaints):
    complaints.expect("ERR_FAILED|htmx:")
    ledger.route("**/fragment/", lambda route: route.abort())
    _press(ledger)
    expect(_notice(ledger)).to_contain_text("读取失败：网络中断，请重试。")
    expect(ledger.locator("#place")).to_have_text("原有内容")
    ledger.unroute("**/fragment/")
    ledger.route("**/fragment/", lambda route: route.fulfill(body="<b>新内容</b>", content_type="text/html"))
    _notice(ledger).get_by_role("button", name="重试").click()
    expect(ledger.locator("#place")).to_have_text("新内容")
    expect(_notice(ledger)).to_have_count(0)


@pytest.mark.parametrize(
    ("status", "type_", "words", "retry"),
    [
        (500, "text/plain; charset=utf-8", "系统出错，操作未完成。", True),
        (502, "text/html", "读取失败：服务器没有回答，请重试。", True),
        (403, "text/plain; charset=utf-8", "没有操作权限。", False),
        (409, "text/plain; charset=utf-8", "他人已先修改，您的修改没有保存。", False),
    ],
)
def test_what_the_server_refuses_is_said(status, type_, words, retry, ledger, complaints):
    complaints.expect(f"{status}|htmx:")
    answer = {
        "status": status,
        "content_type": type_,
        "body": words,
        "headers": {"X-Request-ID": "4bf92f3577"},
    }
    ledger.route("**/fragment/", lambda route: route.fulfill(**answer))
    _press(ledger)
    expect(_notice(ledger)).to_contain_text(words)
    expect(_notice(ledger)).to_contain_text("请求编号 4bf92f3577")
    expect(_notice(ledger).get_by_role("button", name="重试")).to_have_count(1 if retry else 0)
    expect(ledger.locator("#place")).to_have_text("原有内容")
    _notice(ledger).get_by_role("button", name="关闭提示").click()
    expect(_notice(ledger)).to_have_count(0)


def test_a_session_that_ended_leads_to_the_door_and_back(ledger, complaints):
    complaints.expect("401|htmx:")
    ledger.goto("/tasks/?status=delayed")
    ledger.context.clear_cookies()
    ledger.route(
        "**/fragment/", lambda route: route.continue_(url=re.sub("fragment/", "tasks/", route.request.url))
    )
    _press(ledger)
    expect(_notice(ledger)).to_contain_text("登录已失效")
    _notice(ledger).get_by_role("link", name="重新登录").click()
    expect(ledger).to_have_url(re.compile(r"/accounts/login/\?next=%2Ftasks%2F%3Fstatus%3Ddelayed$"))


def test_the_pressed_button_rests_until_the_answer(ledger):
    held = []
    ledger.route("**/fragment/", lambda route: held.append(route))
    _press(ledger)
    probe, place = ledger.locator("#probe"), ledger.locator("#place")
    expect(probe).to_have_attribute("aria-busy", "true")
    expect(probe).to_be_disabled()
    expect(place).to_have_attribute("aria-busy", "true")
    held[0].fulfill(body="<b>新内容</b>", content_type="text/html")
    expect(place).to_have_text("新内容")
    expect(probe).to_be_enabled()
    assert (probe.get_attribute("aria-busy"), place.get_attribute("aria-busy")) == (None, None)
    expect(probe).to_be_focused()


def test_a_session_that_nobody_uses_is_said_to_end_and_can_be_kept(signed_in, world):
    page = signed_in(world.office)
    page.clock.install()
    page.goto("/tasks/?status=delayed")
    notice = page.get_by_role("alert")
    page.clock.fast_forward("25:30")
    expect(notice).to_have_count(0)
    page.clock.fast_forward("01:00")
    expect(notice).to_contain_text("您已有一段时间没有操作，2 分钟内将自动退出登录。")
    notice.get_by_role("button", name="继续使用").click()
    expect(notice).to_have_count(0)
    page.clock.fast_forward("28:30")
    expect(notice).to_contain_text("长时间没有操作，登录已自动退出。")
    expect(notice.get_by_role("button", name="继续使用")).to_have_count(0)
    link = notice.get_by_role("link", name="重新登录")
    expect(link).to_have_attribute("href", "/accounts/login/?next=%2Ftasks%2F%3Fstatus%3Ddelayed")
