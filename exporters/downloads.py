"""Files for download: made from what the person may see, never shown in the browser, never kept by it."""

from collections.abc import Callable
from tempfile import TemporaryFile
from typing import BinaryIO

from django.http import FileResponse

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"


def download(write: Callable[[BinaryIO], None], name: str, *, content_type: str = WORKBOOK) -> FileResponse:
    """The file that `write` makes, streamed from a temporary file that nobody else can open."""
    file = TemporaryFile()  # noqa: SIM115 -- the response closes it when the last byte is sent
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    # A workbook is a zip already; this keeps GZipMiddleware from packing it again and dropping its length.
    response["Content-Encoding"] = "identity"
    return response
