"""督办 in Chromium: from the matrix to the rows behind a number and on to asking for them; periods; paper."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import expect

from tasks.models import ReportingPeriod
from tests.factories import LONG_AGO, make_periods, make_report
from tests.tasks.worlds import world

__all__ = ["world"]

JULY = datetime(2024, 7, 10, 9, tzinfo=LONG_AGO.tzinfo)


@pytest.fixture
def half_year(world):
    """上半年 of the new plan: its first task's lead has reported, all others have not."""
    found = make_periods(world.new)[0]
    task = world.new.tasks.get(number=1)
    make_report(task, found, world.user_of(task.lead), at=JULY)
    return found


def test_a_number_leads_to_its_rows_and_they_are_asked_for(signed_in, world, half_year, size):
    page = signed_in(world.office, size)
    page.goto(f"/supervision/?plan={world.new.pk}&period={half_year.pk}")
    badge = page.locator(".pt-matrix tbody a.pt-st").first
    number = int(re.search(r"\d+", badge.inner_text())[0])
    badge.click()
    expect(page.get_by_role("heading", name="催办清单")).to_be_visible()
    rows = page.locator(".pt-owes td input[type=checkbox]")
    expect(rows).to_have_count(number)
    send = page.get_by_role("button", name="催办所选")
    expect(send).to_be_disabled()
    page.get_by_label("的全部").first.check()
    expect(page.get_by_text(f"已选 {number} 份")).to_be_visible()
    with page.expect_request("**/reminders/new/") as sent:
        send.click()
    assert sent.value.post_data.count("owed=") == number


def test_the_list_narrows_without_script(signed_in, new_context, world, half_year):
    context = new_context(java_script_enabled=False)
    context.add_cookies(signed_in(world.office).context.cookies())
    page = context.new_page()
    page.goto(f"/supervision/missing/?plan={world.new.pk}")
    before = page.locator(".pt-owes td input").count()
    page.get_by_label("角色").select_option("participant")
    page.get_by_role("button", name="筛选").click()
    expect(page).to_have_url(re.compile("role=participant"))
    expect(page.locator(".pt-owes td.col-role").first).to_have_text("参与")
    assert 0 < page.locator(".pt-owes td input").count() < before
    expect(page.get_by_role("button", name="催办所选")).to_be_enabled()


def test_paper_has_the_table_and_no_controls(signed_in, world, half_year):
    page = signed_in(world.office)
    for address, table in (("/supervision/", ".pt-matrix"), ("/supervision/bulletin/", ".pt-official table")):
        page.goto(f"{address}?plan={world.new.pk}")
        page.emulate_media(media="print")
        expect(page.locator(table)).to_be_visible()
        for hidden in (".pt-topbar", ".pt-when", ".pt-head .acts", ".pt-crumb"):
            expect(page.locator(hidden).filter(visible=True)).to_have_count(0)
        page.emulate_media(media="screen")


def test_office_sets_the_periods_of_a_plan(signed_in, world, size):
    page = signed_in(world.office, size)
    page.goto(f"/supervision/?plan={world.new.pk}")
    page.get_by_role("link", name="设置报送期").click()
    expect(page.get_by_text(re.compile(r"家单位应报 \d+ 份"))).to_be_visible()
    page.get_by_label("一季度", exact=True).check()
    page.get_by_label("上半年截止日期").fill("2024-06-01")
    page.get_by_role("button", name="保存报送期").click()
    expect(page.get_by_text("早于开始报送的日期，请核对")).to_be_visible()
    page.get_by_label("上半年截止日期").fill("2024-07-25")
    page.get_by_role("button", name="保存报送期").click()
    expect(page.get_by_text("已开始报送")).to_be_visible()
    assert list(ReportingPeriod.objects.filter(plan=world.new).values_list("name", flat=True)) == [
        "一季度",
        "上半年",
        "全年",
    ]


def test_the_export_form_offers_both_workbooks(signed_in, world, half_year):
    page = signed_in(world.office)
    page.goto(f"/exports/?plan={world.new.pk}")
    expect(page.get_by_role("button", name=re.compile(r"导出 \d+ 项"))).to_be_visible()
    page.get_by_label("督办台账").check()
    expect(page.get_by_role("button", name="导出", exact=True)).to_be_enabled()
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="导出", exact=True).click()
    assert "督办台账" in downloaded.value.suggested_filename
