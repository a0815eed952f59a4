"""The demo world: accounts with a published password, and a year of made-up progress for every plan.

Plainly marked: every note begins with 演示数据, every account has the address of the demo. Nothing is
left to chance or to the clock: a plan's history follows from its years and the numbers of its tasks, so that
screenshots, tests and two machines show the same.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.db.models import QuerySet

from agencies.models import Agency, Role, User
from tasks import workflow
from tasks.models import EventKind, Plan, Status, Task

PASSWORD = "ipplan-demo"  # noqa: S105 - published on purpose; load_demo refuses to run in production
ADDRESS = "demo@ipplan.invalid"  # tells the demo's accounts from people's
OFFICE_AGENCY = "联席会议办公室"
MARK = "演示数据："
BEIJING = ZoneInfo("Asia/Shanghai")


# --- accounts ---------------------------------------------------------------------------------------


def foreign_accounts() -> QuerySet[User]:
    """Accounts that are not the demo's."""
    return User.objects.exclude(email=ADDRESS)


def make_accounts() -> list[User]:
    """The accounts that are missing; those that are there stay as they are. Returns the new ones."""
    taken = set(User.objects.values_list("username", flat=True))
    served = set(User.objects.filter(role=Role.AGENCY).values_list("agency", flat=True))
    missing = [user for user in _people() if user.username not in taken and user.agency_id not in served]
    password = make_password(PASSWORD) if missing else ""  # once for all: a good hash takes its time
    for user in missing:
        user.email, user.password = ADDRESS, password
    return User.objects.bulk_create(missing)


def _people() -> Iterator[User]:
    yield User(username="office", role=Role.OFFICE, agency=Agency.objects.get(name=OFFICE_AGENCY))
    yield User(username="leader", role=Role.LEADER, first_name="领导")
    yield User(username="auditor", role=Role.AUDITOR, first_name="审计")
    yield User(username="admin", role=Role.ADMIN, first_name="系统管理员")
    for agency in Agency.objects.filter(is_collective=False).exclude(name=OFFICE_AGENCY):
        yield User(username=agency.code.lower() or agency.name, role=Role.AGENCY, agency=agency)


# --- a year of progress -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One entry of the office: what it sets on which task, when, and its note."""

    at: datetime
    task: Task
    status: Status
    progress: int
    note: str


# How a plan of a hundred tasks stands at the end of its last year; all others are completed.
OUTCOMES = {Status.NOT_STARTED: 3, Status.ADJUSTED: 3, Status.DELAYED: 5, Status.IN_PROGRESS: 9}
CONTINUING = 10  # of the tasks that never end
_NEVER_ENDS = re.compile("持续|常态化|健全|深化|长期|不断")
_RECOVERS = 0.06  # share of the completed tasks that were late for a while

_STARTS = (
    "已制定工作方案，明确责任分工和进度安排",
    "已列入年度工作要点，启动前期调研",
    "已召开启动会，部署任务分工",
)
_GOES_ON = (
    "完成专题调研，形成初稿",
    "已征求有关单位和地方意见",
    "根据反馈意见修改完善",
    "完成专家论证",
    "组织开展阶段性检查",
    "在部分地区开展试点",
    "已形成送审稿，按程序报批",
)
_ENDS = {
    Status.COMPLETED: (
        "文件已印发，任务完成",
        "年度目标全部实现，成果已报备案",
        "专项行动结束，已形成总结报告",
    ),
    Status.CONTINUING: ("年度工作已落实，转入常态化推进", "机制已建立，今后长期坚持"),
    Status.DELAYED: (
        "跨部门意见尚未一致，送审时间推迟",
        "对外磋商议程调整，会期顺延",
        "系统建设采购周期较长，上线时间推迟",
    ),
    Status.ADJUSTED: ("因上位法修改尚未完成，调整为下一年度继续推进", "与相关任务合并推进，目标相应调整"),
}


def plans_without_history() -> QuerySet[Plan]:
    return Plan.objects.exclude(events__kind=EventKind.TASK_STATUS)


def tell_history(plan: Plan, *, by: User) -> int:
    """Write the plan's made-up history through the workflow, in the order of time. Returns its length."""
    steps = history(plan, list(plan.tasks.order_by("number")))
    versions = {step.task.pk: step.task.version for step in steps}
    for step in steps:
        fresh = workflow.set_status(
            step.task,
            by=by,
            status=step.status,
            version=versions[step.task.pk],
            progress=step.progress,
            reason=MARK + step.note,
            at=step.at,
        )
        versions[fresh.pk] = fresh.version
    return len(steps)


def history(plan: Plan, tasks: Sequence[Task]) -> list[Step]:
    """What the office would have entered in the plan's own years, in the order of time."""
    workdays = _workdays(plan)
    steps = [
        step
        for task, outcome in _outcomes(plan, tasks)
        for step in _steps(task, outcome, workdays, _dice(plan, task))
    ]
    return sorted(steps, key=lambda step: (step.at, step.task.number))


def _dice(plan: Plan, task: Task) -> random.Random:
    # Seeded with text, which Python digests the same way in every process.
    return random.Random(f"{plan.first_year}-{plan.last_year}/{task.number}")  # noqa: S311 - a story, no secret


def _outcomes(plan: Plan, tasks: Sequence[Task]) -> Iterator[tuple[Task, Status]]:
    """How each task ends, in the shares of OUTCOMES."""
    left = sorted(tasks, key=lambda task: _dice(plan, task).random())
    for outcome, percent in OUTCOMES.items():
        share = round(len(tasks) * percent / 100)
        yield from ((task, outcome) for task in left[:share])
        left = left[share:]
    endless = [task for task in left if _NEVER_ENDS.search(task.text)][: round(len(tasks) * CONTINUING / 100)]
    for task in left:
        yield task, Status.CONTINUING if task in endless else Status.COMPLETED


def _workdays(plan: Plan) -> list[date]:
    """The days of the plan's years on which an office enters something, from March on."""
    first, last = date(plan.first_year, 3, 1), date(plan.last_year, 12, 31)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5 and not (day.month in (5, 10) and day.day <= 7)]


def _steps(task: Task, outcome: Status, workdays: Sequence[date], dice: random.Random) -> Iterator[Step]:
    if outcome == Status.NOT_STARTED:
        return
    begin, end = dice.randrange(len(workdays) // 4), dice.randrange(len(workdays) * 55 // 100, len(workdays))
    between = sorted(dice.sample(range(begin + 1, end), dice.randint(1, 4)))
    percents = sorted(dice.sample(range(15, 70 if outcome == Status.DELAYED else 95, 5), len(between)))
    yield Step(_hour(workdays[begin], dice), task, Status.IN_PROGRESS, 5, dice.choice(_STARTS))
    late = outcome == Status.COMPLETED and dice.random() < _RECOVERS
    for place, (day, percent) in enumerate(zip(between, percents, strict=True)):
        held_up = late and place == len(between) - 1
        status = Status.DELAYED if held_up else Status.IN_PROGRESS
        notes = _ENDS[Status.DELAYED] if held_up else _GOES_ON
        yield Step(_hour(workdays[day], dice), task, status, percent, dice.choice(notes))
    if outcome != Status.IN_PROGRESS:
        percent = 100 if outcome in (Status.COMPLETED, Status.CONTINUING) else percents[-1]
        yield Step(_hour(workdays[end], dice), task, outcome, percent, dice.choice(_ENDS[outcome]))


def _hour(day: date, dice: random.Random) -> datetime:
    return datetime.combine(day, time(dice.choice((9, 10, 11, 14, 15, 16)), dice.randrange(60)), BEIJING)
