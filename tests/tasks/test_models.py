"""The promises that the database itself keeps, each broken once, and what models say of themselves."""

import re
from datetime import date
from functools import partial

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import CheckConstraint

from agencies.models import Agency, AgencyAlias, Role, User
from tasks.models import (
    Assignment,
    Attachment,
    Chapter,
    Event,
    Extension,
    Letter,
    Notice,
    Plan,
    ProgressReport,
    Receipt,
    Reminder,
    ReportingPeriod,
    ReportSnapshot,
    ReportSource,
    SavedView,
    Section,
    Task,
)
from tasks.models.plan import chinese_number
from tests.factories import LONG_AGO, make_agency, make_plan, make_section, make_task, make_user


def _task(plan, section, **fields):
    facts = {"number": 99, "text": "推进工作。", "updated_at": LONG_AGO}
    return Task.objects.create(plan=plan, section=section, **facts | fields)


def _assignment(task, **fields):
    facts = {"agency": make_agency("司法部"), "role": "participant", "position": 9, "basis": "order"}
    return Assignment.objects.create(task=task, **facts | fields)


def _alias(**fields):
    return AgencyAlias.objects.create(agency=make_agency("司法部"), **{"name": "司法行政机关"} | fields)


def _snapshot(task, **fields):
    facts = {"number": 1, "as_of": date(2024, 12, 31), "at": LONG_AGO, "by": _lead(), "workbook": b"PK"}
    facts |= {"digest": "0" * 64, "size": 2, "rows": {}}
    return ReportSnapshot.objects.create(plan=task.plan, **facts | fields)


def _plan(**fields):
    facts = {"title": "计划", "first_year": 2025, "last_year": 2025, "due_on": date(2025, 12, 31)}
    return Plan.objects.create(**facts | fields)


def _view(**fields):
    return SavedView.objects.create(
        owner=User.objects.get(username="cnipa"), **{"name": "我的", "query": "status=delayed"} | fields
    )


def _lead() -> User:
    return User.objects.get(username="cnipa")


def _period(task, **fields):
    facts = {"year": 2024, "kind": "h1", "name": "上半年", "opens_on": date(2024, 7, 1)}
    return ReportingPeriod.objects.create(plan=task.plan, **facts | {"due_on": date(2024, 7, 20)} | fields)


def _period_there(task) -> ReportingPeriod:
    return task.plan.periods.first() or _period(task)


def _report(task, **fields):
    """A draft of the lead's, unless `fields` say otherwise."""
    facts = {"agency": task.lead, "period": _period_there(task), "updated_at": LONG_AGO}
    return ProgressReport.objects.create(task=task, **facts | fields)


# All that a report needs to have been handed in.
_WHOLE = {
    "state": "submitted",
    "submitted_at": LONG_AGO,
    "first_submitted_at": LONG_AGO,
    **dict.fromkeys(("measures", "results", "problems", "next_steps"), "有"),
}


def _source(task, **fields):
    report = _report(task)
    other = _report(task, agency=task.participants[0])
    return ReportSource.objects.create(**{"report": report, "source": other, "source_version": 1} | fields)


def _source_of_itself(task):
    report = _report(task)
    ReportSource.objects.create(report=report, source=report, source_version=1)


def _source_twice(task):
    link = _source(task)
    ReportSource.objects.create(report=link.report, source=link.source, source_version=2)


def _attachment(task, **fields):
    facts = {"file": "attachments/ab/abcd", "name": "总结.pdf", "content_type": "application/pdf", "size": 1}
    report = task.reports.first() or _report(task)
    return Attachment.objects.create(
        report=report, added_at=LONG_AGO, added_by=_lead(), **facts | {"digest": "0" * 64} | fields
    )


def _receipt(task, **fields):
    facts = {"agency": task.lead, "state": "received", "at": LONG_AGO, "by": _lead()}
    return Receipt.objects.create(task=task, **facts | fields)


def _extension(task, **fields):
    facts = {
        "agency": task.lead,
        "old_due_on": date(2024, 12, 31),
        "new_due_on": date(2025, 6, 30),
        "progress": 40,
        "reason": "会期顺延",
        "asked_at": LONG_AGO,
        "asked_by": _lead(),
    }
    return Extension.objects.create(task=task, **facts | fields)


def _letter(task, **fields):
    return Letter.objects.create(**{"agency": task.lead, "on": date(2024, 7, 5)} | fields)


def _reminder(task, **fields):
    facts = {"agency": task.lead, "plan": task.plan, "period": _period_there(task), "at": LONG_AGO}
    return Reminder.objects.create(**facts | {"kind": "ahead"} | fields)


def _notice(task):
    return Notice.objects.create(user=_lead(), event=task.events.first())


def _twice(make, first, second):
    make(**first)
    make(**second)


# How each named constraint is broken, with a task that has a lead and a participant at hand.
BROKEN = {
    "letter_tried_says_when": lambda task: task.lead.letters.create(on=date(2024, 7, 1), attempts=1),
    "letter_failed_says_why": lambda task: task.lead.letters.create(on=date(2024, 7, 1), state="failed"),
    "agency_has_name": lambda task: Agency.objects.create(name=""),
    "agency_code_once": lambda task: _twice(
        Agency.objects.create, {"name": "甲", "code": "CNIPA"}, {"name": "乙", "code": "cnipa"}
    ),
    "alias_has_name": lambda task: _alias(name=""),
    "alias_dates_in_order": lambda task: _alias(valid_from=date(2024, 2, 1), valid_until=date(2024, 1, 31)),
    "user_role_known": lambda task: User.objects.create(username="x", role="minister"),
    "user_of_an_agency_has_one": lambda task: User.objects.create(username="x", role=Role.AGENCY),
    "user_name_once": lambda task: User.objects.filter(
        pk=make_user("another", Role.OFFICE).pk  # past the form's own folding of names
    ).update(username="CNIPA"),
    "saved_view_name_once_an_account": lambda task: _twice(_view, {}, {}),
    "saved_view_has_name": lambda task: _view(name=""),
    "saved_view_has_conditions": lambda task: _view(query=""),
    "plan_edition_once": lambda task: _twice(_plan, {}, {}),
    "plan_years_in_order": lambda task: _plan(first_year=2025, last_year=2024),
    "plan_has_title": lambda task: _plan(title=""),
    "chapter_number_once_a_plan": lambda task: Chapter.objects.create(plan=task.plan, number=1, title="又"),
    "chapter_number_from_one": lambda task: Chapter.objects.create(plan=task.plan, number=0, title="零"),
    "section_number_once_a_chapter": lambda task: Section.objects.create(
        chapter=task.chapter, number=1, title="又一节"
    ),
    "section_without_number_once_a_chapter": lambda task: _twice(
        Section.objects.create, {"chapter": task.chapter}, {"chapter": task.chapter}
    ),
    "section_number_and_title_together": lambda task: Section.objects.create(chapter=task.chapter, number=7),
    "task_number_once_a_plan": lambda task: _task(task.plan, task.section, number=task.number),
    "task_number_from_one": lambda task: _task(task.plan, task.section, number=0),
    "task_has_text": lambda task: _task(task.plan, task.section, text=""),
    "task_status_known": lambda task: _task(task.plan, task.section, status="done", progress=50),
    "task_duty_known": lambda task: _task(task.plan, task.section, duty="nobody"),
    "task_progress_percent": lambda task: _task(task.plan, task.section, status="in_progress", progress=101),
    "task_completed_is_whole": lambda task: _task(task.plan, task.section, status="completed", progress=99),
    "task_not_started_is_nought": lambda task: _task(task.plan, task.section, progress=1),
    "task_reason_where_owed": lambda task: _task(task.plan, task.section, status="delayed"),
    "task_lines_in_order": lambda task: _task(task.plan, task.section, first_line=3, last_line=2),
    "assignment_agency_once_a_task": lambda task: _assignment(task, agency=task.lead),
    "assignment_position_once_a_task": lambda task: _assignment(task, position=1),
    "assignment_one_lead_a_task": lambda task: _assignment(task, role="lead"),
    "assignment_position_from_one": lambda task: _assignment(task, position=0),
    "assignment_role_known": lambda task: _assignment(task, role="observer"),
    "assignment_basis_known": lambda task: _assignment(task, basis="rumour"),
    "event_kind_known": lambda task: Event.objects.create(plan=task.plan, at=LONG_AGO, kind="plan.burned"),
    "event_names_a_plan_or_an_agency": lambda task: Event.objects.create(
        at=LONG_AGO, kind="agency.registered", agency=task.lead, plan=task.plan
    ),
    "event_of_a_task_names_it": lambda task: Event.objects.create(
        plan=task.plan, at=LONG_AGO, kind="task.status"
    ),
    "event_of_a_report_names_it": lambda task: Event.objects.create(
        plan=task.plan, task=task, agency=task.lead, at=LONG_AGO, kind="report.accepted"
    ),
    "period_once_a_plan": lambda task: _twice(
        partial(_period, task), {}, {"opens_on": date(2024, 7, 2), "due_on": date(2024, 7, 21)}
    ),
    "period_due_day_once_a_plan": lambda task: _twice(partial(_period, task), {}, {"kind": "year"}),
    "period_kind_known": lambda task: _period(task, kind="week"),
    "period_has_name": lambda task: _period(task, name=""),
    "period_days_in_order": lambda task: _period(task, due_on=date(2024, 6, 30)),
    "report_once_a_task_agency_period": lambda task: _twice(partial(_report, task), {}, {}),
    "report_state_known": lambda task: _report(task, state="lost"),
    "report_proposal_known": lambda task: _report(task, proposed_status="delayed"),
    "report_progress_percent": lambda task: _report(task, proposed_progress=101),
    "report_handed_in_says_when": lambda task: _report(task, **_WHOLE | {"submitted_at": None}),
    "report_handed_in_is_whole": lambda task: _report(task, **_WHOLE | {"results": ""}),
    "report_reviewed_says_when": lambda task: _report(task, **_WHOLE | {"state": "accepted"}),
    "report_returned_says_why": lambda task: _report(
        task, **_WHOLE | {"state": "returned", "reviewed_at": LONG_AGO}
    ),
    "report_source_once": _source_twice,
    "report_source_is_another": _source_of_itself,
    "attachment_has_name": lambda task: _attachment(task, name=""),
    "attachment_has_bytes": lambda task: _attachment(task, size=0),
    "attachment_file_once": lambda task: _twice(partial(_attachment, task), {}, {}),
    "receipt_once_a_task_agency": lambda task: _twice(partial(_receipt, task), {}, {}),
    "receipt_state_known": lambda task: _receipt(task, state="lost"),
    "receipt_dispute_says_why": lambda task: _receipt(task, state="disputed"),
    "receipt_answer_is_whole": lambda task: _receipt(task, state="answered", answered_at=LONG_AGO),
    "extension_asked_once_a_task": lambda task: _twice(partial(_extension, task), {}, {}),
    "extension_state_known": lambda task: _extension(task, state="lost"),
    "extension_is_later": lambda task: _extension(task, new_due_on=date(2024, 12, 31)),
    "extension_says_why": lambda task: _extension(task, reason=""),
    "extension_progress_percent": lambda task: _extension(task, progress=101),
    "extension_decision_says_when": lambda task: _extension(task, state="granted"),
    "extension_refusal_says_why": lambda task: _extension(task, state="refused", decided_at=LONG_AGO),
    "letter_once_a_day_and_agency": lambda task: _twice(partial(_letter, task), {}, {}),
    "letter_state_known": lambda task: _letter(task, state="lost"),
    "letter_sent_says_when": lambda task: _letter(task, state="sent"),
    "reminder_kind_known": lambda task: _reminder(task, kind="threat"),
    "reminder_of_the_calendar_once": lambda task: _twice(partial(_reminder, task), {}, {}),
    "reminder_by_office_or_calendar": lambda task: _reminder(task, kind="urged"),
    "snapshot_number_once_a_plan": lambda task: _twice(partial(_snapshot, task), {}, {}),
    "snapshot_number_from_one": lambda task: _snapshot(task, number=0),
    "snapshot_is_not_empty": lambda task: _snapshot(task, size=0),
    "notice_once_an_account": lambda task: (_notice(task), _notice(task)),
}


def _constraints():
    models = [*apps.get_app_config("agencies").get_models(), *apps.get_app_config("tasks").get_models()]
    return {constraint.name: constraint for model in models for constraint in model._meta.constraints}


def _refused(name, error) -> bool:
    """Whether this constraint spoke. SQLite names checks, and of unique constraints only their columns."""
    if connection.vendor == "postgresql" or isinstance(_constraints()[name], CheckConstraint):
        return re.search(rf"\b{name}\b", str(error)) is not None
    return "UNIQUE constraint failed" in str(error)


def test_every_named_constraint_has_its_breach_here():
    assert set(BROKEN) == set(_constraints())


@pytest.mark.parametrize("name", BROKEN)
def test_constraint_refuses(name, task):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        BROKEN[name](task)
    assert _refused(name, caught.value), caught.value


@pytest.mark.parametrize(
    ("name", "breach"),
    [
        ("plan_years_in_order", lambda task: _plan(first_year=1999, last_year=1999)),
        ("plan_years_in_order", lambda task: _plan(first_year=2021, last_year=2026)),
        (
            "section_number_and_title_together",
            lambda task: Section.objects.create(chapter=task.chapter, title="无号"),
        ),
        ("section_number_and_title_together", lambda task: make_section(task.plan, number=0, title="零")),
        ("task_reason_where_owed", lambda task: _task(task.plan, task.section, status="adjusted")),
        (
            "event_names_a_plan_or_an_agency",
            lambda task: Event.objects.create(at=LONG_AGO, kind="agency.alias"),
        ),
        (
            "event_names_a_plan_or_an_agency",
            lambda task: Event.objects.create(at=LONG_AGO, kind="task.status", task=task),
        ),
        ("task_lines_in_order", lambda task: _task(task.plan, task.section, first_line=3)),
        ("task_lines_in_order", lambda task: _task(task.plan, task.section, last_line=3)),
        ("task_lines_in_order", lambda task: _task(task.plan, task.section, first_line=0, last_line=3)),
        (
            "event_of_a_report_names_it",
            lambda task: Event.objects.create(
                plan=task.plan, task=task, report=_report(task), at=LONG_AGO, kind="report.accepted"
            ),
        ),
        (
            "event_of_a_report_names_it",
            lambda task: Event.objects.create(
                plan=task.plan, task=task, report=_report(task), at=LONG_AGO, kind="task.status"
            ),
        ),
        (
            "report_handed_in_says_when",
            lambda task: _report(task, **_WHOLE | {"first_submitted_at": None}),
        ),
        (
            "report_handed_in_is_whole",
            lambda task: _report(
                task,
                **_WHOLE
                | {"state": "returned", "reviewed_at": LONG_AGO, "review_note": "请补充", "next_steps": ""},
            ),
        ),
        (
            "report_reviewed_says_when",
            lambda task: _report(task, **_WHOLE | {"state": "returned", "review_note": "请补充"}),
        ),
        ("receipt_answer_is_whole", lambda task: _receipt(task, state="answered", answer="维持")),
        ("extension_decision_says_when", lambda task: _extension(task, state="refused", decision="不妥")),
        ("reminder_by_office_or_calendar", lambda task: _reminder(task, by=_lead())),
    ],
)
def test_constraint_refuses_its_other_breaches(name, breach, task):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        breach(task)


@pytest.mark.parametrize("progress", [-1, 101])
def test_progress_is_a_percentage(progress, task):
    with pytest.raises(IntegrityError), transaction.atomic():
        _task(task.plan, task.section, status="in_progress", progress=progress)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.AGENCY])
def test_only_an_agencys_account_must_have_an_agency(role, db):
    assert User.objects.create(username="somebody", role=role).agency is None


def test_names_of_agencies_and_aliases_are_unique(db):
    make_agency("司法部")
    _alias()
    for breach in (lambda: Agency.objects.create(name="司法部"), _alias):
        with pytest.raises(IntegrityError), transaction.atomic():
            breach()


def test_what_the_promises_leave_free(plan):
    """Numbers repeat from plan to plan, agencies may lack a code, a task may have no lead."""
    make_agency("甲"), make_agency("乙")
    two_years = _plan(first_year=2021, last_year=2022)
    for some_plan in (plan, two_years):
        make_task(make_section(some_plan, chapter=1), number=1)
        make_task(make_section(some_plan, chapter=2, number=None), number=2)
    assert list(Task.objects.values_list("plan__first_year", "number")) == [
        (2024, 1),
        (2024, 2),
        (2021, 1),
        (2021, 2),
    ]
    assert Task.objects.first().lead is None


def test_agencies_and_tasks_with_a_past_cannot_be_deleted(lead, task):
    for thing in (lead.agency, task, task.plan, task.section):
        with pytest.raises(IntegrityError), transaction.atomic():
            thing.delete()
    assert (Task.objects.count(), Event.objects.count()) == (1, 1)


# --- how they speak ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (21, "二十一"), (99, "九十九")],
)
def test_chinese_number(number, words):
    assert chinese_number(number) == words


def test_plan_period_and_years(db):
    one, two = make_plan(2024), make_plan(2021, last_year=2022)
    assert (one.period, one.years) == ("2024 年度", [2024])
    assert (two.period, two.years) == ("2021—2022 年度", [2021, 2022])


def test_headings(plan):
    numbered = make_section(plan, chapter=3, number=2, title="完善法律政策体系")
    bare = make_section(plan, chapter=6, number=None)
    assert (numbered.heading, numbered.group_heading) == ("（二）完善法律政策体系", "（二）完善法律政策体系")
    assert (bare.heading, bare.group_heading) == ("", "六、第6章标题")
    assert str(make_task(bare, number=110)) == "2024 年度第 110 项"


def test_account_is_named_by_its_name_else_its_agency_else_its_role(db):
    named = make_user("watch", Role.OFFICE, first_name="督查处")
    of_agency = make_user("moj", agency=make_agency("司法部"))
    assert [str(user) for user in (named, of_agency, make_user("x", Role.LEADER))] == [
        "督查处",
        "司法部",
        "领导",
    ]


def test_task_names_its_lead_and_participants_in_order(section, lead, participant, outsider):
    task = make_task(section, [participant.agency, outsider.agency, lead.agency])
    assert (task.lead, task.participants) == (participant.agency, [outsider.agency, lead.agency])
    assert [task.role_of(user.agency) for user in (participant, lead, outsider)] == [
        "lead",
        "participant",
        "participant",
    ]
