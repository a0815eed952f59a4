"""附件: an agency adds files to what it is writing, and takes them out of it again.

Like the rest of a draft they are nobody else's business and no record: no event tells of them. What the next
handing in carries is settled there (`submit_report`).
"""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.core.files.storage import Storage
from django.db import transaction
from django.utils import timezone

from agencies.models import User
from tasks import permissions
from tasks.attachments import MOST_FILES, CheckedFile, make_durable
from tasks.models import Attachment, ProgressReport
from tasks.workflow.shared import Refused, locked


def add_attachment(
    report: ProgressReport, upload: CheckedFile, *, by: User, at: datetime | None = None
) -> Attachment:
    """Add a file to the agency's draft. It is on the disk before its row is there, and gone if that fails.

    The same file under the same name is added once: a double click is harmless.
    """
    if not permissions.can_report(by, report.agency_id):
        raise PermissionDenied
    written: list[tuple[Storage, str]] = []
    try:
        with transaction.atomic():
            return _add(report, upload, written, by=by, at=at or timezone.now())
    except BaseException:  # whatever it was, also a commit that failed: without its row nobody finds the file
        for storage, stored in written:
            storage.delete(stored)
        raise


def _add(
    report: ProgressReport,
    upload: CheckedFile,
    written: list[tuple[Storage, str]],
    *,
    by: User,
    at: datetime,
) -> Attachment:
    report = _locked(report)
    _check_writing(report)
    present = list(report.attachments.in_draft())
    for one in present:
        if (one.name, one.digest) == (upload.name, upload.digest):
            return one
    if len(present) >= MOST_FILES:
        raise Refused(f"每份报告最多 {MOST_FILES} 个附件，请先移除不需要的，或合并后上传")
    attachment = Attachment(
        report=report,
        name=upload.name,
        content_type=upload.content_type,
        size=upload.size,
        digest=upload.digest,
        added_at=at,
        added_by=by,
    )
    attachment.file.save(upload.name, upload.content, save=False)
    stored = (attachment.file.storage, attachment.file.name)
    written.append(stored)
    make_durable(*stored)
    attachment.save()
    return attachment


@transaction.atomic
def drop_attachment(attachment: Attachment, *, by: User) -> None:
    """Take a file out of the draft. One that was handed in stays readable until the next handing in."""
    if not permissions.can_report(by, attachment.report.agency_id):
        raise PermissionDenied
    report = _locked(attachment.report)
    attachment = report.attachments.filter(pk=attachment.pk).first()
    if attachment is None or attachment.is_dropped:
        return  # a double click
    _check_writing(report)
    if attachment.is_handed_in:
        attachment.is_dropped = True
        attachment.save(update_fields=["is_dropped"])
    else:
        discard(attachment)


def discard(attachment: Attachment) -> None:
    """The row goes, and with its transaction the file."""
    storage, stored = attachment.file.storage, attachment.file.name
    attachment.delete()
    transaction.on_commit(lambda: storage.delete(stored))


def _locked(report: ProgressReport) -> ProgressReport:
    locked([report.task_id])  # the task first, as everywhere
    return ProgressReport.objects.select_for_update(of=("self",)).get(pk=report.pk)


def _check_writing(report: ProgressReport) -> None:
    if not report.is_editable:
        raise Refused(f"这份报告现为“{report.get_state_display()}”，附件不能改动，请刷新页面")
