"""What is remembered between requests: only while nothing was written, and only for who may see it."""

import threading
from collections.abc import Callable
from typing import TypeVar

import pytest
from django.db import connection, transaction
from django.test import RequestFactory

from agencies.models import Agency
from tasks import workflow
from tasks.memory import _LIMIT, Memory, _mark, memory
from tasks.models import Plan, Status
from tests.factories import make_agency
from tests.tasks.pages import words

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")


class Reading:
    """Counts how often something is read from the database for one key: its own, for a test that writes
    nothing leaves to the next one what it remembers."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return Agency.objects.count()


@pytest.fixture
def reading() -> Reading:
    return Reading()


def _undisturbed(count: Callable[[], T]) -> T:
    """What is counted while the database's mark stands. PostgreSQL has one mark for all its databases, so
    what the tests beside this one commit to theirs moves it too, and what was remembered is read again."""
    for _ in range(1000):
        before, counted = _mark(), count()
        if _mark() == before:
            return counted
    pytest.fail("somebody writes all the time")


def _in_another_thread(work) -> None:
    failed = []

    def run() -> None:
        try:
            work()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert not failed


def test_it_is_read_once_while_nothing_is_written():
    def three_for_one_key_then_another() -> tuple[int, int]:
        reading = Reading()
        for _ in range(3):
            Memory().keep(reading, reading)
        for_one = reading.times
        Memory().keep(object(), reading)
        return for_one, reading.times

    assert _undisturbed(three_for_one_key_then_another) == (1, 2)


def test_a_change_of_ones_own_is_seen(reading):
    before = Memory().keep(reading, reading)
    make_agency("新设单位")
    assert Memory().keep(reading, reading) == before + 1


def test_a_change_by_somebody_else_is_seen(reading):
    before = Memory().keep(reading, reading)
    _in_another_thread(lambda: make_agency("新设单位"))
    assert Memory().keep(reading, reading) == before + 1


def test_a_change_between_the_mark_and_the_reading_is_seen_by_the_next(reading):
    """What was read too late is newer than the mark says, never older; the next request reads again."""
    remembered = Memory()
    _in_another_thread(lambda: make_agency("新设单位"))
    first = remembered.keep(reading, reading)
    assert (Memory().keep(reading, reading), reading.times) == (first, 2)


def test_a_change_that_is_not_yet_committed_is_nobodys(reading):
    before = Memory().keep(reading, reading)
    with transaction.atomic():
        make_agency("新设单位")
        assert Memory().keep(reading, reading) == before + 1
        if connection.vendor == "postgresql":  # SQLite's second writer would wait for the first
            seen = []
            _in_another_thread(lambda: seen.append(Memory().keep(reading, reading)))
            assert seen == [before]
        transaction.set_rollback(True)
    assert Memory().keep(reading, reading) == before


def test_a_connection_made_anew_remembers_nothing_of_the_old_one(reading):
    Memory().keep(reading, reading)
    connection.close()
    _in_another_thread(lambda: make_agency("新设单位"))
    Memory().keep(reading, reading)
    assert reading.times == 2


def test_a_request_that_may_write_remembers_nothing():
    def readings_of_four_requests() -> int:
        reading = Reading()
        for method in ("get", "head", "post", "post"):
            memory(getattr(RequestFactory(), method)("/")).keep(reading, reading)
        return reading.times

    assert _undisturbed(readings_of_four_requests) == 3


def test_only_so_much_is_remembered():
    read, keys = [], [object() for _ in range(_LIMIT + 1)]
    for key in (*keys, keys[0]):
        Memory().keep(key, lambda key=key: read.append(key))
    assert read.count(keys[0]) == 2


# --- in pages -------------------------------------------------------------------------------------------


def test_pages_show_what_was_changed_since(client_of, task, office, leader):
    looking = client_of(leader)
    addresses = ("/", "/tasks/", "/tasks/?status=delayed", "/tasks/?q=第1项")
    for address in addresses * 2:
        assert "会期顺延" not in words(looking.get(address))
    workflow.set_status(
        task, by=office, status=Status.DELAYED, version=task.version, progress=10, reason="会期顺延"
    )
    shown = [words(looking.get(address)) for address in addresses]
    assert "1 项任务" in shown[2]
    assert all("滞后" in page for page in shown)
    _in_another_thread(lambda: Plan.objects.update(title="另一题目"))
    assert "另一题目" in words(looking.get("/"))


def test_nobody_is_shown_what_was_remembered_for_others(client_of, task, plan, office, lead, outsider):
    """The same thread answers the office, the lead and an outsider, in this order and the other."""
    for person, sees in ((office, True), (outsider, False), (lead, True), (outsider, False)):
        page = client_of(person).get(f"/tasks/?plan={plan.pk}").content.decode()
        assert (task.text in page) is sees
