"""Answers that every page shares."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect

from tasks import workflow
from tasks.views import errors

Answer = Callable[[HttpRequest], HttpResponse]


class PrivatePages:
    """What a signed-in person saw stays out of shared and back-button caches: no-store on every page."""

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class SignedOut:
    """What follows when a session has ended: the door says so (`?ended=1`) to whoever still brings its key.

    A fragment is answered by 401: the sign-in page is none.
    """

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        door = resolve_url(settings.LOGIN_URL)
        if response.status_code != 302 or not response.headers["Location"].startswith(f"{door}?"):
            return response
        if request.htmx:
            return HttpResponse(status=401)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers["Location"] += "&ended=1"
        return response


class OwnPasswordFirst:
    """Whoever came in with a one-time password chooses their own before anything else is shown or done."""

    STILL_OPEN = ("password", "logout", "theme")

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        is_open = not getattr(view, "login_required", True) or (
            request.resolver_match.view_name in self.STILL_OPEN
        )
        if is_open or not request.user.is_authenticated or request.user.one_time_until is None:
            return None
        if request.htmx:
            return HttpResponseClientRedirect(reverse("password"))
        back = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
        return redirect(f"{reverse('password')}?{back}".rstrip("?"))


class WrongMethodPage:
    """A page for a method that an address does not know: Django's own answer to it is empty."""

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.content:
            return response
        page = errors.wrong_method(request)
        page.headers["Allow"] = response.headers["Allow"]
        return page


class ConflictPage:
    """A change that came too late, wherever the view has no page of its own that shows both values."""

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return errors.conflict(request) if isinstance(exception, workflow.EditConflict) else None
