"""年度进展报告 of a year that was lived in: what was reported, changed and named, charts and cover."""

from datetime import date

import pytest

from tasks import workflow
from tasks.models import Status
from tests.exporters.annual import NAME, NOON, URL, full_plan, report
from tests.exporters.reading import below_header, content, header_rows, parts, rows, titles
from tests.factories import (
    WRITTEN,
    make_periods,
    make_plan,
    make_report,
    make_section,
    make_task,
)

__all__ = ["full_plan"]


@pytest.fixture
def lived_in(office, lead, participant):
    """A year of a plan: two periods with reports, an extension, an adjustment; two plans that name laws."""
    before = make_plan(2023, title=f"2023年{NAME}")
    plan = make_plan(2024, title=f"2024年{NAME}")
    half, year = make_periods(plan)
    make_task(make_section(before), [lead.agency], number=8, text="研究起草《专利条例》（草案）。")
    both = [lead.agency, participant.agency]
    section = make_section(plan)
    first = make_task(section, both, number=1, text="修改《中华人民共和国专利条例》，落实《纲要》。")
    other = make_task(section, both[::-1], number=2, text="推进《商标法》、《商标条例》修订。")
    for period, by, state, results in (
        (half, lead, "accepted", "上半年牵头成效"),
        (half, participant, "accepted", "上半年参与成效"),
        (year, lead, "accepted", "全年牵头成效"),
        (year, participant, "submitted", "尚未审核的成效"),
    ):
        make_report(first, period, by, state=state, results=results)
    ask = workflow.ask_extension(
        other, by=participant, new_due_on=date(2025, 3, 31), progress=10, reason="论证延后", at=NOON
    )
    workflow.grant_extension(ask, by=office, decision="同意", at=NOON)
    for status, reason in ((Status.ADJUSTED, "并入下年"), (Status.IN_PROGRESS, "")):
        other.refresh_from_db()
        workflow.set_status(
            other, by=office, status=status, version=other.version, progress=10, reason=reason, at=NOON
        )
    return plan


def test_detail_tells_what_was_accepted_the_latest_first(office, lived_in, client_of):
    table = below_header(report(client_of(office), lived_in)["任务明细"])

    below = [row[0] for row in table[3:] if len(row) == 1 and row[0].startswith("【")]
    assert [(text.split("】")[0], text.split("进展成效：")[1].split("　")[0]) for text in below] == [
        ("【全年·国家知识产权局（牵头）", "全年牵头成效"),
        ("【上半年·国家知识产权局（牵头）", "上半年牵头成效"),
        ("【上半年·农业农村部（参与）", "上半年参与成效"),
    ]


def test_report_as_of_a_day_leaves_out_what_came_later(office, lived_in, client_of):
    answer = client_of(office).get(URL, {"plan": lived_in.pk, "as_of": "2024-07-31"})

    text = "".join(parts(content(answer)).values())
    assert ("上半年牵头成效" in text, "全年牵头成效" in text) == (True, False)


def test_agency_reads_its_own_reports_and_its_participants(lead, participant, lived_in, client_of):
    texts = {
        person.agency.name: "".join(
            parts(content(client_of(person).get(URL, {"plan": lived_in.pk}))).values()
        )
        for person in (lead, participant)
    }
    assert ["上半年参与成效" in text for text in texts.values()] == [True, True]
    assert ["全年牵头成效" in text for text in texts.values()] == [True, False]


def test_agencies_sheet_tells_who_reported_on_time(office, participant, lived_in, client_of):
    asked = {
        row["单位"]: (row["应报"], row["按期"], row["按期\n报送率"])
        for row in rows(report(client_of(office), lived_in)["单位进展"])
    }
    assert asked == {"国家知识产权局": (4, 2, 0.5), "农业农村部": (4, 2, 0.5)}
    # Of others an agency is told on single tasks alone.
    own = {row["单位"]: row["应报"] for row in rows(report(client_of(participant), lived_in)["单位进展"])}
    assert own == {"国家知识产权局": "—", "农业农村部": 4}


def test_instruments_stand_beside_the_years_that_name_them(office, lived_in, client_of):
    table = rows(report(client_of(office), lived_in)["法律法规规章制修订进度"])

    assert [tuple(row.values()) for row in table] == [
        ("法律", "《商标法》", "—", "修订（第 2 项，推进中）", "农业农村部", "国家知识产权局", "推进中"),
        (
            *("法规", "《中华人民共和国专利条例》", "研究起草（第 8 项，未启动）", "修改（第 1 项，推进中）"),
            *("国家知识产权局", "农业农村部", "推进中"),
        ),
        ("法规", "《商标条例》", "—", "修订（第 2 项，推进中）", "农业农村部", "国家知识产权局", "推进中"),
    ]
    assert titles(report(client_of(office), lived_in)["法律法规规章制修订进度"])[2:4] == [
        "2023 年度",
        "2024 年度",
    ]


def test_changes_and_reasons_are_listed(office, lived_in, client_of):
    book = report(client_of(office), lived_in)

    changes = [(row["变更"], row["变更前"], row["变更后"], row["理由"]) for row in rows(book["变更记录"])]
    assert changes == [("调整", "未启动", "已调整", "并入下年"), ("延期", "2024-12-31", "2025-03-31", "同意")]
    unfinished = {row["序号"]: row["存在问题（最近报送）"] for row in rows(book["未完成及原因"])}
    assert unfinished == {1: WRITTEN["problems"], 2: "（尚无审核通过的报送）"}


def test_what_an_agency_may_not_read_is_not_called_missing(participant, lived_in, client_of):
    table = rows(report(client_of(participant), lived_in)["未完成及原因"])
    assert {row["牵头单位"]: row["存在问题（最近报送）"] for row in table} == {
        "国家知识产权局": "—",
        "农业农村部": "（尚无审核通过的报送）",
    }
    assert {row["牵头单位"]: row["下一步计划"] for row in table} == {
        "国家知识产权局": "—",
        "农业农村部": None,
    }


def test_a_change_that_was_taken_back_is_no_change(office, lived_in, client_of):
    task = lived_in.tasks.get(number=1)
    workflow.set_status(task, by=office, status="adjusted", version=task.version, reason="误点", progress=5)
    book = report(client_of(office), lived_in)
    assert next(row["理由"] for row in rows(book["变更记录"])) == "误点"
    workflow.take_back(task.events.latest("pk"), by=office)
    changes = rows(report(client_of(office), lived_in)["变更记录"])
    assert [row["理由"] for row in changes] == ["并入下年", "同意"]


def test_charts_draw_the_cells_of_the_tables(office, full_plan, client_of):
    book = report(client_of(office), full_plan)

    by_chapter, by_agency = book["总览"]._charts
    assert len(by_chapter.series) == len(by_agency.series) == len(Status)
    for chart, table, key in ((by_chapter, "总览", "章"), (by_agency, "单位进展", "单位")):
        for series in chart.series:
            sheet, cells = series.val.numRef.f.split("!")
            assert sheet == f"'{table}'"
            ((first,), *_, (last,)) = book[table][cells.replace("$", "")]
            drawn = [row[0].value for row in book[table][cells.replace("$", "")]]
            assert drawn == [row[series.tx.v] for row in rows(book[table])]
            assert (first.row, last.row) == (header_rows(book[table])[1] + 1, first.row + len(drawn) - 1)
        names = chart.series[0].cat.numRef or chart.series[0].cat.strRef
        ((first,), *_) = book[table][names.f.split("!")[1].replace("$", "")]
        assert first.value == rows(book[table])[0][key]


def test_cover_says_who_and_whether_it_is_frozen(office, full_plan, client_of):
    cover = {row["项目"]: row["内容"] for row in _facts(report(client_of(office), full_plan)["封面与说明"])}

    assert (cover["文号"], cover["导出人"]) == ("国知联办〔2024〕6号", office.label)
    assert cover["快照编号"] == "未固定（数据随系统更新）"
    assert cover["总体情况"].startswith("共 6 项任务，其中未启动 1 项")


def _facts(sheet):
    return [dict(zip(titles(sheet), row, strict=True)) for row in below_header(sheet)]
