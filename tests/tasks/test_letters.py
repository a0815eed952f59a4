"""The mail of reminders, against a real mail server: what it says, to whom, and that it leaves once."""

import socket
from contextlib import closing
from datetime import date, datetime, timedelta
from io import StringIO
from threading import Barrier, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from agencies.models import Role
from tasks import letters, workflow
from tasks.models import Letter, Notice, Reminder, ReminderKind
from tests.database import database
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
from tests.mail import free_port, mail_server, subjects

JULY = datetime(2024, 7, 10, 9, tzinfo=LONG_AGO.tzinfo)
MORNING = datetime(2024, 7, 11, 8, 30, tzinfo=LONG_AGO.tzinfo)


@pytest.fixture
def mail(settings):
    """How the site reaches its mail server; nobody listens at the port yet."""
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.SITE_ADDRESS = "https://ipplan.example"
    settings.DEFAULT_FROM_EMAIL = "催报 <ipplan@ipplan.example>"
    return settings


@pytest.fixture
def postbox(mail):
    with mail_server(mail.EMAIL_PORT) as (postbox, _):
        yield postbox


@pytest.fixture
def half_year(plan):
    return make_periods(plan)[0]


@pytest.fixture
def reachable(lead, participant):
    for person in (lead, participant):
        person.email = f"{person.username}@agency.example"
        person.save()


@pytest.fixture
def reminded(task, half_year, lead, participant, office, reachable):
    """The office has asked both agencies for their report on the task."""
    return remind(office, task, half_year, lead, participant)


def remind(office, task, period, *people, at=JULY, note=""):
    keys = [(task.pk, person.agency_id, period.pk) for person in people]
    return workflow.remind(keys, by=office, at=at, note=note)


def deliver(at=MORNING, **options) -> dict[str, str]:
    return {
        outcome.agency.name: f"{outcome.state.label} {outcome.words}"
        for outcome in letters.deliver(at=at, **options)
    }


def standings() -> list[tuple]:
    return list(Letter.objects.order_by("pk").values_list("agency__name", "on", "state", "attempts"))


# --- what a letter says ------------------------------------------------------------------------------


def test_a_letter_lists_all_that_its_agency_owes_and_nothing_of_others(
    postbox, section, task, half_year, lead, participant, office, reachable
):
    other = make_task(section, [lead.agency], number=7, text="完善地理标志保护制度。")
    make_user("cnipa2", agency=lead.agency, email="second@agency.example")
    make_user("gone", agency=lead.agency, email="gone@agency.example", is_active=False)
    make_user("twin", agency=lead.agency, email="CNIPA@agency.example")
    remind(office, task, half_year, lead, participant, note="请于本周内报送。")
    remind(office, other, half_year, lead)
    assert deliver() == {"国家知识产权局": "已发 已发至 2 个邮箱", "农业农村部": "已发 已发至 1 个邮箱"}
    assert postbox.connections == 1
    letter, others = postbox.letters
    assert postbox.envelopes[0] == (
        "ipplan@ipplan.example",
        ["cnipa@agency.example", "second@agency.example"],
    )
    assert subjects(postbox)[0] == "进展报送提示：国家知识产权局有 2 项待报送"
    assert letter["From"].addresses[0].addr_spec == "ipplan@ipplan.example"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"] == f"<letter-{Letter.objects.first().pk}-20240711@ipplan.example>"
    assert letter.get_content().replace("\r\n", "\n") == (
        "国家知识产权局：\n\n贵单位有 2 项任务的进展待报送，请登录平台办理。\n\n"
        "2024 年度推进计划 · 上半年，2024-07-20 截止（还有 9 天），2 项：\n\n"
        "  第 1 项（牵头） 推进第1项工作。\n"
        f"  https://ipplan.example/tasks/{task.pk}/\n\n"
        "  第 7 项（牵头） 完善地理标志保护制度。\n"
        f"  https://ipplan.example/tasks/{other.pk}/\n\n"
        "办公室说明（2024-07-10）：请于本周内报送。\n\n"
        "贵单位的全部待办：https://ipplan.example/my/\n\n"
        "此信由系统发送，每天最多一封，列出当时尚未报送的全部提示事项；发出后已经报送的，不必再办理。\n"
        "本系统为非涉密系统，请勿通过邮件传输涉密信息。请勿直接回复。\n\n"
        "国家知识产权强国建设工作部际联席会议办公室\n"
    )
    assert "农业农村部" not in letter.get_content()
    assert "第 7 项" not in others.get_content()


def test_after_the_due_day_and_after_a_return_the_letter_says_so(
    postbox, task, half_year, lead, office, reachable
):
    report = make_report(task, half_year, lead, at=JULY)
    workflow.return_report(report, by=office, version=report.version, reason="请补充", at=JULY)
    late = datetime(2024, 7, 22, 9, tzinfo=JULY.tzinfo)
    remind(office, task, half_year, lead, at=late)
    deliver(at=late)
    (letter,) = postbox.letters
    assert subjects(postbox) == ["进展报送催报：国家知识产权局有 1 项待报送"]
    assert "2024-07-20 截止（已过 2 天），1 项：" in letter.get_content()
    assert "第 1 项（牵头，已退回，请修改后重报）" in letter.get_content()


def test_a_name_cannot_add_a_header(postbox, section, half_year, office):
    agency = make_agency("某部\r\nBcc: all@example.com\n\n内容")
    person = make_user("some", agency=agency, email="some@agency.example")
    remind(office, make_task(section, [agency], number=9), half_year, person)
    assert list(deliver().values()) == ["已发 已发至 1 个邮箱"]
    (letter,) = postbox.letters
    assert letter["Bcc"] is None
    assert subjects(postbox) == ["进展报送提示：某部 Bcc: all@example.com 内容有 1 项待报送"]
    assert postbox.envelopes[0][1] == ["some@agency.example"]


# --- once --------------------------------------------------------------------------------------------


def test_one_letter_a_day_whatever_is_asked_after(postbox, reminded, section, half_year, lead, office):
    assert len(deliver()) == 2
    assert deliver() == {}
    later = make_task(section, [lead.agency], number=8)
    remind(office, later, half_year, lead, at=MORNING)
    assert deliver(at=MORNING + timedelta(hours=6)) == {}
    assert deliver(at=MORNING + timedelta(days=1)) == {"国家知识产权局": "已发 已发至 1 个邮箱"}
    assert [letter["To"].split("@")[0] for letter in map(dict, postbox.letters)] == ["cnipa", "mara", "cnipa"]
    assert "第 8 项" in postbox.letters[-1].get_content()
    assert "第 1 项" not in postbox.letters[-1].get_content()


def test_what_was_handed_in_before_it_left_is_not_asked_for(postbox, reminded, task, half_year, lead):
    make_report(task, half_year, lead, at=JULY + timedelta(hours=2))
    assert deliver() == {"农业农村部": "已发 已发至 1 个邮箱"}
    settled = Reminder.objects.get(agency=lead.agency)
    assert (settled.settled_at, settled.letter) == (MORNING, None)
    assert set(Reminder.objects.unmailed()) == set()


def test_whom_it_reaches_is_looked_up_when_it_leaves(postbox, reminded, lead, participant):
    lead.email = "new@agency.example"
    lead.save()
    participant.is_active = False
    participant.save()
    assert deliver() == {
        "国家知识产权局": "已发 已发至 1 个邮箱",
        "农业农村部": "待发 没有登记邮箱的启用账号，只在系统内提示",
    }
    assert postbox.envelopes[0][1] == ["new@agency.example"]
    participant.is_active = True
    participant.save()
    assert deliver() == {"农业农村部": "已发 已发至 1 个邮箱"}


# --- when the server will not ------------------------------------------------------------------------


def test_o5_two_hours_without_a_server_lose_nothing_and_send_nothing_twice(mail, reminded, lead, capsys):
    """SMTP down for two hours: queued, then sent once."""
    for minutes in (0, 60, 120):
        with pytest.raises(letters.Unreachable, match="连不上邮件服务器"):
            deliver(at=MORNING + timedelta(minutes=minutes))
    # Each run goes on where no attempt has failed yet, and stops at the first that fails.
    assert standings() == [
        ("国家知识产权局", date(2024, 7, 11), "failed", 2),
        ("农业农村部", date(2024, 7, 11), "failed", 1),
    ]
    assert Reminder.objects.unmailed().count() == 2
    with mail_server(mail.EMAIL_PORT) as (postbox, _):
        for minutes in (180, 181, 240):
            deliver(at=MORNING + timedelta(minutes=minutes))
        assert sorted(letter["To"] for letter in postbox.letters) == [
            "cnipa@agency.example",
            "mara@agency.example",
        ]
    assert [state for _, _, state, _ in standings()] == ["sent", "sent"]
    assert Letter.objects.get(agency=lead.agency).failure == ""


def test_a_letter_that_failed_on_one_day_is_part_of_the_next_days(
    mail, reminded, section, half_year, lead, office
):
    with pytest.raises(letters.Unreachable):
        deliver()
    remind(office, make_task(section, [lead.agency], number=8), half_year, lead, at=MORNING)
    with mail_server(mail.EMAIL_PORT) as (postbox, _):
        deliver(at=MORNING + timedelta(days=1))
    assert subjects(postbox) == [
        "进展报送提示：国家知识产权局有 2 项待报送",
        "进展报送提示：农业农村部有 1 项待报送",
    ]
    assert standings()[0] == ("国家知识产权局", date(2024, 7, 11), "failed", 1)
    assert {letter.on.day for letter in Letter.objects.filter(reminders__isnull=False)} == {12}


def test_a_server_that_says_nothing_is_given_up_soon(mail, reminded):
    silent = socket.create_server(("127.0.0.1", mail.EMAIL_PORT))
    with closing(silent), pytest.raises(letters.Unreachable, match="邮件服务器没有回应"):
        deliver(timeout=0.2)


def test_a_refused_letter_keeps_no_other_from_leaving(postbox, reminded):
    postbox.unknown = {"cnipa@agency.example"}
    assert deliver() == {
        "国家知识产权局": "未发出 邮件服务器拒收：cnipa@agency.example（550 no such mailbox）",
        "农业农村部": "已发 已发至 1 个邮箱",
    }
    postbox.unknown = set()
    assert deliver(at=MORNING + timedelta(hours=1)) == {"国家知识产权局": "已发 已发至 1 个邮箱"}
    assert standings()[0][2:] == ("sent", 2)


def test_an_address_that_is_refused_among_others_is_told(postbox, reminded, lead):
    make_user("cnipa2", agency=lead.agency, email="second@agency.example")
    postbox.unknown = {"second@agency.example"}
    words = deliver()["国家知识产权局"]
    assert words == "已发 已发至 1 个邮箱；邮件服务器拒收：second@agency.example（550 no such mailbox）"
    assert Letter.objects.get(agency=lead.agency).failure == words.split("；")[1]
    assert deliver(at=MORNING + timedelta(hours=1)) == {}


def test_a_letter_that_is_not_taken_says_why_and_the_others_are_tried(postbox, reminded):
    postbox.answer = "554 5.7.1 message content rejected"
    reason = "邮件服务器拒收邮件（554 5.7.1 message content rejected）"
    assert deliver() == {"国家知识产权局": f"未发出 {reason}", "农业农村部": f"未发出 {reason}"}
    assert postbox.connections == 1


def test_who_died_while_sending_keeps_the_letter_for_a_while_only(postbox, reminded, lead, monkeypatch):
    class Killed(BaseException): ...

    def die(*args):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(letters, "_hand_over", die)
        with pytest.raises(Killed):
            deliver()
    assert standings() == [("国家知识产权局", date(2024, 7, 11), "waiting", 1)]
    assert deliver(at=MORNING + timedelta(minutes=5)) == {"农业农村部": "已发 已发至 1 个邮箱"}
    assert deliver(at=MORNING + timedelta(minutes=16)) == {"国家知识产权局": "已发 已发至 1 个邮箱"}
    assert standings()[0] == ("国家知识产权局", date(2024, 7, 11), "sent", 2)


def test_a_letter_under_way_over_midnight_is_not_sent_anew(postbox, reminded, lead):
    late = datetime(2024, 7, 11, 23, 58, tzinfo=JULY.tzinfo)
    claimed = letters._claim(lead.agency, [lead.email], late)
    assert claimed is not None
    assert list(deliver(at=late + timedelta(minutes=5))) == ["农业农村部"]


def test_without_a_mail_server_nothing_is_tried(settings, reminded):
    assert settings.SENDS_MAIL is False
    with pytest.raises(letters.NotConfigured, match="IPPLAN_EMAIL_URL"):
        deliver()
    assert not Letter.objects.exists()


def test_what_has_no_time_left_waits_for_the_next_run(postbox, reminded):
    assert deliver(budget=-1) == {}
    assert len(deliver()) == 2


# --- two at once -------------------------------------------------------------------------------------


def _crowd():
    office = make_user("office", Role.OFFICE)
    section = make_section(make_plan())
    period = make_periods(section.chapter.plan)[0]
    people = [
        make_user(f"agency{n}", agency=make_agency(f"单位{n}", position=n), email=f"agency{n}@agency.example")
        for n in range(5)
    ]
    task = make_task(section, [person.agency for person in people], number=1)
    remind(office, task, period, *people)


def _at_once(work, times: int = 3) -> None:
    ready = Barrier(times)
    troubles = []

    def run():
        try:
            ready.wait(timeout=10)
            work()
        except Exception as trouble:
            troubles.append(trouble)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert troubles == []


@pytest.mark.django_db(transaction=True)
def test_three_senders_at_once_send_each_letter_once(postbox):
    _crowd()
    _at_once(deliver)
    assert sorted(letter["To"] for letter in postbox.letters) == [
        f"agency{n}@agency.example" for n in range(5)
    ]
    assert {row[2:] for row in standings()} == {("sent", 1)}


@pytest.mark.django_db(transaction=True)
def test_the_race_is_lost_without_the_claim(postbox, monkeypatch):
    _crowd()
    monkeypatch.setattr(letters, "_is_under_way", lambda letter, at: False)
    monkeypatch.setattr(letters, "CLAIMED_FOR", timedelta(0))
    wait = Barrier(3)

    def slow(message, connection):
        wait.wait(timeout=30)  # all three have claimed before one has sent
        postbox.letters.append(message)
        return {}

    monkeypatch.setattr(letters, "_hand_over", slow)
    _at_once(deliver)
    assert len(postbox.letters) == 15


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite lets one write at a time")
@pytest.mark.django_db(transaction=True)
def test_the_race_is_lost_without_the_lock(postbox, monkeypatch):
    _crowd()
    for agency in letters.agencies_waiting(MORNING.date()):
        Letter.objects.create(agency=agency, on=MORNING.date(), state="failed", failure="连不上邮件服务器")
    wait = Barrier(3)
    look = letters.contents_for

    def slow(agency, *, at):
        found = look(agency, at=at)
        wait.wait(timeout=5)  # all three have seen the failed letter before one claims it
        return found

    monkeypatch.setattr(letters, "contents_for", slow)
    monkeypatch.setattr("agencies.models.AgencyQuerySet.select_for_update", lambda rows, **options: rows)
    _at_once(deliver)
    assert len(postbox.letters) == 15


@pytest.mark.django_db(transaction=True)
def test_three_calendars_at_once_remind_once():
    _crowd()
    Reminder.objects.all().delete()
    _at_once(lambda: call_command("send_reminders", date="2024-07-10", stdout=StringIO()))
    assert Reminder.objects.filter(kind=ReminderKind.AHEAD).count() == 5
    assert Notice.objects.filter(event__after__kind="到期提醒").count() == 5


# --- the command -------------------------------------------------------------------------------------


def run(*arguments, capsys) -> tuple[int, str, str]:
    code = 0
    try:
        call_command("send_reminders", *arguments)
    except SystemExit as end:
        code = end.code
    except CommandError as error:
        return error.returncode, "", str(error)
    out, err = capsys.readouterr()
    return code, out, err


def test_the_command_reminds_by_the_calendar_and_sends(postbox, task, half_year, reachable, capsys):
    code, out, err = run("--date", "2024-07-05", capsys=capsys)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "到期提醒：国家知识产权局，2024 年度上半年，1 项",
        "到期提醒：农业农村部，2024 年度上半年，1 项",
        "邮件已发：国家知识产权局，已发至 1 个邮箱",
        "邮件已发：农业农村部，已发至 1 个邮箱",
        "邮件：发出 2 封，未发出 0 封",
    ]
    assert run("--date", "2024-07-05", capsys=capsys) == (0, "邮件：发出 0 封，未发出 0 封\n", "")
    assert len(postbox.letters) == 2


def test_the_command_says_in_one_line_that_the_server_is_away_and_ends_with_2(
    mail, task, half_year, reachable, capsys
):
    code, out, err = run("--date", "2024-07-05", capsys=capsys)
    assert (code, len(out.splitlines())) == (2, 2)
    assert err.startswith("邮件：连不上邮件服务器（")
    assert err.endswith("。已发出 0 封，其余留待下次运行\n")
    assert Notice.objects.count() == 2  # the pages say it anyway


def test_the_command_ends_with_1_where_some_letters_were_refused(postbox, task, half_year, reachable, capsys):
    postbox.unknown = {"mara@agency.example"}
    code, out, _ = run("--date", "2024-07-05", capsys=capsys)
    assert (code, out.splitlines()[-1]) == (1, "邮件：发出 1 封，未发出 1 封")


def test_the_command_without_a_mail_server_only_tells_in_the_pages(task, half_year, capsys):
    code, out, _ = run("--date", "2024-07-05", capsys=capsys)
    assert (code, out.splitlines()[-1]) == (
        0,
        "邮件：没有配置发信服务器（IPPLAN_EMAIL_URL），只在系统内提示",
    )
    assert Reminder.objects.count() == 2


def test_a_dry_run_says_what_it_would_do_and_does_nothing(
    postbox, task, half_year, reachable, reminded, participant, capsys
):
    participant.email = ""
    participant.save()
    before = database()
    code, out, _ = run("--dry-run", "--date", "2024-07-11", capsys=capsys)
    assert (code, out.splitlines()) == (
        0,
        [
            "将到期提醒：国家知识产权局，2024 年度上半年，1 项",
            "将到期提醒：农业农村部，2024 年度上半年，1 项",
            "待发邮件：国家知识产权局，1 项，1 个邮箱",
            "待发邮件：农业农村部，1 项，没有邮箱",
            "以上为预览，没有写入，没有发信",
        ],
    )
    assert (database(), postbox.letters) == (before, [])


@pytest.mark.parametrize("asked", ["2024-13-01", "昨天", "20240"])
def test_a_date_that_is_none_is_refused(asked, db, capsys):
    code, _, err = run("--date", asked, capsys=capsys)
    assert (code, err) == (2, f"--date 须为 YYYY-MM-DD，收到“{asked}”")


def test_a_day_to_come_is_for_looking_only(task, half_year, capsys):
    code, _, err = run("--date", "2999-01-01", capsys=capsys)
    assert (code, err) == (2, "--date 晚于今天时，只能与 --dry-run 同用")
    assert not Reminder.objects.exists()
