"""单位: the register with its figures, an agency's page, who may open which; each number is the ledger's."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import AgencyAlias, Role
from tasks.models import Status
from tests.factories import make_agency, make_plan, make_section, make_task, make_user
from tests.tasks.pages import listed, masked, promised, words
from tests.tasks.worlds import names, world

__all__ = ["world"]


def _figures(row) -> tuple:
    counts = (row.led, row.joined, row.completed, row.red, row.yellow)
    rate = None if row.rate is None else round(row.rate, 2)
    return (*(figure.count for figure in counts), rate, row.progress)


def test_register_with_its_figures(client_of, world):
    rows = client_of(world.office).get("/agencies/", {"plan": world.new.pk}).context["rows"]
    # led, joined; of those it leads: completed, red, yellow, rate, mean progress
    assert {row.agency.name: _figures(row) for row in rows} == {
        "国家知识产权局": (2, 1, 1, 1, 0, 0.5, 50),
        "农业农村部": (1, 1, 0, 1, 0, 0, 40),
        "商务部": (2, 0, 0, 1, 0, 0, 15),
        "司法部": (1, 1, 0, 1, 0, 0, 0),
        "联席会议成员单位": (1, 0, 0, 0, 0, None, 80),
    }


@pytest.mark.parametrize("edition", ["new", "old"])
def test_every_number_of_the_register_leads_to_exactly_its_tasks(edition, client_of, world):
    client = client_of(world.office)
    numbers = promised(client.get("/agencies/", {"plan": getattr(world, edition).pk}))
    assert len(numbers) >= 5
    assert {address: listed(client, address) for address in numbers} == numbers


@pytest.mark.parametrize("agency", ["cnipa", "mara", "all_members"])
def test_every_number_of_an_agency_leads_to_exactly_its_tasks(agency, client_of, world):
    found = getattr(world, agency)
    people = [world.office] if found.is_collective else [world.office, world.user_of(found)]
    for person in people:
        client = client_of(person)
        numbers = promised(client.get(f"/agencies/{found.pk}/"))
        assert numbers
        assert {address: listed(client, address) for address in numbers} == numbers


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("-led", "国家知识产权局"),
        ("-rate", "国家知识产权局"),
        ("-progress", "联席会议成员单位"),
        ("progress", "司法部"),
        ("led", "农业农村部"),
        ("nonsense", "国家知识产权局"),
        ("--led", "国家知识产权局"),
    ],
)
def test_register_sorts(sort, first, client_of, world):
    rows = client_of(world.office).get("/agencies/", {"plan": world.new.pk, "sort": sort}).context["rows"]
    assert rows[0].agency.name == first


@pytest.mark.parametrize(
    ("words_asked", "found"),
    [
        ("知识产权", ["国家知识产权局"]),
        ("农业部", ["农业农村部"]),
        ("中华人民共和国农业", ["农业农村部"]),
        ("mara", ["农业农村部"]),
        ("部", ["农业农村部", "商务部", "司法部"]),
        ("不存在", []),
        ("100%", []),
        ("\0", ["国家知识产权局", "农业农村部", "商务部", "司法部", "联席会议成员单位"]),
    ],
)
def test_search_finds_names_of_every_kind(words_asked, found, client_of, world):
    world.mara.code, world.mara.official_name = "MARA", "中华人民共和国农业农村部"
    world.mara.save()
    AgencyAlias.objects.create(agency=world.mara, name="农业部", valid_until=date(2018, 3, 1))
    response = client_of(world.office).get("/agencies/", {"q": words_asked})
    assert [row.agency.name for row in response.context["rows"]] == found
    if words_asked == "农业部":
        assert "又名 农业部" in words(response)
    if not found:
        assert f"没有名称含“{words_asked}”的单位" in words(response)


def test_withdrawn_agencies_are_not_there(client_of, office, world):
    gone = make_agency("撤销局", is_withdrawn=True)
    world.all_members.members.add(gone)
    client = client_of(office)
    assert "撤销局" not in client.get("/agencies/").content.decode()
    assert "撤销局" not in client.get(f"/agencies/{world.all_members.pk}/").content.decode()
    assert client.get(f"/agencies/{gone.pk}/").status_code == 404


def test_members_of_a_collective_are_listed(client_of, world):
    shown = words(client_of(world.office).get("/agencies/"))
    assert (
        "联席会议成员单位 单位组，2 家成员；以它的名义分派的任务，成员单位都能看到 农业农村部 司法部" in shown
    )


# --- an agency's page ---------------------------------------------------------------------------------


def test_page_tells_names_and_figures_of_every_plan(client_of, world):
    world.cnipa.note = "2018年重新组建"
    world.cnipa.official_name, world.cnipa.category = "中华人民共和国国家知识产权局", "国务院直属机构"
    world.cnipa.save()
    AgencyAlias.objects.create(agency=world.cnipa, name="国知局", valid_from=date(2018, 8, 1))
    response = client_of(world.office).get(f"/agencies/{world.cnipa.pk}/")
    assert [(row.plan.first_year, *_figures(row)) for row in response.context["rows"]] == [
        (2024, 2, 1, 1, 1, 0, 0.5, 50),
        (2023, 1, 0, 1, 0, 0, 1, 100),
    ]
    assert {part.role.value: names(part.tasks) for part in response.context["parts"]} == {
        "lead": ["24/1", "24/4"],
        "participant": ["24/2"],
    }
    shown = words(response)
    assert "中华人民共和国国家知识产权局 国务院直属机构" in shown
    assert "名称与沿革 2018年重新组建 国知局 2018-08-01 启用" in shown
    assert set(names(event.task for event in response.context["events"])) == {"23/1", "24/2", "24/4"}


def test_part_in_the_name_of_a_collective_is_told_apart(client_of, world):
    response = client_of(world.office).get(f"/agencies/{world.mara.pk}/")
    assert "2024 年度另以“联席会议成员单位”名义参与 1 项 ，不计入上表。" in words(response)
    assert {part.role.value: names(part.tasks) for part in response.context["parts"]} == {
        "lead": ["24/2"],
        "participant": ["24/1"],
    }


def test_agency_opens_its_own_page_alone(client_of, world):
    client = client_of(world.user_of(world.mara))
    own = client.get(f"/agencies/{world.mara.pk}/")
    assert own.status_code == 200
    assert [secret for secret in ("商务部", "司法部", "办好展会") if secret in own.content.decode()] == []
    foreign, missing = client.get(f"/agencies/{world.mofcom.pk}/"), client.get("/agencies/987654/")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert masked(foreign) == masked(missing)
    assert client.get("/agencies/").headers["Location"] == f"/agencies/{world.mara.pk}/"


def test_accounts_are_the_administrators_to_see(client_of, world):
    world.user_of(world.cnipa)
    make_user("former", agency=world.cnipa, is_active=False)
    admin = make_user("admin", Role.ADMIN)
    address = f"/agencies/{world.cnipa.pk}/"
    assert "启用的账号 1 个" in words(client_of(admin).get(address))
    assert "账号 1 个" not in words(client_of(world.office).get(address))


@pytest.mark.parametrize(
    ("role", "told"),
    [("office", True), ("admin", True), ("leader", False), ("auditor", False), ("agency", False)],
)
def test_notes_of_the_register_are_for_those_who_keep_it(role, told, client_of, world):
    world.mara.note = "canary：责任单位写法待核"
    world.mara.save()
    AgencyAlias.objects.create(agency=world.mara, name="农业部", note="canary：旧名来源待核")
    person = world.user_of(world.mara) if role == "agency" else make_user(f"reads-as-{role}", Role(role))
    page = client_of(person).get(f"/agencies/{world.mara.pk}/").content.decode()
    assert "农业部" in page
    assert page.count("canary") == (2 if told else 0)


def test_agency_without_tasks_and_register_without_plans(client_of, office, outsider):
    client = client_of(office)
    assert "商务部" in words(client.get("/agencies/"))
    assert "没有任务 各年度推进计划都没有写明由商务部牵头或参与的任务。" in words(
        client.get(f"/agencies/{outsider.agency.pk}/")
    )
    assert client_of(outsider).get(f"/agencies/{outsider.agency.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("address", "expected"), [("/agencies/", 8), ("/agencies/?q=部", 9), ("/agencies/{agency}/", 10)]
)
def test_queries_are_fixed(address, expected, client_of, office, lead):
    """Session, user, plans, tasks, their agencies; and as the views say."""
    client = client_of(office)
    plan = make_plan()
    group = make_agency("联席会议成员单位", is_collective=True)
    group.members.add(lead.agency)
    costs = []
    for size in (3, 60):
        for number in range(size):
            other = make_agency(f"部{number}")
            AgencyAlias.objects.get_or_create(agency=other, name=f"部委{number}")
            make_task(
                make_section(plan, number % 4 + 1),
                [lead.agency, other],
                number=size * 100 + number,
                status=Status.COMPLETED,
            )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address.format(agency=lead.agency.pk)).status_code == 200
        costs.append(len(queries))
    assert costs == [expected, expected]
