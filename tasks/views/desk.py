"""工作台: what an agency's contact has before them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from agencies.models import Role


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """The desk of the person's own agency; whoever belongs to none is led to the front door."""
    if request.user.role != Role.AGENCY:
        return redirect("tasks:home")
    return render(request, "desk/page.html", {"nav": "desk", "agency": request.user.agency})
