"""通知: one's own, of what one may still see; read and unread; and the bell's numbers."""

import re
from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from agencies.models import Role
from tasks import workflow
from tasks.models import Notice, ProgressReport
from tasks.views import notices
from tests.factories import (
    LONG_AGO,
    make_agency,
    make_periods,
    make_plan,
    make_report,
    make_section,
    make_task,
    make_user,
)
from tests.tasks.pages import words

JULY = datetime(2024, 7, 10, 9, tzinfo=LONG_AGO.tzinfo)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def half_year(plan):
    return make_periods(plan)[0]


@pytest.fixture
def told(task, half_year, lead, participant, office):
    """The lead has two notices: its participant has handed in, and the office has reminded it."""
    make_report(task, half_year, participant, at=JULY)
    workflow.remind(
        [(task.pk, lead.agency_id, half_year.pk)], by=office, note="请抓紧", at=JULY + timedelta(days=1)
    )
    return task


def sentences(page) -> list[str]:
    return [notice.event.sentence for notice in page.context["page"]]


# --- the list ----------------------------------------------------------------------------------------


def test_ones_own_notices_newest_first(told, lead, participant, office, client_of):
    page = client_of(lead).get("/notices/")
    assert sentences(page) == ["催办国家知识产权局：上半年进展 1 项", "报送上半年进展，承担部分进度 45%"]
    text = words(page)
    assert "2 条未读" in text
    assert "第 1 项：报送上半年进展" in text
    assert "请抓紧" in text
    assert sentences(client_of(participant).get("/notices/")) == []
    assert "还没有通知" in words(client_of(office).get("/notices/"))


def test_who_did_it_is_not_told_of_it(told, participant, client_of):
    second = make_user("mara2", agency=participant.agency)
    report = ProgressReport.objects.get(agency=participant.agency)
    workflow.accept_report(report, by=None, version=report.version)
    assert Notice.objects.visible_to(participant).count() == Notice.objects.visible_to(second).count() == 1


def test_opening_one_marks_it_read_and_leads_to_what_it_is_about(told, plan, lead, client_of):
    client = client_of(lead)
    reminder, report = Notice.objects.visible_to(lead).for_list()
    assert client.post(f"/notices/{reminder.pk}/reading/").headers["Location"] == f"/my/?plan={plan.pk}"
    reminder.refresh_from_db()
    first = reminder.read_at
    assert first is not None
    client.post(f"/notices/{reminder.pk}/reading/")
    reminder.refresh_from_db()
    assert reminder.read_at == first
    assert "1 条未读" in words(client.get("/notices/"))
    assert [one.pk for one in client.get("/notices/?unread=1").context["page"]] == [report.pk]
    assert client.post(f"/notices/{report.pk}/reading/").status_code == 302
    assert "没有未读的通知" in words(client.get("/notices/?unread=1"))


def test_a_notice_of_a_task_leads_to_it(task, lead, office, client_of):
    workflow.dispute_task(task, by=lead, reason="不属本单位职责")
    (notice,) = Notice.objects.visible_to(office)
    answer = client_of(office).post(f"/notices/{notice.pk}/reading/")
    assert answer.headers["Location"] == task.get_absolute_url()


def test_another_persons_notice_is_not_there(told, lead, participant, office, client_of):
    notice = Notice.objects.visible_to(lead).first()
    for person in (participant, office):
        assert client_of(person).post(f"/notices/{notice.pk}/reading/").status_code == 404
    assert client_of(lead).get(f"/notices/{notice.pk}/reading/").status_code == 405
    assert Notice.objects.filter(read_at__isnull=False).count() == 0


def test_all_are_read_that_the_page_knew_of(told, lead, office, half_year, client_of):
    client = client_of(lead)
    until = client.get("/notices/").context["newest"]
    workflow.remind([(told.pk, lead.agency_id, half_year.pk)], by=office, at=JULY + timedelta(days=2))
    answer = client.post("/notices/reading/", {"until": until, "next": "/notices/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/notices/")
    assert Notice.objects.visible_to(lead).unread().count() == 1
    for nonsense in ("", "x", "-1", "²", "9" * 30):
        assert client.post("/notices/reading/", {"until": nonsense}).status_code == 404
    assert Notice.objects.visible_to(lead).unread().count() == 1


def test_what_a_person_may_no_longer_see_is_not_told(told, lead, participant, office, client_of):
    client = client_of(lead)
    hidden = Notice.objects.visible_to(lead).get(event__task=told)
    workflow.assign_task(
        told,
        by=office,
        version=told.version,
        lead=participant.agency,
        participants=[],
        basis="会议纪要",
        at=JULY + timedelta(days=3),
    )
    # The participant's report was the former lead's to read; that it was taken off the task is told to it.
    page = client.get("/notices/")
    assert sentences(page) == [
        "责任单位由“国家知识产权局（牵头）、农业农村部（参与）”改为“农业农村部（牵头）”",
        "催办国家知识产权局：上半年进展 1 项",
    ]
    assert told.text not in page.content.decode()
    assert client.post(f"/notices/{hidden.pk}/reading/").status_code == 404
    assert client.get("/notices/bell/", headers=HTMX).context["bell"].unread == 2
    # It says what it has to say and leads nowhere: the task is there no more for whoever lost it.
    taken = Notice.objects.visible_to(lead).get(event__task=told)
    answer = client.post(f"/notices/{taken.pk}/reading/", follow=True)
    assert (answer.redirect_chain, answer.status_code) == ([("/notices/", 302)], 200)
    assert "现在不由您所在单位承担" in words(answer)
    lead.agency = make_agency("商务部")
    lead.save()
    assert sentences(client.get("/notices/")) == []
    assert client.get("/notices/bell/", headers=HTMX).context["bell"].unread == 0


@pytest.mark.parametrize(
    "query", ["?page=0", "?page=x", "?page=99", "?unread=x", "?per_page=7", "?per_page=x"]
)
def test_any_address_of_the_list_answers(query, told, lead, client_of):
    assert len(sentences(client_of(lead).get("/notices/" + query))) == 2


def test_a_longer_list_costs_no_more_queries(
    told, half_year, lead, office, client_of, django_assert_num_queries
):
    client = client_of(lead)
    client.get("/notices/")
    for days in (range(2, 8), range(8, 14)):
        with django_assert_num_queries(8):
            client.get("/notices/")
        for day in days:
            workflow.remind(
                [(told.pk, lead.agency_id, half_year.pk)], by=office, at=JULY + timedelta(days=day)
            )


# --- the bell ----------------------------------------------------------------------------------------


def ring(client):
    answer = client.get("/notices/bell/", headers=HTMX)
    bell = answer.context["bell"]
    waiting = {
        plan.first_year: {one.label: (one.count, one.href) for one in found} for plan, found in bell.waiting
    }
    return answer, bell.unread, waiting


def test_the_office_hears_what_waits_for_it(told, plan, section, lead, participant, office, client_of):
    workflow.dispute_task(told, by=participant, reason="不属本单位职责")
    later = make_task(section, [lead.agency], number=3, due_on=timezone.localdate() + timedelta(days=9))
    workflow.ask_extension(
        later, by=lead, new_due_on=later.due_on + timedelta(days=30), progress=10, reason="会期顺延"
    )
    older = make_plan(2023)
    make_task(make_section(older), [lead.agency], number=1)  # nothing waits there
    client = client_of(office)
    answer, unread, waiting = ring(client)
    assert (unread, waiting) == (
        2,
        {
            2024: {
                "待审核": (1, f"/review/?plan={plan.pk}&state=submitted"),
                "责任不符": (1, f"/review/?plan={plan.pk}&state=disputed"),
                "延期申请": (1, f"/review/?plan={plan.pk}&state=extension"),
            }
        },
    )
    assert 'aria-label="通知：2 条未读"' in answer.content.decode()
    assert "HX-Request" in answer.headers["Vary"]
    # The menu's number is that of the queue which its entry opens: of the plan that was named last.
    marks = re.findall(r'id="(review-count\S*)" hx-swap-oob="true">(\d+)', answer.content.decode())
    assert marks == [("review-count", "1"), ("review-count-below", "1")]
    assert len(client.get("/review/").context["queue"].keys) == 1
    assert len(client.get(f"/review/?plan={older.pk}").context["queue"].keys) == 0
    assert "review-count" not in ring(client)[0].content.decode()


def test_an_agency_hears_what_it_owes_itself(told, plan, lead, participant, office, client_of):
    desk = f"/my/?plan={plan.pk}"
    assert ring(client_of(lead))[1:] == (2, {2024: {"待报送": (2, desk), "其中已过截止日期": (2, desk)}})
    # Its own report is handed in; that the lead's is missing is not for it to hear.
    assert ring(client_of(participant))[1:] == (
        0,
        {2024: {"待报送": (1, desk), "其中已过截止日期": (1, desk)}},
    )
    # What was returned is told of apart, as its desk does.
    report = ProgressReport.objects.get(agency=participant.agency)
    workflow.return_report(report, by=office, version=report.version, reason="请补充")
    assert ring(client_of(participant))[2][2024] == {
        "待报送": (1, desk),
        "被退回": (1, desk),
        "其中已过截止日期": (2, desk),
    }


def test_others_hear_of_nothing_that_waits(told, leader, outsider, client_of):
    for person in (leader, outsider, make_user("auditor", Role.AUDITOR)):
        answer, unread, waiting = ring(client_of(person))
        assert (unread, waiting) == (0, {})
        assert 'aria-label="通知：没有未读"' in answer.content.decode()


def test_many_are_told_in_two_digits():
    assert [notices.Bell(count).badge for count in (1, 99, 100)] == ["1", "99", "99+"]


def test_the_bell_is_a_fragment_and_its_address_leads_to_the_notices(lead, client_of):
    answer = client_of(lead).get("/notices/bell/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/notices/")


def test_the_bell_keeps_no_session_alive(told, lead, client_of):
    assert notices.bell.is_background is True
    client = client_of(lead)
    before = Session.objects.values_list("session_data", "expire_date").get()
    answer = ring(client)[0]
    assert Session.objects.values_list("session_data", "expire_date").get() == before
    assert not answer.cookies


@pytest.mark.parametrize(("name", "queries"), [("office", 7), ("lead", 10)])
def test_the_bell_costs_the_same_however_much_waits(
    name, queries, told, section, half_year, request, client_of, django_assert_num_queries
):
    client = client_of(request.getfixturevalue(name))
    lead = request.getfixturevalue("lead")
    for numbers in (range(10, 14), range(20, 24)):
        with django_assert_num_queries(queries):
            ring(client)
        for number in numbers:
            make_report(make_task(section, [lead.agency], number=number), half_year, lead)
            make_task(section, [lead.agency], number=number + 50)
            older = make_plan(2000 + number)
            make_periods(older)
            make_task(make_section(older), [lead.agency], number=1, at=LONG_AGO.replace(year=2000))
    if name == "lead":  # as old as they may be, what is owed is told
        owing = {2024, *range(2010, 2014), *range(2020, 2024)}
        assert ring(client)[2].keys() == owing
