"""The demo world: refused where it could do harm, the same everywhere, and plausible."""

from collections import Counter
from datetime import date
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from agencies.models import Agency, Role, User
from tasks import demo, workflow
from tasks.models import Event, EventKind, Plan, Status, Task
from tests.factories import make_user
from tests.importers.files import PLAN_2023, PLAN_2024, dump, import_text, load_register, plan_text

BEIJING = ZoneInfo("Asia/Shanghai")


def load() -> str:
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


@pytest.fixture
def demo_site(db, settings):
    settings.DEMO = True
    load_register()


@pytest.fixture
def both_plans(demo_site):
    return [import_text(path.read_text()) for path in (PLAN_2023, PLAN_2024)]


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


# --- history ----------------------------------------------------------------------------------------


def test_second_run_writes_nothing(both_plans):
    load()
    before = dump()

    assert load().endswith("演示进展：没有需要补充的计划\n")

    assert dump() == before


def test_history_is_marked_and_lies_in_working_hours_of_the_plans_year(both_plans):
    load()

    office = User.objects.get(username="office")
    events = Event.objects.filter(kind=EventKind.TASK_STATUS).select_related("plan")
    assert {event.by_id for event in events} == {office.pk}
    assert all(event.reason.startswith("演示数据：") for event in events)
    local = [(event.at.astimezone(BEIJING), event.plan.first_year) for event in events]
    assert all(at.year == year and at.weekday() < 5 and 9 <= at.hour < 17 for at, year in local)
    in_order_of_time = list(events.filter(plan=both_plans[0]).order_by("pk").values_list("at", flat=True))
    assert in_order_of_time == sorted(in_order_of_time)


@pytest.mark.parametrize(
    ("year", "standing"),
    [
        (
            2023,
            {
                "completed": 97,
                "continuing": 14,
                "in_progress": 13,
                "delayed": 7,
                "adjusted": 4,
                "not_started": 4,
            },
        ),
        (
            2024,
            {
                "completed": 77,
                "continuing": 11,
                "in_progress": 10,
                "delayed": 6,
                "adjusted": 3,
                "not_started": 3,
            },
        ),
    ],
)
def test_year_ends_plausibly(both_plans, year, standing):
    load()

    tasks = Task.objects.filter(plan__first_year=year)
    assert Counter(tasks.values_list("status", flat=True)) == standing
    for task in tasks:
        steps = list(task.events.filter(kind=EventKind.TASK_STATUS).order_by("at"))
        assert len(steps) == 0 if task.status == Status.NOT_STARTED else 2 <= len(steps) <= 6
        if steps:
            assert (steps[0].before["status"], steps[0].after["status"]) == ("not_started", "in_progress")
            progress = [step.after["progress"] for step in steps if "progress" in step.after]
            assert progress == sorted(progress)
            assert task.updated_at == steps[-1].at


def test_history_depends_on_years_and_numbers_alone(both_plans):
    plan = both_plans[1]
    tasks = list(plan.tasks.order_by("number"))

    def told(tasks):
        return [
            (step.at.isoformat(), step.task.number, step.status.value, step.progress, step.note)
            for step in demo.history(plan, tasks)
        ]

    assert told(tasks) == told(tasks[::-1])
    # Written down once: another process, machine or hash seed tells the same story.
    assert told(tasks)[0] == (
        "2024-03-04T09:37:00+08:00",
        85,
        "in_progress",
        5,
        "已列入年度工作要点，启动前期调研",
    )


def test_plan_with_a_history_of_its_own_is_left_alone(demo_site):
    task = import_text(plan_text("推进修改。（商务部负责）")).tasks.get()
    workflow.set_status(task, by=None, status=Status.IN_PROGRESS, version=task.version)

    load()

    assert Event.objects.filter(kind=EventKind.TASK_STATUS).count() == 1


def test_plan_of_two_years_and_of_one_task_have_a_history(demo_site):
    import_text(plan_text("推进修改。（商务部负责）", title="2021—2022年知识产权强国建设推进计划"))

    load()

    plan = Plan.objects.get()
    assert plan.due_on == date(2022, 12, 31)
    assert {event.at.year for event in plan.events.filter(kind=EventKind.TASK_STATUS)} <= {2021, 2022}
    assert plan.tasks.get().status == Status.COMPLETED
