"""What the log says, and at what length: every line names its request, and none tells a secret."""

import logging
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

_NONE = "-"
_current: ContextVar[str] = ContextVar("request_id", default=_NONE)
_PLAUSIBLE = re.compile(r"[0-9A-Za-z-]{8,36}")
# The way to a new password, for whoever can read it.
_RESET_LINK = re.compile(r"(/accounts/reset/)[^/\s]+/[^/\s]+")


class RequestId:
    """A number for each request: in its answer's header, on its error page, in its lines of the log.

    A proxy's own X-Request-ID is kept, so that its log and ours speak of the same request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if _PLAUSIBLE.fullmatch(given) else secrets.token_hex(5)
        token = _current.set(request.request_id)
        try:
            response = self.get_response(request)
        finally:
            _current.reset(token)
        response.headers["X-Request-ID"] = request.request_id
        return response


class Line(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} [{request_id}] {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        # What Django says of an answer, it says when the request has left every middleware.
        request = getattr(record, "request", None)
        record.request_id = getattr(request, "request_id", None) or _current.get()
        return _RESET_LINK.sub(r"\1…/…", super().format(record))


class RefusalsInOneLine(logging.Filter):
    """A page that somebody may not open is no fault: one line says which, without a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
            record.exc_info = record.exc_text = None
        return True
