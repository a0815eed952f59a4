"""Small worlds for tests: an agency, a plan with one section, a task with its agencies in order."""

from datetime import date, datetime
from itertools import count
from zoneinfo import ZoneInfo

from agencies.models import Agency, Role, User
from tasks import workflow
from tasks.models import AssignmentRole, Basis, Chapter, Plan, Section, Status, Task

_serial = count(1)
LONG_AGO = datetime(2024, 1, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def make_agency(name: str, **fields) -> Agency:
    return Agency.objects.get_or_create(name=name, defaults=fields)[0]


def make_user(username: str, role: str = Role.AGENCY, agency: Agency | None = None, **fields) -> User:
    return User.objects.create_user(
        username, password="correct horse battery", role=role, agency=agency, **fields
    )


def make_plan(year: int = 2024, **fields) -> Plan:
    facts = {
        "title": f"{year}年推进计划",
        "first_year": year,
        "last_year": year,
        "due_on": date(fields.get("last_year", year), 12, 31),
    }
    return Plan.objects.create(**facts | fields)


def make_section(plan: Plan, chapter: int = 1, number: int | None = 1, title: str = "") -> Section:
    chapter_row, _ = Chapter.objects.get_or_create(
        plan=plan, number=chapter, defaults={"title": f"第{chapter}章标题"}
    )
    title = "" if number is None else title or f"第{number}节标题"
    return Section.objects.get_or_create(chapter=chapter_row, number=number, defaults={"title": title})[0]


def make_task(section: Section, agencies: list[Agency] = (), **fields) -> Task:
    """A task led by the first of `agencies`. A status other than 未启动 is set through the workflow."""
    status = fields.pop("status", Status.NOT_STARTED)
    progress = fields.pop("progress", None)
    reason = fields.pop("reason", "")
    number = fields.pop("number", None) or next(_serial)
    namings = [
        workflow.Naming(
            agency,
            AssignmentRole.LEAD if place == 0 else AssignmentRole.PARTICIPANT,
            Basis.ORDER,
            agency.name,
        )
        for place, agency in enumerate(agencies)
    ]
    facts = {
        "number": number,
        "text": f"推进第{number}项工作。",
        "responsibility": "、".join(a.name for a in agencies) + "负责",
    }
    task = workflow.create_task(
        section, by=None, namings=namings, at=fields.pop("at", LONG_AGO), **facts | fields
    )
    if status != Status.NOT_STARTED:
        task = workflow.set_status(
            task, by=None, status=status, version=task.version, progress=progress, reason=reason, at=LONG_AGO
        )
    return task
