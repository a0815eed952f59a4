"""Who may ask what: every address × method × person has one declared answer, and a refusal changes nothing.

The addresses are walked from the resolver: one that is not declared here fails the test.
"""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from agencies.models import Role
from tasks import attachments, workflow
from tasks.models import Event, Extension, Notice, ProgressReport, ReportingPeriod, ReportSnapshot, SavedView
from tests.database import database, statements_that_may_write
from tests.factories import (
    LONG_AGO,
    make_periods,
    make_plan,
    make_report,
    make_section,
    make_snapshot,
    make_task,
    make_user,
)
from tests.tasks.files import upload

IN_THE_YEAR = datetime(2022, 7, 1, 9, tzinfo=LONG_AGO.tzinfo)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Django's own pages; tests/agencies speaks of them.
BEYOND = {"admin:"}

READERS = ("leader", "auditor", "admin", "lead", "participant", "outsider")
PEOPLE = ("anonymous", "office", *READERS)

Answers = dict[str, int]


def _each(signed_in: int, *, anonymous: int = 302, **others: int) -> Answers:
    """One answer for all who have signed in, but those named."""
    return {"anonymous": anonymous} | dict.fromkeys(PEOPLE[1:], signed_in) | others


def _methods(unsafe: Answers, **answers: Answers) -> dict[str, Answers]:
    """Answers by method; `unsafe` for those not named, HEAD as GET."""
    return {
        method: answers.get(method) or (answers.get("GET") if method == "HEAD" else None) or unsafe
        for method in METHODS
    }


NOT_ALLOWED = _each(405)
OFFICE_ONLY = _each(403, outsider=404)
# Importing is the office's: others are refused before anything is looked up; here there is no such document.
IMPORT = _each(403, office=404)
# Who may bring in sheets: agencies' people, and the office for them.
REPORTERS = _each(403, office=200, lead=200, participant=200, outsider=200)
REPORTERS_404 = _each(403, office=404, lead=404, participant=404, outsider=404)
AGENCIES_404 = {"lead": 404, "participant": 404, "outsider": 404}
# Pages that need no account answer everybody alike.
OPEN_405 = _each(405, anonymous=405)
NOBODYS = _each(404, anonymous=404)

# The agencies of a task; others may read it, or do not know of it.
AGENCIES_ONLY = _each(403, lead=200, participant=200, outsider=404)
# Whose report it is; the office has seen it, a participant has not.
REPORTER_ONLY = _each(403, lead=302, participant=404, outsider=404)
LEAD_ONLY = _each(403, lead=302, outsider=404)

# The API speaks no HTML: who has not signed in is told so.
API = _methods(_each(405, anonymous=401), GET=_each(200, anonymous=401))

# Address by name -> (arguments, query, body of a POST, answers).
TABLE = {
    "tasks:home": (
        (),
        "",
        {},
        _methods(NOT_ALLOWED, GET=_each(200, lead=302, participant=302, outsider=302)),
    ),
    "api:root": ((), "", {}, API),
    "api:plans": ((), "", {}, API),
    "api:tasks": ((), "", {}, API),
    "api:task": (("task",), "", {}, _methods(API["POST"], GET=API["GET"] | {"outsider": 404})),
    "tasks:healthz": ((), "", {}, _methods(OPEN_405, GET=_each(200, anonymous=200))),
    "tasks:ledger": ((), "", {}, _methods(NOT_ALLOWED, GET=_each(200))),
    "tasks:suggestions": ((), "?q=工作", {}, _methods(NOT_ALLOWED, GET=_each(200))),
    "tasks:statuses": (
        (),
        "",
        {"task": "{task}:1", "status": "completed", "reason": "核定"},
        _methods(NOT_ALLOWED, GET=_each(403, office=200), POST=_each(403, office=302)),
    ),
    "tasks:columns": ((), "", {"column": "lead"}, _methods(NOT_ALLOWED, GET=_each(200), POST=_each(302))),
    "tasks:tabs": ((), "", {}, _methods(NOT_ALLOWED, GET=_each(302))),
    "tasks:new_saved_view": (
        (),
        "?status=delayed",
        {"name": "滞后"},
        _methods(NOT_ALLOWED, GET=_each(200), POST=_each(302)),
    ),
    # The view is the office's own: what nobody shares is not there for others.
    "tasks:saved_view": (
        ("view",),
        "",
        {"name": "滞后的"},
        _methods(NOT_ALLOWED, GET=_each(404, office=200), POST=_each(404, office=302)),
    ),
    "tasks:removed_saved_view": (("view",), "", {}, _methods(NOT_ALLOWED, POST=_each(404, office=302))),
    "exporters:exports": ((), "", {}, _methods(NOT_ALLOWED, GET=_each(200))),
    "exporters:chosen": ((), "?book=ledger&scope=all", {}, _methods(NOT_ALLOWED, GET=_each(302))),
    "tasks:task": (("task",), "", {}, _methods(NOT_ALLOWED, GET=_each(200, outsider=404))),
    "tasks:status": (
        ("task",),
        "",
        {"status": "completed", "version": "1"},
        _methods(NOT_ALLOWED, GET=OFFICE_ONLY | {"office": 200}, POST=OFFICE_ONLY | {"office": 302}),
    ),
    "tasks:undoing": (
        ("change",),
        "",
        {},
        _methods(NOT_ALLOWED, POST=OFFICE_ONLY | {"office": 302}),
    ),
    "tasks:plans": ((), "", {}, _methods(NOT_ALLOWED, GET=_each(302, outsider=200))),
    "tasks:plan": (("plan",), "", {}, _methods(NOT_ALLOWED, GET=_each(200, outsider=404))),
    # A desk is an agency's; who has none is led to the front door.
    "tasks:desk": (
        (),
        "",
        {},
        _methods(NOT_ALLOWED, GET=_each(302, lead=200, participant=200, outsider=200)),
    ),
    # An agency's people are led to their own agency's page, the one page of an agency they may open.
    "tasks:agencies": (
        (),
        "",
        {},
        _methods(NOT_ALLOWED, GET=_each(200, lead=302, participant=302, outsider=302)),
    ),
    "tasks:agency": (
        ("agency",),
        "",
        {},
        _methods(NOT_ALLOWED, GET=_each(200, participant=404, outsider=404)),
    ),
    "tasks:notices": ((), "", {}, _methods(NOT_ALLOWED, GET=_each(200))),
    # Opened by its address, it leads to the notices.
    "tasks:bell": ((), "", {}, _methods(NOT_ALLOWED, GET=_each(302))),
    "tasks:all_read": ((), "", {"until": "{notice}"}, _methods(NOT_ALLOWED, POST=_each(302))),
    # The notice is the lead's own.
    "tasks:read": (("notice",), "", {}, _methods(NOT_ALLOWED, POST=_each(404, lead=302))),
    "tasks:reminders": (
        (),
        "",
        {},
        _methods(NOT_ALLOWED, GET=_each(200, lead=404, participant=404, outsider=404)),
    ),
    # Without the digest of what it showed it only shows.
    "tasks:new_reminder": (
        (),
        "?task={task}",
        {"task": "{task}"},
        _methods(NOT_ALLOWED, GET=OFFICE_ONLY | {"office": 200}, POST=OFFICE_ONLY | {"office": 200}),
    ),
    # Who owes what is for those who see everything; an agency's people are led to their desk.
    **{
        f"tasks:{name}": (
            (),
            "",
            {},
            _methods(NOT_ALLOWED, GET=_each(200, lead=302, participant=302, outsider=302)),
        )
        for name in ("supervision", "owed_reports", "missing_reports", "bulletin")
    },
    # The periods are read by those who see everything and set by the office.
    "tasks:periods": (
        ("plan",),
        "",
        {
            "use-2024-year": "on",
            "opens_on-2024-year": "2024-12-15",
            "due_on-2024-year": "2025-01-10",
        },
        _methods(
            NOT_ALLOWED,
            GET=_each(200, lead=404, participant=404, outsider=404),
            POST=_each(403, office=302, lead=404, participant=404, outsider=404),
        ),
    ),
    "tasks:opening": (
        ("plan of the period", "period"),
        "",
        {},
        _methods(
            NOT_ALLOWED,
            GET=_each(403, office=200, lead=404, participant=404, outsider=404),
            POST=_each(403, office=302, lead=404, participant=404, outsider=404),
        ),
    ),
    **{
        f"exporters:{name}": (
            (),
            "?plan={plan}",
            {},
            _methods(NOT_ALLOWED, GET=_each(status, lead=404, participant=404, outsider=404)),
        )
        # Without a period there is nothing to tell of.
        for name, status in (("supervision", 200), ("bulletin", 400))
    },
    # Frozen reports are the office's to make, for those who see everything.
    "exporters:snapshots": (
        (),
        "?plan={plan}",
        {"note": "审议稿"},
        _methods(
            NOT_ALLOWED,
            GET=_each(200) | AGENCIES_404,
            POST=_each(403, office=302) | AGENCIES_404,
        ),
    ),
    "exporters:snapshot": (("snapshot",), "", {}, _methods(NOT_ALLOWED, GET=_each(200) | AGENCIES_404)),
    "exporters:comparison": (
        (),
        "?before={snapshot}&after={later snapshot}",
        {},
        _methods(NOT_ALLOWED, GET=_each(200) | AGENCIES_404),
    ),
    "exporters:annual_report": (
        (),
        "?plan={plan}",
        {},
        _methods(NOT_ALLOWED, GET=_each(200, outsider=404)),
    ),
    "exporters:breakdown": (
        (),
        "?plan={plan}",
        {},
        _methods(NOT_ALLOWED, GET=_each(200, outsider=404)),
    ),
    "exporters:ledger": ((), "", {}, _methods(NOT_ALLOWED, GET=_each(200))),
    "importers:upload": (
        (),
        "",
        {},
        _methods(NOT_ALLOWED, GET=_each(403, office=200), POST=_each(403, office=200)),
    ),
    "importers:import": (("no import",), "", {}, _methods(NOT_ALLOWED, GET=IMPORT)),
    "importers:source": (("no import",), "", {}, _methods(NOT_ALLOWED, GET=IMPORT)),
    "importers:confirmation": (("no import",), "", {}, _methods(NOT_ALLOWED, GET=IMPORT, POST=IMPORT)),
    **{
        # Opened by its address, it leads back to the preview.
        f"importers:{name}": (("no import",), "", {}, _methods(NOT_ALLOWED, GET=IMPORT, POST=IMPORT))
        for name in ("reading", "repair", "facts", "agency", "agency-undone", "dropping")
    },
    # A sheet is an agency's own; the office's people have any agency's, and all at once. The office of this
    # table belongs to no agency and has to name one.
    "exporters:filling": (
        (),
        "?period={own period}&agency={agency}",
        {},
        _methods(NOT_ALLOWED, GET=_each(403, office=200, lead=200, participant=404, outsider=404)),
    ),
    "exporters:fillings": (
        (),
        "?plan={plan of the period}",
        {},
        _methods(NOT_ALLOWED, GET=_each(403, office=200), POST=_each(403, office=400)),
    ),
    # What was packed, or uploaded, is its owner's alone; here there is none.
    "exporters:bundle": (("no import",), "", {}, _methods(NOT_ALLOWED, GET=_each(404))),
    "exporters:bundle_file": (("no import",), "", {}, _methods(NOT_ALLOWED, GET=_each(404))),
    "importers:sheets": ((), "", {}, _methods(NOT_ALLOWED, GET=REPORTERS, POST=REPORTERS)),
    "importers:sheet-import": (("no import",), "", {}, _methods(NOT_ALLOWED, GET=REPORTERS_404)),
    "sheet-corrections": (("no import",), "", {}, _methods(NOT_ALLOWED, GET=REPORTERS_404)),
    **{
        f"importers:{name}": (
            ("no import",),
            "",
            {},
            _methods(NOT_ALLOWED, GET=REPORTERS_404, POST=REPORTERS_404),
        )
        for name in ("sheet-confirmation", "sheet-dropping")
    },
    # The queue is for those who see everything; of an agency's own report, only what it is.
    "tasks:review": ((), "", {}, _methods(NOT_ALLOWED, GET=_each(200) | AGENCIES_404)),
    "tasks:reviewed_report": (("report",), "", {}, _methods(NOT_ALLOWED, GET=_each(200) | AGENCIES_404)),
    **{
        f"tasks:{verdict}": (
            ("report",),
            "",
            {"version": "2", "note": "请补充"},
            _methods(NOT_ALLOWED, POST=_each(403, office=302, participant=404, outsider=404)),
        )
        for verdict in ("acceptance", "return")
    },
    "tasks:acceptances": (
        (),
        "",
        {"query": "plan={reported plan}", "digest": "{digest}"},
        _methods(
            NOT_ALLOWED,
            GET=_each(403, office=200) | AGENCIES_404,
            POST=_each(403, office=302) | AGENCIES_404,
        ),
    ),
    "tasks:assignments": (
        ("task",),
        "",
        {"version": "1", "lead": "{agency}", "basis": "会议纪要"},
        _methods(NOT_ALLOWED, GET=OFFICE_ONLY | {"office": 200}, POST=OFFICE_ONLY | {"office": 302}),
    ),
    # A participant is told of the day, not of the request.
    "tasks:decision": (
        ("extension",),
        "",
        {"verdict": "grant"},
        _methods(
            NOT_ALLOWED,
            GET=_each(403, office=200, participant=404, outsider=404),
            POST=_each(403, office=302, participant=404, outsider=404),
        ),
    ),
    "tasks:answer": (
        ("receipt",),
        "",
        {"words": "维持"},
        _methods(NOT_ALLOWED, GET=OFFICE_ONLY | {"office": 200}, POST=OFFICE_ONLY | {"office": 302}),
    ),
    # Whoever has signed in is sent on; a form that is not filled in is shown again.
    "login": (
        (),
        "",
        {},
        _methods(
            _each(302, anonymous=405),
            GET=_each(302, anonymous=200),
            POST=_each(302, anonymous=200),
            PUT=_each(302, anonymous=200),
            OPTIONS=_each(302, anonymous=200),
        ),
    ),
    "logout": ((), "", {}, _methods(NOT_ALLOWED, POST=_each(302), OPTIONS=_each(200))),
    # A present password that is wrong is told in the form.
    "password": ((), "", {}, _methods(NOT_ALLOWED, GET=_each(200), POST=_each(200))),
    # Without a mail server there is no such page, whoever asks.
    "reset": ((), "", {}, _methods(NOBODYS)),
    "reset-sent": ((), "", {}, _methods(NOBODYS)),
    "reset-confirm": (("uid", "token"), "", {}, _methods(NOBODYS)),
    "presence": ((), "", {}, _methods(NOT_ALLOWED, GET=_each(204))),
    "theme": ((), "", {"theme": "dark"}, _methods(OPEN_405, POST=_each(302, anonymous=302))),
    # What an agency writes is its own word; its draft and the files of it are before nobody else's eyes.
    "tasks:report_form": (
        ("unreported task", "own period"),
        "",
        {"measures": "召开论证会。"},
        _methods(NOT_ALLOWED, GET=AGENCIES_ONLY, POST=AGENCIES_ONLY | {"lead": 302, "participant": 302}),
    ),
    "tasks:report_draft": (
        ("unreported task", "own period"),
        "",
        {"measures": "召开论证会。"},
        _methods(NOT_ALLOWED, POST=AGENCIES_ONLY),
    ),
    "tasks:report": (
        ("own report",),
        "",
        {},
        _methods(NOT_ALLOWED, GET=_each(200, participant=404, outsider=404)),
    ),
    "tasks:report_submission": (
        ("own report",),
        "",
        {"version": "{own version}"},
        _methods(NOT_ALLOWED, POST=REPORTER_ONLY),
    ),
    "tasks:report_withdrawal": (
        ("handed in",),
        "",
        {"version": "{own version}"},
        _methods(NOT_ALLOWED, POST=REPORTER_ONLY),
    ),
    "tasks:report_sources": (
        ("own report",),
        "",
        {"version": "{own version}"},
        _methods(NOT_ALLOWED, GET=REPORTER_ONLY | {"lead": 200}, POST=REPORTER_ONLY | {"lead": 200}),
    ),
    "tasks:report_attachments": (("own report",), "", {}, _methods(NOT_ALLOWED, POST=REPORTER_ONLY)),
    "tasks:attachment": (("attachment",), "", {}, _methods(NOT_ALLOWED, GET=_each(404, lead=200))),
    "tasks:attachment_removal": (
        ("attachment",),
        "",
        {},
        _methods(NOT_ALLOWED, POST=_each(404, lead=302)),
    ),
    "tasks:own_reports": (
        (),
        "",
        {},
        _methods(NOT_ALLOWED, GET=_each(302, lead=200, participant=200, outsider=200)),
    ),
    # Who is no party to the task is told that it is not there to be signed.
    "tasks:receipts": (
        (),
        "",
        {"task": "{unreported task}"},
        _methods(
            NOT_ALLOWED,
            GET=AGENCIES_ONLY | {"outsider": 200},
            POST=_each(403, lead=302, participant=302, outsider=302),
        ),
    ),
    "tasks:dispute": (
        ("unreported task",),
        "",
        {"reason": "职责已划转"},
        _methods(NOT_ALLOWED, GET=AGENCIES_ONLY, POST=AGENCIES_ONLY | {"lead": 302, "participant": 302}),
    ),
    "tasks:extension": (
        ("unreported task",),
        "",
        {"new_due_on": "2999-12-31", "progress": "40", "reason": "延长试点"},
        _methods(NOT_ALLOWED, GET=LEAD_ONLY | {"lead": 200}, POST=LEAD_ONLY),
    ),
    "tasks:extension_withdrawal": (("own extension",), "", {}, _methods(NOT_ALLOWED, POST=LEAD_ONLY)),
}


def _names(patterns=None, namespace: str = "") -> Iterator[str]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            if inner in BEYOND:
                yield inner
            else:
                yield from _names(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"


def test_every_address_is_declared():
    assert sorted(_names()) == sorted([*TABLE, *BEYOND])


@pytest.fixture
def people(office, leader, lead, participant, outsider) -> dict:
    return {
        "anonymous": None,
        "office": office,
        "leader": leader,
        "auditor": make_user("auditor", Role.AUDITOR),
        "admin": make_user("admin", Role.ADMIN),
        "lead": lead,
        "participant": participant,
        "outsider": outsider,
    }


@pytest.fixture
def view(office):
    return SavedView.objects.create(owner=office, name="推进中", query="status=in_progress")


@pytest.fixture(autouse=True)
def report(lead, participant):
    """A report of the lead's that waits for its judgement, its request for a later day and a participant's
    objection, in a plan of its own: completing a task of a plan that is reported on is another story."""
    plan = make_plan(2022)
    task = make_task(make_section(plan), [lead.agency, participant.agency], number=1)
    workflow.ask_extension(
        task, by=lead, new_due_on=date(2023, 6, 30), progress=10, reason="会期顺延", at=IN_THE_YEAR
    )
    workflow.dispute_task(task, by=participant, reason="不属于本单位职责", at=IN_THE_YEAR)
    return make_report(task, make_periods(plan)[0], lead)


@pytest.fixture
def notice(lead, task, report, reported):
    """The lead's, and the only one: what the reports brought is left out."""
    Notice.objects.all().delete()
    return Notice.objects.create(user=lead, event=task.events.get())


@pytest.fixture
def period(db):
    """One that is to come, of a plan of its own: a plan with periods is closed by reports alone."""
    return ReportingPeriod.objects.create(
        plan=make_plan(2000), year=2000, kind="year", name="全年", opens_on="2090-12-15", due_on="2091-01-10"
    )


@pytest.fixture
def reported(office, lead, participant) -> dict[str, int]:
    """In a plan that is reported on: a returned report with a new file, and one that was handed in; and a
    task whose status the office has changed."""
    section = make_section(make_plan(2023))
    half, whole = make_periods(section.chapter.plan)
    far = date(2999, 6, 30)
    agencies = [lead.agency, participant.agency]
    changed, reported = (make_task(section, agencies, number=number, due_on=far) for number in (1, 2))
    workflow.ask_extension(reported, by=lead, new_due_on=date(2999, 12, 31), progress=40, reason="延长试点")
    workflow.set_status(changed, by=office, status="in_progress", version=changed.version)
    report = make_report(reported, half, lead, state="returned")
    workflow.add_attachment(report, attachments.check(upload()), by=lead)
    last = make_report(reported, whole, lead)
    ProgressReport.objects.filter(pk=last.pk).update(version=report.version)  # one body for both
    return _reported_keys()


def _reported_keys() -> dict[str, int]:
    report, handed_in = ProgressReport.objects.filter(period__year=2023).order_by("period__due_on")
    return {
        "own version": report.version,
        "unreported task": report.task_id - 1,
        "change": Event.objects.get(task=report.task_id - 1, kind="task.status").pk,
        "own period": report.period_id,
        "own report": report.pk,
        "handed in": handed_in.pk,
        "own extension": Extension.objects.get(task=report.task_id).pk,
        "attachment": report.attachments.get().pk,
    }


@pytest.fixture
def frozen(office, task) -> list[ReportSnapshot]:
    return [make_snapshot(task.plan, office, note=note) for note in ("报审稿", "定稿")]


@pytest.fixture
def clients(people, task, view, notice, period, reported, frozen) -> dict[str, Client]:
    found = {}
    for name, person in people.items():
        found[name] = Client()
        if person:
            found[name].force_login(person)
    return found


def _keys(task) -> dict[str, int | str]:
    report = ProgressReport.objects.get(period__year=2022)
    return {
        "report": report.pk,
        "extension": report.task.extensions.get().pk,
        "receipt": report.task.receipts.get().pk,
        "reported plan": report.task.plan_id,
        "digest": hashlib.sha256(repr([(report.pk, report.version)]).encode()).hexdigest(),
        "uid": "MQ",
        "token": "x-y",
        "snapshot": task.plan.snapshots.get(number=1).pk,
        "later snapshot": task.plan.snapshots.get(number=2).pk,
        "task": task.pk,
        "plan": task.plan_id,
        "agency": task.lead.pk,
        "no import": 0,
        "view": SavedView.objects.get().pk,
        "notice": Notice.objects.get().pk,
        "period": ReportingPeriod.objects.get(year=2000).pk,
        "plan of the period": ReportingPeriod.objects.get(year=2000).plan_id,
        **_reported_keys(),
    }


class _Undo(Exception):
    """Takes back what an allowed request did, so that the next one finds the same world."""


def _ask(client: Client, method: str, address: str, data: dict[str, str]) -> tuple[int, bool]:
    """The status of the answer and whether the database changed; the change is taken back."""
    after = None
    try:
        with statements_that_may_write() as statements, transaction.atomic():
            response = getattr(client, method.lower())(address, data if method == "POST" else None)
            b"".join(response)  # a workbook is only closed when it has been sent
            if statements:
                after = database()
            raise _Undo
    except _Undo:
        # What was taken back is what stood before.
        return response.status_code, after is not None and after != database()


@pytest.mark.parametrize("name", TABLE)
def test_each_person_gets_the_declared_answer(name, clients, people, task):
    keys = _keys(task)
    arguments, query, body, answers = TABLE[name]
    address = reverse(name, args=[keys[argument] for argument in arguments]) + query.format(**keys)
    data = {field: value.format(**keys) for field, value in body.items()}
    got = {method: {} for method in METHODS}
    changes = set()
    for method in METHODS:
        for person, client in clients.items():
            got[method][person], changed = _ask(client, method, address, data)
            if changed:
                changes.add((method, person))
            if name == "logout" and people[person]:
                client.force_login(people[person])
    assert got == answers
    # The office sets statuses; nobody else changes anything, a leader least of all.
    # A saved view is one's own preference: everybody may keep one, and only its owner changes it.
    changing = {
        "exporters:snapshots": {"office"},
        "tasks:acceptance": {"office"},
        "tasks:return": {"office"},
        "tasks:acceptances": {"office"},
        "tasks:assignments": {"office"},
        "tasks:decision": {"office"},
        "tasks:answer": {"office"},
        "tasks:status": {"office"},
        "tasks:statuses": {"office"},
        "tasks:undoing": {"office"},
        "tasks:saved_view": {"office"},
        "tasks:removed_saved_view": {"office"},
        "tasks:new_saved_view": set(PEOPLE[1:]),
        # Reading one's own notice changes that alone.
        "tasks:all_read": {"lead"},
        "tasks:read": {"lead"},
        "tasks:periods": {"office"},
        "tasks:opening": {"office"},
        "tasks:report_form": {"lead", "participant"},
        "tasks:report_draft": {"lead", "participant"},
        "tasks:report_submission": {"lead"},
        "tasks:report_withdrawal": {"lead"},
        "tasks:attachment_removal": {"lead"},
        "tasks:receipts": {"lead", "participant"},
        "tasks:dispute": {"lead", "participant"},
        "tasks:extension": {"lead"},
        "tasks:extension_withdrawal": {"lead"},
    }
    assert changes == {("POST", person) for person in changing.get(name, ())}


OPEN = ("login", "tasks:healthz", "theme", "reset", "reset-sent", "reset-confirm")


def test_whoever_has_not_signed_in_is_sent_to_the_door(task, view, notice, period, reported, frozen):
    keys = _keys(task)
    led, expected = {}, {}
    for name in (name for name in TABLE if name not in OPEN and not name.startswith("api:")):
        arguments, *_ = TABLE[name]
        address = reverse(name, args=[keys[a] for a in arguments])
        for method in METHODS:
            response = getattr(Client(), method.lower())(address)
            led[name, method] = response.status_code, response.headers.get("Location")
            expected[name, method] = 302, f"/accounts/login/?next={address}"
    assert led == expected


def test_an_account_that_was_switched_off_is_out_at_once(client_of, office, task):
    client = client_of(office)
    assert client.get("/tasks/").status_code == 200
    office.is_active = False
    office.save()
    assert client.get("/tasks/").status_code == 302
    assert client.post(f"/tasks/{task.pk}/status/", {"status": "completed", "version": 1}).status_code == 302


def test_a_changed_role_acts_at_once(client_of, office, lead, outsider, task):
    client = client_of(office)
    office.role, office.agency = Role.AGENCY, outsider.agency
    office.save()
    assert client.get(task.get_absolute_url()).status_code == 404
    office.agency = lead.agency
    office.save()
    assert client.get(task.get_absolute_url()).status_code == 200
    assert client.get(f"/tasks/{task.pk}/status/").status_code == 403
