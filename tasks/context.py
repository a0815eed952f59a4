"""What every page's frame needs to know of the site and of the person before it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from tasks import permissions
from tasks.models import Status

THEMES = ("auto", "light", "dark")


def site(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    theme = request.COOKIES.get("theme", "auto")
    return {
        "demo": settings.DEMO,
        "statuses": Status.choices,
        "theme": theme if theme in THEMES else "auto",
        "can_import_plans": bool(user and user.is_authenticated and permissions.can_import_plans(user)),
        "can_set_status": bool(user and user.is_authenticated and permissions.can_set_status(user)),
    }
