"""Signing in, what a locked account is told, and the theme a person chooses."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from agencies.forms import SignInForm
from tasks.context import THEMES
from tasks.models import Chapter, Plan
from tasks.models.plan import chinese_number
from tasks.views.shared import way_back


@method_decorator(login_not_required, name="dispatch")
class SignIn(LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | _art()


def _art() -> dict[str, Any]:
    """The newest plan as dots, one a task: decoration that says nothing of how the tasks stand. 2 queries."""
    newest = Plan.objects.first()
    # Said aloud: a query that groups takes no order from the model.
    chapters = Chapter.objects.filter(plan=newest).annotate(tasks=Count("sections__tasks")).order_by("number")
    dots = [{"number": chinese_number(chapter.number), "dots": range(chapter.tasks)} for chapter in chapters]
    return {"newest": newest, "art": dots}


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials=None) -> HttpResponse:
    """The sign-in page once more: it says the same of a locked account as of a wrong password."""
    form = SignInForm(request)
    return render(request, "accounts/login.html", {"form": form, "locked": True} | _art(), status=429)


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie for a year and go back to the page."""
    response = redirect(way_back(request, "/"))
    if request.POST.get("theme") in THEMES:
        response.set_cookie(
            "theme",
            request.POST["theme"],
            max_age=31_536_000,
            samesite="Lax",
            httponly=True,
            secure=request.is_secure(),
        )
    return response
