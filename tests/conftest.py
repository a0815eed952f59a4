"""People that tests speak of: the office, a leader, a lead agency, a participant, an outsider."""

import gc
import os
from shutil import rmtree
from tempfile import TemporaryDirectory, mkdtemp

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, TestCase, TransactionTestCase, override_settings

from agencies.models import Role
from tasks import search
from tests.database import empty, forget, photograph, put_back, sweep
from tests.factories import make_agency, make_plan, make_section, make_task, make_user

# The same examples in every run: a change that fails is the change's fault. `HYPOTHESIS_PROFILE=search` looks
# for new ones; what it finds becomes a test of its own.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.register_profile("search", deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items):
    for item in items:
        asked_for = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
        if asked_for or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)


def pytest_collection_finish():
    """The collector looks seldom, as in the product (tools/gunicorn_conf.py), and never again at what stands
    by now: it cost an eighth of a run's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """SQLite in a file, as the product has it.

    In SQLite's own memory all threads would share one connection, and the browser's server answers in
    several: their transactions would run into each other. The file lies in the machine's memory where there
    is such a place: each commit waits for the disk, and tests commit thousands of times.
    """
    memory = "/dev/shm"  # noqa: S108 - a folder of our own in it
    with TemporaryDirectory(prefix="ipplan-", dir=memory if os.access(memory, os.W_OK) else None) as folder:
        if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
            settings.DATABASES["default"]["TEST"]["NAME"] = os.path.join(folder, "test.sqlite3")
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """After a transactional test, which commits, the database is put back to what the migrations made of it.

    Django would empty every table: on SQLite by DELETE, which the events refuse (tasks/append_only.py). There
    the file is copied back instead, a matter of milliseconds.
    """
    with django_db_blocker.unblock():
        search.warm()  # once a process, from an empty register: or a test would pay the queries for it
        if connection.vendor == "sqlite":
            migrated = photograph()
    with pytest.MonkeyPatch.context() as patch:

        def put_all_back(test):
            if connection.vendor == "sqlite":
                put_back(migrated)
            else:
                empty()

        def take_back(test):
            took_back(test)
            sweep()

        took_back = TestCase._fixture_teardown
        # On the classes: pytest-django makes a test case of one of them for each test.
        patch.setattr(TransactionTestCase, "_fixture_teardown", put_all_back)
        patch.setattr(TestCase, "_fixture_teardown", take_back)
        yield
    forget()
    if connection.vendor == "sqlite":
        migrated.close()


@pytest.fixture(autouse=True)
def own_files():
    """What a test attaches lies in a folder of its own and goes with it."""
    folder = mkdtemp(prefix="ipplan-media-")
    with override_settings(MEDIA_ROOT=folder):
        yield
    rmtree(folder)


@pytest.fixture
def office(db):
    return make_user("office", Role.OFFICE)


@pytest.fixture
def leader(db):
    return make_user("leader", Role.LEADER)


@pytest.fixture
def lead(db):
    return make_user("cnipa", agency=make_agency("国家知识产权局"))


@pytest.fixture
def participant(db):
    return make_user("mara", agency=make_agency("农业农村部"))


@pytest.fixture
def outsider(db):
    return make_user("mofcom", agency=make_agency("商务部"))


@pytest.fixture
def plan(db):
    return make_plan()


@pytest.fixture
def section(plan):
    return make_section(plan)


@pytest.fixture
def task(section, lead, participant):
    """第 1 项: led by `lead`, joined by `participant`, nothing to do with `outsider`."""
    return make_task(section, [lead.agency, participant.agency], number=1)


@pytest.fixture
def client_of():
    """A signed-in client for a user: client_of(office).get(...)."""

    def sign_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
