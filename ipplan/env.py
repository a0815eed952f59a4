"""Readers of environment variables that refuse a bad value instead of guessing.

`IPPLAN_DEBUG=ture` must stop the start, not run production with the default: every reader either
returns a value of its type or raises `ImproperlyConfigured` with the variable's name.
"""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """The variable as text; required where there is no default."""
    value = os.environ.get(name, default)
    if value is None or value == "":
        raise ImproperlyConfigured(f"{name} must be set")
    return value


def secret(name: str, *, file: Path) -> str:
    """The variable, else the site's own random secret, made once and kept in `file` for its owner only."""
    if os.environ.get(name):
        return os.environ[name]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new_only = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with suppress(FileExistsError), open(os.open(file, new_only, 0o600), "w") as fresh:
            fresh.write(secrets.token_urlsafe(64))
        kept = file.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name} is not set and {file} cannot be used: {error}") from error
    if len(kept) < 50:
        raise ImproperlyConfigured(f"{file} holds no usable secret; delete it or set {name}")
    return kept


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value == "":
        return default
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither yes (1) nor no (0)")


def number(name: str, *, default: int, at_least: int = 0) -> int:
    value = os.environ.get(name, "").strip()
    if value == "":
        return default
    if not value.isdecimal() or int(value) < at_least:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number of {at_least} or more")
    return int(value)


def names(name: str, *, default: list[str]) -> list[str]:
    """A comma-separated list, blanks dropped."""
    value = os.environ.get(name)
    if value is None:
        return default
    return [part.strip() for part in value.split(",") if part.strip()]


def mail(name: str, *, default: str) -> dict[str, Any]:
    """A mail server's URL (smtp+tls://name:password@host:587) as Django's settings; none without a URL."""
    url = os.environ.get(name) or default
    if not url:
        return {}
    try:
        settings: dict[str, Any] = environ.Env.email_url_config(url)
    except (ValueError, KeyError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"{name} is no mail server's URL") from error
    return {key: value for key, value in settings.items() if key.startswith("EMAIL_")} | {"EMAIL_TIMEOUT": 20}


def address(name: str, *, required: bool) -> str:
    """The site's own address as browsers see it, without a path: https://ipplan.example.cn."""
    value = os.environ.get(name, "").strip().rstrip("/")
    if value == "" and not required:
        return ""
    if not re.fullmatch(r"https?://[\w.-]+(:\d+)?", value):
        raise ImproperlyConfigured(f"{name} must be the site's address, like https://ipplan.example.cn")
    return value


def database(name: str, *, default: str) -> dict[str, Any]:
    """A database URL as Django's settings; SQLite and PostgreSQL only, the two that are tested."""
    url = os.environ.get(name) or default
    try:
        settings: dict[str, Any] = environ.Env.db_url_config(url)
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(f"{name} is no database URL: {error}") from error
    engine = settings.get("ENGINE", "")
    if engine not in ("django.db.backends.sqlite3", "django.db.backends.postgresql"):
        raise ImproperlyConfigured(f"{name} must begin with sqlite:/// or postgres://")
    return settings
