"""What is on its way into the database: uploaded, read, looked at, confirmed."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from agencies.models import User
from tasks.models import Plan

# A reading that has said nothing for this long was cut off: its process is gone.
SILENCE = timedelta(seconds=90)
# An unfinished import that nobody touches goes after this; whoever comes back later uploads it anew.
KEPT = timedelta(days=30)


class Stage(models.TextChoices):
    READING = "reading", "正在读取"
    FAILED = "failed", "无法读取"
    READY = "ready", "待核对"
    DONE = "done", "已入库"
    DROPPED = "dropped", "已取消"


class DocumentImportQuerySet(models.QuerySet["DocumentImport"]):
    def unfinished(self) -> "DocumentImportQuerySet":
        return self.exclude(stage__in=(Stage.DONE, Stage.DROPPED))

    def forgotten(self, now: datetime) -> "DocumentImportQuerySet":
        """Unfinished, and neither read nor decided about for so long that nobody will come back to them."""
        return self.unfinished().filter(heard_at__lt=now - KEPT)

    def drop(self) -> int:
        """Let go of the documents and all that was read in them; that there were such stays. 1 query."""
        return self.update(stage=Stage.DROPPED, data=b"", text="", parsed=None)


class DocumentImport(models.Model):
    """One document and what was decided about it: the answer to its encoding, repairs undone, facts amended.

    The decisions are kept, not their result: the preview is made anew from the reading and the database
    each time it is looked at, so it is never older than the data it speaks of. The document's bytes are kept
    until it is confirmed or cancelled, and no longer.
    """

    name = models.CharField("文件名", max_length=255)
    data = models.BinaryField("文件内容")
    digest = models.CharField("文件摘要", max_length=64, help_text="SHA-256")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="导入人")
    created_at = models.DateTimeField("上传时间", default=timezone.now)

    stage = models.CharField("阶段", max_length=10, choices=Stage.choices, default=Stage.READING)
    percent = models.PositiveSmallIntegerField("进度", default=0)
    doing = models.CharField("正在做", max_length=50, blank=True)
    heard_at = models.DateTimeField("最近进展", default=timezone.now)
    problem = models.TextField("无法读取的原因", blank=True)
    asks_encoding = models.BooleanField("须指定编码", default=False)
    may_be_read_again = models.BooleanField(
        "可重新读取", default=False, help_text="读取没有完成，不一定是文件的问题"
    )

    encoding = models.CharField("指定的编码", max_length=20, blank=True)
    read_as = models.CharField("读取方式", max_length=40, blank=True)
    undone = models.JSONField("已撤销的修复", default=list)
    amended = models.JSONField("更正的发文信息", default=dict)

    text = models.TextField("读出的文字", blank=True, help_text="一行一行，与行号对应")
    parsed = models.JSONField("解析结果", null=True)
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="+", verbose_name="入库的计划")

    objects = DocumentImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = verbose_name_plural = "计划导入"
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="import_stage_known"),
            models.CheckConstraint(condition=Q(percent__lte=100), name="import_percent"),
            models.CheckConstraint(
                condition=~Q(stage=Stage.READY) | Q(parsed__isnull=False), name="import_ready_is_parsed"
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.DONE) | Q(plan__isnull=False), name="import_done_has_plan"
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.FAILED) | ~Q(problem=""), name="import_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("importers:import", args=[self.pk])

    @property
    def is_cut_off(self) -> bool:
        return self.stage == Stage.READING and timezone.now() - self.heard_at > SILENCE


class SheetImportQuerySet(models.QuerySet["SheetImport"]):
    def visible_to(self, user: User) -> "SheetImportQuerySet":
        """One's own alone: what a sheet holds is an agency's draft until it is handed in."""
        return self.filter(by=user)

    def unfinished(self) -> "SheetImportQuerySet":
        return self.filter(ended_at__isnull=True)

    def forgotten(self, now: datetime) -> "SheetImportQuerySet":
        """Unfinished, and so old that nobody will come back to them."""
        return self.unfinished().filter(created_at__lt=now - KEPT)

    def end(self, now: datetime) -> int:
        """Let go of all that was read; that there were such stays. 1 query."""
        return self.update(ended_at=now, lines=[], problems=[], notes=[])


class SheetImport(models.Model):
    """填报表 that were uploaded together: the rows read in them, until they are taken in or let go.

    What the rows would do is worked out anew each time they are looked at: it is never older than the data.
    """

    name = models.CharField("文件名", max_length=255)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="导入人")
    created_at = models.DateTimeField("上传时间", default=timezone.now)
    ended_at = models.DateTimeField("结束时间", null=True)
    lines = models.JSONField("读出的行", default=list)
    problems = models.JSONField("无法读取的", default=list)
    notes = models.JSONField("说明", default=list)

    objects = SheetImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = verbose_name_plural = "填报表导入"
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(lines=[], problems=[], notes=[]),
                name="sheet_import_ended_keeps_nothing",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("importers:sheet-import", args=[self.pk])
