"""Pages in Chromium: people who are signed in, the two widths, and a guard that no page complains.

Every test below this folder carries the mark `browser`. The server is pytest-django's `live_server`, so a
test's rows are really committed and thrown away afterwards.
"""

import os
import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

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
        context.on("weberror", lambda error: self.append(f"script error: {error.error}"))
        context.on("request", self._request)

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
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        context = new_context()
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.set_viewport_size(SIZES[size])
        return page

    return open_page
