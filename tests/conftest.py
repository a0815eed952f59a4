"""People that tests speak of: the office, a leader, a lead agency, a participant, an outsider."""

import os

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from agencies.models import Role
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


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, tmp_path_factory):
    """SQLite in a file, as the product has it.

    In memory all threads would share one connection, and the browser's server answers in several: their
    transactions would run into each other.
    """
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        settings.DATABASES["default"]["TEST"]["NAME"] = str(
            tmp_path_factory.mktemp("sqlite") / "test.sqlite3"
        )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let the end of a transactional test empty the table of events on SQLite.

    Such a test commits, and is cleaned up after by emptying every table. PostgreSQL truncates, which no row's
    trigger sees; SQLite has only DELETE, which the events refuse (tasks/append_only.py). So the trigger steps
    aside for this one moment; within every test it stands.
    """
    if connection.vendor != "sqlite":
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        guards = [(name, sql) for name, sql in cursor.fetchall() if "BEFORE DELETE" in sql]
    assert guards, "no trigger refuses to delete events"
    # On the class: in a thread where Playwright has run, Django opens a second connection.
    operations = type(connection.ops)
    empty_tables = operations.sql_flush

    def step_aside(self, *args, **kwargs):
        statements = empty_tables(self, *args, **kwargs)
        return [f"DROP TRIGGER {name}" for name, _ in guards] + statements + [sql for _, sql in guards]

    operations.sql_flush = step_aside


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
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
