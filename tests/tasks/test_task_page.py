"""第 N 项: the page of one task, for whom it is there and for whom it does not exist, and what it costs."""

import re
from datetime import date, datetime
from html import unescape
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks import workflow
from tasks.models import Duty, Status
from tasks.views.task import elapsed
from tests.factories import make_agency, make_section, make_task
from tests.tasks.pages import links, masked, words
from tests.tasks.worlds import task_named, world

__all__ = ["world"]
JULY = datetime(2024, 7, 20, 15, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_page_says_all_of_the_task(client_of, office, lead, participant, section):
    task = make_task(
        section,
        [lead.agency, participant.agency],
        number=7,
        text="修改《商标法》，落实《关于强化知识产权保护的意见》。",
        source_text="7．修改《商标法》，\n落实《意见》。（国家知识产权局、农业农村部）",
        first_line=30,
        last_line=31,
        duty=Duty.BY_DUTY,
        open_ended=True,
        due_on=date(2024, 6, 30),
    )
    workflow.set_status(
        task, by=office, status="delayed", version=1, progress=40, reason="会期顺延\n另行安排", at=JULY
    )
    response = client_of(office).get(task.get_absolute_url())
    shown = words(response)
    for expected in (
        "任务台账 2024 年度 一、第1章标题 （一）第1节标题 第 7 项",
        "修改 《商标法》 ，落实 《关于强化知识产权保护的意见》 。",
        "责任单位 国家知识产权局 农业农村部 等部门 按职责分工负责 角色依据：按列名顺序"
        " 责任条款 （国家知识产权局、农业农村部负责）",
        "涉及文件 2 部 ，点击文件名可查看历年提到它的任务 《商标法》 仅本任务提到",
        "原文 2024年推进计划，第 30–31 行 7．修改《商标法》， 落实《意见》。（国家知识产权局、农业农村部）"
        " 在计划原文中查看",
        "滞后 40% 总体进度",
        "红灯 办公室认定滞后：会期顺延 另行安排",
        "计划节点 2024-06-30 理由 会期顺延 另行安排 最近更新 2024-07-20 15:30",
        "操作记录 2 条 2024-07-20 15:30 联席会议办公室 状态由“未启动”改为“滞后”，进度 0% → 40%"
        " 理由：会期顺延 另行安排 2024-01-02 09:00 系统 导入任务",
    ):
        assert expected in shown


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (None, None, "2024年推进计划"),
        (5, 5, "2024年推进计划，第 5 行"),
        (5, 6, "2024年推进计划，第 5–6 行"),
    ],
)
def test_source_lines(first, last, said, client_of, office, section):
    task = make_task(section, number=1, first_line=first, last_line=last)
    html = client_of(office).get(task.get_absolute_url()).content.decode()
    assert re.findall(r"<summary>(.*?)</summary>", html) == [said]


@pytest.mark.parametrize(
    ("count", "open_ended", "duty", "said"),
    [
        (1, False, Duty.JOINT, "由牵头单位独立负责"),
        (1, True, Duty.JOINT, "共同负责"),
        (2, False, Duty.JOINT, "共同负责"),
        (2, False, Duty.BY_DUTY, "按职责分工负责"),
    ],
)
def test_how_agencies_share_it(count, open_ended, duty, said, client_of, office, section):
    agencies = [make_agency(name) for name in ("甲部", "乙部")[:count]]
    task = make_task(section, agencies, open_ended=open_ended, duty=duty)
    html = client_of(office).get(task.get_absolute_url()).content.decode()
    assert re.findall(r'<span class="pt-duty">(.*?)</span>', html) == [said]


def test_task_of_no_agency_and_of_a_chapter_without_sections(client_of, office, plan):
    task = make_task(make_section(plan, chapter=6, number=None), number=1)
    shown = words(client_of(office).get(task.get_absolute_url()))
    assert "任务台账 2024 年度 六、第6章标题 第 1 项" in shown


# --- who ---------------------------------------------------------------------------------------------


def test_agency_sees_its_own_role(client_of, task, lead, participant):
    for person, role in ((lead, "牵头"), (participant, "参与")):
        html = client_of(person).get(task.get_absolute_url()).content.decode()
        assert re.findall(r'<span class="pt-role \w+">(\w+)</span>', html) == [role]


def test_members_see_what_their_collective_is_assigned(client_of, world):
    task = task_named("24/5")
    seen = {
        name: client_of(world.user_of(getattr(world, name))).get(task.get_absolute_url()).status_code
        for name in ("mara", "moj", "cnipa", "mofcom")
    }
    assert seen == {"mara": 200, "moj": 200, "cnipa": 404, "mofcom": 404}


def test_outsider_gets_the_page_of_a_task_that_does_not_exist(client_of, task, outsider):
    client = client_of(outsider)
    foreign, missing = client.get(f"/tasks/{task.pk}/"), client.get("/tasks/987654/")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert masked(foreign) == masked(missing)
    of_each_request = {"Content-Length", "Expires", "X-Request-ID"}
    kept = [
        {name: value for name, value in page.headers.items() if name not in of_each_request}
        for page in (foreign, missing)
    ]
    assert kept == [kept[1]] * 2
    assert client.get(f"/tasks/{10**30}/").status_code == 404


@pytest.mark.parametrize("role", ["lead", "participant", "leader"])
def test_readers_have_no_form(role, client_of, task, lead, participant, leader, office):
    people = {"lead": lead, "participant": participant, "leader": leader}
    address = f'action="/tasks/{task.pk}/status/"'
    assert address not in client_of(people[role]).get(task.get_absolute_url()).content.decode()
    assert address in client_of(office).get(task.get_absolute_url()).content.decode()


# --- the way on and back ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agency", "name", "previous", "following"),
    [
        ("office", "24/4", "24/3", "24/5"),
        ("office", "24/1", None, "24/2"),
        ("office", "24/46", "24/45", None),
        ("mara", "24/2", "24/1", "24/5"),
        ("mara", "24/5", "24/2", None),
        ("cnipa", "24/4", "24/2", None),
        ("cnipa", "23/1", None, None),
    ],
)
def test_previous_and_next_are_of_the_visible_tasks(agency, name, previous, following, client_of, world):
    person = world.office if agency == "office" else world.user_of(getattr(world, agency))
    response = client_of(person).get(task_named(name).get_absolute_url())
    assert _neighbours(response) == [
        task_named(neighbour).get_absolute_url() for neighbour in (previous, following) if neighbour
    ]
    assert response.context["place"].previous == (task_named(previous) if previous else None)


def _neighbours(response) -> list[str]:
    html = response.content.decode()
    return links(re.search(r'<div class="pt-prevnext">.*?</div>', html, re.S)[0])


@pytest.mark.parametrize(
    ("query", "name", "words_said", "previous", "following"),
    [
        ("?plan={new}", "24/3", "筛选结果中第 3 / 7 项", "24/2", "24/4"),
        ("?plan={new}&status=delayed&status=adjusted", "24/45", "筛选结果中第 2 / 2 项", "24/3", None),
        ("?agency={cnipa}&role=lead", "24/4", "筛选结果中第 2 / 3 项", "24/1", "23/1"),
        ("?plan={new}&sort=-number&page=2&per_page=15", "24/3", "筛选结果中第 5 / 7 项", "24/4", "24/2"),
        ("?plan={new}&sort=-progress", "24/4", "筛选结果中第 1 / 7 项", None, "24/5"),
        # What stood on a past day is the list's affair; this page and its neighbours are of today.
        ("?plan={new}&status=completed&as_of=2020-01-01", "24/4", "筛选结果中第 1 / 1 项", None, None),
        ("", "24/46", "台账中第 7 / 9 项", "24/45", "23/1"),
    ],
)
def test_previous_and_next_within_the_filter(query, name, words_said, previous, following, client_of, world):
    back = "/tasks/" + query.format(new=world.new.pk, cnipa=world.cnipa.pk)
    response = client_of(world.office).get(task_named(name).get_absolute_url(), {"next": back})
    assert words_said in words(response)
    kept = f"?next={quote(back, safe='')}"
    assert _neighbours(response) == [
        task_named(neighbour).get_absolute_url() + kept for neighbour in (previous, following) if neighbour
    ]
    crumb = re.search(r'<nav class="pt-crumb".*?</nav>', response.content.decode(), re.S)[0]
    assert unescape(links(crumb)[0]) == back


@pytest.mark.parametrize(
    "back",
    [
        "/tasks/?status=completed",  # it has left the filter
        "/tasks/?status=nonsense",
        "/tasks/?plan=987654",
        "/tasks/?q=%00",
        "/plans/1/",
        "/my/",
        "https://evil.example/tasks/?status=delayed",
    ],
)
def test_without_a_list_the_plan_gives_the_neighbours(back, client_of, world):
    response = client_of(world.office).get(task_named("24/3").get_absolute_url(), {"next": back})
    assert response.context["place"].words == ""
    assert [link.split("?")[0] for link in _neighbours(response)] == [
        task_named("24/2").get_absolute_url(),
        task_named("24/4").get_absolute_url(),
    ]


def test_agency_walks_through_its_own_tasks_of_the_filter(client_of, world):
    back = f"/tasks/?plan={world.new.pk}"
    response = client_of(world.user_of(world.mara)).get(task_named("24/2").get_absolute_url(), {"next": back})
    assert "筛选结果中第 2 / 3 项" in words(response)
    assert [link.split("?")[0] for link in _neighbours(response)] == [
        task_named("24/1").get_absolute_url(),
        task_named("24/5").get_absolute_url(),
    ]


@pytest.mark.parametrize(
    ("back", "called"),
    [
        ("/my/", "工作台"),
        ("/", "总览"),
        ("/plans/1/#task-3", "计划原文"),
        ("/agencies/1/?plan=2", "单位"),
        ("/tasks/?q=a", "任务台账"),
        ("/nowhere", "任务台账"),
        ("", "任务台账"),
    ],
)
def test_way_back_is_called_what_it_leads_to(back, called, client_of, office, task):
    html = client_of(office).get(task.get_absolute_url(), {"next": back}).content.decode()
    crumb = re.search(r'<nav class="pt-crumb".*?</nav>', html, re.S)[0]
    assert re.findall(r">([^<>]+)</a>", crumb)[0] == called


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("/tasks/?status=delayed&page=2", "/tasks/?status=delayed&amp;page=2"),
        ("https://evil.example/", ""),
        ("//evil.example/", ""),
        ("javascript:alert(1)", ""),
        ("tasks", ""),
        ("", ""),
    ],
)
def test_way_back_to_the_list_stays_on_the_site(asked, kept, client_of, office, task):
    html = client_of(office).get(task.get_absolute_url(), {"next": asked}).content.decode()
    crumb = re.search(r'<nav class="pt-crumb".*?</nav>', html, re.S)[0]
    assert links(crumb)[0] == (kept or f"/tasks/?plan={task.plan_id}")


@pytest.mark.parametrize(
    ("back", "said"),
    [
        ("/tasks/?as_of=2024-06-30", "任务台账显示的是截至 2024-06-30 的情况，本页是今天的情况。"),
        ("/?as_of=2024-06-30", "总览显示的是截至 2024-06-30 的情况，本页是今天的情况。"),
        ("/tasks/?as_of=2999-01-01", None),
        ("/tasks/?as_of=gestern", None),
        ("/tasks/", None),
    ],
)
def test_page_opened_from_a_past_day_says_that_it_tells_of_today(back, said, client_of, office, task):
    shown = words(client_of(office).get(task.get_absolute_url(), {"next": back}))
    assert (said in shown) if said else ("本页是今天的情况" not in shown)


def test_instruments_lead_to_the_tasks_that_name_them(client_of, office, section):
    named = make_task(section, number=1, text="修改《商标法》，再议《商标法》《专利法》。")
    other = make_task(section, number=2, text="宣传《中华人民共和国商标法》。")
    make_task(section, number=3, text="宣传。")
    client = client_of(office)
    response = client.get(named.get_absolute_url())
    assert [(each.name, each.others) for each in response.context["instruments"]] == [
        ("《商标法》", [other]),
        ("《专利法》", []),
    ]
    html = response.content.decode()
    found = re.findall(r'<a class="pt-in" href="([^"]+)" title="([^"]+)">(《商标法》)</a>', html)
    assert {(title, name) for _, title, name in found} == {("2 项任务提到", "《商标法》")}
    assert list(client.get(found[0][0]).context["page"].object_list) == [named, other]


def test_agency_is_told_of_no_task_that_it_may_not_see(client_of, world):
    foreign = task_named("23/1")
    assert "《商标法》" in foreign.text
    response = client_of(world.user_of(world.mara)).get(task_named("24/1").get_absolute_url())
    assert [each.others for each in response.context["instruments"]] == [[]]
    assert "仅本任务提到" in words(response)
    response = client_of(world.user_of(world.cnipa)).get(task_named("24/1").get_absolute_url())
    assert [each.others for each in response.context["instruments"]] == [[foreign]]


def test_agencies_lead_to_their_pages_for_those_who_may_open_them(client_of, task, office, lead, participant):
    pages = {
        person: re.findall(
            r'<a class="pt-ag[^"]*" href="([^"]+)"',
            client_of(person).get(task.get_absolute_url()).content.decode(),
        )
        for person in (office, lead, participant)
    }
    address = {agency: f"/agencies/{agency.pk}/" for agency in (lead.agency, participant.agency)}
    assert pages == {
        office: [*address.values()],
        lead: [address[lead.agency]],
        participant: [address[participant.agency]],
    }


def test_how_roles_are_known(client_of, office, section):
    one, two = make_agency("国家版权局"), make_agency("司法部")
    task = make_task(section, [])
    namings = [
        workflow.Naming(one, "lead", "office", "版权局"),
        workflow.Naming(two, "participant", "order", "司法部"),
    ]
    workflow.correct_task(task, by=None, facts={}, namings=namings)
    shown = words(client_of(office).get(task.get_absolute_url()))
    assert "角色依据：办公室确认（国家版权局），按列名顺序（司法部）；国家版权局在原文中写作“版权局”" in shown


# --- time and cost ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "due", "percent"),
    [
        (date(2024, 1, 1), None, 0),
        (date(2024, 7, 1), None, 50),
        (date(2024, 12, 31), None, 100),
        (date(2026, 1, 1), None, 100),
        (date(2023, 6, 1), None, 0),
        (date(2024, 2, 29), date(2024, 3, 1), 98),
        (date(2024, 2, 29), date(2023, 3, 1), 100),
    ],
)
def test_elapsed_time(today, due, percent, section):
    assert elapsed(make_task(section, due_on=due), today) == percent


@pytest.mark.parametrize(("person", "expected"), [("office", 12), ("lead", 13)])
def test_queries_are_fixed(person, expected, client_of, office, lead, section):
    """Session, user (and agency, and what it stands for); the task, its agencies, the tasks that name what it
    names, the plans, who has signed, the days that moved, the events, the one before, the one after."""
    task = make_task(section, [lead.agency], number=50, text="修改《商标法》《专利法》。")
    client = client_of({"office": office, "lead": lead}[person])
    client.get(task.get_absolute_url())  # from now on the session knows the plan

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(task.get_absolute_url()).status_code == 200
        return len(queries)

    small = cost()
    for number in range(1, 100):
        if number != 50:
            make_task(section, [lead.agency], number=number, text=f"宣传《商标法》之{number}。")
    many = [lead.agency, *(make_agency(f"部{n}") for n in range(20))]
    workflow.correct_task(
        task, by=None, facts={}, namings=[workflow.Naming(a, "participant", "order", "") for a in many]
    )
    for version in range(2, 22):
        status = Status.IN_PROGRESS if version % 2 else Status.CONTINUING
        workflow.set_status(task, by=office, status=status, version=version, progress=version)
    assert (small, cost()) == (expected, expected)


def test_a_filter_costs_no_more_in_a_longer_list(client_of, office, lead, section):
    """The keys of the list and the two neighbours; and what the conditions may name: plans, agencies."""
    task = make_task(section, [lead.agency], number=50)
    client = client_of(office)
    for number in (49, 51):
        make_task(section, [lead.agency], number=number)
    asked = {"next": f"/tasks/?plan={task.plan_id}&agency={lead.agency.pk}&status=not_started"}
    client.get(task.get_absolute_url(), asked)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(task.get_absolute_url(), asked).context["place"].words
        return len(queries)

    small = cost()
    for number in range(1, 49):
        make_task(section, [lead.agency], number=number)
    assert (small, cost()) == (13, 13)
