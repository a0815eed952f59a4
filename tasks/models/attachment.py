"""附件: the files of a report."""

import secrets
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.urls import reverse

from tasks.models.report import ProgressReport, own

if TYPE_CHECKING:
    from agencies.models import User


def _stored_name(attachment: "Attachment", name: str) -> str:
    """A name that says nothing and cannot be guessed; a folder for each pair of letters."""
    key = secrets.token_hex(16)
    return f"attachments/{key[:2]}/{key}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: "User") -> "AttachmentQuerySet":
        """A file is seen by whoever sees its report; one that is not handed in by its own agency alone."""
        reports = ProgressReport.objects.visible_to(user).values("pk")
        return self.filter(Q(is_handed_in=True) | own(user, "report__agency"), report__in=reports)

    def handed_in(self) -> "AttachmentQuerySet":
        return self.filter(is_handed_in=True)

    def in_draft(self) -> "AttachmentQuerySet":
        """Those that the next handing in will carry."""
        return self.filter(is_dropped=False)


class Attachment(models.Model):
    """附件 of a report. The file lies under a random name and is only served through the permission check."""

    report = models.ForeignKey(
        ProgressReport, models.PROTECT, related_name="attachments", verbose_name="报告"
    )
    file = models.FileField("文件", upload_to=_stored_name, max_length=100)
    name = models.CharField("文件名", max_length=255)
    content_type = models.CharField("类型", max_length=100)
    size = models.PositiveIntegerField("字节数")
    digest = models.CharField("摘要", max_length=64, help_text="SHA-256")
    # A file belongs to what was handed in, or was added since, or will be gone with the next handing in.
    is_handed_in = models.BooleanField("已报送", default=False)
    is_dropped = models.BooleanField("已移除", default=False)
    added_at = models.DateTimeField("上传时间")
    added_by = models.ForeignKey("agencies.User", models.PROTECT, related_name="+", verbose_name="上传人")

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "附件"
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="attachment_has_name"),
            models.CheckConstraint(condition=Q(size__gt=0), name="attachment_has_bytes"),
            models.UniqueConstraint(fields=["file"], name="attachment_file_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("tasks:attachment", args=[self.pk])
