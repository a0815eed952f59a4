"""What people do in the demo's year: one class a deed, done through the workflow like everything else."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from agencies.models import Agency, Role, User
from tasks import letters, workflow
from tasks.attachments import check
from tasks.demo.files import MadeUpFile
from tasks.models import (
    Day,
    Extension,
    PeriodKind,
    Plan,
    ProgressReport,
    ReportingPeriod,
    Status,
    Task,
    usual_dates,
)
from tasks.reporting import missing, reports_of

PeriodKey = tuple[int, PeriodKind]  # the year and what part of it


class Stage:
    """The plan while its story is told: who acts, and how its reports and requests stand."""

    def __init__(self, plan: Plan, office: User):
        self.plan, self.office = plan, office
        people = User.objects.filter(is_active=True, agency__isnull=False).select_related("agency")
        # The office speaks for itself where a task is its own; an agency's own account comes first.
        self.accounts = {
            person.agency_id: person
            for role in (Role.OFFICE, Role.AGENCY)
            for person in people.filter(role=role).order_by("-pk")
        }
        self.periods: dict[PeriodKey, ReportingPeriod] = {}
        self.reports: dict[tuple[int, int, PeriodKey], ProgressReport] = {}
        self.extensions: dict[int, Extension] = {}


@dataclass(frozen=True)
class Deed:
    at: datetime

    def do(self, stage: Stage) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class SetPeriods(Deed):
    keys: tuple[PeriodKey, ...]

    def do(self, stage: Stage) -> None:
        wanted = [workflow.PeriodDates(year, kind, *usual_dates(year, kind)) for year, kind in self.keys]
        periods = workflow.set_periods(stage.plan, wanted, by=stage.office, at=self.at)
        stage.periods = {(period.year, PeriodKind(period.kind)): period for period in periods}


# --- who is responsible ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Receive(Deed):
    agency: Agency
    tasks: tuple[Task, ...]

    def do(self, stage: Stage) -> None:
        keys = [task.pk for task in self.tasks]
        workflow.receive_tasks(keys, by=stage.accounts[self.agency.pk], at=self.at)


@dataclass(frozen=True)
class Dispute(Deed):
    agency: Agency
    task: Task
    reason: str

    def do(self, stage: Stage) -> None:
        workflow.dispute_task(self.task, by=stage.accounts[self.agency.pk], reason=self.reason, at=self.at)


@dataclass(frozen=True)
class Answer(Deed):
    agency: Agency
    task: Task
    answer: str

    def do(self, stage: Stage) -> None:
        receipt = self.task.receipts.get(agency=self.agency)
        workflow.answer_dispute(receipt, by=stage.office, answer=self.answer, at=self.at)


@dataclass(frozen=True)
class Reassign(Deed):
    """Another agency takes the part of the one that objected."""

    task: Task
    agency: Agency
    successor: Agency
    basis: str

    def do(self, stage: Stage) -> None:
        task = Task.objects.get(pk=self.task.pk)
        parts = task.assignments.select_related("agency").order_by("position")
        lead, *participants = (self.successor if one.agency == self.agency else one.agency for one in parts)
        workflow.assign_task(
            task,
            by=stage.office,
            version=task.version,
            lead=lead,
            participants=participants,
            basis=self.basis,
            at=self.at,
        )


# --- how a task stands -------------------------------------------------------------------------------


@dataclass(frozen=True)
class SetStatus(Deed):
    task: Task
    status: Status
    progress: int
    note: str

    def do(self, stage: Stage) -> None:
        workflow.set_status(
            self.task,
            by=stage.office,
            status=self.status,
            version=Task.objects.values_list("version", flat=True).get(pk=self.task.pk),
            progress=self.progress,
            reason=self.note,
            at=self.at,
        )


# --- reports -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _OfAReport(Deed):
    task: Task
    agency: Agency
    period: PeriodKey

    @property
    def key(self) -> tuple[int, int, PeriodKey]:
        return self.task.pk, self.agency.pk, self.period


@dataclass(frozen=True)
class Write(_OfAReport):
    """A draft, which stays one."""

    written: dict[str, Any]

    def do(self, stage: Stage) -> None:
        known = stage.reports.get(self.key)
        stage.reports[self.key] = workflow.write_report(
            self.task,
            stage.periods[self.period],
            by=stage.accounts[self.agency.pk],
            version=known.version if known else None,
            at=self.at,
            **self.written,
        )


@dataclass(frozen=True)
class HandIn(Write):
    """Written, with what the `sources` among the participants have handed in taken over, and handed in."""

    sources: tuple[Agency, ...] = ()
    files: tuple[MadeUpFile, ...] = ()

    def do(self, stage: Stage) -> None:
        super().do(stage)
        by, report = stage.accounts[self.agency.pk], stage.reports[self.key]
        if self.sources:
            keys = [stage.reports[self.task.pk, agency.pk, self.period].pk for agency in self.sources]
            report = workflow.take_over(report, keys, by=by, version=report.version)
        for file in self.files:
            upload = check(SimpleUploadedFile(file.name, file.content))
            workflow.add_attachment(report, upload, by=by, at=self.at)
        stage.reports[self.key] = workflow.submit_report(report, by=by, version=report.version, at=self.at)


@dataclass(frozen=True)
class Mend(_OfAReport):
    """A returned report is added to and handed in again."""

    addition: str

    def do(self, stage: Stage) -> None:
        by, report = stage.accounts[self.agency.pk], stage.reports[self.key]
        report = workflow.write_report(
            self.task,
            stage.periods[self.period],
            by=by,
            version=report.version,
            at=self.at,
            results=f"{report.written['results']}。{self.addition}",
        )
        stage.reports[self.key] = workflow.submit_report(report, by=by, version=report.version, at=self.at)


@dataclass(frozen=True)
class Accept(_OfAReport):
    note: str
    takes_over: bool

    def do(self, stage: Stage) -> None:
        report = stage.reports[self.key]
        stage.reports[self.key] = workflow.accept_report(
            report,
            by=stage.office,
            version=report.version,
            note=self.note,
            takes_over=self.takes_over,
            at=self.at,
        )


@dataclass(frozen=True)
class Return(_OfAReport):
    reason: str

    def do(self, stage: Stage) -> None:
        report = stage.reports[self.key]
        stage.reports[self.key] = workflow.return_report(
            report, by=stage.office, version=report.version, reason=self.reason, at=self.at
        )


# --- asking for what is missing ----------------------------------------------------------------------


@dataclass(frozen=True)
class CalendarReminds(Deed):
    """The daily command asks by itself, before a period is due and after."""

    def do(self, stage: Stage) -> None:
        made = workflow.remind_by_calendar(stage.plan, on=self.at.date(), at=self.at)
        letters.tell_as_sent(made, at=self.at)


@dataclass(frozen=True)
class Urge(Deed):
    """The office asks everybody who owes a report of the period."""

    period: PeriodKey
    note: str

    def do(self, stage: Stage) -> None:
        day = Day(self.at.date(), is_past=True)
        owed = missing(reports_of(stage.plan, Task.objects.all(), day=day))
        asked = [one.key for one in owed if one.period == stage.periods[self.period]]
        made = workflow.remind(asked, by=stage.office, note=self.note, at=self.at).made
        letters.tell_as_sent(made, at=self.at)


# --- more time ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AskExtension(Deed):
    task: Task
    agency: Agency
    new_due_on: date
    progress: int
    reason: str

    def do(self, stage: Stage) -> None:
        stage.extensions[self.task.pk] = workflow.ask_extension(
            self.task,
            by=stage.accounts[self.agency.pk],
            new_due_on=self.new_due_on,
            progress=self.progress,
            reason=self.reason,
            at=self.at,
        )


@dataclass(frozen=True)
class WithdrawExtension(Deed):
    task: Task
    agency: Agency

    def do(self, stage: Stage) -> None:
        by = stage.accounts[self.agency.pk]
        workflow.withdraw_extension(stage.extensions[self.task.pk], by=by, at=self.at)


@dataclass(frozen=True)
class GrantExtension(Deed):
    task: Task
    decision: str

    def do(self, stage: Stage) -> None:
        workflow.grant_extension(
            stage.extensions[self.task.pk], by=stage.office, decision=self.decision, at=self.at
        )


@dataclass(frozen=True)
class RefuseExtension(Deed):
    task: Task
    decision: str

    def do(self, stage: Stage) -> None:
        workflow.refuse_extension(
            stage.extensions[self.task.pk], by=stage.office, decision=self.decision, at=self.at
        )
