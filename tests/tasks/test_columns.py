"""Columns: what one wrote, it reads back; and what people and office programs make of a cell on the way."""

from datetime import date, datetime, time

import pytest

from tasks.columns import LEDGER, REPORT_COLUMNS, TASK_COLUMNS, Column, Kind, ReportLine, TaskLine, Unreadable
from tasks.models import AssignmentRole, Status
from tests.factories import WRITTEN, make_section, make_task

DAY = date(2024, 6, 30)


def column(kind: Kind) -> Column:
    return Column("x", "列", 5, lambda row: row, kind)


def test_keys_and_titles_name_one_column_each():
    for columns in (TASK_COLUMNS, REPORT_COLUMNS):
        assert [one.key for one in columns.values()] == list(columns)
        assert len({one.title for one in columns.values()}) == len(columns)
    assert set(LEDGER) <= set(TASK_COLUMNS)


def test_task_reads_back_as_its_fields(plan, lead):
    task = make_task(
        make_section(plan), [lead.agency], number=7, status=Status.DELAYED, progress=35, reason="等待上位法"
    )
    line = TaskLine.of(task, today=DAY)

    read = {key: column.read(column.value(line)) for key, column in TASK_COLUMNS.items()}

    fields = {"number": 7, "text": task.text, "status": "delayed", "progress": 35, "reason": "等待上位法"}
    assert {key: read[key] for key in fields} == fields
    assert (read["deadline"], read["light"]) == (plan.due_on, "red")


def test_report_reads_back_as_its_fields(plan, lead):
    task = make_task(make_section(plan), [lead.agency], number=7)
    fields = WRITTEN | {"proposed_status": "completed", "deliverables": "", "proposal_reason": ""}
    line = ReportLine(task, AssignmentRole.LEAD, fields)

    assert {key: REPORT_COLUMNS[key].read(REPORT_COLUMNS[key].value(line)) for key in fields} == fields
    empty = ReportLine(task, AssignmentRole.LEAD)
    assert [REPORT_COLUMNS[key].read(REPORT_COLUMNS[key].value(empty)) for key in fields] == [
        None if key == "proposed_progress" else "" for key in fields
    ]


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        (Kind.TEXT, " 甲\r\n乙 ", "甲\n乙"),
        (Kind.TEXT, 12.0, "12"),
        (Kind.TEXT, datetime.combine(DAY, time()), "2024-06-30"),
        (Kind.COUNT, "１２", 12),
        (Kind.COUNT, 12.0, 12),
        (Kind.COUNT, None, None),
        *(
            (Kind.PERCENT, cell, 45)
            for cell in (0.45, 45, "45", "45%", "４５％", "45 %", "0.45", 0.45 + 1e-12)
        ),
        (Kind.PERCENT, 1, 100),
        (Kind.PERCENT, "1", 1),
        (Kind.PERCENT, "1%", 1),
        (Kind.PERCENT, 0, 0),
        (Kind.PERCENT, " ", None),
        (Kind.RATE, "45.5%", 0.455),
        *(
            (Kind.DATE, cell, DAY)
            for cell in (
                *(
                    DAY,
                    datetime.combine(DAY, time(12)),
                    "2024-06-30",
                    "2024/6/30",
                    "2024.6.30",
                    "2024年6月30日",
                ),
                *("2024-06-30 00:00:00", 45473, "45473"),
            )
        ),
        (Kind.DATE, "", None),
    ],
)
def test_cells_are_read_as_people_write_them(kind, cell, expected):
    assert column(kind).read(cell) == expected


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        (Kind.COUNT, "十二"),
        (Kind.COUNT, 1.5),
        (Kind.COUNT, True),
        (Kind.PERCENT, 101),
        (Kind.PERCENT, "45.5%"),
        (Kind.PERCENT, -1),
        (Kind.PERCENT, "1e2"),
        (Kind.DATE, "2024-02-30"),
        (Kind.DATE, "明年"),
        (Kind.DATE, 5),
    ],
)
def test_what_cannot_be_read_is_told_with_its_value(kind, cell):
    with pytest.raises(Unreadable, match=r"“.+”(?:不是|的).*，请"):
        column(kind).read(cell)


def test_choice_reads_its_words_alone():
    status = TASK_COLUMNS["status"]
    assert (status.read(" 推进中"), status.read(None)) == ("in_progress", "")
    with pytest.raises(Unreadable, match="“办完了”不是可选的值，请从下拉列表中选择：未启动、推进中"):
        status.read("办完了")
