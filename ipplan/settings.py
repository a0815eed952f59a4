"""The one settings module. Everything that differs between sites comes from the environment.

docs/deploy.md lists the variables. A value that cannot be read stops the start (see `env`).
"""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from ipplan import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("IPPLAN_VAR", str(BASE_DIR / "var")))

DEBUG = env.flag("IPPLAN_DEBUG", default=False)
SECRET_KEY = env.secret("IPPLAN_SECRET_KEY", file=VAR_DIR / "secret-key")
ALLOWED_HOSTS = env.names("IPPLAN_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
# The demo world (accounts with a published password) exists only where this says so: `./dev run`.
DEMO = env.flag("IPPLAN_DEMO", default=False)
# Plain http is for the machine's own browser; anything else comes through a proxy that speaks TLS.
HTTPS = env.flag("IPPLAN_HTTPS", default=not (DEBUG or DEMO))
if "*" in ALLOWED_HOSTS and not DEBUG:
    raise ImproperlyConfigured("IPPLAN_HOSTS=* is for debugging only; name the hosts")

INSTALLED_APPS = [
    "agencies.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "axes",
    "agencies",
    "tasks",
    "importers",
    "exporters",
]

MIDDLEWARE = [
    "ipplan.logs.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tasks.middleware.SignedOut",
    "agencies.sessions.EndOfSessions",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "tasks.middleware.OwnPasswordFirst",
    "tasks.middleware.PrivatePages",
    "tasks.middleware.WrongMethodPage",
    "tasks.middleware.ConflictPage",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "ipplan.urls"
WSGI_APPLICATION = "ipplan.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                "tasks.jinja.Loader",
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                ),
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tasks.context.site",
            ],
            "builtins": ["tasks.templatetags.ui"],
        },
    },
]

# --- database -------------------------------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'ipplan.sqlite3'}")}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: a read-then-write transaction waits for its turn instead of failing "locked".
    # FULL: an acknowledged change survives a power cut (NORMAL loses the last ones in WAL mode).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
# Kept between requests: to open SQLite's file anew costs twice what a constant page does.
DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- the API --------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tasks.api.entry.Session"],
    "DEFAULT_PERMISSION_CLASSES": ["tasks.api.entry.SignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    # It would answer OPTIONS with the fields' descriptions; this says what they are: docs/api.md.
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "tasks.api.views.refused",
}

# --- accounts -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "agencies.User"
AUTHENTICATION_BACKENDS = ["agencies.backends.Lock", "agencies.backends.Accounts"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "agencies.password_rules.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "agencies.password_rules.NotOnesOwnName"},
    {"NAME": "agencies.password_rules.NotCommon"},
    {"NAME": "agencies.password_rules.NotNumeric"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "tasks:home"
LOGOUT_REDIRECT_URL = "login"
# A session ends when nobody has been there for so long, and a day after signing in (agencies.sessions).
SESSION_ENGINE = "agencies.sessions"
SESSION_COOKIE_AGE = env.number("IPPLAN_IDLE_MINUTES", default=30, at_least=5) * 60
LONGEST_SESSION = env.number("IPPLAN_SESSION_HOURS", default=12, at_least=1) * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
# The sign-in page promises this: five wrong passwords lock the account for fifteen minutes.
AXES_HANDLER = "agencies.throttle.Failures"
AXES_USERNAME_CALLABLE = "agencies.throttle.account_key"
AXES_CLIENT_IP_CALLABLE = "agencies.throttle.client_address"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["username"]
# Trying again at a locked door does not keep it locked for longer: nobody can shut an account for good.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "tasks.views.accounts.locked_out"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
# W006 wants the address in the lock: a whole ministry shares one, and five slips there would lock out all.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
# So an address has a limit of its own, for whoever tries one password at every account.
FAILURES_OF_AN_ADDRESS = 100
# How many proxies of ours stand before the product, each of which adds to X-Forwarded-For.
PROXIES = env.number("IPPLAN_PROXIES", default=1 if HTTPS else 0)

# --- e-mail ---------------------------------------------------------------------------------------

# Without a mail server nobody is offered a link for a new password; the demo's letters go to the console.
_MAIL = env.mail("IPPLAN_EMAIL_URL", default="consolemail://" if DEBUG or DEMO else "")
RESETS_BY_EMAIL = SENDS_MAIL = bool(_MAIL)
globals().update(_MAIL)
# Links in letters lead here; a production site never takes this from what a request says of itself.
SITE_ADDRESS = env.address("IPPLAN_ADDRESS", required=RESETS_BY_EMAIL and not (DEBUG or DEMO))
DEFAULT_FROM_EMAIL = env.text("IPPLAN_EMAIL_FROM", f"ipplan@{ALLOWED_HOSTS[0]}")
PASSWORD_RESET_TIMEOUT = 60 * 60
RESETS_AN_HOUR = {"email": 3, "address": 30}

# --- language, time, files ------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# What agencies attach. Nothing serves this folder: files go out through the permission check alone.
MEDIA_ROOT = VAR_DIR / "media"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- security -------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "tasks.views.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = env.names("IPPLAN_ORIGINS", default=[])
if HTTPS:
    SECURE_SSL_REDIRECT = env.flag("IPPLAN_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.number("IPPLAN_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "ipplan.logs.Line"}},
    "filters": {"refusals": {"()": "ipplan.logs.RefusalsInOneLine"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["refusals"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "ipplan": {"level": "INFO"},
        # agencies.throttle says it in one line.
        "axes": {"level": "ERROR"},
    },
}

# --- the product ----------------------------------------------------------------------------------

# A task turns yellow this many days before it is due (tasks.models.task, Light).
DUE_SOON_DAYS = env.number("IPPLAN_DUE_SOON_DAYS", default=30, at_least=1)
# ... and where its lead owes a report, this many days before that is due.
REPORT_SOON_DAYS = env.number("IPPLAN_REPORT_SOON_DAYS", default=7, at_least=1)
# Where jieba keeps its dictionary between starts: a folder of our own, for it believes what it finds there.
JIEBA_DIR = VAR_DIR / "jieba"
