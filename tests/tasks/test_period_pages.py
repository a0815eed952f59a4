"""报送期: what the form proposes and saves, what opening means, and what cannot be taken back."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tasks import workflow
from tasks.models import Event, EventKind, PeriodKind, Plan, ReportingPeriod
from tests.database import database
from tests.factories import LONG_AGO, make_periods, make_plan, make_report, make_section, make_task
from tests.tasks.pages import words


@pytest.fixture
def address(task) -> str:
    return f"/plans/{task.plan_id}/periods/"


def days(plan: Plan) -> dict[str, tuple[str, str]]:
    return {one.name: (str(one.opens_on), str(one.due_on)) for one in plan.periods.all()}


def filled(client, address, **changes) -> dict[str, str]:
    """The form as the page shows it, with changes; None unticks."""
    form = client.get(address).context["form"]
    values = {"seen": form["seen"].value() or ""}
    for row in form.rows:
        for field in (row.opens_on, row.due_on):
            values[field.html_name] = str(field.value())
        if row.use.value():
            values[row.use.html_name] = "on"
    values |= {name.replace("__", "-"): value for name, value in changes.items()}
    return {name: value for name, value in values.items() if value is not None}


def test_the_usual_ones_are_proposed_and_saved_at_once(client_of, office, plan, address):
    client = client_of(office)
    form = client.get(address).context["form"]
    assert [
        (str(row), row.use.value(), str(row.opens_on.value()), str(row.due_on.value())) for row in form.rows
    ] == [
        ("一季度", False, "2024-04-01", "2024-04-15"),
        ("上半年", True, "2024-07-01", "2024-07-20"),
        ("三季度", False, "2024-10-01", "2024-10-15"),
        ("全年", True, "2024-12-15", "2025-01-10"),
    ]  # fmt: skip
    answer = client.post(address, filled(client, address), follow=True)
    assert days(plan) == {"上半年": ("2024-07-01", "2024-07-20"), "全年": ("2024-12-15", "2025-01-10")}
    told = "上半年、全年已开始报送：2 家单位应报 4 份，其中 4 份已过截止日期，列为逾期。"
    assert told in words(answer)
    assert Event.objects.filter(kind=EventKind.PERIOD_SET, by=office).count() == 2


def test_what_is_over_is_not_proposed_where_something_is_to_come(client_of, office, lead):
    today = timezone.localdate()
    plan = make_plan(today.year)
    make_task(make_section(plan), [lead.agency])
    form = client_of(office).get(f"/plans/{plan.pk}/periods/").context["form"]
    half_year = ["上半年"] if today <= date(today.year, 7, 20) else []
    assert [str(row) for row in form.rows if row.use.value()] == [*half_year, "全年"]


def test_saving_again_changes_nothing_and_a_day_is_one_event(client_of, office, plan, address):
    client = client_of(office)
    client.post(address, filled(client, address))
    before, sent = database(), filled(client, address)
    assert client.post(address, sent).status_code == 302
    assert database() == before
    sent["due_on-2024-h1"] = "2024-07-25"
    client.post(address, sent)
    client.post(address, sent)  # a double click
    assert days(plan)["上半年"] == ("2024-07-01", "2024-07-25")
    event = Event.objects.latest("pk")
    assert event.sentence == "设置报送期：上半年 2024-07-01 至 2024-07-25"
    assert Event.objects.filter(kind=EventKind.PERIOD_SET).count() == 3


def test_a_plan_of_two_years_has_them_in_each(client_of, office, lead):
    plan = make_plan(2021, last_year=2022)
    make_task(make_section(plan), [lead.agency])
    client, address = client_of(office), f"/plans/{plan.pk}/periods/"
    client.post(address, filled(client, address, **{"use__2022__q1": "on"}))
    assert list(days(plan)) == ["2021年上半年", "2021年全年", "2022年一季度", "2022年上半年", "2022年全年"]


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"due_on__2024__h1": "2024-06-01"}, "due_on-2024-h1", "早于开始报送的日期，请核对"),
        ({"due_on__2024__h1": "2025-01-10"}, "due_on-2024-year", "与上半年同日截止，请错开"),
        ({"opens_on__2024__h1": ""}, "opens_on-2024-h1", "请填写日期"),
        ({"opens_on__2024__h1": "七月"}, "opens_on-2024-h1", "日期须写成 2024-06-30 的样子"),
        ({"due_on__2024__h1": "2204-07-20"}, "due_on-2024-h1", "应在 2024 年或 2025 年"),
    ],
)
def test_days_that_do_not_fit_are_told_at_their_field(changes, field, told, client_of, office, plan, address):
    client = client_of(office)
    sent = filled(client, address, **changes)
    answer = client.post(address, sent)
    assert answer.status_code == 200
    assert answer.context["form"].errors[field] == [told]
    assert told in words(answer)
    assert [answer.context["form"][name].value() for name in sent] == [
        True if value == "on" else value for value in sent.values()
    ]
    assert not plan.periods.exists()


def test_what_is_not_ticked_is_not_looked_at(client_of, office, plan, address):
    client = client_of(office)
    client.post(address, filled(client, address, **{"due_on__2024__q1": "", "opens_on__2024__q3": "x"}))
    assert list(days(plan)) == ["上半年", "全年"]


def test_a_period_with_reports_stays(client_of, office, lead, task, plan, address):
    half_year = make_periods(plan)[0]
    make_report(task, half_year, lead)
    client = client_of(office)
    before = database()
    answer = client.post(address, filled(client, address, **{"use__2024__h1": None}))
    assert "上半年已有报送或催办记录，不能取消，可以修改日期。" in words(answer)
    assert database() == before
    client.post(address, filled(client, address, **{"use__2024__year": None}))
    assert list(days(plan)) == ["上半年"]


def test_who_saves_over_anothers_change_gets_both_values(client_of, office, plan, address):
    client = client_of(office)
    make_periods(plan)
    mine = filled(client, address, **{"due_on__2024__h1": "2024-07-22"})
    theirs = filled(client, address, **{"due_on__2024__h1": "2024-07-30", "use__2024__q1": "on"})
    client.post(address, theirs)
    before = database()
    answer = client.post(address, mine)
    assert (answer.status_code, database()) == (409, before)
    assert "上半年 2024-07-01 至 2024-07-30" in words(answer)
    assert answer.context["form"]["due_on-2024-h1"].value() == "2024-07-22"
    mine["seen"] = answer.context["form"]["seen"].value()
    assert client.post(address, mine).status_code == 302
    assert days(plan) == {"上半年": ("2024-07-01", "2024-07-22"), "全年": ("2024-12-15", "2025-01-10")}


def test_a_page_that_says_nonsense_of_what_it_showed(client_of, office, plan, address):
    client = client_of(office)
    for seen in ("x", "2024:h1:1:2", "2024:h9:2024-07-01:2024-07-20"):
        answer = client.post(address, filled(client, address, seen=seen))
        assert "页面已过期，请刷新后重新填写。" in words(answer)
    assert not plan.periods.exists()


# --- opening -----------------------------------------------------------------------------------------


@pytest.fixture
def to_come(plan) -> ReportingPeriod:
    """全年 of a plan of this very year, which has not opened yet."""
    today = timezone.localdate()
    Plan.objects.filter(pk=plan.pk).update(first_year=today.year, last_year=today.year)
    plan.refresh_from_db()
    days = workflow.PeriodDates(
        today.year, PeriodKind.WHOLE_YEAR, today + timedelta(days=5), today + timedelta(days=30)
    )
    return workflow.set_periods(plan, [days], by=None, at=LONG_AGO)[0]


def test_opening_early_says_what_it_asks_for_and_then_does(client_of, office, task, to_come, address):
    client = client_of(office)
    page = client.get(address)
    opening = f"{address}{to_come.pk}/opening/"
    assert opening in page.content.decode()
    assert "2 家单位应报 2 份（牵头 1 份，参与 1 份）" in words(page).replace(" （", "（")
    assert "2 家单位应报 2 份" in words(client.get(opening))
    answer = client.post(opening, follow=True)
    fresh = ReportingPeriod.objects.get()
    assert (fresh.opens_on, fresh.due_on) == (timezone.localdate(), to_come.due_on)
    assert "全年已开始报送：2 家单位应报 2 份。" in words(answer)
    before = database()
    assert "不需要提前开启" in words(client.post(opening, follow=True))
    assert database() == before


def test_settled_tasks_are_not_counted_in(client_of, office, task, section, lead, to_come, address):
    make_task(section, [lead.agency], number=2, status="adjusted", reason="并入第 1 项")
    assert "2 家单位应报 2 份" in words(client_of(office).get(address))


def test_a_period_of_another_plan_is_not_there(client_of, office, to_come):
    other = make_plan(2020)
    assert client_of(office).get(f"/plans/{other.pk}/periods/{to_come.pk}/opening/").status_code == 404


# --- who looks ---------------------------------------------------------------------------------------


def test_who_sees_everything_reads_them_without_a_form(client_of, leader, plan, address):
    client = client_of(leader)
    assert "还没有设置报送期" in words(client.get(address))
    make_periods(plan)
    page = client.get(address)
    assert "2024-07-01" in words(page)
    assert '<form method="post" autocomplete' not in page.content.decode()
    assert "一季度" not in words(page)
    assert client.post(address, {}).status_code == 403


def test_the_document_leads_to_the_periods(client_of, leader, lead, task, address):
    plan_page = task.plan.get_absolute_url()
    assert address in client_of(leader).get(plan_page).content.decode()
    assert address not in client_of(lead).get(plan_page).content.decode()
    assert client_of(lead).get(address).status_code == 404
