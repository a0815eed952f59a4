"""Reading an uploaded document beside the request for it, so that a long one shows how far it is."""

import logging
from threading import BoundedSemaphore, Thread

from django.db import connection
from django.utils import timezone

from importers import sandbox
from importers.models import DocumentImport, Stage
from importers.readers import EncodingUnknown, Unreadable

logger = logging.getLogger(__name__)

# Most plans are read in less: the answer then is the preview itself, not a page that says "wait".
PATIENCE = 3.0  # seconds
# Each reading may take a gigabyte: a process lets this many run beside each other, and the others wait.
_places = BoundedSemaphore(2)
_OUR_FAULT = "读取时系统出错，文件已保留，请点“重新读取”；如仍出现，请告知管理员。"


def begin(document: DocumentImport) -> None:
    """Read the document anew, with its encoding and undone repairs; returns when done or after PATIENCE."""
    begun = (
        DocumentImport.objects.unfinished()
        .filter(pk=document.pk)
        .update(
            stage=Stage.READING,
            percent=0,
            doing="",
            problem="",
            asks_encoding=False,
            may_be_read_again=False,
            heard_at=timezone.now(),
        )
    )
    if not begun:
        return  # confirmed or cancelled meanwhile, and its bytes are gone
    reader = Thread(target=_read_and_leave, args=(document.pk,), daemon=True)
    reader.start()
    reader.join(PATIENCE)


def _read_and_leave(pk: int) -> None:
    try:
        read(pk)
    finally:
        connection.close()


def read(pk: int) -> None:
    """Read the document in the limited child and keep what came of it, be it only why it failed."""
    document = DocumentImport.objects.get(pk=pk)
    mine = DocumentImport.objects.filter(pk=pk, stage=Stage.READING)

    def tell(percent: int, doing: str) -> None:
        mine.update(percent=percent, doing=doing, heard_at=timezone.now())

    while not _places.acquire(timeout=5):
        tell(0, "等待前面的文件读完")
    try:
        result = sandbox.read_in_child(
            bytes(document.data),
            name=document.name,
            encoding=document.encoding,
            undone=frozenset(document.undone),
            on_progress=tell,
        )
    except Unreadable as unreadable:
        mine.update(
            stage=Stage.FAILED,
            problem=str(unreadable),
            asks_encoding=isinstance(unreadable, EncodingUnknown),
            may_be_read_again=isinstance(unreadable, sandbox.Interrupted),
        )
    except Exception:
        logger.exception("reading document %s failed", pk)
        mine.update(stage=Stage.FAILED, problem=_OUR_FAULT, may_be_read_again=True)
    else:
        mine.update(
            stage=Stage.READY,
            percent=100,
            read_as=result.document.encoding.upper() or result.document.kind.value,
            text="\n".join(line.text for line in result.document.lines),
            parsed=result.plan.dump(),
        )
    finally:
        _places.release()
