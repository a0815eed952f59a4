"""A picture of every page: two widths, light and dark, whole length.

    ./dev screenshots

`./dev` has built a demo world of its own (IPPLAN_VAR) for this; here it is served and photographed. Without
IPPLAN_VAR in a temporary folder this would photograph whatever database the settings name.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import django
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import chromium  # noqa: E402

PASSWORD = "ipplan-demo"  # noqa: S105 # published: the demo world's
SIZES: dict[str, ViewportSize] = {
    "1440": {"width": 1440, "height": 900},
    "390": {"width": 390, "height": 844},
}
THEMES = ("light", "dark")


# Every page: name, address, who looks (None: nobody has signed in). A test names the address that is missing.
# The names in braces are found in the demo world, see `keys`.
SHOTS: list[tuple[str, str, str | None]] = [
    ("login", "/accounts/login/", None),
    ("reset", "/accounts/reset/", None),
    ("reset-sent", "/accounts/reset/sent/", None),
    ("reset-confirm", "/accounts/reset/MQ/used/", None),
    ("overview", "/?plan={plan}", "office"),
    ("overview-as-of", "/?plan={plan}&as_of=2024-07-18", "leader"),
    ("overview-rates", "/?plan={plan}&heat=rate", "leader"),
    ("ledger", "/tasks/?plan={plan}", "office"),
    ("ledger-chapter", "/tasks/?plan={plan}&chapter={chapter}&status=in_progress", "office"),
    ("ledger-selected", "/tasks/?plan={plan}&status=not_started", "office"),
    ("ledger-filters", "/tasks/?plan={plan}&status=delayed", "office"),
    ("ledger-status", "/tasks/?plan={plan}&status=delayed", "office"),
    ("ledger-export", "/tasks/?plan={plan}&status=delayed", "office"),
    ("ledger-by-lead", "/tasks/?plan={plan}&group=lead", "leader"),
    ("ledger-search", "/tasks/?q=地理标志", "office"),
    ("ledger-nothing", "/tasks/?q=知识产权没有的", "office"),
    ("ledger-as-of", "/tasks/?plan={plan}&as_of=2024-07-18&light=red", "leader"),
    ("ledger-agency", "/tasks/?plan={plan}", "mara"),
    ("columns", "/tasks/columns/", "office"),
    ("saved-view-new", "/tasks/views/new/?status=delayed", "office"),
    ("saved-view", "/tasks/views/{view}/", "office"),
    ("statuses", "/tasks/statuses/?plan={plan}", "office"),
    ("task", "/tasks/{task}/", "office"),
    ("task-shared", "/tasks/{shared_task}/?next=/tasks/%3Flight=grey", "mofcom"),
    ("task-status", "/tasks/{task}/status/", "office"),
    ("assignments", "/tasks/{task}/assignments/", "office"),
    ("plan", "/plans/{plan}/", "office"),
    ("periods", "/plans/{plan}/periods/", "office"),
    ("periods-opening", "/plans/{plan}/periods/{period}/opening/", "office"),
    ("desk", "/my/?plan={plan}", "mara"),
    ("own-reports", "/my/reports/?plan={plan}", "mara"),
    ("sheets", "/imports/sheets/", "mara"),
    ("sheets-preview", "/imports/sheets/{sheets}/", "mara"),
    ("sheets-of-all", "/exports/fillings/?plan={plan}", "office"),
    ("sheets-of-all-packed", "/exports/fillings/{packed}/", "office"),
    ("receipts", "/my/receipts/?plan={plan}", "mara"),
    ("report-form", "/tasks/{open_task}/reports/{period}/", "mara"),
    ("report-form-returned", "/tasks/{returned_task}/reports/{returned_period}/", "{returned_by}"),
    ("report-drawer", "/my/?plan={plan}", "{returned_by}"),
    ("report-sources", "/reports/{own_draft}/sources/", "mara"),
    ("report", "/reports/{report}/", "office"),
    ("dispute", "/tasks/{open_task}/dispute/", "mara"),
    ("extension", "/tasks/{open_task}/extension/", "mara"),
    ("review", "/review/?plan={plan}", "office"),
    ("review-extensions", "/review/?plan={plan}&state=extension", "office"),
    ("review-disputes", "/review/?plan={plan}&state=disputed", "office"),
    ("review-report", "/review/{waiting_report}/", "office"),
    ("acceptances", "/review/acceptances/?plan={plan}", "office"),
    ("decision", "/extensions/{request}/decision/", "office"),
    ("answer", "/receipts/{objection}/answer/", "office"),
    ("supervision", "/supervision/?plan={plan}", "office"),
    ("supervision-reports", "/supervision/reports/?plan={plan}", "office"),
    ("supervision-missing", "/supervision/missing/?plan={plan}", "office"),
    ("supervision-bulletin", "/supervision/bulletin/?plan={plan}", "leader"),
    ("reminders", "/reminders/?plan={plan}", "office"),
    ("reminder-new", "/reminders/new/?plan={plan}", "office"),
    ("notices", "/notices/", "mara"),
    ("agencies", "/agencies/?plan={plan}", "office"),
    ("agency", "/agencies/{agency}/", "leader"),
    ("exports", "/exports/?plan={plan}", "office"),
    ("snapshots", "/exports/snapshots/?plan={plan}", "office"),
    ("import", "/plans/import/", "office"),
    ("import-preview", "/plans/import/{unknown}/", "office"),
    ("import-changes", "/plans/import/{corrected}/?show=changes", "office"),
    ("import-unreadable", "/plans/import/{unreadable}/", "office"),
    ("import-source", "/plans/import/{unknown}/source/", "office"),
    ("import-confirmation", "/plans/import/{corrected}/confirmation/", "office"),
    ("password", "/accounts/password/", "mara"),
    ("password-forced", "/accounts/password/", "newcomer"),
    ("administration", "/admin/", "admin"),
    ("administration-agencies-app", "/admin/agencies/", "admin"),
    ("administration-accounts", "/admin/agencies/user/", "admin"),
    ("administration-account-new", "/admin/agencies/user/add/", "admin"),
    ("administration-account", "/admin/agencies/user/{contact}/change/", "admin"),
    ("administration-account-password", "/admin/agencies/user/{contact}/password/", "admin"),
    ("administration-account-history", "/admin/agencies/user/{contact}/history/", "admin"),
    ("administration-agencies", "/admin/agencies/agency/", "admin"),
    ("administration-agency-new", "/admin/agencies/agency/add/", "admin"),
    ("administration-agency", "/admin/agencies/agency/{agency}/change/", "admin"),
    ("administration-agency-history", "/admin/agencies/agency/{agency}/history/", "admin"),
    ("plans-none", "/plans/", "{stranger}"),
    ("not-found", "/tasks/0/", "office"),
    ("forbidden", "/plans/import/", "leader"),
    ("bad-request", "/exports/?status=done", "mara"),
]
# What is pressed before the picture is taken, where it is seen at that width.
PRESSED = {
    "ledger-selected": ".c-pick input >> nth=1",
    "ledger-filters": "label[for=more-filters], #sum-status",
    "ledger-export": "[data-export]",
    "ledger-status": "a[data-status]",
    "report-drawer": "[data-dialog=drawer]",
}


def keys() -> dict[str, str | int]:
    """What SHOTS names in braces; makes what the demo world lacks: a view, imports, an account."""
    from agencies.models import Agency, Role, User
    from exporters.filling import filling
    from exporters.models import FillingBundle
    from importers import reading
    from importers.models import DocumentImport
    from importers.sheets import uploads
    from tasks.filling import agency_sheets
    from tasks.models import Day, Extension, Plan, ProgressReport, Receipt, ReportState, SavedView

    plan = Plan.objects.get(first_year=2024)
    office, mara = (User.objects.get(username=name) for name in ("office", "mara"))
    draft = (
        ProgressReport.objects.filter(agency=mara.agency, task__plan=plan)
        .of_leads()
        .get(state=ReportState.DRAFT)
    )
    reports = ProgressReport.objects.filter(task__plan=plan)
    returned = reports.filter(state=ReportState.RETURNED).first()
    idle = (
        Agency.objects.filter(assignments=None, is_collective=False)
        .exclude(pk=office.agency_id)
        .exclude(users=None)
    )
    newcomer = User.objects.create_user("newcomer", password=PASSWORD, role=Role.AGENCY, agency=mara.agency)
    newcomer.one_time_until = timezone.now() + User.ONE_TIME
    newcomer.save()

    def sheets() -> int:
        """mara's sheet as it comes back, with something written into each row that it leads."""
        now, file = timezone.now(), BytesIO()
        (sheet,) = agency_sheets(
            plan,
            draft.period,
            tasks=plan.tasks.visible_to(mara),
            reader=mara,
            day=Day(timezone.localdate(now)),
            agency=mara.agency,
        )
        filling(file, period=draft.period, sheet=sheet, now=now)
        book = load_workbook(file)
        rows = book["牵头任务"]
        place = next(cell for row in rows.iter_rows() for cell in row if cell.value == "工作举措")
        for row in range(place.row + 1, rows.max_row + 1):
            rows.cell(row, place.column).value = "演示数据：召开专题推进会，明确分工和时限。"
        written = BytesIO()
        book.save(written)
        return uploads.keep(
            *uploads.read([SimpleUploadedFile("填报表.xlsx", written.getvalue())]), by=mara
        ).pk

    def document(text: str) -> int:
        document = DocumentImport.objects.create(name="推进计划.txt", data=text.encode(), by=office)
        reading.read(document.pk)
        return document.pk

    text = (ROOT / "fixtures" / "plans" / "2024.txt").read_text()
    return {
        "plan": plan.pk,
        "chapter": plan.chapters.first().pk,
        "task": plan.tasks.order_by("number").first().pk,
        "shared_task": plan.tasks.get(number=96).pk,
        "agency": mara.agency_id,
        "contact": mara.pk,
        "stranger": User.objects.filter(agency__in=idle).first().username,
        "view": SavedView.objects.create(owner=office, name="滞后的任务", query="status=delayed").pk,
        "open_task": draft.task_id,
        "period": draft.period_id,
        "own_draft": draft.pk,
        "report": reports.accepted().first().pk,
        "returned_task": returned.task_id,
        "returned_period": returned.period_id,
        "returned_by": User.objects.filter(agency=returned.agency).first().username,
        "waiting_report": reports.awaiting_review().first().pk,
        "sheets": sheets(),
        "packed": FillingBundle.objects.create(
            period=draft.period, by=office, total=36, done=36, is_ready=True
        ).pk,
        "request": Extension.objects.asked().first().pk,
        "objection": Receipt.objects.disputed().first().pk,
        "corrected": document(text.replace("加快修订《国防专利条例》", "加快修改《国防专利条例》")),
        "unknown": document(text.replace("国家知识产权局、中央宣传部等", "国家知识局、中央宣传部等")),
        "unreadable": document("从前有座山。\n"),
    }


@contextmanager
def server() -> Iterator[str]:
    """The production server on a free port; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config", "tools/gunicorn_conf.py", "ipplan.wsgi"]
    environment = {**os.environ, "PORT": str(port)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait()


def _wait_for(address: str, process: subprocess.Popen) -> None:
    for _ in range(300):
        try:
            urlopen(f"{address}/healthz", timeout=5)  # noqa: S310
            return
        except HTTPError:
            return
        except URLError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise SystemExit("The server did not start.")


def photograph(
    browser: Browser, address: str, folder: Path, wanted: list[tuple[str, str, str | None]]
) -> int:
    """How many of the pictures show a broken page."""
    broken = 0
    for user in dict.fromkeys(user for _, _, user in wanted):
        state = _signed_in(browser, address, user)
        for theme in THEMES:
            cookie = {"name": "theme", "value": theme, "url": address}
            for width, size in SIZES.items():
                context = browser.new_context(
                    storage_state=state, viewport=size, locale="zh-CN", reduced_motion="reduce"
                )
                context.add_cookies([cookie])
                page = context.new_page()
                for name, path, by in wanted:
                    if by == user:
                        response = page.goto(address + path, wait_until="load")
                        if response is None or response.status >= 500:
                            print(f"broken: {name}, {width}, {theme}: {path}", file=sys.stderr)
                            broken += 1
                        if name in PRESSED:
                            _press(page, size, PRESSED[name])
                        else:
                            _whole(page, size)
                        page.screenshot(
                            path=folder / f"{name}-{width}-{theme}.png", full_page=name not in PRESSED
                        )
                context.close()
    return broken


def _whole(page: Page, size: ViewportSize) -> None:
    """A window as high as the page: what sticks to the edge of a window stands at the edge of the picture."""
    page.set_viewport_size(size)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})


def _press(page: Page, size: ViewportSize, selector: str) -> None:
    """The first that is seen at this width, where there is one."""
    page.set_viewport_size(size)
    target = page.locator(f"{selector} >> visible=true").first
    if target.count():
        target.click()
        page.wait_for_load_state("networkidle")


def _signed_in(browser: Browser, address: str, user: str | None) -> dict | None:
    """The browser's cookies after this account went through the sign-in form."""
    if user is None:
        return None
    page: Page = browser.new_page()
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url, timeout=10_000)
    state = page.context.storage_state()
    page.context.close()
    return state


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    django.setup()
    found = keys()
    wanted = [(name, address.format(**found), by and by.format(**found)) for name, address, by in SHOTS]
    with server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium.launch_options())
        broken = photograph(browser, address, folder, wanted)
        browser.close()
    print(f"{len(wanted) * len(SIZES) * len(THEMES)} pictures in {folder}/, {broken} of a broken page")
    sys.exit(bool(broken))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipplan.settings")
    main(Path(sys.argv[1]))
