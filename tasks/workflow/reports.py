"""Progress reports: an agency writes and hands in, the office accepts or returns."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from agencies.models import Agency, User
from tasks import permissions
from tasks.models import (
    DRAFTED,
    LONGEST_TEXT,
    NO_PROBLEMS,
    PROPOSALS,
    TEXTS,
    Assignment,
    AssignmentRole,
    Event,
    EventKind,
    ProgressReport,
    ReportingPeriod,
    ReportSource,
    ReportState,
    Status,
    Task,
)
from tasks.workflow.attachments import discard
from tasks.workflow.notices import tell_agencies
from tasks.workflow.shared import EditConflict, Refused, acting_for, allow, locked, plain
from tasks.workflow.status import STATUS_MOVES, status_change

SHORTEST_PROBLEMS = 20
# What need not be said: whether something special came of it, and why, unless an adjustment is asked for.
_OPTIONAL = ("deliverables",)


@dataclass(frozen=True)
class ReportMove:
    """From which states a report may be moved, to which, and by whom: the agency or the office."""

    words: str
    sources: Collection[ReportState]
    target: ReportState | None  # None leaves the state as it is
    by_agency: bool


REPORT_MOVES = {
    "write": ReportMove("保存草稿", {ReportState.DRAFT, ReportState.RETURNED}, None, by_agency=True),
    "submit": ReportMove(
        "提交审核", {ReportState.DRAFT, ReportState.RETURNED}, ReportState.SUBMITTED, by_agency=True
    ),
    "withdraw": ReportMove("撤回", {ReportState.SUBMITTED}, ReportState.DRAFT, by_agency=True),
    "accept": ReportMove("通过", {ReportState.SUBMITTED}, ReportState.ACCEPTED, by_agency=False),
    "return": ReportMove("退回", {ReportState.SUBMITTED}, ReportState.RETURNED, by_agency=False),
}


class ReportConflict(EditConflict):
    """Reports changed since the page that sent the edit was made; `reports` are the fresh ones."""

    def __init__(self, *reports: ProgressReport):
        super().__init__([report.task for report in reports])
        self.reports = reports

    @property
    def report(self) -> ProgressReport:
        return self.reports[0]


class Incomplete(Refused):
    """A report that cannot be handed in as it is: `faults` says for each field what is missing."""

    def __init__(self, faults: Mapping[str, str]):
        super().__init__("；".join(faults.values()))
        self.faults = faults


# --- the agency's part ------------------------------------------------------------------------------


@transaction.atomic
def write_report(
    task: Task,
    period: ReportingPeriod,
    *,
    by: User,
    agency: Agency | None = None,
    version: int | None = None,
    by_sheet: bool = False,
    at: datetime | None = None,
    **written: Any,
) -> ProgressReport:
    """Keep what the agency (the user's own unless named) writes as its draft, the first time as a new report.

    `written` holds fields of DRAFTED, those not named stay. `version` is None for a report that is not begun.
    A draft is nobody else's business and no record: it has no event. Returns the fresh report. Raises Refused
    where nothing is asked of the agency, ReportConflict where the draft was changed elsewhere meanwhile. What
    stands already is not written again, whatever the version. `by_sheet`: see `acting_for`.
    """
    agency = acting_for(agency, by, by_sheet=by_sheet)
    at = at or timezone.now()
    if unknown := written.keys() - set(DRAFTED):
        raise TypeError(f"no fields of a report: {sorted(unknown)}")
    kept = {name: _kept(name, value) for name, value in written.items()}
    (task,) = locked([task.pk])
    report = _report_of(task, period, agency)
    if report is None:
        if version is not None:
            raise ProgressReport.DoesNotExist
        check_asked(task, period, agency, at)
        report = ProgressReport(task=task, period=period, agency=agency, proposed_progress=task.progress)
    elif all(report.written[name] == value for name, value in kept.items()):
        return report  # a double click, or two people who wrote the same
    elif report.version != version:
        raise ReportConflict(report)
    else:
        _check_move("write", report)
        report.version += 1
    report.draft = {**report.written, **kept}
    report.updated_at = at
    report.save()
    return report


def _kept(name: str, value: Any) -> Any:
    """As a draft keeps it: whatever was typed, however long, so that nothing is lost; only a form trims."""
    return value if name == "proposed_progress" else str(value).strip()


@transaction.atomic
def submit_report(
    report: ProgressReport,
    *,
    by: User,
    version: int,
    by_sheet: bool = False,
    at: datetime | None = None,
) -> ProgressReport:
    """Hand in what is written. Raises Incomplete, and ReportConflict where it is not at `version`.

    With `by_sheet` (see `acting_for`) the event says so, and the agency is told where another brought it in.
    """
    acting_for(report.agency, by, by_sheet=by_sheet)
    at = at or timezone.now()
    task, report = _locked(report)
    _check_version(report, version)
    _check_move("submit", report)
    check_asked(task, report.period, report.agency, at)
    written = report.written
    if faults := faults_of(written):
        raise Incomplete(faults)
    if written["proposed_status"] == Status.COMPLETED:
        written["proposed_progress"] = 100
    for name, value in written.items():
        setattr(report, name, value)
    report.draft = {}
    report.state = ReportState.SUBMITTED
    report.progress_before = task.progress
    report.submitted_at, report.submitted_by = at, by
    report.first_submitted_at = report.first_submitted_at or at
    _carry_files(report)
    event = _moved(
        report,
        EventKind.REPORT_SUBMITTED,
        by=by,
        at=at,
        after=plain(written | {"progress_before": report.progress_before} | _channel(report, by, by_sheet)),
    )
    lead = task.assignments.filter(role=AssignmentRole.LEAD).exclude(agency=report.agency_id)
    told = set(lead.values_list("agency", flat=True))
    if by.agency_id != report.agency_id:
        told.add(report.agency_id)
    tell_agencies(event, told)
    return report


@transaction.atomic
def withdraw_report(
    report: ProgressReport, *, by: User, version: int, at: datetime | None = None
) -> ProgressReport:
    """Take a report back before it is reviewed, to change it: it is a draft again, with all it says."""
    acting_for(report.agency, by)
    _, report = _locked(report)
    _check_version(report, version)
    _check_move("withdraw", report)
    report.state = ReportState.DRAFT
    report.draft = {name: getattr(report, name) for name in DRAFTED}
    _moved(report, EventKind.REPORT_WITHDRAWN, by=by, at=at or timezone.now())
    return report


@transaction.atomic
def take_over(report: ProgressReport, sources: Collection[int], *, by: User, version: int) -> ProgressReport:
    """汇总: append to the lead's draft what participants' reports (by key) say, under their names.

    Only reports on the same task and period that have been handed in; one that was taken over before is not
    taken twice. The draft remembers whose text, and which version, it holds.
    """
    acting_for(report.agency, by)
    task, report = _locked(report)
    _check_version(report, version)
    _check_move("write", report)
    if not task.assignments.filter(role=AssignmentRole.LEAD, agency=report.agency_id).exists():
        raise Refused("只有牵头单位可以汇总参与单位的报送")
    found = (
        ProgressReport.objects.handed_in()
        .filter(task=task, period=report.period_id, pk__in=sources)
        .exclude(pk=report.pk)
        .exclude(taken_links__report=report)
        .select_related("agency")
        .order_by("agency__position", "pk")
    )
    written = report.written
    for source in found:
        for name in TEXTS:
            text = getattr(source, name)
            if text and text != NO_PROBLEMS:
                already = "" if written[name] == NO_PROBLEMS else written[name]
                written[name] = "\n".join(filter(None, (already, f"【{source.agency}】{text}")))
    ReportSource.objects.bulk_create(
        [ReportSource(report=report, source=source, source_version=source.version) for source in found]
    )
    report.draft = written
    report.version += 1
    report.save()
    return report


def faults_of(written: Mapping[str, Any]) -> dict[str, str]:
    """What keeps a report from being handed in: the field and a sentence for it."""
    faults = {}
    for name, title in TEXTS.items():
        text = written[name]
        if not text and name not in _OPTIONAL:
            faults[name] = f"请填写{title}" + ("；没有问题请注明“无”" if name == "problems" else "")
        elif len(text) > LONGEST_TEXT:
            faults[name] = f"{title}最多 {LONGEST_TEXT} 字，现有 {len(text)} 字，请精简，详细材料可作为附件"
    problems = written["problems"]
    if problems and problems != NO_PROBLEMS and len(problems) < SHORTEST_PROBLEMS:
        faults["problems"] = f"至少 {SHORTEST_PROBLEMS} 字，请写明具体事项；没有问题请注明“无”"
    progress = written["proposed_progress"]
    if not isinstance(progress, int) or not 0 <= progress <= 100:
        faults["proposed_progress"] = "进度须在 0 至 100 之间"
    if written["proposed_status"] not in PROPOSALS:
        faults["proposed_status"] = "请选择建议状态"
    if written["proposed_status"] == Status.ADJUSTED and not written["proposal_reason"]:
        faults["proposal_reason"] = "申请调整须写明理由"
    if len(written["proposal_reason"]) > LONGEST_TEXT:
        faults["proposal_reason"] = f"理由最多 {LONGEST_TEXT} 字"
    return faults


def _channel(report: ProgressReport, by: User, by_sheet: bool) -> dict[str, str]:
    """How a report came, where not through its form; as the event's sentence says it."""
    if not by_sheet:
        return {}
    others = "" if by.agency_id == report.agency_id else f"，代{report.agency}导入"
    return {"channel": f"（填报表{others}）"}


def _carry_files(report: ProgressReport) -> None:
    """The files of the draft are handed in with it; those it dropped are gone for good."""
    for dropped in report.attachments.filter(is_dropped=True):
        discard(dropped)
    report.attachments.update(is_handed_in=True)


# --- the office's part ------------------------------------------------------------------------------


def accept_report(
    report: ProgressReport,
    *,
    by: User | None,
    version: int,
    note: str = "",
    takes_over: bool = True,
    at: datetime | None = None,
) -> ProgressReport:
    """`accept_reports` for one. Returns the fresh report."""
    (fresh,) = accept_reports([(report.pk, version)], by=by, note=note, takes_over=takes_over, at=at)
    return fresh


@transaction.atomic
def accept_reports(
    versions: Iterable[tuple[int, int]],
    *,
    by: User | None,
    note: str = "",
    takes_over: bool = True,
    at: datetime | None = None,
) -> list[ProgressReport]:
    """Accept what was handed in, given as (pk, version): all of it or none, one event each.

    A lead's proposed status and progress become the office's in the same event; a participant's report never
    changes the task. The versions are those of the texts the reviewer saw: where a report has changed since,
    ReportConflict. `takes_over=False` leaves the tasks as they stand.
    """
    allow(permissions.can_review, by)
    at = at or timezone.now()
    wanted = dict(versions)
    reports = _locked_reports(wanted)
    if stale := [report for report in reports if report.version != wanted[report.pk]]:
        raise ReportConflict(*stale)
    for report in reports:
        _check_move("accept", report)
    for report in reports:
        _accept(report, by=by, note=note.strip(), takes_over=takes_over, at=at)
    return reports


def _accept(report: ProgressReport, *, by: User | None, note: str, takes_over: bool, at: datetime) -> None:
    task = report.task
    report.state = ReportState.ACCEPTED
    report.reviewed_at, report.reviewed_by, report.review_note = at, by, note
    changes = proposed_changes(report) if takes_over else {}
    if _reopens(task, changes) and not note:
        raise Refused(
            f"第 {task.number} 项现为“{task.get_status_display()}”，采纳这份报告的建议会重新开启任务："
            "请在审核意见中写明理由，或者只通过报告、不采纳状态和进度"
        )
    before = {name: getattr(task, name) for name in changes}
    if changes:
        for name, value in changes.items():
            setattr(task, name, value)
        task.version += 1
        task.updated_at = at
        task.save(update_fields=[*changes, "version", "updated_at"])
    event = _moved(
        report,
        EventKind.REPORT_ACCEPTED,
        by=by,
        at=at,
        before=plain(before),
        after=plain(changes),
        reason=note,
    )
    tell_agencies(event, [report.agency_id])


def _reopens(task: Task, changes: Mapping[str, Any]) -> bool:
    """Whether these changes lead the task out of a status that is left for a reason only."""
    return "status" in changes and STATUS_MOVES[Status(task.status)].reason_to_leave


def proposed_changes(report: ProgressReport) -> dict[str, Any]:
    """What accepting the report changes on its task: status, progress and reason, as far as they differ.

    Nothing where it is a participant's, nor where a later period's report of the lead was accepted before:
    an old report does not take back what a newer one brought.
    """
    task = report.task
    if not task.assignments.filter(role=AssignmentRole.LEAD, agency=report.agency_id).exists():
        return {}
    accepted = task.reports.of_leads().accepted()
    if accepted.filter(period__due_on__gt=report.period.due_on).exists():
        return {}
    reason = f"采纳{report.agency}{report.period}进展报告"
    if report.proposal_reason:
        reason += f"：{report.proposal_reason}"
    changes = status_change(task, report.proposed_status, report.proposed_progress, reason)
    # Where nothing else changes, the reason of what stands already is kept.
    return changes if changes.keys() - {"status_reason"} else {}


@transaction.atomic
def return_report(
    report: ProgressReport, *, by: User | None, version: int, reason: str, at: datetime | None = None
) -> ProgressReport:
    """Send a report back to its agency, which is told why and may change it and hand it in again."""
    allow(permissions.can_review, by)
    at = at or timezone.now()
    _, report = _locked(report)
    _check_version(report, version)
    _check_move("return", report)
    if not reason.strip():
        raise Refused("退回须填写审核意见，报送单位据此修改")
    report.state = ReportState.RETURNED
    report.returns += 1
    report.reviewed_at, report.reviewed_by, report.review_note = at, by, reason.strip()
    event = _moved(report, EventKind.REPORT_RETURNED, by=by, at=at, reason=reason.strip())
    tell_agencies(event, [report.agency_id])
    return report


# --- shared -----------------------------------------------------------------------------------------


def _locked(report: ProgressReport) -> tuple[Task, ProgressReport]:
    """The task, then its report: always in this order, so that two changes cannot wait for each other."""
    (task,) = locked([report.task_id])
    fresh = (
        ProgressReport.objects.select_for_update(of=("self",))
        .select_related("agency", "period")
        .get(pk=report.pk)
    )
    fresh.task = task
    return task, fresh


def _locked_reports(pks: Collection[int]) -> list[ProgressReport]:
    """The same for many, each with its task, a task's older periods first."""
    owners = dict(ProgressReport.objects.filter(pk__in=pks).values_list("pk", "task"))
    if len(owners) != len(pks):
        raise ProgressReport.DoesNotExist
    tasks = {task.pk: task for task in locked(set(owners.values()))}
    reports = list(
        ProgressReport.objects.select_for_update(of=("self",))
        .select_related("agency", "period")
        .filter(pk__in=pks)
        .order_by("task", "period__due_on", "pk")
    )
    for report in reports:
        report.task = tasks[report.task_id]
    return reports


def _report_of(task: Task, period: ReportingPeriod, agency: Agency) -> ProgressReport | None:
    """The agency's report, locked. The lock on the task keeps two from beginning it."""
    found = (
        ProgressReport.objects.select_for_update(of=("self",))
        .select_related("agency", "period")
        .filter(task=task, period=period, agency=agency)
        .first()
    )
    if found:
        found.task = task
    return found


def _check_version(report: ProgressReport, version: int) -> None:
    if report.version != version:
        raise ReportConflict(report)


def _check_move(name: str, report: ProgressReport) -> None:
    move = REPORT_MOVES[name]
    if report.state not in move.sources:
        raise Refused(f"这份报告现为“{report.get_state_display()}”，不能{move.words}，请刷新页面")


def check_asked(task: Task, period: ReportingPeriod, agency: Agency, at: datetime) -> None:
    """Raises Refused where the agency is not, or not yet, asked for a report."""
    if period.plan_id != task.plan_id or not period.is_open_on(timezone.localdate(at)):
        raise Refused("这一报送期还没有开始，暂不需要报送")
    if not Assignment.objects.asked().filter(task=task, agency=agency).exists():
        raise Refused("任务已不由本单位承担，不需要报送")


def _moved(
    report: ProgressReport,
    kind: EventKind,
    *,
    by: User | None,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Event:
    report.version += 1
    report.updated_at = at
    report.save()
    said = {"period": report.period.name, "agency": report.agency.name}
    return Event.record(
        report, kind, by=by, at=at, before=dict(before or {}), after=said | dict(after or {}), reason=reason
    )
