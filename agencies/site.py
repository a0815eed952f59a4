"""The administrator's site: Django's admin behind our own door, for the role alone."""

from functools import update_wrapper

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse


class AdministrationSite(AdminSite):
    site_header = "任务跟踪平台 · 账号管理"
    site_title = "账号管理"
    index_title = "账号与单位"
    enable_nav_sidebar = False

    def admin_view(self, view, cacheable=False):
        """Somebody else's page is a 403: asking for another account would be no answer to one who is in."""
        inner = super().admin_view(view, cacheable)

        def for_the_role(request, *args, **kwargs):
            if not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return update_wrapper(for_the_role, inner)

    @login_not_required
    def login(self, request, extra_context=None):
        """There is one form that takes a password, and this is not it."""
        back = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        return redirect_to_login(back)

    def password_change(self, request, extra_context=None):
        return redirect("password")

    def password_change_done(self, request, extra_context=None):
        return redirect("password")
