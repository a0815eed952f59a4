"""通报表 and 督办台账: that they hold what the pages show, read back from the file, and who gets them."""

from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exporters.columns import BULLETIN_COLUMNS, OWED_COLUMNS
from tasks.models import Reminder, ReminderKind
from tests.exporters.reading import below_header, content, opened, rows, titles
from tests.factories import LONG_AGO, make_periods, make_report, make_section, make_task

BULLETIN, SUPERVISION = "/exports/bulletin.xlsx", "/exports/supervision.xlsx"
JULY = datetime(2024, 7, 10, 9, tzinfo=LONG_AGO.tzinfo)
AS_OF = "2024-07-30"


@pytest.fixture
def half_year(plan, section, lead, participant, outsider):
    """上半年: two tasks of three agencies; the lead's first is accepted, the participant's returned."""
    first = make_periods(plan)[0]
    one = make_task(section, [lead.agency, participant.agency], number=1, text="=推进《条例》修改。")
    make_task(section, [outsider.agency, lead.agency], number=2)
    make_report(one, first, lead, state="accepted", at=JULY)
    make_report(one, first, participant, state="returned", at=JULY)
    return first


def book(client, address, **query):
    return opened(content(client.get(address, query)))


def test_bulletin_holds_what_the_page_shows(client_of, office, plan, half_year):
    client = client_of(office)
    page = client.get("/supervision/bulletin/", {"as_of": AS_OF}).context
    sheet = book(client, BULLETIN, plan=plan.pk, as_of=AS_OF)["通报表"]
    found = below_header(sheet)
    assert [title.replace("\n", "") for title in titles(sheet)] == [
        "单位", "应报", "已报", "应报", "已报", "按期（份）", "未报（份）", "一次通过（份）", "按期报送率",
    ]  # fmt: skip
    shown = [
        (line.agency.name, *(f.count for f in line.figures), line.share_on_time) for line in page["lines"]
    ]
    assert found[: len(shown)] == shown
    assert found[len(shown)] == ("合计（3 家）", *(f.count for f in page["sums"].figures), 0.25)
    assert [note[0][:4] for note in found[len(shown) + 1 :]] == ["注：1.", "　　2.", "　　3.", "　　4."]
    assert sheet["A1"].value == f"{plan.title}上半年进展报送情况"
    assert sheet["A2"].value == "报送期：2024-07-01 至 2024-07-20"


def test_supervision_holds_the_list_under_its_conditions(client_of, office, plan, half_year, lead, outsider):
    told = Reminder.objects.create(
        agency=outsider.agency, plan=plan, period=half_year, kind=ReminderKind.URGED, at=JULY, by=office
    )
    told.tasks.set(plan.tasks.all())
    client = client_of(office)
    for query in ({}, {"role": "lead"}, {"agency": lead.agency.pk}, {"outcome": "overdue"}):
        page = client.get("/supervision/missing/", {"as_of": AS_OF} | query).context
        sheet = book(client, SUPERVISION, plan=plan.pk, as_of=AS_OF, **query)["督办台账"]
        assert [
            (row["单位"], row["序号"], row["报送期"], row["超过截止\n日期天数"]) for row in rows(sheet)
        ] == [
            (row.owed.agency.name, row.owed.task.number, row.owed.period.name, -row.owed.days_left)
            for _, group in page["groups"]
            for row in group
        ]
    whole = rows(book(client, SUPERVISION, plan=plan.pk, as_of=AS_OF)["督办台账"])
    assert {row["单位"]: row["最近提示"] for row in whole}["商务部"] == "2024-07-10 催办"
    assert {row["报送情况"] for row in whole} == {"未报送", "被退回"}
    texts = [row["任务"] for row in whole]
    assert "=推进《条例》修改。" in texts  # a text, not a formula
    assert {row["截止日期"] for row in whole} == {date(2024, 7, 20)}


def test_nothing_missing_is_a_table_without_rows(client_of, office, plan, half_year):
    sheet = book(client_of(office), SUPERVISION, plan=plan.pk, as_of="2024-06-30")["督办台账"]
    assert below_header(sheet)[0][0] == "合计 0 份，0 家单位"


@pytest.mark.parametrize("address", [BULLETIN, SUPERVISION])
def test_agencies_get_no_workbook_of_others(address, client_of, lead, leader, plan, half_year):
    assert client_of(lead).get(address, {"plan": plan.pk}).status_code == 404
    assert content(client_of(leader).get(address, {"plan": plan.pk}))


@pytest.mark.parametrize(
    "query", [{}, {"plan": "x"}, {"plan": "{plan}", "as_of": "2099-01-01"}, {"plan": "{plan}", "period": "x"}]
)
@pytest.mark.parametrize("address", [BULLETIN, SUPERVISION])
def test_bad_conditions_export_nothing(address, query, client_of, office, plan, half_year):
    answer = client_of(office).get(
        address, {name: value.format(plan=plan.pk) for name, value in query.items()}
    )
    assert answer.status_code == 400
    assert "没有" in answer.content.decode()
    assert client_of(office).get(address, {"plan": 99999}).status_code == 404


def test_before_a_period_opens_there_is_no_bulletin(client_of, office, plan, half_year):
    answer = client_of(office).get(BULLETIN, {"plan": plan.pk, "as_of": "2024-06-01"})
    assert answer.status_code == 400
    assert "还没有可以通报的报送期" in answer.content.decode()


@pytest.mark.parametrize("address", [BULLETIN, SUPERVISION])
def test_queries_do_not_grow(address, client_of, office, plan, half_year, lead, participant):
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            content(client.get(address, {"plan": plan.pk, "as_of": AS_OF}))
        return len(found)

    client = client_of(office)
    queries()
    few = queries()
    for number in range(10, 30):
        task = make_task(make_section(plan), [lead.agency, participant.agency], number=number)
        make_report(task, half_year, lead, at=JULY)
    assert queries() == few


def test_columns_have_keys_of_their_own():
    for columns in (BULLETIN_COLUMNS, OWED_COLUMNS):
        assert len({column.key for column in columns}) == len(columns) <= 9
