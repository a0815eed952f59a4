"""进展报送: what an agency tells of its part in a task in a reporting period."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.urls import reverse

from agencies.models import Agency
from tasks.models.assignment import Assignment
from tasks.models.day import Day
from tasks.models.period import ReportingPeriod
from tasks.models.task import Status, Task

if TYPE_CHECKING:
    from agencies.models import User
    from tasks.models.attachment import Attachment


class ReportState(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审核"
    ACCEPTED = "accepted", "通过"
    RETURNED = "returned", "被退回"


# Handed in: nothing is owed for as long as it stands there.
HANDED_IN = (ReportState.SUBMITTED, ReportState.ACCEPTED)
# Its agency may change it.
EDITABLE = (ReportState.DRAFT, ReportState.RETURNED)

# Kinds of events that move a report, and the state it then stands in.
MOVED: dict[str, ReportState] = {
    "report.submitted": ReportState.SUBMITTED,
    "report.withdrawn": ReportState.DRAFT,
    "report.accepted": ReportState.ACCEPTED,
    "report.returned": ReportState.RETURNED,
}

# What an agency may propose, and how the form calls it. 未启动 and 滞后 are for the office to say.
PROPOSALS = {
    Status.IN_PROGRESS: "推进中",
    Status.COMPLETED: "申请办结",
    Status.CONTINUING: "长期坚持",
    Status.ADJUSTED: "申请调整",
}
# The report's own words in the order of its form: field and title.
TEXTS = {
    "measures": "工作举措",
    "results": "进展成效",
    "problems": "存在问题",
    "next_steps": "下一步计划",
    "deliverables": "标志性成果",
}
# What the form asks for, and a draft keeps.
DRAFTED = (*TEXTS, "proposed_status", "proposed_progress", "proposal_reason")
NO_PROBLEMS = "无"
LONGEST_TEXT = 1000


def own(user: "User", agency: str) -> Q:
    """What the agency writes for which the user may write (permissions.can_report)."""
    writes = user.agency_id is not None and user.role in ("agency", "office")
    return Q(**{agency: user.agency_id}) if writes else Q(pk__in=[])


@dataclass(frozen=True)
class Course:
    """How far a report has come: what its moves make of it, as they happen (in the workflow) and by a past
    day (in `reporting`, from the events).
    """

    state: ReportState = ReportState.DRAFT
    # The first handing in that its agency has not taken back: that one is on time or late. What the office
    # returns counts from there, however long the mending takes; what the agency withdraws was never there.
    first_submitted_at: datetime | None = None
    returns: int = 0

    def after(self, kind: str, at: datetime) -> "Course":
        """Once a move has happened, given by the kind of its event (`MOVED`)."""
        state, first, returns = MOVED[kind], self.first_submitted_at, self.returns
        if state == ReportState.SUBMITTED:
            first = first or at
        elif state == ReportState.DRAFT and not returns:  # taken back, and none before it was returned
            first = None
        elif state == ReportState.RETURNED:
            returns += 1
        return Course(state, first, returns)


class ReportQuerySet(models.QuerySet["ProgressReport"]):
    def visible_to(self, user: "User") -> "ReportQuerySet":
        """Reports `user` may open; none of another agency's that has not been handed in.

        An agency sees its own, and those that the participants of a task it leads have handed in; a report on
        a task that no longer names the agency stays with it.
        """
        handed_in = Q(first_submitted_at__isnull=False) & ~Q(state=ReportState.DRAFT)
        if user.sees_everything:
            return self.filter(handed_in | own(user, "agency"))
        if user.agency_id is None:
            return self.none()
        leads = Exists(Assignment.objects.leading_for(user.agency_id))
        return self.filter(Q(agency=user.agency_id) | handed_in & leads)

    def of(self, agency: Agency) -> "ReportQuerySet":
        return self.filter(agency=agency)

    def handed_in(self, day: Day | None = None) -> "ReportQuerySet":
        """Those that stand handed in, today or on a past day. Twin: ProgressReport.is_handed_in."""
        return self._standing_in(HANDED_IN, day)

    def accepted(self, day: Day | None = None) -> "ReportQuerySet":
        """Those that stand accepted, today or on a past day; their words are those of today."""
        return self._standing_in([ReportState.ACCEPTED], day)

    def _standing_in(self, states: Collection[ReportState], day: Day | None) -> "ReportQuerySet":
        if day is None or not day.is_past:
            return self.filter(state__in=states)
        # By its name: events speak of reports, not reports of events.
        moves = apps.get_model("tasks", "Event").objects.filter(
            report=OuterRef("pk"), kind__in=MOVED, at__lt=day.ended_at
        )
        last = Subquery(moves.order_by("-at", "-pk").values("kind")[:1])
        return self.annotate(last_move=last).filter(
            last_move__in=[kind for kind, state in MOVED.items() if state in states]
        )

    def of_leads(self) -> "ReportQuerySet":
        """Those of each task's lead, which speak for the whole task."""
        return self.filter(Exists(Assignment.objects.leading_for(OuterRef("agency"))))

    def awaiting_review(self) -> "ReportQuerySet":
        return self.filter(state=ReportState.SUBMITTED)

    def final(self) -> "ReportQuerySet":
        """Those in which a task's lead asks to close it (申请办结)."""
        return self.of_leads().filter(proposed_status=Status.COMPLETED)

    def with_outdated(self) -> "ReportQuerySet":
        """Adds `is_outdated` to accepted reports: whether their task was completed, and reopened since.

        Keys tell which came first: whoever writes an event of a task holds the task's lock.
        """
        events = apps.get_model("tasks", "Event").objects
        accepted = events.filter(report=OuterRef("pk"), kind="report.accepted").order_by("-pk")
        reopened = events.filter(
            task=OuterRef("task"), before__status=Status.COMPLETED, pk__gt=OuterRef("acceptance")
        )
        return self.annotate(acceptance=Subquery(accepted.values("pk")[:1])).annotate(
            is_outdated=Exists(reopened)
        )

    def for_reading(self) -> "ReportQuerySet":
        """Loads what a page that shows reports needs: 2 queries however many reports."""
        return self.select_related(
            "agency", "period", "task__plan", "submitted_by__agency", "reviewed_by__agency"
        ).prefetch_related("attachments")


class ProgressReport(models.Model):
    """One agency's report on one task in one period: the lead's on the task, a participant's on its part.

    Its fields hold what was handed in last. What its agency is writing lies in `draft` until then, so that
    nobody else reads it: not while it is new, and not while a returned report is being mended.
    """

    task = models.ForeignKey(Task, models.PROTECT, related_name="reports", verbose_name="任务")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="reports", verbose_name="单位")
    period = models.ForeignKey(ReportingPeriod, models.PROTECT, related_name="reports", verbose_name="报送期")
    state = models.CharField(
        "报送状态", max_length=10, choices=ReportState.choices, default=ReportState.DRAFT
    )
    # The fields of `DRAFTED` as they stand in the form, as far as they are filled in; empty once handed in.
    draft = models.JSONField("草稿", default=dict, blank=True)
    measures = models.TextField("工作举措", blank=True)
    results = models.TextField("进展成效", blank=True)
    problems = models.TextField("存在问题", blank=True)
    next_steps = models.TextField("下一步计划", blank=True)
    deliverables = models.TextField("标志性成果", blank=True)
    proposed_status = models.CharField(
        "建议状态", max_length=12, choices=PROPOSALS.items(), default=Status.IN_PROGRESS
    )
    proposed_progress = models.PositiveSmallIntegerField("总体进度", default=0, help_text="百分比，0 至 100")
    proposal_reason = models.TextField("调整理由", blank=True)
    # The progress that stood when the report was handed in: 20% → 45%.
    progress_before = models.PositiveSmallIntegerField("原进度", null=True)
    # Of what its agency has not taken back: see Course.
    first_submitted_at = models.DateTimeField("首次报送", null=True)
    submitted_at = models.DateTimeField("报送时间", null=True)
    submitted_by = models.ForeignKey(
        "agencies.User", models.PROTECT, null=True, related_name="+", verbose_name="报送人"
    )
    reviewed_at = models.DateTimeField("审核时间", null=True)
    reviewed_by = models.ForeignKey(
        "agencies.User", models.PROTECT, null=True, related_name="+", verbose_name="审核人"
    )
    review_note = models.TextField("审核意见", blank=True)
    returns = models.PositiveSmallIntegerField("退回次数", default=0)
    version = models.PositiveIntegerField("版本", default=1)
    updated_at = models.DateTimeField("更新时间")
    # Reports of the participants that the lead took over into its own (汇总).
    sources = models.ManyToManyField(
        "self", through="ReportSource", symmetrical=False, related_name="taken_into", verbose_name="汇总来源"
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["task", "period", "agency"]
        verbose_name = verbose_name_plural = "进展报送"
        constraints = [
            models.UniqueConstraint(
                fields=["task", "agency", "period"], name="report_once_a_task_agency_period"
            ),
            models.CheckConstraint(condition=Q(state__in=ReportState.values), name="report_state_known"),
            models.CheckConstraint(
                condition=Q(proposed_status__in=list(PROPOSALS)), name="report_proposal_known"
            ),
            models.CheckConstraint(
                condition=Q(proposed_progress__gte=0, proposed_progress__lte=100),
                name="report_progress_percent",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[*HANDED_IN, ReportState.RETURNED])
                | Q(submitted_at__isnull=False, first_submitted_at__isnull=False),
                name="report_handed_in_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[*HANDED_IN, ReportState.RETURNED])
                | ~Q(measures="") & ~Q(results="") & ~Q(problems="") & ~Q(next_steps=""),
                name="report_handed_in_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ReportState.ACCEPTED, ReportState.RETURNED])
                | Q(reviewed_at__isnull=False),
                name="report_reviewed_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReportState.RETURNED) | ~Q(review_note=""), name="report_returned_says_why"
            ),
        ]
        indexes = [
            models.Index(fields=["period", "state"], name="report_period_state"),
            models.Index(fields=["agency", "period", "state"], name="report_agency_period"),
        ]

    def __str__(self) -> str:
        return f"{self.agency}：{self.task} {self.period}进展"

    def get_absolute_url(self) -> str:
        return reverse("tasks:report", args=[self.pk])

    @property
    def standing(self) -> ReportState:
        """Its state as a badge tells it; what there is before a report, reporting.Standing adds."""
        return ReportState(self.state)

    @property
    def files(self) -> list["Attachment"]:
        """What was handed in with it; a file in the draft is for its own agency's form alone."""
        return [file for file in self.attachments.all() if file.is_handed_in]

    @property
    def is_handed_in(self) -> bool:
        # Twin: ReportQuerySet.handed_in()
        return self.state in HANDED_IN

    @property
    def is_editable(self) -> bool:
        return self.state in EDITABLE

    @property
    def written(self) -> dict[str, Any]:
        """What its agency's form shows: the draft over what was handed in last. For its own agency alone."""
        return {name: self.draft.get(name, getattr(self, name)) for name in DRAFTED}

    @property
    def is_resubmitted(self) -> bool:
        """Handed in again after it was returned: 退回后重报."""
        return self.returns > 0 and self.state == ReportState.SUBMITTED

    @property
    def course(self) -> Course:
        return Course(ReportState(self.state), self.first_submitted_at, self.returns)

    @property
    def is_on_time(self) -> bool:
        return self.period.is_met(self.first_submitted_at)

    @property
    def proposal(self) -> str:
        return PROPOSALS[Status(self.proposed_status)]

    @property
    def texts(self) -> list[tuple[str, str]]:
        """(title, text) of all that is written, in the form's order."""
        return [(title, text) for name, title in TEXTS.items() if (text := getattr(self, name))]

    @property
    def texts_written(self) -> list[tuple[str, str]]:
        """The same of what its agency's form shows. For its own agency alone."""
        return [(title, text) for name, title in TEXTS.items() if (text := self.written[name])]


class ReportSource(models.Model):
    """That a lead's report took over a participant's, and which version of it."""

    report = models.ForeignKey(ProgressReport, models.CASCADE, related_name="source_links")
    source = models.ForeignKey(ProgressReport, models.PROTECT, related_name="taken_links")
    source_version = models.PositiveIntegerField("所引版本")

    class Meta:
        verbose_name = verbose_name_plural = "汇总来源"
        constraints = [
            models.UniqueConstraint(fields=["report", "source"], name="report_source_once"),
            models.CheckConstraint(condition=~Q(report=F("source")), name="report_source_is_another"),
        ]

    def __str__(self) -> str:
        return f"{self.report} ← {self.source}"

    @property
    def is_outdated(self) -> bool:
        """Whether the source has changed since, by more than that the office has accepted it."""
        moves = self.source.version - self.source_version
        return moves > (self.source.state == ReportState.ACCEPTED)
