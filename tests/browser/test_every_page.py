"""Every page before everybody who sees it, at both widths, light and dark: the table of what pages hold to.

A page has no barrier that axe-core finds, breaks no security policy and writes no error, asks no other host,
is nowhere wider than the screen, moves nothing after it has been drawn, and weighs less than 250 kB on the
wire when a browser sees it for the first time. The addresses are walked from the resolver: one that stands
neither in PAGES nor in NO_PAGES fails the test, and so does a page that somebody sees beyond the table.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLResolver, get_resolver, resolve
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from playwright.sync_api import Page

from agencies.models import Agency, Role, User
from exporters.models import FillingBundle
from importers import reading
from importers.models import DocumentImport
from importers.sheets import uploads
from tasks import workflow
from tasks.models import Extension, Plan, ProgressReport, Receipt, ReportingPeriod, ReportState, SavedView
from tests.browser.barriers import COLOURS, barriers, overflow
from tests.browser.conftest import SIZES, demo_site
from tests.browser.test_import import PLAN as SMALL_PLAN
from tests.database import filled_by
from tests.factories import make_snapshot, make_user
from tests.importers.files import PLAN_2024, with_task_after
from tests.importers.sheets import muddled, sheet_data
from tests.tasks.test_errors import PAGES as ERRORS
from tools import screenshots

MOST_BYTES = 250_000
# The narrowest window with the whole bar at the top.
TIGHT = {"width": 1024, "height": 700}

SEE_EVERYTHING = ("office", "leader", "auditor", "admin")
SIGNED_IN = (*SEE_EVERYTHING, "agency")
# "stranger" is the contact of an agency that no plan names; "newcomer" has a one-time password still.
PEOPLE = ("anonymous", *SIGNED_IN, "stranger", "newcomer")

# Address by name -> its faces, each with those before whom it is looked at.
PAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "tasks:home": {
        "/?plan={plan}": SEE_EVERYTHING,
        "/?plan={plan}&as_of=2024-06-30&heat=rate": ("leader",),
    },
    "tasks:ledger": {
        "/tasks/?plan={plan}": SIGNED_IN,
        "/tasks/": ("stranger",),
        "/tasks/?plan={plan}&status=delayed&q=办&sort=-progress&group=lead&per_page=15": ("office",),
        "/tasks/?q=没有这样的任务": ("office",),
        "/tasks/?plan=0&status=done&per_page=15": ("agency",),
        "/tasks/?plan={plan}&as_of=2024-06-30&light=red": ("leader",),
    },
    "tasks:columns": {"/tasks/columns/": (*SIGNED_IN, "stranger")},
    "tasks:new_saved_view": {
        "/tasks/views/new/?status=delayed": (*SIGNED_IN, "stranger"),
        "/tasks/views/new/": ("agency",),
    },
    # One's own, or another's who shares it: the office's is nobody else's.
    "tasks:saved_view": {"/tasks/views/{view}/": ("office",)},
    "tasks:statuses": {"/tasks/statuses/?plan={plan}": ("office",)},
    "tasks:task": {
        "/tasks/{task}/": SIGNED_IN,
        "/tasks/{shared_task}/?next=/tasks/%3Fplan%3D{plan}": ("office", "agency"),
    },
    "tasks:status": {"/tasks/{task}/status/": ("office",)},
    "tasks:plans": {"/plans/": ("stranger",)},
    "tasks:plan": {"/plans/{plan}/": SIGNED_IN, "/plans/{older_plan}/#task-5": ("agency",)},
    "tasks:desk": {"/my/?plan={plan}": ("agency",), "/my/": ("stranger",)},
    "tasks:agencies": {
        "/agencies/?plan={plan}": SEE_EVERYTHING,
        "/agencies/?plan={plan}&q=农业部&sort=-led": ("office",),
    },
    "tasks:agency": {
        "/agencies/{agency}/?plan={plan}": SIGNED_IN,
        "/agencies/{collective}/": ("office",),
    },
    "tasks:own_reports": {"/my/reports/?plan={plan}": ("agency",), "/my/reports/": ("stranger",)},
    # The office signs, writes and objects for the tasks that it has itself.
    "tasks:receipts": {"/my/receipts/?plan={plan}": ("agency", "office"), "/my/receipts/": ("stranger",)},
    "tasks:report_form": {"/tasks/{open_task}/reports/{period}/": ("agency", "office")},
    "tasks:report": {"/reports/{report}/": SIGNED_IN},
    "tasks:report_sources": {"/reports/{own_draft}/sources/": ("agency",)},
    "tasks:dispute": {"/tasks/{open_task}/dispute/": ("agency", "office")},
    "tasks:extension": {"/tasks/{open_task}/extension/": ("agency",)},
    "tasks:review": {
        "/review/?plan={plan}": SEE_EVERYTHING,
        "/review/?plan={plan}&state=returned": ("office",),
        "/review/?plan={plan}&state=extension": ("office",),
        "/review/?plan={plan}&state=disputed": ("office",),
    },
    "tasks:reviewed_report": {"/review/{waiting_report}/": SEE_EVERYTHING},
    "tasks:acceptances": {"/review/acceptances/?plan={plan}": ("office",)},
    "tasks:decision": {"/extensions/{request}/decision/": ("office",)},
    "tasks:answer": {"/receipts/{objection}/answer/": ("office",)},
    "tasks:assignments": {"/tasks/{task}/assignments/": ("office",)},
    "tasks:supervision": {
        "/supervision/?plan={plan}": SEE_EVERYTHING,
        "/supervision/?plan={plan}&as_of=2024-08-01": ("leader",),
    },
    "tasks:owed_reports": {"/supervision/reports/?plan={plan}": SEE_EVERYTHING},
    "tasks:missing_reports": {"/supervision/missing/?plan={plan}": SEE_EVERYTHING},
    "tasks:bulletin": {"/supervision/bulletin/?plan={plan}": SEE_EVERYTHING},
    "tasks:periods": {"/plans/{plan}/periods/": SEE_EVERYTHING},
    "tasks:opening": {"/plans/{plan}/periods/{period}/opening/": ("office",)},
    "tasks:reminders": {"/reminders/?plan={plan}": SEE_EVERYTHING},
    "tasks:new_reminder": {"/reminders/new/?plan={plan}": ("office",)},
    "tasks:notices": {"/notices/": (*SIGNED_IN, "stranger")},
    "exporters:exports": {
        "/exports/?plan={plan}": SIGNED_IN,
        "/exports/": ("stranger",),
    },
    "exporters:fillings": {
        "/exports/fillings/?plan={plan}": ("office",),
        "/exports/fillings/?plan={older_plan}&period={older_period}": ("office",),
    },
    "exporters:bundle": {
        "/exports/fillings/{packed}/": ("office",),
        "/exports/fillings/{packing}/": ("office",),
        "/exports/fillings/{torn}/": ("office",),
    },
    "importers:sheets": {"/imports/sheets/": ("office", "agency", "stranger")},
    # One's own alone.
    "importers:sheet-import": {
        "/imports/sheets/{own_sheets}/": ("agency",),
        "/imports/sheets/{brought_sheets}/": ("office",),
    },
    "exporters:snapshots": {
        "/exports/snapshots/?plan={plan}": SEE_EVERYTHING,
        "/exports/snapshots/?plan={older_plan}": ("office",),
    },
    "importers:upload": {"/plans/import/": ("office",)},
    "importers:import": {
        "/plans/import/{small}/": ("office",),
        "/plans/import/{corrected}/?show=changes": ("office",),
        "/plans/import/{unreadable}/": ("office",),
        "/plans/import/{waiting}/": ("office",),
    },
    "importers:source": {"/plans/import/{small}/source/": ("office",)},
    "importers:confirmation": {"/plans/import/{corrected}/confirmation/": ("office",)},
    "login": {"/accounts/login/": ("anonymous",)},
    "password": {"/accounts/password/": (*SIGNED_IN, "stranger", "newcomer")},
    "reset": {"/accounts/reset/": ("anonymous",)},
    "reset-sent": {"/accounts/reset/sent/": ("anonymous",)},
    "reset-confirm": {"{link}": ("anonymous",), "/accounts/reset/MQ/used/": ("anonymous",)},
    "admin:index": {"/admin/": ("admin",)},
    "admin:app_list": {"/admin/agencies/": ("admin",)},
    "admin:agencies_user_changelist": {"/admin/agencies/user/": ("admin",)},
    "admin:agencies_user_add": {"/admin/agencies/user/add/": ("admin",)},
    "admin:agencies_user_change": {"/admin/agencies/user/{contact}/change/": ("admin",)},
    "admin:agencies_user_password": {"/admin/agencies/user/{contact}/password/": ("admin",)},
    "admin:agencies_user_history": {"/admin/agencies/user/{contact}/history/": ("admin",)},
    "admin:agencies_agency_changelist": {
        "/admin/agencies/agency/": ("admin",),
        "/admin/agencies/agency/?q=没有": ("admin",),
    },
    "admin:agencies_agency_add": {"/admin/agencies/agency/add/": ("admin",)},
    "admin:agencies_agency_change": {
        "/admin/agencies/agency/{agency}/change/": ("admin",),
        "/admin/agencies/agency/{collective}/change/": ("admin",),
    },
    "admin:agencies_agency_history": {"/admin/agencies/agency/{agency}/history/": ("admin",)},
}
# Pages that are the same whoever asks.
ALIKE = {"reset", "reset-sent", "reset-confirm"}
# Addresses that answer nobody with a page of their own, each as somebody might open it.
NO_PAGES = {
    "tasks:healthz": "/healthz",
    "api:root": "/api/v1/",
    "api:plans": "/api/v1/plans/",
    "api:tasks": "/api/v1/tasks/",
    "api:task": "/api/v1/tasks/{task}/",
    "tasks:suggestions": "/tasks/suggest/?q=地理",
    "tasks:tabs": "/tasks/tabs/",
    "tasks:removed_saved_view": "/tasks/views/{view}/removal/",
    "tasks:report_draft": "/tasks/{open_task}/reports/{period}/draft/",
    "tasks:report_submission": "/reports/{report}/submission/",
    "tasks:report_withdrawal": "/reports/{report}/withdrawal/",
    "tasks:report_attachments": "/reports/{report}/attachments/",
    "tasks:attachment": "/attachments/1/",
    "tasks:attachment_removal": "/attachments/1/removal/",
    "tasks:extension_withdrawal": "/extensions/{request}/withdrawal/",
    "tasks:acceptance": "/review/{waiting_report}/acceptance/",
    "tasks:return": "/review/{waiting_report}/return/",
    "tasks:bell": "/notices/bell/",
    "tasks:all_read": "/notices/reading/",
    "tasks:read": "/notices/1/reading/",
    "exporters:supervision": "/exports/supervision.xlsx?plan={plan}",
    "exporters:bulletin": "/exports/bulletin.xlsx?plan={plan}",
    "exporters:filling": "/exports/filling.xlsx?period={period}&agency={agency}",
    "exporters:bundle_file": "/exports/fillings/{packed}/sheets.zip",
    "importers:sheet-confirmation": "/imports/sheets/{own_sheets}/confirmation/",
    "importers:sheet-dropping": "/imports/sheets/{own_sheets}/dropping/",
    "sheet-corrections": "/imports/sheets/{own_sheets}/corrections.xlsx",
    "exporters:snapshot": "/exports/snapshots/{frozen}.xlsx",
    "exporters:comparison": "/exports/snapshots/comparison.xlsx?before={frozen}&after={later_frozen}",
    "exporters:chosen": "/exports/chosen/?book=ledger&scope=all",
    "exporters:annual_report": "/exports/annual-report.xlsx?plan={plan}",
    "exporters:breakdown": "/exports/breakdown.xlsx?plan={plan}",
    "exporters:ledger": "/exports/ledger.xlsx?plan={plan}",
    **{
        f"importers:{name}": f"/plans/import/{{small}}/{path}/"
        for name, path in {
            "reading": "reading",
            "repair": "repairs",
            "facts": "facts",
            "agency": "agencies",
            "agency-undone": "agencies/undone",
            "dropping": "dropping",
        }.items()
    },
    "logout": "/accounts/logout/",
    "presence": "/accounts/presence/",
    "theme": "/accounts/theme/",
    "admin:login": "/admin/login/",
    "admin:logout": "/admin/logout/",
    "admin:autocomplete": "/admin/autocomplete/?app_label=agencies&model_name=user&field_name=agency",
    "admin:jsi18n": "/admin/jsi18n/",
    "admin:password_change": "/admin/password_change/",
    "admin:password_change_done": "/admin/password_change/done/",
    "admin:view_on_site": "/admin/r/1/1/",
    "admin:agencies_user_delete": "/admin/agencies/user/{contact}/delete/",
    "admin:agencies_agency_delete": "/admin/agencies/agency/{agency}/delete/",
    # Old addresses of Django's, and whatever nobody has thought of.
    "admin:None": "/admin/nowhere/",
}


# --- the world ---------------------------------------------------------------------------------------


def _fill() -> tuple[dict[str, User], dict[str, object]]:
    """Both plans with a year of work, a view, imports at every stage: people, and what addresses name."""
    site = demo_site()
    idle = Agency.objects.filter(assignments=None, is_collective=False).exclude(pk=site["office"].agency_id)
    stranger = User.objects.filter(agency__in=idle).first() or make_user(
        "stranger", Role.AGENCY, agency=idle.first()
    )
    newcomer = make_user("newcomer", Role.AGENCY, agency=stranger.agency)
    newcomer.one_time_until = timezone.now() + User.ONE_TIME
    newcomer.save(update_fields=["one_time_until"])
    people = {name: site[name] for name in SEE_EVERYTHING}
    people |= {"agency": site["mara"], "stranger": stranger, "newcomer": newcomer}
    new, old = Plan.objects.get(first_year=2024), Plan.objects.get(first_year=2023)
    mara = people["agency"].agency
    names = {
        "plan": new.pk,
        "older_plan": old.pk,
        "task": new.tasks.led_by(mara).first().pk,
        "shared_task": new.tasks.filter(assignments__agency__is_collective=True).first().pk,
        "agency": mara.pk,
        "collective": Agency.objects.get(name="联席会议成员单位").pk,
        "view": SavedView.objects.create(owner=site["office"], name="滞后的任务", query="status=delayed").pk,
        "contact": people["agency"].pk,
        "link": f"/accounts/reset/{urlsafe_base64_encode(force_bytes(people['agency'].pk))}/"
        f"{default_token_generator.make_token(people['agency'])}/",
        "small": _document(site["office"], SMALL_PLAN),
        "corrected": _document(site["office"], with_task_after(PLAN_2024, 3, "开展宣传。（农业农村部负责）")),
        "unreadable": _document(site["office"], "从前有座山。\n"),
        "waiting": _document(site["office"], None),
    }
    names["frozen"], names["later_frozen"] = (
        make_snapshot(new, site["office"], note=note).pk for note in ("报审稿", "定稿")
    )
    names |= _reported(new, mara) | {"older_period": old.periods.first().pk}
    period = new.periods.get(pk=names["period"])
    return people, names | _sheets(people["office"], people["agency"], period)


def _reported(plan: Plan, agency: Agency) -> dict[str, int]:
    """What the addresses of reports name: the agency's own, and what waits for the office."""
    own = ProgressReport.objects.filter(agency=agency, task__plan=plan)
    draft = own.of_leads().get(state=ReportState.DRAFT)
    waiting = ProgressReport.objects.filter(task__plan=plan).awaiting_review()
    return {
        "report": own.of_leads().accepted().first().pk,
        "own_draft": draft.pk,
        "open_task": draft.task_id,
        "period": draft.period_id,
        "waiting_report": waiting.exclude(agency=agency).first().pk,
        "request": Extension.objects.asked().first().pk,
        "objection": Receipt.objects.disputed().first().pk,
    }


def _sheets(office: User, agency: User, period: ReportingPeriod) -> dict[str, int]:
    """Sheets that came back with something of every outcome, and zips of them at every stage."""
    brought = muddled(sheet_data(period, agency.agency, reader=office))
    own = muddled(sheet_data(period, agency.agency, reader=agency))
    report = ProgressReport.objects.get(agency=agency.agency, period=period, state=ReportState.DRAFT)
    workflow.write_report(
        report.task, period, by=agency, version=report.version, measures="同事改过。", results="同事改过。"
    )
    packs = {
        "packed": {"total": 3, "done": 3, "is_ready": True},
        "packing": {"total": 3, "done": 1, "heard_at": timezone.now() + timedelta(hours=1)},
        "torn": {"total": 3, "done": 1, "has_failed": True},
    }
    made = {
        name: FillingBundle.objects.create(period=period, by=office, **facts) for name, facts in packs.items()
    }
    return {name: bundle.pk for name, bundle in made.items()} | {
        "own_sheets": uploads.keep(*uploads.read([SimpleUploadedFile("填报表.xlsx", own)]), by=agency).pk,
        "brought_sheets": uploads.keep(
            *uploads.read([SimpleUploadedFile("代交.xlsx", brought)]), by=office
        ).pk,
    }


def _document(by: User, text: str | None) -> int:
    """An uploaded document that has been read; without a text one whose reading has only begun."""
    document = DocumentImport.objects.create(name="计划.txt", data=(text or "").encode(), by=by, percent=40)
    if text is not None:
        reading.read(document.pk)
    return document.pk


@pytest.fixture
def people_and_names(transactional_db, settings):
    settings.RESETS_BY_EMAIL = True
    return filled_by(_fill)


def _shows_page(client: Client, address: str) -> bool:
    """Whether the address answers with a whole page; a redirect to its own clean form is followed."""
    name = resolve(address.split("?")[0].split("#")[0]).view_name
    response = client.get(address.split("#")[0])
    if response.status_code == 302 and resolve(response["Location"].split("?")[0]).view_name == name:
        response = client.get(response["Location"])
    return response.status_code == 200 and b"<!doctype html" in b"".join(response)[:100].lower()


def _clients(people: dict[str, User]) -> Iterator[tuple[str, Client]]:
    for name in PEOPLE:
        client = Client()
        if name in people:
            client.force_login(people[name])
        yield name, client


# --- the table is whole ------------------------------------------------------------------------------


def _names(patterns=None, namespace: str = "") -> Iterator[str]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(
                pattern.url_patterns, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            )
        else:
            yield f"{namespace}{pattern.name}"


def test_every_address_is_in_the_table():
    assert sorted({*_names()}) == sorted([*PAGES, *NO_PAGES])


def test_nobody_sees_a_page_beyond_the_table(people_and_names):
    people, names = people_and_names
    beyond = []
    for person, client in _clients(people):
        for name, faces in PAGES.items():
            if name not in ALIKE and not any(person in who for who in faces.values()):
                beyond += [(person, name) for face in faces if _shows_page(client, face.format(**names))]
        if person in ("office", "admin"):  # nobody may open more than these two
            beyond += [
                (person, name) for name, a in NO_PAGES.items() if _shows_page(client, a.format(**names))
            ]
    assert beyond == []


@pytest.mark.parametrize("name", PAGES)
def test_each_face_is_a_page_of_its_address(name):
    for address in PAGES[name]:
        path = address.format_map(_Numbers()).split("?")[0].split("#")[0]
        assert resolve(path).view_name == name, address


def test_every_page_is_photographed(site):
    addresses = [address for _, address, _ in screenshots.SHOTS]
    named = {resolve(address.format_map(_Numbers()).split("?")[0]).view_name for address in addresses}
    assert sorted(named) == sorted(PAGES)
    found = screenshots.keys()
    assert all(str(key) not in ("", "None") for key in found.values())
    assert [address for address in addresses if "{" in address.format(**found)] == []


class _Numbers(dict):
    """Some key for every name in an address."""

    def __missing__(self, name: str) -> str:
        return "/accounts/reset/MQ/x-y/" if name == "link" else "1"


# --- what a look finds -------------------------------------------------------------------------------

# The browser itself counts no movement of less than three pixels; of what it counts nothing is allowed.
SHIFTS = """() => new Promise(resolve => {
  const found = [], keep = list => found.push(...list.map(({value, sources}) =>
    [value, sources.map(({node}) => node?.outerHTML?.slice(0, 120)).join(" | ")]));
  const observer = new PerformanceObserver(list => keep(list.getEntries()));
  observer.observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => { keep(observer.takeRecords()); resolve(found) }));
})"""


class Wire:
    """What comes over the network, headers and all, as the browser counts it."""

    def __init__(self, page: Page):
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self._session.on("Network.requestWillBeSent", lambda sent: self._asked.add(sent["requestId"]))
        self._session.on("Network.loadingFinished", self._came)
        self._session.on("Network.loadingFailed", lambda lost: self._asked.discard(lost["requestId"]))
        self._session.send("Network.enable")
        self.forget()

    def forget(self) -> None:
        """Count from nothing, for a browser that has never been here."""
        self._session.send("Network.clearBrowserCache")
        self._asked, self._bytes, self.answers = set(), 0, 0

    def _came(self, answer: dict) -> None:
        self._asked.discard(answer["requestId"])
        self._bytes += answer["encodedDataLength"]
        self.answers += 1

    def bytes(self) -> int:
        while self._asked:
            self._page.wait_for_timeout(10)
        return self._bytes

    def leave(self) -> None:
        self._session.detach()


@pytest.fixture
def wire(only_page):
    wire = Wire(only_page)
    yield wire
    wire.leave()


# Both widths and both themes in two looks; at its first face also the colours at the other width.
LOOKS = [("wide", "light", "narrow"), ("narrow", "dark", "wide")]


@pytest.fixture(scope="session")
def known_frames() -> set[tuple]:
    """What stands around the main part, as axe has seen it already in this process."""
    return set()


@pytest.mark.parametrize("name", PAGES)
def test_page_holds_up(name, people_and_names, visit, wire, complaints, known_frames):
    people, names = people_and_names
    found: list[str] = []
    known: set[tuple] = set()  # main parts that axe has seen
    for address, person in ((address, one) for address, who in PAGES[name].items() for one in who):
        for size, theme, other in LOOKS:
            if size == "wide":
                wire.forget()
            page = visit(address.format(**names), people.get(person), size, theme)
            problems = [*_problems(page, wire.bytes()), *complaints.unexpected()]
            if (status := _status(page)) != 200:
                problems.append(f"answers {status}")
            main, frame = ((part, size, theme) for part in page.evaluate(PARTS))
            if main not in known:
                problems += barriers(page)
                if address == next(iter(PAGES[name])):
                    page.set_viewport_size(SIZES[other])
                    problems += barriers(page, COLOURS)
                    page.set_viewport_size(TIGHT)
                    problems += (
                        [f"runs {over} pixels over the edge of a tablet"] if (over := overflow(page)) else []
                    )
            elif frame not in known_frames:
                problems += barriers(page, context={"exclude": [["main"]]})
            known.add(main)
            known_frames.add(frame)
            complaints.clear()  # axe itself writes styles into a form of many rows
            found += [f"{address} before {person}, {size} and {theme}: {each}" for each in problems]
    assert not found, "\n".join(found)


def _problems(page: Page, weight: int) -> list[str]:
    problems = [f"moves by {value:.4f}: {what}" for value, what in page.evaluate(SHIFTS)]
    if over := overflow(page):
        problems.append(f"runs {over} pixels over the edge")
    if weight > MOST_BYTES:
        problems.append(f"weighs {weight} bytes")
    return problems


# The main part and what stands around it, without what is new each time or says which page it is. Where a
# page has no main part, all of it is the main part.
PARTS = """() => {
  const tidy = html => html
    .replace(/name="(csrfmiddlewaretoken|next)" value="[^"]*"/g, "")
    .replace(/ aria-current="page"/g, "");
  const body = document.body.cloneNode(true);
  const main = body.querySelector("main") ?? body;
  main.remove();
  return [tidy(main.outerHTML), tidy(body.outerHTML)];
}"""


def _status(page: Page) -> int:
    return page.evaluate("performance.getEntriesByType('navigation')[0].responseStatus")


# --- what is said when there is no page -----------------------------------------------------------------


@pytest.mark.urls("tests.tasks.test_errors")
@pytest.mark.parametrize(("size", "theme"), [("wide", "light"), ("narrow", "dark")])
def test_pages_of_refusals_hold_up(size, theme, people_and_names, visit, wire, complaints):
    people, _ = people_and_names
    found = []
    views = [(address, "office", answer[0]) for address, answer in ERRORS.items()]
    views += [("/nowhere/", person, 404) for person in ("anonymous", "agency", "leader")]
    views += [("/plans/import/", "leader", 403), ("/exports/?status=done", "agency", 400)]
    views += [("/locked/", "anonymous", 429)]
    for address, person, status in views:
        complaints.expect(f"status of {status}")
        wire.forget()
        page = visit(address, people.get(person), size, theme)
        problems = [*_problems(page, wire.bytes()), *complaints.unexpected(), *barriers(page)]
        if _status(page) != status:
            problems.append(f"answers {_status(page)}")
        found += [f"{address} before {person}: {each}" for each in problems]
    assert not found, "\n".join(found)


# --- the checks bite ------------------------------------------------------------------------------------


def test_what_is_wrong_is_found(people_and_names, visit, wire, complaints):
    people, _ = people_and_names
    wire.forget()
    page = visit("/tasks/", people["office"])
    weight = wire.bytes()
    # More than the page itself, less than what its files weigh before they are compressed.
    assert 20_000 < weight < MOST_BYTES
    assert wire.answers > page.locator("script[src], link[rel=stylesheet]").count()
    assert (_problems(page, weight), barriers(page)) == ([], [])
    page.evaluate("for (const tag of ['img', 'input']) document.body.append(document.createElement(tag))")
    assert sorted(barrier.split(":")[0] for barrier in barriers(page)) == ["image-alt", "label"]
    page.evaluate("document.querySelector('main').before(document.createElement('hr'))")
    page.evaluate("document.querySelector('hr').setAttribute('width', '3000')")
    *moved, over, heavy = _problems(page, MOST_BYTES + 1)
    assert {each[:8] for each in moved} == {"moves by"}
    assert (over[:4], heavy) == ("runs", f"weighs {MOST_BYTES + 1} bytes")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://example.invalid/a.png'}))")
    page.wait_for_timeout(100)
    found = " ".join(complaints.unexpected())
    assert ("Applying inline style violates" in found, "Loading the image" in found) == (True, True), found
    complaints.clear()
