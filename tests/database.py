"""The whole database as one value: to say "and nothing changed", to put it back, and to fill it again."""

import copy
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

import pytest
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


def refused_and_unchanged(error: type[Exception], change: Callable, words: str | None = None) -> None:
    """The change is refused so, in words that match, and leaves nothing behind in any table."""
    before = database()
    with pytest.raises(error, match=words):
        change()
    assert database() == before


def _rows(cursor, table: str) -> list[tuple]:
    cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - our own tables' names
    return sorted(cursor.fetchall(), key=repr)


# --- on SQLite, as a file that can be copied ---------------------------------------------------------

_PATIENCE = 20  # seconds, as long as a transaction waits for its turn

Filled = TypeVar("Filled")
_stock: dict[Callable, tuple[sqlite3.Connection, object]] = {}


def photograph() -> sqlite3.Connection:
    """A copy of the database as it stands now, in memory."""
    photo = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(_file()) as file:
        _copy(file, photo)
    return photo


def put_back(photo: sqlite3.Connection) -> None:
    """The database is again what it was then, tables, triggers, counters and all. Nobody may be writing."""
    with closing(_file()) as file:
        file.execute("PRAGMA synchronous = OFF")
        _copy(photo, file)


def _file() -> sqlite3.Connection:
    return sqlite3.connect(connection.settings_dict["NAME"])


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    # The copy itself would wait for ever for a transaction that never ends.
    deadline = time.monotonic() + _PATIENCE

    def give_up(*progress) -> None:
        assert time.monotonic() < deadline, "a test has left a transaction open"

    source.backup(target, progress=give_up, sleep=0.02)


def filled_by(fill: Callable[[], Filled]) -> Filled:
    """What `fill` returns, the database filled by it: in a transactional test on SQLite `fill` runs once in a
    process, and what it wrote is copied into the empty database from then on.

    `fill` must give the same each time and be a function of a module, not one made anew for every test."""
    if connection.vendor != "sqlite" or connection.in_atomic_block or not _is_empty():
        return fill()
    if fill not in _stock:
        value = fill()
        _stock[fill] = (photograph(), copy.deepcopy(value))
        return value
    photo, value = _stock[fill]
    put_back(photo)
    return copy.deepcopy(value)


def forget() -> None:
    """Let go of what `filled_by` has kept."""
    while _stock:
        _stock.popitem()[1][0].close()


def _is_empty() -> bool:
    return not any(rows for table, rows in database().items() if table not in _OF_DJANGO)


# Written by the migrations, and the same for good.
_OF_DJANGO = ("django_content_type", "auth_permission")


def empty() -> None:
    """Take away on PostgreSQL what a test has committed.

    Only from tables with rows: truncating one takes a moment, and there are dozens. (Django's own way also
    looks for new permissions each time, which takes longer.)"""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    quoted = [connection.ops.quote_name(name) for name in names if name not in _OF_DJANGO]
    asked = [f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in quoted]  # noqa: S608 - as above
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        if used := [name for (name,) in cursor.fetchall()]:
            cursor.execute(f"TRUNCATE {', '.join(used)} CASCADE")
