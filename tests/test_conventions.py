"""Promises about the code itself. Each guard is shown to bite: a breach in a few lines must be found."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tasks.models import Light, Status
from tasks.templatetags.ui import ICONS, LIGHTS

ROOT = Path(settings.BASE_DIR)
ROOMS = ("agencies", "tasks", "importers", "exporters")
TEMPLATES = sorted(path for kind in ("*.html", "*.jinja") for path in (ROOT / "templates").rglob(kind))


def _python(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def _source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- every address needs an account ------------------------------------------------------------------

OPEN = {
    "accounts/login/",
    "accounts/reset/",
    "accounts/reset/<uidb64>/<token>/",
    "accounts/reset/sent/",
    "accounts/theme/",
    "healthz",
}


# The framework's views pass the middleware that leads to the sign-in page, and ask themselves.
API = "api/v1/"


def _views(patterns=None, prefix: str = "") -> Iterator[tuple[str, object]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            yield address, pattern.callback


def _open_to_all(views) -> set[str]:
    return {address for address, view in views if not getattr(view, "login_required", True)}


def test_every_address_needs_an_account_unless_listed():
    assert _open_to_all(view for view in _views() if not view[0].startswith(("admin/", API))) == OPEN
    assert "django.contrib.auth.middleware.LoginRequiredMiddleware" in settings.MIDDLEWARE


def test_the_guard_on_accounts_bites():
    def forgotten(request): ...

    forgotten.login_required = False
    assert _open_to_all([("secret/", forgotten), ("safe/", lambda request: None)]) == {"secret/"}


def test_an_address_that_is_not_listed_asks_for_the_account(db):
    addresses = [re.sub(r"<int:\w+>", "1", address) for address, _ in _views() if address not in OPEN]
    answers = {
        address: Client().get(f"/{address}").status_code for address in addresses if "<" not in address
    }
    wrong = {
        address: code
        for address, code in answers.items()
        if code != (401 if address.startswith(API) else 302)
    }
    assert wrong == {}


# --- tasks are reached through visible_to ------------------------------------------------------------


def _unscoped(source: str) -> list[str]:
    """Calls like Task.objects.filter(…) that do not start with visible_to."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr != "visible_to"
        and isinstance(node.value, ast.Attribute)
        and ast.unparse(node.value) in ("Task.objects", "models.Task.objects", "Task._default_manager")
    ] + [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("get_object_or_404")
        and ast.unparse(node.args[0]) == "Task"
    ]


PAGES = _python("tasks/views", "tasks/filters", "tasks/api", "exporters")


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_pages_and_exports_start_from_the_visible_tasks(path):
    assert _unscoped(_source(path)) == []


@pytest.mark.parametrize(
    "breach",
    [
        "Task.objects.all()",
        "Task.objects.filter(pk=1)",
        "models.Task.objects.order_by('number')",
        "get_object_or_404(Task, pk=pk)",
        "shortcuts.get_object_or_404(Task, pk=pk)",
    ],
)
def test_the_guard_on_visible_tasks_bites(breach):
    assert len(_unscoped(f"def view(request, pk):\n    return {breach}\n")) == 1
    assert _unscoped("tasks = Task.objects.visible_to(request.user).filter(pk=1)") == []


# --- templates ---------------------------------------------------------------------------------------

FORBIDDEN = {
    "a script in the page": r"<script(?![^>]*\ssrc=)[^>]*>",
    "a style in the page": r"<style\b|\sstyle\s*=",
    "a handler in the page": r"<[^>]*\son\w+\s*=",
    "code in an attribute of htmx": r"\shx-on|\shx-vars|=\s*[\"']js:|javascript:",
    "a trigger filter, which is eval": r"hx-trigger=\"[^\"]*\[",
    "unescaped text": r"\|\s*safe\b|\|\s*safeseq\b|autoescape\s+(?:off|false)",
    "another host": r"(?:src|href)=[\"'](?:https?:)?//",
}


def _breaches(template: str) -> list[str]:
    return [name for name, pattern in FORBIDDEN.items() if re.search(pattern, template, re.I | re.S)]


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_template_keeps_to_the_security_policy(path):
    assert _breaches(_source(path)) == []


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("<script>alert(1)</script>", "a script in the page"),
        ('<script type="module">x</script>', "a script in the page"),
        ("<p style='color:red'>", "a style in the page"),
        ("<style>p {}</style>", "a style in the page"),
        ('<button class="x" onclick="go()">', "a handler in the page"),
        ('<b hx-on:click="x">', "code in an attribute of htmx"),
        ("<b hx-vals='js:{a: 1}'>", "code in an attribute of htmx"),
        ('<b hx-trigger="click[ctrlKey]">', "a trigger filter, which is eval"),
        ("{{ task.text|safe }}", "unescaped text"),
        ("{% autoescape off %}", "unescaped text"),
        ("{% autoescape false %}", "unescaped text"),
        ('<link href="https://cdn.example/x.css">', "another host"),
        ('<script src="//cdn.example/x.js"></script>', "another host"),
    ],
)
def test_the_guard_on_templates_bites(template, name):
    assert _breaches(template) == [name]
    assert _breaches('<script src="{% static \'js/x.js\' %}" defer></script><b hx-trigger="click">') == []


def _unknown_icons(template: str) -> list[str]:
    named = re.findall(r"{% icon [\"']([^\"']+)[\"']|{{ icon\([\"']([^\"']+)[\"']", template)
    return [name for pair in named for name in pair if name and name not in ICONS]


def test_every_icon_that_is_named_exists():
    assert {_name(path): unknown for path in TEMPLATES if (unknown := _unknown_icons(_source(path)))} == {}
    drawn = {name for path in TEMPLATES for name in re.findall(r"#(?:i|light)-([\w-]+)", _source(path))}
    assert drawn - set(ICONS) - set(LIGHTS) == set()
    assert {f"status-{status}" for status in Status} <= set(ICONS)
    assert {light.value for light in Light} == set(LIGHTS)
    assert _unknown_icons('{% icon "search" %}{% icon "serach" 20 %}') == ["serach"]
    assert _unknown_icons('{{ icon("search") }}{{ icon("serach", 20) }}') == ["serach"]


def _says_its_arguments(component: str) -> bool:
    return re.match(r"{# .+? #}", component) is not None


def test_every_component_begins_with_its_arguments():
    components = [path for path in TEMPLATES if path.parent.name == "components"]
    assert components
    assert [_name(path) for path in components if not _says_its_arguments(_source(path))] == []
    assert not _says_its_arguments("<p>{{ x }}</p>{# Arguments: x. #}")


def test_every_template_and_script_is_used():
    everything = "\n".join(_source(path) for path in [*TEMPLATES, *_python("ipplan", *ROOMS)])
    unused = [
        _name(path) for path in TEMPLATES if f'"{path.relative_to(ROOT / "templates")}"' not in everything
    ]
    assert unused == []
    static = [path for folder in ("js", "css") for path in (ROOT / "static" / folder).iterdir()]
    assert [
        _name(path)
        for path in static
        if not re.search(f"[\"']{path.relative_to(ROOT / 'static')}[\"']", everything)
    ] == []


# --- who imports whom --------------------------------------------------------------------------------


def _imports(source: str) -> set[str]:
    """Modules a file imports when it runs; those for type checking alone are left out."""
    tree = ast.parse(source)
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import: {ast.unparse(node)}"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


MAY_IMPORT = {
    "agencies": set(),
    "tasks": {"agencies"},
    "importers": {"agencies", "tasks"},
    "exporters": {"agencies", "tasks"},
}


def _wrong_rooms(room: str, source: str) -> set[str]:
    rooms = {module.split(".")[0] for module in _imports(source)} & {*ROOMS, "ipplan", "tests", "tools"}
    return rooms - MAY_IMPORT[room] - {room}


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_in_one_direction(room):
    wrong = {_name(path): _wrong_rooms(room, _source(path)) for path in _python(room)}
    assert {name: rooms for name, rooms in wrong.items() if rooms} == {}


@pytest.mark.parametrize(
    ("room", "line", "wrong"),
    [
        ("agencies", "from tasks.models import Task", {"tasks"}),
        ("tasks", "import exporters.views", {"exporters"}),
        ("exporters", "def late():\n    from importers import apply", {"importers"}),
        ("importers", "from exporters.columns import TASK_COLUMNS", {"exporters"}),
        ("tasks", "from tests.factories import make_task", {"tests"}),
        ("tasks", "if TYPE_CHECKING:\n    from importers.parsed import ParsedPlan", set()),
        ("exporters", "from tasks.filters import LedgerFilter", set()),
    ],
)
def test_the_guard_on_rooms_bites(room, line, wrong):
    assert _wrong_rooms(room, line) == wrong


# Inside tasks: a module imports only from the floors below its own, or from its own package.
FLOORS = [
    {"models", "append_only", "instruments", "memory"},
    {"permissions", "search", "reporting", "attachments"},
    {"workflow", "stats", "filters", "columns", "letters", "accepted"},
    {"forms", "context", "filling", "supervising", "templatetags", "demo"},
    {"jinja"},
    {"views"},
    {"middleware", "urls", "admin", "management", "api"},
]
OUTSIDE = {"apps", "migrations", "__init__"}


def _floor(part: str) -> int:
    return next(number for number, parts in enumerate(FLOORS) if part in parts)


def _wrong_floors(part: str, source: str) -> set[str]:
    below = {module.split(".")[1] for module in _imports(source) if module.startswith("tasks.")}
    return {other for other in below if other != part and _floor(other) >= _floor(part)}


def test_floors_of_tasks_import_downwards():
    parts = {path: path.relative_to(ROOT / "tasks").parts[0].removesuffix(".py") for path in _python("tasks")}
    assert set(parts.values()) - set.union(*FLOORS) - OUTSIDE == set()
    wrong = {
        _name(path): _wrong_floors(part, _source(path)) for path, part in parts.items() if part not in OUTSIDE
    }
    assert {name: parts for name, parts in wrong.items() if parts} == {}
    assert _wrong_floors("models", "from tasks.workflow import set_status") == {"workflow"}
    assert _wrong_floors("filters", "from tasks import workflow") == {"workflow"}
    assert _wrong_floors("views", "from tasks import workflow") == set()


PURE = [
    "importers/clauses.py",
    "importers/diagnostics.py",
    "importers/excerpts.py",
    "importers/front.py",
    "importers/grammar.py",
    "importers/identity.py",
    "importers/import_plan.py",
    "importers/layout.py",
    "importers/parsed.py",
    "importers/reconcile.py",
    "importers/sheets/admission.py",
    "importers/sheets/book.py",
    "importers/sheets/reading.py",
    "importers/signing.py",
    "importers/stream.py",
    "importers/tail.py",
    "tasks/instruments.py",
    "tasks/permissions.py",
]


def _django(source: str) -> set[str]:
    return {module for module in _imports(source) if module.split(".")[0] == "django"}


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_know_nothing_of_django(name):
    assert _django(_source(ROOT / name)) == set()
    assert _django("from django.db import models") == {"django.db", "django.db.models"}


# --- the rest ----------------------------------------------------------------------------------------


def test_no_migration_is_missing(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def _leftovers(source: str) -> list[str]:
    calls = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "breakpoint", "pdb.set_trace")
    ]
    return calls + re.findall(r"\b(?:TODO|FIXME|XXX)\b", source)


def test_no_leftovers():
    files = _python("ipplan", *ROOMS)
    assert {_name(path): found for path in files if (found := _leftovers(_source(path)))} == {}
    assert _leftovers("print('here')  # TODO: remove") == ["print('here')", "TODO"]


def test_no_signals_of_our_own():
    wired = [
        _name(path)
        for path in _python(*ROOMS)
        if any(module.endswith((".signals", ".dispatch")) for module in _imports(_source(path)))
    ]
    assert wired == []
