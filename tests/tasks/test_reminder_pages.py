"""The pages of 催办: what is shown is what is sent, and the log tells what became of it."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from agencies.models import Role
from tasks import letters, workflow
from tasks.models import Letter, Reminder
from tasks.views import reminder_selection
from tests.database import database
from tests.factories import (
    make_agency,
    make_periods,
    make_plan,
    make_report,
    make_section,
    make_task,
    make_user,
)
from tests.mail import free_port, mail_server
from tests.tasks.pages import words

NEW = "/reminders/new/"


@pytest.fixture
def half_year(plan):
    return make_periods(plan)[0]


@pytest.fixture
def owing(section, task, half_year, lead, participant):
    """第 1 项 of both, 第 2 项 of the lead; the year's period has gone by as well."""
    make_task(section, [lead.agency], number=2)
    lead.email = "cnipa@agency.example"
    lead.save()
    return half_year


@pytest.fixture
def ask(client_of, office):
    """The page for a selection, posted again with what it showed: ask(address) -> the answer to the click."""

    def send(query: str, **typed):
        client = client_of(office)
        shown = client.get(NEW + query)
        return client, client.post(NEW, _form(shown) | typed)

    return send


def _form(shown) -> dict[str, str]:
    proposal = shown.context["proposal"]
    return dict(proposal.fields) | {"digest": proposal.digest}


def said(response) -> list[str]:
    return [str(message) for message in response.wsgi_request._messages]


def lines(response) -> list[tuple[str, str, list[int], int]]:
    return [
        (line.agency.name, line.period.name, [one.task.number for one in line.owed], line.emails)
        for line in response.context["proposal"].lines
    ]


# --- what would be sent ------------------------------------------------------------------------------


def test_one_task_shows_everybody_who_owes_a_report_on_it(owing, task, client_of, office):
    shown = client_of(office).get(f"{NEW}?task={task.pk}")
    assert lines(shown) == [
        ("国家知识产权局", "上半年", [1], 1),
        ("国家知识产权局", "全年", [1], 1),
        ("农业农村部", "上半年", [1], 0),
        ("农业农村部", "全年", [1], 0),
    ]
    assert "发出催办：2 家 4 项" in words(shown)
    assert Reminder.objects.count() == 0


def test_a_period_shows_everybody_who_owes_in_it(owing, task, plan, lead, participant, client_of, office):
    make_report(task, owing, participant)
    shown = client_of(office).get(f"{NEW}?plan={plan.pk}&period={owing.pk}")
    assert lines(shown) == [("国家知识产权局", "上半年", [1, 2], 1)]
    whole = client_of(office).get(f"{NEW}?plan={plan.pk}")
    assert [line[:2] for line in lines(whole)] == [
        ("国家知识产权局", "上半年"),
        ("国家知识产权局", "全年"),
        ("农业农村部", "全年"),
    ]


def test_a_selection_shows_what_of_it_is_owed(owing, task, lead, participant, client_of, office):
    make_report(task, owing, participant)
    keys = [f"{task.pk}:{person.agency_id}:{owing.pk}" for person in (lead, participant)]
    shown = client_of(office).post(NEW, {"owed": keys})
    assert lines(shown) == [("国家知识产权局", "上半年", [1], 1)]
    assert "另有 1 项已报送或不需报送" in words(shown)
    assert Reminder.objects.count() == 0


def test_ticked_tasks_show_what_is_owed_on_them(owing, task, section, lead, client_of, office):
    second = task.plan.tasks.get(number=2)
    third = make_task(section, [], number=3)
    make_task(section, [lead.agency], number=4)
    shown = client_of(office).get(NEW, {"task": f"{third.pk} {task.pk} {second.pk}"})
    assert lines(shown) == [
        ("国家知识产权局", "上半年", [1, 2], 1),
        ("国家知识产权局", "全年", [1, 2], 1),
        ("农业农村部", "上半年", [1], 0),
        ("农业农村部", "全年", [1], 0),
    ]
    assert "另有 1 项已报送或不需报送" in words(shown)
    assert client_of(office).post(NEW, _form(shown)).status_code == 302
    assert {one.number for made in Reminder.objects.all() for one in made.tasks.all()} == {1, 2}


def test_all_of_a_list_is_asked_for_as_it_stands(owing, task, section, lead, client_of, office):
    """Of both plans, under the ledger's own conditions; found anew when it is sent."""
    client = client_of(office)
    make_task(section, [lead.agency], number=3, status="in_progress", progress=5)
    older = make_plan(2023)
    make_periods(older)
    make_task(make_section(older), [lead.agency], number=9)
    query = {"status": "not_started", "role": "lead", "agency": lead.agency_id}
    listed = {one.number for one in client.get("/tasks/", query).context["page"].object_list}
    assert listed == {1, 2, 9}
    shown = client.get(NEW, {"query": urlencode(query)})
    owed = [
        (line.period.plan.first_year, one.task.number)
        for line in shown.context["proposal"].lines
        for one in line.owed
    ]
    assert {number for _, number in owed} == listed
    assert {year for year, number in owed if number == 9} == {2023}
    make_task(section, [lead.agency], number=4)
    again = client.post(NEW, _form(shown))
    assert (again.status_code, Reminder.objects.exists()) == (409, False)
    assert client.post(NEW, _form(again)).status_code == 302
    assert {one.number for made in Reminder.objects.all() for one in made.tasks.all()} == {1, 2, 4, 9}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"query": "status=done"}, "筛选条件无法识别："),
        ({"query": "as_of=2024-06-30"}, "以往日期的情况只供查阅，不能催办。"),
        ({"query": ""}, "一次最多催办 1 项任务，现选中 2 项，请先缩小筛选范围。"),
        ({"task": "1 2"}, "一次最多催办 1 项任务，现选中 2 项，请先缩小筛选范围。"),
        ({"query": "q=没有这样的任务"}, "没有需要催办的报送"),
    ],
)
def test_what_cannot_be_asked_for_together_says_why(query, told, owing, client_of, office, monkeypatch):
    monkeypatch.setattr(reminder_selection, "TASKS_AT_ONCE", 1)
    shown = client_of(office).get(NEW, query)
    assert (shown.status_code, told in words(shown)) == (200, True)
    assert "发出催办" not in words(shown)


def test_who_has_no_email_or_no_account_is_marked(owing, task, section, client_of, office, settings):
    settings.SENDS_MAIL = True
    make_task(section, [make_agency("无人单位", position=9)], number=8)
    text = words(client_of(office).get(f"{NEW}?plan={task.plan_id}&period={owing.pk}"))
    assert "系统内、邮件（1 个邮箱）" in text
    assert "没有邮箱，只在系统内" in text
    assert "没有启用的账号" in text
    assert "2 家没有登记邮箱，只在系统内提示" in text


def test_nothing_chosen_and_nothing_owed_say_what_to_do(owing, task, lead, participant, client_of, office):
    client = client_of(office)
    assert "请从任务页、台账或报送情况中选择" in words(client.get(NEW))
    for period in owing.plan.periods.all():
        for person in (lead, participant):
            make_report(task, period, person)
    assert "各单位都已报送" in words(client.get(f"{NEW}?task={task.pk}"))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?task=0", 404),
        ("?task=abc", 404),
        ("?task=²", 404),
        ("?task=99999999999999999999", 404),
        ("?task=", 404),
        ("?task={task}+0", 404),
        ("?task={task}+x", 404),
        ("?plan=0", 404),
        ("?plan={plan}&period=0", 404),
        ("?plan={plan}&period=x", 404),
        ("?owed=1:2", 400),
        ("?owed=1:2:3;", 400),
        ("?owed=0:0:0", 200),
        ("?owed=", 200),
    ],
)
def test_bad_addresses_are_told(query, status, owing, task, plan, client_of, office):
    assert client_of(office).get(NEW + query.format(plan=plan.pk, task=task.pk)).status_code == status


def test_others_may_not(owing, task, client_of, leader, lead, outsider):
    people = [(client_of(leader), 403), (client_of(lead), 403), (client_of(outsider), 404)]
    before = database()
    for client, status in people:
        assert client.get(f"{NEW}?task={task.pk}").status_code == status
        assert client.post(NEW, {"task": task.pk, "digest": "x"}).status_code == status
    assert database() == before


def test_more_agencies_cost_no_more_queries(
    owing, section, task, client_of, office, django_assert_num_queries
):
    client = client_of(office)
    address = f"{NEW}?plan={task.plan_id}&period={owing.pk}"
    client.get(address)  # the plan is chosen: written in the session once
    for number in (3, 13):
        with django_assert_num_queries(13):
            client.get(address)
        make_task(section, [make_agency(f"单位{number}{n}") for n in range(9)], number=number)


# --- sending -----------------------------------------------------------------------------------------


def test_what_was_shown_is_sent(owing, task, ask, lead, participant, office):
    _, answer = ask(f"?task={task.pk}", note="请抓紧", next="/tasks/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/tasks/")
    assert said(answer) == ["已催办 2 家单位，共 4 项；只在系统内提示。"]
    made = Reminder.objects.order_by("agency__position", "agency", "period__due_on")
    assert [(one.agency, one.period.name, one.note, one.by) for one in made] == [
        (lead.agency, "上半年", "请抓紧", office),
        (lead.agency, "全年", "请抓紧", office),
        (participant.agency, "上半年", "请抓紧", office),
        (participant.agency, "全年", "请抓紧", office),
    ]


def test_a_selection_is_carried_through(owing, task, lead, client_of, office):
    client = client_of(office)
    shown = client.post(NEW, {"owed": [f"{task.pk}:{lead.agency_id}:{owing.pk}"]})
    client.post(NEW, _form(shown))
    assert [(one.agency, one.period) for one in Reminder.objects.all()] == [(lead.agency, owing)]


def test_what_changed_since_is_shown_again_with_the_note(owing, task, lead, client_of, office):
    client = client_of(office)
    form = _form(client.get(f"{NEW}?task={task.pk}"))
    make_report(task, owing, lead)
    answer = client.post(NEW, form | {"note": "请抓紧"})
    assert answer.status_code == 409
    assert "这份名单在您打开后有变化，还没有发出" in words(answer)
    assert "请抓紧" in answer.content.decode()
    assert not Reminder.objects.exists()
    assert client.post(NEW, _form(answer) | {"note": "请抓紧"}).status_code == 302
    assert Reminder.objects.count() == 3


def test_a_changed_address_is_shown_again_too(owing, task, lead, client_of, office):
    client = client_of(office)
    form = _form(client.get(f"{NEW}?task={task.pk}"))
    lead.email = ""
    lead.save()
    assert client.post(NEW, form).status_code == 409


def test_a_double_click_sends_once_and_says_so(owing, task, ask):
    client, _ = ask(f"?task={task.pk}")
    form = _form(client.get(f"{NEW}?task={task.pk}"))
    again = client.post(NEW, form)
    assert said(again)[-1] == "没有发出催办：4 项在 10 分钟内刚催办过，没有重复发出。"
    assert Reminder.objects.count() == 4
    text = words(client.get(f"{NEW}?task={task.pk}"))
    assert "10 分钟内刚催办过，本次不重复发出" in text
    assert "发出催办：0 家 0 项" in text
    assert "下列事项 10 分钟内都已催办过，暂不需要再发" in text


def test_a_note_that_is_too_long_is_kept_and_told(owing, task, ask):
    _, answer = ask(f"?task={task.pk}", note="长" * 501)
    assert answer.status_code == 200
    assert "说明最多 500 字，现有 501 字，请精简" in words(answer)
    assert "长" * 501 in answer.content.decode()
    assert not Reminder.objects.exists()


# --- with a mail server ------------------------------------------------------------------------------


@pytest.fixture
def mail(settings):
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.SITE_ADDRESS = "https://ipplan.example"
    return settings


def test_the_click_sends_the_letters_at_once(mail, owing, task, ask):
    with mail_server(mail.EMAIL_PORT) as (postbox, _):
        _, answer = ask(f"?task={task.pk}")
        assert said(answer) == ["已催办 2 家单位，共 4 项；邮件已发 1 家；1 家没有登记邮箱，只在系统内提示。"]
        assert [letter["To"] for letter in postbox.letters] == ["cnipa@agency.example"]


def test_the_click_does_not_fail_with_the_mail_server(mail, owing, task, ask):
    _, answer = ask(f"?task={task.pk}")
    first, second = said(answer)
    assert (answer.status_code, first) == (302, "已催办 2 家单位，共 4 项。")
    assert second.startswith("邮件暂未发出：连不上邮件服务器（")
    assert second.endswith("。提示已在系统内，邮件由系统定时补发。")
    assert Reminder.objects.unmailed().count() == 4


def test_a_second_reminder_of_the_day_waits_for_the_next_letter(
    mail, owing, task, lead, ask, client_of, office
):
    with mail_server(mail.EMAIL_PORT) as (postbox, _):
        ask(f"?task={task.pk}")
        second = task.plan.tasks.get(number=2)
        shown = client_of(office).get(f"{NEW}?task={second.pk}")
        assert "今天已发过一封，并入下一封" in words(shown)
        _, answer = ask(f"?task={second.pk}")
        assert said(answer) == ["已催办 1 家单位，共 2 项；1 家的邮件由系统定时发出，每家每天最多一封。"]
        assert len(postbox.letters) == 1


# --- the log -----------------------------------------------------------------------------------------


@pytest.fixture
def log(owing, task, lead, participant, office, settings):
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    workflow.remind([(task.pk, lead.agency_id, owing.pk)], by=office, note="请抓紧")
    list(letters.deliver())
    workflow.remind_by_calendar(task.plan, on=timezone.localdate())
    return Reminder.objects


def test_the_log_says_what_went_to_whom_and_what_became_of_it(log, plan, lead, client_of, leader):
    page = client_of(leader).get("/reminders/")
    rows = [
        (row.reminder.get_kind_display(), row.reminder.agency.name, row.reminder.period.name, row.words)
        for row in page.context["rows"]
    ]
    assert rows == [
        ("逾期提示", "农业农村部", "全年", "系统内提示"),
        ("逾期提示", "农业农村部", "上半年", "系统内提示"),
        ("逾期提示", "国家知识产权局", "全年", "邮件待发"),
        ("逾期提示", "国家知识产权局", "上半年", "邮件待发"),
        ("催办", "国家知识产权局", "上半年", "邮件已发"),
    ]
    assert "请抓紧" in words(page)
    assert "联席会议办公室" in words(page)


def test_a_letter_that_failed_says_why_in_the_log(log, lead, client_of, office):
    Letter.objects.update(state="failed", failure="连不上邮件服务器", attempts=3)
    text = words(client_of(office).get("/reminders/?kind=unmailed"))
    assert "邮件未发出" in text
    assert "连不上邮件服务器；已试 3 次，将再试" in text


@pytest.mark.parametrize(
    ("kind", "count"), [("", 5), ("urged", 1), ("overdue", 4), ("ahead", 0), ("unmailed", 4), ("x", 5)]
)
def test_the_log_by_kind(kind, count, log, client_of, office):
    page = client_of(office).get("/reminders/", {"kind": kind})
    assert page.context["page"].paginator.count == count
    assert "没有这样的记录" in words(page) if not count else True


def test_the_log_is_for_those_who_see_everything(log, client_of, lead, outsider):
    for person in (lead, outsider):
        assert client_of(person).get("/reminders/").status_code == 404


def test_only_the_office_is_offered_to_remind(log, client_of, office, leader):
    assert "催办未报送的单位" in words(client_of(office).get("/reminders/"))
    assert "催办未报送的单位" not in words(client_of(leader).get("/reminders/"))


def test_an_empty_log_says_what_will_be_there(plan, client_of, office):
    assert "还没有催办" in words(client_of(office).get("/reminders/"))


def test_a_longer_log_costs_no_more_queries(
    log, section, owing, client_of, office, django_assert_num_queries
):
    client = client_of(office)
    client.get("/reminders/")
    for number in (3, 13):
        with django_assert_num_queries(7):
            client.get("/reminders/")
        people = [make_user(f"a{number}{n}", agency=make_agency(f"单位{number}{n}")) for n in range(9)]
        task = make_task(section, [person.agency for person in people], number=number)
        workflow.remind(
            [(task.pk, person.agency_id, owing.pk) for person in people],
            by=make_user(f"office{number}", Role.OFFICE),
            at=timezone.now() - timedelta(days=number),
        )


def test_these_pages_take_no_other_method(client_of, office):
    client = client_of(office)
    assert client.put(NEW).status_code == 405
    assert client.post("/reminders/").status_code == 405
