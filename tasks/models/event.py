"""What happened: one row for every change, written in its transaction and never altered after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from agencies.models import Agency
from tasks.models.plan import Plan
from tasks.models.task import Duty, Status, Task

if TYPE_CHECKING:
    from agencies.models import User


class EventKind(models.TextChoices):
    PLAN_IMPORTED = "plan.imported", "导入计划"
    PLAN_CORRECTED = "plan.corrected", "更正计划"
    TASK_CREATED = "task.created", "导入任务"
    TASK_CORRECTED = "task.corrected", "更正任务"
    TASK_STATUS = "task.status", "更新状态"
    AGENCY_REGISTERED = "agency.registered", "登记单位"
    AGENCY_ALIAS = "agency.alias", "登记单位别名"
    AGENCY_WITHDRAWN = "agency.withdrawn", "撤销单位登记"
    AGENCY_ALIAS_DROPPED = "agency.alias_dropped", "撤销单位别名"


class EventQuerySet(models.QuerySet["Event"]):
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
    kind = models.CharField("事项", max_length=20, choices=EventKind.choices)
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="events", verbose_name="推进计划")
    task = models.ForeignKey(Task, models.PROTECT, null=True, related_name="events", verbose_name="任务")
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
                | Q(~Q(kind__startswith="agency."), agency__isnull=True, plan__isnull=False),
                name="event_names_a_plan_or_an_agency",
            ),
        ]
        indexes = [models.Index(fields=["task", "at"], name="event_task_at")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}（{self.at:%Y-%m-%d %H:%M}）"

    @classmethod
    def record(
        cls,
        subject: Task | Plan | Agency,
        kind: EventKind,
        *,
        by: "User | None",
        at: datetime,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        reason: str = "",
    ) -> "Event":
        """The row for one change of a task, a plan or an agency. Call it inside the change's transaction."""
        task = subject if isinstance(subject, Task) else None
        agency = subject if isinstance(subject, Agency) else None
        return cls.objects.create(
            at=at,
            by=by,
            kind=kind,
            plan_id=task.plan_id if task else None if agency else subject.pk,
            task=task,
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
        if self.kind != EventKind.TASK_STATUS:
            return self.get_kind_display()
        parts = []
        if "status" in self.after:
            parts.append(f"状态由“{_status(self.before)}”改为“{_status(self.after)}”")
        if "progress" in self.after:
            parts.append(f"进度 {self.before['progress']}% → {self.after['progress']}%")
        return "，".join(parts) or "更新理由"

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
