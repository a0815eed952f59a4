"""签收: that an agency has taken note of its part in a task, or says that the part is not its own."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, Q

from agencies.models import Agency
from tasks.models.assignment import Assignment
from tasks.models.task import Task

if TYPE_CHECKING:
    from agencies.models import User


class ReceiptState(models.TextChoices):
    RECEIVED = "received", "已签收"
    DISPUTED = "disputed", "责任不符"
    # The office has answered: either the clause stands, or it was changed; the agency signs what stands now.
    ANSWERED = "answered", "已答复，待签收"


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def signed(self) -> "ReceiptQuerySet":
        # Twin: Receipt.is_signed
        return self.filter(state=ReceiptState.RECEIVED)

    def visible_to(self, user: "User") -> "ReceiptQuerySet":
        """An agency sees its own, and on tasks that it leads those of the participants."""
        if user.sees_everything:
            return self
        leads = Exists(Assignment.objects.leading_for(user.agency_id))
        return self.filter(Q(agency=user.agency_id) | leads)

    def disputed(self) -> "ReceiptQuerySet":
        return self.filter(state=ReceiptState.DISPUTED)


class Receipt(models.Model):
    """One agency's answer to one assignment. Where there is none, the agency has not signed yet (待签收)."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="receipts", verbose_name="任务")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="receipts", verbose_name="单位")
    state = models.CharField("签收状态", max_length=10, choices=ReceiptState.choices)
    at = models.DateTimeField("签收时间")
    by = models.ForeignKey("agencies.User", models.PROTECT, related_name="+", verbose_name="签收人")
    reason = models.TextField("不符的理由", blank=True)
    answer = models.TextField("办公室答复", blank=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    answered_by = models.ForeignKey(
        "agencies.User", models.PROTECT, null=True, related_name="+", verbose_name="答复人"
    )

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        ordering = ["task", "agency"]
        verbose_name = verbose_name_plural = "签收"
        constraints = [
            models.UniqueConstraint(fields=["task", "agency"], name="receipt_once_a_task_agency"),
            models.CheckConstraint(condition=Q(state__in=ReceiptState.values), name="receipt_state_known"),
            models.CheckConstraint(
                condition=~Q(state=ReceiptState.DISPUTED) | ~Q(reason=""), name="receipt_dispute_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(state=ReceiptState.ANSWERED) | ~Q(answer="") & Q(answered_at__isnull=False),
                name="receipt_answer_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["agency", "state"], name="receipt_agency_state")]

    def __str__(self) -> str:
        return f"{self.agency}：{self.task} {self.get_state_display()}"

    @property
    def is_signed(self) -> bool:
        # Twin: ReceiptQuerySet.signed()
        return self.state == ReceiptState.RECEIVED
