"""/exports/annual-report.xlsx: what is in it, that its numbers are its rows, and who gets what."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks.models import OPEN, Light, Status, Task
from tasks.stats import plan_numbers
from tests.exporters.annual import NAME, URL, full_plan, report
from tests.exporters.reading import below_header, content, formulas, opened, parts, rows, titles
from tests.exporters.worlds import fill_quickly
from tests.factories import (
    make_agency,
    make_plan,
    make_section,
    make_task,
)
from tests.tasks.pages import masked

__all__ = ["full_plan"]

SHEETS = [
    *("封面与说明", "总览", "章节进展", "单位进展", "任务明细", "法律法规规章制修订进度", "未完成及原因"),
    "变更记录",
]
TITLES = {
    "封面与说明": "年度进展报告",
    "总览": "年度进展报告",
    "未完成及原因": "未完成任务及原因",
}


# --- what is in it ----------------------------------------------------------------------------------


def test_detail_holds_every_task_under_its_headings(office, full_plan, client_of):
    sheet = report(client_of(office), full_plan)["任务明细"]

    today = timezone.localdate()
    expected: list[tuple] = []
    for task in Task.objects.for_rows().order_by("number"):
        if task.number == 1:
            expected += [("一、第1章标题",), ("（一）第1节标题",)]
        if task.number == 3:
            expected += [("（二）第2节标题",)]
        if task.number == 5:
            expected += [("二、第2章标题",)]
        reading = task.reading(today)
        expected.append(
            (
                task.number,
                task.text,
                task.lead.name,
                "、".join(agency.name for agency in task.participants),
                "等部门共同负责" if task.number == 1 else "共同负责",
                task.get_status_display(),
                task.progress / 100,
                reading.light.label,
                "办公室认定滞后（见理由）"
                if task.status == Status.DELAYED
                else f"已超过计划节点 {(today - date(2024, 12, 31)).days} 天"
                if task.status in OPEN
                else reading.reason,
                date(2024, 12, 31),
                task.status_reason or None,
                date(2024, 1, 2),
            )
        )
    expected.append(("注：任务下方为本年度已审核通过的进展报送，最近的报送期在前，牵头单位在前。",))
    assert below_header(sheet) == expected
    assert titles(sheet) == [
        "序号", "任务", "牵头单位", "参与单位", "负责方式", "状态", "进度", "预警", "预警原因", "计划节点",
        "理由", "更新时间",
    ]  # fmt: skip


def test_overview_counts_what_the_detail_lists(office, full_plan, client_of):
    book = report(client_of(office), full_plan)

    detail = rows(book["任务明细"])
    overview = below_header(book["总览"])
    numbers = plan_numbers(Task.objects.for_rows(), today=timezone.localdate())
    for values, chapter in zip(overview, numbers.chapters, strict=False):
        tally = chapter.tally
        assert values == (
            chapter.chapter.heading,
            tally.total,
            *(tally.statuses[status] for status in Status),
            tally.completion_rate,
            *(tally.lights[light] for light in Light),
        )
    total = dict(zip(titles(book["总览"]), overview[len(numbers.chapters)], strict=True))
    assert total["章"] == "合计"
    assert total["任务数"] == len(detail) == 6
    assert {status.label: total[status.label] for status in Status} == {
        status.label: sum(row["状态"] == status.label for row in detail) for status in Status
    }
    assert {light.label: total[light.label] for light in Light} == {
        light.label: sum(row["预警"] == light.label for row in detail) for light in Light
    }
    assert total["完成率"] == pytest.approx(1 / 5)


def test_agencies_sheet_counts_their_parts(office, full_plan, lead, participant, client_of):
    book = report(client_of(office), full_plan)

    detail = rows(book["任务明细"])
    table = rows(book["单位进展"])
    assert {row["单位"] for row in table} == {lead.agency.name, participant.agency.name}
    for row in table:
        led = [task for task in detail if task["牵头单位"] == row["单位"]]
        assert row["牵头"] == len(led)
        assert row["参与"] == sum(task["参与单位"] == row["单位"] for task in detail)
        assert {s.label: row[s.label] for s in Status} == {
            s.label: sum(task["状态"] == s.label for task in led) for s in Status
        }
    total = dict(zip(titles(book["单位进展"]), below_header(book["单位进展"])[len(table)], strict=True))
    assert (total["单位"], total["牵头"], total["参与"]) == ("合计（2 家）", 6, 6)


def test_collective_is_one_row(office, plan, lead, client_of):
    collective = make_agency("联席会议成员单位", is_collective=True, position=9)
    collective.members.add(lead.agency, make_agency("财政部"))
    make_task(make_section(plan), [collective], number=1)

    table = rows(report(client_of(office), plan)["单位进展"])

    assert [(row["单位"], row["牵头"], row["参与"]) for row in table] == [("联席会议成员单位", 1, 0)]


def test_every_sheet_names_document_scope_and_time(office, full_plan, client_of):
    before = timezone.localtime()
    book = report(client_of(office), full_plan)

    assert book.sheetnames == SHEETS
    for sheet, title in zip(book, SHEETS, strict=True):
        title = TITLES.get(title, title)
        assert sheet["A1"].value == f"2024年{NAME}{title}"
        if sheet.title == SHEETS[0]:
            continue
        second = [cell.value for cell in sheet[2] if cell.value]
        assert second[0] == "文号：国知联办〔2024〕6号　　范围：全部 6 项任务"
        assert second[1].startswith(f"数据截至：{before:%Y-%m-%d}")
    assert book.properties.creator == "联席会议办公室"


def test_plan_without_document_number_says_nothing_of_it(office, plan, task, client_of):
    sheet = report(client_of(office), plan)["总览"]

    assert sheet["A2"].value == "范围：全部 1 项任务"


def test_hostile_texts_reach_the_report_as_text(office, plan, lead, client_of):
    section, reason = make_section(plan, title="=HYPERLINK(1)"), "+" + "因" * 2000
    make_task(section, [lead.agency], number=1, text="=1+1", status=Status.DELAYED, reason=reason)

    data = content(client_of(office).get(URL, {"plan": plan.pk}))

    assert formulas(data) == []
    (row,) = rows(opened(data)["任务明细"])
    assert row["任务"] == "=1+1"
    assert "".join(piece["全文"] for piece in rows(opened(data)["附页"])) == reason


def test_only_the_asked_plan_is_in_it(office, full_plan, lead, client_of):
    other = make_plan(2023)
    make_task(make_section(other), [lead.agency], number=77, text="上一年的任务")

    data = content(client_of(office).get(URL, {"plan": full_plan.pk}))

    assert "上一年的任务" not in "".join(parts(data).values())
    assert len(rows(opened(data)["任务明细"])) == 6


def test_plan_without_tasks_is_an_empty_report_for_the_office(office, plan, client_of):
    book = report(client_of(office), plan)

    assert [rows(sheet) for sheet in book.worksheets[1:]] == [[]] * 7


# --- the answer -------------------------------------------------------------------------------------


def test_answer_is_a_download_with_a_chinese_name(office, full_plan, client_of):
    response = client_of(office).get(URL, {"plan": full_plan.pk}, headers={"Accept-Encoding": "gzip"})

    data = content(response)
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    day = f"{timezone.localdate():%Y%m%d}"
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''2024%E5%B9%B4%E5%9B%BD%E5%AE%B6%E7%9F%A5%E8%AF%86%E4%BA%A7%E6%9D%83"
        "%E5%BC%BA%E5%9B%BD%E5%BB%BA%E8%AE%BE%E6%8E%A8%E8%BF%9B%E8%AE%A1%E5%88%92_"
        f"%E5%B9%B4%E5%BA%A6%E8%BF%9B%E5%B1%95%E6%8A%A5%E5%91%8A_{day}.xlsx"
    )
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    # The gzip middleware is on: it must leave a zip as it is, with its length.
    assert response["Content-Encoding"] == "identity"
    assert int(response["Content-Length"]) == len(data)
    assert data.startswith(b"PK")
    assert response.streaming


def test_head_answers_with_the_length(office, full_plan, client_of):
    response = client_of(office).head(URL, {"plan": full_plan.pk})

    assert response.status_code == 200
    assert int(response["Content-Length"]) > 0
    response.close()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_other_methods_are_refused(method, office, full_plan, client_of):
    response = getattr(client_of(office), method)(f"{URL}?plan={full_plan.pk}")

    assert response.status_code == 405


@pytest.mark.parametrize("asked", ["", "abc", "1.5", "-1", "１", "1 OR 1", "9" * 30, "\x00"])
def test_malformed_plan_is_a_clear_refusal(asked, office, client_of):
    response = client_of(office).get(URL, {"plan": asked})

    assert response.status_code == 400
    assert "没有写明推进计划" in response.content.decode()


def test_missing_plan_is_a_clear_refusal(office, client_of):
    response = client_of(office).get(URL)

    assert response.status_code == 400
    assert "没有写明推进计划" in response.content.decode()


@pytest.mark.parametrize("asked", ["0", "999999", "9" * 18])
def test_unknown_plan_is_not_found(asked, office, client_of):
    assert client_of(office).get(URL, {"plan": asked}).status_code == 404


@pytest.mark.parametrize("size", [10, 300])
def test_query_count_does_not_grow_with_the_tasks(size, office, plan, client_of):
    fill_quickly(plan, size)
    client = client_of(office)

    with CaptureQueriesContext(connection) as queries:
        assert len(rows(report(client, plan)["任务明细"])) == size

    # Session, user, plan; tasks, plans, periods, sections, chapters, assignments, agencies; accepted reports;
    # what is owed (1, there is no period); earlier plans; changes.
    assert len(queries) == 14


# --- who gets what ----------------------------------------------------------------------------------


def test_anonymous_is_sent_to_the_login(client, full_plan):
    response = client.get(URL, {"plan": full_plan.pk})

    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_leader_gets_everything(leader, full_plan, client_of):
    assert len(rows(report(client_of(leader), full_plan)["任务明细"])) == 6


@pytest.fixture
def secret(full_plan, lead):
    """A task of others, full of words that appear nowhere else."""
    return make_task(
        make_section(full_plan, 3, 1, title="秘密之节"), [make_agency("绝密单位"), make_agency("机密单位")],
        number=99, text="不可外传的任务", responsibility="绝密单位负责", status=Status.DELAYED, reason="隐情",
    )  # fmt: skip


HIDDEN = ["秘密之节", "绝密单位", "机密单位", "不可外传", "隐情", "第3章标题"]


def test_hidden_words_are_in_the_offices_report(office, full_plan, secret, client_of):
    text = "".join(parts(content(client_of(office).get(URL, {"plan": full_plan.pk}))).values())

    assert [word for word in HIDDEN if word not in text] == []


def test_agency_gets_exactly_its_own_tasks(participant, full_plan, secret, client_of):
    alone = make_task(make_section(full_plan, 1, 1), [make_agency("财政部")], number=50)

    data = content(client_of(participant).get(URL, {"plan": full_plan.pk}))

    text = "".join(parts(data).values())
    assert [word for word in HIDDEN if word in text] == []
    assert alone.text not in text
    assert "财政部" not in text
    book = opened(data)
    assert [row["序号"] for row in rows(book["任务明细"])] == [1, 2, 3, 4, 5, 6]
    for sheet in book.worksheets[1:]:
        assert "范围：农业农村部牵头或参与的 6 项任务" in sheet["A2"].value
    total = dict(zip(titles(book["总览"]), below_header(book["总览"])[2], strict=True))
    assert (total["章"], total["任务数"]) == ("合计", 6)


def test_agency_sees_other_agencies_only_within_its_own_tasks(participant, lead, full_plan, client_of):
    for number in range(20, 25):
        make_task(make_section(full_plan, 1, 1), [lead.agency], number=number)

    table = rows(report(client_of(participant), full_plan)["单位进展"])

    assert {(row["单位"], row["牵头"], row["参与"]) for row in table} == {
        (lead.agency.name, 3, 3),
        (participant.agency.name, 3, 3),
    }


def test_outsider_finds_nothing(outsider, full_plan, client_of):
    missing = client_of(outsider).get(URL, {"plan": 999999})
    hidden = client_of(outsider).get(URL, {"plan": full_plan.pk})

    assert (missing.status_code, hidden.status_code) == (404, 404)
    assert masked(hidden) == masked(missing)


def test_member_of_an_assigned_collective_gets_its_tasks(outsider, full_plan, client_of):
    collective = make_agency("联席会议成员单位", is_collective=True)
    collective.members.add(outsider.agency)
    make_task(make_section(full_plan, 2, None), [collective], number=60)

    assert [row["序号"] for row in rows(report(client_of(outsider), full_plan)["任务明细"])] == [60]
