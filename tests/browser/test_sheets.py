"""填报表 in the browser: an agency fills in offline and chooses, the office packs all and brings one in."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tasks import workflow
from tasks.models import ProgressReport, Task
from tests.browser.barriers import barriers, overflow
from tests.factories import make_periods, make_plan, make_section, make_task
from tests.importers.sheets import JOINED, LEAD, cell, changed


@pytest.fixture
def period(lead, participant):
    plan = make_plan()
    for number in (1, 2):
        agencies = [lead.agency, participant.agency]
        make_task(make_section(plan), agencies if number == 1 else agencies[::-1], number=number)
    return make_periods(plan)[-1]


def downloaded(page, press) -> bytes:
    with page.expect_download() as download:
        press()
    return Path(download.value.path()).read_bytes()


def upload(page, folder: Path, data: bytes) -> None:
    file = folder / "填报表.xlsx"
    file.write_bytes(data)
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.locator(".pt-sum")).to_be_visible(timeout=30_000)


def test_an_agency_fills_in_offline_and_chooses(signed_in, lead, period, size, tmp_path):
    page = signed_in(lead, size)
    page.goto("/my/")
    data = downloaded(page, page.get_by_role("link", name="下载填报模板").click)
    workflow.write_report(Task.objects.get(number=1), period, by=lead, measures="同事在网上写的。")

    def write(book):
        for title in ("工作举措", "进展成效", "下一步计划"):
            cell(book[LEAD], title).value = f"表里的{title}。"
        cell(book[LEAD], "存在问题").value = "无"
        cell(book[JOINED], "总体进度").value = "八十"

    page.get_by_role("link", name="批量填报").click()
    upload(page, tmp_path, changed(data, write))
    expect(page.get_by_role("group", name="工作举措")).to_contain_text("同事在网上写的。")
    assert (barriers(page), overflow(page)) == ([], 0)

    page.get_by_role("button", name="提交审核 1 份").click()  # nothing is chosen yet: the browser stays
    expect(page.get_by_role("heading", name="核对填报表")).to_be_visible()
    page.get_by_role("radio", name="用填报表的").check()
    page.get_by_role("button", name="提交审核 1 份").dblclick()

    expect(page.locator("#toasts")).to_contain_text("已导入：提交审核 1 份。")
    report = ProgressReport.objects.get()
    assert (report.measures, report.state, report.events.count()) == ("表里的工作举措。", "submitted", 1)
    mended = downloaded(page, page.get_by_role("link", name="下载更正表").click)
    page.goto("/imports/sheets/")
    upload(
        page, tmp_path, changed(mended, lambda book: setattr(cell(book[JOINED], "总体进度"), "value", "80%"))
    )
    page.get_by_role("button", name="存为草稿 1 份").click()
    expect(page).to_have_url(re.compile(r"/my/$"))
    assert ProgressReport.objects.get(task__number=2).draft["proposed_progress"] == 80


def test_the_office_packs_all_and_brings_one_in(signed_in, office, lead, period, size, tmp_path):
    page = signed_in(office, size)
    page.goto("/supervision/")
    page.get_by_role("link", name="填报表").click()
    data = downloaded(page, page.get_by_role("link", name="国家知识产权局的填报表").click)
    page.get_by_role("button", name="打包下载全部 2 家").click()
    packed = downloaded(page, page.get_by_role("link", name="下载压缩包").click)
    assert packed.startswith(b"PK")

    def write(book):
        for title in ("工作举措", "进展成效", "下一步计划"):
            cell(book[LEAD], title).value = f"线下的{title}。"
        cell(book[LEAD], "存在问题").value = "无"

    page.goto("/imports/sheets/")
    upload(page, tmp_path, changed(data, write))
    expect(page.locator("main")).to_contain_text("代国家知识产权局导入")
    page.get_by_role("button", name="提交审核 1 份").click()

    expect(page.locator("#toasts")).to_contain_text("已导入：提交审核 1 份。")
    assert ProgressReport.objects.get().agency == lead.agency
