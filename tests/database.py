"""The whole database as one value: to say "and nothing changed", to put it back, and to fill it again."""

import copy
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from typing import TypeVar

import pytest
from django.apps import apps
from django.db import connection, transaction

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


# What a statement begins with that changes no row.
_READING = ("SELECT ", "SAVEPOINT ", "RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")


@contextmanager
def statements_that_may_write() -> Iterator[list[str]]:
    """The statements that are more than a question, as they come: while there is none, nothing has changed.

    To ask this of thousands of requests costs nothing, where `database` reads every table each time."""
    found: list[str] = []

    def listen(execute, sql, params, many, context):
        if not sql.lstrip("( ").startswith(_READING):
            found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield found


# --- on SQLite, as a file that can be copied ---------------------------------------------------------

_PATIENCE = 20  # seconds, as long as a transaction waits for its turn


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


# --- filled once, and copied from then on ------------------------------------------------------------

Filled = TypeVar("Filled")
Contents = list[tuple[str, list[str], list[tuple]]]  # table, columns, rows

_photos: dict[Callable, tuple[sqlite3.Connection, object]] = {}
_contents: dict[Callable, tuple[Contents, object]] = {}


def filled_by(fill: Callable[[], Filled]) -> Filled:
    """What `fill` returns, the database filled by it: `fill` runs once in a process, and what it wrote is
    copied into the empty database from then on. A database that is not empty is filled by `fill` itself.

    `fill` must give the same each time and be a function of a module, not one made anew for every test."""
    if not _is_empty():
        return fill()
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        return _filled(fill, _photos, photograph, put_back)
    return _filled(fill, _contents, _written, _write)


def _filled(fill: Callable[[], Filled], stock: dict, take: Callable, give: Callable) -> Filled:
    if fill not in stock:
        value = fill()
        stock[fill] = (take(), copy.deepcopy(value))
        return value
    taken, value = stock[fill]
    give(taken)
    return copy.deepcopy(value)


def _written() -> Contents:
    """All rows of the product's tables that have any, as they stand there."""
    contents = []
    with connection.cursor() as cursor:
        for table in _used(_tables()):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - as above
            contents.append((table, [column[0] for column in cursor.description], cursor.fetchall()))
    return contents


def _write(contents: Contents) -> None:
    """The rows with their keys. (PostgreSQL's counters passed these when they were written first; SQLite's
    follow the rows.)"""
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns, rows in contents:
            into = f"INSERT INTO {quote(table)} ({', '.join(map(quote, columns))}) VALUES "  # noqa: S608
            one = f"({', '.join(['%s'] * len(columns))})"
            for some in batched(rows, 25_000 // len(columns)):  # SQLite takes 32,766 values
                cursor.execute(into + ", ".join([one] * len(some)), [value for row in some for value in row])


def batched(rows: list[tuple], size: int) -> Iterator[list[tuple]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def forget() -> None:
    """Let go of what `filled_by` has kept."""
    while _photos:
        _photos.popitem()[1][0].close()
    _contents.clear()


def _is_empty() -> bool:
    return not _used(_tables())


def _tables() -> list[str]:
    """The tables of `filled_by`: all but what migrations have written and what a request leaves behind."""
    return [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.db_table.startswith((*_OF_DJANGO, *_TRACES))
    ]


def _used(tables: list[str]) -> list[str]:
    """Those that have rows, by one question."""
    asked = [
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})"  # noqa: S608
        for table in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        found = {table for (table,) in cursor.fetchall()}
    return [table for table in tables if table in found]


# Written by the migrations, and the same for good.
_OF_DJANGO = ("django_content_type", "auth_permission")


# Bytes of rows, nearly all of them dead, from which on they are taken away between two tests.
_MANY = 30_000_000


def empty(*, but_for: int = 0) -> None:
    """Take away on PostgreSQL what tests have committed, and what they took back: rows that are dead, over
    which every later query would still have to go. Nothing where all that is less than `but_for` bytes.

    Only from tables that hold some: truncating one takes a moment, and there are dozens. (Django's own way
    also looks for new permissions each time, which takes longer.)"""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_table_size(oid) FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r'"
            " AND pg_relation_size(oid) > 0",
            [[name for name in names if name not in _OF_DJANGO]],
        )
        sizes = dict(cursor.fetchall())
        if sizes and sum(sizes.values()) >= but_for:
            cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, sizes))} CASCADE")


def sweep() -> None:
    """After a test that took everything back. There is no autovacuum where tests run (tools/postgres.py)."""
    if connection.vendor == "postgresql" and next(_swept) % 10 == 0:
        empty(but_for=_MANY)


_swept = count()
