"""/exports/snapshots/: a report as it was frozen stays so, and two of them tell what changed between them."""

import pytest
from django.core.exceptions import PermissionDenied

from exporters.comparison import KEPT
from tasks import workflow
from tasks.models import Event, ReportSnapshot, Status, Task
from tests.database import database, refused_and_unchanged
from tests.exporters.reading import below_header, content, formulas, opened, rows, titles
from tests.exporters.worlds import fill
from tests.factories import make_periods, make_plan, make_report, make_section, make_snapshot, make_task

URL = "/exports/snapshots/"
FIELDS = ["状态", "进度", "预警", "计划节点"]
COMPARISON = "/exports/snapshots/comparison.xlsx"


@pytest.fixture
def tasks(plan, lead, participant):
    return fill(plan, [lead.agency, participant.agency])


def freeze(client, plan, **fields) -> ReportSnapshot:
    answer = client.post(f"{URL}?plan={plan.pk}", fields)
    assert (answer.status_code, answer["Location"]) == (302, f"{URL}?plan={plan.pk}")
    return ReportSnapshot.objects.filter(plan=plan).latest("number")


def downloaded(client, snapshot) -> bytes:
    return content(client.get(f"{URL}{snapshot.pk}.xlsx"))


def statuses(data: bytes) -> dict[int, str]:
    table = below_header(opened(data)["任务明细"])
    return {row[0]: row[5] for row in table if len(row) > 1}


def compared(client, before, after):
    data = content(client.get(COMPARISON, {"before": before.pk, "after": after.pk}))
    assert formulas(data) == []
    return opened(data).active


def change(task, by, **changes) -> None:
    task.refresh_from_db()
    workflow.set_status(task, by=by, version=task.version, **changes)


def test_frozen_report_stays_as_it_was(office, leader, plan, tasks, client_of):
    client = client_of(office)
    first = freeze(client, plan, note="报审稿")
    data = downloaded(client, first)
    change(tasks[1], office, status=Status.COMPLETED)
    second = freeze(client, plan)

    assert (first.number, second.number, first.by, first.note) == (1, 2, office, "报审稿")
    assert downloaded(client_of(leader), first) == data
    covers = [
        dict(row for row in below_header(opened(downloaded(client, one))["封面与说明"]) if len(row) == 2)
        for one in (first, second)
    ]
    assert [cover["快照编号"] for cover in covers] == ["第 1 号", "第 2 号"]
    assert covers[0]["快照说明"] == "报审稿"
    was, now = (statuses(downloaded(client, one)) for one in (first, second))
    assert {number: (was[number], now[number]) for number in was if was[number] != now[number]} == {
        2: ("推进中", "已完成")
    }


def test_freezing_is_told_with_the_digest(office, plan, tasks, client_of):
    snapshot = freeze(client_of(office), plan, note="报审稿", as_of="2024-06-30")

    event = Event.objects.get(kind="plan.report_frozen")
    assert (event.plan, event.by, event.reason) == (plan, office, "报审稿")
    assert event.after == {"number": 1, "as_of": "2024-06-30", "digest": snapshot.digest, "tasks": 6}
    assert event.sentence == "固定年度进展报告第 1 号快照，数据截至 2024-06-30"


def test_second_click_freezes_nothing(office, plan, tasks, client_of):
    client = client_of(office)
    freeze(client, plan)
    before = database()
    answer = client.post(f"{URL}?plan={plan.pk}", follow=True)

    assert "内容没有变化，没有另存，仍为第 1 号快照。" in answer.content.decode()
    assert database() == before


def test_numbers_are_each_plans_own(office, plan, client_of):
    other = make_plan(2022)
    client = client_of(office)
    frozen = [freeze(client, one, note=note) for one, note in ((plan, "甲"), (other, ""), (plan, "乙"))]
    assert [snapshot.number for snapshot in frozen] == [1, 1, 2]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"as_of": "2099-01-01"}, "日期不能晚于今天"),
        ({"as_of": "x"}, "日期须写成"),
        ({"note": "长" * 101}, "现有 101 字"),
    ],
)
def test_bad_form_freezes_nothing(fields, words, office, plan, tasks, client_of):
    answer = client_of(office).post(f"{URL}?plan={plan.pk}", fields)

    assert (answer.status_code, words in answer.content.decode()) == (200, True)
    assert not ReportSnapshot.objects.exists()


def test_only_the_office_freezes(leader, plan):
    refused_and_unchanged(PermissionDenied, lambda: make_snapshot(plan, leader))


def test_damaged_snapshot_is_not_handed_out(office, plan, client_of):
    snapshot = make_snapshot(plan, office)
    ReportSnapshot.objects.update(workbook=b"PK changed")

    answer = client_of(office).get(f"{URL}{snapshot.pk}.xlsx")

    assert (answer.status_code, "与固定时不一致" in answer.content.decode()) == (400, True)


def test_comparison_lists_exactly_what_changed(office, plan, lead, tasks, client_of):
    client = client_of(office)
    first = freeze(client, plan)
    make_task(make_section(plan, 1, 1), [lead.agency], number=7, text="=新增的任务")
    change(tasks[1], office, status=Status.DELAYED, progress=40, reason="=上位法未出台")
    make_report(tasks[0], make_periods(plan)[0], lead, state="accepted", proposed_progress=5)
    second = freeze(client, plan)

    sheet = compared(client, second, first)  # whichever way they are asked for

    assert titles(sheet) == ["序号", "任务", *FIELDS, "其他变化", "其间审核通过的进展报送"]
    found = {row["序号"]: row for row in rows(sheet)}
    assert list(found) == [1, 2, 7]
    assert found[1]["状态"] == "未启动 → 推进中"
    assert found[1]["其间审核通过的进展报送"].startswith("【上半年·国家知识产权局（牵头）】工作举措：")
    assert {key: value for key, value in found[2].items() if value} == {
        "序号": 2,
        "任务": tasks[1].text,
        "状态": "推进中 → 滞后",
        "进度": "0% → 40%",
        "其他变化": "理由：（空） → =上位法未出台",
    }
    assert (found[7]["任务"], found[7]["其他变化"]) == ("=新增的任务", "新增的任务")
    assert sheet["A3"].value.startswith("3 项任务有变化。")
    assert "滞后 1 → 2 项" in sheet["A3"].value


def test_comparison_of_the_same_is_empty(office, plan, tasks, client_of):
    client = client_of(office)
    first, second = freeze(client, plan), freeze(client, plan, note="再次固定")
    assert rows(compared(client, first, second)) == []


def test_comparison_needs_two_of_one_plan(office, plan, client_of):
    client, other = client_of(office), make_plan(2022)
    mine, theirs = make_snapshot(plan, office), make_snapshot(other, office)
    for query, status, words in (
        ({"before": mine.pk, "after": mine.pk}, 400, "两份不同的快照"),
        ({"before": "x"}, 400, "两份不同的快照"),
        ({"before": mine.pk, "after": theirs.pk}, 400, "不属于同一推进计划"),
        ({"before": mine.pk, "after": 999999}, 404, ""),
    ):
        answer = client.get(COMPARISON, query)
        assert (answer.status_code, words in answer.content.decode()) == (status, True)


def test_rows_keep_every_field_that_is_compared(office, plan, tasks, client_of):
    kept = freeze(client_of(office), plan).rows
    assert list(kept) == [str(task.pk) for task in Task.objects.order_by("number")]
    assert all(set(values) == {*KEPT, "reported"} for values in kept.values())
