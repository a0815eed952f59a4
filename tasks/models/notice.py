"""通知: that something happened which one account should know of; read or not."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from tasks.models.event import Event, EventKind
from tasks.models.task import Task

if TYPE_CHECKING:
    from agencies.models import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: "User") -> "NoticeQuerySet":
        """The person's own, of what they may still see: role, agency or assignment may have changed since.

        That a task was taken from their agency is said although they see the task no more: it is the answer
        to an objection. `opens_task` tells whether the task is theirs to open.
        """
        events = Event.objects.visible_to(user).filter(pk=OuterRef("event"))
        tasks = Task.objects.visible_to(user).filter(pk=OuterRef("event__task"))
        own = self.filter(user=user).annotate(opens_task=Exists(tasks))
        told = Q(event__task__isnull=True) | Q(opens_task=True)
        if user.agency:
            told |= Q(
                event__kind=EventKind.TASK_ASSIGNED,
                # As the event says it, see workflow.assign_task: “单位（牵头）、单位（参与）”.
                event__before__agencies_before__icontains=f"{user.agency.name}（",
            )
        return own.filter(Exists(events)).filter(told)

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at__isnull=True)

    def for_list(self) -> "NoticeQuerySet":
        """Newest first, with what happened, to which task and who did it: one query."""
        return self.select_related("event__by__agency", "event__task", "event__plan").order_by(
            "-event__at", "-pk"
        )


class Notice(models.Model):
    """An event, brought before an account (铃). What happened, who did it and when, the event says."""

    user = models.ForeignKey("agencies.User", models.CASCADE, related_name="notices", verbose_name="账号")
    event = models.ForeignKey(Event, models.CASCADE, related_name="notices", verbose_name="操作记录")
    read_at = models.DateTimeField("阅读时间", null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-event__at", "-pk"]
        verbose_name = verbose_name_plural = "通知"
        constraints = [models.UniqueConstraint(fields=["user", "event"], name="notice_once_an_account")]
        indexes = [
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.user}：{self.event}"
