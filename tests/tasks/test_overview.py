"""总览: every number leads to exactly its tasks, today and on a past day; who sees it; what it costs."""

import re
from collections import Counter
from datetime import date, timedelta
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from agencies.models import Role
from tasks import workflow
from tasks.models import Day, Status, Task
from tasks.reporting import reports_of
from tasks.views import overview
from tests.factories import (
    make_agency,
    make_periods,
    make_plan,
    make_report,
    make_section,
    make_task,
    make_user,
    noon,
)
from tests.tasks.pages import words
from tests.tasks.worlds import task_named, world

__all__ = ["world"]


@pytest.fixture
def in_november(monkeypatch):
    """Let the page be asked on 20 November 2024, whatever the clock says."""

    class Then:
        now = staticmethod(lambda: noon(date(2024, 11, 20)))
        localdate = staticmethod(timezone.localdate)
        localtime = staticmethod(timezone.localtime)

    monkeypatch.setattr(overview, "timezone", Then)


class Numbers(HTMLParser):
    """The links with `data-count`: (address, the count it promises, what it shows)."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[tuple[str, int, str]] = []
        self._open: tuple[str, int] | None = None
        self._shown = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "a" and "data-count" in given:
            self._open, self._shown = (given["href"], int(given["data-count"])), ""

    def handle_data(self, data):
        self._shown += data

    def handle_endtag(self, tag):
        if tag == "a" and self._open:
            self.found.append((*self._open, self._shown.strip()))
            self._open = None


def listed(client, address: str) -> int:
    """How many tasks the ledger lists at this address; its conditions must all be understood."""
    answer = client.get(address)
    assert (answer.status_code, answer.context["errors"]) == (200, [])
    return answer.context["page"].paginator.count


@pytest.mark.parametrize("query", ["", "&as_of=2024-06-30", "&heat=reported", "&heat=rate&as_of=2024-01-02"])
@pytest.mark.parametrize(("edition", "at_least"), [("old", 15), ("new", 30)])
def test_every_number_leads_to_exactly_its_tasks(edition, at_least, query, world, client_of):
    workflow.set_status(
        task_named("24/46"),
        by=world.office,
        status=Status.IN_PROGRESS,
        version=1,
        progress=5,
        at=noon(date(2024, 8, 1)),
    )
    plan = getattr(world, edition)
    make_periods(plan)
    client = client_of(world.office)
    numbers = Numbers(client.get(f"/?plan={plan.pk}{query}").content.decode()).found
    promised = {address: count for address, count, _ in numbers}
    assert len(promised) >= at_least
    assert {address: listed(client, address) for address in promised} == promised
    assert all(promised[address] == count for address, count, _ in numbers)


def test_numbers_shown_are_the_numbers_promised(world, client_of):
    html = client_of(world.office).get(f"/?plan={world.new.pk}").content.decode()
    # A rate and a change since the quarter's end show what follows from the number, not the number.
    plain = [
        (count, shown) for _, count, shown in Numbers(html).found if "%" not in shown and "—" not in shown
    ]
    assert len(plain) > 30
    assert [shown for count, shown in plain if not re.search(rf"(?<!\d){count}(?!\d)", shown) and shown] == []


def test_whole_page_of_a_small_plan(world, client_of):
    shown = client_of(world.office).get(f"/?plan={world.new.pk}").context
    assert shown["total"].count == 7
    assert shown["outline"] == {"chapters": 2, "sections": 2}
    assert {kind: figure.count for kind, figure in shown["statuses_now"].items()} == {
        "completed": 1,
        "continuing": 1,
        "in_progress": 1,
        "not_started": 2,
        "delayed": 1,
        "adjusted": 1,
    }
    assert [(row.label, row.total.count) for row in shown["chapters"]] == [
        ("一、第1章标题", 4),
        ("二、第2章标题", 3),
    ]
    assert [(row.label, [cell and cell.words for cell in row.cells]) for row in shown["heat"].rows] == [
        ("国家知识产权局", ["2", None]),
        ("商务部", ["1", "1"]),
        ("农业农村部", ["1", None]),
        ("司法部", [None, "1"]),
        ("联席会议成员单位", [None, "1"]),
    ]
    assert [(event.plan, event.kind) for event in shown["events"]] == [(world.new, "task.status")] * 5


def test_heat_of_reports_says_what_leads_handed_in_of_what_was_asked(world, client_of):
    office = client_of(world.office)
    offered = [label for _, label, _ in office.get(f"/?plan={world.new.pk}").context["heat"].choices]
    assert offered == ["任务数", "完成率"]
    half_year, _ = make_periods(world.new)
    lead = world.user_of(world.cnipa)
    make_report(world.new.tasks.get(number=1), half_year, lead)
    heat = office.get(f"/?plan={world.new.pk}&heat=reported&as_of=2024-07-25").context["heat"]
    assert [(label, is_chosen) for _, label, is_chosen in heat.choices][-1] == ("报送率", True)
    # It leads two; one was settled before the period was due, and nothing is asked of that.
    numbers = reports_of(world.new, Task.objects.all(), day=Day(date(2024, 7, 25), is_past=True)).numbers(
        agency=world.cnipa, period=half_year, role="lead"
    )
    row = next(row for row in heat.rows if row.label == "国家知识产权局")
    assert (numbers.asked, numbers.handed_in, row.whole.words) == (1, 1, "100%")
    assert [cell and cell.words for cell in row.cells] == ["100%", None]
    assert "，应报 1 份，已报 1 份" in row.whole.title
    silent = next(row for row in heat.rows if row.label == "商务部")
    assert silent.whole.words == "0%"


def test_heat_of_reports_leaves_out_tasks_that_came_later(world, client_of):
    half_year, _ = make_periods(world.new)
    section = world.new.tasks.get(number=1).section
    make_task(section, [world.cnipa], number=90, at=noon(date(2024, 9, 1)))
    past, now = (
        client_of(world.office).get(f"/?plan={world.new.pk}&heat=reported{day}").context["heat"].rows
        for day in (f"&as_of={half_year.due_on}", "&as_of=2024-09-02")
    )
    (past,), (now,) = (
        [row.whole.title for row in rows if row.label == "国家知识产权局"] for rows in (past, now)
    )
    assert ("牵头 2 项" in past, "牵头 3 项" in now) == (True, True)


def test_heat_of_reports_is_a_count_where_the_plan_is_not_reported_on(world, client_of):
    heat = client_of(world.office).get(f"/?plan={world.new.pk}&heat=reported").context["heat"]
    assert [(label, is_chosen) for _, label, is_chosen in heat.choices] == [
        ("任务数", True),
        ("完成率", False),
    ]
    assert heat.rows[0].whole.words == "2"


@pytest.mark.usefixtures("in_november")
def test_warnings_stand_most_urgent_first(section, office, client_of):
    make_task(section, number=1, due_on=date(2024, 12, 10))
    make_task(section, number=2, due_on=date(2024, 11, 1))
    make_task(section, number=3, due_on=date(2024, 3, 1))
    make_task(section, number=4, due_on=date(2024, 12, 1))
    make_task(section, number=5, due_on=date(2024, 3, 1), status=Status.COMPLETED)
    make_task(section, number=6)
    shown = client_of(office).get("/").context
    assert [line.task.number for line in shown["warnings"]] == [3, 2, 4, 1]
    assert [line.task.number for line in shown["quiet"]] == [6]
    assert shown["warned"].count == 4


# --- a day that is over ------------------------------------------------------------------------------


@pytest.mark.usefixtures("in_november")
def test_change_since_the_last_quarter_is_told(section, office, client_of):
    done, again = (make_task(section, number=number) for number in (1, 2))
    for task, day in [(done, date(2024, 9, 30)), (again, date(2024, 10, 1))]:
        workflow.set_status(task, by=office, status=Status.COMPLETED, version=1, at=noon(day))
    change = client_of(office).get("/").context["changes"]["completed"]
    assert (change.quarter, change.words, change.then.count) == ("三季度末", "+1", 1)
    change = client_of(office).get("/?as_of=2024-09-30").context["changes"]["completed"]
    assert (change.quarter, change.words, change.then.count) == ("二季度末", "+1", 0)
    change = client_of(office).get("/?as_of=2024-09-29").context["changes"]["completed"]
    assert change.words == "持平"


@pytest.mark.usefixtures("in_november")
@pytest.mark.parametrize(
    ("asked", "told"),
    [("2024-02-15", False), ("2024-04-15", True), ("2023-12-01", False)],
)
def test_no_change_is_told_where_there_was_no_plan_before(asked, told, section, office, client_of):
    """The quarter's end before lies in another year, or nothing stood there yet."""
    make_task(section, number=1)
    assert bool(client_of(office).get(f"/?as_of={asked}").context.get("changes")) == told


@pytest.mark.usefixtures("in_november")
def test_months_lead_to_their_last_day(plan, section, office, client_of):
    task = make_task(section, number=1)
    for day in (date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 31)):
        task = workflow.set_status(
            task,
            by=office,
            status=Status.IN_PROGRESS,
            version=task.version,
            progress=task.progress + 5,
            at=noon(day),
        )
    timeline = client_of(office).get("/?as_of=2024-02-10&heat=rate").context["timeline"]
    months = [month for quarter in timeline.quarters for month in quarter.months]
    assert [quarter.label for quarter in timeline.quarters] == ["一季度", "二季度", "三季度", "四季度"]
    assert [month.changes for month in months] == [0, 1, 2, *[0] * 9]
    assert [month.href for month in months] == [
        *[f"/?plan={plan.pk}&as_of={date(2024, n + 1, 1) - timedelta(1)}&heat=rate" for n in range(1, 11)],
        f"/?plan={plan.pk}&heat=rate",  # this month: today
        "",  # to come
    ]
    assert [month.on.month for month in months if month.is_chosen] == [2]
    assert [month.on.month for month in months if month.is_later] == list(range(3, 13))


@pytest.mark.usefixtures("in_november")
def test_plan_of_two_years_has_its_months_and_what_came_after(office, client_of):
    plan = make_plan(2021, last_year=2022)
    task = make_task(make_section(plan), number=1, at=noon(date(2021, 5, 5)))
    workflow.set_status(
        task, by=office, status=Status.IN_PROGRESS, version=1, progress=5, at=noon(date(2023, 2, 2))
    )
    timeline = client_of(office).get("/").context["timeline"]
    months = [month for quarter in timeline.quarters for month in quarter.months]
    assert [bool(month.href) for month in months] == [False] * 4 + [True] * 20
    assert (timeline.since, timeline.most) == (1, 0)


def test_past_day_says_so_and_leads_back(world, client_of):
    client = client_of(world.office)
    then = words(client.get(f"/?plan={world.new.pk}&as_of=2024-06-30"))
    assert "这是截至 2024-06-30 的情况，只供查阅。 回到今天" in then
    assert "数据截至 2024-06-30 23:59" in then
    assert "只供查阅" not in words(client.get(f"/?plan={world.new.pk}"))


def test_page_keeps_plan_and_day_in_its_links(world, client_of):
    html = client_of(world.office).get(f"/?plan={world.new.pk}&as_of=2024-06-30&heat=rate").content.decode()
    main = unescape(html[html.index("<main") : html.index("</main")])
    lists = [
        parse_qs(urlsplit(address).query)
        for address in re.findall(r'<a [^>]*?href="((?:/tasks/|/exports/)[^"]*?\?[^"]+)"', main)
        if "next" not in address
    ]
    assert len(lists) > 30
    assert {one["plan"][0] for one in lists} == {str(world.new.pk)}
    # Two lead to what a number is compared with: the quarter's end before.
    assert Counter(one["as_of"][0] for one in lists) == {"2024-06-30": len(lists) - 2, "2024-03-31": 2}
    assert f"/tasks/{task_named('24/3').pk}/?next=/?plan={world.new.pk}%26as_of=2024-06-30" in main.replace(
        "%3F", "?"
    ).replace("%3D", "=")


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ("2999-01-01", "截至：日期不能晚于今天"),
        ("gestern", "截至：日期须写成 2024-06-30 的样子"),
        ("2024-02-30", "截至：日期须写成 2024-06-30 的样子"),
    ],
)
def test_day_that_is_none_is_told_and_today_is_shown(asked, complaint, world, client_of):
    answer = client_of(world.office).get(f"/?plan={world.new.pk}&as_of={asked}")
    assert answer.status_code == 200
    assert complaint in words(answer)
    assert not answer.context["day"].is_past


def test_day_before_the_first_task_says_so(world, client_of):
    answer = client_of(world.office).get(f"/?plan={world.new.pk}&as_of=2023-12-31")
    assert "2023-12-31 本计划还没有任务" in words(answer)


# --- who, and where there is nothing -----------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.OFFICE, Role.LEADER, Role.AUDITOR, Role.ADMIN])
def test_whoever_sees_everything_sees_the_same_numbers(role, world, client_of):
    shown = client_of(make_user("someone", role)).get(f"/?plan={world.new.pk}").context
    assert (shown["total"].count, shown["warned"].count) == (7, 4)


def test_agency_is_led_to_its_desk(world, client_of):
    answer = client_of(world.user_of(world.mara)).get(f"/?plan={world.new.pk}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my/")


@pytest.mark.parametrize("key", ["0", "", "x", "99999999999999999999"])
def test_plan_that_is_none_is_not_found(key, world, client_of):
    assert client_of(world.office).get(f"/?plan={key}").status_code == 404


def test_without_a_plan_the_office_is_offered_the_import_alone(office, leader, client_of):
    page = client_of(office).get("/").content.decode()
    assert "还没有推进计划" in page
    assert 'btn-primary" href="/plans/import/"' in page
    assert "data-count" not in page
    shown = client_of(leader).get("/")
    assert "联席会议办公室导入计划后" in words(shown)
    assert "/plans/import/" not in shown.content.decode()


def test_plan_without_tasks_says_so(plan, office, client_of):
    answer = client_of(office).get("/")
    assert (answer.status_code, "本计划还没有任务" in words(answer)) == (200, True)
    assert "data-count" not in answer.content.decode()


def test_tasks_without_a_lead_are_counted_and_no_agency_has_them(section, office, client_of):
    make_task(section, [], number=1)
    shown = client_of(office).get("/")
    assert (shown.context["total"].count, shown.context["heat"].rows) == (1, [])
    assert "任务都没有写明牵头单位" in words(shown)


# --- what it costs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [10, 300])
@pytest.mark.parametrize(("query", "queries"), [("", 9), ("?as_of=2024-06-30", 9)])
@pytest.mark.usefixtures("in_november")
def test_queries_do_not_grow_with_the_plan(
    query, queries, size, plan, office, client_of, django_assert_num_queries
):
    agencies = [make_agency(f"单位{n}") for n in range(12)]
    sections = [make_section(plan, chapter) for chapter in range(1, 8)]
    for number in range(1, size + 1):
        make_task(sections[number % 7], agencies[number % 12 :][:2], number=number)
    for task in Task.objects.filter(number__lte=10):
        workflow.set_status(
            task, by=office, status=Status.IN_PROGRESS, version=1, progress=5, at=noon(date(2024, 5, 5))
        )
    client = client_of(office)
    client.get("/")  # the session remembers the plan
    with django_assert_num_queries(queries):
        assert client.get(f"/{query}").status_code == 200


# --- what waits for the office ------------------------------------------------------------------------


def test_reports_that_wait_lead_to_exactly_those(client_of, office, leader, plan, section, lead, participant):
    half_year, _ = make_periods(plan)
    reports = [
        make_report(make_task(section, [person.agency], number=number), half_year, person, at=at)
        for number, (person, at) in enumerate(
            (person, noon(date(2024, 7, 20 - day))) for day in range(4) for person in (lead, participant)
        )
        if number
    ]
    make_report(make_task(section, [lead.agency], number=50), half_year, lead, state="accepted")
    make_report(make_task(section, [lead.agency], number=51), half_year, lead, state="draft")
    for person in (office, leader):
        client = client_of(person)
        waiting = client.get(f"/?plan={plan.pk}").context["waiting"]
        assert waiting.count == 7
        assert waiting.reports == sorted(reports, key=lambda one: (one.submitted_at, one.pk))[:5]
        assert client.get(waiting.href).context["listed"] == sorted(
            reports, key=lambda one: (one.submitted_at, one.pk)
        )
        assert "待审核报告 7 份" in words(client.get(f"/?plan={plan.pk}"))


@pytest.mark.parametrize(
    ("asked", "told", "figures"),
    [
        ("2024-06-30", "上半年报送 未到期 2024-07-01 开始", None),
        ("2024-07-10", "上半年报送 剩 10 天 2 / 6 份 2024-07-20 截止 未报 4 份", (2, 6, 4)),
        ("2024-07-20", "上半年报送 今天截止 3 / 6 份", (3, 6, 3)),
        ("2024-07-25", "上半年报送 已过 5 天 3 / 6 份", (3, 6, 3)),
        ("2024-12-20", "全年报送 剩 21 天 0 / 6 份", (0, 6, 6)),
        ("", "全年报送 已过", (0, 6, 6)),
    ],
)
def test_reports_of_the_current_period_are_those_of_supervision(
    asked, told, figures, client_of, leader, plan, section, lead, participant
):
    half_year, _ = make_periods(plan)
    tasks = [make_task(section, [lead.agency, participant.agency], number=number) for number in range(1, 4)]
    for task, person, day in [(0, lead, 5), (0, participant, 9), (1, participant, 12), (2, lead, 26)]:
        state = "returned" if day == 12 else "submitted"
        make_report(tasks[task], half_year, person, state=state, at=noon(date(2024, 7, day)))
    make_report(tasks[2], half_year, participant, state="accepted", at=noon(date(2024, 7, 18)))
    client = client_of(leader)
    shown = client.get(f"/?plan={plan.pk}&as_of={asked}")
    assert told in words(shown)
    found = shown.context["reported"]
    if figures is None:
        return
    counted = (found.handed_in, found.asked, found.missing)
    assert tuple(figure.count for figure in counted) == figures
    for figure in counted:
        answer = client.get(figure.href)
        assert (answer.context["total"], answer.context["errors"], str(answer.context["day"].on)) == (
            figure.count,
            [],
            asked or str(timezone.localdate()),
        )
    assert client.get(f"/supervision/?plan={plan.pk}&as_of={asked}").context["period"] == found.period


def test_a_warning_leads_to_the_reminder_where_a_report_is_owed(
    client_of, office, leader, plan, section, lead, participant
):
    half_year, whole_year = make_periods(plan)
    owing, told = (
        make_task(section, [person.agency], number=number, due_on=date(2024, 3, 1))
        for number, person in enumerate((lead, participant), start=1)
    )
    for period in (half_year, whole_year):
        make_report(told, period, participant)
    page = client_of(office).get(f"/?plan={plan.pk}")
    assert [line.task for line in page.context["warnings"]] == [owing, told]
    (address,) = re.findall(r'<td class="act[^>]*><a href="([^"]+)"', page.content.decode())
    proposal = client_of(office).get(unescape(address)).context["proposal"]
    assert {(one.task, one.period) for line in proposal.lines for one in line.owed} == {
        (owing, half_year),
        (owing, whole_year),
    }
    assert parse_qs(urlsplit(unescape(address)).query)["next"] == [f"/?plan={plan.pk}"]
    for person, query in ((leader, ""), (office, "&as_of=2024-08-01")):
        shown = client_of(person).get(f"/?plan={plan.pk}{query}")
        assert len(shown.context["warnings"]) == 2
        assert 'class="act ' not in shown.content.decode()


def test_a_plan_that_is_not_reported_on_has_no_such_figure(world, client_of):
    shown = client_of(world.office).get(f"/?plan={world.new.pk}")
    assert shown.context["reported"] is None
    assert "长期坚持 1 项" in words(shown)


def test_nothing_waits_on_a_past_day_or_where_nothing_is_reported(client_of, office, plan, section, lead):
    make_task(section, [lead.agency], number=1)
    client = client_of(office)
    assert "待审核报告" not in words(client.get("/"))
    make_periods(plan)
    assert "没有待审核的报告" in words(client.get("/"))
    assert "待审核报告" not in words(client.get("/?as_of=2024-06-30"))


@pytest.mark.parametrize("size", [1, 30])
def test_queries_do_not_grow_with_what_waits(
    size, plan, section, office, lead, client_of, django_assert_num_queries
):
    half_year, _ = make_periods(plan)
    for number in range(1, size + 1):
        make_report(make_task(section, [lead.agency], number=number), half_year, lead)
    client = client_of(office)
    client.get(f"/?plan={plan.pk}")
    with django_assert_num_queries(15):
        client.get(f"/?plan={plan.pk}")
