"""Answers that every page shares."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers

from tasks.views import errors


class PrivatePages:
    """What a signed-in person saw stays out of shared and back-button caches: no-store on every page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class SignedOut:
    """401 for a fragment that somebody asks for after the session ended: the sign-in page is no fragment."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        asks_to_sign_in = response.status_code == 302 and response.headers["Location"].startswith(
            resolve_url(settings.LOGIN_URL)
        )
        return HttpResponse(status=401) if request.htmx and asks_to_sign_in else response


class WrongMethodPage:
    """A page for a method that an address does not know: Django's own answer to it is empty."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.content:
            return response
        page = errors.wrong_method(request)
        page.headers["Allow"] = response.headers["Allow"]
        return page
