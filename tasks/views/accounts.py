"""Signing in, one's own password, a new one by e-mail, and the theme a person chooses."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, PasswordResetConfirmView, PasswordResetView
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies import throttle
from agencies.forms import ChosenPasswordForm, OwnPasswordForm, ResetLinkForm, SignInForm
from tasks.context import THEMES
from tasks.models import Chapter, Plan
from tasks.models.plan import chinese_number
from tasks.views.shared import way_back

_YEAR = 31_536_000
_REMEMBERED = "account"


# --- the door -----------------------------------------------------------------------------------------


@method_decorator(login_not_required, name="dispatch")
class SignIn(LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_initial(self):
        name = unquote(self.request.COOKIES.get(_REMEMBERED, ""))
        return {"username": name, "remember": bool(name)}

    def form_valid(self, form):
        response = super().form_valid(form)
        if form.cleaned_data["remember"]:
            _keep(self.request, response, _REMEMBERED, quote(form.get_user().username))
        else:
            response.delete_cookie(_REMEMBERED)
        return response

    def get_context_data(self, **kwargs):
        ended = "ended" in self.request.GET
        return super().get_context_data(**kwargs) | _art() | {"ended": ended}


def _art() -> dict[str, Any]:
    """The newest plan as dots, one a task: decoration that says nothing of how the tasks stand. 2 queries."""
    newest = Plan.objects.first()
    # Said aloud: a query that groups takes no order from the model.
    chapters = Chapter.objects.filter(plan=newest).annotate(tasks=Count("sections__tasks")).order_by("number")
    dots = [{"number": chinese_number(chapter.number), "dots": range(chapter.tasks)} for chapter in chapters]
    return {
        "newest": newest,
        "art": dots,
        "tasks": sum(len(chapter["dots"]) for chapter in dots),
        "resets_by_email": settings.RESETS_BY_EMAIL,
    }


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials=None) -> HttpResponse:
    """The same page once more: it says the same of a locked account as of a wrong password."""
    if request.user.is_authenticated:  # the page on which one changes one's own
        response.status_code = 429
        return response
    form = SignInForm(request)
    return render(request, "accounts/login.html", {"form": form, "locked": True} | _art(), status=429)


@require_safe
def presence(request: HttpRequest) -> HttpResponse:
    """Says nothing; that it was asked for keeps the session alive (agencies.sessions)."""
    return HttpResponse(status=204)


# --- one's own password -------------------------------------------------------------------------------


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change it, knowing the present one. Every other session of the account ends with it."""
    form = OwnPasswordForm(request, request.POST or None)
    # Before the form is asked: it sets the new password on this very person.
    forced = request.user.one_time_until is not None
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        throttle.forget_failures(form.user)
        throttle.log.info("password changed: account=%r", form.user.username)
        messages.success(request, "密码已修改，其他设备上的登录已退出。")
        return redirect(way_back(request, "/"))
    facts = {"form": form, "forced": forced, "back": way_back(request, "/")}
    return render(request, "accounts/password.html", facts)


# --- a new one by e-mail ------------------------------------------------------------------------------


def _where_offered(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def offered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.RESETS_BY_EMAIL:
            raise Http404
        return view(request, *args, **kwargs)

    return offered


@method_decorator(_where_offered, name="dispatch")
class ResetLink(PasswordResetView):
    template_name = "accounts/reset.html"
    form_class = ResetLinkForm
    email_template_name = "accounts/reset_letter.txt"
    subject_template_name = "accounts/reset_subject.txt"
    success_url = reverse_lazy("reset-sent")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"request": self.request}

    def form_valid(self, form):
        site = urlsplit(settings.SITE_ADDRESS or self.request.build_absolute_uri("/"))
        form.save(
            domain_override=site.netloc,
            use_https=site.scheme == "https",
            email_template_name=self.email_template_name,
            subject_template_name=self.subject_template_name,
        )
        return redirect(self.get_success_url())


@login_not_required
@_where_offered
@require_safe
def reset_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/reset_sent.html")


@method_decorator(_where_offered, name="dispatch")
class ChosenPassword(PasswordResetConfirmView):
    """Where the letter's link leads: once, and for an hour."""

    template_name = "accounts/reset_confirm.html"
    form_class = ChosenPasswordForm
    success_url = reverse_lazy("login")

    def get_user(self, uidb64):
        account = super().get_user(uidb64)
        return account if account and account.is_active else None

    def form_valid(self, form):
        response = super().form_valid(form)
        throttle.forget_failures(self.user)
        throttle.log.info("password chosen by a link: account=%r", self.user.username)
        messages.success(self.request, "新密码已设置，请用新密码登录。")
        return response


# --- the theme ----------------------------------------------------------------------------------------


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie for a year and go back to the page."""
    response = redirect(way_back(request, "/"))
    if request.POST.get("theme") in THEMES:
        _keep(request, response, "theme", request.POST["theme"])
    return response


def _keep(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
