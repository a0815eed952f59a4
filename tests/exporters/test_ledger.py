"""/exports/ledger.xlsx: exactly the filtered rows, in the ledger's order, saying what was filtered."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks import workflow
from tasks.models import Chapter, Light, Status, Task
from tests.exporters.reading import content, opened, parts, rows
from tests.exporters.worlds import fill, fill_quickly
from tests.factories import (
    LONG_AGO,
    make_agency,
    make_periods,
    make_plan,
    make_report,
    make_section,
    make_task,
    noon,
)

URL = "/exports/ledger.xlsx"


def exported(client, **query):
    return opened(content(client.get(URL, query))).active


def numbers(sheet) -> list[int]:
    return [row["序号"] for row in rows(sheet)]


@pytest.fixture
def tasks(plan, lead, participant):
    return fill(plan, [lead.agency, participant.agency])


# --- what is in it ----------------------------------------------------------------------------------


def test_row_holds_the_fields_of_the_ledger(office, plan, lead, participant, client_of):
    task = make_task(
        make_section(plan), [lead.agency, participant.agency], number=7, status=Status.DELAYED, progress=35,
        reason="上位法尚未出台",
    )  # fmt: skip

    (row,) = rows(exported(client_of(office)))

    day = timezone.localtime(task.updated_at)
    assert {title: str(value) for title, value in row.items()} == {
        "年度": "2024",
        "章节": "一、第1章标题（一）第1节标题",
        "序号": "7",
        "任务": task.text,
        "牵头单位": "国家知识产权局",
        "参与单位": "农业农村部",
        "状态": "滞后",
        "进度": "0.35",
        "预警": "红灯",
        "预警原因": "办公室认定滞后（见理由）",
        "计划节点": "2024-12-31",
        "理由": "上位法尚未出台",
        "更新时间": f"{day:%Y-%m-%d}",
    }


@pytest.mark.usefixtures("tasks")
def test_everything_without_filters(office, client_of):
    sheet = exported(client_of(office))

    assert numbers(sheet) == [1, 2, 3, 4, 5, 6]
    assert sheet["A2"].value == "范围：全部 6 项任务"
    assert sheet["A3"].value == "筛选条件：无（全部任务）　　排序：按序号"


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize(
    ("query", "expected", "said"),
    [
        ({"status": ["delayed", "adjusted"]}, [5, 6], "状态：滞后、已调整"),
        ({"light": [Light.GREY]}, [3, 4, 6], "预警：不适用"),
        ({"q": "第3项"}, [3], "关键词：第3项"),
        ({"q": "不存在"}, [], "关键词：不存在"),
    ],
)
def test_filters_are_those_of_the_ledger(query, expected, said, office, client_of):
    sheet = exported(client_of(office), **query)

    assert numbers(sheet) == expected
    assert sheet["A2"].value == f"范围：符合条件的 {len(expected)} 项任务"
    assert said in sheet["A3"].value


@pytest.mark.usefixtures("tasks")
def test_plan_chapter_and_agency_filters(office, plan, lead, client_of):
    make_task(make_section(make_plan(2023)), [lead.agency], number=1)
    chapter = Chapter.objects.get(plan=plan, number=2)

    sheet = exported(client_of(office), plan=plan.pk, chapter=chapter.pk, agency=lead.agency.pk, role="lead")

    assert numbers(sheet) == [5]
    assert "年度：2024 年度" in sheet["A3"].value
    assert "单位：国家知识产权局" in sheet["A3"].value


@pytest.mark.usefixtures("tasks")
def test_order_is_the_ledgers(office, client_of):
    sheet = exported(client_of(office), sort="-number")

    assert numbers(sheet) == [6, 5, 4, 3, 2, 1]
    assert sheet["A3"].value.endswith("排序：按序号（倒序）")


def test_selection_is_exported_alone(office, tasks, client_of):
    sheet = exported(client_of(office), task=[tasks[1].pk, tasks[4].pk])

    assert numbers(sheet) == [2, 5]


def test_every_page_is_exported(office, plan, client_of):
    fill_quickly(plan, 130)

    sheet = exported(client_of(office), page="2", per_page="15")

    assert numbers(sheet) == list(range(1, 131))


@pytest.mark.usefixtures("tasks")
def test_hostile_keyword_is_text_in_the_heading(office, client_of):
    data = content(client_of(office).get(URL, {"q": '=HYPERLINK("x")'}))

    assert not [name for name, xml in parts(data).items() if "<f>" in xml or "<f " in xml]
    assert '=HYPERLINK("x")' in opened(data).active["A3"].value


def test_latest_progress_is_the_leads_last_accepted_report(
    office, lead, participant, outsider, plan, client_of
):
    tasks = [make_task(make_section(plan), [lead.agency, participant.agency], number=n) for n in (1, 2, 3)]
    make_task(make_section(plan), [outsider.agency], number=4)
    half, year = make_periods(plan)
    make_report(tasks[0], half, lead, state="accepted", measures="上半年牵头")
    make_report(tasks[0], year, lead, state="accepted", measures="全年牵头")
    make_report(tasks[0], year, participant, state="accepted", measures="全年参与")
    make_report(tasks[1], half, participant, state="accepted", measures="参与先报")
    make_report(tasks[1], year, lead, state="submitted", measures="未经审核")

    def told(person, **query):
        sheet = exported(client_of(person), column=["number", "reported"], **query)
        return [re.findall("【.*?】工作举措：[^　]*", row["最近进展"] or "") for row in rows(sheet)]

    last, part = (
        "【全年·国家知识产权局（牵头）】工作举措：全年牵头",
        "【上半年·农业农村部（参与）】工作举措：参与先报",
    )
    assert told(office) == [[last], [part], [], []]
    assert told(office, as_of=f"{half.due_on}") == [[last.replace("全年", "上半年")], [part], [], []]
    assert told(outsider) == [[]]


def test_progress_of_a_period_is_the_leads_or_says_how_far_it_got(
    office, lead, participant, outsider, plan, client_of
):
    tasks = [make_task(make_section(plan), [lead.agency, participant.agency], number=n) for n in (1, 2, 3, 4)]
    half, year = make_periods(plan)
    report = make_report(tasks[0], half, lead, measures="上半年牵头")
    later = report.submitted_at + timedelta(days=9)
    workflow.accept_report(report, by=office, version=report.version, note="请补充数据", at=later)
    make_report(tasks[0], year, lead, state="accepted", measures="全年牵头")
    make_report(tasks[0], half, participant, state="accepted", measures="上半年参与")
    make_report(tasks[1], half, participant, state="accepted", measures="参与先报")
    make_report(tasks[2], half, lead, state="returned")
    workflow.set_status(
        tasks[3], by=office, status="adjusted", reason="并入他项", progress=0, version=1, at=LONG_AGO
    )

    def told(person, **query):
        columns = ["reported", "review_note"]
        sheet = exported(client_of(person), column=columns, reported_in="上半年", sort="number", **query)
        return [(re.sub("　.*", "", row["上半年进展"] or ""), row["审核意见"]) for row in rows(sheet)]

    accepted = ("【上半年·国家知识产权局（牵头）】工作举措：上半年牵头", "请补充数据")
    assert told(office) == [accepted, ("〔未报送〕", None), ("〔被退回〕", None), ("〔不需报送〕", None)]
    assert told(lead) == told(office)
    assert told(participant) == [
        ("【上半年·农业农村部（参与）】工作举措：上半年参与", None),
        ("【上半年·农业农村部（参与）】工作举措：参与先报", None),
        ("〔农业农村部（参与）未报送〕", None),
        ("〔农业农村部（参与）不需报送〕", None),
    ]
    assert client_of(outsider).get(URL, {"reported_in": "上半年"}).status_code == 400
    assert told(office, as_of=f"{half.due_on}")[0] == ("〔待审核〕", None)


def test_progress_of_a_period_is_never_a_participants_in_the_leads_place(
    office, lead, participant, plan, client_of
):
    everybody = make_agency("联席会议成员单位", is_collective=True)
    section = make_section(plan)
    settled = make_task(section, [lead.agency, participant.agency], number=1)
    make_task(section, [everybody, participant.agency], number=2)
    half, _ = make_periods(plan)
    make_report(settled, half, participant, state="returned")
    workflow.set_status(
        settled, by=office, status="adjusted", reason="并入他项", version=1, at=noon(half.opens_on)
    )

    def told(person):
        return [
            row["上半年进展"]
            for row in rows(exported(client_of(person), reported_in="上半年", sort="number"))
        ]

    assert told(office) == ["〔不需报送〕", None]
    assert told(participant) == ["〔农业农村部（参与）被退回〕", "〔农业农村部（参与）未报送〕"]


def test_past_day_tells_what_was_accepted_then_whatever_was_returned_since(office, lead, plan, client_of):
    task = make_task(make_section(plan), [lead.agency], number=1)
    half, _ = make_periods(plan)
    report = make_report(task, half, lead, measures="初报")
    first, returned, again = (noon(half.due_on + timedelta(days=days)) for days in (1, 5, 9))
    version = report.version
    report = workflow.accept_report(report, by=office, version=version, note="同意", at=first)
    report = workflow.return_report(report, by=office, version=report.version, reason="数据有误", at=returned)

    def told(day, **query):
        (row,) = rows(exported(client_of(office), as_of=f"{day.date()}", **query))
        return row.get("上半年进展") or row.get("最近进展"), row["审核意见"]

    columns = ["reported", "review_note"]
    by_period, latest = {"column": columns, "reported_in": "上半年"}, {"column": columns}
    accepted = ("【上半年·国家知识产权局（牵头）】工作举措：初报", "同意")
    for query in (by_period, latest):
        words, note = told(first, **query)
        assert (words.split("　")[0], note) == accepted
    assert (told(returned, **by_period), told(returned, **latest)) == (("〔被退回〕", None), (None, None))
    report = workflow.write_report(task, half, by=lead, measures="再报", version=report.version, at=again)
    report = workflow.submit_report(report, by=lead, version=report.version, at=again)
    workflow.accept_report(report, by=office, version=report.version, note="可以", at=again)
    for query in (by_period, latest):
        words, note = told(first, **query)
        assert (words.split("　")[0], note) == accepted
        words, note = told(again, **query)
        assert ("再报" in words, note) == (True, "可以")


def test_period_brings_its_column_along(office, tasks, client_of):
    make_periods(tasks[0].plan)
    sheet = exported(client_of(office), reported_in="上半年", column=["lead", "review_note"])
    assert list(rows(sheet)[0]) == ["序号", "任务", "牵头单位", "上半年进展", "审核意见"]


def test_period_that_is_not_there_is_refused(office, tasks, client_of):
    make_periods(tasks[0].plan)
    response = client_of(office).get(URL, {"reported_in": "三季度"})
    assert (response.status_code, "没有名为“三季度”的报送期" in response.content.decode()) == (400, True)


# --- the answer -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize(
    "query",
    [
        {"status": "broken"},
        {"plan": "999999"},
        {"plan": "x"},
        {"sort": "price"},
        {"q": "\x00"},
        {"q": "长" * 101},
    ],
)
def test_bad_filter_is_a_clear_refusal_and_no_empty_workbook(query, office, client_of):
    response = client_of(office).get(URL, query)

    assert response.status_code == 400
    assert "筛选条件无法识别，没有导出" in response.content.decode()


@pytest.mark.usefixtures("tasks")
def test_answer_is_a_download_with_a_chinese_name(office, client_of):
    response = client_of(office).get(URL, headers={"Accept-Encoding": "gzip"})

    day = f"{timezone.localdate():%Y%m%d}"
    assert response["Content-Disposition"] == (
        f"attachment; filename*=utf-8''%E4%BB%BB%E5%8A%A1%E5%8F%B0%E8%B4%A6_{day}.xlsx"
    )
    assert (response["Cache-Control"], response["Content-Encoding"]) == ("no-store", "identity")
    assert int(response["Content-Length"]) == len(content(response))


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_other_methods_are_refused(method, office, client_of):
    assert getattr(client_of(office), method)(URL).status_code == 405


@pytest.mark.parametrize("size", [10, 300])
def test_query_count_does_not_grow_with_the_tasks(size, office, plan, client_of):
    fill_quickly(plan, size)
    client = client_of(office)

    with CaptureQueriesContext(connection) as queries:
        assert len(rows(exported(client, plan=plan.pk))) == size

    # Session, user, the chosen plan, count; tasks, plans, periods, sections, chapters, assignments, agencies.
    assert len(queries) == 11

    with CaptureQueriesContext(connection) as queries:
        exported(client, plan=plan.pk, column=["number", "reported"])

    assert len(queries) == 12  # and the reports, of which there are none

    make_periods(plan)
    with CaptureQueriesContext(connection) as queries:
        exported(client, plan=plan.pk, column=["number"], reported_in="上半年")

    assert len(queries) == 18  # the periods, and who owes what: 5


# --- who gets what ----------------------------------------------------------------------------------


def test_anonymous_is_sent_to_the_login(client, tasks):
    response = client.get(URL)

    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/accounts/login/")


@pytest.mark.usefixtures("tasks")
def test_leader_gets_everything(leader, client_of):
    assert numbers(exported(client_of(leader))) == [1, 2, 3, 4, 5, 6]


@pytest.mark.usefixtures("tasks")
def test_agency_gets_exactly_its_own_tasks(participant, plan, client_of):
    make_task(
        make_section(plan, 3, 1, title="秘密之节"), [make_agency("绝密单位")], number=99, text="不可外传"
    )

    data = content(client_of(participant).get(URL))

    text = "".join(parts(data).values())
    assert [word for word in ("秘密之节", "绝密单位", "不可外传") if word in text] == []
    sheet = opened(data).active
    assert numbers(sheet) == [1, 2, 3, 4, 5, 6]
    assert sheet["A2"].value == "范围：农业农村部牵头或参与的 6 项任务"


@pytest.mark.usefixtures("tasks")
def test_selection_of_other_agencies_tasks_finds_nothing(participant, plan, client_of):
    hidden = make_task(make_section(plan), [make_agency("绝密单位")], number=99, text="不可外传")

    data = content(client_of(participant).get(URL, {"task": hidden.pk}))

    assert numbers(opened(data).active) == []
    assert [word for word in ("绝密单位", "不可外传") if word in "".join(parts(data).values())] == []


@pytest.mark.usefixtures("tasks")
def test_outsider_gets_an_empty_ledger(outsider, client_of):
    sheet = exported(client_of(outsider))

    assert numbers(sheet) == []
    assert sheet["A2"].value == "范围：商务部牵头或参与的 0 项任务"


@pytest.mark.usefixtures("tasks")
def test_count_in_the_heading_is_the_number_of_rows(office, client_of):
    for status in Status:
        sheet = exported(client_of(office), status=status)
        found = Task.objects.filter(status=status).count()
        assert len(rows(sheet)) == found
        assert f"{found} 项任务" in sheet["A2"].value
