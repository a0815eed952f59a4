"""What the search field offers while somebody types."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tasks import search
from tasks.models import Task

_LONGEST = 100


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """A list of options for `q`, out of tasks that the person may see. At most 4 queries of its own."""
    words = request.GET.get("q", "")[:_LONGEST]
    offered = search.suggest(Task.objects.visible_to(request.user), words)
    return render(request, "search/_suggestions.html", {"suggestions": offered})
