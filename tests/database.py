"""The whole database as one value, for tests that say "and nothing changed"."""

from django.apps import apps
from django.db import connection

# What a request may leave behind without having changed anything of the product's.
_TRACES = ("django_session", "axes_")


def database() -> dict[str, list[tuple]]:
    """Every row of every table by table name; sessions and the record of sign-in attempts left out."""
    tables = sorted(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.db_table.startswith(_TRACES)
    )
    with connection.cursor() as cursor:
        return {table: _rows(cursor, table) for table in tables}


def _rows(cursor, table: str) -> list[tuple]:
    cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - our own tables' names
    return sorted(cursor.fetchall(), key=repr)
