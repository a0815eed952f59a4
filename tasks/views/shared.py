"""What several pages need: where to go back to, and links that keep the query string."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

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


def page_or_part(
    request: HttpRequest, page: str, part: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The part where htmx asks for it, into a dialog or a panel, else the page that includes it.

    Templates read `fragment`, and the id of what the answer replaces from `target`.
    """
    fragment = asks_for_fragment(request)
    context = context | {"fragment": fragment, "target": request.htmx.target if fragment else "panel"}
    response = render(request, part if fragment else page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def lead_to(request: HttpRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def done(request: HttpRequest, address: str) -> HttpResponse:
    """Back to the page under the dialog, made anew; else to where the form was opened, or to `address`."""
    if request.htmx and request.htmx.target == "dialog-body":
        return HttpResponseClientRefresh()
    return lead_to(request, way_back(request, address))


def without(request: HttpRequest, *names: str) -> str:
    """The query string with `?` but without these parameters and without the page number."""
    query = request.GET.copy()
    for name in (*names, "page"):
        query.pop(name, None)
    return f"?{query.urlencode()}" if query else "?"


def ledger_address(**conditions: Any) -> str:
    """The ledger under these conditions; a list gives its parameter several times."""
    return f"{reverse('tasks:ledger')}?{urlencode(conditions, doseq=True)}"
