"""The demo world: refused where it could do harm, accounts for everybody, a year where a plan has none.

What that year tells of the real plans: test_demo_year.
"""

from datetime import date
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from agencies.models import Agency, Role, User
from tasks import workflow
from tasks.models import Event, EventKind, Plan, ProgressReport, Receipt, Status, Task
from tests.factories import make_periods, make_user
from tests.importers.files import dump, import_text, load_register, plan_text


def load() -> str:
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


@pytest.fixture
def demo_site(db, settings):
    settings.DEMO = True
    load_register()


# --- where it may be loaded -------------------------------------------------------------------------


def test_production_refuses_the_demo(db, settings):
    settings.DEMO = False
    load_register()

    with pytest.raises(CommandError, match=r"^生产环境不允许载入演示数据"):
        load()

    assert not User.objects.exists()


def test_site_with_people_refuses_the_demo(demo_site):
    make_user("zhang.san", Role.OFFICE)
    before = dump()

    with pytest.raises(
        CommandError, match=r"^数据库中已有 1 个非演示账号（如 zhang\.san），不能载入演示数据"
    ):
        load()

    assert dump() == before


def test_empty_register_refuses_the_demo(db, settings):
    settings.DEMO = True

    with pytest.raises(CommandError, match=r"请先运行 load_agencies$"):
        load()


# --- accounts ---------------------------------------------------------------------------------------


def test_accounts_are_one_a_role_and_one_an_agency(demo_site):
    assert load() == ("演示账号：新增 47 个，共 47 个，密码均为 ipplan-demo\n演示进展：没有需要补充的计划\n")

    people = {user.username: user for user in User.objects.select_related("agency")}
    assert [
        (name, people[name].role, people[name].label, people[name].is_staff, people[name].is_superuser)
        for name in ("office", "leader", "auditor", "admin", "cnipa", "mara", "国管局")
    ] == [
        ("office", "office", "联席会议办公室", False, False),
        ("leader", "leader", "领导", False, False),
        ("auditor", "auditor", "审计", False, False),
        ("admin", "admin", "系统管理员", True, True),
        ("cnipa", "agency", "国家知识产权局", False, False),
        ("mara", "agency", "农业农村部", False, False),
        ("国管局", "agency", "国管局", False, False),
    ]
    served = set(User.objects.filter(role=Role.AGENCY).values_list("agency__name", flat=True))
    assert served == set(Agency.objects.values_list("name", flat=True)) - {
        "联席会议办公室",
        "联席会议成员单位",
    }


def test_every_account_has_the_published_password(demo_site):
    load()

    assert {user.check_password("ipplan-demo") for user in User.objects.all()} == {True}
    request = RequestFactory().post("/accounts/login/")
    assert authenticate(request, username="国管局", password="ipplan-demo").agency.name == "国管局"


def test_new_agency_gets_its_account_later(demo_site):
    load()
    Agency.objects.create(name="交通运输部")

    assert load().startswith("演示账号：新增 1 个，共 48 个")


# --- which plans get a history ------------------------------------------------------------------------


def test_plan_with_a_history_of_its_own_is_left_alone(demo_site):
    task = import_text(plan_text("推进修改。（商务部负责）")).tasks.get()
    workflow.set_status(task, by=None, status=Status.IN_PROGRESS, version=task.version)

    load()

    assert Event.objects.filter(kind=EventKind.TASK_STATUS).count() == 1
    assert not Receipt.objects.exists()


def test_plan_that_the_office_has_begun_to_ask_about_is_left_alone(demo_site):
    make_periods(import_text(plan_text("推进修改。（商务部负责）")))

    assert load().endswith("演示进展：没有需要补充的计划\n")


def test_plan_of_two_years_and_of_one_task_have_a_history(demo_site):
    import_text(plan_text("推进修改。（商务部负责）", title="2021—2022年知识产权强国建设推进计划"))

    load()

    plan = Plan.objects.get()
    assert plan.due_on == date(2022, 12, 31)
    told = plan.events.exclude(kind__in=(EventKind.PLAN_IMPORTED, EventKind.TASK_CREATED))
    assert {event.at.year for event in told} == {2021, 2022}
    assert plan.tasks.get().status == Status.COMPLETED
    assert [str(report.period) for report in ProgressReport.objects.order_by("period__due_on")] == [
        "2021年上半年",
        "2021年全年",
        "2022年上半年",  # the final one
    ]


def test_where_the_lead_has_no_account_that_acts_its_tasks_do_not_end(demo_site):
    load()
    User.objects.filter(username="mofcom").update(is_active=False)
    import_text(plan_text("推进修改。（商务部负责）"))

    load()

    assert Task.objects.get().status == Status.IN_PROGRESS
    assert (ProgressReport.objects.count(), Receipt.objects.count()) == (0, 0)


def test_the_demo_loads_a_collective_that_leads(demo_site):
    import_text(plan_text("推进修改。（联席会议成员单位负责）"))

    load()

    assert Task.objects.get().status == Status.COMPLETED
