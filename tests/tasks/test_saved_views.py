"""保存的视图: what is remembered, who sees it, what it counts, and what is refused."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from agencies.models import Role
from tasks.models import SavedView
from tests.factories import make_user
from tests.tasks.pages import words
from tests.tasks.worlds import world

__all__ = ["world"]

NEW = "/tasks/views/new/"


def _tabs(response) -> list[tuple]:
    return [(tab.name, tab.number, tab.query) for tab in response.context["tabs"]]


def _save(client, query: str, **data):
    return client.post(f"{NEW}?{query}", {"name": "我的视图"} | data)


def test_two_tabs_are_always_there(client_of, world):
    response = client_of(world.office).get("/tasks/")
    assert _tabs(response) == [("全部任务", 9, ""), ("红黄灯", 5, "light=red&light=yellow")]
    plan = world.new.pk
    response = client_of(world.office).get("/tasks/", {"plan": plan, "light": ["red", "yellow"]})
    assert _tabs(response) == [
        ("全部任务", 7, f"plan={plan}"),
        ("红黄灯", 4, f"plan={plan}&light=red&light=yellow"),
    ]
    assert [tab.is_current for tab in response.context["tabs"]] == [False, True]


def test_view_remembers_conditions_order_and_groups_and_nothing_of_the_visit(client_of, world):
    client = client_of(world.office)
    answer = _save(
        client,
        "page=2&per_page=15&as_of=2024-06-30&task=3&q=&status=delayed&status=adjusted&sort=-due&group=lead",
    )
    kept = "group=lead&sort=-due&status=delayed&status=adjusted"
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/tasks/?{kept}")
    assert [(view.owner, view.name, view.query) for view in SavedView.objects.all()] == [
        (world.office, "我的视图", kept)
    ]
    response = client.get(f"/tasks/?{kept}&page=1")
    assert _tabs(response)[2:] == [("我的视图", 2, kept)]
    assert [tab.is_current for tab in response.context["tabs"]] == [False, False, True]


def test_past_day_stays_in_the_tabs(client_of, world):
    client = client_of(world.office)
    _save(client, "status=delayed")
    tabs = _tabs(client.get("/tasks/", {"as_of": "2024-06-30"}))
    assert [query for _, _, query in tabs] == [
        "as_of=2024-06-30",
        "light=red&light=yellow&as_of=2024-06-30",
        "status=delayed&as_of=2024-06-30",
    ]


def test_private_view_is_its_owners_alone(client_of, world, leader):
    view = SavedView.objects.create(owner=leader, name="领导所关心", query="status=delayed")
    for person in (world.office, world.user_of(world.mara)):
        client = client_of(person)
        assert "领导所关心" not in client.get("/tasks/").content.decode()
        assert client.get(f"/tasks/views/{view.pk}/").status_code == 404
        assert client.post(f"/tasks/views/{view.pk}/removal/").status_code == 404
    assert ("领导所关心", 1, "status=delayed") in _tabs(client_of(leader).get("/tasks/"))


def test_shared_view_counts_what_its_reader_may_see(client_of, world):
    _save(client_of(world.office), "role=lead&status=in_progress", name="推进中的", is_shared="on")
    numbers = {
        person: {name: number for name, number, _ in _tabs(client_of(person).get("/tasks/"))}["推进中的"]
        for person in (world.office, world.user_of(world.mara), world.user_of(world.moj))
    }
    assert list(numbers.values()) == [2, 1, 0]
    view = SavedView.objects.get()
    assert client_of(world.user_of(world.mara)).post(f"/tasks/views/{view.pk}/removal/").status_code == 403


def test_condition_on_what_a_reader_may_not_see_tells_nothing(client_of, world):
    """The office shares a view of an agency's tasks; others find neither its name nor the tab."""
    _save(client_of(world.office), f"agency={world.mofcom.pk}", name="共享视图", is_shared="on")
    response = client_of(world.user_of(world.mara)).get("/tasks/")
    assert "商务部" not in response.content.decode()
    assert len(_tabs(response)) == 2


def test_own_views_come_first(client_of, world, leader):
    _save(client_of(world.office), "status=delayed", name="共享的", is_shared="on")
    _save(client_of(leader), "status=completed", name="自己的")
    assert [name for name, *_ in _tabs(client_of(leader).get("/tasks/"))][2:] == ["自己的", "共享的"]


def test_only_the_office_shares(client_of, leader, task):
    assert _save(client_of(leader), "status=delayed", is_shared="on").status_code == 403
    assert not SavedView.objects.exists()
    assert "共享给所有人" not in client_of(leader).get(f"{NEW}?status=delayed").content.decode()


def test_view_of_an_office_account_that_left_is_shared_no_more(client_of, world, leader):
    _save(client_of(world.office), "status=delayed", name="共享的", is_shared="on")
    office = world.office
    office.is_active = False
    office.save()
    assert len(_tabs(client_of(leader).get("/tasks/"))) == 2


def test_renaming_and_deleting(client_of, world):
    client = client_of(world.office)
    _save(client, "status=delayed")
    view = SavedView.objects.get()
    assert client.post(f"/tasks/views/{view.pk}/", {"name": "滞后的", "is_shared": "on"}).status_code == 302
    view.refresh_from_db()
    assert (view.name, view.is_shared, view.query) == ("滞后的", True, "status=delayed")
    assert client.post(f"/tasks/views/{view.pk}/removal/").headers["Location"] == "/tasks/?status=delayed"
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("query", "data", "said"),
    [
        ("", {}, "当前没有筛选条件，先选定条件再保存。"),
        ("page=3", {}, "当前没有筛选条件"),
        ("status=broken", {}, "状态：地址中的这一项不存在，或您无权查看；请从菜单重新选择。"),
        ("status=delayed", {"name": ""}, "给视图起个名称。"),
        ("status=delayed", {"name": "长" * 21}, "名称最多 20 个字。"),
        ("status=delayed", {"name": "已有"}, "已有名为“已有”的视图，换一个名称。"),
    ],
)
def test_what_cannot_be_saved_is_said(query, data, said, client_of, office):
    SavedView.objects.create(owner=office, name="已有", query="light=red")
    response = _save(client_of(office), query, **data)
    assert (response.status_code, said in words(response)) == (200, True)
    assert SavedView.objects.count() == 1


def test_twenty_are_enough(client_of, office):
    SavedView.objects.bulk_create(
        SavedView(owner=office, name=f"视图{number}", query="light=red") for number in range(20)
    )
    response = _save(client_of(office), "status=delayed")
    assert "已保存 20 个视图，先删除不再使用的，再保存新的。" in words(response)
    assert SavedView.objects.count() == 20
    # So many are counted after the page.
    page = client_of(office).get("/tasks/")
    assert page.context["tabs_follow"]
    assert 'hx-get="/tasks/tabs/?"' in page.content.decode()
    counted = client_of(office).get("/tasks/tabs/", headers={"HX-Request": "true"})
    assert {tab.number for tab in counted.context["tabs"]} == {0}


def test_database_keeps_the_promises(office):
    SavedView.objects.create(owner=office, name="甲", query="light=red")
    for wrong in ({"name": "甲", "query": "x=1"}, {"name": "", "query": "x=1"}, {"name": "乙", "query": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedView.objects.create(owner=office, **wrong)
    SavedView.objects.create(owner=make_user("li", Role.OFFICE), name="甲", query="light=red")


def test_counting_views_is_one_query_more(client_of, world):
    client, costs = client_of(world.office), []
    for number in (1, 3):
        while SavedView.objects.count() < number:
            _save(client, f"status=delayed&agency={world.mara.pk}", name=f"视图{SavedView.objects.count()}")
        with CaptureQueriesContext(connection) as queries:
            client.get("/tasks/")
        costs.append(len(queries))
    assert costs[0] == costs[1]
