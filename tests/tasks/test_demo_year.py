"""The year that the demo tells of both real plans: everybody acts, it lives on every day, and it is the same
everywhere."""

import hashlib
from collections import Counter
from datetime import date
from io import BytesIO, StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from docx import Document
from openpyxl import load_workbook
from pypdfium2 import PdfDocument

from agencies.models import User
from tasks import demo
from tasks.demo.deeds import HandIn, SetStatus, Stage
from tasks.demo.files import MadeUpFile
from tasks.demo.story import story
from tasks.models import (
    TEXTS,
    Assignment,
    AssignmentRole,
    Attachment,
    Day,
    Event,
    EventKind,
    Extension,
    Letter,
    Light,
    Notice,
    Plan,
    ProgressReport,
    Receipt,
    Reminder,
    ReminderKind,
    ReportSource,
    Status,
    Task,
)
from tasks.reporting import OwedNumbers, reports_of
from tests.importers.files import PLAN_2023, PLAN_2024, dump

pytestmark = pytest.mark.django_db

LATER = date(2026, 1, 1)


def load() -> str:
    out = StringIO()
    with override_settings(DEMO=True):
        call_command("load_demo", stdout=out)
    return out.getvalue()


def load_plans() -> None:
    for command, *arguments in (
        ("load_agencies",),
        ("import_plan", "--as-issued", str(PLAN_2023), str(PLAN_2024)),
    ):
        call_command(command, *arguments, stdout=StringIO(), stderr=StringIO())


@pytest.fixture(scope="module", autouse=True)
def told(django_db_setup, django_db_blocker, tmp_path_factory):
    """Both plans and their years, once for all tests here, each of which works in a transaction within.

    Returns where the files lie.
    """
    files = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=files), transaction.atomic():
        load_plans()
        load()
        yield files
        transaction.set_rollback(True)


@pytest.fixture(params=[2023, 2024])
def plan(request) -> Plan:
    return Plan.objects.get(first_year=request.param)


def test_second_run_writes_nothing():
    before = dump()
    load_plans()
    assert load().endswith("演示进展：没有需要补充的计划\n")
    assert dump() == before


def test_all_lies_in_the_working_hours_of_the_plans_own_year():
    told = Event.objects.exclude(kind__in=(EventKind.PLAN_IMPORTED, EventKind.TASK_CREATED))
    local = [(event.at.astimezone(demo.BEIJING), event) for event in told.select_related("plan")]
    assert all(at.year == event.plan.first_year and 9 <= at.hour < 17 for at, event in local)
    # Only the calendar works on Sundays.
    assert all(at.weekday() < 5 or event.kind == EventKind.AGENCY_REMINDED for at, event in local)


def test_events_are_written_in_the_order_of_time(plan):
    moments = list(plan.events.order_by("pk").values_list("at", flat=True))
    assert moments == sorted(moments)


def test_everything_is_plainly_marked():
    reasons = Event.objects.exclude(kind__in=(EventKind.PLAN_IMPORTED, EventKind.TASK_CREATED))
    unmarked = reasons.exclude(reason="").exclude(reason__startswith=demo.MARK)
    assert not unmarked.exists()
    assert not reasons.filter(kind=EventKind.TASK_STATUS, reason="").exists()
    for report in ProgressReport.objects.all():
        texts = [report.written[name] for name in TEXTS if report.written[name] not in ("", "无")]
        assert len(texts) >= 3
        # Line by line: what a lead took over stands under the participants' names.
        assert all(demo.MARK in line for text in texts for line in text.split("\n"))
    assert all(file.name.startswith("演示数据-") for file in Attachment.objects.all())


def test_everybody_acts_under_their_own_account():
    office = User.objects.get(username="office")
    for event in (
        Event.objects.exclude(by=None).select_related("by", "task").prefetch_related("task__assignments")
    ):
        if event.kind in (EventKind.REPORT_SUBMITTED, EventKind.TASK_RECEIVED, EventKind.TASK_DISPUTED):
            assert event.by.agency_id == event.agency_id
        elif event.kind in (EventKind.EXTENSION_ASKED, EventKind.EXTENSION_WITHDRAWN):
            assert event.by.agency_id == event.task.lead.pk
        else:
            assert event.by == office


@pytest.mark.parametrize(
    ("year", "standing"),
    [
        (
            2023,
            {
                "completed": 97,
                "continuing": 14,
                "in_progress": 13,
                "delayed": 7,
                "adjusted": 4,
                "not_started": 4,
            },
        ),
        (
            2024,
            {
                "completed": 77,
                "continuing": 11,
                "in_progress": 10,
                "delayed": 6,
                "adjusted": 3,
                "not_started": 3,
            },
        ),
    ],
)
def test_year_ends_plausibly(year, standing):
    tasks = Task.objects.filter(plan__first_year=year)
    assert Counter(tasks.values_list("status", flat=True)) == standing
    kinds = (EventKind.TASK_STATUS, EventKind.REPORT_ACCEPTED)
    for task in tasks:
        steps = [
            step
            for step in task.events.filter(kind__in=kinds).order_by("at")
            if {"status", "progress"} & step.after.keys()
        ]
        assert len(steps) == 0 if task.status == Status.NOT_STARTED else 2 <= len(steps) <= 6
        if steps:
            assert (steps[0].before["status"], steps[0].after["status"]) == ("not_started", "in_progress")
            progress = [step.after["progress"] for step in steps if "progress" in step.after]
            assert progress == sorted(progress)
            assert progress[-1] == task.progress
    assert tasks.filter(assignments__isnull=True).count() == 0


def test_the_numbers_of_the_plans_are_untouched():
    counts = {
        plan.first_year: (plan.tasks.count(), Assignment.objects.filter(task__plan=plan).count())
        for plan in Plan.objects.all()
    }
    assert counts == {2023: (139, 279), 2024: (110, 230)}


def test_completed_is_what_the_lead_has_accounted_for(plan):
    completed = plan.tasks.filter(status=Status.COMPLETED)
    asked = Assignment.objects.asked().filter(role=AssignmentRole.LEAD, task__in=completed)
    final = ProgressReport.objects.final().accepted().filter(task__in=completed)
    assert set(asked.values_list("task", flat=True)) == set(final.values_list("task", flat=True))
    before_december = Task.objects.filter(plan=plan).as_of(
        Day.of(date(plan.last_year, 11, 30), today=LATER), with_light=False
    )
    share = before_december.filter(status_now=Status.COMPLETED).count() / completed.count()
    assert 0.25 < share < 0.6


def test_reports_come_in_late_and_are_missed_as_in_life(plan):
    owed = reports_of(plan, Task.objects.all(), day=Day(LATER))
    half, whole = (OwedNumbers.of(owed.of(period=period)) for period in owed.periods)
    assert (half.awaiting, half.returned) == (0, 0)
    assert 0.8 < half.share_on_time < 0.95
    assert half.handed_in > half.on_time  # some were late
    assert 0.03 < half.missing / half.asked < 0.12
    assert half.accepted - half.accepted_at_first > 10  # some were returned before
    assert whole.awaiting >= 8  # the office has something to do
    assert whole.returned >= 2
    assert 0.05 < whole.missing / whole.asked < 0.2
    assert ProgressReport.objects.filter(period__plan=plan, state="draft").exists()
    taken = ReportSource.objects.filter(report__period__plan=plan)
    assert taken.count() > 20
    assert "【" in taken.first().report.results


def test_receipts_come_in_after_the_plan_is_issued_and_objections_are_answered(plan):
    receipts = Receipt.objects.filter(task__plan=plan)
    asked = Assignment.objects.asked().filter(task__plan=plan).count()
    assert 0.95 * asked < receipts.filter(state="received").count() < asked
    february = plan.events.filter(kind=EventKind.TASK_RECEIVED, at__month__lte=2).count()
    assert february == plan.events.filter(kind=EventKind.TASK_RECEIVED).count()
    answered = receipts.filter(state="received").exclude(answer="")
    assert 2 <= answered.count() <= 5
    # One part went to another agency, which has signed for it and reports on it.
    assigned = plan.events.get(kind=EventKind.TASK_ASSIGNED)
    (gone,) = receipts.filter(state="answered")
    assert gone.task == assigned.task
    responsible = {one.agency for one in assigned.task.assignments.all()}
    (came,) = (one for one in responsible if one.name not in assigned.before["agencies_before"])
    assert gone.agency not in responsible
    assert receipts.get(task=assigned.task, agency=came).at > assigned.at
    assert {report.agency for report in assigned.task.reports.all()} <= responsible
    assert receipts.disputed().count() == 1  # raised late in the year, and waits


def test_extensions_are_granted_refused_and_waiting(plan):
    states = Counter(Extension.objects.filter(task__plan=plan).values_list("state", flat=True))
    assert states.keys() >= {"granted", "refused", "asked"}
    granted = Extension.objects.filter(task__plan=plan, state="granted")
    assert {one.task.due_on for one in granted} == {date(plan.last_year + 1, 6, 30)}


def test_whoever_owes_a_report_is_asked_by_the_calendar_and_by_the_office(plan):
    kinds = Counter(Reminder.objects.filter(plan=plan).values_list("kind", flat=True))
    assert kinds[ReminderKind.AHEAD] > kinds[ReminderKind.OVERDUE] > 5
    assert kinds[ReminderKind.URGED] > 10
    late = Reminder.objects.filter(plan=plan, kind=ReminderKind.OVERDUE, period__kind="h1")
    assert {(one.at.astimezone(demo.BEIJING).month, one.at.astimezone(demo.BEIJING).day) for one in late} == {
        (7, 21)
    }
    asked = sum(one.tasks.count() for one in late)
    day = Day.of(date(plan.last_year, 7, 20), today=LATER)
    owed = reports_of(plan, Task.objects.all(), day=day)
    assert 0.8 * asked < OwedNumbers.of(owed.of(period=owed.periods[0])).missing <= 1.2 * asked


def test_reminders_have_gone_out_and_the_daily_command_says_only_what_is_new(plan):
    letters = Letter.objects.filter(reminders__plan=plan)
    assert {(letter.state, letter.on.year) for letter in letters} == {("sent", plan.first_year)}
    unmailed = Reminder.objects.unmailed().filter(plan=plan)
    assert {one.agency.name for one in unmailed} == {demo.OFFICE_AGENCY}  # it writes no letters to itself
    out = StringIO()
    call_command("send_reminders", "--dry-run", "--date", f"{plan.last_year}-12-31", stdout=out)
    said = [line for line in out.getvalue().splitlines() if str(plan.last_year) in line or "待发邮件" in line]
    assert {line.partition("，")[0] for line in said} <= {f"待发邮件：{demo.OFFICE_AGENCY}"}


def test_reports_carry_real_files_of_each_kind(plan, told, settings):
    settings.MEDIA_ROOT = told
    files = Attachment.objects.filter(report__period__plan=plan, is_handed_in=True)
    assert 30 < files.count() < 80
    assert {file.name.rpartition(".")[2] for file in files} == {"docx", "xlsx", "pdf", "png"}
    for file in files:
        with file.file.open() as stored:
            assert hashlib.sha256(stored.read()).hexdigest() == file.digest


def test_made_up_files_are_read_by_the_programs_they_are_for():
    def made(ending):
        return BytesIO(MadeUpFile("成果", ending, ("第 1 项", "内容")).content)

    assert [one.text for one in Document(made("docx")).paragraphs] == [
        "演示数据：成果",
        "演示数据：第 1 项",
        "演示数据：内容",
    ]
    rows = load_workbook(made("xlsx")).active.values
    assert list(rows) == [("演示数据", None), ("序号", "成果"), (1, "第 1 项"), (2, "内容")]
    pdf = PdfDocument(made("pdf"))[0].get_textpage().get_text_range()
    assert pdf.split() == ["演示数据：成果", "演示数据：第", "1", "项", "演示数据：内容"]
    assert made("png").read().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("month", "day", "lights"),
    [
        (2, 1, {Light.GREEN}),
        (6, 30, {Light.GREEN}),
        (7, 16, {Light.GREEN, Light.YELLOW, Light.GREY}),
        (7, 24, {Light.GREEN, Light.RED, Light.GREY}),
        (10, 31, {Light.GREEN, Light.RED, Light.GREY}),
        (12, 20, {Light.GREEN, Light.YELLOW, Light.RED, Light.GREY}),
    ],
)
def test_every_day_of_the_year_shows_a_living_system(plan, month, day, lights):
    day = Day.of(date(plan.last_year, month, day), today=LATER)
    found = Task.objects.filter(plan=plan).as_of(day)
    assert set(found.values_list("light_now", flat=True)) == lights
    owed = reports_of(plan, Task.objects.all(), day=day)
    numbers = OwedNumbers.of(one for one in owed.owed if one.period in owed.opened)
    if month == 7:
        assert min(numbers.awaiting, numbers.accepted, numbers.missing) >= 5


def test_what_was_told_long_ago_has_been_read(plan):
    of_plan = Notice.objects.filter(event__plan=plan)
    assert of_plan.count() > 200
    assert 5 < of_plan.unread().count() < 100
    assert not of_plan.unread().filter(event__at__month__lt=12).exists()


def test_history_depends_on_years_and_numbers_alone(plan):
    stage = Stage(plan, User.objects.get(username="office"))
    tasks = list(plan.tasks.select_related("plan").prefetch_related("assignments__agency"))

    def said(tasks):
        return [repr(deed) for deed in story(plan, tasks, stage.accounts.keys())]

    assert said(tasks) == said(tasks[::-1])


def test_history_is_the_same_on_every_machine():
    """Written down once: another process, machine or hash seed tells the same story."""
    plan = Plan.objects.get(first_year=2024)
    deeds = demo.history(plan, by=User.objects.get(username="office"))
    first = next(deed for deed in deeds if isinstance(deed, SetStatus))
    assert (first.at.isoformat(), first.task.number, first.status.value, first.progress, first.note) == (
        "2024-03-04T14:10:00+08:00",
        85,
        "in_progress",
        5,
        "演示数据：已召开启动会，部署任务分工",
    )
    first = next(deed for deed in deeds if isinstance(deed, HandIn))
    assert (first.at.isoformat(), first.task.number, first.agency.name, first.written["measures"]) == (
        "2024-07-01T09:53:00+08:00",
        50,
        "中国人民银行",
        "演示数据：按照任务分工配合中央宣传部开展工作，提供本领域情况和意见建议",
    )
