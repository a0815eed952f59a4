"""Two plans with a few tasks of every kind, small enough to say of every filter exactly what it finds."""

from datetime import date

import pytest

from agencies.models import Agency, Role, User
from tasks.models import Duty, Status, Task
from tests.database import filled_by
from tests.factories import make_agency, make_plan, make_section, make_task, make_user

TODAY = date(2024, 12, 10)  # the plan of 2024 is due in 21 days, that of 2023 is past its day


class World:
    """People and tasks. A task is spoken of by year and number: "24/1" is 第 1 项 of 2024."""

    def __init__(self):
        self.cnipa, self.mara = make_agency("国家知识产权局"), make_agency("农业农村部")
        self.mofcom, self.moj = make_agency("商务部"), make_agency("司法部")
        self.all_members = make_agency("联席会议成员单位", is_collective=True)
        self.all_members.members.add(self.mara, self.moj)
        self.old, self.new = make_plan(2023), make_plan(2024)
        self._make_old()
        self._make_new()

    def _make_old(self):
        section = make_section(self.old, 1, 1, "完善法规")
        make_task(
            section, [self.cnipa, self.mofcom], number=1, text="修改《商标法》。", status=Status.COMPLETED
        )
        make_task(
            section, [self.mofcom], number=45, text="开展专项行动。", status=Status.IN_PROGRESS, progress=60
        )

    def _make_new(self):
        laws = make_section(self.new, 1, 1, "完善法律")
        policies = make_section(self.new, 1, 2, "完善政策")
        whole = make_section(self.new, 2, None)
        make_task(
            laws,
            [self.cnipa, self.mara],
            number=1,
            text="修改《商标法》及其实施条例。",
            due_on=date(2024, 6, 30),
        )
        make_task(
            laws,
            [self.mara, self.cnipa],
            number=2,
            text="保护植物新品种。",
            duty=Duty.BY_DUTY,
            status=Status.IN_PROGRESS,
            progress=40,
        )
        make_task(
            policies,
            [self.mofcom],
            number=3,
            text="办好展会。",
            status=Status.DELAYED,
            progress=10,
            reason="会期顺延",
        )
        make_task(policies, [self.cnipa], number=4, text="发布年度报告。", status=Status.COMPLETED)
        make_task(
            whole, [self.all_members], number=5, text="加强宣传。", status=Status.CONTINUING, progress=80
        )
        make_task(
            whole,
            [self.mofcom, self.moj],
            number=45,
            text="落实100%真实身份核验。",
            status=Status.ADJUSTED,
            progress=20,
            reason="与第5项合并",
        )
        make_task(whole, [self.moj], number=46, text="调研45个县。", due_on=date(2025, 6, 30))

    def user_of(self, agency: Agency) -> User:
        return User.objects.filter(agency=agency).first() or make_user(f"user{agency.pk}", agency=agency)

    @property
    def office(self) -> User:
        return User.objects.filter(role=Role.OFFICE).first() or make_user("office", Role.OFFICE)

    def section(self, title: str):
        return next(
            s
            for plan in (self.new, self.old)
            for c in plan.chapters.all()
            for s in c.sections.all()
            if s.title == title
        )


def names(tasks) -> list[str]:
    """["24/1", "23/45"], in the order given."""
    return [f"{task.plan.first_year % 100}/{task.number}" for task in tasks]


EVERYTHING = ["24/1", "24/2", "24/3", "24/4", "24/5", "24/45", "24/46", "23/1", "23/45"]


def task_named(name: str) -> Task:
    year, number = name.split("/")
    return Task.objects.get(plan__first_year=2000 + int(year), number=int(number))


@pytest.fixture
def world(db) -> World:
    return filled_by(World)
