"""Uploads that are not honest: names (H55) and multipart bodies (H56) get their answer, nothing is kept."""

import tempfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from importers.models import DocumentImport

UPLOAD = "/plans/import/"
BOUNDARY = "x" * 20
TEXT = "从前有座山。\n".encode()


@pytest.fixture
def desk(transactional_db, office, client_of):
    return client_of(office)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\计划.txt", "计划.txt"),
        ("计\t划.txt", "计划.txt"),
        ("计\u202etxt.划", "计txt.划"),
        ("-rf", "-rf"),
        (".htaccess", ".htaccess"),
        ("\"引号'.txt", "\"引号'.txt"),
    ],
)
def test_a_name_is_kept_without_folders_and_control_letters(desk, given, kept):
    file = SimpleUploadedFile("x.txt", TEXT)
    file._name = given
    desk.post(UPLOAD, {"file": file})

    assert DocumentImport.objects.get().name == kept


def test_a_long_chinese_name_fits(desk):
    desk.post(UPLOAD, {"file": SimpleUploadedFile("计" * 200 + ".txt", TEXT)})

    name = DocumentImport.objects.get().name
    assert name.endswith(".txt")
    assert len(name.encode()) <= 255


def part(name: str, value: bytes, file: str = "") -> bytes:
    place = f'form-data; name="{name}"' + (f'; filename="{file}"' if file else "")
    return f"--{BOUNDARY}\r\nContent-Disposition: {place}\r\n\r\n".encode() + value + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
BODIES = {
    "no boundary": ("multipart/form-data", part("file", TEXT, "a.txt") + END, 400),
    "1,001 fields": (
        f"multipart/form-data; boundary={BOUNDARY}",
        b"".join(part(f"f{number}", b"1") for number in range(1001)) + END,
        413,
    ),
    "101 files": (
        f"multipart/form-data; boundary={BOUNDARY}",
        b"".join(part("file", TEXT, f"{number}.txt") for number in range(101)) + END,
        413,
    ),
    "NUL in a field": (f"multipart/form-data; boundary={BOUNDARY}", part("text", b"a\x00b") + END, 200),
    "cut midway": (f"multipart/form-data; boundary={BOUNDARY}", part("text", b"")[:-10], 200),
}


@pytest.mark.parametrize(("content_type", "body", "status"), BODIES.values(), ids=BODIES)
def test_a_broken_body_is_answered_and_leaves_nothing(desk, content_type, body, status):
    before = set(Path(tempfile.gettempdir()).glob("*.upload*"))

    response = desk.generic("POST", UPLOAD, body, content_type=content_type)

    assert response.status_code == status
    assert "text/html" in response["Content-Type"]
    assert DocumentImport.objects.count() == 0
    assert set(Path(tempfile.gettempdir()).glob("*.upload*")) == before
