"""进展报送: what an agency writes and hands in, what the office makes of it, and who reads it when."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from tasks import workflow
from tasks.models import Day, Event, EventKind, Light, ProgressReport, ReportState, Status, Task
from tasks.reporting import OwedNumbers, Standing, reports_of
from tests.database import database, refused_and_unchanged
from tests.factories import LONG_AGO, WRITTEN, make_agency, make_periods, make_report, make_task, make_user

JULY = datetime(2024, 7, 10, 9, tzinfo=LONG_AGO.tzinfo)


@pytest.fixture
def half_year(plan):
    return make_periods(plan)[0]


def fresh(task: Task) -> Task:
    return Task.objects.get(pk=task.pk)


# --- writing and handing in --------------------------------------------------------------------------


def test_a_draft_is_kept_without_an_event_and_shown_to_its_agency_alone(
    task, half_year, lead, participant, office
):
    before = Event.objects.count()
    report = workflow.write_report(task, half_year, by=participant, measures="  初稿  ", at=JULY)
    assert (report.state, report.written["measures"], report.measures) == (ReportState.DRAFT, "初稿", "")
    assert Event.objects.count() == before
    seen = {
        name: ProgressReport.objects.visible_to(user).exists()
        for name, user in (("participant", participant), ("lead", lead), ("office", office))
    }
    assert seen == {"participant": True, "lead": False, "office": False}


def test_handing_in_takes_the_draft_over_and_is_one_event(task, half_year, lead, office):
    report = make_report(task, half_year, lead, at=JULY)
    stored = ProgressReport.objects.get()
    assert (stored.state, stored.draft, stored.measures) == ("submitted", {}, WRITTEN["measures"])
    assert (stored.first_submitted_at, stored.submitted_by) == (JULY, lead)
    (event,) = Event.objects.filter(report=report)
    assert (event.kind, event.agency, event.sentence) == (
        EventKind.REPORT_SUBMITTED,
        lead.agency,
        "报送上半年进展，进度 0% → 45%",
    )
    assert fresh(task).version == task.version  # nothing of the task's has changed


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ({"measures": ""}, "measures"),
        ({"results": ""}, "results"),
        ({"next_steps": " "}, "next_steps"),
        ({"problems": ""}, "problems"),
        ({"problems": "部分工作进度不均衡。"}, "problems"),
        ({"measures": "长" * 1001}, "measures"),
        ({"proposed_progress": 101}, "proposed_progress"),
        ({"proposed_status": "delayed"}, "proposed_status"),
        ({"proposed_status": "adjusted"}, "proposal_reason"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_lost(written, field, task, half_year, lead):
    report = workflow.write_report(task, half_year, by=lead, at=JULY, **WRITTEN | written)
    before = database()
    with pytest.raises(workflow.Incomplete) as refusal:
        workflow.submit_report(report, by=lead, version=report.version, at=JULY)
    assert list(refusal.value.faults) == [field]
    assert database() == before


def test_no_problems_may_be_said_in_one_word(task, half_year, lead):
    assert make_report(task, half_year, lead, problems="无").problems == "无"


def test_nothing_is_asked_before_the_period_opens_or_of_outsiders(task, half_year, lead, outsider):
    with pytest.raises(workflow.Refused, match="还没有开始"):
        workflow.write_report(task, half_year, by=lead, at=datetime(2024, 6, 30, 12, tzinfo=JULY.tzinfo))
    with pytest.raises(workflow.Refused, match="不由本单位承担"):
        workflow.write_report(task, half_year, by=outsider, at=JULY)
    with pytest.raises(PermissionDenied):
        workflow.write_report(task, half_year, by=outsider, agency=lead.agency, at=JULY)
    assert not ProgressReport.objects.exists()


def test_two_people_of_an_agency_do_not_overwrite_each_other(task, half_year, lead):
    report = workflow.write_report(task, half_year, by=lead, measures="甲", at=JULY)
    workflow.write_report(task, half_year, by=lead, version=report.version, measures="乙", at=JULY)
    with pytest.raises(workflow.ReportConflict) as conflict:
        workflow.write_report(task, half_year, by=lead, version=report.version, measures="丙", at=JULY)
    assert conflict.value.report.written["measures"] == "乙"
    with pytest.raises(workflow.ReportConflict):
        workflow.write_report(task, half_year, by=lead, measures="丁", at=JULY)


def test_what_stands_already_is_not_written_again(task, half_year, lead):
    report = workflow.write_report(task, half_year, by=lead, at=JULY, **WRITTEN)
    once = database()
    for version in (None, report.version, report.version + 5):
        same = workflow.write_report(task, half_year, by=lead, version=version, at=JULY, **WRITTEN)
        assert same.version == report.version
    assert database() == once


def test_a_withdrawn_report_is_a_draft_with_all_it_says(task, half_year, lead, office):
    report = make_report(task, half_year, lead)
    report = workflow.withdraw_report(report, by=lead, version=report.version)
    assert (report.state, report.written["measures"]) == (ReportState.DRAFT, WRITTEN["measures"])
    assert not ProgressReport.objects.visible_to(office).exists()


def test_the_office_reports_on_a_task_of_its_own_and_no_other(section, half_year, participant):
    office = make_user("office", "office", agency=make_agency("联席会议办公室"))
    colleague = make_user("office2", "office")
    task = make_task(section, [office.agency, participant.agency], number=2)
    report = workflow.write_report(task, half_year, by=office, at=JULY, **WRITTEN)
    theirs = workflow.write_report(task, half_year, by=participant, at=JULY, **WRITTEN)
    assert list(ProgressReport.objects.visible_to(office)) == [report]
    assert not ProgressReport.objects.visible_to(colleague).exists()
    for person in (office, colleague):
        with pytest.raises(PermissionDenied):
            workflow.submit_report(theirs, by=person, version=theirs.version, at=JULY)
    assert workflow.submit_report(report, by=office, version=report.version, at=JULY).is_handed_in


# --- review ------------------------------------------------------------------------------------------


def test_accepting_the_lead_takes_its_proposal_over_as_one_event(task, half_year, lead, office):
    report = make_report(task, half_year, lead)
    at = JULY + timedelta(days=11)
    workflow.accept_report(report, by=office, version=report.version, note="节点清晰", at=at)
    task = fresh(task)
    assert (task.status, task.progress, task.updated_at) == (Status.IN_PROGRESS, 45, at)
    assert task.status_reason == "采纳国家知识产权局上半年进展报告"
    event = Event.objects.latest("pk")
    assert (event.kind, event.task, event.reason) == (EventKind.REPORT_ACCEPTED, task, "节点清晰")
    assert event.sentence == ("审核通过国家知识产权局上半年进展，状态由“未启动”改为“推进中”，进度 0% → 45%")
    then = Task.objects.as_of(Day.of(date(2024, 7, 20), today=date(2024, 8, 1))).get()
    assert (then.status, then.progress) == (Status.NOT_STARTED, 0)


def test_accepting_a_participant_or_only_the_words_leaves_the_task(
    task, half_year, lead, participant, office
):
    for person, takes_over in ((participant, True), (lead, False)):
        report = make_report(task, half_year, person)
        workflow.accept_report(report, by=office, version=report.version, takes_over=takes_over)
    assert (fresh(task).status, fresh(task).version) == (Status.NOT_STARTED, task.version)


def test_nobody_accepts_a_text_they_have_not_seen(task, half_year, lead, office):
    seen = make_report(task, half_year, lead).version
    report = ProgressReport.objects.get()
    report = workflow.withdraw_report(report, by=lead, version=seen)
    report = workflow.submit_report(report, by=lead, version=report.version)
    before = database()
    for judge in (
        lambda: workflow.accept_report(report, by=office, version=seen),
        lambda: workflow.return_report(report, by=office, version=seen, reason="请补充"),
    ):
        with pytest.raises(workflow.ReportConflict):
            judge()
    assert database() == before


def test_a_returned_report_says_why_and_is_mended_out_of_sight(task, half_year, lead, office):
    report = make_report(task, half_year, lead)
    with pytest.raises(workflow.Refused, match="须填写审核意见"):
        workflow.return_report(report, by=office, version=report.version, reason="  ")
    report = workflow.return_report(report, by=office, version=report.version, reason="请补充")
    report = workflow.write_report(
        task, half_year, by=lead, version=report.version, measures="改写中", at=JULY
    )
    seen = ProgressReport.objects.visible_to(office).get()
    assert (seen.state, seen.measures, seen.returns) == ("returned", WRITTEN["measures"], 1)
    report = workflow.submit_report(report, by=lead, version=report.version, at=JULY)
    assert (report.measures, report.is_resubmitted) == ("改写中", True)


def test_the_lead_takes_over_what_participants_handed_in(task, half_year, lead, participant):
    source = make_report(task, half_year, participant, results="建成品种库。", problems="无")
    report = workflow.write_report(task, half_year, by=lead, at=JULY, results="总体按期推进。")
    report = workflow.take_over(report, [source.pk], by=lead, version=report.version)
    assert report.written["results"] == "总体按期推进。\n【农业农村部】建成品种库。"
    assert report.written["problems"] == ""
    link = report.source_links.get()
    assert (link.source, link.source_version) == (source, source.version)
    again = workflow.take_over(report, [source.pk], by=lead, version=report.version)
    assert again.written == report.written


# --- 办结 --------------------------------------------------------------------------------------------


def test_completing_needs_the_lead_s_accepted_final_report(task, half_year, lead, office):
    with pytest.raises(workflow.Refused, match=r"第 1 项须有牵头单位的最终报告.*才能办结"):
        workflow.set_status(task, by=office, status=Status.COMPLETED, version=task.version)
    report = make_report(task, half_year, lead, proposed_status="completed", proposed_progress=80)
    with pytest.raises(workflow.Refused):
        workflow.set_status(task, by=office, status=Status.COMPLETED, version=task.version)
    workflow.accept_report(report, by=office, version=report.version)
    assert (fresh(task).status, fresh(task).progress) == (Status.COMPLETED, 100)


def test_a_reopened_task_needs_a_new_final_report(task, half_year, lead, office):
    report = make_report(task, half_year, lead, proposed_status="completed")
    report = workflow.accept_report(report, by=office, version=report.version)
    refused_and_unchanged(
        workflow.Refused,
        lambda: workflow.return_report(report, by=office, version=report.version, reason="验收未通过"),
        "第 1 项已办结，请先改回其他状态",
    )
    task = workflow.set_status(
        task, by=office, status=Status.IN_PROGRESS, version=fresh(task).version, reason="验收未通过"
    )
    refused_and_unchanged(
        workflow.Refused,
        lambda: workflow.set_status(task, by=office, status=Status.COMPLETED, version=task.version),
        "才能办结；重新开启过的，须在此后重报",
    )
    report = workflow.return_report(report, by=office, version=report.version, reason="验收未通过")
    report = workflow.write_report(task, half_year, by=lead, version=report.version, results="验收已通过。")
    report = workflow.submit_report(report, by=lead, version=report.version)
    workflow.accept_report(report, by=office, version=report.version, takes_over=False)
    task = workflow.set_status(task, by=office, status=Status.COMPLETED, version=task.version)
    assert task.status == Status.COMPLETED


def test_accepting_reopens_a_completed_task_only_with_the_offices_own_reason(
    task, plan, half_year, lead, office
):
    final = make_report(task, half_year, lead, proposed_status="completed")
    workflow.accept_report(final, by=office, version=final.version)
    whole_year = plan.periods.last()
    second = make_report(task, whole_year, lead)
    refused_and_unchanged(
        workflow.Refused,
        lambda: workflow.accept_report(second, by=office, version=second.version, note=" "),
        "会重新开启任务",
    )
    workflow.accept_report(second, by=office, version=second.version, note="成果未通过验收")
    assert fresh(task).status == Status.IN_PROGRESS
    assert Event.objects.latest("pk").reason == "成果未通过验收"


def test_a_plan_without_periods_is_completed_by_the_office_alone(task, office):
    done = workflow.set_status(task, by=office, status=Status.COMPLETED, version=task.version)
    assert done.status == Status.COMPLETED


# --- lights ------------------------------------------------------------------------------------------

CASES = [
    # (today, what the lead has, light, words)
    (date(2024, 6, 30), None, Light.GREEN, "距计划节点（2024-12-31）还有 184 天"),
    (date(2024, 7, 12), None, Light.GREEN, "距计划节点（2024-12-31）还有 172 天"),
    (date(2024, 7, 13), None, Light.YELLOW, "上半年尚未报送，07-20 截止"),
    (date(2024, 7, 20), "draft", Light.YELLOW, "上半年尚未报送，07-20 截止"),
    (date(2024, 7, 21), None, Light.RED, "上半年未报送"),
    (date(2024, 7, 21), "draft", Light.RED, "上半年未报送"),
    (date(2024, 7, 21), "returned", Light.RED, "上半年未报送"),
    (date(2024, 7, 21), "submitted", Light.GREEN, "距计划节点（2024-12-31）还有 163 天"),
    (date(2024, 7, 21), "accepted", Light.GREEN, "距计划节点（2024-12-31）还有 163 天"),
    (date(2025, 1, 5), "accepted", Light.RED, "已超过计划节点（2024-12-31）5 天"),
    (date(2025, 1, 11), None, Light.RED, "上半年、全年未报送，且已超过计划节点（2024-12-31）11 天"),
]


@pytest.mark.parametrize(("today", "state", "light", "words"), CASES)
def test_lights_follow_reports_in_sql_and_in_python(today, state, light, words, task, half_year, lead):
    if state:
        make_report(task, half_year, lead, state=state, at=JULY)
    alone = fresh(task).reading(today)
    listed = Task.objects.as_of(Day(today)).for_rows().get()
    assert (alone.light, alone.reason) == (light, words)
    assert (listed.light_now, listed.reading(today)) == (light, alone)


def test_a_later_report_makes_good_for_an_earlier_one(task, plan, lead):
    _, second = make_periods(plan)
    make_report(task, second, lead, at=datetime(2024, 12, 20, 9, tzinfo=JULY.tzinfo))
    today = date(2024, 12, 20)
    assert Task.objects.as_of(Day(today)).get().light_now == Light.YELLOW  # eleven days to the node
    assert "上半年" not in fresh(task).reading(today).reason


@pytest.mark.parametrize(
    ("day", "light", "words"),
    [(20, Light.RED, "上半年未报送"), (21, Light.GREEN, "距计划节点（2024-12-31）还有 153 天")],
)
def test_a_period_that_was_over_before_there_was_the_task_asks_for_nothing(
    day, light, words, section, half_year, lead
):
    """As the matrix says it: 不需报送."""
    created = datetime(2024, 7, day, 0, 30, tzinfo=JULY.tzinfo)
    task, today = make_task(section, [lead.agency], number=9, at=created), date(2024, 7, 31)
    alone = fresh(task).reading(today)
    listed = Task.objects.as_of(Day(today)).for_rows().get(pk=task.pk)
    assert (alone.light, alone.reason) == (light, words)
    assert (listed.light_now, listed.reading(today)) == (light, alone)
    (owed,) = reports_of(task.plan, Task.objects.filter(pk=task.pk), day=Day(today)).of(period=half_year)
    assert owed.is_missing == (light == Light.RED)


def test_a_task_led_by_a_collective_owes_no_report(section, half_year, participant):
    everybody = make_agency("联席会议成员单位", is_collective=True)
    task = make_task(section, [everybody, participant.agency], number=9)
    today = date(2024, 8, 1)
    assert (
        task.reading(today).light == Task.objects.as_of(Day(today)).get(pk=task.pk).light_now == Light.GREEN
    )


def test_the_light_of_a_past_day_follows_the_reports_of_that_day(task, half_year, lead, office):
    report = make_report(task, half_year, lead, at=JULY)
    workflow.return_report(
        report, by=office, version=report.version, reason="请补充", at=JULY + timedelta(days=20)
    )
    today = date(2024, 9, 1)
    lights = {
        day: Task.objects.as_of(Day.of(day, today=today)).for_rows().get()
        for day in (date(2024, 7, 25), date(2024, 7, 30), date(2024, 8, 15))
    }
    assert [task.light_now for task in lights.values()] == [Light.GREEN, Light.RED, Light.RED]
    assert [task.reading(day).light for day, task in lights.items()] == [Light.GREEN, Light.RED, Light.RED]


# --- 按期 --------------------------------------------------------------------------------------------

ON_TIME, LATE = datetime(2024, 7, 20, 23, tzinfo=JULY.tzinfo), datetime(2024, 7, 21, 9, tzinfo=JULY.tzinfo)


@pytest.mark.parametrize(
    ("moves", "is_on_time"),
    [
        ("submit", True),
        ("submit late", False),
        # What its agency took back was never there.
        ("submit, withdraw late, submit late", False),
        ("submit, withdraw, submit", True),
        # The office's returning makes nobody late, nor does correcting what was handed in upon it.
        ("submit, return late, submit late", True),
        ("submit, return late, submit late, withdraw late, submit late", True),
        ("submit, accept, return late, submit late", True),
        # Nor does it make good for who was late, or had taken it back before.
        ("submit late, return late, submit late", False),
        ("submit, withdraw late, submit late, return late, submit late", False),
    ],
)
def test_on_time_is_the_first_handing_in_that_was_not_taken_back(
    moves, is_on_time, task, plan, half_year, lead, office
):
    report = workflow.write_report(task, half_year, by=lead, at=ON_TIME, **WRITTEN)
    verbs = {
        "submit": (workflow.submit_report, {"by": lead}),
        "withdraw": (workflow.withdraw_report, {"by": lead}),
        "accept": (workflow.accept_report, {"by": office}),
        "return": (workflow.return_report, {"by": office, "reason": "请补充"}),
    }
    for move in moves.split(", "):
        name, _, late = move.partition(" ")
        verb, how = verbs[name]
        report = verb(report, version=report.version, at=LATE if late else ON_TIME, **how)
    today = date(2024, 8, 1)
    owed = [
        reports_of(plan, Task.objects.all(), day=day).of(agency=lead.agency, period=half_year)[0]
        for day in (Day(today), Day.of(date(2024, 7, 21), today=today))
    ]
    assert [report.is_on_time, *(one.is_on_time for one in owed)] == [is_on_time] * 3


# --- who owes what -----------------------------------------------------------------------------------


def standings(plan, day, **whose) -> dict[tuple[str, str], str]:
    found = reports_of(plan, Task.objects.all(), day=day, **whose)
    return {(one.agency.name, one.period.name): str(one.standing) for one in found.owed}


def test_who_owes_what_today_and_on_a_past_day(task, plan, half_year, lead, participant, office):
    make_report(task, half_year, lead, at=JULY)
    workflow.write_report(task, half_year, by=participant, measures="初稿", at=JULY)
    today = date(2024, 7, 25)
    cnipa, mara = lead.agency.name, participant.agency.name
    assert standings(plan, Day(today)) == {
        (cnipa, "上半年"): "submitted",
        (cnipa, "全年"): "not_yet",
        (mara, "上半年"): "missing",
        (mara, "全年"): "not_yet",
    }
    assert standings(plan, Day(today), reader=participant.agency) == {
        (mara, "上半年"): "draft",
        (mara, "全年"): "not_yet",
    }
    then = standings(plan, Day.of(date(2024, 7, 9), today=today))
    assert then[cnipa, "上半年"] == "missing"
    numbers = OwedNumbers.of(reports_of(plan, Task.objects.all(), day=Day(today)).owed)
    assert (numbers.asked, numbers.handed_in, numbers.missing, numbers.overdue, numbers.on_time) == (
        2,
        1,
        1,
        1,
        1,
    )


def test_what_was_settled_before_it_was_due_is_not_asked_for(section, plan, office):
    late = make_user("moj", agency=make_agency("司法部"))
    early = make_task(section, [late.agency], number=2, status=Status.COMPLETED)
    make_periods(plan)
    found = reports_of(plan, Task.objects.filter(pk=early.pk), day=Day(date(2024, 8, 1)))
    assert [one.standing for one in found.owed] == [Standing.EXEMPT, Standing.NOT_YET]
