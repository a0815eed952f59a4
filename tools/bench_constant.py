"""The yardstick of `./dev bench`: one constant page from a Django project as `startproject` makes it.

Its middleware is what `startproject` writes, its view returns the same 10 kB of HTML every time, and nothing
on the way asks a database. gunicorn serves it as it serves the product, so that what both have in common
(gunicorn, Django's handler, the machine) falls out of the ratio.
"""

import secrets

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY=secrets.token_urlsafe(50),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    USE_TZ=True,
)

_ROW = "<tr><td>1</td><td>一项任务的文字，每次都相同。</td><td>推进中</td></tr>\n"
PAGE = (
    f"<!doctype html>\n<html lang='zh-CN'>\n<title>常量页</title>\n<table>\n{_ROW * 115}</table>\n</html>\n"
)


def constant(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE)


urlpatterns = [path("", constant)]
application = get_wsgi_application()
