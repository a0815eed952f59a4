"""单位: the agencies that plans name, and each one's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from agencies.models import Agency


@require_safe
def agencies(request: HttpRequest) -> HttpResponse:
    """Who sees all tasks sees all agencies; an agency's people are led to their own."""
    if not request.user.sees_everything:
        return redirect("tasks:agency", request.user.agency_id)
    return render(request, "agencies/page.html", {"nav": "agencies", "agencies": Agency.objects.registered()})


@require_safe
def agency(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Agency.objects.visible_to(request.user), pk=pk)
    return render(request, "agencies/agency.html", {"nav": "agencies", "agency": found})
