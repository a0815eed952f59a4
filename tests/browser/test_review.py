"""进展审核 in Chromium: a report is returned and accepted, many at once, on a phone, without barriers."""

import re
from datetime import date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from agencies.models import User
from tasks import workflow
from tasks.models import Assignment, PeriodKind, Plan, ProgressReport, Task
from tests.browser.barriers import barriers, overflow
from tests.browser.conftest import fresh_site
from tests.database import filled_by
from tests.factories import LONG_AGO

APRIL = datetime(2024, 4, 11, 10, tzinfo=LONG_AGO.tzinfo)
JULY = datetime(2024, 7, 17, 10, 38, tzinfo=LONG_AGO.tzinfo)


def review_site() -> dict[str, User]:
    """Both plans; on a dozen tasks of 2024 everybody has reported twice and some have come back."""
    people = fresh_site()
    plan = Plan.objects.get(first_year=2024)
    first, second, _ = workflow.set_periods(
        plan,
        [
            workflow.PeriodDates(2024, PeriodKind.FIRST_QUARTER, date(2024, 4, 1), date(2024, 4, 15)),
            workflow.PeriodDates(2024, PeriodKind.HALF_YEAR, date(2024, 7, 1), date(2024, 7, 20)),
            workflow.PeriodDates(2024, PeriodKind.WHOLE_YEAR, date(2024, 12, 15), date(2025, 1, 10)),
        ],
        by=people["office"],
        at=APRIL - timedelta(days=30),
    )
    accounts = {user.agency_id: user for user in people.values() if user.role == "agency"}
    parts = Assignment.objects.asked().filter(task__plan=plan, task__number__in=[*range(1, 13), 73, 96])
    for place, part in enumerate(parts.select_related("task", "agency").order_by("task__number", "position")):
        by = accounts.get(part.agency_id)
        if by is None:
            continue
        at = timedelta(minutes=37 * place)
        report = _hand_in(part.task, first, by, APRIL + at, progress=20, results="完成任务运行情况摸底。")
        workflow.accept_report(
            report, by=None, version=report.version, note="内容完整。", takes_over=False, at=APRIL + at * 2
        )
        if place % 7 == 3:
            continue
        report = _hand_in(part.task, second, by, JULY + at, progress=40, results=RESULTS)
        if place % 5 == 4:
            report = workflow.return_report(
                report,
                by=people["office"],
                version=report.version,
                reason="请补充可核实的成效",
                at=JULY + at,
            )
            if place % 2:
                workflow.submit_report(report, by=by, version=report.version, at=JULY + at * 2)
    _ask_the_office(Task.objects.get(plan=plan, number=96), accounts)
    return people


def _ask_the_office(task: Task, accounts: dict[int, User]) -> None:
    """The lead asks for a later day, one participant says the task is not its own, the other has signed."""
    task = workflow.set_status(
        task, by=None, status="in_progress", progress=40, version=task.version, reason="尚在磋商", at=APRIL
    )
    lead, objects, signs = (accounts[part.agency_id] for part in task.assignments.order_by("position"))
    workflow.ask_extension(
        task, by=lead, new_due_on=date(2025, 6, 30), progress=40, reason="双边会议改期至明年二季度。", at=JULY
    )
    workflow.dispute_task(
        task, by=objects, reason="双边谈判不属于本单位职责，建议由商务部单独承担。", at=APRIL
    )
    workflow.receive_tasks([task.pk], by=signs, at=APRIL)


MEASURES = "会同有关单位开展工作情况调研，梳理集聚区政策需求；对照国际高标准经贸规则梳理知识产权条款。"
RESULTS = "形成调研报告初稿，整理可复制推广的制度创新事项清单。"


def _hand_in(task: Task, period, by: User, at: datetime, *, progress: int, results: str) -> ProgressReport:
    report = workflow.write_report(
        task,
        period,
        by=by,
        at=at,
        measures=MEASURES,
        results=results,
        problems="部分基地统计口径不一致，年度数据难以横向比较，需有关单位协助统一指标说明。",
        next_steps="印发统一的统计指标说明；组织经验交流。",
        proposed_progress=progress,
    )
    return workflow.submit_report(report, by=by, version=report.version, at=at)


@pytest.fixture
def people(transactional_db) -> dict[str, User]:
    return filled_by(review_site)


def waiting() -> list[ProgressReport]:
    plan = Plan.objects.get(first_year=2024)
    found = ProgressReport.objects.awaiting_review().filter(task__plan=plan)
    return list(found.select_related("task", "agency").order_by("submitted_at", "pk"))


def test_menu_says_how_many_wait(signed_in, people, size):
    page = signed_in(people["office"], size)
    page.goto("/agencies/")
    menu = page.get_by_role("navigation", name="主导航" if size == "wide" else "底部导航")
    entry = menu.get_by_role("link", name=re.compile(rf"审核\s*{len(waiting())}\s*份待审核$"))
    expect(entry).to_be_visible()
    mark = entry.locator(".pt-badge-n").bounding_box()
    assert (mark["height"], mark["width"] >= 18) == (18, True)  # in one line, however narrow its entry
    entry.click()
    expect(page.get_by_role("link", name=re.compile(rf"^待审核\s*{len(waiting())}$"))).to_be_visible()


PAGES = [
    *("queue", "report", "requests", "many", "decision", "answer", "assignments", "home"),
    *("task", "task of its lead", "task of a participant"),
]
LOOKS = [("wide", "light"), ("narrow", "dark")]


@pytest.mark.parametrize(("size", "theme"), LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_page_has_no_barrier_and_fits(name, size, theme, visit, people):
    report = waiting()[3]
    plan = report.task.plan_id
    task = Task.objects.get(plan=plan, number=96)
    address = {
        "queue": "/review/",
        "report": f"/review/{report.pk}/?plan={plan}",
        "requests": f"/review/?plan={plan}&state=extension",
        "many": "/review/acceptances/",
        "task": task.get_absolute_url(),
        "task of its lead": task.get_absolute_url(),
        "task of a participant": task.get_absolute_url(),
        "decision": f"/extensions/{task.extensions.get().pk}/decision/",
        "answer": f"/receipts/{task.receipts.disputed().get().pk}/answer/",
        "assignments": f"/tasks/{task.pk}/assignments/",
        "home": f"/?plan={plan}",
    }[name]
    person = {"task of its lead": "mofcom", "task of a participant": "cnipa"}.get(name, "office")
    page = visit(address, people[person], size, theme)
    assert (barriers(page), overflow(page)) == ([], 0)


def _open(page: Page) -> str:
    return page.locator(".pt-reviewed h2").inner_text()


def test_reports_are_returned_and_accepted_one_after_the_other(signed_in, people):
    first, second, third = waiting()[:3]
    page = signed_in(people["office"])
    page.goto("/review/")
    page.get_by_role("button", name="退回").click()
    expect(page.get_by_text("退回须填写审核意见")).to_be_visible()
    page.get_by_role("button", name="请补充可核实的成效").click()
    page.get_by_role("button", name="请说明与上期相比的变化").click()
    note = "请补充可核实的成效；请说明与上期相比的变化"
    expect(page.get_by_label("审核意见")).to_have_value(note)
    page.get_by_role("button", name="退回").click()
    expect(page.locator(".pt-reviewed h2")).to_contain_text(f"第 {second.task.number} 项 · {second.agency}")
    page.get_by_role("button", name="通过，看下一份").click()
    expect(page.locator(".pt-reviewed h2")).to_contain_text(f"第 {third.task.number} 项 · {third.agency}")
    states = [ProgressReport.objects.get(pk=report.pk) for report in (first, second)]
    assert [(one.state, one.review_note) for one in states] == [("returned", note), ("accepted", "")]
    before = _open(page)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".pt-reviewed h2")).not_to_have_text(before)
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".pt-reviewed h2")).to_have_text(before)


def test_ticked_reports_are_accepted_together(signed_in, people):
    first, second, *_ = waiting()
    page = signed_in(people["office"])
    page.goto("/review/")
    for report in (first, second):
        page.get_by_label(f"勾选第 {report.task.number} 项 {report.agency}").check()
    page.get_by_role("button", name="所选 2 份，批量通过").click()
    page.get_by_role("button", name="通过 2 份").click()
    expect(page.get_by_text("已通过 2 份报告")).to_be_visible()
    assert first not in waiting()
    assert second not in waiting()


def test_a_phone_shows_the_list_then_the_report(signed_in, people):
    page = signed_in(people["office"], "narrow")
    page.goto("/review/")
    expect(page.locator(".pt-reviewed")).to_be_hidden()
    page.locator(".pt-queue a").nth(1).click()
    expect(page.locator(".pt-queue")).to_be_hidden()
    page.get_by_role("button", name="通过，看下一份").click()
    expect(page.locator(".pt-reviewed")).to_be_visible()
    page.get_by_role("link", name="列表").click()
    expect(page.locator(".pt-queue")).to_be_visible()


def test_a_report_that_changed_meanwhile_is_shown_again(signed_in, people, complaints, size):
    complaints.expect("409")
    report = waiting()[0]
    page = signed_in(people["office"], size)
    page.goto(f"/review/{report.pk}/")
    by = report.submitted_by
    taken_back = workflow.withdraw_report(report, by=by, version=report.version)
    written = workflow.write_report(
        report.task, report.period, by=by, version=taken_back.version, results="制度创新事项清单已经印发。"
    )
    workflow.submit_report(written, by=by, version=written.version)
    page.get_by_label("审核意见").fill("内容完整")
    page.get_by_role("button", name="通过，看下一份").click()
    expect(page.get_by_text("这份报告已有变化，您的审核没有提交。")).to_be_visible()
    expect(page.locator(".pt-clash tbody tr")).to_have_count(1)
    expect(page.get_by_label("审核意见")).to_have_value("内容完整")
    assert (barriers(page), overflow(page)) == ([], 0)
    page.get_by_role("button", name="通过，看下一份").click()
    expect(page.get_by_text("已通过：")).to_be_visible()
    assert ProgressReport.objects.get(pk=report.pk).review_note == "内容完整"


def test_who_is_responsible_is_put_in_another_order(signed_in, people):
    task = Task.objects.get(plan__first_year=2024, number=96)
    page = signed_in(people["office"])
    page.goto(f"/tasks/{task.pk}/assignments/")
    page.get_by_role("button", name="下移").first.click()
    page.get_by_label("参与单位 3").select_option(label="教育部")
    page.get_by_label("依据").fill("会议纪要")
    page.get_by_role("button", name="保存责任单位").click()
    expect(page.get_by_text("第 96 项的责任单位已调整")).to_be_visible()
    names = [one.agency.name for one in task.assignments.select_related("agency").order_by("position")]
    assert names == ["商务部", "国家知识产权局", "中央宣传部", "教育部"]
