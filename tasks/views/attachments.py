"""附件: adding files to a draft, taking them out, and handing them to whoever may see them."""

from collections.abc import Iterable, Iterator

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from agencies.models import User
from tasks import attachments, permissions, workflow
from tasks.models import Attachment, ProgressReport


def add_files(report: ProgressReport, files: Iterable[UploadedFile], *, by: User) -> Iterator[str]:
    """Adds each that may be attached; yields, for each other, what is wrong with it."""
    for file in files:
        try:
            workflow.add_attachment(report, attachments.check(file), by=by)
        except (attachments.Unacceptable, workflow.Refused) as refusal:
            yield str(refusal)


@require_POST
def report_attachments(request: HttpRequest, pk: int) -> HttpResponse:
    """Files for a draft that is begun; `tasks:report_form` takes them together with its text."""
    report = get_object_or_404(
        ProgressReport.objects.visible_to(request.user).select_related("agency"), pk=pk
    )
    if not permissions.can_report(request.user, report.agency_id):
        raise PermissionDenied
    faults = list(add_files(report, request.FILES.getlist("files"), by=request.user))
    return _files(request, report, faults)


@require_safe
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """The file as a download: no browser shows what somebody uploaded as a page of ours."""
    found = get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk)
    try:
        content = found.file.open("rb")
    except FileNotFoundError as lost:
        raise Http404 from lost
    return FileResponse(content, as_attachment=True, filename=found.name, content_type=found.content_type)


@require_POST
def attachment_removal(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(
        Attachment.objects.visible_to(request.user).select_related("report__agency"), pk=pk
    )
    try:
        workflow.drop_attachment(found, by=request.user)
    except workflow.Refused as refusal:
        return _files(request, found.report, [str(refusal)])
    return _files(request, found.report, [])


def _files(request: HttpRequest, report: ProgressReport, faults: list[str]) -> HttpResponse:
    if request.htmx:
        context = {"files": report.attachments.in_draft(), "faults": faults}
        return render(request, "reports/_files.html", context)
    for fault in faults:
        messages.error(request, fault)
    return redirect("tasks:report_form", report.task_id, report.period_id)
