"""Pages in Chromium: people who are signed in, the two widths, and a guard that no page complains.

Every test below this folder carries the mark `browser`. The server is pytest-django's `live_server`, so a
test's rows are really committed and thrown away afterwards.
"""

import os
import re
from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.db import connections
from django.test import Client, override_settings

from agencies.models import User
from tasks.demo import make_accounts
from tests.database import filled_by
from tests.importers.files import PLAN_2023, PLAN_2024
from tools import chromium

SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here + os.sep):
            item.add_marker(pytest.mark.browser)
    # Between the two `-m "not browser"` chooses by the mark and the order is shuffled.
    yield
    # Last: from the first of them on, every test in this process lives beside Playwright's event loop.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def collected_files(tmp_path_factory):
    """Static files as production serves them: under hashed names, compressed, kept by the browser for good.

    So what a page weighs on the wire can be counted, and a page in a warm browser asks for itself alone."""
    compressed = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    as_served = override_settings(
        STORAGES=settings.STORAGES | {"staticfiles": compressed},
        STATIC_ROOT=str(tmp_path_factory.mktemp("static")),
        WHITENOISE_AUTOREFRESH=False,
    )
    with as_served, pytest.MonkeyPatch.context() as patch:
        call_command("collectstatic", interactive=False, verbosity=0)
        # The test server's own way to static files, which knows no hashed name, would come before WhiteNoise.
        patch.setattr(StaticFilesHandler, "_should_handle", lambda self, path: False)
        yield


@pytest.fixture(scope="session")
def live_server(collected_files, live_server):
    return live_server


@pytest.fixture(scope="session")
def playwright(playwright):
    """Playwright keeps an event loop in the tests' thread, where Django would refuse the database.

    It also has a connection of its own there, which nobody else would close.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield playwright
        connections.close_all()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | chromium.launch_options()


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args, live_server):
    """`page.goto("/tasks/")` works without the server's address."""
    return browser_context_args | {
        "base_url": live_server.url,
        "viewport": SIZES["wide"],
        "locale": "zh-CN",
        "timezone_id": settings.TIME_ZONE,
    }


class Complaints(list):
    """What the browser complained about in this test; see `complaints`."""

    def __init__(self, host: str):
        super().__init__()
        self.host = host
        self.expected: list[str] = []

    def expect(self, pattern: str) -> None:
        """A complaint that matches is part of the test: `complaints.expect("404")`."""
        self.expected.append(pattern)

    def unexpected(self) -> list[str]:
        return [text for text in self if not any(re.search(pattern, text) for pattern in self.expected)]

    def listen_to(self, context) -> None:
        context.on("console", self._console)
        context.on("weberror", self._weberror)
        context.on("request", self._request)

    def no_more_to(self, context) -> None:
        context.remove_listener("console", self._console)
        context.remove_listener("weberror", self._weberror)
        context.remove_listener("request", self._request)

    def _weberror(self, error) -> None:
        self.append(f"script error: {error.error}")

    def _console(self, message) -> None:
        # Violations of the content security policy arrive here too, as errors.
        if message.type == "error":
            self.append(f"console: {message.text} ({message.page.url if message.page else ''})")

    def _request(self, request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != self.host:
            self.append(f"request to another host: {request.url}")


@pytest.fixture
def complaints(live_server):
    """Fails the test when a page wrote an error, broke the security policy or asked another host."""
    complaints = Complaints(urlsplit(live_server.url).netloc)
    yield complaints
    assert complaints.unexpected() == []


@pytest.fixture
def new_context(new_context, complaints):
    """pytest-playwright's, so that `page` and `context` are guarded as well."""

    def make(**options):
        context = new_context(**options)
        context.set_default_timeout(10_000)
        complaints.listen_to(context)
        return context

    return make


@pytest.fixture(params=list(SIZES))
def size(request) -> str:
    """Runs the test at both widths: `signed_in(office, size)`."""
    return request.param


@pytest.fixture
def signed_in(new_context, live_server):
    """A page of this person's own browser: signed_in(office), signed_in(office, "narrow")."""

    def open_page(user, size: str = "wide"):
        client = Client()
        client.force_login(user)
        context = new_context()
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.set_viewport_size(SIZES[size])
        return page

    return open_page


# --- for tests that look at many pages ---------------------------------------------------------------


@pytest.fixture
def site(transactional_db) -> dict[str, User]:
    """Both plans with the demo's year of work, as `./dev run` serves them; its people by their user names.

    Made once in a process and copied for each test, which may change it like any other."""
    return filled_by(demo_site)


def demo_site() -> dict[str, User]:
    _load_plans()
    with override_settings(DEMO=True):
        call_command("load_demo", stdout=StringIO())
    return {user.username: user for user in User.objects.all()}


def fresh_site() -> dict[str, User]:
    """Both plans and the demo's people, before anybody has done anything."""
    _load_plans()
    make_accounts()
    return {user.username: user for user in User.objects.all()}


def _load_plans() -> None:
    for command, *arguments in (
        ("load_agencies",),
        ("import_plan", "--as-issued", str(PLAN_2023), str(PLAN_2024)),
    ):
        call_command(command, *arguments, stdout=StringIO(), stderr=StringIO())


@pytest.fixture(scope="session")
def only_page(browser, browser_context_args):
    """The one page that all tests look through with `visit`; a new one would cost more than what it shows."""
    context = browser.new_context(**browser_context_args)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def visit(only_page, complaints, live_server):
    """Opens an address as somebody sees it: visit("/tasks/", office, "narrow", "dark").

    Without a person nobody has signed in. All calls give the same page, so look at one before you ask for the
    next. Cookies are new each time; what a page keeps in the browser otherwise goes with the test."""
    context = only_page.context
    complaints.listen_to(context)

    def open_address(address: str, user=None, size: str = "wide", theme: str = "light"):
        cookies = {"theme": theme}
        if user is not None:
            client = Client()
            client.force_login(user)
            cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.clear_cookies()
        context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
        )
        only_page.set_viewport_size(SIZES[size])
        if "#" in address:
            only_page.goto("about:blank")  # where it is there already, the browser would only scroll
        only_page.goto(address)
        return only_page

    yield open_address
    if only_page.url.startswith(live_server.url):
        only_page.evaluate("localStorage.clear(), sessionStorage.clear()")
    only_page.goto("about:blank")  # nothing of this test may still ask the server in the next
    complaints.no_more_to(context)
