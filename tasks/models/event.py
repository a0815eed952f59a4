"""What happened: one row for every change, written in its transaction and never altered after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from agencies.models import Agency
from tasks.models.assignment import Assignment
from tasks.models.day import Day
from tasks.models.plan import Plan
from tasks.models.report import ProgressReport
from tasks.models.task import Duty, Status, Task

if TYPE_CHECKING:
    from agencies.models import User


class EventKind(models.TextChoices):
    PLAN_IMPORTED = "plan.imported", "导入计划"
    PLAN_CORRECTED = "plan.corrected", "更正计划"
    TASK_CREATED = "task.created", "导入任务"
    TASK_CORRECTED = "task.corrected", "更正任务"
    TASK_STATUS = "task.status", "更新状态"
    TASK_ASSIGNED = "task.assigned", "调整责任单位"
    TASK_RECEIVED = "task.received", "签收任务"
    TASK_DISPUTED = "task.disputed", "反映责任不符"
    TASK_ANSWERED = "task.answered", "答复责任不符"
    EXTENSION_ASKED = "task.extension_asked", "申请延期"
    EXTENSION_WITHDRAWN = "task.extension_withdrawn", "撤回延期申请"
    EXTENSION_GRANTED = "task.extension_granted", "同意延期"
    EXTENSION_REFUSED = "task.extension_refused", "不同意延期"
    REPORT_SUBMITTED = "report.submitted", "报送进展"
    REPORT_WITHDRAWN = "report.withdrawn", "撤回报送"
    REPORT_ACCEPTED = "report.accepted", "审核通过"
    REPORT_RETURNED = "report.returned", "退回报送"
    PERIOD_SET = "plan.period_set", "设置报送期"
    PERIOD_DROPPED = "plan.period_dropped", "取消报送期"
    REPORT_FROZEN = "plan.report_frozen", "固定年度进展报告"
    AGENCY_REMINDED = "plan.reminded", "催办"
    AGENCY_REGISTERED = "agency.registered", "登记单位"
    AGENCY_ALIAS = "agency.alias", "登记单位别名"
    AGENCY_WITHDRAWN = "agency.withdrawn", "撤销单位登记"
    AGENCY_ALIAS_DROPPED = "agency.alias_dropped", "撤销单位别名"


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, user: "User") -> "EventQuerySet":
        """What a feed may tell `user` of tasks that they see.

        What concerns one agency alone (its reports, its receipt, its requests) is for that agency, for the
        lead of the task and for those who see everything.
        """
        if user.sees_everything:
            return self
        leads = Exists(Assignment.objects.leading_for(user.agency_id))
        return self.filter(Q(agency__isnull=True) | Q(agency=user.agency_id) | leads)

    def kept(self, day: Day) -> "EventQuerySet":
        """Without those that somebody took back by that day, and without the taking back."""
        later = Event.objects.filter(task=OuterRef("task"), after__has_key="takes_back", at__lt=day.ended_at)
        named = later.annotate(named=Cast(KT("after__takes_back"), models.BigIntegerField()))
        return self.filter(~Exists(named.filter(named=OuterRef("pk")))).exclude(after__has_key="takes_back")

    def for_feed(self) -> "EventQuerySet":
        """Newest first, with who did it: one query."""
        return self.select_related("by__agency").order_by("-at", "-pk")


class Event(models.Model):
    """操作记录. Append-only: the database itself refuses to change or delete a row (see append_only)."""

    at = models.DateTimeField("时间")
    by = models.ForeignKey(
        "agencies.User",
        models.PROTECT,
        verbose_name="操作人",
        null=True,
        related_name="events",
        help_text="空为系统",
    )
    kind = models.CharField("事项", max_length=30, choices=EventKind.choices)
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="events", verbose_name="推进计划")
    task = models.ForeignKey(Task, models.PROTECT, null=True, related_name="events", verbose_name="任务")
    report = models.ForeignKey(
        ProgressReport, models.PROTECT, null=True, related_name="events", verbose_name="进展报送"
    )
    # Whom it concerns alone, or which agency of the register changed.
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="events", verbose_name="单位")
    before = models.JSONField("原值", default=dict)
    after = models.JSONField("新值", default=dict)
    reason = models.TextField("理由", blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = verbose_name_plural = "操作记录"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="event_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind__startswith="task.") | Q(task__isnull=False),
                name="event_of_a_task_names_it",
            ),
            models.CheckConstraint(
                condition=Q(kind__startswith="agency.", agency__isnull=False, plan__isnull=True)
                | Q(~Q(kind__startswith="agency."), plan__isnull=False),
                name="event_names_a_plan_or_an_agency",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__startswith="report.",
                    report__isnull=False,
                    task__isnull=False,
                    agency__isnull=False,
                )
                | Q(~Q(kind__startswith="report."), report__isnull=True),
                name="event_of_a_report_names_it",
            ),
        ]
        indexes = [
            models.Index(fields=["task", "at"], name="event_task_at"),
            models.Index(fields=["report", "at"], name="event_report_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}（{self.at:%Y-%m-%d %H:%M}）"

    @classmethod
    def record(
        cls,
        subject: Task | Plan | Agency | ProgressReport,
        kind: EventKind,
        *,
        by: "User | None",
        at: datetime,
        agency: Agency | None = None,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        reason: str = "",
    ) -> "Event":
        """The row for one change of a task, a plan, an agency or a report, inside the change's transaction.

        `agency` is whom a change of a task or a plan concerns alone; a report concerns its own.
        """
        report = subject if isinstance(subject, ProgressReport) else None
        task = report.task if report else subject if isinstance(subject, Task) else None
        plan_id = task.plan_id if task else subject.pk if isinstance(subject, Plan) else None
        if isinstance(subject, Agency | ProgressReport):
            agency = subject if isinstance(subject, Agency) else subject.agency
        return cls.objects.create(
            at=at,
            by=by,
            kind=kind,
            plan_id=plan_id,
            task=task,
            report=report,
            agency=agency,
            before=before or {},
            after=after or {},
            reason=reason,
        )

    @property
    def actor(self) -> str:
        return self.by.label if self.by else "系统"

    @property
    def sentence(self) -> str:
        """What changed, in the words of a feed: 状态由“推进中”改为“已完成”，进度 60% → 100%."""
        if self.kind == EventKind.TASK_CORRECTED:
            told = "，".join(_corrections(self.before, self.after))
            return f"{self.get_kind_display()}：{told}" if told else self.get_kind_display()
        if self.kind in _SAID:
            pattern = _SAID_OF_A_PART if self.after.get("is_part") else _SAID[EventKind(self.kind)]
            said = pattern.format(**_NOTHING | self.before | self.after)
            return "，".join([said, *_moved(self.before, self.after)])
        if self.kind != EventKind.TASK_STATUS:
            return self.get_kind_display()
        moved = "，".join(_moved(self.before, self.after)) or "更新理由"
        return f"撤销上一次更新：{moved}" if "takes_back" in self.after else moved

    @property
    def rewritings(self) -> list["Rewriting"]:
        """The long texts that a correction changed, to be read in full."""
        return [
            Rewriting(label, self.before[name], self.after[name])
            for name, label in _LONG.items()
            if self.kind == EventKind.TASK_CORRECTED and name in self.after
        ]


@dataclass(frozen=True)
class Rewriting:
    label: str
    before: str
    after: str


# How these are told, with the values that `workflow` records for them.
_SAID = {
    EventKind.TASK_ASSIGNED: "责任单位由“{agencies_before}”改为“{agencies_after}”",
    EventKind.TASK_RECEIVED: "签收任务",
    EventKind.TASK_DISPUTED: "反映责任不符",
    EventKind.TASK_ANSWERED: "答复{agency}反映的责任不符",
    EventKind.EXTENSION_ASKED: "申请延期至 {asked_due_on}",
    EventKind.EXTENSION_WITHDRAWN: "撤回延期申请",
    EventKind.EXTENSION_GRANTED: "同意{agency}延期，计划节点 {due_before} → {due_after}",
    EventKind.EXTENSION_REFUSED: "不同意{agency}延期至 {asked_due_on}",
    EventKind.REPORT_SUBMITTED: "报送{period}进展{channel}，进度 {progress_before}% → {proposed_progress}%",
    EventKind.REPORT_WITHDRAWN: "撤回{period}进展",
    EventKind.REPORT_ACCEPTED: "审核通过{agency}{period}进展",
    EventKind.REPORT_RETURNED: "退回{agency}{period}进展",
    EventKind.PERIOD_SET: "设置报送期：{period} {opens_on} 至 {due_on}",
    EventKind.PERIOD_DROPPED: "取消报送期：{period}",
    EventKind.REPORT_FROZEN: "固定年度进展报告第 {number} 号快照，数据截至 {as_of}",
    EventKind.AGENCY_REMINDED: "{kind}{agency}：{period}进展 {count} 项",
}
# A participant's progress is that of its part: it is not held against the task's.
_SAID_OF_A_PART = "报送{period}进展{channel}，承担部分进度 {proposed_progress}%"
_NOTHING = dict.fromkeys(
    (
        *("agencies_before", "agencies_after", "agency", "count", "due_after", "due_before", "asked_due_on"),
        *("channel", "kind", "number", "as_of", "opens_on", "period", "progress_before", "proposed_progress"),
    ),
    "",
)


def _moved(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """状态由“推进中”改为“已完成”, 进度 60% → 100%: as far as they changed."""
    if "status" in after and "status" in before:
        yield f"状态由“{_status(before)}”改为“{_status(after)}”"
    if "progress" in after and "progress" in before:
        yield f"进度 {before['progress']}% → {after['progress']}%"


# What a correction is told by: fields as `workflow.correct_tasks` records them, in the order of the sentence.
_SHORT = {"number": "序号", "section": "章节", "agencies": "责任单位", "duty": "负责方式", "due_on": "时限"}
_LONG = {"text": "任务全文", "responsibility": "责任条款"}


def _corrections(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """序号 9 → 10，责任单位由“财政部（牵头）”改为“科技部（牵头）”，修改任务全文."""
    for name, label in _SHORT.items():
        if name not in after:
            continue
        if name == "number":
            yield f"{label} {before[name]} → {after[name]}"
        elif before[name] == after[name]:  # the agencies and their roles stay, and how they are known changes
            yield f"{label}的依据或写法有变"
        else:
            yield f"{label}由“{_told(name, before[name])}”改为“{_told(name, after[name])}”"
    if "open_ended" in after:
        yield f"{'增加' if after['open_ended'] else '去掉'}“等部门”"
    for name, label in _LONG.items():
        if name in after:
            yield f"修改{label}"


def _told(name: str, value: Any) -> str:
    if name == "agencies":
        return "、".join(value) or "无"
    return Duty(value).label if name == "duty" else value or "未写明"


def _status(values: dict[str, Any]) -> str:
    return Status(values["status"]).label
