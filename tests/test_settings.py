"""Settings come from the environment, and a value that cannot be read stops the start."""

import os
import stat
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from ipplan import env

SAID = {"IPPLAN_SECRET_KEY": "x" * 60, "IPPLAN_HOSTS": "ipplan.example"}


# --- readers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [(v, True) for v in ("1", "true", "YES", " on ")]
    + [(v, False) for v in ("0", "false", "No", "off")]
    + [("", None), (None, None)],
)
def test_flag(value, expected, monkeypatch):
    if value is not None:
        monkeypatch.setenv("SAID", value)
    for default in (True, False):
        assert env.flag("SAID", default=default) is (default if expected is None else expected)


@pytest.mark.parametrize("value", ["ture", "2", "ja", "null", "-1"])
def test_flag_that_is_none(value, monkeypatch):
    monkeypatch.setenv("SAID", value)
    with pytest.raises(ImproperlyConfigured, match=f"SAID='{value}' is neither yes"):
        env.flag("SAID", default=False)


@pytest.mark.parametrize(("value", "expected"), [("7", 7), (" 30 ", 30), ("", 5), ("1", 1)])
def test_number(value, expected, monkeypatch):
    monkeypatch.setenv("SAID", value)
    assert env.number("SAID", default=5, at_least=1) == expected


@pytest.mark.parametrize("value", ["0", "-3", "3.5", "viel", "1e3", "²", "0x10"])
def test_number_that_is_none(value, monkeypatch):
    monkeypatch.setenv("SAID", value)
    with pytest.raises(ImproperlyConfigured, match="SAID"):
        env.number("SAID", default=5, at_least=1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a.example", ["a.example"]), (" a , b,, ", ["a", "b"]), ("", []), (None, ["default"])],
)
def test_names(value, expected, monkeypatch):
    if value is not None:
        monkeypatch.setenv("SAID", value)
    assert env.names("SAID", default=["default"]) == expected


def test_text_is_required_where_there_is_no_default(monkeypatch):
    for value in (None, ""):
        if value is not None:
            monkeypatch.setenv("SAID", value)
        with pytest.raises(ImproperlyConfigured, match="SAID must be set"):
            env.text("SAID")
    assert env.text("SAID_NOT", "default") == "default"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "sqlite:////srv/ipplan.sqlite3",
            {"ENGINE": "django.db.backends.sqlite3", "NAME": "/srv/ipplan.sqlite3"},
        ),
        (
            "postgres://me:s%23cret@db:5433/plans",
            {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": "plans",
                "USER": "me",
                "PASSWORD": "s#cret",
                "HOST": "db",
                "PORT": 5433,
            },
        ),
    ],
)
def test_database(url, expected, monkeypatch):
    monkeypatch.setenv("SAID", url)
    found = env.database("SAID", default="")
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize("url", ["mysql://a/b", "oracle://a/b", "nonsense", "postgres//a/b", "http://a/b"])
@pytest.mark.filterwarnings("ignore:Engine not recognized")
def test_database_that_is_none(url, monkeypatch):
    monkeypatch.setenv("SAID", url)
    with pytest.raises(ImproperlyConfigured, match="SAID"):
        env.database("SAID", default="")


def test_secret_is_made_once_and_kept_for_its_owner(tmp_path):
    file = tmp_path / "var" / "secret-key"
    first = env.secret("SAID", file=file)
    assert (len(first) > 80, env.secret("SAID", file=file) == first) == (True, True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert env.secret("SAID", file=tmp_path / "other") != first


def test_secret_that_is_none(tmp_path, monkeypatch):
    (tmp_path / "short").write_text("kurz\n")
    (tmp_path / "file").write_text("")
    for file, words in (
        (tmp_path / "short", "holds no usable secret"),
        (tmp_path / "file" / "key", "cannot be used"),
    ):
        with pytest.raises(ImproperlyConfigured, match=words):
            env.secret("SAID", file=file)
    monkeypatch.setenv("SAID", "from outside")
    assert env.secret("SAID", file=tmp_path / "short") == "from outside"


# --- the settings as a whole -------------------------------------------------------------------------


def _environment(tmp_path, **said: str) -> dict[str, str]:
    """What a fresh site would have: none of the settings of these tests or of whoever runs them."""
    own = ("IPPLAN_", "DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return kept | {"IPPLAN_VAR": str(tmp_path)} | said


def _start(tmp_path, expression: str = "''", **said: str) -> subprocess.CompletedProcess:
    """A Python of its own that reads the settings under these variables and prints the expression."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", f"from ipplan import settings as s; print({expression})"],
        env=_environment(tmp_path, **said),
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"IPPLAN_HOSTS": "*"}, "IPPLAN_HOSTS=* is for debugging only"),
        ({"IPPLAN_DEBUG": "ture"}, "IPPLAN_DEBUG='ture'"),
        ({"IPPLAN_DUE_SOON_DAYS": "0"}, "IPPLAN_DUE_SOON_DAYS='0'"),
        ({"DATABASE_URL": "mysql://a/b"}, "DATABASE_URL must begin with"),
    ],
)
def test_bad_value_stops_the_start(said, words, tmp_path):
    stopped = _start(tmp_path, **said)
    assert (stopped.returncode, stopped.stdout) == (1, "")
    assert words in stopped.stderr.splitlines()[-1]


def test_production_is_the_default(tmp_path):
    wanted = "s.DEBUG, s.DEMO, s.HTTPS, s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE"
    started = _start(tmp_path, wanted, **SAID)
    assert (started.stdout.strip(), started.stderr) == ("False False True True True True", "")


def test_demo_speaks_plain_http_to_its_own_machine(tmp_path):
    started = _start(
        tmp_path, "s.DEMO, s.HTTPS, s.ALLOWED_HOSTS, hasattr(s, 'SECURE_HSTS_SECONDS')", IPPLAN_DEMO="1"
    )
    assert started.stdout.strip() == "True False ['127.0.0.1', 'localhost', '[::1]'] False"


def test_the_sites_own_secret_is_not_in_the_repository(tmp_path):
    first, second = (_start(tmp_path / name, "s.SECRET_KEY").stdout.strip() for name in ("a", "b"))
    assert (len(first) > 80, first != second) == (True, True)


def test_deployment_check_is_clean(tmp_path):
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=_environment(tmp_path, **SAID | {"IPPLAN_SECRET_KEY": "".join(map(chr, range(33, 120)))}),
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


# --- the databases -----------------------------------------------------------------------------------


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's own promises")
def test_sqlite_keeps_what_it_acknowledged(db):
    """WAL, FULL: an acknowledged change survives a power cut. IMMEDIATE: transactions wait for their turn."""

    def pragma(name: str):
        with connection.cursor() as cursor:
            return cursor.execute(f"PRAGMA {name}").fetchone()[0]

    assert [pragma(name) for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")] == [
        "wal",
        2,
        1,
        20_000,
    ]
    assert connection.transaction_mode == "IMMEDIATE"


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="PostgreSQL's version")
def test_postgresql_is_one_that_is_supported(db):
    assert connection.pg_version >= 150_000


# --- e-mail ------------------------------------------------------------------------------------------


def test_mail_server(monkeypatch):
    assert env.mail("SAID", default="") == {}
    monkeypatch.setenv("SAID", "smtp+tls://post:gehe%40im@mail.example:587")
    told = env.mail("SAID", default="")
    assert (told["EMAIL_HOST"], told["EMAIL_PORT"], told["EMAIL_USE_TLS"]) == ("mail.example", 587, True)
    assert (told["EMAIL_HOST_USER"], told["EMAIL_HOST_PASSWORD"]) == ("post", "gehe@im")
    assert told["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"


@pytest.mark.parametrize("url", ["mail.example", "http://geheim@mail.example", "smtp://mail.example:geheim"])
def test_mail_server_that_is_none(url, monkeypatch):
    monkeypatch.setenv("SAID", url)
    with pytest.raises(ImproperlyConfigured) as refused:
        env.mail("SAID", default="")
    assert str(refused.value) == "SAID is no mail server's URL"


@pytest.mark.parametrize("said", ["https://ipplan.example", "http://10.0.0.1:8000/"])
def test_address(said, monkeypatch):
    monkeypatch.setenv("SAID", said)
    assert env.address("SAID", required=True) == said.rstrip("/")
    assert env.address("SAID_NOT", required=False) == ""


@pytest.mark.parametrize(
    "said", ["ipplan.example", "ftp://x", "https://x/path", "https://x?y", "https://", ""]
)
def test_address_that_is_none(said, monkeypatch):
    monkeypatch.setenv("SAID", said)
    with pytest.raises(ImproperlyConfigured, match="SAID must be the site's address"):
        env.address("SAID", required=True)
