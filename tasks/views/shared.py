"""What several pages need: where to go back to, and links that keep the query string."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def way_back(request: HttpRequest, default: str) -> str:
    """The page the person came from, as `next` says it; never an address outside the site."""
    back = request.POST.get("next") or request.GET.get("next") or ""
    # A word without a slash passes for an address here, and `redirect` would take it for a view's name.
    ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, {request.get_host()})
    return back if ours else default


def without(request: HttpRequest, *names: str) -> str:
    """The query string with `?` but without these parameters and without the page number."""
    query = request.GET.copy()
    for name in (*names, "page"):
        query.pop(name, None)
    return f"?{query.urlencode()}" if query else "?"
