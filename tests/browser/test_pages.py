"""Every page at both widths, light and dark: nothing runs over the edge, and axe-core finds no barrier."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tasks import workflow
from tests.tasks.worlds import task_named, world

__all__ = ["world"]

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],  # of what is in order no list is wanted
}
PAGES = ["login", "ledger", "filtered", "empty", "task", "task of an agency", "plan", "status", "error"]


@pytest.fixture(params=["light", "dark"])
def theme(request) -> str:
    return request.param


@pytest.fixture
def shown(visit, world, size, theme, complaints):
    """Opens a page by its name: shown("ledger")."""

    def show(name: str) -> Page:
        task = task_named("24/3")
        address, person = {
            "login": ("/accounts/login/", None),
            "ledger": ("/tasks/", world.office),
            "filtered": (f"/tasks/?plan={world.new.pk}&status=delayed&q=办&sort=-progress", world.office),
            "empty": ("/tasks/?q=没有这样的任务", world.office),
            "task": (task.get_absolute_url(), world.office),
            "task of an agency": (task.get_absolute_url(), world.user_of(world.mofcom)),
            "plan": (world.new.get_absolute_url(), world.office),
            "status": (f"{task.get_absolute_url()}status/", world.office),
            "error": ("/tasks/0/", world.office),
        }[name]
        if name == "error":
            complaints.expect("404")
        return visit(address, person, size, theme)

    return show


def _barriers(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]} ({node['failureSummary'][:300]})"
        for violation in found
        for node in violation["nodes"]
    ]


def _overflow(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("name", PAGES)
def test_page_has_no_barrier_and_fits(name, shown):
    page = shown(name)
    assert _barriers(page) == []
    assert _overflow(page) == 0


def test_dialog_has_no_barrier(shown, size):
    if size == "narrow":
        pytest.skip("a phone sets a status on the task's page")
    page = shown("ledger")
    page.locator(f"#status-{task_named('24/3').pk}").click()
    assert _barriers(page) == []
    page.get_by_role("option", name="已调整").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert _barriers(page) == []
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
    assert (_barriers(page), _overflow(page)) == ([], 0)


def test_selection_has_no_barrier(shown, size):
    if size == "narrow":
        pytest.skip("a phone shows cards, which are not ticked")
    page = shown("ledger")
    page.get_by_label("选择第 3 项").check()
    assert _barriers(page) == []
    page.get_by_role("button", name="更新状态").click()
    expect(page.get_by_role("dialog", name="更新所选任务的状态")).to_be_visible()
    assert _barriers(page) == []


def test_conflict_has_no_barrier(shown, world, size, complaints):
    complaints.expect("409")
    page = shown("status")
    workflow.set_status(task_named("24/3"), by=None, status="in_progress", version=2, progress=55)
    page.locator(".pt-choice label").filter(has_text="已完成").click()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="他人已先修改，您的修改尚未保存")).to_be_visible()
    assert (_barriers(page), _overflow(page)) == ([], 0)


def test_menus_have_no_barrier(shown, size):
    page = shown("ledger")
    if size == "narrow":
        page.locator("label[for=more-filters]").click()
    page.locator("details[data-menu] summary").first.click()
    assert (_barriers(page), _overflow(page)) == ([], 0)


def test_axe_finds_barriers(shown):
    """The check bites: an image without words and a field without a name are found."""
    page = shown("ledger")
    page.evaluate("for (const tag of ['img', 'input']) document.body.append(document.createElement(tag))")
    assert sorted(barrier.split(":")[0] for barrier in _barriers(page)) == ["image-alt", "label"]
