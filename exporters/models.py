"""Workbooks that take a while: made beside the request, fetched by whoever asked for them, then gone."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from agencies.models import User
from tasks.models import ReportingPeriod

KEPT = timedelta(hours=24)
# A making that has said nothing for this long was cut off: its process is gone.
SILENCE = timedelta(seconds=60)


class FillingBundleQuerySet(models.QuerySet["FillingBundle"]):
    def visible_to(self, user: User, now: datetime) -> "FillingBundleQuerySet":
        """One's own, for a day."""
        return self.filter(by=user, created_at__gt=now - KEPT)

    def outdated(self, now: datetime) -> "FillingBundleQuerySet":
        return self.filter(created_at__lte=now - KEPT)


class FillingBundle(models.Model):
    """The 填报表 of all agencies for a period in one zip, and how many of them are made."""

    period = models.ForeignKey(ReportingPeriod, models.CASCADE, related_name="+", verbose_name="报送期")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="打包人")
    created_at = models.DateTimeField("开始时间", default=timezone.now)
    heard_at = models.DateTimeField("最近进展", default=timezone.now)
    done = models.PositiveSmallIntegerField("已生成", default=0)
    total = models.PositiveSmallIntegerField("共", default=0)
    is_ready = models.BooleanField("已完成", default=False)
    has_failed = models.BooleanField("未完成", default=False)
    data = models.BinaryField("压缩包", default=b"")

    objects = FillingBundleQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = verbose_name_plural = "填报表打包"
        constraints = [
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="bundle_done_of_total"),
            models.CheckConstraint(
                condition=~Q(is_ready=True, has_failed=True), name="bundle_ready_or_failed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period}填报表"

    def get_absolute_url(self) -> str:
        return reverse("exporters:bundle", args=[self.pk])

    @property
    def percent(self) -> int:
        return self.done * 100 // self.total if self.total else 0

    @property
    def is_cut_off(self) -> bool:
        return not self.is_ready and (self.has_failed or timezone.now() - self.heard_at > SILENCE)
