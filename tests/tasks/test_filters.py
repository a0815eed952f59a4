"""The ledger's conditions: each alone, together, in every order, and what no filter should choke on."""

from datetime import date

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.filters import SORTS, UNKNOWN, LedgerFilter
from tasks.models import Task
from tests.factories import make_agency
from tests.tasks.worlds import EVERYTHING, TODAY, World, names, task_named, world

__all__ = ["world"]


def _filter(user, query: str = "", today: date = TODAY) -> LedgerFilter:
    return LedgerFilter(QueryDict(query), user=user, today=today)


def _found(user, query: str = "") -> list[str]:
    found = _filter(user, query)
    assert found.is_valid(), found.form.errors
    return names(found.qs.for_rows())


@pytest.fixture
def query(world: World):
    """Fills in the keys of things that are spoken of by name: query("plan={new}&agency={mara}")."""
    keys = {
        name: getattr(world, name).pk
        for name in ("old", "new", "cnipa", "mara", "mofcom", "moj", "all_members")
    }
    keys |= {"laws": world.section("完善法律").pk, "chapter": world.section("完善法律").chapter_id}
    keys |= {"task1": task_named("24/1").pk, "task45": task_named("23/45").pk}
    return lambda template: template.format(**keys)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", EVERYTHING),
        ("plan={new}", ["24/1", "24/2", "24/3", "24/4", "24/5", "24/45", "24/46"]),
        ("plan={old}", ["23/1", "23/45"]),
        ("chapter={chapter}", ["24/1", "24/2", "24/3", "24/4"]),
        ("section={laws}", ["24/1", "24/2"]),
        ("agency={cnipa}", ["24/1", "24/2", "24/4", "23/1"]),
        ("agency={mara}", ["24/1", "24/2"]),
        ("agency={all_members}", ["24/5"]),
        ("agency={cnipa}&role=lead", ["24/1", "24/4", "23/1"]),
        ("agency={cnipa}&role=participant", ["24/2"]),
        ("role=lead", EVERYTHING),
        ("role=participant", EVERYTHING),
        ("duty=by_duty", ["24/2"]),
        ("duty=joint", ["24/1", "24/3", "24/4", "24/5", "24/45", "24/46", "23/1", "23/45"]),
        ("status=not_started", ["24/1", "24/46"]),
        ("status=completed", ["24/4", "23/1"]),
        ("status=delayed&status=adjusted", ["24/3", "24/45"]),
        ("light=red", ["24/1", "24/3", "23/45"]),
        ("light=yellow", ["24/2"]),
        ("light=green", ["24/46"]),
        ("light=grey", ["24/4", "24/5", "24/45", "23/1"]),
        ("light=red&light=green", ["24/1", "24/3", "24/46", "23/45"]),
        ("q=商标法", ["24/1", "23/1"]),
        ("q=《商标法》及", ["24/1"]),
        ("q=商标法 条例", ["24/1"]),
        ("q=条例　修改", ["24/1"]),
        ("q=商标法 宣传", []),
        ("q=100%25", ["24/45"]),
        ("q=_", []),
        ("q=45", ["24/45", "23/45", "24/46"]),
        ("q=第45项", ["24/45", "23/45"]),
        ("q=第 45 项", ["24/45", "23/45"]),
        ("q=45项", ["24/45", "23/45"]),
        ("q=４５", ["24/45", "23/45", "24/46"]),
        ("q=45 调研", ["24/46"]),
        ("q=", EVERYTHING),
        ("task={task1}", ["24/1"]),
        ("task={task1}&task={task45}", ["24/1", "23/45"]),
        ("task=987654", []),
        ("plan={new}&agency={mofcom}&status=delayed&light=red&q=展会&duty=joint", ["24/3"]),
        ("plan={old}&agency={mara}", []),
        ("plan={new}&light=grey&status=completed", ["24/4"]),
        ("something=else", EVERYTHING),
    ],
)
def test_each_condition_finds_exactly_its_tasks(condition, expected, world, query):
    assert _found(world.office, query(condition)) == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("number", EVERYTHING),
        ("-number", ["24/46", "24/45", "24/5", "24/4", "24/3", "24/2", "24/1", "23/45", "23/1"]),
        ("progress", ["24/1", "24/46", "24/3", "24/45", "24/2", "23/45", "24/5", "24/4", "23/1"]),
        ("-progress", ["24/4", "23/1", "24/5", "23/45", "24/2", "24/45", "24/3", "24/1", "24/46"]),
        ("due", ["23/1", "23/45", "24/1", "24/2", "24/3", "24/4", "24/5", "24/45", "24/46"]),
        ("-due", ["24/46", "24/2", "24/3", "24/4", "24/5", "24/45", "24/1", "23/1", "23/45"]),
    ],
)
def test_each_order(sort, expected, world):
    assert _found(world.office, f"sort={sort}") == expected


def test_order_of_last_change(world):
    """All were changed at one moment but 24/3, which was changed later."""
    Task.objects.filter(pk=task_named("24/3").pk).update(updated_at="2024-12-01T00:00:00Z")
    others = [name for name in EVERYTHING if name != "24/3"]
    assert _found(world.office, "sort=-updated") == ["24/3", *others]
    assert _found(world.office, "sort=updated") == [*others, "24/3"]


def test_every_sort_is_tested_above():
    assert set(SORTS) - {"relevance"} == {
        "number",
        "-number",
        "progress",
        "-progress",
        "due",
        "-due",
        "updated",
        "-updated",
    }


# --- an agency's own list ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agency", "own", "led", "joined"),
    [
        ("cnipa", ["24/1", "24/2", "24/4", "23/1"], ["24/1", "24/4", "23/1"], ["24/2"]),
        ("mara", ["24/1", "24/2", "24/5"], ["24/2"], ["24/1", "24/5"]),
        ("moj", ["24/5", "24/45", "24/46"], ["24/46"], ["24/5", "24/45"]),
        ("mofcom", ["24/3", "24/45", "23/1", "23/45"], ["24/3", "24/45", "23/45"], ["23/1"]),
    ],
)
def test_agency_sees_its_own_tasks_also_through_a_collective(agency, own, led, joined, world):
    person = world.user_of(getattr(world, agency))
    assert _found(person) == own
    assert _found(person, "role=lead") == led
    assert _found(person, "role=participant") == joined


def test_agency_of_no_task_sees_none(world):
    world.all_members.members.clear()
    person = world.user_of(make_agency("外交部"))
    assert (_found(person), _found(person, "role=lead"), _found(person, "role=participant")) == ([], [], [])


def _offered(found: LedgerFilter, name: str) -> list[str]:
    return [str(one) for one in getattr(found, f"{name}_choices").values()]


def test_choices_are_what_the_person_may_see(world, query):
    found = _filter(world.user_of(world.mara))
    assert {name: _offered(found, name) for name in ("plan", "chapter", "section", "agency")} == {
        "plan": ["2024年推进计划"],
        "chapter": ["一、第1章标题", "二、第2章标题"],
        "section": ["（一）完善法律"],
        "agency": ["国家知识产权局", "农业农村部", "联席会议成员单位"],
    }
    office = _filter(world.office, query("plan={old}"))
    assert {name: _offered(office, name) for name in ("plan", "chapter", "section")} == {
        "plan": ["2024年推进计划", "2023年推进计划"],
        "chapter": ["一、第1章标题"],
        "section": ["（一）完善法规"],
    }


@pytest.mark.parametrize(
    "condition", ["plan={old}", "agency={mofcom}", "agency={moj}", "section={laws}&agency={mofcom}"]
)
def test_what_a_person_may_not_see_is_no_choice(condition, world, query):
    """The same words as for a key that does not exist: nothing tells that the thing is there."""
    person = world.user_of(world.mara)
    nothing = {name: [UNKNOWN["invalid_choice"]] for name in ("plan", "agency")}
    errors = _filter(person, query(condition)).form.errors
    assert errors == {name: nothing[name] for name in errors} != {}
    assert _filter(person, "plan=987654").form.errors["plan"] == nothing["plan"]


def test_a_foreign_key_of_a_task_finds_nothing(world):
    foreign = task_named("24/3").pk
    assert _found(world.user_of(world.mara), f"task={foreign}") == []


# --- in words ---------------------------------------------------------------------------------------


def test_conditions_in_words(world, query):
    found = _filter(
        world.office,
        query(
            "plan={new}&chapter={chapter}&section={laws}&agency={mara}&role=lead&duty=by_duty"
            "&status=in_progress&status=delayed&light=yellow&q=品种&task={task1}&sort=-progress"
        ),
    )
    assert found.describe() == [
        ("年度", "2024 年度"),
        ("章节", "一、第1章标题"),
        ("章节", "（一）完善法律"),
        ("单位", "农业农村部"),
        ("角色", "牵头"),
        ("负责方式", "按职责分工负责"),
        ("状态", "推进中、滞后"),
        ("预警", "黄灯"),
        ("关键词", "品种"),
        ("所选任务", "1 项"),
    ]
    assert found.order == "-progress"
    assert _filter(world.office).describe() == []


# --- bad input --------------------------------------------------------------------------------------

BAD = [
    ("plan=abc", "plan"),
    ("plan=-1", "plan"),
    (f"plan={10**30}", "plan"),
    ("plan=%00", "plan"),
    ("chapter=1.5", "chapter"),
    (f"section={2**63}", "section"),
    ("agency=' OR 1=1 --", "agency"),
    ("agency=%EF%BC%91%EF%BC%92", "agency"),
    ("role=boss", "role"),
    ("duty=%00", "duty"),
    ("status=done", "status"),
    ("status=completed&status=done", "status"),
    ("light=purple", "light"),
    ("q=%00", "q"),
    ("q=" + "长" * 101, "q"),
    ("task=abc", "task"),
    ("task=-1", "task"),
    (f"task={10**30}", "task"),
    ("task=1&task=", "task"),
    ("sort=__proto__", "sort"),
    ("sort=text", "sort"),
]


@pytest.mark.parametrize(("condition", "field"), BAD)
def test_bad_input_is_named_in_chinese(condition, field, world):
    found = _filter(world.office, condition)
    assert not found.is_valid()
    assert list(found.form.errors) == [field]
    assert all("一" <= character <= "鿿" for character in found.form.errors[field][0][:2])
    list(found.qs), found.describe(), found.order


def test_bad_input_leaves_the_good_conditions_in_force(world, query):
    found = _filter(world.office, query("plan={new}&status=delayed&light=purple"))
    assert names(found.qs.for_rows()) == ["24/3"]
    assert found.describe() == [("年度", "2024 年度"), ("状态", "滞后")]


def test_order_stands_where_another_field_is_bad(world):
    """The list and what says how it is sorted agree, or groups would fall apart."""
    found = _filter(world.office, "sort=-progress&plan=abc")
    assert (found.order, names(found.qs.for_rows())[:2]) == ("-progress", ["24/4", "23/1"])
    unknown = _filter(world.office, "sort=text")
    assert (unknown.order, names(unknown.qs.for_rows())) == ("number", EVERYTHING)


PARAMETERS = ["plan", "chapter", "section", "agency", "role", "duty", "status", "light", "q", "task", "sort"]
VALUES = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.sampled_from(["", "\x00", "١٢", "²", "1e3", "lead", "number"]),
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(given_values=st.lists(st.tuples(st.sampled_from(PARAMETERS), VALUES), max_size=4))
def test_nothing_that_can_be_typed_breaks_the_filter(given_values, world):
    data = QueryDict(mutable=True)
    for name, value in given_values:
        data.appendlist(name, value)
    found = LedgerFilter(data, user=world.office, today=TODAY)
    list(found.qs), found.describe(), found.order, found.form.as_p()
