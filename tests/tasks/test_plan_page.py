"""计划原文: the document, whole for the office and of its own tasks for an agency; and what it costs."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks.models import Plan
from tests.factories import make_agency, make_plan, make_section, make_task
from tests.tasks.pages import links, masked, words
from tests.tasks.worlds import names, task_named, world

__all__ = ["world"]


def _paragraphs(response) -> list[str]:
    """The numbers of the tasks in the document, in its order."""
    assert response.status_code == 200
    return re.findall(r'<p class="tk" id="task-(\d+)">', response.content.decode())


def test_document_stands_as_it_was_issued(client_of, office, world):
    Plan.objects.filter(pk=world.new.pk).update(
        document_number="国知发〔2024〕1号",
        issuer="联席会议办公室",
        issued_on=date(2024, 5, 6),
        preamble="为贯彻落实纲要，\n制定本计划。",
        closing_rule="各单位按职责分工负责。",
    )
    response = client_of(office).get(world.new.get_absolute_url())
    article = re.search(r"<article.*?</article>", response.content.decode(), re.S)[0]
    lines = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", article)).split(" ")
    said = "".join(lines)
    order = [
        "国知发〔2024〕1号2024年推进计划联席会议办公室2024年5月6日为贯彻落实纲要，制定本计划。",
        "一、第1章标题（一）完善法律",
        "1．修改《商标法》及其实施条例。（国家知识产权局、农业农村部负责）未启动0%",
        "2．保护植物新品种。（农业农村部、国家知识产权局负责）推进中40%",
        "（二）完善政策",
        "3．办好展会。（商务部负责）滞后10%",
        "4．发布年度报告。（国家知识产权局负责）已完成100%",
        "二、第2章标题",
        "5．加强宣传。（联席会议成员单位负责）长期坚持80%",
        "46．调研45个县。（司法部负责）未启动0%",
        "各单位按职责分工负责。",
    ]
    places = [said.find(part) for part in order]
    assert -1 not in places
    assert places == sorted(places)
    assert _paragraphs(response) == ["1", "2", "3", "4", "5", "45", "46"]


def test_contents_count_what_is_completed(client_of, office, world):
    response = client_of(office).get(world.new.get_absolute_url())
    tree = re.search(r'<nav class="pt-card pt-tree".*?</nav>', response.content.decode(), re.S)[0]
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", tree)).strip()
    assert shown == (
        "目录 已完成 / 总数 一、第1章标题 1/4 （一）完善法律 0/2 （二）完善政策 1/2 二、第2章标题 0/3"
    )
    anchors = [address[1:] for address in links(tree)]
    assert [anchor for anchor in anchors if f'id="{anchor}"' not in response.content.decode()] == []


def test_agency_sees_only_its_own_tasks_in_the_document(client_of, world):
    response = client_of(world.user_of(world.mara)).get(world.new.get_absolute_url())
    assert _paragraphs(response) == ["1", "2", "5"]
    assert "2024 年度 · 3 项任务 · 已完成 0 项 只列出本单位牵头或参与的 3 项" in words(response)
    html = response.content.decode()
    assert [
        secret for secret in ("商务部", "司法部", "办好展会", "（二）完善政策", "会期顺延") if secret in html
    ] == []
    linked = {int(pk) for pk in re.findall(r"/tasks/(\d+)/", html)}
    assert linked == {task_named(name).pk for name in ("24/1", "24/2", "24/5")}


def test_agency_gets_the_page_of_no_plan_for_one_without_its_tasks(client_of, world):
    client = client_of(world.user_of(world.mara))
    foreign, missing = client.get(world.old.get_absolute_url()), client.get("/plans/987654/")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert masked(foreign) == masked(missing)


def test_opening_a_plan_lets_the_other_pages_speak_of_it(client_of, world):
    client = client_of(world.user_of(world.cnipa))
    client.get(world.old.get_absolute_url())
    assert client.get("/my/").context["plan"] == world.old
    client.get(task_named("24/1").get_absolute_url())
    assert client.get("/my/").context["plan"] == world.new


def test_document_as_of_a_day(client_of, world):
    client = client_of(world.office)
    shown = words(client.get(world.new.get_absolute_url(), {"as_of": "2024-01-01"}))
    assert "0 项任务 · 已完成 0 项 状态与预警截至 2024-01-01， 回到今天" in shown
    assert "这一天计划中还没有任务。" in shown
    shown = words(client.get(world.new.get_absolute_url(), {"as_of": "2999-01-01"}))
    assert "日期不能晚于今天" in shown
    assert "7 项任务 · 已完成 1 项" in shown
    # Who has tasks in it sees the plan of a day on which there were none; nobody else does.
    assert (
        client_of(world.user_of(world.mara))
        .get(world.new.get_absolute_url(), {"as_of": "2024-01-01"})
        .status_code
        == 200
    )
    assert (
        client_of(world.user_of(world.mara))
        .get(world.old.get_absolute_url(), {"as_of": "2024-06-01"})
        .status_code
        == 404
    )


def test_addressees_stand_before_the_text(client_of, office, world):
    Plan.objects.filter(pk=world.new.pk).update(
        addressees=["各成员单位", "税务总局"], preamble="为贯彻落实纲要。"
    )
    shown = words(client_of(office).get(world.new.get_absolute_url()))
    assert "各成员单位，税务总局： 为贯彻落实纲要。" in shown


def test_door_leads_to_the_newest_plan_that_is_visible(client_of, office, world):
    newest = make_plan(2025)
    make_task(make_section(newest), [world.moj])
    ways = {
        name: client_of(person).get("/plans/").headers["Location"]
        for name, person in (
            ("office", office),
            ("moj", world.user_of(world.moj)),
            ("mara", world.user_of(world.mara)),
        )
    }
    assert ways == {
        "office": f"/plans/{newest.pk}/",
        "moj": f"/plans/{newest.pk}/",
        "mara": f"/plans/{world.new.pk}/",
    }


def test_door_of_an_empty_house(client_of, office, outsider):
    assert "还没有推进计划 计划导入后，原文会出现在这里。" in words(client_of(office).get("/plans/"))
    assert "没有由您所在单位牵头或参与的任务。" in words(client_of(outsider).get("/plans/"))


def test_office_opens_a_plan_without_tasks(client_of, office, plan):
    response = client_of(office).get(plan.get_absolute_url())
    assert (_paragraphs(response), names(plan.tasks.all())) == ([], [])


def test_hostile_text_is_text(client_of, office, section):
    Plan.objects.update(preamble="<script>alert(1)</script>", closing_rule="<img src=x onerror=y>")
    make_task(section, [make_agency("甲<b>部")], text="<i>推进</i>《<u>》。")
    html = client_of(office).get(section.chapter.plan.get_absolute_url()).content.decode()
    assert [tag for tag in ("<script>alert", "<img", "<b>部", "<i>推进", "<u>") if tag in html] == []


@pytest.mark.parametrize(("person", "expected"), [("office", 7), ("lead", 8)])
def test_queries_are_fixed(person, expected, client_of, office, lead):
    plan = make_plan()
    client = client_of({"office": office, "lead": lead}[person])
    make_task(make_section(plan), [lead.agency])
    client.get(plan.get_absolute_url())  # from now on the session knows the plan
    costs = []
    for chapters in (1, 4):
        for chapter in range(1, chapters + 1):
            for number in (1, 2):
                section = make_section(plan, chapter, number)
                for place in range(1, 2 + 4 * chapters):
                    key = chapters * 1000 + chapter * 100 + number * 30 + place
                    make_task(section, [lead.agency, make_agency(f"部{place}")], number=key)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(plan.get_absolute_url()).status_code == 200
        costs.append(len(queries))
    assert costs == [expected, expected], "\n".join(query["sql"][:110] for query in queries)
