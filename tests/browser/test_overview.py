"""总览 in Chromium: both widths and themes, the charts' tables, the day, paper, and work without a script."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.barriers import barriers, overflow
from tests.tasks.worlds import world

__all__ = ["world"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_as_tables_have_no_barrier(theme, visit, world, size):
    page = visit(f"/?plan={world.new.pk}", world.office, size, theme)
    page.get_by_label("表格").check(force=True)
    assert (barriers(page), overflow(page)) == ([], 0)


def test_chart_turns_into_its_table_and_back(signed_in, world, size):
    page = signed_in(world.office, size)
    page.goto(f"/?plan={world.new.pk}")
    card = page.locator("section[aria-labelledby=chapters]")
    expect(card.get_by_role("table")).to_be_hidden()
    expect(card.get_by_role("link", name="滞后 1 项")).to_be_visible()
    card.get_by_text("表格").click()
    expect(card.get_by_role("table")).to_be_visible()
    expect(card.get_by_role("rowheader")).to_have_text(["一、第1章标题", "二、第2章标题"])
    expect(card.locator("svg.bar").first).to_be_hidden()
    card.get_by_text("表格").click()
    expect(card.get_by_role("table")).to_be_hidden()


def test_bar_leads_to_its_tasks(signed_in, world):
    page = signed_in(world.office)
    page.goto(f"/?plan={world.new.pk}")
    page.locator("svg.bar").first.get_by_role("link", name="滞后 1 项").click()
    expect(page).to_have_url(re.compile(r"/tasks/\?.*status=delayed"))
    expect(page.get_by_role("status").filter(has_text="1 项").first).to_be_visible()


def test_names_of_chapters_are_whole_on_a_phone(signed_in, world):
    page = signed_in(world.office, "narrow")
    page.goto(f"/?plan={world.new.pk}")
    label = page.locator(".pt-bars .l").first
    assert label.evaluate(
        "e => e.scrollWidth <= e.clientWidth && getComputedStyle(e).textOverflow !== 'ellipsis'"
    )
    bar = page.locator("svg.bar").first.bounding_box()
    assert label.bounding_box()["y"] + label.bounding_box()["height"] <= bar["y"]
    assert bar["width"] > 300


def test_month_shows_how_it_stood_at_its_end(signed_in, world, size):
    page = signed_in(world.office, size)
    page.goto(f"/?plan={world.new.pk}")
    page.get_by_role("link", name="2024 年 6 月末").click()
    expect(page).to_have_url(re.compile(rf"/\?plan={world.new.pk}&as_of=2024-06-30$"))
    expect(page.get_by_role("link", name="2024 年 6 月末")).to_have_attribute("aria-current", "date")
    page.get_by_role("link", name="回到今天").click()
    expect(page).to_have_url(re.compile(rf"/\?plan={world.new.pk}$"))


def test_day_picked_in_the_calendar_is_shown_at_once_and_one_typed_waits(signed_in, world):
    page = signed_in(world.office)
    page.goto(f"/?plan={world.new.pk}")
    field = page.get_by_label("截至")
    field.focus()
    page.keyboard.press("ArrowUp")  # typed: the date has changed and the page stays
    page.wait_for_timeout(200)
    assert "as_of" not in page.url
    # What the calendar does: the value is there and the field says so.
    field.dispatch_event("pointerdown")
    field.evaluate("f => { f.value = '2024-03-31'; f.dispatchEvent(new Event('change', { bubbles: true })) }")
    expect(page).to_have_url(re.compile("as_of=2024-03-31"))


def test_overview_works_without_script(signed_in, world, new_context, live_server):
    cookies = signed_in(world.office).context.cookies()
    context = new_context(java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"/?plan={world.new.pk}")
    page.get_by_label("截至").fill("2024-06-30")
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_text("的情况，只供查阅。")).to_be_visible()
    page.get_by_role("group", name="格内显示").get_by_role("link", name="完成率").click()
    expect(page).to_have_url(re.compile(r"as_of=2024-06-30&heat=rate"))
    page.get_by_text("表格").click()
    expect(page.locator("section[aria-labelledby=chapters] table")).to_be_visible()
    expect(page.get_by_role("button", name="打印")).to_be_hidden()


def test_paper_has_the_figures_and_no_controls(signed_in, world):
    page = signed_in(world.office)
    page.goto(f"/?plan={world.new.pk}")
    page.emulate_media(media="print")
    for shown in (".pt-kpis", "svg.bar >> nth=0", ".pt-ring", ".pt-heat", ".pt-feed"):
        expect(page.locator(shown)).to_be_visible()
    for hidden in (".pt-days", ".pt-seg", ".flip", ".pt-head .acts", ".pt-topbar"):
        expect(page.locator(hidden)).to_be_hidden()


def test_nothing_moves_while_the_page_loads(signed_in, world):
    page = signed_in(world.office)
    page.goto(f"/?plan={world.new.pk}")
    page.wait_for_load_state("networkidle")
    shift = page.evaluate(
        """() => new Promise(done => new PerformanceObserver(list =>
            done(list.getEntries().reduce((sum, entry) => sum + entry.value, 0))
        ).observe({ type: 'layout-shift', buffered: true }) || setTimeout(() => done(0), 300))"""
    )
    assert shift < 0.01
