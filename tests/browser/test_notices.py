"""Urging and being told, with two people signed in: from the list of who owes to the bell of who is asked."""

import re

import pytest
from playwright.sync_api import expect

from agencies.models import Role
from tasks.models import Notice, Reminder
from tests.browser.barriers import barriers, overflow
from tests.database import filled_by
from tests.factories import make_agency, make_periods, make_plan, make_section, make_task, make_user


def _world() -> dict:
    plan = make_plan()
    half_year, _ = make_periods(plan)
    office = make_user("office", Role.OFFICE)
    lead = make_user("cnipa", agency=make_agency("国家知识产权局"))
    other = make_user("mara", agency=make_agency("农业农村部"))
    section = make_section(plan)
    task = make_task(section, [lead.agency, other.agency], number=1)
    make_task(section, [lead.agency], number=2)
    return {"office": office, "lead": lead, "task": task, "plan": plan, "period": half_year}


@pytest.fixture
def owing(transactional_db) -> dict:
    return filled_by(_world)


def test_the_office_urges_and_the_agency_reads_it(owing, signed_in):
    desk = signed_in(owing["office"])
    desk.goto(f"/reminders/new/?plan={owing['plan'].pk}&period={owing['period'].pk}")
    expect(desk.get_by_role("row", name="国家知识产权局")).to_contain_text("系统内")
    desk.get_by_role("textbox", name="说明").fill("请于本周内报送。")
    desk.get_by_role("button", name="发出催办：2 家 3 项").dblclick()
    expect(desk).to_have_url(re.compile(r"/reminders/$"))
    expect(desk.get_by_role("row", name="国家知识产权局")).to_contain_text("请于本周内报送。")
    assert Reminder.objects.count() == 2

    page = signed_in(owing["lead"])
    page.goto("/notices/")
    expect(page.get_by_text("1 条未读")).to_be_visible()
    page.get_by_role("button", name="催办国家知识产权局：上半年进展 2 项").click()
    expect(page).to_have_url(re.compile(r"/my/\?plan="))
    page.goto("/notices/")
    expect(page.get_by_text("没有未读", exact=True)).to_be_visible()


def test_the_bell_says_what_waits(owing, signed_in, size):
    Notice.objects.create(user=owing["lead"], event=owing["task"].events.get())
    page = signed_in(owing["lead"], size)
    page.goto("/notices/")
    bell = page.locator("summary[aria-label='通知：1 条未读']")
    bell.click()
    expect(page.get_by_role("link", name="待报送")).to_have_text("待报送4")
    assert (barriers(page), overflow(page)) == ([], 0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="待报送")).to_be_hidden()


def test_a_bell_without_an_answer_stays_a_link_and_says_nothing(owing, signed_in, complaints):
    complaints.expect("500")
    page = signed_in(owing["lead"])
    page.route("**/notices/bell/", lambda route: route.fulfill(status=500, body=""))
    with page.expect_response("**/notices/bell/"):
        page.goto("/notices/")
    page.get_by_role("link", name="通知", exact=True).click()
    expect(page.get_by_role("heading", name="通知")).to_be_visible()
    expect(page.locator(".pt-failure")).to_have_count(0)
