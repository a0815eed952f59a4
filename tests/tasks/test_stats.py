"""The numbers of a plan: what counts, what the rate leaves out, and that they agree with the rows."""

from datetime import date, timedelta

import pytest

from tasks.models import Light, Status, Task
from tasks.stats import lead_numbers, plan_numbers, quiet, tally, warned
from tests.factories import LONG_AGO, make_agency, make_plan, make_section, make_task

TODAY = date(2024, 12, 10)
REASON = {Status.DELAYED: "条件未到", Status.ADJUSTED: "并入他项"}


def loaded():
    return list(Task.objects.for_rows().order_by("number"))


@pytest.fixture
def all_statuses(section, lead, participant):
    """One task in each status, number 1 to 6, led by `lead` and joined by `participant`."""
    for number, status in enumerate(Status, start=1):
        make_task(
            section,
            [lead.agency, participant.agency],
            number=number,
            status=status,
            reason=REASON.get(status, ""),
        )


@pytest.mark.usefixtures("all_statuses")
def test_tally_counts_every_status_and_light():
    counted = tally(loaded(), today=TODAY)

    assert counted.statuses == dict.fromkeys(Status, 1)
    assert counted.lights == {Light.RED: 1, Light.YELLOW: 2, Light.GREEN: 0, Light.GREY: 3}
    assert counted.total == 6


@pytest.mark.usefixtures("all_statuses")
def test_completion_rate_leaves_out_continuing_and_keeps_adjusted():
    counted = tally(loaded(), today=TODAY)

    assert (counted.completed, counted.rated) == (1, 5)
    assert counted.completion_rate == 1 / 5


def test_completion_rate_of_nothing_to_complete_is_none(section, lead):
    make_task(section, [lead.agency], status=Status.CONTINUING)

    assert tally(loaded(), today=TODAY).completion_rate is None
    assert tally([], today=TODAY).completion_rate is None


def test_lights_are_those_of_the_day(section, lead):
    make_task(section, [lead.agency])

    assert tally(loaded(), today=date(2024, 6, 1)).lights[Light.GREEN] == 1
    assert tally(loaded(), today=date(2024, 12, 1)).lights[Light.YELLOW] == 1
    assert tally(loaded(), today=date(2025, 1, 1)).lights[Light.RED] == 1


def test_chapters_stand_in_the_plans_order_and_sum_to_the_whole(plan, lead):
    for chapter in (3, 1, 2):
        for number in range(chapter):
            make_task(make_section(plan, chapter, number=None), [lead.agency], number=chapter * 10 + number)

    numbers = plan_numbers(loaded(), today=TODAY)

    assert [(row.chapter.number, row.tally.total) for row in numbers.chapters] == [(1, 1), (2, 2), (3, 3)]
    assert numbers.tally.total == 6


def test_agencies_stand_in_the_registers_order_with_their_parts(section):
    last, first, both = (
        make_agency(name, position=position) for name, position in [("丙", 3), ("甲", 1), ("乙", 2)]
    )
    make_task(section, [last, first, both], number=1)
    make_task(section, [both, first], number=2, status=Status.COMPLETED)
    make_agency("没有任务的", position=0)

    numbers = plan_numbers(loaded(), today=TODAY)

    assert [(a.agency.name, a.led.total, a.joined.total, a.total) for a in numbers.agencies] == [
        ("甲", 0, 2, 2),
        ("乙", 1, 1, 2),
        ("丙", 1, 0, 1),
    ]
    assert [a.led.completion_rate for a in numbers.agencies] == [None, 1.0, 0.0]


def test_collective_is_one_agency_and_not_its_members(section, lead):
    collective = make_agency("联席会议成员单位", is_collective=True, position=9)
    collective.members.add(lead.agency)
    make_task(section, [lead.agency, collective], number=1)

    numbers = plan_numbers(loaded(), today=TODAY)

    assert [(a.agency.name, a.led.total, a.joined.total) for a in numbers.agencies] == [
        ("国家知识产权局", 1, 0),
        ("联席会议成员单位", 0, 1),
    ]


def test_task_without_a_lead_is_in_the_whole_but_not_in_what_is_led(section, lead):
    make_task(section, [], number=1)
    make_task(section, [lead.agency], number=2)

    numbers = plan_numbers(loaded(), today=TODAY)

    assert (numbers.tally.total, numbers.led.total) == (2, 1)


def test_leads_stand_by_what_they_lead_with_their_chapters_and_mean_progress(plan):
    much, little, as_much = (
        make_agency(name, position=position) for name, position in [("甲", 3), ("乙", 1), ("丙", 2)]
    )
    first, second = make_section(plan, 1), make_section(plan, 2)
    make_task(first, [much, little], number=1, status=Status.IN_PROGRESS, progress=40)
    make_task(second, [much], number=2, status=Status.COMPLETED)
    make_task(second, [as_much], number=3)
    make_task(second, [as_much], number=4, status=Status.DELAYED, progress=10, reason="条件未到")
    make_task(second, [little, much], number=5)
    make_task(second, [], number=6)

    leads = lead_numbers(loaded(), today=TODAY)

    assert [
        (
            lead.agency.name,
            lead.led.total,
            {c.number: t.total for c, t in lead.chapters.items()},
            lead.progress,
        )
        for lead in leads
    ] == [("丙", 2, {2: 2}, 5), ("甲", 2, {1: 1, 2: 1}, 70), ("乙", 1, {2: 1}, 0)]
    assert leads[0].chapters[second.chapter].lights[Light.RED] == 1


def test_warned_and_quiet_part_the_open_tasks(section):
    make_task(section, number=1, due_on=date(2025, 6, 30))
    make_task(section, number=2, due_on=date(2025, 6, 30), at=LONG_AGO - timedelta(days=1))
    make_task(section, number=3, due_on=date(2024, 12, 20))
    make_task(section, number=4, due_on=date(2024, 12, 1))
    make_task(section, number=5, due_on=date(2024, 11, 1))
    make_task(
        section, number=6, due_on=date(2025, 6, 30), status=Status.DELAYED, progress=10, reason="条件未到"
    )
    make_task(section, number=7, status=Status.COMPLETED)

    assert [(one.task.number, one.reading.light) for one in warned(loaded(), today=TODAY)] == [
        (5, Light.RED),
        (4, Light.RED),
        (6, Light.RED),
        (3, Light.YELLOW),
    ]
    assert [one.task.number for one in quiet(loaded(), today=TODAY)] == [2, 1]


@pytest.mark.parametrize("size", [10, 40])
def test_numbers_cost_no_query(size, lead, django_assert_num_queries):
    section = make_section(make_plan(2023))
    for number in range(size):
        make_task(section, [lead.agency], number=number + 1)
    tasks = loaded()

    with django_assert_num_queries(0):
        plan_numbers(tasks, today=TODAY)
        lead_numbers(tasks, today=TODAY)
        warned(tasks, today=TODAY)
        quiet(tasks, today=TODAY)
