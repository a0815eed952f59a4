"""Progress reports, the agency's part: writing, handing in, taking back, taking over (汇总)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from agencies.models import Agency, User
from tasks.models import (
    DRAFTED,
    LONGEST_TEXT,
    NO_PROBLEMS,
    PROPOSALS,
    TEXTS,
    Assignment,
    EventKind,
    ProgressReport,
    ReportingPeriod,
    ReportSource,
    Status,
    Task,
)
from tasks.workflow.attachments import discard
from tasks.workflow.notices import tell_agencies
from tasks.workflow.report_moves import ReportConflict, check_move, check_version, locked_report, moved
from tasks.workflow.shared import Refused, acting_for, locked, plain

SHORTEST_PROBLEMS = 20
# What need not be said: whether something special came of it, and why, unless an adjustment is asked for.
_OPTIONAL = ("deliverables",)


class Incomplete(Refused):
    """A report that cannot be handed in as it is: `faults` says for each field what is missing."""

    def __init__(self, faults: Mapping[str, str]):
        super().__init__("；".join(faults.values()))
        self.faults = faults


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
        check_move("write", report)
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
    task, report = locked_report(report)
    check_version(report, version)
    check_move("submit", report)
    check_asked(task, report.period, report.agency, at)
    written = report.written
    if faults := faults_of(written):
        raise Incomplete(faults)
    if written["proposed_status"] == Status.COMPLETED:
        written["proposed_progress"] = 100
    for name, value in written.items():
        setattr(report, name, value)
    report.draft = {}
    report.progress_before = task.progress
    report.submitted_at, report.submitted_by = at, by
    _carry_files(report)
    leads = list(task.assignments.leading().values_list("agency", flat=True))
    event = moved(
        report,
        EventKind.REPORT_SUBMITTED,
        by=by,
        at=at,
        after=plain(written | {"progress_before": report.progress_before} | _channel(report, by, by_sheet))
        | ({"is_part": True} if report.agency_id not in leads else {}),
    )
    told = {lead for lead in leads if lead != report.agency_id}
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
    _, report = locked_report(report)
    check_version(report, version)
    check_move("withdraw", report)
    report.draft = {name: getattr(report, name) for name in DRAFTED}
    moved(report, EventKind.REPORT_WITHDRAWN, by=by, at=at or timezone.now())
    return report


@transaction.atomic
def take_over(report: ProgressReport, sources: Collection[int], *, by: User, version: int) -> ProgressReport:
    """汇总: append to the lead's draft what participants' reports (by key) say, under their names.

    Only reports on the same task and period that have been handed in; one that was taken over before is not
    taken twice. The draft remembers whose text, and which version, it holds.
    """
    acting_for(report.agency, by)
    task, report = locked_report(report)
    check_version(report, version)
    check_move("write", report)
    if not task.assignments.leading().filter(agency=report.agency_id).exists():
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


def check_asked(task: Task, period: ReportingPeriod, agency: Agency, at: datetime) -> None:
    """Raises Refused where the agency is not, or not yet, asked for a report."""
    if period.plan_id != task.plan_id or not period.is_open_on(timezone.localdate(at)):
        raise Refused("这一报送期还没有开始，暂不需要报送")
    if not Assignment.objects.asked().filter(task=task, agency=agency).exists():
        raise Refused("任务已不由本单位承担，不需要报送")
