"""The query string itself, before anybody asks what it finds."""

from django.http import QueryDict

PRESENTATION = ("sort", "group")
# What belongs to one visit and not to the list: a saved view and the address of another list go without it.
PASSING = ("page", "per_page", "as_of", "task")


def tidy(data: QueryDict) -> QueryDict:
    """The same conditions in their shortest form: no empty parameters, and `part` as what it stands for.

    The menu 章节 holds chapters and sections and can send only one name: chapter-3 or section-7.
    """
    tidied = QueryDict(mutable=True)
    for name, values in data.lists():
        if name == "part":
            kind, _, key = values[-1].partition("-")
            if kind in ("chapter", "section"):
                tidied[kind] = key
        elif kept := [value for value in values if value != ""] if name != "task" else values:
            tidied.setlist(name, kept)
    return tidied


def key_in(data: QueryDict, name: str) -> int | None:
    """A row's key from the query string, None where it is no number; the field itself reports that."""
    value = data.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 10 else None
