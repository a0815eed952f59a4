"""Setting statuses in a browser: the dialog, the selection, and two people at the same task."""

import re

import pytest
from playwright.sync_api import Page, expect

from agencies.models import Role
from tasks.models import Task
from tests.factories import make_user
from tests.tasks.worlds import task_named, world

__all__ = ["world"]


@pytest.fixture
def ledger(signed_in, world) -> Page:
    page = signed_in(world.office)
    page.goto("/tasks/")
    return page


def _control(page: Page, name: str):
    return page.locator(f"#status-{task_named(name).pk}")


def _dialog(page: Page):
    return page.get_by_role("dialog", name=re.compile("更新状态|他人已先修改"))


def _open(page: Page, name: str):
    """The form in the dialog, which the menu opens for a status that owes a reason."""
    _control(page, name).click()
    page.get_by_role("option", name="已调整" if task_named(name).status == "delayed" else "滞后").click()
    expect(_dialog(page)).to_be_visible()
    return _dialog(page)


def _choose(dialog, status: str) -> None:
    dialog.locator(".pt-choice label").filter(has_text=status).click()


def _stands(name: str) -> tuple:
    task = Task.objects.get(pk=task_named(name).pk)
    return task.status, task.progress, task.status_reason


def test_dialog_owes_a_reason_then_changes_row_and_group(ledger):
    dialog = _open(ledger, "24/1")
    expect(dialog).to_contain_text("第 1 项 · 更新状态")
    _choose(dialog, "滞后")
    dialog.get_by_label("进度").fill("15")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_contain_text("将第 1 项改为“滞后”须填写理由")
    expect(dialog.get_by_label("进度")).to_have_value("15")
    expect(dialog.get_by_role("radio", name="滞后")).to_be_checked()
    expect(dialog.get_by_label("理由")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_label("理由")).to_be_focused()
    assert _stands("24/1") == ("not_started", 0, "")

    dialog.get_by_label("理由").fill("会期顺延")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_be_hidden()
    expect(_control(ledger, "24/1")).to_contain_text("滞后")
    expect(_control(ledger, "24/1")).to_be_focused()
    expect(ledger.locator("tr.grp").first).to_contain_text("2 项 · 已完成 0 · 滞后 1")
    expect(ledger.locator("#toasts")).to_contain_text("第 1 项已更新为“滞后”，进度 15%。")
    assert _stands("24/1") == ("delayed", 15, "会期顺延")


def test_the_list_keeps_its_conditions(ledger):
    """A task that no longer meets them leaves the list."""
    ledger.goto("/tasks/?status=not_started")
    dialog = _open(ledger, "24/1")
    _choose(dialog, "推进中")
    dialog.get_by_role("button", name="保存").click()
    expect(ledger.locator("tr[id^=task-]")).to_have_count(1)
    expect(ledger).to_have_url(re.compile(r"\?status=not_started$"))


@pytest.mark.parametrize("way", ["取消", "关闭", "Escape"])
def test_dialog_is_left_without_a_change(way, ledger):
    dialog = _open(ledger, "24/1")
    _choose(dialog, "已完成")
    if way == "Escape":
        ledger.keyboard.press("Escape")
    else:
        dialog.get_by_role("button", name=way).click()
    expect(dialog).to_be_hidden()
    expect(_control(ledger, "24/1")).to_be_focused()
    assert _stands("24/1") == ("not_started", 0, "")


def test_dialog_works_from_the_keyboard(ledger):
    _control(ledger, "24/1").focus()
    ledger.keyboard.press("Enter")
    ledger.keyboard.press("End")
    ledger.keyboard.press("Enter")
    dialog = _dialog(ledger)
    expect(dialog).to_be_visible()
    dialog.get_by_role("radio", name="未启动").focus()
    ledger.keyboard.press("ArrowRight")
    dialog.get_by_label("进度").fill("30")
    ledger.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(_control(ledger, "24/1")).to_contain_text("推进中")
    assert _stands("24/1") == ("in_progress", 30, "")


def test_lost_connection_keeps_what_was_typed(ledger, complaints):
    complaints.expect("ERR_FAILED|htmx:")
    dialog = _open(ledger, "24/1")
    _choose(dialog, "滞后")
    dialog.get_by_label("理由").fill("会期顺延")
    ledger.route("**/status/", lambda route: route.abort())
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.get_by_role("alert")).to_contain_text("网络中断")
    expect(dialog.get_by_label("理由")).to_have_value("会期顺延")
    ledger.unroute("**/status/")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_be_hidden()
    assert _stands("24/1")[0] == "delayed"


def test_double_click_is_one_change(ledger):
    dialog = _open(ledger, "24/1")
    _choose(dialog, "推进中")
    dialog.get_by_role("button", name="保存").dblclick()
    expect(dialog).to_be_hidden()
    assert task_named("24/1").events.filter(kind="task.status").count() == 1


# --- many at once ------------------------------------------------------------------------------------


def _open_bulk(page: Page):
    page.get_by_role("region", name="批量操作").get_by_role("button", name="更新状态").click()
    panel = page.get_by_role("dialog", name="更新所选任务的状态")
    expect(panel).to_be_visible()
    return panel


def test_selection_gets_one_status(ledger):
    for number in (3, 4):
        ledger.get_by_label(f"选择第 {number} 项").check()
    panel = _open_bulk(ledger)
    expect(panel).to_contain_text("已选 2 项")
    _choose(panel, "长期坚持")
    panel.get_by_label("理由").fill("转入常态")
    panel.get_by_role("button", name="更新所选").click()
    expect(ledger.locator("#toasts")).to_contain_text("2 项任务已更新为“长期坚持”。")
    assert [_stands(name) for name in ("24/3", "24/4")] == [
        ("continuing", 10, "转入常态"),
        ("continuing", 100, "转入常态"),
    ]
    assert _stands("24/2")[0] == "in_progress"


def test_selection_that_owes_a_reason_asks_for_it(ledger):
    ledger.goto("/tasks/?status=completed")
    ledger.get_by_label("选择本页全部").check()
    panel = _open_bulk(ledger)
    _choose(panel, "推进中")
    panel.get_by_role("button", name="更新所选").click()
    expect(ledger.get_by_role("heading", name="更新所选任务的状态")).to_be_visible()
    expect(ledger.get_by_text(re.compile("将第 .* 项改为“推进中”须填写理由"))).to_be_visible()
    ledger.get_by_label("理由").fill("成果退回")
    ledger.get_by_role("button", name="更新 2 项").click()
    expect(ledger).to_have_url(re.compile(r"/tasks/\?status=completed$"))
    assert {_stands(name) for name in ("24/4", "23/1")} == {("in_progress", 100, "成果退回")}


# --- two people --------------------------------------------------------------------------------------


@pytest.fixture
def colleague(signed_in, world) -> Page:
    page = signed_in(make_user("watch", Role.OFFICE, first_name="督查处"))
    page.goto("/tasks/")
    return page


def _set(page: Page, name: str, status: str, reason: str = "") -> None:
    dialog = _open(page, name)
    _choose(dialog, status)
    dialog.get_by_label("理由").fill(reason)
    dialog.get_by_role("button", name="保存").click()


def test_second_person_is_shown_both_values_and_may_overwrite(ledger, colleague, complaints):
    complaints.expect("409")
    dialog = _open(ledger, "24/2")
    _set(colleague, "24/2", "滞后", "会期顺延")
    expect(_dialog(colleague)).to_be_hidden()

    _choose(dialog, "已调整")
    dialog.get_by_label("理由").fill("并入第 5 项")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_contain_text("他人已先修改，您的修改尚未保存")
    expect(dialog).to_contain_text("督查处于")
    rows = dialog.get_by_role("row")
    expect(rows.nth(1)).to_have_text(re.compile("状态\\s*滞后\\s*已调整"))
    expect(rows.nth(3)).to_have_text(re.compile("理由\\s*会期顺延\\s*并入第 5 项"))
    assert _stands("24/2") == ("delayed", 40, "会期顺延")

    dialog.get_by_role("button", name="用我的修改覆盖").click()
    expect(dialog).to_be_hidden()
    expect(_control(ledger, "24/2")).to_contain_text("已调整")
    assert _stands("24/2") == ("adjusted", 40, "并入第 5 项")


def test_second_person_may_keep_what_stands(ledger, colleague, complaints):
    complaints.expect("409")
    dialog = _open(ledger, "24/2")
    _set(colleague, "24/2", "滞后", "会期顺延")
    expect(_dialog(colleague)).to_be_hidden()
    _choose(dialog, "已完成")
    dialog.get_by_role("button", name="保存").click()
    dialog.get_by_text("保留现在的值", exact=True).click()
    expect(dialog).to_be_hidden()
    assert _stands("24/2") == ("delayed", 40, "会期顺延")


def test_selection_that_is_stale_is_shown_on_a_page(ledger, colleague, complaints):
    complaints.expect("409")
    ledger.get_by_label("选择第 2 项").check()
    ledger.get_by_label("选择第 3 项").check()
    _set(colleague, "24/2", "滞后", "会期顺延")
    expect(_dialog(colleague)).to_be_hidden()
    panel = _open_bulk(ledger)
    _choose(panel, "长期坚持")
    panel.get_by_role("button", name="更新所选").click()
    expect(ledger.get_by_role("heading", name="他人已先修改，您的修改尚未保存")).to_be_visible()
    assert [_stands(name)[0] for name in ("24/2", "24/3")] == ["delayed", "delayed"]
    ledger.get_by_role("button", name="用我的修改覆盖").click()
    expect(ledger.locator("#toasts")).to_contain_text("2 项任务已更新为“长期坚持”。")
    assert [_stands(name)[0] for name in ("24/2", "24/3")] == ["continuing", "continuing"]


# --- on the task's own page --------------------------------------------------------------------------


def test_task_page_sets_a_status(signed_in, world, size):
    page = signed_in(world.office, size)
    page.goto(task_named("24/2").get_absolute_url())
    page.locator(".pt-choice label").filter(has_text="滞后").click()
    page.get_by_role("button", name="保存状态").click()
    expect(page.get_by_text("将第 2 项改为“滞后”须填写理由")).to_be_visible()
    page.get_by_label("理由").fill("会期顺延")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#toasts")).to_contain_text("第 2 项已更新为“滞后”，进度 40%。")
    expect(page.locator(".pt-feed li").first).to_contain_text("状态由“推进中”改为“滞后”")


def test_an_open_menu_survives_the_bell(signed_in, world):
    """The bell's numbers arrive when they arrive; who has already opened a menu goes on in it."""
    page = signed_in(world.office)
    waiting = []
    page.route("**/notices/bell/", lambda route: waiting.append(route))
    page.goto("/tasks/")
    _control(page, "24/1").click()
    option = page.get_by_role("option", name="滞后")
    expect(option).to_be_visible()
    waiting.pop().continue_()
    expect(page.locator("details[data-bell]")).to_be_visible()
    expect(option).to_be_visible()
