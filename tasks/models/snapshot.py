"""快照: an annual report as it was frozen, with its number; nothing that happens later changes it."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from tasks.models.plan import Plan

if TYPE_CHECKING:
    from agencies.models import User


class SnapshotQuerySet(models.QuerySet["ReportSnapshot"]):
    def visible_to(self, user: "User") -> "SnapshotQuerySet":
        """A frozen report tells of all tasks: it is for those who see everything."""
        return self if user.sees_everything else self.none()

    def for_list(self) -> "SnapshotQuerySet":
        """The newest first, without what they hold. 1 query."""
        return self.select_related("plan", "by__agency").defer("workbook", "rows").order_by("-number")


class ReportSnapshot(models.Model):
    """The workbook's bytes, and the rows it was written from, by which two snapshots are compared."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="snapshots", verbose_name="推进计划")
    number = models.PositiveIntegerField("编号")
    as_of = models.DateField("数据截至")
    at = models.DateTimeField("固定时间")
    by = models.ForeignKey("agencies.User", models.PROTECT, related_name="+", verbose_name="固定人")
    note = models.CharField("说明", max_length=100, blank=True)
    workbook = models.BinaryField("工作簿")
    digest = models.CharField("摘要", max_length=64, help_text="SHA-256")
    size = models.PositiveIntegerField("字节数")
    # {key of a task: {key of a column: what its cell shows, "reported": [what was reported, latest first]}},
    # in the document's order.
    rows = models.JSONField("各项任务")

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "number"]
        verbose_name = verbose_name_plural = "年度进展报告快照"
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="snapshot_number_once_a_plan"),
            models.CheckConstraint(condition=Q(number__gte=1), name="snapshot_number_from_one"),
            models.CheckConstraint(condition=~Q(digest="") & Q(size__gte=1), name="snapshot_is_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.plan.period}第 {self.number} 号"
