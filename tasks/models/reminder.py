"""催办 and the notices before and after a due day: what was asked of whom, and the letter that carried it."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from agencies.models import Agency
from tasks.models.period import ReportingPeriod
from tasks.models.plan import Plan
from tasks.models.task import Task

if TYPE_CHECKING:
    from agencies.models import User


class ReminderKind(models.TextChoices):
    URGED = "urged", "催办"  # by the office
    AHEAD = "ahead", "到期提醒"  # 15 days before a period is due
    OVERDUE = "overdue", "逾期提示"  # a day after it was


class LetterState(models.TextChoices):
    WAITING = "waiting", "待发"
    SENT = "sent", "已发"
    FAILED = "failed", "未发出"


class Letter(models.Model):
    """The one mail that an agency gets on a day, with all its reminders that no mail has carried yet."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="letters", verbose_name="单位")
    on = models.DateField("日期")
    state = models.CharField("状态", max_length=10, choices=LetterState.choices, default=LetterState.WAITING)
    recipients = models.JSONField("收件人", default=list)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    # While it waits, the last attempt is under way; whoever began it may have died since (see letters).
    tried_at = models.DateTimeField("最近尝试", null=True)
    sent_at = models.DateTimeField("发出时间", null=True)
    # Why it was not sent; of one that was sent, which addresses the server refused.
    failure = models.TextField("未发出的原因", blank=True)

    class Meta:
        ordering = ["on", "pk"]
        verbose_name = verbose_name_plural = "催办邮件"
        constraints = [
            models.UniqueConstraint(fields=["agency", "on"], name="letter_once_a_day_and_agency"),
            models.CheckConstraint(condition=Q(state__in=LetterState.values), name="letter_state_known"),
            models.CheckConstraint(
                condition=~Q(state=LetterState.SENT) | Q(sent_at__isnull=False), name="letter_sent_says_when"
            ),
            models.CheckConstraint(
                condition=Q(attempts=0) | Q(tried_at__isnull=False), name="letter_tried_says_when"
            ),
            models.CheckConstraint(
                condition=~Q(state=LetterState.FAILED) | ~Q(failure=""), name="letter_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.on}"


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def visible_to(self, user: "User") -> "ReminderQuerySet":
        """The log of reminders is for those who see everything; an agency has its notices and letters."""
        return self if user.sees_everything else self.none()

    def unmailed(self) -> "ReminderQuerySet":
        """Those that no letter has carried to its agency yet, and that still ask for something."""
        return self.filter(settled_at__isnull=True).exclude(letter__state=LetterState.SENT)

    def for_log(self) -> "ReminderQuerySet":
        """Loads what the log shows: 2 queries however many reminders."""
        return self.select_related("agency", "plan", "period", "letter", "by__agency").prefetch_related(
            models.Prefetch("tasks", Task.objects.order_by("number"))
        )


class Reminder(models.Model):
    """One agency asked for its reports of one period on some tasks."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="reminders", verbose_name="单位")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="reminders", verbose_name="推进计划")
    period = models.ForeignKey(
        ReportingPeriod, models.PROTECT, related_name="reminders", verbose_name="报送期"
    )
    kind = models.CharField("种类", max_length=10, choices=ReminderKind.choices)
    tasks = models.ManyToManyField(Task, related_name="reminders", verbose_name="任务")
    note = models.TextField("说明", blank=True)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(
        "agencies.User",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="催办人",
        help_text="空为系统",
    )
    letter = models.ForeignKey(
        Letter, models.PROTECT, null=True, related_name="reminders", verbose_name="邮件"
    )
    # All it asked for was handed in before a letter left.
    settled_at = models.DateTimeField("不必再发信", null=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = verbose_name_plural = "催办"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ReminderKind.values), name="reminder_kind_known"),
            # What the calendar sends, it sends once; the office may urge as often as it wants.
            models.UniqueConstraint(
                fields=["agency", "period", "kind"],
                condition=~Q(kind=ReminderKind.URGED),
                name="reminder_of_the_calendar_once",
            ),
            models.CheckConstraint(
                condition=Q(kind=ReminderKind.URGED, by__isnull=False)
                | Q(~Q(kind=ReminderKind.URGED), by__isnull=True),
                name="reminder_by_office_or_calendar",
            ),
        ]
        indexes = [models.Index(fields=["agency", "at"], name="reminder_agency_at")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.agency} {self.period}"
