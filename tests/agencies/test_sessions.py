"""Sessions end when nobody has been there for long, and after a working day whoever is there."""

import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from agencies.sessions import AGAIN_AFTER, BEGAN, WRITTEN
from tests.database import statements_that_may_write


@pytest.fixture
def client(client_of, office) -> Client:
    return client_of(office)


def ago(client: Client, **seconds: int) -> None:
    """As if the session had been written, or begun, so many seconds earlier."""
    session = client.session
    key, passed = session.session_key, {WRITTEN: seconds.get("written", 0), BEGAN: seconds.get("began", 0)}
    facts = dict(session.items()) | {name: session[name] - by for name, by in passed.items()}
    row = Session.objects.get(session_key=key)
    row.expire_date -= timedelta(seconds=passed[WRITTEN])
    row.session_data = session.encode(facts)
    row.save()


def ends_in(client: Client) -> float:
    """Minutes."""
    return (Session.objects.get().expire_date - timezone.now()) / timedelta(minutes=1)


def test_a_request_keeps_the_session_alive_and_the_bell_does_not(client):
    ago(client, written=600)
    client.get("/notices/bell/", headers={"HX-Request": "true"})
    assert ends_in(client) == pytest.approx(20, abs=0.2)
    client.get("/accounts/presence/")
    assert ends_in(client) == pytest.approx(30, abs=0.2)


def test_it_is_written_now_and_then_at_the_most(client):
    ago(client, written=AGAIN_AFTER - 5)
    with statements_that_may_write() as written:
        client.get("/notices/")
    assert written == []
    ago(client, written=10)
    with statements_that_may_write() as written:
        client.get("/notices/")
    assert [one for one in written if "django_session" in one]


@pytest.mark.parametrize("past", [{"written": 31 * 60}, {"began": 12 * 60 * 60 + 1}], ids=["idle", "day"])
def test_an_ended_session_leads_to_the_door_which_says_so(past, client):
    client.get("/notices/")
    ago(client, **past)
    key = client.cookies["sessionid"].value
    answer = client.get("/tasks/?q=x")
    assert answer.headers["Location"] == "/accounts/login/?next=/tasks/%3Fq%3Dx&ended=1"
    door = client.get(answer.headers["Location"]).content.decode()
    assert "登录已失效，请重新登录，之后回到刚才的页面。" in door
    thief = Client()
    thief.cookies["sessionid"] = key
    assert thief.get("/notices/").status_code == 302  # it has ended on the server too
    assert "登录已失效" not in Client().get("/accounts/login/?next=/tasks/").content.decode()


def test_a_fragment_is_told_that_its_session_has_ended(client):
    ago(client, written=31 * 60)
    assert client.get("/notices/bell/", headers={"HX-Request": "true"}).status_code == 401


def test_signing_in_begins_a_day(client):
    began = client.session[BEGAN]
    assert time.time() - began < 60
    ago(client, began=3600, written=600)
    client.get("/notices/")
    assert client.session[BEGAN] == began - 3600  # writing it again does not begin another
