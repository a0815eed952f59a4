"""What opens on a page, at both widths, light and dark: dialogs, menus, a selection hold no barrier either.

The pages themselves are in test_every_page."""

import pytest
from playwright.sync_api import Page, expect

from tasks import workflow
from tests.browser.barriers import barriers, overflow
from tests.tasks.worlds import task_named, world

__all__ = ["world"]


@pytest.fixture(params=["light", "dark"])
def theme(request) -> str:
    return request.param


@pytest.fixture
def shown(visit, world, size, theme):
    """Opens a page by its name: shown("ledger")."""

    def show(name: str) -> Page:
        address = {
            "ledger": "/tasks/",
            "filtered": f"/tasks/?plan={world.new.pk}&status=delayed&q=办&sort=-progress",
            "status": f"{task_named('24/3').get_absolute_url()}status/",
        }[name]
        return visit(address, world.office, size, theme)

    return show


def test_dialog_has_no_barrier(shown, size):
    if size == "narrow":
        pytest.skip("a phone sets a status on the task's page")
    page = shown("ledger")
    page.locator(f"#status-{task_named('24/3').pk}").click()
    assert barriers(page) == []
    page.get_by_role("option", name="已调整").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert barriers(page) == []
    dialog.get_by_label("理由").fill("并入第 5 项")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("link", ["列设置", "导出", "保存当前视图"])
def test_dialogs_of_the_ledger_have_no_barrier(link, shown, size):
    if size == "narrow" and link == "列设置":
        pytest.skip("a phone has no columns")
    page = shown("filtered")
    page.get_by_role("link", name=link, exact=True).click()
    expect(page.get_by_role("dialog", name=link)).to_be_visible()
    assert (barriers(page), overflow(page)) == ([], 0)


def test_selection_has_no_barrier(shown, size):
    if size == "narrow":
        pytest.skip("a phone shows cards, which are not ticked")
    page = shown("ledger")
    page.get_by_label("选择第 3 项").check()
    assert barriers(page) == []
    page.get_by_role("button", name="更新状态").click()
    expect(page.get_by_role("dialog", name="更新所选任务的状态")).to_be_visible()
    assert barriers(page) == []


def test_conflict_has_no_barrier(shown, world, size, complaints):
    complaints.expect("409")
    page = shown("status")
    workflow.set_status(task_named("24/3"), by=None, status="in_progress", version=2, progress=55)
    page.locator(".pt-choice label").filter(has_text="已完成").click()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="他人已先修改，您的修改尚未保存")).to_be_visible()
    assert (barriers(page), overflow(page)) == ([], 0)


def test_menus_have_no_barrier(shown, size):
    page = shown("ledger")
    if size == "narrow":
        page.locator("label[for=more-filters]").click()
    page.locator("details[data-menu] summary").first.click()
    assert (barriers(page), overflow(page)) == ([], 0)
