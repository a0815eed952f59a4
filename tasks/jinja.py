"""Templates that end in .jinja: the frame that every page has, and the ledger, which has a thousand cells.

Django's own template language takes many times as long over them. Its pages include them like any others
(`{% include "components/alert.jinja" with kind="err" %}`), and they see what the page sees. They include one
another, and nothing of Django's.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jinja2
from django.conf import settings
from django.http import QueryDict
from django.template import Context, TemplateDoesNotExist
from django.template.base import Origin, Template
from django.template.loaders.base import Loader as BaseLoader
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString, mark_safe

from tasks.models import Status
from tasks.templatetags import ui


class Loader(BaseLoader):
    """Finds them for Django's engine. It stands first, for the others would read such a file as Django's."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        if not template_name.endswith(".jinja"):
            raise TemplateDoesNotExist(template_name, backend=self.engine)
        try:
            return _Template("", Origin(template_name, template_name, self), template_name, self.engine)
        except jinja2.TemplateNotFound as error:
            raise TemplateDoesNotExist(template_name, backend=self.engine) from error

    def get_template_sources(self, template_name: str) -> Iterator[Origin]:
        return iter(())


class _Template(Template):
    """A template of Django's with something of Jinja's where its nodes would be."""

    def compile_nodelist(self) -> Any:
        return _Drawing(environment().get_template(self.name))


class _Drawing:
    def __init__(self, template: jinja2.Template):
        self._template = template

    def render(self, context: Context) -> SafeString:
        # Jinja has escaped it.
        return mark_safe(self._template.render(context.flatten()))  # noqa: S308


@cache
def environment() -> jinja2.Environment:
    jinja = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FileSystemLoader(settings.BASE_DIR / "templates"),
        auto_reload=settings.DEBUG,
        undefined=jinja2.ChainableUndefined,  # what a page does not say is empty, as in Django's templates
    )
    jinja.globals |= {
        "icon": ui.icon,
        "light_icons": {light: ui.light_icon(light) for light in ui.LIGHTS},
        "marked": ui.marked,
        "query_string": query_string,
        "static": _static,
        "status_icons": {status: ui.status_icon(status) for status in Status.values},
        "url": url,
    }
    return jinja


def draw(name: str, **facts: object) -> SafeString:
    """A template by itself: it sees these facts alone."""
    return mark_safe(environment().get_template(name).render(facts))  # noqa: S308 - Jinja has escaped it


def url(name: str, *args: object) -> str:
    return reverse(name, args=args) if args else _address(name, get_script_prefix())


@cache
def _address(name: str, prefix: str) -> str:
    # A page names two dozen addresses; to find them all anew takes as long as three constant pages.
    return reverse(name)


@cache
def _static(path: str) -> str:
    # What a file is called is settled when a process starts.
    return static(path)


def query_string(query: QueryDict, **changes: object) -> str:
    """What Django's `{% querystring %}` says, without a deep copy of the query for each link."""
    values = dict(query.lists())
    for name, value in changes.items():
        if value is None:
            values.pop(name, None)
        else:
            values[name] = [str(value)]
    if not values and not query:
        return ""
    return "?" + urlencode([(name, value) for name, given in values.items() for value in given])
