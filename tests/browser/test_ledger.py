"""任务台账 in a browser: filters that send themselves, menus, chips, ticked rows, and cards on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from agencies.models import Role
from tasks import workflow
from tasks.models import Event, Plan
from tests.factories import make_periods, make_task, make_user
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
    ledger.locator("select[name=part]").select_option(label="二、第2章标题")
    _expect_rows(ledger, 5, 45, 46)
    ledger.locator("select[name=plan]").select_option(label="2023 年度")
    expect(ledger).to_have_url(re.compile(rf"\?plan={world.old.pk}$"))


def test_each_tick_is_sent_and_the_menu_stays_open(ledger):
    menu = ledger.locator("#menu-status")
    menu.locator("summary").click()
    menu.get_by_label("滞后").check()
    _expect_rows(ledger, 3)
    expect(menu.get_by_label("滞后")).to_be_focused()
    menu.get_by_label("已调整").check()
    expect(ledger).to_have_url(re.compile(r"\?status=delayed&status=adjusted$"))
    _expect_rows(ledger, 3, 45)


def test_nothing_but_the_list_is_fetched(ledger):
    ledger.evaluate("window.stays = true")
    ledger.locator("select[name=plan]").select_option(label="2023 年度")
    _expect_rows(ledger, 1, 45)
    ledger.get_by_role("link", name=re.compile("移除条件 年度")).click()
    expect(ledger).to_have_url(re.compile("/tasks/$"))
    expect(ledger.locator("select[name=plan]")).to_have_value("")
    assert ledger.evaluate("window.stays") is True


def test_typing_searches_and_keeps_the_field(ledger):
    field = ledger.locator("#q")
    field.click()
    field.press_sequentially("商标法")
    _expect_rows(ledger, 1, 1)
    expect(field).to_be_focused()
    expect(field).to_have_value("商标法")


def test_menus_of_a_status_by_keyboard(ledger):
    control = ledger.locator(f"#status-{task_named('24/1').pk}")
    control.focus()
    ledger.keyboard.press("s")
    expect(ledger.get_by_role("listbox", name=re.compile("第 1 项状态"))).to_be_focused()
    ledger.keyboard.press("Escape")
    expect(control).to_be_focused()
    ledger.keyboard.press("Space")
    ledger.keyboard.press("ArrowDown")
    ledger.keyboard.press("Enter")
    expect(control).to_contain_text("推进中")
    expect(ledger.locator("#toasts")).to_contain_text("第 1 项已更新为“推进中”")
    expect(control).to_be_focused()
    ledger.keyboard.press("z")
    expect(ledger.locator("#toasts")).to_contain_text("已撤销。第 1 项已更新为“未启动”")
    expect(control).to_contain_text("未启动")
    expect(control).to_be_focused()


def test_a_refused_undoing_is_seen_from_wherever_it_was_asked(ledger, world):
    last = ledger.locator("a[data-status]:visible").last
    last.scroll_into_view_if_needed()
    last.press("Space")
    ledger.get_by_role("option", name="长期坚持").click()
    undo = ledger.get_by_role("button", name="撤销")
    expect(undo).to_be_visible()
    task = Event.objects.latest("pk").task
    colleague = make_user("watch", Role.OFFICE)
    workflow.set_status(task, by=colleague, status="in_progress", version=task.version)
    undo.click()
    refusal = ledger.locator("#notices .pt-alert")
    expect(refusal).to_contain_text(f"没有撤销：第 {task.number} 项此后又有更新，请核对后再改。")
    expect(refusal).to_be_in_viewport()


def test_keys_of_the_list(ledger):
    ledger.keyboard.press("j")
    ledger.keyboard.press("j")
    ledger.keyboard.press("x")
    expect(ledger.get_by_label("选择第 2 项")).to_be_checked()
    ledger.keyboard.press("?")
    expect(ledger.get_by_role("dialog", name="键盘操作")).to_be_visible()
    ledger.keyboard.press("Escape")
    ledger.keyboard.press("/")
    expect(ledger.locator("#q")).to_be_focused()
    ledger.keyboard.type("jx?")
    expect(ledger.locator("#q")).to_have_value("jx?")


def test_a_view_is_saved_as_a_tab(ledger):
    ledger.goto("/tasks/?status=delayed")
    ledger.get_by_role("link", name="保存当前视图").click()
    dialog = ledger.get_by_role("dialog", name="保存当前视图")
    dialog.get_by_label("名称").fill("滞后的任务")
    dialog.get_by_role("button", name="保存视图").click()
    expect(dialog).to_be_hidden()
    expect(ledger.locator("#tabs [aria-current]")).to_contain_text("滞后的任务")


def test_focus_returns_from_the_dialogs_of_views(ledger):
    """To what opened the dialog, whether it was left or saved; from a view that is gone to the tabs."""
    ledger.goto("/tasks/?status=delayed")
    focused = ledger.locator(":focus")

    def opened(link: str, title: str):
        ledger.get_by_role("link", name=link).focus()
        ledger.keyboard.press("Enter")
        dialog = ledger.get_by_role("dialog", name=title)
        expect(dialog.get_by_label("名称")).to_be_focused()
        return dialog

    dialog = opened("保存当前视图", "保存当前视图")
    ledger.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(focused).to_have_text("保存当前视图")
    opened("保存当前视图", "保存当前视图").get_by_label("名称").fill("滞后的任务")
    ledger.keyboard.press("Enter")
    expect(ledger.locator("#tabs [aria-current]")).to_contain_text("滞后的任务")
    expect(focused).to_have_text("保存当前视图")
    opened("修改视图", "修改视图").get_by_label("名称").fill("滞后")
    ledger.keyboard.press("Enter")
    expect(ledger.get_by_role("link", name="修改视图“滞后”")).to_be_focused()
    opened("修改视图", "修改视图").get_by_role("button", name="删除视图").click()
    expect(ledger.locator("#tabs")).not_to_contain_text("滞后")
    expect(focused).to_contain_text("全部任务")


def test_export_dialog_counts_what_is_ticked(ledger):
    ledger.get_by_label("选择第 3 项").check()
    ledger.get_by_role("link", name="导出所选").click()
    dialog = ledger.get_by_role("dialog", name="导出")
    expect(dialog.get_by_role("button", name="导出 1 项")).to_be_visible()
    dialog.get_by_role("radio", name=re.compile("全部任务")).check()
    expect(dialog.get_by_role("button", name="导出 9 项")).to_be_visible()
    with ledger.expect_download() as download:
        dialog.get_by_role("button", name="导出 9 项").click()
    assert download.value.suggested_filename.startswith("任务台账_")


def test_reminders_are_proposed_for_what_is_ticked(ledger, world):
    make_periods(world.new)
    for number in (3, 46):
        ledger.get_by_label(f"选择第 {number} 项").check()
    ledger.get_by_role("link", name="催办", exact=True).click()
    expect(ledger.get_by_role("heading", name="催办对象")).to_be_visible()
    assert {*ledger.locator(".pt-numbers a").all_inner_texts()} == {"3", "46"}
    ledger.get_by_role("link", name="取消").click()
    expect(ledger).to_have_url(re.compile("/tasks/$"))


@pytest.mark.parametrize("person", ["office", "mara"])
def test_participants_stand_in_one_line(person, visit, site):
    page = visit(
        "/tasks/?per_page=100&plan=" + str(Plan.objects.get(first_year=2024).pk), site[person], "wide"
    )
    broken = "all => all.filter(one => one.offsetHeight > 30).map(one => one.innerText.split(/\\s*\\n\\s*/))"
    assert page.locator(".c-part .more").count() > 2
    assert page.eval_on_selector_all(".c-part .pt-ags", broken) == []


def test_all_of_the_list_is_chosen_over_its_pages(signed_in, world):
    section = world.section("完善法律")
    for number in range(100, 120):
        make_task(section, number=number)
    page = signed_in(world.office)
    page.goto("/tasks/?per_page=15")
    page.get_by_label("选择本页全部").check()
    page.get_by_role("link", name="选择全部 29 项").click()
    bar = page.get_by_role("region", name="批量操作")
    expect(bar).to_contain_text("已选全部 29 项")
    expect(bar.get_by_role("link", name="催办")).to_have_attribute("href", re.compile(r"[?&]query=(&|$)"))
    bar.get_by_role("link", name="更新状态").click()
    dialog = page.get_by_role("dialog", name="更新全部 29 项的状态")
    dialog.locator(".pt-choice label").filter(has_text="长期坚持").click()
    dialog.get_by_label("理由").fill("转入常态")
    dialog.get_by_role("button", name="更新全部 29 项").click()
    expect(page.locator("#toasts")).to_contain_text("29 项任务已更新为“长期坚持”。")


def test_a_menu_that_changed_nothing_sends_nothing(ledger):
    before = ledger.url
    summary = ledger.locator("#menu-light summary")
    summary.click()
    ledger.keyboard.press("Escape")
    expect(summary).to_be_focused()
    assert ledger.url == before


def test_search_and_chips(ledger):
    search = ledger.get_by_role("combobox", name="关键词")
    search.fill("商标法")
    search.press("Enter")
    _expect_rows(ledger, 1, 1)
    ledger.get_by_role("link", name="移除条件 关键词：商标法").click()
    expect(ledger).to_have_url(re.compile(r"/tasks/$"))
    expect(ledger.locator("tr[id^=task-]")).to_have_count(9)


def test_back_finds_the_form_as_it_was(ledger):
    ledger.locator("select[name=plan]").select_option(label="2023 年度")
    _expect_rows(ledger, 1, 45)
    ledger.go_back()
    expect(ledger.locator("select[name=plan]")).to_have_value("")
    expect(ledger.locator("select[name=duty]")).to_be_enabled()
    ledger.locator("#sum-further").click()
    ledger.locator("select[name=duty]").select_option(label="按职责分工负责")
    _expect_rows(ledger, 2)


def test_a_heading_sorts_both_ways(ledger):
    ledger.get_by_role("link", name="进度").click()
    expect(ledger.get_by_role("columnheader", name="进度")).to_have_attribute("aria-sort", "ascending")
    ledger.get_by_role("link", name="进度").click()
    expect(ledger.get_by_role("columnheader", name="进度")).to_have_attribute("aria-sort", "descending")
    expect(ledger.locator("tr[id^=task-] td.pt-no").first).to_have_text("4")
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
    expect(phone.locator(".pt-table thead")).to_be_hidden()
    cards = phone.locator("[data-row]")
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
    expect(phone.locator("[data-row]")).to_have_count(2)
    expect(phone.locator("label[for=more-filters]")).to_have_text("筛选 1")


def test_a_card_leads_to_its_task_and_back(phone):
    phone.goto("/tasks/?status=delayed")
    phone.locator("[data-row] a.t").click()
    expect(phone).to_have_url(re.compile(rf"/tasks/{task_named('24/3').pk}/"))
    phone.get_by_role("navigation", name="面包屑").get_by_role("link", name="任务台账").click()
    expect(phone).to_have_url(re.compile(r"/tasks/\?status=delayed$"))
