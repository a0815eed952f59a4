"""Every page before everybody who sees it, at both widths, light and dark: the table of what pages hold to.

A page has no barrier that axe-core finds, breaks no security policy and writes no error, asks no other host,
is nowhere wider than the screen, moves nothing after it has been drawn, and weighs less than 250 kB on the
wire when a browser sees it for the first time. The addresses are walked from the resolver: one that stands
neither in PAGES nor in NO_PAGES fails the test, and so does a page that somebody sees beyond the table.
"""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, resolve
from playwright.sync_api import Page

from agencies.models import User
from tests.browser.barriers import COLOURS, barriers, overflow
from tests.browser.conftest import SIZES
from tests.browser.faces import ALIKE, NO_PAGES, PAGES, PEOPLE
from tests.browser.whole_site import whole_site
from tests.database import filled_by
from tests.tasks.test_errors import PAGES as ERRORS
from tools import screenshots

MOST_BYTES = 250_000
# The narrowest window with the whole bar at the top.
TIGHT = {"width": 1024, "height": 700}


@pytest.fixture
def people_and_names(transactional_db, settings):
    settings.RESETS_BY_EMAIL = True
    return filled_by(whole_site)


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
