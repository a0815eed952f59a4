from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from tasks.views import accounts

urlpatterns = [
    path("plans/import/", include("importers.urls")),
    path("", include("tasks.urls")),
    path("exports/", include("exporters.urls")),
    path("accounts/login/", accounts.SignIn.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/theme/", accounts.theme, name="theme"),
    path("admin/", admin.site.urls),
]

handler400 = "tasks.views.errors.bad_request"
handler403 = "tasks.views.errors.forbidden"
handler404 = "tasks.views.errors.not_found"
handler500 = "tasks.views.errors.server_error"
