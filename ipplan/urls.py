from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from exporters import filling
from exporters.views import download
from importers.sheets import views as sheets
from tasks.views import accounts, gallery

urlpatterns = [
    path("", include("importers.urls")),
    # What could not be taken in goes out again: here the rooms meet, which do not know of each other.
    path(
        "imports/sheets/<int:pk>/corrections.xlsx",
        sheets.corrections,
        {"write": filling.corrections, "download": download},
        name="sheet-corrections",
    ),
    path("", include("tasks.urls")),
    path("exports/", include("exporters.urls")),
    path("api/v1/", include("tasks.api.urls")),
    path("accounts/login/", accounts.SignIn.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/password/", accounts.password, name="password"),
    path("accounts/reset/", accounts.ResetLink.as_view(), name="reset"),
    path("accounts/reset/sent/", accounts.reset_sent, name="reset-sent"),
    path("accounts/reset/<uidb64>/<token>/", accounts.ChosenPassword.as_view(), name="reset-confirm"),
    path("accounts/presence/", accounts.presence, name="presence"),
    path("accounts/theme/", accounts.theme, name="theme"),
    path("admin/", admin.site.urls),
]
if settings.DEBUG:
    urlpatterns.append(path("components/", gallery.components, name="components"))

handler400 = "tasks.views.errors.bad_request"
handler403 = "tasks.views.errors.forbidden"
handler404 = "tasks.views.errors.not_found"
handler500 = "tasks.views.errors.server_error"
