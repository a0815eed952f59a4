"""Small worlds for tests: an agency, a plan with one section, a task with its agencies in order."""

from datetime import date, datetime, time
from itertools import count
from zoneinfo import ZoneInfo

from agencies.models import Agency, Role, User
from tasks import workflow
from tasks.models import (
    AssignmentRole,
    Basis,
    Chapter,
    PeriodKind,
    Plan,
    ProgressReport,
    ReportingPeriod,
    ReportSnapshot,
    Section,
    Status,
    Task,
)

_serial = count(1)
LONG_AGO = datetime(2024, 1, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), LONG_AGO.tzinfo)


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


WRITTEN = {
    "measures": "召开专题论证会，形成修改稿。",
    "results": "修改稿已征求有关单位意见。",
    "problems": "个别条款与相关法律的衔接仍需有关单位共同研究，建议协调。",
    "next_steps": "年底前按程序报批。",
    "proposed_progress": 45,
}


def make_periods(plan: Plan) -> list[ReportingPeriod]:
    """上半年 (07-01 to 07-20) and 全年 (12-15 to 01-10 of the next year), the usual ones."""
    year = plan.first_year
    return workflow.set_periods(
        plan,
        [
            workflow.PeriodDates(year, PeriodKind.HALF_YEAR, date(year, 7, 1), date(year, 7, 20)),
            workflow.PeriodDates(year, PeriodKind.WHOLE_YEAR, date(year, 12, 15), date(year + 1, 1, 10)),
        ],
        by=None,
        at=LONG_AGO,
    )


def make_report(
    task: Task,
    period: ReportingPeriod,
    by: User,
    *,
    state: str = "submitted",
    at: datetime | None = None,
    **written,
) -> ProgressReport:
    """A report of the user's agency, brought into its state by the workflow, all on the period's due day."""
    at = at or datetime.combine(period.due_on, time(9), LONG_AGO.tzinfo)
    report = workflow.write_report(task, period, by=by, at=at, **WRITTEN | written)
    if state != "draft":
        report = workflow.submit_report(report, by=by, version=report.version, at=at)
    if state == "accepted":
        report = workflow.accept_report(report, by=None, version=report.version, at=at)
    if state == "returned":
        report = workflow.return_report(
            report, by=None, version=report.version, reason="请补充可核实的成效", at=at
        )
    return report


def make_snapshot(plan: Plan, by: User, *, note: str = "", rows: dict | None = None) -> ReportSnapshot:
    """A frozen report that is no workbook, only some bytes; another note makes it another one."""
    frozen = workflow.FrozenReport(f"PK {note}".encode(), rows or {})
    return workflow.freeze_report(
        plan, lambda number, at: frozen, by=by, as_of=plan.due_on, note=note, at=LONG_AGO
    )
