"""The same work with JavaScript switched off: filtering, one status, many statuses."""

import re

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from tasks.models import Task
from tests.browser.conftest import SIZES
from tests.tasks.worlds import task_named, world

__all__ = ["world"]


@pytest.fixture
def plain(new_context, live_server, world, size) -> Page:
    """The office's page in a browser that runs no script."""
    client = Client()
    client.force_login(world.office)
    context = new_context(java_script_enabled=False)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    page.set_viewport_size(SIZES[size])
    page.goto("/tasks/")
    return page


def _numbers(page: Page):
    return page.locator("tr[id^=task-] td.pt-no").filter(visible=True)


def test_filters_work_by_their_button(plain, size, world):
    if size == "narrow":
        plain.locator("label[for=more-filters]").click()
    plain.locator("select[name=plan]").select_option(label="2024 年度")
    menu = plain.locator("#menu-status")
    menu.locator("summary").click()
    menu.get_by_label("滞后").check()
    menu.get_by_label("已调整").check()
    menu.locator("summary").click()
    plain.get_by_role("button", name="筛选", exact=True).click()
    expect(_numbers(plain)).to_have_text(["3", "45"])
    assert f"plan={world.new.pk}" in plain.url
    plain.get_by_role("link", name=re.compile("移除条件 状态")).click()
    expect(_numbers(plain)).to_have_text(["1", "2", "3", "4", "5", "45", "46"])


def test_one_status(plain, size):
    task = task_named("24/1")
    if size == "narrow":
        plain.locator("[data-row] a.t").first.click()
        save = "保存状态"
    else:
        plain.locator(f"#status-{task.pk}").click()
        save = "保存"
    plain.locator(".pt-choice label").filter(has_text="滞后").click()
    plain.get_by_role("button", name=save).click()
    expect(plain.get_by_text("将第 1 项改为“滞后”须填写理由")).to_be_visible()
    plain.get_by_label("理由").fill("会期顺延")
    plain.get_by_role("button", name="保存").click()
    expect(plain.get_by_text("第 1 项已更新为“滞后”，进度 0%。")).to_be_visible()
    assert Task.objects.get(pk=task.pk).status_reason == "会期顺延"


def test_many_statuses(plain, size):
    if size == "narrow":
        pytest.skip("a phone shows cards, which are not ticked")
    plain.get_by_label("选择第 3 项").check()
    plain.get_by_label("选择第 4 项").check()
    plain.get_by_role("button", name="更新状态").click()
    panel = plain.get_by_role("dialog", name="更新所选任务的状态")
    panel.locator(".pt-choice label").filter(has_text="长期坚持").click()
    panel.get_by_label("理由").fill("转入常态")
    panel.get_by_role("button", name="更新所选").click()
    expect(plain.get_by_text("2 项任务已更新为“长期坚持”。")).to_be_visible()
    assert {Task.objects.get(pk=task_named(name).pk).status for name in ("24/3", "24/4")} == {"continuing"}


def test_theme_and_way_out(plain, size):
    menu = plain.locator(".pt-user > summary")

    def switch(name: str):
        if size == "narrow":  # there the menu of the account has it
            menu.click()
        return plain.get_by_role("button", name=name)

    switch("切换为深色").click()
    expect(switch("切换为浅色")).to_be_visible()
    plain.reload()
    # Out of sight until the menu is opened; <details> needs no script for that.
    leave = plain.get_by_role("button", name="退出登录")
    expect(leave).to_be_hidden()
    menu.click()
    leave.click()
    expect(plain.get_by_role("heading", name="登录")).to_be_visible()
