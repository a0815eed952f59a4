"""Sessions that end: soon after their person has gone, and at the latest after a working day.

The database forgets a session `SESSION_COOKIE_AGE` seconds after it was last written. So whoever asks for
something keeps theirs alive by having it written again, once in two minutes at the most: a page costs no
more.
"""

import time
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.http import HttpRequest

# Inside a session: when it was written last, and when its person signed in; in seconds since 1970.
WRITTEN, BEGAN = "written", "began"
# Each writing also makes all that lists remember out of date (tasks.memory).
AGAIN_AFTER = 120
# What a page may count on: a sign that comes so soon after another is not written down.
SURE_FOR = settings.SESSION_COOKIE_AGE - AGAIN_AFTER


class SessionStore(db.SessionStore):
    def create_model_instance(self, data: dict[str, Any]) -> Session:
        data[WRITTEN] = int(time.time())
        if SESSION_KEY in data:
            data.setdefault(BEGAN, data[WRITTEN])
        return super().create_model_instance(data)


class EndOfSessions:
    """After the session's own middleware and whoever knows the user, before whoever asks for one.

    What a page asks for by itself (`is_background`, see tasks.views.shared) is no sign of a person.
    """

    def __init__(self, get_response: Any):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        began = request.session.get(BEGAN)
        if began is None:
            return
        now = time.time()
        if now - began > settings.LONGEST_SESSION:
            logout(request)
        elif now - request.session[WRITTEN] > AGAIN_AFTER and not getattr(view, "is_background", False):
            request.session.modified = True
