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
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import django
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import chromium  # noqa: E402

PASSWORD = "ipplan-demo"  # noqa: S105 # published: the demo world's
SIZES = {"1440": {"width": 1440, "height": 900}, "390": {"width": 390, "height": 844}}
THEMES = ("light", "dark")


def pages() -> list[tuple[str, str, str | None]]:
    """What is photographed: name, address, and who looks at it (None: nobody has signed in)."""
    django.setup()
    from agencies.models import Agency
    from tasks.models import Plan

    plan = Plan.objects.get(first_year=2024)
    chapter = plan.chapters.first()
    task = plan.tasks.order_by("number").first()
    shared = plan.tasks.get(number=96)
    agency = Agency.objects.get(code="CNIPA")
    return [
        ("login", "/accounts/login/", None),
        ("overview", f"/?plan={plan.pk}", "office"),
        ("overview-as-of", f"/?plan={plan.pk}&as_of=2024-07-18", "leader"),
        ("ledger", f"/tasks/?plan={plan.pk}", "office"),
        ("ledger-chapter", f"/tasks/?plan={plan.pk}&chapter={chapter.pk}&status=in_progress", "office"),
        ("ledger-by-lead", f"/tasks/?plan={plan.pk}&group=lead", "leader"),
        ("ledger-search", "/tasks/?q=地理标志", "office"),
        ("ledger-nothing", "/tasks/?q=知识产权没有的", "office"),
        ("ledger-as-of", f"/tasks/?plan={plan.pk}&as_of=2024-07-18&light=red", "leader"),
        ("ledger-agency", f"/tasks/?plan={plan.pk}", "mara"),
        ("columns", "/tasks/columns/", "office"),
        ("exports", f"/exports/?plan={plan.pk}", "office"),
        ("snapshots", f"/exports/snapshots/?plan={plan.pk}", "office"),
        ("task", f"/tasks/{task.pk}/", "office"),
        ("task-shared", f"/tasks/{shared.pk}/?next=/tasks/%3Flight=grey", "mofcom"),
        ("task-status", f"/tasks/{task.pk}/status/", "office"),
        ("plan", f"/plans/{plan.pk}/", "office"),
        ("desk", f"/my/?plan={plan.pk}", "mara"),
        ("sheets", "/imports/sheets/", "mara"),
        ("sheets-of-all", f"/exports/fillings/?plan={plan.pk}", "office"),
        ("agencies", f"/agencies/?plan={plan.pk}", "office"),
        ("agency", f"/agencies/{agency.pk}/", "leader"),
        ("import", "/plans/import/", "office"),
        ("password", "/accounts/password/", "mara"),
        ("administration", "/admin/", "admin"),
        ("administration-accounts", "/admin/agencies/user/", "admin"),
        ("administration-agency", f"/admin/agencies/agency/{agency.pk}/change/", "admin"),
        ("not-found", "/tasks/0/", "office"),
        ("forbidden", "/plans/import/", "leader"),
    ]


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
                        page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True)
                context.close()
    return broken


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
    wanted = pages()
    with server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium.launch_options())
        broken = photograph(browser, address, folder, wanted)
        browser.close()
    print(f"{len(wanted) * len(SIZES) * len(THEMES)} pictures in {folder}/, {broken} of a broken page")
    sys.exit(bool(broken))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipplan.settings")
    main(Path(sys.argv[1]))
