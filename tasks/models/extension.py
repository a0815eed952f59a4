"""延期: a lead agency asks for a later due date before the present one has passed, and the office decides."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, Q

from agencies.models import Agency
from tasks.models.assignment import Assignment
from tasks.models.task import Task

if TYPE_CHECKING:
    from agencies.models import User


class ExtensionState(models.TextChoices):
    ASKED = "asked", "待批"
    GRANTED = "granted", "同意延期"
    REFUSED = "refused", "不同意延期"
    WITHDRAWN = "withdrawn", "已撤回"


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def visible_to(self, user: "User") -> "ExtensionQuerySet":
        """An agency sees its own, and those of tasks that it leads; others see the date that follows."""
        if user.sees_everything:
            return self
        leads = Exists(Assignment.objects.leading_for(user.agency_id))
        return self.filter(Q(agency=user.agency_id) | leads)

    def asked(self) -> "ExtensionQuerySet":
        return self.filter(state=ExtensionState.ASKED)

    def granted(self) -> "ExtensionQuerySet":
        return self.filter(state=ExtensionState.GRANTED)


class Extension(models.Model):
    """申请延期. The day that stood when it was asked for is kept, whatever becomes of it."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="extensions", verbose_name="任务")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="extensions", verbose_name="申请单位")
    state = models.CharField(
        "办理状态", max_length=10, choices=ExtensionState.choices, default=ExtensionState.ASKED
    )
    old_due_on = models.DateField("原定日期")
    new_due_on = models.DateField("申请日期")
    progress = models.PositiveSmallIntegerField("目前进度", help_text="百分比，0 至 100")
    reason = models.TextField("延期理由")
    asked_at = models.DateTimeField("申请时间")
    asked_by = models.ForeignKey("agencies.User", models.PROTECT, related_name="+", verbose_name="申请人")
    decided_at = models.DateTimeField("批复时间", null=True)
    decided_by = models.ForeignKey(
        "agencies.User", models.PROTECT, null=True, related_name="+", verbose_name="批复人"
    )
    decision = models.TextField("批复意见", blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        verbose_name = verbose_name_plural = "延期申请"
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=Q(state=ExtensionState.ASKED), name="extension_asked_once_a_task"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ExtensionState.values), name="extension_state_known"
            ),
            models.CheckConstraint(condition=Q(new_due_on__gt=F("old_due_on")), name="extension_is_later"),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_says_why"),
            models.CheckConstraint(
                condition=Q(progress__gte=0, progress__lte=100), name="extension_progress_percent"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ExtensionState.GRANTED, ExtensionState.REFUSED])
                | Q(decided_at__isnull=False),
                name="extension_decision_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=ExtensionState.REFUSED) | ~Q(decision=""),
                name="extension_refusal_says_why",
            ),
        ]
        indexes = [models.Index(fields=["state"], name="extension_state")]

    def __str__(self) -> str:
        return f"{self.task} {self.old_due_on} → {self.new_due_on}"
