"""What the tests' own tools promise about the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from tasks import search
from tasks.models import Task
from tests.database import database, filled_by, forget, statements_that_may_write
from tests.factories import make_agency, make_task
from tests.tasks.worlds import World, names


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_a_copy_is_what_was_filled_by_hand(db):
    def look() -> tuple[dict, list[str]]:
        with taken_back():
            world = filled_by(World)
            # Found through what triggers write, and written to afterwards like any other.
            found = database(), names(search.find(Task.objects.all(), "商标").order_by("pk"))
            make_task(world.section("完善政策"), [world.moj], number=99)
        return found

    forget()
    by_hand = look()

    assert by_hand[1]
    assert look() == by_hand
    assert not Task.objects.exists()


def test_what_is_not_empty_is_filled_by_hand(db):
    with taken_back():
        filled_by(World)
    make_agency("财政部")

    assert filled_by(World).new.tasks.count() == 7


def test_only_statements_that_may_write_are_noticed(db):
    agency = make_agency("财政部")
    with statements_that_may_write() as statements, transaction.atomic():
        assert list(Task.objects.select_for_update()) == []
        assert statements == []
        type(agency).objects.filter(pk=agency.pk).update(name="司法部")

    assert [statement.split()[0] for statement in statements] == ["UPDATE"]
