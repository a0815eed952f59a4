"""What every page's frame needs to know of the site and of the person before it."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from tasks import permissions
from tasks.memory import memory
from tasks.models import Plan, Status

THEMES = ("auto", "light", "dark")


def site(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "auto")
    frame: dict[str, Any] = {
        "demo": settings.DEMO,
        "statuses": Status.choices,
        "theme": theme if theme in THEMES else "auto",
    }
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return frame
    return frame | {
        # Lazy: a page that has no frame, a fragment above all, asks the database nothing.
        "site_plans": SimpleLazyObject(lambda: plans(request)),
        "can_import_plans": permissions.can_import_plans(user),
        "can_review": permissions.can_review(user),
        "can_set_status": permissions.can_set_status(user),
        "can_supervise": permissions.can_supervise(user),
    }


@dataclass(frozen=True)
class Plans:
    """The plans in which a person may see something, newest first, and the one the pages speak of."""

    all: tuple[Plan, ...]
    current: Plan | None

    @property
    def ledger(self) -> str:
        """Where links to the ledger lead: to the tasks of the plan that the pages speak of."""
        return reverse("tasks:ledger") + (f"?plan={self.current.pk}" if self.current else "")

    @property
    def offered(self) -> tuple[Plan, ...]:
        """What a menu holds: a generation of plans, and the current one where it is older still."""
        newest = self.all[:_OFFERED]
        return newest if self.current is None or self.current in newest else (*newest, self.current)


_OFFERED = 30
# What no menu shows.
_LONG = ("addressees", "preamble", "closing_rule")
_CHOSEN = "plan"


def plans(request: HttpRequest) -> Plans:
    """The plan that `?plan=` names, else the one named last in this session, else the newest. 1 query.

    A key that is no visible plan's is passed over here; a page that is about one plan asks `named_plan`.
    """
    if not hasattr(request, "_plans"):
        request._plans = _plans(request)
    return request._plans


def named_plan(request: HttpRequest) -> Plan | None:
    """The plan a page is about; 404 where `?plan=` names none that the person may see, None without plans."""
    known = plans(request)
    if "plan" in request.GET and (known.current is None or request.GET["plan"] != str(known.current.pk)):
        raise Http404
    return known.current


def choose(request: HttpRequest, plan: Plan) -> None:
    """Let the pages speak of this plan from now on: its own page or one of its tasks was opened."""
    if request.session.get(_CHOSEN) != plan.pk:
        request.session[_CHOSEN] = plan.pk


def _plans(request: HttpRequest) -> Plans:
    visible = Plan.objects.visible_to(request.user).defer(*_LONG)
    all_ = memory(request).keep(("plans", request.user.sight), lambda: tuple(visible))
    known = {str(plan.pk): plan for plan in all_}
    named = known.get(_asked(request))
    if named:
        choose(request, named)
    kept = known.get(str(request.session.get(_CHOSEN)))
    return Plans(all_, kept or next(iter(all_), None))


def _asked(request: HttpRequest) -> str:
    try:
        return request.GET.get("plan", "")
    except SuspiciousOperation:  # an address that is refused: the frame of that very answer asks again
        return ""
