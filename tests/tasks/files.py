"""Files that people attach: the smallest of each kind that is what it says, and some that are not."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.files.uploadedfile import SimpleUploadedFile

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 32
# In two pieces: no scanner shall find this file.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_KINDS = {
    "docx": ("word/document.xml", "wordprocessingml.document"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet"),
}


def package(kind: str, *, more: dict[str, bytes] | None = None, types: bytes = b"") -> bytes:
    """A .docx or .xlsx with its main part and whatever else is asked for."""
    main, said = _KINDS[kind]
    announced = types or (
        b'<Types><Override ContentType="application/vnd.openxmlformats-officedocument.'
        + said.encode()
        + b'.main+xml"/></Types>'
    )
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", announced)
        made.writestr(main, "<w:document/>" * 50)
        for name, content in (more or {}).items():
            made.writestr(name, content)
    return stream.getvalue()


def upload(name: str = "测试情况.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
