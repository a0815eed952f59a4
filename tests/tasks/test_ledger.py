"""任务台账 as a page: what it shows to whom, its chips, groups and pages, and what it costs."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from django.utils.html import escape

from tasks.models import Status
from tests.factories import make_agency, make_section, make_task
from tests.tasks.pages import words
from tests.tasks.worlds import EVERYTHING, names, task_named, world

__all__ = ["world"]


def _shown(response) -> list[str]:
    """The tasks on the page, in their order; on a phone the same rows are cards."""
    assert response.status_code == 200
    tasks = list(response.context["page"].object_list)
    html = response.content.decode()
    assert [int(pk) for pk in re.findall(r'<tr id="task-(\d+)"', html)] == [task.pk for task in tasks]
    return names(tasks)


def _chips(response) -> dict[str, str]:
    """Label and words of each chip, with the address that takes it away."""
    return {f"{chip.label}：{chip.words}": chip.removed for chip in response.context["chips"]}


def test_office_sees_every_task(client_of, world):
    response = client_of(world.office).get("/tasks/")
    assert _shown(response) == EVERYTHING
    assert "全部年度 · 9 项任务 · 牵头单位 5 家" in words(response)


def test_filters_narrow_the_page(client_of, world):
    client = client_of(world.office)
    response = client.get("/tasks/", {"plan": world.new.pk, "agency": world.cnipa.pk, "role": "lead"})
    assert _shown(response) == ["24/1", "24/4"]
    said = words(response)
    assert "2024 年度 · 7 项任务 · 牵头单位 5 家" in said
    assert "2 项符合条件 ，共 7 项" in said
    address = f"/exports/?plan={world.new.pk}&amp;agency={world.cnipa.pk}&amp;role=lead"
    assert address in response.content.decode()


def test_light_follows_todays_date(client_of, plan, office):
    today = timezone.localdate()
    section = make_section(plan)
    for number, days in enumerate((-1, 0, 30, 31), start=1):
        make_task(section, number=number, due_on=today + timedelta(days))
    client = client_of(office)
    lights = {
        light: _shown(client.get("/tasks/", {"light": light})) for light in ("red", "yellow", "green", "grey")
    }
    assert lights == {"red": ["24/1"], "yellow": ["24/2", "24/3"], "green": ["24/4"], "grey": []}


def test_a_row_says_all_of_its_task(client_of, world):
    html = client_of(world.office).get("/tasks/", {"q": "商标法 条例", "sort": "number"}).content.decode()
    row = re.search(r"<tr id=\"task-.*?</tr>", html, re.S)[0].replace("<mark>", "").replace("</mark>", "")
    assert re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).split() == [
        "1",
        "修改《商标法》及其实施条例。",
        "国家知识产权局",
        "农业农村部",
        "未启动",
        "红灯",
        "0%",
        "2024-01-02",
    ]


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"onmouseover="x', "{{ 7*7 }}", "'--"])
def test_text_is_text(hostile, client_of, office, section):
    make_task(
        section, [make_agency(f"部{hostile}")], text=f"推进{hostile}工作。", status="delayed", reason=hostile
    )
    html = client_of(office).get("/tasks/", {"q": hostile.split()[0]}).content.decode()
    assert f"推进{hostile}工作。" in unescape(html)
    assert hostile == escape(hostile) or hostile not in html


# --- chips and groups -------------------------------------------------------------------------------


def test_each_chip_takes_its_condition_away(client_of, world):
    section = world.section("完善法律")
    query = {
        "plan": world.new.pk,
        "chapter": section.chapter_id,
        "section": section.pk,
        "agency": world.mara.pk,
        "role": "lead",
        "duty": "by_duty",
        "status": ["in_progress", "delayed"],
        "q": "品种",
        "sort": "-progress",
        "page": 1,
    }
    client = client_of(world.office)
    chips = _chips(client.get(f"/tasks/?{urlencode(query, doseq=True)}"))
    without = {
        "年度：2024 年度": ("plan", "chapter", "section"),
        "章节：一、第1章标题": ("chapter", "section"),
        "章节：（一）完善法律": ("section",),
        "单位：农业农村部": ("agency",),
        "角色：牵头": ("role",),
        "负责方式：按职责分工负责": ("duty",),
        "状态：推进中、滞后": ("status",),
        "关键词：品种": ("q",),
    }
    assert chips == {
        label: "?" + urlencode({k: v for k, v in query.items() if k not in (*gone, "page")}, doseq=True)
        for label, gone in without.items()
    }


def test_following_a_chip_widens_the_list(client_of, world):
    client = client_of(world.office)
    query = {"status": ["delayed", "adjusted"], "agency": world.mofcom.pk, "q": "45"}
    response = client.get("/tasks/", query)
    assert _shown(response) == ["24/45"]
    found = {label: _shown(client.get(f"/tasks/{link}")) for label, link in _chips(response).items()}
    assert found == {
        "单位：商务部": ["24/45"],
        "状态：滞后、已调整": ["24/45", "23/45"],
        "关键词：45（或第 45 项）": ["24/3", "24/45"],
    }
    (last,) = _chips(client.get("/tasks/", {"q": "45"})).values()
    assert (last, _shown(client.get(f"/tasks/{last}"))) == ("?", EVERYTHING)


def _groups(response) -> list[tuple]:
    return [
        (
            g.section.group_heading,
            g.section.chapter.plan.first_year,
            names(g.tasks),
            g.total,
            g.completed,
            g.delayed,
        )
        for g in response.context["groups"]
    ]


def test_tasks_stand_under_their_sections(client_of, world):
    response = client_of(world.office).get("/tasks/")
    assert _groups(response) == [
        ("（一）完善法律", 2024, ["24/1", "24/2"], 2, 0, 0),
        ("（二）完善政策", 2024, ["24/3", "24/4"], 2, 1, 1),
        ("二、第2章标题", 2024, ["24/5", "24/45", "24/46"], 3, 0, 0),
        ("（一）完善法规", 2023, ["23/1", "23/45"], 2, 1, 0),
    ]
    assert "2024 年度 · （二）完善政策 2 项 · 已完成 1 · 滞后 1" in words(response)


def test_group_counts_are_of_all_pages_and_of_the_conditions(client_of, office, plan):
    section = make_section(plan)
    for number in range(1, 41):
        status = {1: Status.COMPLETED, 40: Status.COMPLETED, 39: Status.DELAYED}.get(number, "not_started")
        make_task(section, number=number, status=status, reason="顺延" if status == "delayed" else "")
    client = client_of(office)
    (group,) = _groups(client.get("/tasks/", {"per_page": 15}))
    assert group == ("（一）第1节标题", 2024, [f"24/{n}" for n in range(1, 16)], 40, 2, 1)
    (group,) = _groups(client.get("/tasks/", {"per_page": 15, "status": "completed"}))
    assert group == ("（一）第1节标题", 2024, ["24/1", "24/40"], 2, 2, 0)


def test_another_order_has_no_groups(client_of, world):
    response = client_of(world.office).get("/tasks/", {"sort": "-progress"})
    assert [group.heading for group in response.context["groups"]] == [""]
    assert _shown(response)[:3] == ["24/4", "23/1", "24/5"]
    assert 'class="grp"' not in response.content.decode()


def test_headings_sort_and_say_how_it_is_sorted(client_of, world):
    client = client_of(world.office)
    state = {
        sort: re.findall(
            r'<th class="(col-\w+)" scope="col"(?: aria-sort="(\w+)")?><a class="pt-sort" href="([^"]+)"',
            client.get("/tasks/", {"sort": sort, "q": "法", "page": 1}).content.decode(),
        )
        for sort in ("number", "-number", "progress", "-updated")
    }
    assert [(sort, column, way) for sort, columns in state.items() for column, way, _ in columns if way] == [
        ("number", "col-no", "ascending"),
        ("-number", "col-no", "descending"),
        ("progress", "col-pg", "ascending"),
        ("-updated", "col-up", "descending"),
    ]
    assert [link for _, _, link in state["number"]] == [
        f"?sort={next_sort}&amp;q=%E6%B3%95" for next_sort in ("-number", "progress", "-updated")
    ]


# --- pages ------------------------------------------------------------------------------------------


@pytest.fixture
def long_plan(plan, office):
    section = make_section(plan)
    for number in range(1, 32):
        make_task(section, number=number)
    return plan


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("", 1, 15),
        ("page=1", 1, 15),
        ("page=2", 16, 30),
        ("page=3", 31, 31),
        ("page=4", 31, 31),
        ("page=0", 31, 31),
        ("page=-1", 31, 31),
        (f"page={10**30}", 31, 31),
        ("page=zz", 1, 15),
        ("page=", 1, 15),
        ("page=%00", 1, 15),
        ("page=" + "9" * 5000, 1, 15),
    ],
)
def test_pages(asked, first, last, client_of, office, long_plan):
    response = client_of(office).get(f"/tasks/?per_page=15&{asked}")
    assert _shown(response) == [f"24/{number}" for number in range(first, last + 1)]
    assert f"第 {first}–{last} 项，共 31 项" in words(response)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("15", 15), ("30", 30), ("50", 31), ("100", 31), ("7", 30), ("-1", 30), ("x", 30), (str(10**30), 30)],
)
def test_page_size_is_one_of_those_offered(asked, shown, client_of, office, long_plan):
    assert len(_shown(client_of(office).get("/tasks/", {"per_page": asked}))) == shown


def test_pages_keep_the_conditions(client_of, office, long_plan):
    html = client_of(office).get("/tasks/", {"per_page": 15, "q": "工作", "sort": "-number"}).content.decode()
    pager = re.search(r'<nav class="pt-pager".*?</nav>', html, re.S)[0]
    kept = "q=%E5%B7%A5%E4%BD%9C&amp;sort=-number"
    assert re.findall(r'<a [^>]*href="([^"]+)"', pager) == [
        *(f"?per_page={size}&amp;{kept}" for size in (30, 50, 100)),
        *(f"?per_page=15&amp;{kept}&amp;page={page}" for page in (2, 3, 2)),
    ]


# --- bad input --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "condition", ["plan=abc", f"plan={10**30}", "status=done", "q=%00", "task=abc", "sort=text", "role=x"]
)
def test_bad_condition_is_said_and_the_page_stands(condition, client_of, world):
    response = client_of(world.office).get(f"/tasks/?{condition}")
    assert _shown(response) == EVERYTHING
    ((field, (said,)),) = response.context["filter"].form.errors.items()
    label = response.context["filter"].filters[field].label
    assert response.context["errors"] == [f"{label}：{said}"]
    assert re.findall(r'role="alert">.*?<div class="grow">(.*?)</div>', response.content.decode()) == [
        f"{label}：{said}"
    ]
    assert "data-export>" not in response.content.decode()


def test_good_conditions_stand_beside_a_bad_one(client_of, world):
    response = client_of(world.office).get("/tasks/", {"plan": world.new.pk, "light": "purple"})
    assert _shown(response) == [name for name in EVERYTHING if name.startswith("24")]
    assert list(_chips(response)) == ["年度：2024 年度"]
    assert "2024 年度 · 7 项任务 · 牵头单位 5 家" in words(response)


def test_very_many_keys(client_of, world):
    client, pk = client_of(world.office), task_named("24/3").pk
    many = "&".join(["sort=number", *(f"task={pk + 1000 + n}" for n in range(900)), f"task={pk}"])
    assert _shown(client.get(f"/tasks/?{many}")) == ["24/3"]
    refused = client.get("/tasks/?" + "&".join(f"task={n}" for n in range(10_000)))
    assert (refused.status_code, "提交的内容太多，没有处理" in refused.content.decode()) == (413, True)


def test_lists_without_tasks_say_so(client_of, office, lead, section):
    said = words(client_of(office).get("/tasks/"))
    assert "还没有任务 推进计划导入后，任务会出现在这里。" in said
    make_task(section, [make_agency("司法部")])
    assert "没有符合条件的任务 减少筛选条件，或换一个关键词。" in words(
        client_of(office).get("/tasks/", {"q": "无"})
    )
    assert "推进计划中没有由您所在单位牵头或参与的任务。" in words(client_of(lead).get("/tasks/"))


# --- groups, columns, fragments ----------------------------------------------------------------------


def test_groups_by_lead_agency(client_of, world):
    response = client_of(world.office).get("/tasks/", {"group": "lead"})
    assert [
        (group.heading, names(group.tasks), group.total, group.completed, group.delayed)
        for group in response.context["groups"]
    ] == [
        ("国家知识产权局", ["24/1", "24/4", "23/1"], 3, 2, 0),
        ("农业农村部", ["24/2"], 1, 0, 0),
        ("商务部", ["24/3", "24/45", "23/45"], 3, 0, 1),
        ("司法部", ["24/46"], 1, 0, 0),
        ("联席会议成员单位", ["24/5"], 1, 0, 0),
    ]


def test_order_holds_inside_the_groups(client_of, world):
    response = client_of(world.office).get("/tasks/", {"group": "section", "sort": "-progress"})
    assert [names(group.tasks) for group in response.context["groups"]] == [
        ["24/2", "24/1"],
        ["24/4", "24/3"],
        ["24/5", "24/45", "24/46"],
        ["23/1", "23/45"],
    ]


def test_group_that_goes_on_from_the_page_before_says_so(client_of, office, long_plan):
    client = client_of(office)
    continued = [
        [
            group.is_continued
            for group in client.get("/tasks/", {"per_page": 15, "page": page}).context["groups"]
        ]
        for page in (1, 2, 3)
    ]
    assert continued == [[False], [True], [True]]


def test_menus_count_under_the_other_conditions(client_of, world):
    response = client_of(world.office).get("/tasks/", {"plan": world.new.pk, "status": ["completed"]})
    status, light = response.context["menus"]
    assert {choice.label: choice.number for choice in status.choices} == {
        "未启动": 2, "推进中": 1, "已完成": 1, "长期坚持": 1, "滞后": 1, "已调整": 1,
    }  # fmt: skip
    assert {choice.label: choice.number for choice in light.choices} == {
        "红灯": 0, "黄灯": 0, "绿灯": 0, "不适用": 1,
    }  # fmt: skip


def test_long_list_counts_itself_alone(client_of, world, monkeypatch):
    monkeypatch.setattr("tasks.views.lists.SHORT", 5)
    response = client_of(world.office).get("/tasks/", {"status": "completed"})
    assert (response.context["counts"].total, _shown(response)) == (2, ["24/4", "23/1"])
    assert {choice.number for menu in response.context["menus"] for choice in menu.choices} == {None}
    assert 'hx-get="/tasks/tabs/?status=completed"' in response.content.decode()


@pytest.mark.parametrize("person", ["office", "participant"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "group=lead",
        "status=completed&status=delayed",
        "light=red&light=yellow&sort=-due",
        "q=《商标法》&light=red",
        "as_of=2024-06-30&group=lead",
        "group=section&sort=-progress&role=lead",
    ],
)
def test_long_list_holds_the_same_tasks_and_groups_as_a_short_one(
    query, person, client_of, world, monkeypatch
):
    client = client_of(world.office if person == "office" else world.user_of(world.mara))

    def seen() -> tuple:
        response = client.get(f"/tasks/?{query}")
        groups = [
            (group.heading, group.total, group.completed, group.delayed)
            for group in response.context["groups"]
        ]
        scope = response.context["scope"].tasks
        return _shown(response), groups, response.context["counts"].total, scope

    short = seen()
    monkeypatch.setattr("tasks.views.lists.SHORT", 0)
    assert seen() == short


def test_columns_are_chosen_and_kept(client_of, world):
    client = client_of(world.office)
    answer = client.post(
        "/tasks/columns/", {"column": ["deadline", "place", "salary"], "next": "/tasks/?q=法"}
    )
    assert (answer.status_code, client.cookies["columns"].value) == (302, "place.deadline")
    html = client.get("/tasks/").content.decode()
    assert re.findall(r'<th class="(col-\w+)"', html) == [
        "col-pick",
        "col-no",
        "col-text",
        "col-place",
        "col-due",
    ]
    client.post("/tasks/columns/", {"reset": "1"})
    assert "col-place" not in client.get("/tasks/").content.decode()


def test_fragment_is_the_same_list_without_its_frame(client_of, world):
    client = client_of(world.office)
    query = {"status": "delayed", "q": ""}
    page = client.get("/tasks/", query)
    fragment = client.get("/tasks/", query, headers={"HX-Request": "true"})
    assert (page.headers["Vary"], fragment.headers["Vary"]) == (page.headers["Vary"], page.headers["Vary"])
    assert "HX-Request" in page.headers["Vary"]
    assert _shown(fragment) == _shown(page) == ["24/3"]
    assert ("<html" in page.content.decode(), "<html" in fragment.content.decode()) == (True, False)
    assert fragment.headers["HX-Push-Url"] == "/tasks/?status=delayed"
    back = client.get("/tasks/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in back.content.decode()


def test_fetching_the_same_list_again_makes_no_history(client_of, world):
    same = {"HX-Request": "true", "HX-Current-URL": "http://testserver/tasks/?status=delayed"}
    assert "HX-Push-Url" not in client_of(world.office).get("/tasks/?status=delayed", headers=same).headers


def test_menu_of_chapters_and_sections_is_one(client_of, world):
    client, laws = client_of(world.office), world.section("完善法律")
    for part, condition in (
        (f"section-{laws.pk}", f"section={laws.pk}"),
        (f"chapter-{laws.chapter_id}", f"chapter={laws.chapter_id}"),
    ):
        response = client.get("/tasks/", {"part": part}, headers={"HX-Request": "true"})
        assert response.headers["HX-Push-Url"] == f"/tasks/?{condition}"


def test_past_day_is_told_and_kept_in_every_link(client_of, world):
    html = client_of(world.office).get("/tasks/", {"as_of": "2024-06-30", "sort": "number"}).content.decode()
    html = html[html.index('id="ledger"') :]
    assert "的情况，只供查阅。" in html
    kept = [link for link in re.findall(r'href="(\?[^"]+)"', html) if "as_of=2024-06-30" not in link]
    assert kept == ["?sort=number", "?sort=number"]  # the chip's and the banner's way back to today
