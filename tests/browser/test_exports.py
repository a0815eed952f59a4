"""Workbooks in Chromium: chosen in the form, downloaded, frozen and compared."""

import re
from io import BytesIO

from openpyxl import load_workbook
from playwright.sync_api import expect

from tasks import workflow
from tasks.models import Status
from tests.tasks.worlds import world

__all__ = ["world"]


def downloaded(page, press):
    """The sheets of the workbook that a press brings."""
    with page.expect_download() as download:
        press()
    return load_workbook(BytesIO(download.value.path().read_bytes()))


def test_report_is_chosen_frozen_and_compared(signed_in, world, size):
    page = signed_in(world.office, size)
    page.goto(f"/exports/?plan={world.new.pk}")
    page.get_by_label("分单位任务分解表").check()
    expect(page.locator("[data-export-file]")).to_have_text(re.compile("_分单位任务分解表_[0-9]{8}.xlsx$"))
    page.get_by_label("年度进展报告", exact=False).first.check()
    book = downloaded(page, page.get_by_role("button", name="导出").click)
    assert (len(book.sheetnames), len(book["总览"]._charts)) == (8, 2)

    page.get_by_role("link", name="年度进展报告快照").click()
    page.get_by_label("说明").fill("报审稿")
    page.get_by_role("button", name="固定第 1 号").click()
    expect(page.get_by_text("已固定第 1 号快照。")).to_be_visible()
    task = world.new.tasks.get(number=1)
    workflow.set_status(
        task, by=world.office, status=Status.DELAYED, version=task.version, reason="上位法未出台"
    )
    page.get_by_role("button", name="固定第 2 号").click()
    expect(page.get_by_text("已固定第 2 号快照。")).to_be_visible()
    book = downloaded(page, page.get_by_role("button", name="导出快照对比").click)
    assert book.active["A3"].value.startswith("1 项任务有变化。")
    book = downloaded(page, page.get_by_role("link", name=re.compile("下载.*第 1 号")).click)
    assert "报审稿" in [row[1].value for row in book["封面与说明"].iter_rows()]
