"""Which reports a reviewer has before them, and in which order: what the pages of the review share."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Count
from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse

from tasks import permissions
from tasks.forms.review import QueueForm
from tasks.models import Extension, Plan, ProgressReport, Receipt, ReportingPeriod, ReportState
from tasks.models.report import ReportQuerySet

# What the tabs of reports are called, and in which order each lists them: who has waited longest comes first.
STATES = {
    ReportState.SUBMITTED: ("待审核", ("submitted_at", "pk")),
    ReportState.RETURNED: ("已退回", ("-reviewed_at", "-pk")),
    ReportState.ACCEPTED: ("已通过", ("-reviewed_at", "-pk")),
}
# The tabs of what else waits for the office.
DISPUTED, EXTENSION = "disputed", "extension"
REQUESTS = {DISPUTED: "责任不符", EXTENSION: "延期申请"}


def for_those_who_see_everything(request: HttpRequest) -> None:
    if not request.user.sees_everything:
        raise Http404


def visible_reports(request: HttpRequest) -> ReportQuerySet:
    return ProgressReport.objects.visible_to(request.user)


@dataclass(frozen=True)
class Queue:
    """The reports of a plan in one state, of one period or of all, in the order of the work."""

    reports: ReportQuerySet  # of the plan and the period, in every state
    plan: Plan
    period: ReportingPeriod | None
    state: str
    errors: list[str]

    @classmethod
    def of(cls, request: HttpRequest, plan: Plan, data: QueryDict, *, state: str = "") -> "Queue":
        form = QueueForm(data, plan=plan)
        period = form.cleaned_data["period"] if form.is_valid() else None
        asked = data.get("state", "")
        known = asked if asked in STATES or (asked in REQUESTS and not state) else state
        reports = visible_reports(request).filter(task__plan=plan)
        return cls(
            reports.filter(period=period) if period else reports,
            plan,
            period,
            known or ReportState.SUBMITTED.value,
            [error for errors in form.errors.values() for error in errors]
            + ([] if asked in ("", known) else ["没有这个状态，请重新选择。"]),
        )

    @cached_property
    def keys(self) -> list[int]:
        """All of the queue. 1 query."""
        _, order = STATES[ReportState(self.state)]
        return list(self.reports.filter(state=self.state).order_by(*order).values_list("pk", flat=True))

    @cached_property
    def counts(self) -> Counter[str]:
        """1 query for the reports, 1 for each kind of request."""
        reports = self.reports.order_by().values_list("state").annotate(Count("pk"))
        return Counter(dict(reports)) + Counter(
            {
                DISPUTED: Receipt.objects.disputed().filter(task__plan=self.plan).count(),
                EXTENSION: Extension.objects.asked().filter(task__plan=self.plan).count(),
            }
        )

    @property
    def tabs(self) -> list[tuple[str, str, int, str]]:
        """(state, what it is called, how many, address)."""
        named = {str(state): label for state, (label, _) in STATES.items()} | REQUESTS
        return [
            (state, label, self.counts[state], f"{reverse('tasks:review')}?{self._query(state)}")
            for state, label in named.items()
        ]

    def _query(self, state: str) -> str:
        period = {"period": self.period.pk} if self.period else {}
        return urlencode({"plan": self.plan.pk} | period | {"state": state})

    @property
    def query(self) -> str:
        return self._query(self.state)

    @property
    def address(self) -> str:
        return f"{reverse('tasks:review')}?{self.query}"

    def address_of(self, pk: int) -> str:
        return f"{reverse('tasks:reviewed_report', args=[pk])}?{self.query}"

    def place_of(self, report: ProgressReport) -> int | None:
        """From 0; None where the report has left the queue or never was in it."""
        return self.keys.index(report.pk) if report.pk in self.keys else None

    def neighbour(self, report: ProgressReport, step: int) -> str:
        """The address of the report before (-1) or after (1); "" where there is none."""
        at = self.place_of(report)
        return (
            self.address_of(self.keys[at + step])
            if at is not None and 0 <= at + step < len(self.keys)
            else ""
        )

    def after(self, report: ProgressReport) -> int | None:
        """Which report comes up once this one is judged: the next, and from the end the first."""
        at = self.place_of(report)
        left = [pk for pk in self.keys if pk != report.pk]
        return (left[at or 0 :] or left or [None])[0]


def frame(request: HttpRequest, queue: Queue) -> dict[str, object]:
    return {
        "nav": "review",
        "queue": queue,
        "plan": queue.plan,
        "periods": queue.plan.periods.all(),
        "can_review": permissions.can_review(request.user),
    }
