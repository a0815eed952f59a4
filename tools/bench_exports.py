"""What a workbook costs, beside a bare openpyxl loop over the same cells: `./dev bench --only exports`.

    python tools/bench_exports.py [--tasks 249 20000 100000] [--rounds 2]

It fills the database that the environment names, and IPPLAN_VAR must be a temporary folder; tools/bench.py
sees to both. Each workbook is made by the product's own address in a process of its own, with all of its
queries; then a bare write-only loop writes the very cells of that workbook, in the styles they have there,
each style made once. Counted is processor time; memory is the process's peak. In the end pages are asked for
while somebody else downloads the largest ledger over and over.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipplan.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from openpyxl import Workbook, load_workbook  # noqa: E402
from openpyxl.cell import WriteOnlyCell  # noqa: E402

from agencies.models import User  # noqa: E402
from tasks.models import Plan, Task  # noqa: E402
from tools import bench_world  # noqa: E402
from tools.bench_served import Browser, Server, serving  # noqa: E402
from tools.bench_web import REAL, Site  # noqa: E402

TIMES, MEGABYTES, SLOWER = 1.5, 150, 2.0
# What a workbook keeps of styles.
_STYLES = ("_fonts", "_borders", "_fills", "_alignments", "_number_formats", "_protections", "_cell_styles")
_PAGES = 60  # asked for, of a kind


@dataclass(frozen=True)
class Cost:
    """Of one workbook: seconds of processor, seconds that passed, the process's peak in megabytes."""

    seconds: float
    passed: float
    peak: float


# --- in a process of its own --------------------------------------------------------------------------


def measured(work: Callable[[], object], *, times: int) -> Cost:
    """The median of so many runs; where there are several, a first one that warms the process is left out,
    as a worker is warm that serves all day."""
    found = []
    for _ in range(times + (times > 1)):
        began, clock = time.process_time(), time.perf_counter()
        work()
        found.append((time.process_time() - began, time.perf_counter() - clock))
    seconds, passed = (statistics.median(one) for one in zip(*found[times > 1 :], strict=True))
    return Cost(seconds, passed, _peak())


def _peak() -> float:
    """This process's own, in megabytes; getrusage would count in what its parent had when it was forked."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def ours(address: str, file: Path, times: int) -> Cost:
    """The product's answer, streamed into the file."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(username="office"))
    client.get("/healthz")  # the address book is read before the watch runs

    def download() -> None:
        response = client.get(address)
        if response.status_code != 200:
            raise SystemExit(f"{address}: {response.status_code}")
        with file.open("wb") as target:
            target.writelines(response.streaming_content)

    return measured(download, times=times)


def bare(file: Path, times: int) -> Cost:
    """A write-only loop over the cells of that workbook."""
    book = Workbook(write_only=True)
    styles: dict[tuple[object, ...], object] = {}
    sheets = [
        (
            sheet.title,
            [[(cell.value, _style(book, styles, cell)) for cell in row] for row in sheet.iter_rows()],
        )
        for sheet in load_workbook(file, read_only=True).worksheets
    ]

    def write() -> None:
        target = Workbook(write_only=True)
        for name in _STYLES:  # the styles that the cells name by their numbers
            setattr(target, name, getattr(book, name))
        for title, rows in sheets:
            sheet = target.create_sheet(title)
            for row in rows:
                cells = []
                for value, style in row:
                    cell = WriteOnlyCell(sheet, value=value)
                    cell._style = style
                    cells.append(cell)
                sheet.append(cells)
        target.save(os.devnull)

    return measured(write, times=times)


def _style(book: Workbook, styles: dict[tuple[object, ...], object], read) -> object:
    """The style of a cell that was read, as the new workbook knows it."""
    if not getattr(read, "has_style", False):
        return WriteOnlyCell(_sheet_of(book))._style
    key = tuple(read.style_array)
    if key not in styles:
        cell = WriteOnlyCell(_sheet_of(book))
        cell.font, cell.border, cell.fill = copy(read.font), copy(read.border), copy(read.fill)
        cell.alignment, cell.number_format = copy(read.alignment), read.number_format
        styles[key] = cell._style
    return styles[key]


def _sheet_of(book: Workbook):
    return book.worksheets[0] if book.worksheets else book.create_sheet("styles")


def apart(verb: str, *arguments: object) -> Cost:
    """One of the two, in a process of its own: no round warms the next, and the peak is its own."""
    command = [sys.executable, __file__, verb, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return Cost(*json.loads(done.stdout.splitlines()[-1]))


# --- the bars -----------------------------------------------------------------------------------------


def workbook_holds(name: str, address: str, rounds: int, *, rows: int) -> bool:
    """Make the workbook and the bare one in turn, and say what each cost; whether the bars hold."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "book.xlsx"
        times = 7 if rows < 2_000 else 1
        pairs = [(apart("ours", address, file, times), apart("bare", file, times)) for _ in range(rounds)]
        size = file.stat().st_size
    mine, other = (min(one[place].seconds for one in pairs) for place in (0, 1))
    peak = max(one.peak for one, _ in pairs)
    holds = mine <= TIMES * other and peak <= MEGABYTES
    print(
        f"  {name:<16} {rows:>7,} rows {size / 1e6:>6.1f} MB   ours {mine:>6.2f} s   bare {other:>6.2f} s   "
        f"{mine / other:>5.2f} × (bar {TIMES})   passed {min(one.passed for one, _ in pairs):>6.2f} s   "
        f"peak {peak:>4.0f} MB (bar {MEGABYTES})   {'ok' if holds else 'FAIL'}",
        flush=True,
    )
    return holds


def others_are_not_kept_waiting(product: Server) -> bool:
    """Ask for pages alone, then while somebody downloads the whole ledger; whether they come in time."""
    site = Site(product)
    page = f"/tasks/?{urlencode({'status': 'in_progress', 'plan': Plan.objects.order_by('pk').last().pk})}"
    alone = waits(site, page)
    stop, downloads = threading.Event(), []
    thread = threading.Thread(target=_download_until, args=(site, stop, downloads))
    thread.start()
    time.sleep(1)
    meanwhile = waits(site, page)
    stop.set()
    thread.join()
    before, during = statistics.median(alone), statistics.median(meanwhile)
    ratio = during / before
    print(
        f"  another's page while a ledger of {Task.objects.count():,} is exported ({len(downloads)} times): "
        f"p50 {before:.1f} → {during:.1f} ms, {ratio:.2f} × (bar {SLOWER})   "
        f"p95 {_late(alone):.1f} → {_late(meanwhile):.1f} ms   {'ok' if ratio <= SLOWER else 'FAIL'}",
        flush=True,
    )
    return ratio <= SLOWER


def waits(site: Site, page: str) -> list[float]:
    """Milliseconds that each of some pages takes, asked for one after the other."""
    browser, found = Browser(site.server), []
    for number in range(8 + _PAGES):
        began = time.perf_counter()
        answer = browser.ask(page, Cookie=site.cookie)
        if answer.status != 200:
            raise SystemExit(f"{page}: {answer.status}")
        if number >= 8:
            found.append((time.perf_counter() - began) * 1000)
    browser.close()
    return found


def _late(found: list[float]) -> float:
    return statistics.quantiles(found, n=20)[-1]


def _download_until(site: Site, stop: threading.Event, downloads: list[int]) -> None:
    while not stop.is_set():
        browser = Browser(site.server)
        downloads.append(len(browser.ask("/exports/ledger.xlsx", Cookie=site.cookie).body))
        browser.close()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, nargs="+", default=[REAL, 20_000, 100_000])
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    bench_world.load_real()
    call_command("collectstatic", interactive=False, verbosity=0)
    older = Plan.objects.get(first_year=2023)
    print("\nexports, beside a bare openpyxl write-only loop over the same cells")
    report = f"/exports/annual-report.xlsx?plan={older.pk}"
    held = [workbook_holds("annual report", report, asked.rounds, rows=older.tasks.count())]
    for size in sorted(asked.tasks):
        if Task.objects.count() < size:
            bench_world.grow(size)
        bench_world.settle()
        held.append(workbook_holds("ledger", "/exports/ledger.xlsx", asked.rounds, rows=size))
    connection.close()
    with serving("ipplan.wsgi", "tools/gunicorn_conf.py") as product:
        held.append(others_are_not_kept_waiting(product))
    return 0 if all(held) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["ours"]:
        cost = ours(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    elif sys.argv[1:2] == ["bare"]:
        cost = bare(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        sys.exit(main())
    print(json.dumps([cost.seconds, cost.passed, cost.peak]))
