"""Making the 填报表 of all agencies beside the request: one workbook after the other, into one zip."""

import logging
import time
from io import BytesIO
from tempfile import TemporaryFile
from threading import BoundedSemaphore, Thread
from zipfile import ZIP_STORED, ZipFile

from django.db import connection
from django.utils import timezone

from exporters.filling import filling
from exporters.models import FillingBundle
from exporters.names import file_name
from tasks.filling import agency_sheets
from tasks.models import Day, Task

logger = logging.getLogger(__name__)

# Most are made in less: the answer then is the finished page, not one that says "wait".
PATIENCE = 1.0  # seconds
# One at a time in a process, with a pause after each workbook, so that others' pages keep their turn.
_place = BoundedSemaphore(1)
PAUSE = 0.05  # seconds; a workbook takes about as long


def begin(bundle: FillingBundle) -> None:
    """Make it; returns when done or after PATIENCE."""
    maker = Thread(target=_make_and_leave, args=(bundle.pk,), daemon=True)
    maker.start()
    maker.join(PATIENCE)


def _make_and_leave(pk: int) -> None:
    try:
        with _place:
            make(pk)
    except Exception:
        logger.exception("making the sheets of bundle %s failed", pk)
        FillingBundle.objects.filter(pk=pk).update(has_failed=True)
    finally:
        connection.close()


def make(pk: int) -> None:
    """Write all workbooks of the bundle, as its owner may see them now. One is in memory at a time."""
    bundle = FillingBundle.objects.select_related("period__plan", "by__agency").filter(pk=pk).first()
    if bundle is None:
        return
    mine, period, now = FillingBundle.objects.filter(pk=pk), bundle.period, timezone.now()
    sheets = agency_sheets(
        period.plan,
        period,
        tasks=Task.objects.visible_to(bundle.by),
        reader=bundle.by,
        day=Day(timezone.localdate(now)),
    )
    mine.update(total=len(sheets), heard_at=now)
    with TemporaryFile() as packed:
        # Workbooks are packed already.
        with ZipFile(packed, "w", ZIP_STORED) as archive:
            for done, sheet in enumerate(sheets, start=1):
                workbook = BytesIO()
                filling(workbook, period=period, sheet=sheet, now=now)
                name = file_name(sheet.agency.name, period.name_with_year, "填报表")
                archive.writestr(name, workbook.getvalue())
                mine.update(done=done, heard_at=timezone.now())
                time.sleep(PAUSE)
        packed.seek(0)
        mine.update(is_ready=True, data=packed.read())
