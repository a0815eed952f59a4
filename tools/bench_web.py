"""What a request costs in processor time, beside a constant Django page: the second half of `./dev bench`.

    python tools/bench_web.py [--tasks 249 20000 100000] [--rounds 3]

It fills the database that the environment names, and IPPLAN_VAR must be a temporary folder; tools/bench.py
sees to both. Two gunicorn workers serve the product and two the constant page, while one client asks in turn
for that page, the ledger, the search and a change of status, a second and a half each and round after round,
so that whatever else the machine does falls on all of them.

A list is remembered for as long as nobody writes anything (tasks/memory.py). So each is asked for twice:
again and again, as people do who look through it, and with a row written before each time, when nothing is
remembered; the bars are for the first.

Counted is what /proc says of gunicorn with its workers and of PostgreSQL with all its processes (SQLite works
inside the workers). Every answer is checked.
"""

import argparse
import html
import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipplan.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count, Sum  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from agencies.models import Agency, User  # noqa: E402
from tasks.models import Assignment, Event, Plan, Status, Task  # noqa: E402
from tools import bench_world  # noqa: E402
from tools.bench_served import Answer, Browser, Server, milliseconds_of, parent_of, serving  # noqa: E402

WORDS = "地理标志"
REAL = 249
# Times the constant page: with the real tasks, and with more.
LEDGER, SEARCH, UPDATE = (30, 60), (40, 80), (40, 40)
WARM_UP = 8
AT_LEAST = 20
SECONDS = 1.5


class Wrong(Exception):
    """An answer is not what it should be; its cost means nothing."""


# --- what is asked, and what must be answered ---------------------------------------------------------


@dataclass
class Work:
    """Something to ask for, with its bars, and what was measured of it."""

    name: str
    server: Server
    ask: Callable[[Browser], Answer]
    bars: tuple[int, int] | None = None
    queries: int | None = None
    costs: list[float] = field(default_factory=list)
    costs_of_database: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    last: Answer | None = None

    @property
    def cost(self) -> float:
        return statistics.median(self.costs)


def constant_page(browser: Browser) -> Answer:
    answer = browser.ask("/")
    if answer.status != 200 or len(answer.body) < 9000:
        raise Wrong(f"the constant page: {answer.status}, {len(answer.body)} bytes")
    return answer


class Site:
    """The product, with somebody of the office signed in."""

    def __init__(self, server: Server):
        self.server = server
        self.inside = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
        self.inside.force_login(User.objects.get(username="office"))
        session = self.inside.cookies[settings.SESSION_COOKIE_NAME].value
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={session}"

    def list_of(self, name: str, query: dict[str, object], count: int, bars: tuple[int, int]) -> Work:
        """The ledger under these conditions, which must say that it found `count` tasks."""
        path = f"/tasks/?{urlencode(query)}"

        def ask(browser: Browser) -> Answer:
            answer = browser.ask(path, Cookie=self.cookie)
            if answer.status != 200 or not says(answer.body, count):
                raise Wrong(f"{path}: {answer.status}, and it does not say {count} 项")
            return answer

        with CaptureQueriesContext(connection) as captured:
            status = self.inside.get(path).status_code
        if status != 200:
            raise Wrong(f"{path}: {status}")
        return Work(f"{name}: {count}", self.server, ask, bars, queries=len(captured))

    def linked_by(self, query: dict[str, object]) -> set[int]:
        """The tasks that all pages of a list link to."""
        browser, found, number = Browser(self.server), set(), 0
        while True:
            number += 1
            path = f"/tasks/?{urlencode({**query, 'per_page': 100, 'page': number})}"
            answer = browser.ask(path, Cookie=self.cookie)
            here = set(map(int, re.findall(rb'href="/tasks/(\d+)/', answer.body)))
            if answer.status != 200 or here <= found:  # past the end the last page is shown again
                browser.close()
                return found
            found |= here


def after_a_change(work: Work) -> Work:
    """The same list as whoever comes first after a change gets it; the change itself is not counted (but for
    what PostgreSQL spends on it)."""

    def ask(browser: Browser) -> Answer:
        User.objects.filter(username="office").update(last_login=timezone.now())
        return work.ask(browser)

    return Work(f"{work.name}, anew", work.server, ask)


def says(page: bytes, count: int) -> bool:
    """Whether the page, without its tags, says somewhere: `count` 项."""
    words = html.unescape(re.sub(r"<[^>]*>", "", page.decode()))
    return re.search(rf"(?<![\d,])(?:{count}|{count:,})\s*项", words) is not None


class Updates:
    """Changes of status as the page's dialog sends them: of one task after the other, and back again."""

    STATES = (
        {"status": Status.DELAYED, "progress": "40", "reason": "演示数据：会期顺延"},
        {"status": Status.IN_PROGRESS, "progress": "60", "reason": ""},
    )

    def __init__(self, site: Site, tasks: list[Task]):
        self.site = site
        self.versions = {task.pk: task.version for task in tasks}
        self.events_before = Event.objects.count()
        self.done = 0
        self._turn = cycle((pk, state) for state in self.STATES for pk in self.versions)
        browser = Browser(site.server)
        page = browser.ask("/tasks/", Cookie=site.cookie)
        browser.close()
        cookies = "; ".join(page.headers.get_all("Set-Cookie") or ())
        self._token = cookies.partition("csrftoken=")[2].partition(";")[0]
        self._here = f"http://127.0.0.1:{site.server.port}"

    def ask(self, browser: Browser) -> Answer:
        pk, state = next(self._turn)
        answer = browser.ask(
            f"/tasks/{pk}/status/",
            {**state, "version": str(self.versions[pk]), "csrfmiddlewaretoken": self._token},
            Cookie=f"{self.site.cookie}; csrftoken={self._token}",
            Origin=self._here,
            Referer=f"{self._here}/tasks/",
            HX_Request="true",
            HX_Target="dialog-body",
            HX_Current_URL=f"{self._here}/tasks/",
        )
        if answer.status not in (200, 204) or "task:saved" not in answer.headers.get("HX-Trigger", ""):
            raise Wrong(f"the status of task {pk}: {answer.status}")
        self.versions[pk] += 1
        self.done += 1
        return answer

    def check(self) -> None:
        stand = Task.objects.filter(pk__in=self.versions).aggregate(sum=Sum("version"))["sum"]
        recorded = Event.objects.count() - self.events_before
        if (stand, recorded) != (sum(self.versions.values()), self.done):
            raise Wrong("some changes were answered and are not in the database")


# --- measuring ----------------------------------------------------------------------------------------


def bars_hold(size: int, product: Server, constant: Server, rounds: int) -> bool:
    """Let the world grow to this size, measure it and say so; whether every bar holds."""
    began = time.monotonic()
    if Task.objects.count() < size:
        bench_world.grow(size)
    bench_world.settle()
    loaded = time.monotonic() - began

    site = Site(product)
    agency = Agency.objects.annotate(tasks=Count("assignments")).latest("tasks")
    with_words = {pk for pk, text in Task.objects.values_list("pk", "text").iterator() if WORDS in text}
    # Not those of the agency whose ledger is counted.
    changing = Task.objects.filter(status=Status.IN_PROGRESS).exclude(assignments__agency=agency)
    updates = Updates(site, list(changing.order_by("pk")[:400:2]))
    lists = [
        site.list_of(
            f"ledger, {status.label}",
            {"status": status, "agency": agency.pk},
            Assignment.objects.filter(agency=agency, task__status=status).count(),
            LEDGER,
        )
        for status in (Status.COMPLETED, Status.IN_PROGRESS)
    ]
    lists.append(site.list_of(f"search {WORDS}", {"q": WORDS}, len(with_words), SEARCH))
    works = [
        Work("constant page", constant, constant_page),
        *lists,
        *map(after_a_change, lists),
        Work("one status update", product, updates.ask, UPDATE),
    ]
    complete = site.linked_by({"q": WORDS}) == with_words
    database = postmaster()
    connection.close()  # what PostgreSQL counts from here on is the workers' doing

    for _ in range(rounds):
        for work in works:
            measure(work, database if work.server == product else None)
    updates.check()

    print(
        f"\n{connection.vendor}: {size:,} tasks in {Plan.objects.count():,} plans, loaded in {loaded:.0f} s"
    )
    good = report(works, size)
    print(
        f"  the search's pages link to the tasks with the words and no other: {'yes' if complete else 'NO'}"
    )
    connection.close()
    return good and complete


def postmaster() -> int | None:
    """The parent of all of PostgreSQL's processes; None on SQLite."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    return parent_of(backend)


def measure(work: Work, database: int | None) -> None:
    """One turn: warm up on fresh connections, then ask for a while and see what it cost."""
    browser = Browser(work.server)
    for _ in range(WARM_UP):
        work.ask(browser)

    spent, of_database = milliseconds_of(work.server.pid), milliseconds_of(database) if database else 0
    began = now = time.perf_counter()
    asked = 0
    while asked < AT_LEAST or now - began < SECONDS:
        work.last = work.ask(browser)
        then, now = now, time.perf_counter()
        work.waits.append((now - then) * 1000)
        asked += 1
    spent = milliseconds_of(work.server.pid) - spent
    of_database = milliseconds_of(database) - of_database if database else 0

    work.costs.append((spent + of_database) / asked)
    work.costs_of_database.append(of_database / asked)
    browser.close()


# --- saying so ----------------------------------------------------------------------------------------

_HEADS = ("CPU ms", "of it DB", "×", "bar", "", "p50 ms", "p95 ms", "bytes", "gzip", "queries")
_WIDTHS = (8, 9, 7, 5, 6, 8, 8, 9, 8, 8)
_NAME = 26


def report(works: list[Work], size: int) -> bool:
    """A line for each; the first is the yardstick. Whether every bar holds."""
    print(f"  {'':{_NAME}}" + _columns(_HEADS))
    verdicts = []
    for work in works:
        ratio = work.cost / works[0].cost
        bar = work.bars[size > REAL] if work.bars else None
        verdicts.append(bar is None or ratio <= bar)
        values = (
            f"{work.cost:.2f}",
            f"{statistics.median(work.costs_of_database):.2f}",
            f"{ratio:.1f}",
            "" if bar is None else bar,
            "" if bar is None else "ok" if verdicts[-1] else "FAIL",
            f"{statistics.median(work.waits):.1f}",
            f"{statistics.quantiles(work.waits, n=20)[-1]:.1f}",
            f"{len(work.last.body):,}",
            f"{work.last.sent:,}",
            "" if work.queries is None else work.queries,
        )
        print(f"  {work.name:<{_NAME - _wide(work.name)}}" + _columns(values), flush=True)
    return all(verdicts)


def _columns(values: tuple[object, ...]) -> str:
    return "".join(f"{value:>{width}}" for value, width in zip(values, _WIDTHS, strict=True))


def _wide(text: str) -> int:
    """How many of its signs take two columns."""
    return sum(ord(sign) > 0x2E80 for sign in text)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, nargs="+", default=[REAL, 20_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()

    bench_world.load_real()
    call_command("collectstatic", interactive=False, verbosity=0)
    connection.close()
    with ExitStack() as servers:
        product = servers.enter_context(serving("ipplan.wsgi", "tools/gunicorn_conf.py"))
        constant = servers.enter_context(
            serving("tools.bench_constant:application", "tools/bench_gunicorn.py")
        )
        held = [bars_hold(size, product, constant, asked.rounds) for size in sorted(asked.tasks)]
    return 0 if all(held) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Wrong as wrong:
        sys.exit(f"Not measured, for an answer is wrong: {wrong}")
