"""The product's settings, made quick: plain static files, a cheap hasher. DATABASE_URL picks the database."""

from ipplan.settings import *  # noqa: F403

SECRET_KEY = "tests"
HTTPS = False
SECURE_SSL_REDIRECT = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
# Look for static files when they are asked for: collectstatic has not run, and WhiteNoise would warn of it.
WHITENOISE_AUTOREFRESH = True
