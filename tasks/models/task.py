"""A task, the agencies assigned to it, and the words in which the product speaks of sets of tasks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from agencies.models import Agency
from tasks.models.assignment import Assignment, AssignmentRole
from tasks.models.day import Day
from tasks.models.past import as_they_stood, events_of_task
from tasks.models.plan import Plan, Section

if TYPE_CHECKING:
    from agencies.models import User
    from tasks.models.period import ReportingPeriod


class Status(models.TextChoices):
    NOT_STARTED = "not_started", "未启动"
    IN_PROGRESS = "in_progress", "推进中"
    COMPLETED = "completed", "已完成"
    CONTINUING = "continuing", "长期坚持"
    DELAYED = "delayed", "滞后"
    ADJUSTED = "adjusted", "已调整"


OPEN = (Status.NOT_STARTED, Status.IN_PROGRESS, Status.DELAYED)
# A task may not stand in one of these without saying why; reopening a completed one owes a reason too.
REASON_OWED = (Status.DELAYED, Status.ADJUSTED)


class Light(models.TextChoices):
    """预警: computed from status and dates, never stored."""

    RED = "red", "红灯"
    YELLOW = "yellow", "黄灯"
    GREEN = "green", "绿灯"
    GREY = "grey", "不适用"


@dataclass(frozen=True)
class Reading:
    """A light and, in words, why it shows."""

    light: Light
    reason: str


class Duty(models.TextChoices):
    JOINT = "joint", "共同负责"
    BY_DUTY = "by_duty", "按职责分工负责"


class TaskQuerySet(models.QuerySet["Task"]):
    # --- whose ---------------------------------------------------------------

    def visible_to(self, user: "User") -> "TaskQuerySet":
        """Tasks `user` may open. Every page, export and list starts here."""
        if user.sees_everything:
            return self
        if not user.stands_for:
            return self.none()
        return self.filter(_assigned(user.stands_for))

    def assigned_to(self, agency: Agency) -> "TaskQuerySet":
        """Tasks whose clause names the agency itself; those of a collective do not count for its members."""
        return self.filter(_assigned([agency]))

    def assigned_to_any(self, agencies: Iterable[Agency]) -> "TaskQuerySet":
        return self.filter(_assigned(list(agencies)))

    def led_by(self, agency: Agency) -> "TaskQuerySet":
        return self.filter(_assigned([agency], role=AssignmentRole.LEAD))

    def not_led_by(self, agency: Agency) -> "TaskQuerySet":
        return self.exclude(_assigned([agency], role=AssignmentRole.LEAD))

    def joined_by(self, agency: Agency) -> "TaskQuerySet":
        return self.filter(_assigned([agency], role=AssignmentRole.PARTICIPANT))

    def unsigned_by(self, agency: Agency) -> "TaskQuerySet":
        """待签收: those whose clause names the agency itself and for which it has not signed what stands now.

        A plan that is not reported on asks for no signature.
        """
        # By its name, like the events: receipts speak of tasks.
        signed = (
            apps.get_model("tasks", "Receipt").objects.signed().filter(task=OuterRef("pk"), agency=agency)
        )
        return self.assigned_to(agency).filter(Exists(_periods()), ~Exists(signed))

    # --- how it stands -------------------------------------------------------

    def as_of(self, day: Day, *, with_light: bool = True) -> "TaskQuerySet":
        """The tasks there were on `day`, with what stood then.

        Without lights and deadlines, which need the plan, tasks of today are counted without a join.

        Conditions and orders speak of `status_now`, `progress_now`, `updated_now`, `deadline_on` and
        `light_now`: columns for today, read from the events for a day that is over. Rows of such a day carry
        its values in their own fields, for showing alone: never save them. Text, agencies and headings are
        today's.
        """
        if not day.is_past:
            today = self.alias(
                status_now=F("status"), progress_now=F("progress"), updated_now=F("updated_at")
            )
            return today._with_deadline("due_on")._with_light(day) if with_light else today
        tasks = as_they_stood(self, day)
        return tasks._with_deadline("due_now")._with_light(day) if with_light else tasks

    def open(self) -> "TaskQuerySet":
        """After `as_of`: tasks still to be done."""
        return self.filter(status_now__in=OPEN)

    def _with_deadline(self, own: str) -> "TaskQuerySet":
        # Twin: Task.deadline
        return self.annotate(deadline_on=Coalesce(own, "plan__due_on"))

    def _with_light(self, day: Day) -> "TaskQuerySet":
        # Twin: Task.reading(); a test ties them over all states.
        on = day.on
        unreported = _periods(opens_on__lte=on, due_on__gt=OuterRef("reported_until"))
        return self.with_reported(day).annotate(
            light_now=Case(
                When(~Q(status_now__in=OPEN), then=Value(Light.GREY)),
                When(status_now=Status.DELAYED, then=Value(Light.RED)),
                When(deadline_on__lt=on, then=Value(Light.RED)),
                When(Exists(unreported.filter(due_on__lt=on)), then=Value(Light.RED)),
                When(deadline_on__lte=on + _soon(), then=Value(Light.YELLOW)),
                When(Exists(unreported.filter(due_on__lte=on + _report_soon())), then=Value(Light.YELLOW)),
                default=Value(Light.GREEN),
                output_field=models.CharField(),
            )
        )

    # --- what a page needs of it ---------------------------------------------

    def with_reported(self, day: Day) -> "TaskQuerySet":
        """Adds `reported_until`: see Task.reported_until, its twin. Comes with the light of `as_of`."""
        if "reported_until" in self.query.annotations:
            return self
        reports = apps.get_model("tasks", "ProgressReport").objects.filter(task=OuterRef("pk"))
        latest = reports.of_leads().handed_in(day).order_by("-period__due_on").values("period__due_on")
        eve = (
            events_of_task(kind="task.created")
            .order_by("at")
            .values(eve=TruncDate(F("at") - timedelta(days=1)))
        )
        # Dates are reckoned row by row in SQLite: only where a period could be compared with them.
        before = Case(When(Exists(_periods()), then=Subquery(eve[:1])))
        asked = Assignment.objects.asked().leading().filter(task=OuterRef("pk"))
        return self.annotate(
            reported_until=Case(
                When(~Exists(asked), then=Value(date.max)),
                default=Coalesce(Subquery(latest[:1]), before, Value(date.min)),
                output_field=models.DateField(),
            )
        )

    def with_lead(self) -> "TaskQuerySet":
        """Adds `lead_key` and `lead_position`, the leading agency's; None where the clause names none."""
        return self.with_lead_key().annotate(lead_position=_of_lead("agency__position"))

    def with_lead_key(self) -> "TaskQuerySet":
        return self.annotate(lead_key=_of_lead("agency"))

    def for_rows(self) -> "TaskQuerySet":
        """Loads what a row, a page or a line of a workbook shows, in 3 queries however many tasks.

        After `as_of`: without it each light asks for itself what was reported.
        """
        return self.select_related("plan", "section__chapter").prefetch_related(
            "plan__periods",
            Prefetch("assignments", Assignment.objects.select_related("agency").order_by("position")),
        )

    def for_workbooks(self) -> "TaskQuerySet":
        """What `for_rows` loads, for lists of thousands, in 7 queries; read in chunks, 7 for each.

        Plans, headings and agencies are one object each however many rows share them, and the assignments
        are a plain list (`Task.parts`): such a list costs less than half.
        """
        agencies = Assignment.objects.prefetch_related("agency").order_by("position")
        return self.prefetch_related(
            "plan__periods",
            "section__chapter",
            Prefetch("assignments", agencies, to_attr="listed_assignments"),
        )


def _of_lead(fact: str) -> Subquery:
    # In no order: there is one lead a task.
    lead = Assignment.objects.leading().filter(task=OuterRef("pk")).order_by()
    return Subquery(lead.values(fact))


def _assigned(agencies, **conditions) -> Exists:
    return Exists(Assignment.objects.filter(task=OuterRef("pk"), agency__in=agencies, **conditions))


def _soon() -> timedelta:
    return timedelta(days=settings.DUE_SOON_DAYS)


def _report_soon() -> timedelta:
    return timedelta(days=settings.REPORT_SOON_DAYS)


def _periods(**conditions) -> models.QuerySet:
    """Reporting periods of the task's plan. By their name, like the events."""
    return apps.get_model("tasks", "ReportingPeriod").objects.filter(plan=OuterRef("plan"), **conditions)


class Task(models.Model):
    """任务: 第 N 项 of a plan."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="tasks", verbose_name="推进计划")
    section = models.ForeignKey(Section, models.PROTECT, related_name="tasks", verbose_name="节")
    number = models.PositiveIntegerField("序号")
    text = models.TextField("任务", help_text="规范文本，不含序号与责任条款")
    responsibility = models.TextField("责任条款", blank=True)
    source_text = models.TextField("原文", blank=True)
    first_line = models.PositiveIntegerField("起始行", null=True)
    last_line = models.PositiveIntegerField("终止行", null=True)
    duty = models.CharField("负责方式", max_length=10, choices=Duty.choices, default=Duty.JOINT)
    open_ended = models.BooleanField("等部门", default=False, help_text="责任单位未列全（等部门）")

    status = models.CharField("状态", max_length=12, choices=Status.choices, default=Status.NOT_STARTED)
    status_reason = models.TextField("理由", blank=True)
    progress = models.PositiveSmallIntegerField("进度", default=0, help_text="百分比，0 至 100")
    due_on = models.DateField("时限", null=True, blank=True, help_text="原文写明的时限；空则以计划节点为准")
    version = models.PositiveIntegerField("版本", default=1)
    updated_at = models.DateTimeField("更新时间")

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "number"]
        verbose_name = verbose_name_plural = "任务"
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="task_number_once_a_plan"),
            models.CheckConstraint(condition=Q(number__gte=1), name="task_number_from_one"),
            models.CheckConstraint(condition=~Q(text=""), name="task_has_text"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="task_status_known"),
            models.CheckConstraint(condition=Q(duty__in=Duty.values), name="task_duty_known"),
            models.CheckConstraint(
                condition=Q(progress__gte=0, progress__lte=100), name="task_progress_percent"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.COMPLETED) | Q(progress=100), name="task_completed_is_whole"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.NOT_STARTED) | Q(progress=0), name="task_not_started_is_nought"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=REASON_OWED) | ~Q(status_reason=""), name="task_reason_where_owed"
            ),
            models.CheckConstraint(
                # Not null is said aloud: a comparison with NULL is unknown, and what is unknown passes.
                condition=Q(first_line__isnull=True, last_line__isnull=True)
                | Q(first_line__isnull=False, last_line__isnull=False)
                & Q(first_line__gte=1, last_line__gte=F("first_line")),
                name="task_lines_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["plan", "status"], name="task_plan_status"),
            models.Index(fields=["status", "id"], name="task_status"),
        ]

    def __str__(self) -> str:
        return f"{self.plan.period}第 {self.number} 项"

    def get_absolute_url(self) -> str:
        return reverse("tasks:task", args=[self.pk])

    @property
    def chapter(self):
        return self.section.chapter

    @property
    def deadline(self) -> date:
        # Twin: TaskQuerySet._with_deadline()
        return self.due_on or self.plan.due_on

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def reading(self, today: date) -> Reading:
        """The light on `today` with its reason. Twin: TaskQuerySet._with_light()."""
        if not self.is_open:
            return Reading(Light.GREY, _SETTLED[Status(self.status)])
        if self.status == Status.DELAYED:
            return Reading(Light.RED, f"办公室认定滞后：{self.status_reason}")
        days = (self.deadline - today).days
        missing = self._unreported(today)
        overdue = [str(period) for period in missing if period.due_on < today]
        red = [
            *([f"{'、'.join(overdue)}未报送"] if overdue else []),
            *([f"已超过计划节点（{self.deadline}）{-days} 天"] if days < 0 else []),
        ]
        if red:
            return Reading(Light.RED, "，且".join(red))
        until = f"距计划节点（{self.deadline}）还有 {days} 天" if days else "今天是计划节点"
        yellow = [
            *(
                f"{period}尚未报送，{period.due_on:%m-%d} 截止"
                for period in missing
                if period.due_on <= today + _report_soon()
            ),
            *([until] if days <= settings.DUE_SOON_DAYS else []),
        ]
        return Reading(Light.YELLOW, "，且".join(yellow)) if yellow else Reading(Light.GREEN, until)

    @cached_property
    def reported_until(self) -> date:
        """The due day of the last period for which its lead has handed in a report; the day before there was
        the task where it has handed in none, the last day there is where nobody is asked. What was handed in
        later than a period is due makes good for it.

        Here as it stands today, in a query; lists bring it along. Twin: TaskQuerySet.with_reported().
        """
        if not self.assignments.asked().leading().exists():
            return date.max
        handed_in = self.reports.of_leads().handed_in()
        if last := handed_in.aggregate(last=models.Max("period__due_on"))["last"]:
            return last
        created = self.events.filter(kind="task.created").order_by("at").first()
        return timezone.localdate(created.at) - timedelta(days=1) if created else date.min

    def _unreported(self, today: date) -> list["ReportingPeriod"]:
        """The periods that have opened and for which its lead owes a report, in their order."""
        return [
            period
            for period in self.plan.periods.all()
            if period.is_open_on(today) and period.due_on > self.reported_until
        ]

    @property
    def lead(self) -> Agency | None:
        """The leading agency, None where the clause names none; free after `for_rows()`."""
        return next((a.agency for a in self.parts if a.role == AssignmentRole.LEAD), None)

    @property
    def participants(self) -> list[Agency]:
        return [a.agency for a in self.parts if a.role == AssignmentRole.PARTICIPANT]

    @property
    def parts(self) -> "Iterable[Assignment]":
        """Its assignments in the clause's order; free after `for_rows()` and `for_workbooks()`."""
        listed = self.__dict__.get("listed_assignments")
        return self.assignments.all() if listed is None else listed

    def role_of(self, agency: Agency) -> str:
        """牵头 or 参与, as an agency's own list says it; a member of an assigned collective takes part."""
        return AssignmentRole.LEAD if self.lead == agency else AssignmentRole.PARTICIPANT


_SETTLED = {
    Status.COMPLETED: "任务已完成",
    Status.CONTINUING: "长期坚持，不设节点",
    Status.ADJUSTED: "任务已调整",
}
