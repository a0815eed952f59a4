"""What a task's page tells of its reports: to each reader what is theirs, and nothing else in the bytes."""

import re
from datetime import date, datetime

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks import workflow
from tasks.models import Attachment, Reminder, ReminderKind
from tests.factories import LONG_AGO, make_agency, make_periods, make_report, make_task, make_user
from tests.tasks.pages import words

JULY = datetime(2024, 7, 10, 9, tzinfo=LONG_AGO.tzinfo)


@pytest.fixture
def half_year(plan):
    return make_periods(plan)[0]


@pytest.fixture
def third(section, task):
    """Another participant, 司法部."""
    moj = make_user("moj", agency=make_agency("司法部"))
    workflow.assign_task(
        task,
        by=None,
        version=task.version,
        lead=task.lead,
        participants=[*task.participants, moj.agency],
        basis="会议纪要",
    )
    return moj


def page_of(client_of, person, task, **query):
    return client_of(person).get(task.get_absolute_url(), query)


def matrix(response) -> dict[str, list[str]]:
    """The badges of each agency, period by period."""
    table = re.search(r'<table class="pt-matrix">.*?</table>', response.content.decode(), re.S)
    rows = re.findall(r"<tr>(.*?)</tr>", re.search(r"<tbody>(.*?)</tbody>", table[0], re.S)[1], re.S)
    found = {}
    for row in rows:
        agency, *cells = [
            re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)
        ]
        found[agency] = cells
    return found


def test_matrix_says_who_owes_what(client_of, office, task, half_year, lead, participant):
    make_report(task, half_year, lead, at=JULY)
    make_report(task, half_year, participant, state="returned", at=JULY)
    response = page_of(client_of, office, task)
    assert matrix(response) == {"国家知识产权局": ["待审核", "未报送"], "农业农村部": ["被退回", "未报送"]}
    assert "报送情况 2 家单位 × 2 个报送期" in words(response)
    assert "全年（当前） 2025-01-10 截止" in words(response)


def test_a_plan_that_is_not_reported_on_shows_neither(client_of, office, task):
    shown = words(page_of(client_of, office, task))
    assert "报送情况" not in shown
    assert "进展情况" not in shown


def test_a_task_of_a_collective_asks_nobody(client_of, office, participant, section, half_year):
    everybody = make_agency("联席会议成员单位", is_collective=True)
    everybody.members.add(participant.agency)
    task = make_task(section, [everybody], number=9)
    assert "没有写明要逐家报送的责任单位" in words(page_of(client_of, office, task))
    assert "不需要本单位单独报送" in words(page_of(client_of, participant, task))


def test_reports_stand_by_period_the_newest_first(client_of, office, plan, task, half_year, lead):
    _, year = plan.periods.all()
    make_report(task, half_year, lead, state="accepted", at=JULY, measures="上半年举措")
    make_report(task, year, lead, at=datetime(2024, 12, 20, 9, tzinfo=JULY.tzinfo), measures="落实《商标法》")
    shown = words(page_of(client_of, office, task))
    at = [
        shown.index(part)
        for part in ("全年 2024-01-01 至 12-31", "落实 《商标法》", "上半年 2024-01-01", "上半年举措")
    ]
    assert at == sorted(at)
    assert "进展情况 2 份报告" in shown


def test_only_the_lead_on_request(client_of, office, task, half_year, lead, participant):
    make_report(task, half_year, lead, at=JULY, measures="牵头举措")
    make_report(task, half_year, participant, at=JULY, measures="参与举措")
    both, leads = (words(page_of(client_of, office, task, **query)) for query in ({}, {"reports": "lead"}))
    assert ("牵头举措" in both, "参与举措" in both) == (True, True)
    assert ("牵头举措" in leads, "参与举措" in leads) == (True, False)


def test_accepted_participants_of_a_past_period_are_folded(
    client_of, office, task, half_year, lead, participant
):
    for person in (lead, participant):
        make_report(task, half_year, person, state="accepted", at=JULY)
    (_, told) = page_of(client_of, office, task).context["reports"].told
    assert [entry.agency for entry in told.entries] == [lead.agency]
    assert [entry.agency for entry in told.folded] == [participant.agency]


# --- who reads what ----------------------------------------------------------------------------------


def test_nobody_is_shown_what_is_not_theirs(
    client_of, office, leader, task, half_year, lead, participant, third
):
    """Each has written something of their own; each page holds exactly what its reader may read."""
    make_report(task, half_year, lead, at=JULY, measures="牵头所报")
    make_report(task, half_year, participant, state="draft", at=JULY, measures="参与之草稿")
    report = make_report(task, half_year, third, state="returned", at=JULY, measures="司法所报")
    workflow.write_report(task, half_year, by=third, version=report.version, measures="司法改写", at=JULY)
    told = ("牵头所报", "参与之草稿", "司法所报", "司法改写", "请补充可核实的成效")
    people = {"office": office, "leader": leader, "lead": lead, "participant": participant, "third": third}
    pages = {name: page_of(client_of, person, task) for name, person in people.items()}
    seen = {name: [part for part in told if part in page.content.decode()] for name, page in pages.items()}
    assert seen == {
        "office": ["牵头所报", "司法所报", "请补充可核实的成效"],
        "leader": ["牵头所报", "司法所报", "请补充可核实的成效"],
        "lead": ["牵头所报", "司法所报", "请补充可核实的成效"],
        "participant": [],
        "third": ["司法所报", "请补充可核实的成效"],
    }
    everybody = {"国家知识产权局": "待审核", "农业农村部": "未报送", "司法部": "被退回"}
    badges = {name: {agency: row[0] for agency, row in matrix(page).items()} for name, page in pages.items()}
    assert badges == {
        "office": everybody,
        "leader": everybody,
        "lead": everybody,
        "participant": {"农业农村部": "草稿"},
        "third": {"司法部": "被退回"},
    }


def test_what_was_taken_back_is_a_draft_again(client_of, office, task, half_year, lead):
    report = make_report(task, half_year, lead, at=JULY, measures="已撤回的举措")
    workflow.withdraw_report(report, by=lead, version=report.version, at=JULY)
    for person in (office, lead):
        assert "已撤回的举措" not in words(page_of(client_of, person, task))


def test_reports_of_those_who_are_assigned_no_more_stay(
    client_of, office, task, half_year, lead, participant
):
    make_report(task, half_year, participant, at=JULY, measures="原参与单位举措")
    workflow.assign_task(
        task, by=office, version=task.version, lead=lead.agency, participants=[], basis="会议纪要"
    )
    response = page_of(client_of, office, task)
    assert "原参与单位举措" in words(response)
    assert list(matrix(response)) == ["国家知识产权局"]


def attach(report, name: str, *, is_handed_in: bool) -> Attachment:
    file = Attachment(
        report=report,
        name=name,
        content_type="application/pdf",
        size=1024,
        digest="0" * 64,
        is_handed_in=is_handed_in,
        added_at=JULY,
        added_by=report.submitted_by,
    )
    file.file.save(name, ContentFile(b"%PDF-1.4"))
    return file


def test_files_are_those_that_were_handed_in(client_of, office, task, half_year, lead, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    report = make_report(task, half_year, lead, at=JULY)
    attach(report, "已报送.pdf", is_handed_in=True)
    attach(report, "草稿里的.pdf", is_handed_in=False)
    client = client_of(office)
    for address in (task.get_absolute_url(), f"/review/{report.pk}/"):
        shown = words(client.get(address))
        assert "已报送.pdf" in shown
        assert "草稿里的.pdf" not in shown
    assert "附件 1 个" in words(client.get(task.get_absolute_url()))


def test_whom_the_office_has_urged_it_alone_knows(
    client_of, office, plan, task, half_year, lead, participant
):
    reminder = Reminder.objects.create(
        agency=participant.agency, plan=plan, period=half_year, kind=ReminderKind.URGED, at=JULY, by=office
    )
    reminder.tasks.add(task)
    assert "已催办 1 次，最近 2024-07-10 09:00" in words(page_of(client_of, office, task))
    assert "已催办" not in words(page_of(client_of, lead, task))


# --- the office's part -------------------------------------------------------------------------------


def test_reports_are_judged_on_the_task_s_page_by_the_office_alone(
    client_of, office, leader, task, half_year, lead
):
    report = make_report(task, half_year, lead, at=JULY)
    action = f'action="/review/{report.pk}/acceptance/"'
    has = [action in page_of(client_of, who, task).content.decode() for who in (office, leader, lead)]
    assert has == [True, False, False]


def test_completion_waits_for_the_final_report(client_of, office, leader, task, half_year, lead):
    sentence = "须有牵头单位的最终报告且审核通过，才能确认办结。"
    button = "确认办结"
    before = words(page_of(client_of, office, task))
    assert (sentence in before, button in before) == (True, True)
    make_report(task, half_year, lead, state="submitted", at=JULY, proposed_status="completed")
    assert sentence in words(page_of(client_of, office, task))
    report = task.reports.get()
    workflow.accept_report(report, by=office, version=report.version, takes_over=False)
    client = client_of(office)
    ready = client.get(task.get_absolute_url())
    assert (sentence in words(ready), button in words(ready)) == (False, True)
    answer = client.post(
        f"/tasks/{task.pk}/status/", {"status": "completed", "version": task.version, "next": "/tasks/"}
    )
    assert answer.status_code == 302
    done = words(client.get(task.get_absolute_url()))
    assert (sentence in done, button in done) == (False, False)
    assert button not in words(page_of(client_of, leader, task))


def test_a_plan_without_periods_is_completed_by_the_office_alone(client_of, office, task):
    html = page_of(client_of, office, task).content.decode()
    assert re.search(r"<button class=\"btn btn-default\">[^\n]*确认办结", html)


# --- signing and days --------------------------------------------------------------------------------


def test_who_has_signed_when(client_of, office, task, lead, participant, third):
    workflow.receive_tasks([task.pk], by=lead, at=JULY)
    workflow.dispute_task(task, by=participant, reason="不属于本单位职责", at=JULY)
    pages = {
        name: words(page_of(client_of, person, task))
        for name, person in (
            ("office", office),
            ("lead", lead),
            ("participant", participant),
            ("third", third),
        )
    }
    assert "国家知识产权局 已签收 国家知识产权局 2024-07-10 09:00" in pages["office"]
    assert "农业农村部 责任不符 理由：不属于本单位职责" in pages["office"]
    assert "司法部 待签收" in pages["office"]
    reads = {name: "不属于本单位职责" in page for name, page in pages.items()}
    assert reads == {"office": True, "lead": True, "participant": True, "third": False}
    assert "已签收" not in pages["third"]


def test_requests_for_a_later_day(client_of, office, task, lead, participant):
    extension = workflow.ask_extension(
        task, by=lead, new_due_on=date(2025, 6, 30), progress=30, reason="会期顺延", at=JULY
    )
    decide = f"/extensions/{extension.pk}/decision/"
    pages = {
        name: page_of(client_of, person, task).content.decode()
        for name, person in (("office", office), ("lead", lead), ("participant", participant))
    }
    assert {name: ("会期顺延" in page, decide in page) for name, page in pages.items()} == {
        "office": (True, True),
        "lead": (True, False),
        "participant": (False, False),
    }
    workflow.grant_extension(extension, by=office, decision="同意", at=JULY)
    shown = words(page_of(client_of, office, task))
    assert "2024-12-31 → 2025-06-30 同意延期" in shown
    assert "计划节点 2025-06-30" in shown


# --- cost --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("person", "expected"), [("office", 21), ("lead", 19)])
def test_queries_are_fixed(person, expected, client_of, office, lead, section, plan):
    """More than without reports: the periods, assignments and reports, the statuses in each period, the
    reports with their files, and for the office whom it urged and whether the task may be completed."""
    first, second = make_periods(plan)
    task = make_task(section, [lead.agency], number=50)
    make_report(task, first, lead, at=JULY)
    client = client_of({"office": office, "lead": lead}[person])
    client.get(task.get_absolute_url())

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(task.get_absolute_url()).status_code == 200
        return len(queries)

    small = cost()
    others = [make_user(f"u{n}", agency=make_agency(f"部{n}")) for n in range(12)]
    task = workflow.assign_task(
        task,
        by=office,
        version=task.version,
        lead=lead.agency,
        participants=[other.agency for other in others],
        basis="会议纪要",
    )
    for other in others:
        make_report(task, first, other, state="accepted", at=JULY)
        make_report(task, second, other)
        workflow.receive_tasks([task.pk], by=other)
    assert (small, cost()) == (expected, expected)
