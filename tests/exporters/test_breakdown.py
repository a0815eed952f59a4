"""/exports/breakdown.xlsx: a sheet an agency, with what it leads and what it joins; safe names."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.exporters.reading import below_header, content, formulas, opened, parts, rows, titles
from tests.exporters.worlds import fill, fill_quickly
from tests.factories import make_agency, make_section, make_task

URL = "/exports/breakdown.xlsx"


def exported(client, plan, **query):
    return opened(content(client.get(URL, {"plan": plan.pk, **query})))


def test_each_agency_has_its_sheet_in_the_registers_order(office, plan, lead, participant, client_of):
    fill(plan, [lead.agency, participant.agency])
    make_task(make_section(plan, 3, 1), [participant.agency], number=9)

    book = exported(client_of(office), plan)

    assert book.sheetnames == ["目录", lead.agency.name, participant.agency.name]
    assert [tuple(row.values()) for row in rows(book["目录"])] == [
        (lead.agency.name, 3, 3, 6),
        (participant.agency.name, 4, 3, 7),
    ]
    table = below_header(book[participant.agency.name])
    place = titles(book[participant.agency.name]).index("序号")
    assert [row[0] if len(row) == 1 else row[place] for row in table] == [
        *("牵头任务（4 项）", 2, 4, 6, 9),
        *("参与任务（3 项）", 1, 3, 5),
    ]


def test_names_of_sheets_are_safe_and_each_agencys_own(office, plan, client_of):
    """Excel takes 31 signs, none of []:*?/\\\\, and no name twice, whatever the case."""
    names = ["=甲[乙]:丙", "丁" * 40, "丁" * 41, "history", "Abc", "ABC", "目录"]
    make_task(make_section(plan), [make_agency(name, position=n) for n, name in enumerate(names)], number=1)

    data = content(client_of(office).get(URL, {"plan": plan.pk}))

    assert formulas(data) == []
    sheets = opened(data).sheetnames
    assert sheets == [
        "目录",
        "=甲_乙__丙",
        "丁" * 31,
        "丁" * 29 + "_2",
        "history_2",
        "Abc",
        "ABC_2",
        "目录_2",
    ]


def test_agency_gets_its_own_sheets_alone(plan, lead, participant, client_of):
    collective = make_agency("联席会议成员单位", is_collective=True, position=99)
    collective.members.add(participant.agency)
    fill(plan, [lead.agency, participant.agency])
    make_task(make_section(plan, 1, 1), [collective], number=20)
    make_task(make_section(plan, 3, 1), [lead.agency], number=21, text="不可外传的任务")

    data = content(client_of(participant).get(URL, {"plan": plan.pk}))

    assert "不可外传" not in "".join(parts(data).values())
    assert opened(data).sheetnames == ["目录", participant.agency.name, "联席会议成员单位"]


def test_bad_plan_or_day_exports_nothing(office, outsider, plan, client_of):
    for query, status in (
        ({}, 400),
        ({"plan": "x"}, 400),
        ({"plan": plan.pk, "as_of": "x"}, 400),
        ({"plan": 99999}, 404),
    ):
        assert client_of(office).get(URL, query).status_code == status
    assert client_of(outsider).get(URL, {"plan": plan.pk}).status_code == 404


@pytest.mark.parametrize("size", [10, 100])
def test_query_count_does_not_grow_with_the_tasks(size, office, plan, client_of):
    fill_quickly(plan, size)
    client = client_of(office)
    with CaptureQueriesContext(connection) as queries:
        exported(client, plan)
    # Session, user, plan; tasks, plans, periods, sections, chapters, assignments, agencies.
    assert len(queries) == 10
