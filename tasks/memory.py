"""What reading the database found, kept for as long as nothing has been written to it.

A list is looked at far more often than anything in it changes. Nobody says here which change makes what out
of date, for whoever forgets one shows stale figures: the database itself says whether anything at all was
written since, by a mark. PostgreSQL's is its snapshot; two equal ones see exactly the same rows
(https://www.postgresql.org/docs/current/functions-info.html, pg_current_snapshot). SQLite's is `PRAGMA
data_version`, which another connection's commit changes, and the number of rows that this connection changed.

What is kept is for reading. Keep nothing under a key that does not say who may see it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from django.db import connection
from django.http import HttpRequest

T = TypeVar("T")

# Things kept for one thread: pages of lists above all, some 100 kB each.
_LIMIT = 64


class _Store(threading.local):
    """SQLite's marks mean something to their own connection only, and each thread has one."""

    def __init__(self) -> None:
        self.mark: Hashable = None
        self.things: OrderedDict[Hashable, Any] = OrderedDict()


_store = _Store()


class Memory:
    """What may be remembered during one request. The mark is asked for once, in 1 query, before the rest."""

    def __init__(self, *, is_reading: bool = True):
        self._mark = _mark() if is_reading else None

    def keep(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returned for this key while the database stood as it stands; made anew else."""
        if self._mark is None:
            return make()
        if _store.mark != self._mark:
            _store.mark = self._mark
            _store.things.clear()
        things = _store.things
        if key in things:
            things.move_to_end(key)
        else:
            # Read at the mark or later, never before it: what is found is as new as the mark says.
            things[key] = make()
            if len(things) > _LIMIT:
                things.popitem(last=False)
        return things[key]


def memory(request: HttpRequest) -> Memory:
    """The request's own. One that may write remembers nothing."""
    if not hasattr(request, "_memory"):
        request._memory = Memory(is_reading=request.method in ("GET", "HEAD"))
    return request._memory


def _mark() -> Hashable:
    """None inside a transaction: it sees what it has written itself, and what it takes back again."""
    if connection.in_atomic_block:
        return None
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA data_version")
            opened = connection.connection  # a connection that is opened anew counts anew
            return opened, cursor.fetchone(), opened.total_changes
        cursor.execute("SELECT pg_current_snapshot()::text")
        return cursor.fetchone()
