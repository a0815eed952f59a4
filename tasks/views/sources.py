"""汇总: what the participants have handed in, to be ticked and appended to the lead's own draft."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from tasks.forms.report import SourcesForm
from tasks.models import NO_PROBLEMS, ProgressReport, ReportingPeriod, ReportSource, Task
from tasks.views.shared import page_or_part


def sources_for(request: HttpRequest, task: Task, period: ReportingPeriod) -> list[ProgressReport]:
    """The participants' reports before the lead: others see none but their own."""
    visible = ProgressReport.objects.visible_to(request.user).handed_in()
    others = visible.filter(task=task, period=period).exclude(agency=request.user.agency_id)
    return list(others.select_related("agency", "period", "task__plan").order_by("agency__position", "pk"))


@dataclass(frozen=True)
class Source:
    """A participant's report, and how the lead's already holds it."""

    report: ProgressReport
    link: ReportSource | None


def show_sources(
    request: HttpRequest, report: ProgressReport, form: SourcesForm | None = None
) -> HttpResponse:
    taken = {link.source_id: link for link in report.source_links.select_related("source")}
    offered = sources_for(request, report.task, report.period)
    context = {
        "nav": "desk",
        "report": report,
        "task": report.task,
        "form": form,
        "sources": [Source(one, taken.get(one.pk)) for one in offered],
        "address": reverse("tasks:report_sources", args=[report.pk]),
        "back": reverse("tasks:report_form", args=[report.task_id, report.period_id]),
        "nothing": NO_PROBLEMS,
    }
    return page_or_part(request, "reports/sources.html", "reports/_sources.html", context)
