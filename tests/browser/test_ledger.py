"""任务台账 in a browser: filters that send themselves, menus, chips, ticked rows, and cards on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.tasks.worlds import task_named, world

__all__ = ["world"]


@pytest.fixture
def ledger(signed_in, world) -> Page:
    page = signed_in(world.office)
    page.goto("/tasks/")
    return page


def _rows(page: Page) -> list[str]:
    """The numbers in the table, as they are seen."""
    return page.locator("tr[id^=task-] td.pt-no").all_inner_texts()


def _expect_rows(page: Page, *numbers: int) -> None:
    expect(page.locator("tr[id^=task-] td.pt-no")).to_have_text([str(number) for number in numbers])


def test_a_choice_sends_itself_and_leaves_empty_fields_out(ledger, world):
    ledger.locator("select[name=plan]").select_option(label="2023 年度")
    expect(ledger).to_have_url(re.compile(rf"/tasks/\?plan={world.old.pk}$"))
    _expect_rows(ledger, 1, 45)
    ledger.locator("select[name=agency]").select_option(label="商务部")
    expect(ledger).to_have_url(re.compile(rf"\?plan={world.old.pk}&agency={world.mofcom.pk}$"))
    ledger.get_by_role("radiogroup", name="单位角色").get_by_text("牵头").click()
    _expect_rows(ledger, 45)


def test_another_plan_forgets_the_chapter(ledger, world):
    ledger.locator("select[name=plan]").select_option(label="2024 年度")
    ledger.locator("select[name=chapter]").select_option(index=2)
    _expect_rows(ledger, 5, 45, 46)
    ledger.locator("select[name=plan]").select_option(label="2023 年度")
    expect(ledger).to_have_url(re.compile(rf"\?plan={world.old.pk}$"))


def test_a_menu_sends_all_its_ticks_when_it_closes(ledger):
    menu = ledger.locator("details[data-menu]").filter(has_text="状态")
    menu.locator("summary").click()
    menu.get_by_label("滞后").check()
    menu.get_by_label("已调整").check()
    assert "status" not in ledger.url
    ledger.get_by_role("heading", name="任务台账").click()
    expect(ledger).to_have_url(re.compile(r"\?status=delayed&status=adjusted$"))
    _expect_rows(ledger, 3, 45)


def test_a_menu_that_changed_nothing_sends_nothing(ledger):
    before = ledger.url
    summary = ledger.locator("details[data-menu]").filter(has_text="预警").locator("summary")
    summary.click()
    ledger.keyboard.press("Escape")
    expect(summary).to_be_focused()
    assert ledger.url == before


def test_search_and_chips(ledger):
    search = ledger.get_by_role("searchbox", name="关键词")
    search.fill("商标法")
    search.press("Enter")
    _expect_rows(ledger, 1, 1)
    ledger.get_by_role("link", name="移除条件 关键词：商标法").click()
    expect(ledger).to_have_url(re.compile(r"/tasks/\?$"))
    assert len(_rows(ledger)) == 9


def test_back_finds_the_form_as_it_was(ledger):
    ledger.locator("select[name=plan]").select_option(label="2023 年度")
    _expect_rows(ledger, 1, 45)
    ledger.go_back()
    expect(ledger.locator("select[name=plan]")).to_have_value("")
    expect(ledger.locator("select[name=duty]")).to_be_enabled()
    ledger.locator("select[name=duty]").select_option(label="按职责分工负责")
    _expect_rows(ledger, 2)


def test_a_heading_sorts_both_ways(ledger):
    ledger.get_by_role("link", name="进度").click()
    expect(ledger.get_by_role("columnheader", name="进度")).to_have_attribute("aria-sort", "ascending")
    ledger.get_by_role("link", name="进度").click()
    expect(ledger.get_by_role("columnheader", name="进度")).to_have_attribute("aria-sort", "descending")
    assert _rows(ledger)[:3] == ["4", "1", "5"]


def test_ticked_rows_are_counted(ledger):
    bar = ledger.get_by_role("region", name="批量操作")
    every = ledger.get_by_label("选择本页全部")
    expect(bar).to_be_hidden()
    ledger.get_by_label("选择第 3 项").check()
    ledger.get_by_label("选择第 4 项").check()
    expect(bar).to_contain_text("已选 2 项")
    expect(every).to_have_js_property("indeterminate", True)
    every.check()
    expect(bar).to_contain_text("已选 9 项")
    bar.get_by_role("button", name="取消选择").click()
    expect(bar).to_be_hidden()
    expect(every).not_to_be_checked()


# --- on a phone --------------------------------------------------------------------------------------


@pytest.fixture
def phone(signed_in, world) -> Page:
    page = signed_in(world.office, "narrow")
    page.goto("/tasks/")
    return page


def test_phone_shows_cards_and_no_table(phone):
    expect(phone.get_by_role("table")).to_be_hidden()
    cards = phone.locator(".pt-mcard")
    expect(cards).to_have_count(9)
    expect(cards.first).to_be_visible()
    expect(cards.first).to_contain_text("修改《商标法》及其实施条例。")
    expect(phone.get_by_role("navigation", name="底部导航")).to_be_visible()


def test_phone_opens_its_filters_by_a_button(phone, world):
    plan = phone.locator("select[name=plan]")
    expect(plan).to_be_hidden()
    phone.get_by_text("筛选", exact=True).first.click()
    expect(plan).to_be_visible()
    plan.select_option(label="2023 年度")
    expect(phone).to_have_url(re.compile(rf"\?plan={world.old.pk}$"))
    expect(phone.locator(".pt-mcard")).to_have_count(2)
    expect(phone.locator("label[for=more-filters]")).to_have_text("筛选 1")


def test_a_card_leads_to_its_task_and_back(phone):
    phone.goto("/tasks/?status=delayed")
    phone.locator(".pt-mcard").click()
    expect(phone).to_have_url(re.compile(rf"/tasks/{task_named('24/3').pk}/"))
    phone.get_by_role("navigation", name="面包屑").get_by_role("link", name="任务台账").click()
    expect(phone).to_have_url(re.compile(r"/tasks/\?status=delayed$"))
