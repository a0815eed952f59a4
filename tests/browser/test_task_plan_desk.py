"""A task, the document, a desk and the agencies in Chromium: keys, links, contents, paper."""

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_section, make_task
from tests.tasks.worlds import task_named, world

__all__ = ["world"]


def _heading(page: Page, number: int) -> None:
    expect(page.get_by_role("heading", name=f"第 {number} 项任务", exact=True)).to_be_attached()
    page.wait_for_load_state()  # keys are heard once the scripts stand


def test_arrows_walk_through_the_filter(signed_in, world):
    page = signed_in(world.office, "wide")
    page.goto(f"/tasks/?plan={world.new.pk}&status=delayed&status=adjusted&status=completed")
    page.get_by_role("link", name="办好展会。").first.click()
    _heading(page, 3)
    expect(page.get_by_text("筛选结果中第 1 / 3 项")).to_be_visible()
    page.keyboard.press("ArrowLeft")  # there is none before
    page.keyboard.press("ArrowRight")
    _heading(page, 4)
    page.keyboard.press("ArrowRight")
    _heading(page, 45)
    page.keyboard.press("ArrowLeft")
    _heading(page, 4)
    # In a field they move the cursor, with a modifier they are the browser's.
    page.get_by_label("理由").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    _heading(page, 4)
    page.get_by_role("navigation", name="面包屑").get_by_role("link", name="任务台账").click()
    page.wait_for_url(f"**/tasks/?plan={world.new.pk}&status=delayed&status=adjusted&status=completed")


def test_link_is_copied_without_the_way_back(signed_in, world, live_server):
    page = signed_in(world.office, "wide")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    task = task_named("24/3")
    page.goto(f"{task.get_absolute_url()}?next=/tasks/%3Fstatus%3Ddelayed")
    page.get_by_role("button", name="复制链接").click()
    expect(page.get_by_role("button", name="链接已复制")).to_be_focused()
    assert page.evaluate("navigator.clipboard.readText()") == live_server.url + task.get_absolute_url()
    expect(page.get_by_role("button", name="复制链接")).to_be_visible()


def test_link_is_copied_where_there_is_no_clipboard(signed_in, world, live_server):
    """On plain http the browser offers no `navigator.clipboard`."""
    page = signed_in(world.office, "wide")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(task_named("24/3").get_absolute_url())
    page.evaluate("navigator.clipboard.writeText = undefined")
    page.get_by_role("button", name="复制链接").click()
    expect(page.get_by_role("button", name="链接已复制")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith(live_server.url + "/tasks/")


@pytest.fixture
def long_plan(world):
    """Two sections of the plan are several screens long."""
    for chapter, number, first in ((1, 3, 10), (2, 2, 200)):
        section = make_section(world.new, chapter, number)
        for place in range(20):
            make_task(section, [world.cnipa], number=first + place, text="推进专项行动。" * 20)
    return world.new


def test_contents_follow_the_reader(signed_in, world, long_plan):
    page = signed_in(world.office, "wide")
    page.goto(long_plan.get_absolute_url())
    contents = page.locator("nav[data-spy]")
    expect(contents.locator("[aria-current]")).to_have_count(0)
    for title in ("（三）第3节标题", "（二）第2节标题", "（一）完善法律"):
        contents.get_by_role("link", name=title).click()
        expect(contents.locator("[aria-current]")).to_contain_text(title)
    page.mouse.wheel(0, 20_000)
    expect(contents.locator("[aria-current]")).to_contain_text("（二）第2节标题")


def test_contents_fold_on_a_phone(signed_in, world):
    page = signed_in(world.office, "narrow")
    page.goto(world.new.get_absolute_url())
    link = page.locator("details.pt-tree a").filter(has_text="（二）完善政策")
    expect(link).to_be_hidden()
    page.locator("details.pt-tree summary").click()
    link.click()
    expect(page.locator("h4").filter(has_text="（二）完善政策")).to_be_in_viewport()


def test_document_on_paper(signed_in, world, live_server):
    """Only the document, black on white in either theme, in the text area of GB/T 9704: 156 mm wide."""
    page = signed_in(world.office, "wide")
    page.context.add_cookies([{"name": "theme", "value": "dark", "url": live_server.url}])
    page.goto(world.new.get_absolute_url())
    page.emulate_media(media="print")
    for hidden in (".pt-topbar", ".pt-head", "nav.pt-tree", "details.pt-tree", ".m-l", ".m-r", ".pt-foot"):
        expect(page.locator(hidden).first).to_be_hidden()
    style = page.locator(".tk").first.evaluate(
        "e => { const s = getComputedStyle(e); return [s.fontSize, s.lineHeight, s.color] }"
    )
    assert style == ["20px", "37.3333px", "rgb(0, 0, 0)"]  # 15 pt on 28 pt
    rules = page.evaluate(
        """[...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
        .flatMap(rule => [...(rule.cssRules ?? [])])
        .filter(rule => rule instanceof CSSPageRule && rule.selectorText === "document")
        .map(({style}) => [style.marginTop, style.marginRight, style.marginBottom, style.marginLeft])
        """
    )
    assert rules == [["37mm", "26mm", "35mm", "28mm"]]


def test_dark_theme_stays_on_the_screen(signed_in, world, live_server):
    page = signed_in(world.office, "wide")
    page.context.add_cookies([{"name": "theme", "value": "dark", "url": live_server.url}])
    page.goto(task_named("24/1").get_absolute_url())
    ink = "getComputedStyle(document.documentElement).getPropertyValue('--pt-ink').trim()"
    assert page.evaluate(ink) == "#E7ECF3"
    page.emulate_media(media="print")
    assert page.evaluate(ink) == "#17212E"
