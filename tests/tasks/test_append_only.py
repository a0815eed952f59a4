"""操作记录: the database itself refuses to change or delete a row, whoever asks and however."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tasks import append_only
from tasks.models import Event
from tests.database import database

WAYS = {
    "update of a set": lambda event: Event.objects.filter(pk=event.pk).update(reason="改写"),
    "update of a row": lambda event: _save(event),
    "bulk update": lambda event: _bulk_update(event),
    "delete of a set": lambda event: Event.objects.all().delete(),
    "delete of a row": lambda event: event.delete(),
    "UPDATE": lambda event: _sql("UPDATE tasks_event SET reason = 'x'"),
    "UPDATE of nothing new": lambda event: _sql("UPDATE tasks_event SET reason = reason"),
    "DELETE": lambda event: _sql("DELETE FROM tasks_event"),
}


def _save(event):
    event.reason = "改写"
    event.save()


def _bulk_update(event):
    event.reason = "改写"
    Event.objects.bulk_update([event], ["reason"])


def _sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("way", WAYS)
def test_an_event_is_never_altered(way, task):
    event = Event.objects.get()
    before = database()
    with pytest.raises(IntegrityError, match=append_only.REFUSAL), transaction.atomic():
        WAYS[way](event)
    assert database() == before


@pytest.mark.django_db(transaction=True)
def test_the_refusal_is_the_databases_own(plan, task):
    """The same statements pass where the triggers are gone, and are refused again where they are back."""
    with connection.schema_editor() as editor:
        append_only.remove(editor)
    try:
        _sql("UPDATE tasks_event SET reason = 'x'")
        assert [event.reason for event in Event.objects.all()] == ["x"]
    finally:
        with connection.schema_editor() as editor:
            append_only.install(editor)
    for statement in ("UPDATE tasks_event SET reason = ''", "DELETE FROM tasks_event"):
        with pytest.raises(DatabaseError, match=append_only.REFUSAL):
            _sql(statement)
    assert [event.reason for event in Event.objects.all()] == ["x"]
