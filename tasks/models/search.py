"""What a search looks into: one row a task, with its text folded, cut into pairs of signs and into words.

The pairs are the index, and each database keeps it in its own way: PostgreSQL a GIN index over them, SQLite
an FTS5 table that triggers hold in step. SQLite drops a table's triggers whenever a migration rebuilds the
table: one that alters `tasks_tasksearch` there must end with `install`.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

from django.db import models
from django.db.models.lookups import Lookup

from tasks.models.task import Task

# --- how a text is folded and cut ---------------------------------------------------------------------

# Letters and digits alone: （ and ( stay two signs, for what is found is what contains the words as written.
_HALF_WIDTH = {
    wide: wide - 0xFEE0
    for first, last in ("０９", "ＡＺ", "ａｚ")
    for wide in range(ord(first), ord(last) + 1)
}
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")
# FTS5's tokenizer `ascii` parts tokens at these: in the index they stand as their full-width twins, so that
# two signs of the text are one there. Words that hold one are looked for in the text as well.
_TWINS = {ord(sign): chr(ord(sign) + 0xFEE0) for sign in map(chr, range(0x21, 0x7F)) if not sign.isalnum()}
_TWINS |= {ord(" "): "　"}
_TWO_IN_ONE = re.compile("[" + re.escape("".join(map(chr, _TWINS)) + "".join(_TWINS.values())) + "]")


def fold(text: str) -> str:
    """As texts and words are compared: small letters, half-width letters and digits, every blank a space.

    Done here and not by a database, so that both find the same. Sign by sign: `ui.marked` relies on it.
    """
    return _BLANK.sub(" ", text.translate(_HALF_WIDTH).casefold())


def pairs(folded: str) -> list[str]:
    """Every two neighbouring signs in their order, in a form that both indexes take for one token each."""
    return [one + other for one, other in pairwise(folded.translate(_TWINS))]


# --- the row and its index ----------------------------------------------------------------------------


class FoldedField(models.TextField):
    """Text that `…__has` looks into, sign by sign: no sign is a wildcard, no letter another."""


class IndexedField(FoldedField):
    """The folded text, for which `…__has` asks the index of pairs first."""


@FoldedField.register_lookup
class Has(Lookup):
    lookup_name = "has"

    def get_prep_lookup(self) -> str:
        return str(self.rhs)

    def as_sql(self, compiler, connection):
        column, params = self.process_lhs(compiler, connection)
        place = "INSTR" if connection.vendor == "sqlite" else "STRPOS"
        return f"{place}({column}, %s) > 0", (*params, self.rhs)


@IndexedField.register_lookup
class HasByPairs(Has):
    """A text of one sign has no pair: for that one every row is read."""

    def as_sqlite(self, compiler, connection):
        asked = pairs(self.rhs)
        if not asked:
            return self.as_sql(compiler, connection)
        row = compiler.quote_name_unless_alias(self.lhs.alias)
        # A phrase: the pairs one after the other, which is the text itself.
        found = f"{row}.task_id IN (SELECT rowid FROM task_pairs WHERE task_pairs MATCH %s)"  # noqa: S608
        phrase = f'"{" ".join(asked)}"'
        if not _TWO_IN_ONE.search(self.rhs):
            return found, (phrase,)
        stands, params = self.as_sql(compiler, connection)
        return f"({found} AND {stands})", (phrase, *params)

    def as_postgresql(self, compiler, connection):
        stands, params = self.as_sql(compiler, connection)
        if not (asked := pairs(self.rhs)):
            return stands, params
        row = compiler.quote_name_unless_alias(self.lhs.alias)
        # An array knows no order: it gives the candidates.
        return f"(string_to_array({row}.pairs, ' ') @> %s::text[] AND {stands})", (asked, *params)


class TaskSearch(models.Model):
    """A task as the search sees it. Written where a task's text is written: workflow's create and correct."""

    task = models.OneToOneField(
        Task, models.CASCADE, primary_key=True, related_name="search", verbose_name="任务"
    )
    folded = IndexedField("检索文本")
    pairs = models.TextField("相邻两字")
    words = FoldedField("词", default=" ", help_text="每个词前后各有一个空格")

    class Meta:
        verbose_name = verbose_name_plural = "检索"

    def __str__(self) -> str:
        return str(self.task)


def described(text: str, words: Iterable[str] = ()) -> dict[str, str]:
    """The columns for a task's text; `words` are jieba's, none where it has not been cut yet."""
    folded = fold(text)
    return {
        "folded": folded,
        "pairs": " ".join(pairs(folded)),
        "words": " ".join(["", *dict.fromkeys(words), ""]) if words else " ",
    }


# --- for the migration --------------------------------------------------------------------------------

_SQLITE = {
    "task_pairs": """
        CREATE VIRTUAL TABLE task_pairs USING fts5(
            pairs, content='tasks_tasksearch', content_rowid='task_id', tokenize='ascii', columnsize=0
        )""",
    "task_pairs_insert": """
        CREATE TRIGGER task_pairs_insert AFTER INSERT ON tasks_tasksearch BEGIN
        INSERT INTO task_pairs (rowid, pairs) VALUES (new.task_id, new.pairs); END""",
    "task_pairs_update": """
        CREATE TRIGGER task_pairs_update AFTER UPDATE OF task_id, pairs ON tasks_tasksearch BEGIN
        INSERT INTO task_pairs (task_pairs, rowid, pairs) VALUES ('delete', old.task_id, old.pairs);
        INSERT INTO task_pairs (rowid, pairs) VALUES (new.task_id, new.pairs); END""",
    "task_pairs_delete": """
        CREATE TRIGGER task_pairs_delete AFTER DELETE ON tasks_tasksearch BEGIN
        INSERT INTO task_pairs (task_pairs, rowid, pairs) VALUES ('delete', old.task_id, old.pairs); END""",
}
_POSTGRESQL = """
    CREATE INDEX task_pairs ON tasks_tasksearch USING gin (string_to_array(pairs, ' '))
    WITH (fastupdate = off) -- or every search would go through what has not been merged yet
"""


def install(schema_editor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for statement in _SQLITE.values():
            schema_editor.execute(statement, params=None)
        schema_editor.execute("INSERT INTO task_pairs (task_pairs) VALUES ('rebuild')", params=None)
    else:
        schema_editor.execute(_POSTGRESQL, params=None)


def remove(schema_editor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for name in reversed(_SQLITE):
            what = "TABLE" if name == "task_pairs" else "TRIGGER"
            schema_editor.execute(f"DROP {what} IF EXISTS {name}", params=None)
    else:
        schema_editor.execute("DROP INDEX IF EXISTS task_pairs", params=None)


def fill(apps, schema_editor) -> None:
    """A row for each task that has none. Words come from `index_search`: jieba need not load here."""
    task_model, row_model = apps.get_model("tasks", "Task"), apps.get_model("tasks", "TaskSearch")
    bare = task_model.objects.filter(search=None).values_list("pk", "text")
    row_model.objects.bulk_create(
        (row_model(task_id=pk, **described(text)) for pk, text in bare.iterator()), batch_size=1000
    )
