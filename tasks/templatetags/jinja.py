"""Jinja for the one list of the product that has a thousand cells; every other template is Django's."""

from typing import Any

from django import template
from django.template import engines
from django.template.context import RequestContext
from django.utils.safestring import SafeString, mark_safe
from jinja2 import Environment

from tasks.templatetags import ui

register = template.Library()

# What the rows take from the page around them.
_TAKEN = (
    "can_set_status",
    "columns",
    "groups",
    "here_quoted",
    "is_own_list",
    "show",
    "show_year",
    "sought",
)


def environment(**options: Any) -> Environment:
    """Django's settings for Jinja (it escapes whatever is not marked safe) and our few drawings."""
    jinja = Environment(**options)  # noqa: S701 - Django passes autoescape=True; a test looks at it
    jinja.globals |= {name: getattr(ui, name) for name in ("icon", "light_icon", "marked", "status_icon")}
    return jinja


@register.simple_tag(takes_context=True)
def ledger_rows(context: RequestContext) -> SafeString:
    rows = engines["jinja2"].get_template("ledger/rows.jinja")
    # Jinja has escaped it.
    return mark_safe(rows.render({name: context[name] for name in _TAKEN}))  # noqa: S308
