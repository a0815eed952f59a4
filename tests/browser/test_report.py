"""An agency's report in Chromium: the drawer, what saves itself, a lost session, files, two colleagues."""

import re
from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from tasks import workflow
from tasks.models import PeriodKind, ProgressReport
from tests.browser.barriers import barriers, overflow
from tests.database import filled_by
from tests.factories import WRITTEN, make_agency, make_plan, make_report, make_section, make_task, make_user
from tests.tasks.files import PDF

PASSWORD = "correct horse battery"
# What a page says that has saved by itself; one that was opened names the day as well.
JUST_SAVED = re.compile(r"草稿已保存 \d\d:\d\d$")


class Reported:
    """A plan whose half year is to be reported on within two days; the lead has one report returned."""

    def __init__(self):
        self.lead = make_user("cnipa", agency=make_agency("国家知识产权局"))
        self.colleague = make_user("cnipa2", agency=self.lead.agency)
        self.participant = make_user("mara", agency=make_agency("农业农村部"))
        plan = make_plan()
        due = timezone.localdate() + timedelta(2)
        (self.period,) = workflow.set_periods(
            plan, [workflow.PeriodDates(2024, PeriodKind.HALF_YEAR, date(2024, 7, 1), due)], by=None
        )
        agencies = [self.lead.agency, self.participant.agency]
        self.tasks = [make_task(make_section(plan), agencies, number=number) for number in (1, 2, 3)]
        workflow.receive_tasks([task.pk for task in self.tasks[:2]], by=self.lead)
        make_report(self.tasks[1], self.period, self.lead, state="returned", at=timezone.now())

    def address(self, number: int) -> str:
        return f"/tasks/{self.tasks[number - 1].pk}/reports/{self.period.pk}/"


@pytest.fixture
def reported(transactional_db) -> Reported:
    return filled_by(Reported)


def _drawer(page: Page, action: str = "填报"):
    page.get_by_role("link", name=re.compile(rf"^{action}\s*第 ")).locator("visible=true").first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("button", name="提交审核")).to_be_visible()
    return drawer


def _fill(form) -> None:
    for label, name in (("工作举措", "measures"), ("进展成效", "results"), ("存在问题", "problems")):
        form.get_by_label(label).fill(WRITTEN[name])
    form.get_by_label("下一步计划").fill(WRITTEN["next_steps"])
    form.get_by_label("总体进度", exact=False).last.fill("45")


def _report(number: int = 1) -> ProgressReport:
    return ProgressReport.objects.get(task__number=number, agency__name="国家知识产权局")


def test_a_report_is_written_kept_and_handed_in(signed_in, reported, size):
    page = signed_in(reported.lead, size)
    page.goto("/my/")
    drawer = _drawer(page)
    assert (barriers(page), overflow(page)) == ([], 0)
    drawer.get_by_label("工作举措").fill("初稿")
    expect(drawer.locator("[data-count-of=measures]")).to_have_text("2")
    expect(drawer.get_by_text("草稿已保存")).to_be_visible()
    drawer.locator("input[type=file]").set_input_files(
        [
            {"name": "测试情况.pdf", "mimeType": "application/pdf", "buffer": PDF},
            {"name": "程序.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"},
        ]
    )
    expect(drawer.get_by_text("“程序.exe”不是可以上传的类型")).to_be_visible()
    expect(drawer.locator(".pt-file")).to_have_count(1)
    drawer.get_by_role("button", name="提交审核").click()
    expect(drawer.get_by_text("请填写进展成效")).to_be_visible()
    expect(drawer.get_by_label("进展成效")).to_be_focused()
    assert (barriers(page), overflow(page)) == ([], 0)
    _fill(drawer)
    drawer.get_by_role("button", name="提交审核").click()
    expect(page.locator("#toasts")).to_contain_text("第 1 项上半年进展已提交审核")
    expect(page.get_by_role("dialog")).to_be_hidden()
    report = _report()
    assert (report.state, report.measures, report.attachments.get().is_handed_in) == (
        "submitted",
        WRITTEN["measures"],
        True,
    )
    # Nothing of the text is left, but when somebody was here last (idle.js).
    assert page.evaluate("Object.keys(localStorage)") == ["seen"]


def test_a_returned_report_is_mended(signed_in, reported):
    page = signed_in(reported.lead)
    page.goto("/my/")
    page.get_by_role("link", name="修改后重报").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("请补充可核实的成效")).to_be_visible()
    drawer.get_by_label("进展成效").fill("已形成三份报告。")
    drawer.get_by_label("无（没有需要反映的问题）").check()
    drawer.get_by_label("存在问题").fill("")
    drawer.get_by_text("申请办结", exact=True).click()
    drawer.get_by_role("button", name="提交审核").click()
    expect(page.locator("#toasts")).to_contain_text("已提交审核")
    report = _report(2)
    assert (report.state, report.problems, report.proposed_progress) == ("submitted", "无", 100)
    page.get_by_role("link", name=re.compile(r"查看\s*第 2 项的报告")).first.click()
    page.get_by_role("button", name="撤回修改").click()
    expect(page.get_by_label("进展成效")).to_have_value("已形成三份报告。")


def test_what_participants_wrote_is_taken_over_and_nothing_older_offered(signed_in, reported):
    make_report(reported.tasks[0], reported.period, reported.participant, at=timezone.now())
    page = signed_in(reported.lead)
    page.goto(reported.address(1))
    page.get_by_label("工作举措").fill("本单位的举措。")
    page.get_by_role("button", name="汇总参与单位报送").click()  # before the draft has saved itself
    page.get_by_role("button", name="汇总到本单位报告").click()
    merged = f"本单位的举措。\n【农业农村部】{WRITTEN['measures']}"
    expect(page.get_by_label("工作举措")).to_have_value(merged)
    expect(page.get_by_text("没有保存成功的内容")).to_be_hidden()
    assert _report().draft["measures"] == merged


def _sign_in_again(page):
    page.get_by_role("link", name="重新登录").locator("visible=true").click()
    page.get_by_role("textbox", name="账号").fill("cnipa")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def test_what_is_typed_survives_a_lost_session(signed_in, reported, complaints):
    complaints.expect("401")
    page = signed_in(reported.lead)
    page.goto(reported.address(1))
    page.get_by_label("工作举措").fill("已经保存的一句。")
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    Session.objects.all().delete()
    page.get_by_label("工作举措").fill("已经保存的一句。还没有保存的一句。")
    expect(page.get_by_text("登录已失效，草稿没有保存")).to_be_visible()
    expect(page.get_by_label("工作举措")).to_have_value("已经保存的一句。还没有保存的一句。")
    expect(page.get_by_text("登录已失效，草稿没有保存")).to_be_in_viewport()
    _sign_in_again(page)
    expect(page.get_by_label("工作举措")).to_have_value("已经保存的一句。")
    assert barriers(page) == []
    # Lost once more, before the first text is taken back: neither pushes the other out.
    Session.objects.all().delete()
    page.get_by_label("下一步计划").fill("失去登录以后的一句。")
    expect(page.get_by_text("登录已失效，草稿没有保存")).to_be_in_viewport()
    _sign_in_again(page)
    page.get_by_role("button", name="恢复到表中").click()
    expect(page.get_by_label("下一步计划")).to_have_value("失去登录以后的一句。")
    page.get_by_role("button", name="恢复到表中").click()
    expect(page.get_by_label("工作举措")).to_have_value("已经保存的一句。还没有保存的一句。")
    expect(page.get_by_text(JUST_SAVED)).to_be_visible()
    assert _report().written["measures"] == "已经保存的一句。还没有保存的一句。"
    page.reload()
    expect(page.get_by_text("没有保存成功的内容")).to_be_hidden()


def test_two_colleagues_choose_between_their_texts(signed_in, reported, complaints):
    complaints.expect("409")
    mine, theirs = signed_in(reported.lead), signed_in(reported.colleague)
    for page in (theirs, mine):
        page.goto(reported.address(2))
    theirs.get_by_label("进展成效").fill("同事的成效。")
    expect(theirs.get_by_text(JUST_SAVED)).to_be_visible()
    mine.get_by_label("进展成效").fill("我的成效。")
    expect(mine.get_by_text("自动保存已停")).to_be_visible()
    mine.get_by_role("button", name="存为草稿").click()
    expect(mine.get_by_role("heading", name="同事已先修改，您的内容尚未保存")).to_be_visible()
    assert (barriers(mine), overflow(mine)) == ([], 0)
    mine.get_by_role("radio", name=re.compile("同事保存的")).check()
    mine.get_by_role("button", name="保存所选内容").click()
    expect(mine.get_by_label("进展成效")).to_have_value("同事的成效。")


def test_signing_and_objecting(signed_in, reported):
    page = signed_in(reported.lead)
    page.goto("/my/")
    page.get_by_role("button", name=re.compile(r"签收\s*第 3 项")).first.click()
    expect(page.locator("#toasts")).to_contain_text("已签收 1 项任务。")
    other = signed_in(reported.participant)
    other.goto("/my/receipts/")
    other.get_by_role("link", name="责任不符").first.click()
    dialog = other.get_by_role("dialog")
    dialog.get_by_label("不符的理由").fill("该事项职责已划转。")
    assert barriers(other) == []
    dialog.get_by_role("button", name="提交办公室").click()
    expect(other.get_by_text("反映责任不符，待办公室答复")).to_be_visible()
    other.get_by_role("button", name="签收所选任务").click()
    expect(other.locator("#toasts")).to_contain_text("已签收 2 项任务。")


@pytest.mark.parametrize(("size", "theme"), [("wide", "dark"), ("narrow", "light"), ("narrow", "dark")])
def test_pages_have_no_barrier_and_fit(visit, reported, size, theme):
    report = make_report(reported.tasks[0], reported.period, reported.participant)
    addresses = ["/my/", "/my/?show=missing", "/my/receipts/", "/my/reports/", reported.address(2)]
    for address in (*addresses, report.get_absolute_url()):
        page = visit(address, reported.lead, size, theme)
        assert (address, barriers(page), overflow(page)) == (address, [], 0)
