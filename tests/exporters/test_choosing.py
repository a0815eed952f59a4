"""/exports/: the form says how many tasks a workbook will hold, and the workbook holds them."""

import re

import pytest

from tests.exporters.reading import content, opened, rows
from tests.exporters.worlds import fill
from tests.factories import make_periods, make_plan, make_section, make_task

FORM, CHOSEN = "/exports/", "/exports/chosen/"


@pytest.fixture
def tasks(plan, lead, participant):
    return fill(plan, [lead.agency, participant.agency])


def _offered(response) -> dict[str, int]:
    return {scope.key: scope.number for scope in response.context["scopes"]}


def _exported(client, **query):
    return opened(content(client.get(CHOSEN, query, follow=True))).active


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize(
    "query", ["", "status=delayed", "light=grey&sort=-number", "q=不存在", "page=2&per_page=15"]
)
def test_number_on_the_button_is_the_number_of_rows(query, office, client_of):
    client = client_of(office)
    form = client.get(f"{FORM}?{query}")
    (said,) = re.findall(r"<span data-export-number>(\d+)</span>", form.content.decode())
    sheet = _exported(client, book="ledger", scope="found", query=form.context["query"])
    assert len(rows(sheet)) == int(said)


def test_every_scope_holds_what_it_says(office, tasks, client_of):
    client = client_of(office)
    picks = [tasks[1].pk, tasks[4].pk]
    form = client.get(FORM, {"status": "delayed", "pick": picks})
    offered = _offered(form)
    assert offered == {"found": 1, "picked": 2, "all": 6}
    assert {
        scope: len(rows(_exported(client, book="ledger", scope=scope, query="status=delayed", pick=picks)))
        for scope in offered
    } == offered


def test_picked_without_picks_is_no_task_rather_than_all(office, tasks, client_of):
    assert rows(_exported(client_of(office), book="ledger", scope="picked", query="")) == []


def test_columns_are_those_chosen_in_their_order(office, tasks, client_of):
    sheet = _exported(
        client_of(office), book="ledger", scope="all", query="", column=["status", "duty", "lead"]
    )
    assert list(rows(sheet)[0]) == ["序号", "任务", "牵头单位", "负责方式", "状态"]


def test_period_of_the_progress_is_offered_and_brings_its_column(office, plan, tasks, client_of):
    client = client_of(office)
    assert "进展取自" not in client.get(FORM).content.decode()
    make_periods(plan)
    assert client.get(FORM).context["periods"] == ["上半年", "全年"]
    assert client.get(FORM, {"as_of": "2024-08-01"}).context["periods"] == ["上半年"]
    older = make_plan(2023)
    make_task(make_section(older), number=1)
    make_periods(older)[0].delete()
    assert client.get(FORM).context["periods"] == ["上半年", "全年"]  # not the older plan's first
    sheet = _exported(client, book="ledger", scope="all", query="", column=["lead"], reported_in="上半年")
    assert list(rows(sheet)[0]) == ["序号", "任务", "牵头单位", "上半年进展"]


def test_unknown_column_is_refused(office, tasks, client_of):
    response = client_of(office).get("/exports/ledger.xlsx", {"column": ["lead", "salary"]})
    assert (response.status_code, "没有这样的列：salary" in response.content.decode()) == (400, True)


def test_report_of_the_plan(office, plan, tasks, client_of):
    client = client_of(office)
    (choice,) = client.get(FORM).context["plans"]
    assert (choice.plan, choice.number, choice.is_chosen) == (plan, 6, True)
    answer = client.get(CHOSEN, {"book": "annual_report", "plan": plan.pk, "query": "as_of=2024-06-30"})
    assert answer.headers["Location"] == f"/exports/annual-report.xlsx?plan={plan.pk}&as_of=2024-06-30"


def test_workbooks_of_reports_are_for_those_who_see_everything(
    office, leader, participant, plan, tasks, client_of
):
    def offered(person):
        return [kind.key for kind in client_of(person).get(FORM).context["kinds"]]

    every = ["ledger", "annual_report", "breakdown", "bulletin", "supervision"]
    assert offered(office) == [*every, "filling"]
    assert (offered(leader), offered(participant)) == (every, [*every[:3], "filling"])
    for book in ("bulletin", "supervision"):
        query = {"book": book, "plan": plan.pk, "query": "as_of=2024-06-30&status=delayed"}
        answer = client_of(office).get(CHOSEN, query)
        assert answer.headers["Location"] == f"/exports/{book}.xlsx?plan={plan.pk}&as_of=2024-06-30"
        assert client_of(participant).get(CHOSEN, query, follow=True).status_code == 404


def test_sheets_to_fill_in_are_the_offices_page_and_an_agencys_own_workbook(
    office, leader, participant, plan, tasks, client_of
):
    query = {"book": "filling", "plan": plan.pk}
    page = client_of(office).get(CHOSEN, query, follow=True)
    assert page.redirect_chain == [(f"/exports/fillings/?plan={plan.pk}", 302)]
    answer = client_of(participant).get(CHOSEN, query, follow=True)
    assert (answer.status_code, "没有写明报送期" in answer.content.decode()) == (400, True)
    make_periods(plan)
    book = opened(content(client_of(participant).get(CHOSEN, query, follow=True)))
    assert book.sheetnames == ["填写说明", "牵头任务", "参与任务"]
    assert client_of(leader).get(CHOSEN, query, follow=True).status_code == 404


def test_past_day_is_carried_on(office, tasks, client_of):
    answer = client_of(office).get(CHOSEN, {"book": "ledger", "scope": "all", "query": "as_of=2024-06-30"})
    assert answer.headers["Location"] == "/exports/ledger.xlsx?as_of=2024-06-30&column=number&column=text"


@pytest.mark.parametrize("query", [{}, {"book": "salary"}, {"book": "ledger", "scope": "secret"}])
def test_unknown_choice_is_refused(query, office, client_of):
    response = client_of(office).get(CHOSEN, query)
    assert (response.status_code, "没有导出" in response.content.decode()) == (400, True)


def test_agency_is_offered_its_own_alone(participant, plan, tasks, client_of):
    make_task(make_section(plan, 3, 1), number=99, text="不可外传")
    assert _offered(client_of(participant).get(FORM)) == {"found": 6, "all": 6}
