"""Which agencies a task's clause names, and what part each has."""

from django.db import models
from django.db.models import OuterRef, Q

from agencies.models import Agency


class AssignmentRole(models.TextChoices):
    LEAD = "lead", "牵头"
    PARTICIPANT = "participant", "参与"


class Basis(models.TextChoices):
    """How the role of an agency is known."""

    TEXT = "text", "原文写明"
    ORDER = "order", "按列名顺序"
    OFFICE = "office", "办公室确认"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def asked(self) -> "AssignmentQuerySet":
        """Those that owe reports. A collective has no accounts; its tasks do not count for its members."""
        return self.filter(agency__is_collective=False)

    def leading(self) -> "AssignmentQuerySet":
        return self.filter(role=AssignmentRole.LEAD)

    def leading_for(self, agency: "int | OuterRef | None") -> "AssignmentQuerySet":
        """For Exists() over rows that belong to a task: whether `agency` (its key) leads that task.

        What participants hand in, sign and ask for is seen by their lead: `visible_to` of reports, events,
        receipts and extensions ask here.
        """
        return self.leading().filter(task=OuterRef("task"), agency=agency)


class Assignment(models.Model):
    """责任单位: an agency's part in a task. The first listed leads, the others take part."""

    task = models.ForeignKey("tasks.Task", models.CASCADE, related_name="assignments", verbose_name="任务")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="assignments", verbose_name="单位")
    role = models.CharField("角色", max_length=12, choices=AssignmentRole.choices)
    position = models.PositiveSmallIntegerField("次序", help_text="在责任条款中的次序，从 1 起")
    basis = models.CharField("依据", max_length=10, choices=Basis.choices)
    named_as = models.CharField("原文写法", max_length=200, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["task", "position"]
        verbose_name = verbose_name_plural = "责任单位"
        constraints = [
            models.UniqueConstraint(fields=["task", "agency"], name="assignment_agency_once_a_task"),
            models.UniqueConstraint(fields=["task", "position"], name="assignment_position_once_a_task"),
            models.UniqueConstraint(
                fields=["task"], condition=Q(role=AssignmentRole.LEAD), name="assignment_one_lead_a_task"
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="assignment_position_from_one"),
            models.CheckConstraint(condition=Q(role__in=AssignmentRole.values), name="assignment_role_known"),
            models.CheckConstraint(condition=Q(basis__in=Basis.values), name="assignment_basis_known"),
        ]
        indexes = [
            models.Index(fields=["agency", "role", "task"], name="assignment_agency_role"),
            # Joins with task_status without touching a row: counting an agency's tasks of a status.
            models.Index(fields=["agency", "task"], name="assignment_agency_task"),
        ]

    def __str__(self) -> str:
        return f"{self.agency}（{self.get_role_display()}）"

    @property
    def is_lead(self) -> bool:
        return self.role == AssignmentRole.LEAD
