"""检索 in a browser: the field offers words by keyboard and pointer, beside an input method, never late."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import barriers
from tests.factories import make_plan, make_section, make_task


@pytest.fixture
def ledger(signed_in, office) -> Page:
    section = make_section(make_plan())
    make_task(section, number=1, text="实施地理标志保护工程")
    make_task(section, number=2, text="推进地理标志品牌建设")
    make_task(section, number=3, text="推进地理信息共享")
    make_task(section, number=4, text="办好展会")
    page = signed_in(office)
    page.goto("/tasks/")
    return page


def _field(page: Page):
    return page.get_by_role("combobox", name="关键词")


def _type(page: Page, words: str) -> None:
    _field(page).press_sequentially(words)
    expect(_options(page).first).to_be_visible()


def _options(page: Page):
    return page.get_by_role("listbox", name="搜索建议").get_by_role("option")


def _expect_rows(page: Page, *numbers: int) -> None:
    expect(page.locator("tr[id^=task-] td.pt-no")).to_have_text([str(number) for number in numbers])


def test_the_list_is_used_by_keyboard(ledger):
    field = _field(ledger)
    expect(field).to_have_attribute("aria-expanded", "false")
    _type(ledger, "地理")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(_options(ledger)).to_have_text(["词地理标志2 项", "词地理信息1 项"])
    # The list of tasks is fetched meanwhile, with a fresh field: what was offered stays.
    _expect_rows(ledger, 1, 2, 3)
    expect(_options(ledger)).to_have_count(2)
    field.press("ArrowUp")
    expect(_options(ledger).last).to_have_attribute("aria-selected", "true")
    field.press("ArrowDown")
    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "q-offered-0")
    expect(field).to_be_focused()
    field.press("Enter")
    expect(field).to_have_value("地理标志")
    expect(_options(ledger)).to_have_count(0)
    _expect_rows(ledger, 1, 2)
    expect(ledger.locator("tr mark")).to_have_text(["地理标志", "地理标志"])


def test_escape_closes_the_list_and_keeps_the_words(ledger):
    _type(ledger, "地理")
    _field(ledger).press("Escape")
    expect(_options(ledger)).to_have_count(0)
    expect(_field(ledger)).to_have_value("地理")
    expect(_field(ledger)).to_have_attribute("aria-expanded", "false")


def test_an_option_is_taken_by_pointer(ledger):
    _type(ledger, "地理")
    _options(ledger).filter(has_text="地理信息").click()
    expect(_field(ledger)).to_have_value("地理信息")
    _expect_rows(ledger, 3)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_open_list_is_no_barrier(ledger, theme):
    ledger.emulate_media(color_scheme=theme)
    _type(ledger, "地理")
    expect(ledger.locator("tr mark")).to_have_count(3)
    _field(ledger).press("ArrowDown")
    assert barriers(ledger) == []


def test_leaving_the_field_closes_the_list(ledger):
    _type(ledger, "地理")
    ledger.get_by_role("heading", name="任务台账").click()
    expect(_options(ledger)).to_have_count(0)


def test_nothing_is_asked_while_a_word_is_composed(ledger):
    asked = []
    ledger.on("request", lambda request: asked.append(request.url) if "suggest" in request.url else None)
    client = ledger.context.new_cdp_session(ledger)
    _field(ledger).click()
    client.send("Input.imeSetComposition", {"text": "di'li", "selectionStart": 5, "selectionEnd": 5})
    ledger.wait_for_timeout(500)
    assert asked == []
    client.send("Input.insertText", {"text": "地理"})
    expect(_options(ledger)).to_have_count(2)
    assert len(asked) == 1


def test_a_late_answer_never_replaces_a_newer_one(ledger):
    """The answer to 地 is held back until that to 地理信 is there."""
    held = []

    def hold(route):
        if route.request.url.endswith("q=%E5%9C%B0"):
            held.append(route)
        else:
            route.continue_()

    ledger.route("**/tasks/suggest/**", hold)
    _field(ledger).press_sequentially("地")
    ledger.wait_for_timeout(300)
    _field(ledger).press_sequentially("理信")
    expect(_options(ledger)).to_have_text(["词地理信息1 项"])
    assert len(held) == 1
    held[0].abort()
    ledger.wait_for_timeout(200)
    expect(_options(ledger)).to_have_text(["词地理信息1 项"])


def test_the_field_at_the_top_leads_to_the_ledger(ledger):
    ledger.goto("/tasks/?q=展会")
    ledger.locator("tr[id^=task-] a.t").click()
    ledger.get_by_label("搜索任务", exact=True).first.click()
    field = ledger.get_by_role("combobox", name="搜索任务")
    expect(field).to_be_focused()
    field.press_sequentially("地理")
    ledger.get_by_role("option").filter(has_text="地理标志").click()
    expect(ledger).to_have_url(re.compile(r"/tasks/\?q="))
    _expect_rows(ledger, 1, 2)


def test_without_script_it_is_a_search_field(new_context, ledger):
    cookies = ledger.context.cookies()
    context = new_context(java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto("/tasks/")
    field = page.get_by_role("searchbox", name="关键词")
    field.fill("地理信息")
    field.press("Enter")
    _expect_rows(page, 3)
