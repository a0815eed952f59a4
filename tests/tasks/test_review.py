"""进展审核: the queue, two periods side by side, and the office's judgement of one report or of many."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tasks import workflow
from tasks.models import Event, ProgressReport, ReportState, Status
from tests.database import database
from tests.factories import (
    LONG_AGO,
    WRITTEN,
    make_periods,
    make_plan,
    make_report,
    make_section,
    make_task,
    make_user,
)
from tests.tasks.pages import words

JULY = datetime(2024, 7, 10, 9, tzinfo=LONG_AGO.tzinfo)


@pytest.fixture
def half_year(plan):
    return make_periods(plan)[0]


@pytest.fixture
def waiting(task, half_year, lead, participant) -> list[ProgressReport]:
    """The participant's report, and a day later the lead's."""
    return [
        make_report(task, half_year, participant, at=JULY),
        make_report(task, half_year, lead, at=JULY + timedelta(days=1)),
    ]


def queue_of(plan, **conditions) -> str:
    return f"/review/?plan={plan.pk}" + "".join(f"&{name}={value}" for name, value in conditions.items())


def listed(response) -> list[ProgressReport]:
    return response.context["listed"]


def judge(client, report, verdict: str, **said):
    data = {"version": report.version, "seen": report.submitted_at.isoformat(), "takes_over": "on"} | said
    return client.post(reverse(f"tasks:{verdict}", args=[report.pk]), data)


def fresh(row):
    return type(row)._base_manager.get(pk=row.pk)


# --- the queue ---------------------------------------------------------------------------------------


def test_queue_holds_what_waits_longest_first(client_of, office, plan, task, half_year, waiting):
    response = client_of(office).get("/review/")
    assert listed(response) == waiting
    assert response.context["report"] == waiting[0]
    assert [tab[:3] for tab in response.context["queue"].tabs] == [
        ("submitted", "待审核", 2),
        ("returned", "已退回", 0),
        ("accepted", "已通过", 0),
        ("disputed", "责任不符", 0),
        ("extension", "延期申请", 0),
    ]
    assert "1 / 2" in words(response)


def test_queue_of_a_state_a_period_and_a_plan(client_of, office, plan, section, task, half_year, lead):
    _, year = plan.periods.all()
    later = datetime(2024, 12, 20, 9, tzinfo=JULY.tzinfo)
    accepted = make_report(task, half_year, lead, state="accepted", at=JULY)
    waits = make_report(task, year, lead, at=later)
    other_task = make_task(section, [lead.agency], number=2)
    returned = make_report(other_task, year, lead, state="returned", at=later)
    make_report(make_task(section, [lead.agency], number=3), year, lead, state="draft", at=later)
    other = make_plan(2023)
    elsewhere = make_report(
        make_task(make_section(other), [lead.agency], number=1), make_periods(other)[0], lead
    )
    client = client_of(office)
    found = {
        (state, period): listed(client.get(queue_of(plan, state=state, period=period)))
        if client.get(queue_of(plan, state=state, period=period)).context.get("listed")
        else []
        for state in ReportState.values[1:]
        for period in ("", half_year.pk, year.pk)
    }
    assert found == {
        ("submitted", ""): [waits],
        ("submitted", half_year.pk): [],
        ("submitted", year.pk): [waits],
        ("accepted", ""): [accepted],
        ("accepted", half_year.pk): [accepted],
        ("accepted", year.pk): [],
        ("returned", ""): [returned],
        ("returned", half_year.pk): [],
        ("returned", year.pk): [returned],
    }
    assert listed(client.get(queue_of(other))) == [elsewhere]


@pytest.mark.parametrize(
    ("query", "said"),
    [("&period=987654", "没有这个报送期"), ("&period=x", "没有这个报送期"), ("&state=gone", "没有这个状态")],
)
def test_conditions_that_are_not_understood_are_named(query, said, client_of, office, plan, waiting):
    response = client_of(office).get(queue_of(plan) + query)
    assert (response.status_code, listed(response)) == (200, waiting)
    assert said in words(response)


def test_an_empty_queue_says_why(client_of, office, plan, half_year):
    client = client_of(office)
    assert "没有待审核的报告 各单位报送后列在这里。" in words(client.get("/review/"))
    assert "看全部报送期" in words(client.get(queue_of(plan, period=half_year.pk)))
    plan.periods.all().delete()
    assert "还没有设置报送期" in words(client.get("/review/"))


def test_without_a_plan_there_is_nothing_to_review(client_of, office):
    assert "还没有推进计划" in words(client_of(office).get("/review/"))


# --- one report --------------------------------------------------------------------------------------


def test_report_stands_beside_the_one_before(client_of, office, plan, task, half_year, lead):
    _, year = plan.periods.all()
    make_report(task, half_year, lead, state="accepted", at=JULY, proposed_progress=20)
    report = make_report(
        task,
        year,
        lead,
        at=datetime(2024, 12, 20, 9, tzinfo=JULY.tzinfo),
        results="修改稿已送审。",
        proposed_status="completed",
    )
    response = client_of(office).get(f"/review/{report.pk}/")
    shown = words(response)
    for expected in (
        "第 1 项 · 国家知识产权局 · 全年进展 待审核",
        "上半年 2024-07-10 09:00 报送，已通过",
        "全年（待审核） 2024-12-20 09:00 国家知识产权局报送",
        "工作举措 召开专题论证会，形成修改稿。 召开专题论证会，形成修改稿。 与上半年相同",
        "进展成效 修改稿已征求有关单位意见。 修改稿已送审。 存在问题",
        "建议状态 推进中 申请办结",
        "总体进度 20% 100%",
        "同时把任务状态更新为“已完成”、进度更新为 100%",
    ):
        assert expected in shown


def test_first_report_stands_alone_and_a_returned_one_is_not_the_one_before(
    client_of, office, plan, task, half_year, lead
):
    _, year = plan.periods.all()
    make_report(task, half_year, lead, state="returned", at=JULY, measures="不应出现的举措")
    report = make_report(task, year, lead, at=datetime(2024, 12, 20, 9, tzinfo=JULY.tzinfo))
    response = client_of(office).get(f"/review/{report.pk}/")
    assert response.context["earlier"] is None
    assert "此前没有报送" in words(response)
    assert "不应出现的举措" not in words(response)


def test_what_is_being_mended_is_not_shown(client_of, office, task, half_year, lead):
    report = make_report(task, half_year, lead, state="returned", at=JULY)
    workflow.write_report(task, half_year, by=lead, version=report.version, measures="改写中", at=JULY)
    client = client_of(office)
    assert "改写中" not in words(client.get(f"/review/{report.pk}/?state=returned"))
    draft = make_report(task, half_year, make_user("x", agency=task.participants[0]), state="draft", at=JULY)
    assert client.get(f"/review/{draft.pk}/").status_code == 404


def test_next_and_previous_walk_the_queue(client_of, office, plan, task, waiting):
    client = client_of(office)
    first, last = (client.get(f"/review/{report.pk}/?plan={plan.pk}") for report in waiting)
    ways = [(page.context["previous"], page.context["following"]) for page in (first, last)]
    address = "/review/{}/?plan={}&state=submitted"
    assert ways == [
        ("", address.format(waiting[1].pk, plan.pk)),
        (address.format(waiting[0].pk, plan.pk), ""),
    ]
    assert (first.context["place"], last.context["place"]) == (1, 2)


# --- the judgement -----------------------------------------------------------------------------------


def test_accepting_takes_over_and_goes_on(client_of, office, plan, task, waiting):
    participants, leads = waiting
    query = f"plan={plan.pk}&state=submitted"
    response = judge(client_of(office), leads, "acceptance", note="节点清晰", query=query)
    assert (response.status_code, response.url) == (302, f"/review/{participants.pk}/?{query}")
    leads, task = fresh(leads), fresh(task)
    assert (leads.state, leads.review_note, leads.reviewed_by) == ("accepted", "节点清晰", office)
    assert (task.status, task.progress) == (Status.IN_PROGRESS, 45)
    response = judge(client_of(office), participants, "acceptance", query=query)
    assert response.url == f"/review/?{query}"  # nothing is left


def test_accepting_without_the_tick_leaves_the_task(client_of, office, task, waiting):
    judge(client_of(office), waiting[1], "acceptance", takes_over="")
    assert (fresh(waiting[1]).state, fresh(task).status) == ("accepted", Status.NOT_STARTED)


def test_a_participant_s_report_offers_no_change_of_the_task(client_of, office, waiting):
    shown = words(client_of(office).get(f"/review/{waiting[0].pk}/"))
    assert "参与单位的报告，通过后任务状态不变。" in shown
    assert "同时把任务" not in shown


def test_an_old_report_does_not_take_back_what_a_newer_one_brought(
    client_of, office, plan, task, half_year, lead
):
    _, year = plan.periods.all()
    late = make_report(task, half_year, lead, at=JULY)
    at = datetime(2024, 12, 20, 9, tzinfo=JULY.tzinfo)
    make_report(task, year, lead, state="accepted", at=at, proposed_status="completed")
    shown = words(client_of(office).get(f"/review/{late.pk}/"))
    assert "任务现为“已完成”、100%，通过后不变。" in shown
    judge(client_of(office), late, "acceptance")
    assert (fresh(late).state, fresh(task).status) == ("accepted", Status.COMPLETED)


def test_returning_owes_a_reason(client_of, office, task, waiting):
    client = client_of(office)
    before = database()
    response = judge(client, waiting[1], "return", note="  ")
    assert response.status_code == 200
    assert "退回须填写审核意见" in words(response)
    assert database() == before
    judge(client_of(office), waiting[1], "return", note="请补充可核实的成效")
    report = fresh(waiting[1])
    assert (report.state, report.review_note, report.returns) == ("returned", "请补充可核实的成效", 1)
    assert fresh(task).version == task.version


def test_a_note_that_is_too_long_is_not_lost(client_of, office, waiting):
    client = client_of(office)
    before = database()
    response = judge(client, waiting[1], "acceptance", note="长" * 1001)
    assert "审核意见最多 1000 字" in words(response)
    assert "长" * 1001 in words(response)
    assert database() == before


@pytest.mark.parametrize("said", [{"version": "x"}, {"version": ""}, {"version": "9" * 30}])
def test_a_form_without_its_version_changes_nothing(said, client_of, office, waiting):
    client = client_of(office)
    before = database()
    assert judge(client, waiting[1], "acceptance", **said).status_code in (200, 409)
    assert database() == before


def test_a_changed_report_is_shown_and_asked_again(client_of, office, task, half_year, lead):
    seen = make_report(task, half_year, lead, at=JULY)
    report = workflow.withdraw_report(seen, by=lead, version=seen.version, at=JULY + timedelta(hours=1))
    report = workflow.write_report(
        task,
        half_year,
        by=lead,
        version=report.version,
        results="新的成效。",
        proposed_progress=60,
        at=JULY + timedelta(hours=2),
    )
    workflow.submit_report(report, by=lead, version=report.version, at=JULY + timedelta(hours=2))
    client = client_of(office)
    before = database()
    response = judge(client, seen, "acceptance", note="节点清晰")
    assert (response.status_code, database()) == (409, before)
    assert response.context["clash"].lines == [
        ("进展成效", WRITTEN["results"], "新的成效。"),
        ("总体进度", "45%", "60%"),
    ]
    html = response.content.decode()
    again = dict(re.findall(r'<input type="hidden" name="(version|seen|query)" value="([^"]*)"', html))
    assert ">节点清晰</textarea>" in html
    assert client.post(f"/review/{seen.pk}/acceptance/", {k: unescape(v) for k, v in again.items()}).url
    assert fresh(seen).state == "accepted"


def test_what_somebody_else_has_judged_is_told(client_of, office, waiting):
    other = make_user("office2", "office", first_name="办公室二")
    workflow.return_report(waiting[1], by=other, version=waiting[1].version, reason="请补充")
    client = client_of(office)
    before = database()
    response = judge(client, waiting[1], "acceptance", note="节点清晰")
    assert (response.status_code, database()) == (409, before)
    shown = words(response)
    assert "办公室二于" in shown
    assert "您填写的意见：“节点清晰”" in shown
    assert 'id="judgement"' not in response.content.decode()


@pytest.mark.parametrize(("verdict", "note"), [("acceptance", ""), ("return", "请补充")])
def test_a_double_click_is_harmless(verdict, note, client_of, office, waiting):
    client = client_of(office)
    judge(client, waiting[1], verdict, note=note)
    before = database()
    assert judge(client, waiting[1], verdict, note=note).status_code == 302
    assert database() == before


def test_what_was_taken_back_meanwhile_is_told(client_of, office, lead, waiting):
    workflow.withdraw_report(waiting[1], by=lead, version=waiting[1].version)
    client = client_of(office)
    before = database()
    response = judge(client, waiting[1], "acceptance")
    assert response.status_code == 302
    assert database() == before
    assert "报送单位已撤回这份报告" in words(client.get(response.url))


def test_way_back_to_the_page_it_was_judged_on(client_of, office, task, waiting):
    response = judge(client_of(office), waiting[1], "acceptance", next=f"/tasks/{task.pk}/")
    assert response.url == f"/tasks/{task.pk}/"
    shown = client_of(office).get(f"/review/{waiting[0].pk}/?next=/tasks/{task.pk}/").content.decode()
    assert f'name="next" value="/tasks/{task.pk}/"' in shown
    response = judge(client_of(office), waiting[0], "acceptance", next="https://evil.example/")
    assert response.url.startswith("/review/")


# --- who ---------------------------------------------------------------------------------------------


def test_those_who_read_have_no_buttons(client_of, leader, office, waiting):
    for person, has in ((leader, False), (office, True)):
        html = client_of(person).get("/review/").content.decode()
        assert (('id="judgement"' in html), ("批量通过" in html), ('name="report"' in html)) == (has,) * 3


@pytest.mark.parametrize("verdict", ["acceptance", "return"])
def test_nobody_but_the_office_judges(verdict, client_of, leader, lead, participant, outsider, waiting):
    clients = [client_of(person) for person in (leader, lead, participant, outsider)]
    before = database()
    answers = [judge(client, waiting[1], verdict, note="请补充").status_code for client in clients]
    assert answers == [403, 403, 404, 404]
    assert database() == before


def test_agencies_have_no_queue(client_of, lead, waiting):
    client = client_of(lead)
    for address in ("/review/", f"/review/{waiting[1].pk}/", "/review/acceptances/"):
        assert client.get(address).status_code == 404


# --- many at once ------------------------------------------------------------------------------------


def hidden(response) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in re.findall(
        r'<input type="hidden" name="(query|digest|report)" value="([^"]*)"', response.content.decode()
    ):
        found.setdefault(name, []).append(unescape(value))
    return found


def test_all_of_a_queue_is_accepted_with_one_event_each(client_of, office, plan, task, waiting):
    client = client_of(office)
    asked = client.get("/review/acceptances/", {"query": f"plan={plan.pk}&state=submitted"})
    assert "通过全部 2 份报告" in words(asked)
    events = Event.objects.count()
    response = client.post("/review/acceptances/", hidden(asked) | {"takes_over": "on", "note": "已核"})
    assert response.status_code == 302
    assert {(r.state, r.review_note) for r in ProgressReport.objects.all()} == {("accepted", "已核")}
    assert Event.objects.count() == events + 2
    assert fresh(task).progress == 45


def test_only_the_ticked_ones_are_accepted(client_of, office, plan, task, waiting):
    client = client_of(office)
    picked = f"{waiting[0].pk}:{waiting[0].version}"
    asked = client.get("/review/acceptances/", {"query": f"plan={plan.pk}", "report": picked})
    assert "通过所选 1 份报告" in words(asked)
    client.post("/review/acceptances/", hidden(asked))
    assert [fresh(report).state for report in waiting] == ["accepted", "submitted"]


def test_a_list_that_has_changed_is_asked_again_and_nothing_is_accepted(
    client_of, office, plan, task, section, half_year, lead, waiting
):
    client = client_of(office)
    whole = client.get("/review/acceptances/", {"query": f"plan={plan.pk}&state=submitted"})
    picked = client.get(
        "/review/acceptances/",
        {"query": f"plan={plan.pk}", "report": [f"{one.pk}:{one.version}" for one in waiting]},
    )
    report = workflow.withdraw_report(waiting[1], by=lead, version=waiting[1].version)
    workflow.submit_report(report, by=lead, version=report.version, at=JULY + timedelta(days=2))
    before = database()
    for asked in (whole, picked):
        response = client.post("/review/acceptances/", hidden(asked))
        assert (response.status_code, database()) == (409, before)
        assert "没有报告被通过" in words(response)
    assert "勾选后有修改" in words(response)
    assert client.post("/review/acceptances/", hidden(response)).status_code == 302
    assert {one.state for one in ProgressReport.objects.all()} == {"accepted"}


@pytest.mark.parametrize("picked", ["x", "1", "1:x", "9" * 40])
def test_ticks_that_are_not_understood_are_refused(picked, client_of, office, plan, waiting):
    client = client_of(office)
    before = database()
    response = client.post(
        "/review/acceptances/", {"query": f"plan={plan.pk}", "report": picked, "digest": "x"}
    )
    assert (response.status_code, database()) == (200, before)
    assert "无法识别" in words(response)


def test_nothing_to_accept_and_too_much(client_of, office, plan, half_year, task, lead, monkeypatch):
    client = client_of(office)
    assert "没有待审核的报告" in words(client.get("/review/acceptances/"))
    make_report(task, half_year, lead, at=JULY)
    monkeypatch.setattr("tasks.views.acceptances.AT_ONCE", 0)
    assert "一次最多通过 0 份，现有 1 份" in words(client.get("/review/acceptances/"))


def test_a_change_behind_the_page_rolls_all_back(office, task, half_year, waiting):
    before = database()
    with pytest.raises(workflow.ReportConflict) as conflict:
        workflow.accept_reports([(waiting[0].pk, waiting[0].version), (waiting[1].pk, 1)], by=office)
    assert conflict.value.reports == (waiting[1],)
    workflow.accept_report(waiting[0], by=office, version=waiting[0].version)
    before = database()
    with pytest.raises(workflow.Refused):
        workflow.accept_reports(
            [(waiting[1].pk, waiting[1].version), (waiting[0].pk, fresh(waiting[0]).version)], by=office
        )
    assert database() == before


# --- cost --------------------------------------------------------------------------------------------


def test_queries_are_fixed(client_of, office, plan, section, half_year, lead, participant, waiting):
    client = client_of(office)
    client.get(f"/review/{waiting[1].pk}/")  # from now on the session knows the plan

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    addresses = ("/review/", f"/review/{waiting[1].pk}/", "/review/acceptances/")
    small = [cost(address) for address in addresses]
    for number in range(2, 30):
        make_report(make_task(section, [lead.agency, participant.agency], number=number), half_year, lead)
    assert [cost(address) for address in addresses] == small
    assert small == [15, 16, 4]


# --- what was accepted goes back ---------------------------------------------------------------------


def test_an_accepted_report_goes_back_once_its_task_is_open_again(client_of, office, task, half_year, lead):
    report = make_report(task, half_year, lead, proposed_status="completed")
    report = workflow.accept_report(report, by=office, version=report.version)
    address, client = f"/review/{report.pk}/", client_of(office)
    assert "任务已办结。需要重报的，先在任务页改回其他状态并写明理由" in words(client.get(address))
    done = type(task).objects.get(pk=task.pk)
    workflow.set_status(done, by=office, status="in_progress", version=done.version, reason="验收未通过")
    hint = words(client.get(task.get_absolute_url()))
    assert "任务已重新开启，此前通过的 最终报告 不再算数，可以退回请牵头单位重报。" in hint

    bare = client.post(f"/review/{report.pk}/return/", {"version": report.version, "note": " "})
    assert "退回须填写审核意见" in words(bare)
    sent = {"version": report.version, "note": "请补充验收意见"}
    answers = [client.post(f"/review/{report.pk}/return/", sent) for _ in range(2)]  # a double click

    assert [answer.status_code for answer in answers] == [302, 302]
    report.refresh_from_db()
    assert (report.state, report.returns, report.review_note) == ("returned", 1, "请补充验收意见")
    assert "修改重报" in words(client_of(lead).get(report.get_absolute_url()))
