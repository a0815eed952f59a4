"""What several pages need: where to go back to, and links that keep the query string."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

View = TypeVar("View", bound=Callable[..., Any])


def background(view: View) -> View:
    """Marks what a page asks for by itself, not the person before it: such a request is no sign that somebody
    is there. Whoever ends idle sessions looks at `request.resolver_match.func.is_background`.
    """
    view.is_background = True  # type: ignore[attr-defined]
    return view


def way_back(request: HttpRequest, default: str) -> str:
    """The page the person came from, as `next` says it; never an address outside the site."""
    back = request.POST.get("next") or request.GET.get("next") or ""
    # A word without a slash passes for an address here, and `redirect` would take it for a view's name.
    ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, {request.get_host()})
    return back if ours else default


def asks_for_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page; going back in the browser's history needs all of it."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def without(request: HttpRequest, *names: str) -> str:
    """The query string with `?` but without these parameters and without the page number."""
    query = request.GET.copy()
    for name in (*names, "page"):
        query.pop(name, None)
    return f"?{query.urlencode()}" if query else "?"


def ledger_address(**conditions: Any) -> str:
    """The ledger under these conditions; a list gives its parameter several times."""
    return f"{reverse('tasks:ledger')}?{urlencode(conditions, doseq=True)}"
