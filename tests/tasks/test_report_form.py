"""填报: the form and its buttons, one report to read, taking over, and two people at the same report."""

import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks import workflow
from tasks.models import PeriodKind, ProgressReport, ReportSource, Status
from tests.database import database
from tests.factories import WRITTEN, make_periods, make_report, make_user
from tests.tasks.files import upload
from tests.tasks.pages import words

TYPED = WRITTEN | {"proposed_status": "in_progress", "proposal_reason": "", "deliverables": "", "version": ""}
HTMX = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def half_year(plan):
    return make_periods(plan)[0]


@pytest.fixture
def address(task, half_year) -> str:
    return f"/tasks/{task.pk}/reports/{half_year.pk}/"


def stored() -> ProgressReport:
    return ProgressReport.objects.get()


# --- the form -----------------------------------------------------------------------------------------


def test_opening_the_form_begins_nothing(client_of, address, lead, task):
    response = client_of(lead).get(address)
    shown = words(response)
    assert "填报上半年进展 第 1 项 · 牵头 · 2024-07-20 截止" in shown
    assert task.text in shown
    assert response.context["form"]["proposed_progress"].value() == 0
    assert not ProgressReport.objects.exists()


def test_a_drawer_is_the_same_form_alone(client_of, address, lead):
    page = client_of(lead).get(address)
    part = client_of(lead).get(address, headers=HTMX)
    assert [response.headers["Vary"].count("HX-Request") for response in (page, part)] == [1, 1]
    assert "<html" not in part.content.decode()
    assert 'hx-target="#dialog-body"' in part.content.decode()
    assert 'hx-target="#panel"' in page.content.decode()


def test_a_draft_is_kept_as_it_was_typed(client_of, address, lead):
    long = "长" * 1200
    typed = TYPED | {"measures": f"{long}\r\n第二段", "results": "", "proposed_progress": "四成"}
    response = client_of(lead).post(address, typed)
    assert (response.status_code, response.headers["Location"]) == (302, address)
    assert stored().state == "draft"
    shown = client_of(lead).get(address).context["form"]
    assert shown["measures"].value() == f"{long}\n第二段"
    assert shown["proposed_progress"].value() == "四成"


def test_handing_in_from_an_empty_page_takes_one_request(client_of, address, lead):
    response = client_of(lead).post(address, TYPED | {"then": "submission", "files": [upload()]})
    report = stored()
    assert (response.status_code, response.headers["Location"]) == (302, report.get_absolute_url())
    assert (report.state, report.measures, report.attachments.get().is_handed_in) == (
        "submitted",
        WRITTEN["measures"],
        True,
    )


def test_what_is_missing_stands_at_its_field_and_the_draft_is_kept(client_of, address, lead):
    typed = TYPED | {"problems": "部分工作进度不均衡。", "results": "", "then": "submission"}
    response = client_of(lead).post(address, typed)
    assert response.status_code == 200
    assert {name: list(errors) for name, errors in response.context["form"].errors.items()} == {
        "results": ["请填写进展成效"],
        "problems": ["至少 20 字，请写明具体事项；没有问题请注明“无”"],
    }
    html = response.content.decode()
    assert html.count('aria-invalid="true"') == 2
    assert f'name="version" value="{stored().version}"' in html
    assert (stored().state, stored().written["measures"]) == ("draft", WRITTEN["measures"])


def test_no_problems_is_one_tick(client_of, address, lead):
    client = client_of(lead)
    client.post(address, TYPED | {"problems": "", "no_problems": "on"})
    assert stored().written["problems"] == "无"
    form = client.get(address).context["form"]
    assert (form["problems"].value(), form["no_problems"].value()) == ("", True)
    typed = TYPED | {"no_problems": "on", "version": stored().version, "then": "submission"}
    response = client.post(address, typed)
    assert "请只保留一项" in words(response)
    assert stored().written["problems"] == WRITTEN["problems"]  # what was typed is not lost for a tick


def test_asking_to_close_is_reported_as_whole(client_of, address, lead):
    typed = TYPED | {"proposed_status": "completed", "then": "submission"}
    client_of(lead).post(address, typed)
    assert (stored().proposed_status, stored().proposed_progress) == (Status.COMPLETED, 100)
    assert client_of(lead).post(address, typed).status_code == 302  # a double click


def test_a_second_click_changes_nothing(client_of, address, lead):
    client = client_of(lead)
    for then in ("", "submission"):
        client.post(address, TYPED | {"then": then})
        once = database()
        again = client.post(address, TYPED | {"then": then})
        assert again.status_code == 302
        assert database() == once


def test_signs_that_no_database_keeps_are_told(client_of, address, lead):
    response = client_of(lead).post(address, TYPED | {"measures": "甲\x00乙"})
    assert (response.status_code, list(response.context["form"].errors)) == (200, ["measures"])
    assert not ProgressReport.objects.exists()


def test_a_bad_file_keeps_the_text_and_is_told(client_of, address, lead):
    data = TYPED | {"files": [upload(), upload("程序.exe", b"MZ")], "then": "submission"}
    response = client_of(lead).post(address, data)
    assert "“程序.exe”不是可以上传的类型" in words(response)
    assert [one.name for one in stored().attachments.all()] == ["测试情况.pdf"]
    assert (stored().state, stored().written["measures"]) == ("draft", WRITTEN["measures"])


def test_without_a_script_a_file_is_ticked_away(client_of, address, lead):
    client = client_of(lead)
    client.post(address, TYPED | {"files": [upload()]})
    client.post(
        address, TYPED | {"version": stored().version, "drop": [str(stored().attachments.get().pk), "x"]}
    )
    assert not stored().attachments.exists()


def test_a_returned_report_shows_what_the_office_said(client_of, address, task, half_year, lead):
    report = make_report(task, half_year, lead, state="returned")
    shown = words(client_of(lead).get(address))
    assert "修改上半年进展" in shown
    assert "退回意见" in shown
    assert "请补充可核实的成效" in shown
    typed = TYPED | {"version": report.version, "results": "已形成三份报告。", "then": "submission"}
    client_of(lead).post(address, typed)
    assert (stored().state, stored().results, stored().is_resubmitted) == (
        "submitted",
        "已形成三份报告。",
        True,
    )


def test_what_is_handed_in_is_read_not_written(client_of, address, task, half_year, lead):
    report = make_report(task, half_year, lead)
    response = client_of(lead).get(address)
    assert (response.status_code, response.headers["Location"]) == (302, report.get_absolute_url())
    drawer = client_of(lead).get(address, headers=HTMX)
    assert drawer.headers["HX-Redirect"] == report.get_absolute_url()


def test_before_the_period_opens_the_task_says_so(client_of, task, plan, lead):
    today = timezone.localdate()
    days = [workflow.PeriodDates(2024, PeriodKind.HALF_YEAR, today + timedelta(3), today + timedelta(9))]
    (period,) = workflow.set_periods(plan, days, by=None)
    address = f"/tasks/{task.pk}/reports/{period.pk}/"
    response = client_of(lead).get(address, follow=True)
    assert response.redirect_chain == [(task.get_absolute_url(), 302)]
    assert "还没有开始" in words(response)
    posted = client_of(lead).post(address, TYPED)
    assert "还没有开始" in words(posted)
    assert WRITTEN["measures"] in posted.content.decode()  # nothing typed is lost
    assert not ProgressReport.objects.exists()


def test_who_gets_the_form(client_of, address, lead, participant, outsider, office, leader, task):
    got = {
        person.username: (
            client_of(person).get(address).status_code,
            client_of(person).post(address).status_code,
        )
        for person in (lead, participant, outsider, office, leader)
    }
    assert got == {
        "cnipa": (200, 302),
        "mara": (200, 302),
        "mofcom": (404, 404),
        "office": (403, 403),
        "leader": (403, 403),
    }
    assert client_of(lead).get(f"/tasks/{task.pk}/reports/98765/").status_code == 404


def test_the_form_s_queries_do_not_grow(client_of, address, task, half_year, lead, participant):
    client = client_of(lead)
    costs = []
    for name in ("", "甲"):
        if name:
            make_report(task, half_year, participant)
            client.post(address, TYPED | {"files": [upload(f"{n}.pdf") for n in range(5)]})
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        costs.append(len(queries))
    assert costs == [12, 13]  # the files


# --- quoting ------------------------------------------------------------------------------------------


def test_last_period_s_words_fill_what_is_empty(client_of, task, plan, lead):
    half, whole = make_periods(plan)
    make_report(task, half, lead, state="accepted")
    typed = TYPED | {"measures": "下半年的举措。", "results": "", "problems": "", "then": "quote"}
    address = f"/tasks/{task.pk}/reports/{whole.pk}/"
    assert "引用上半年内容" in words(client_of(lead).get(address))
    response = client_of(lead).post(address, typed)
    form = response.context["form"]
    assert [form[name].value() for name in ("measures", "results", "problems")] == [
        "下半年的举措。",
        WRITTEN["results"],
        WRITTEN["problems"],
    ]


def test_a_draft_of_last_period_is_not_quoted(client_of, task, plan, lead):
    half, whole = make_periods(plan)
    make_report(task, half, lead, state="draft")
    assert "引用" not in words(client_of(lead).get(f"/tasks/{task.pk}/reports/{whole.pk}/"))


# --- saving by itself ---------------------------------------------------------------------------------


def test_the_page_saves_by_itself(client_of, address, lead):
    client = client_of(lead)
    first = json.loads(client.post(f"{address}draft/", TYPED | {"measures": "初"}).content)
    assert (first["version"], first["attachments"]) == (1, f"/reports/{stored().pk}/attachments/")
    second = client.post(f"{address}draft/", TYPED | {"measures": "初稿", "version": first["version"]})
    assert json.loads(second.content)["version"] == 2
    same = client.post(f"{address}draft/", TYPED | {"measures": "初稿", "version": 2})
    assert json.loads(same.content)["version"] == 2
    stale = client.post(f"{address}draft/", TYPED | {"measures": "另一稿", "version": 1})
    assert (stale.status_code, "本单位同事于" in stale.content.decode()) == (409, True)
    assert stored().written["measures"] == "初稿"
    assert client.post(f"{address}draft/", TYPED | {"measures": "\x00"}).status_code == 422


def test_a_lost_session_is_told_not_redirected(client, address):
    assert client.post(f"{address}draft/", TYPED, headers={"HX-Request": "true"}).status_code == 401


# --- two people ---------------------------------------------------------------------------------------


def test_two_colleagues_choose_between_both_texts(client_of, address, lead):
    colleague = make_user("cnipa2", agency=lead.agency)
    client_of(lead).post(address, TYPED | {"results": "甲的成效。"})
    response = client_of(colleague).post(
        address, TYPED | {"results": "乙的成效。", "proposed_progress": "50"}
    )
    assert response.status_code == 409
    shown = words(response)
    assert "同事保存的" in shown
    assert [text in shown for text in ("甲的成效。", "乙的成效。", "45%", "50%")] == [True] * 4
    assert [difference.name for difference in response.context["differences"]] == [
        "results",
        "proposed_progress",
    ]
    assert stored().written["results"] == "甲的成效。"
    chosen = TYPED | {"results": "乙的成效。", "version": stored().version}
    client_of(colleague).post(address, chosen)
    assert (stored().written["results"], stored().written["proposed_progress"]) == ("乙的成效。", 45)


def test_a_report_that_a_colleague_handed_in_is_not_overwritten(client_of, address, task, half_year, lead):
    draft = make_report(task, half_year, lead, state="draft")
    workflow.submit_report(draft, by=lead, version=draft.version)
    typed = TYPED | {"measures": "我的修改。", "version": draft.version, "then": "submission"}
    client = client_of(lead)
    before = database()
    response = client.post(address, typed)
    assert response.status_code == 409
    assert "同事已经提交了这份报告" in words(response)
    assert "我的修改。" in words(response)
    assert 'type="radio"' not in response.content.decode()
    assert database() == before


# --- one report ---------------------------------------------------------------------------------------


def test_a_report_is_read_by_whoever_may_see_it(
    client_of, task, half_year, lead, participant, outsider, office, leader
):
    report = make_report(task, half_year, participant, results="初步建成测试体系。")
    got = {}
    for person in (participant, lead, office, leader, outsider):
        response = client_of(person).get(report.get_absolute_url())
        got[person.username] = response.status_code, "撤回修改" in words(response)
    assert got == {
        "mara": (200, True),
        "cnipa": (200, False),
        "office": (200, False),
        "leader": (200, False),
        "mofcom": (404, False),
    }
    assert (
        client_of(participant).get(make_report(task, half_year, lead).get_absolute_url()).status_code == 404
    )


def test_a_draft_is_read_by_its_agency_alone(client_of, task, half_year, lead, office):
    report = make_report(task, half_year, lead, state="draft")
    assert client_of(office).get(report.get_absolute_url()).status_code == 404
    shown = words(client_of(lead).get(report.get_absolute_url()))
    assert "还是草稿" in shown
    assert WRITTEN["measures"] in shown


def test_what_is_being_mended_is_not_shown_to_others(client_of, task, half_year, lead, office):
    report = make_report(task, half_year, lead, state="returned")
    workflow.write_report(task, half_year, by=lead, version=report.version, results="还没有写完。")
    for person in (office, lead):  # the card tells what was handed in; the form, what is being written
        shown = client_of(person).get(report.get_absolute_url()).content.decode()
        assert ("还没有写完" in shown, WRITTEN["results"] in shown) == (False, True)


def test_reading_costs_the_same_however_much_there_is(client_of, task, half_year, lead, participant, office):
    report = make_report(task, half_year, lead, state="draft")
    client_of(lead).post(f"/reports/{report.pk}/attachments/", {"files": [upload("一.pdf")]})
    report = workflow.submit_report(report, by=lead, version=report.version)
    client = client_of(office)
    costs = []
    for again in (False, True):
        if again:
            report = workflow.return_report(report, by=office, version=report.version, reason="请补充")
            files = [upload(f"{number}.pdf") for number in range(5)]
            client_of(lead).post(f"/reports/{report.pk}/attachments/", {"files": files})
            source = make_report(task, half_year, participant)
            report = workflow.take_over(report, [source.pk], by=lead, version=report.version)
            report = workflow.submit_report(report, by=lead, version=report.version)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(report.get_absolute_url()).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] == 8


# --- handing in and taking back -----------------------------------------------------------------------


def test_handing_in_by_its_own_address(client_of, task, half_year, lead):
    draft = make_report(task, half_year, lead, state="draft")
    client = client_of(lead)
    for _ in range(2):  # a double click
        response = client.post(f"/reports/{draft.pk}/submission/", {"version": draft.version})
        assert response.headers["Location"] == draft.get_absolute_url()
    assert (stored().state, stored().returns) == ("submitted", 0)
    assert stored().events.count() == 1


def test_what_is_not_whole_goes_back_to_the_form(client_of, address, task, half_year, lead):
    draft = make_report(task, half_year, lead, state="draft", results="")
    response = client_of(lead).post(
        f"/reports/{draft.pk}/submission/", {"version": draft.version}, follow=True
    )
    assert response.redirect_chain == [(address, 302)]
    assert "没有提交：请填写进展成效" in words(response)


def test_taking_back_to_change(client_of, address, task, half_year, lead, office):
    report = make_report(task, half_year, lead)
    client = client_of(lead)
    response = client.post(f"/reports/{report.pk}/withdrawal/", {"version": report.version})
    assert response.headers["Location"] == address
    assert (stored().state, stored().written["measures"]) == ("draft", WRITTEN["measures"])
    once = database()
    client.post(f"/reports/{report.pk}/withdrawal/", {"version": report.version})
    assert database() == once


@pytest.mark.parametrize("name", ["submission", "withdrawal"])
def test_moves_refuse_others_and_what_is_stale(
    name, client_of, task, half_year, participant, lead, office, outsider
):
    state = {"submission": "returned", "withdrawal": "submitted"}[name]
    report = make_report(task, half_year, participant, state=state)
    address = f"/reports/{report.pk}/{name}/"
    clients = {person.username: client_of(person) for person in (lead, office, outsider, participant)}
    before = database()
    own = clients.pop("mara")
    got = {
        person: client.post(address, {"version": report.version}).status_code
        for person, client in clients.items()
    }
    assert got == {"cnipa": 403, "office": 403, "mofcom": 404}
    assert own.post(address, {"version": report.version - 1}).status_code == 409
    assert own.post(address, {"version": "x"}).status_code == 302
    assert own.get(address).status_code == 405
    assert database() == before


def test_a_report_that_is_accepted_is_not_taken_back(client_of, task, half_year, lead):
    report = make_report(task, half_year, lead, state="accepted")
    client = client_of(lead)
    before = database()
    response = client.post(f"/reports/{report.pk}/withdrawal/", {"version": report.version}, follow=True)
    assert "不能撤回" in words(response)
    assert database() == before


# --- 汇总 ---------------------------------------------------------------------------------------------


def test_the_lead_takes_over_what_participants_handed_in(
    client_of, address, task, half_year, lead, participant, office
):
    source = make_report(task, half_year, participant, measures="组织两期培训。")
    client = client_of(lead)
    assert "汇总参与单位报送（1 份）" in words(client.get(address))
    # The button keeps what was typed, then offers what there is.
    offered = client.post(address, TYPED | {"then": "sources"})
    assert "组织两期培训。" in words(offered)
    draft = ProgressReport.objects.get(agency=lead.agency)
    response = client.post(f"/reports/{draft.pk}/sources/", {"version": draft.version, "source": [source.pk]})
    assert response.headers["Location"] == address
    draft.refresh_from_db()
    assert draft.written["measures"] == f"{WRITTEN['measures']}\n【农业农村部】组织两期培训。"
    assert ReportSource.objects.get().source == source
    again = client.get(f"/reports/{draft.pk}/sources/")
    assert "已汇总" in words(again)
    assert 'type="checkbox"' not in again.content.decode()
    # That the office accepts what was taken over changes none of its words; what is handed in anew may.
    source = workflow.accept_report(source, by=office, version=source.version)
    assert "报告有修改" not in words(client.get(f"/reports/{draft.pk}/sources/"))
    source = workflow.return_report(source, by=office, version=source.version, reason="请补充")
    workflow.submit_report(source, by=participant, version=source.version)
    assert "汇总后该单位的报告有修改" in words(client.get(f"/reports/{draft.pk}/sources/"))


def test_only_what_is_offered_is_taken_over(client_of, task, half_year, lead, participant, office):
    draft = make_report(task, half_year, lead, state="draft")
    hidden = make_report(task, half_year, participant, state="draft", measures="还没有交。")
    client, others = client_of(lead), [client_of(office), client_of(participant)]
    before = database()
    address = f"/reports/{draft.pk}/sources/"
    assert "还没有可以汇总的报送" in words(client.get(address))
    assert "还没有交" not in client.get(address).content.decode()
    response = client.post(address, {"version": draft.version, "source": [hidden.pk]})
    assert (response.status_code, bool(response.context["form"].errors)) == (200, True)
    assert client.post(address, {"version": draft.version}).status_code == 200
    assert [other.get(address).status_code for other in others] == [404, 404]
    assert database() == before


def test_participants_gather_nothing(client_of, address, task, half_year, lead, participant):
    make_report(task, half_year, lead)
    assert "汇总" not in words(client_of(participant).get(address))


def test_days_left_are_told(client_of, task, plan, lead):
    today = timezone.localdate()
    told = {}
    for left in (5, 0, -3):
        days = [workflow.PeriodDates(2024, PeriodKind.HALF_YEAR, date(2024, 7, 1), today + timedelta(left))]
        (period,) = workflow.set_periods(plan, days, by=None)
        shown = words(client_of(lead).get(f"/tasks/{task.pk}/reports/{period.pk}/"))
        told[left] = [text for text in ("剩 5 天", "今天截止", "已过 3 天") if text in shown]
    assert told == {5: ["剩 5 天"], 0: ["今天截止"], -3: ["已过 3 天"]}
