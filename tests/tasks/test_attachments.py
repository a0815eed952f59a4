"""附件: what is taken and what is not, how it is kept, and who gets it when."""

import os
import re
import time
from contextlib import suppress
from io import StringIO
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Thread
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection

from tasks import attachments, workflow
from tasks.models import Attachment, ProgressReport
from tests.factories import make_periods, make_report, make_user
from tests.tasks.files import EICAR, JPEG, PDF, PNG, package, upload

DOCX, XLSX = package("docx"), package("xlsx")


@pytest.fixture
def half_year(plan):
    return make_periods(plan)[0]


@pytest.fixture
def draft(task, half_year, lead) -> ProgressReport:
    return make_report(task, half_year, lead, state="draft")


def attach(report: ProgressReport, by, name: str = "测试情况.pdf", content: bytes = PDF) -> Attachment:
    return workflow.add_attachment(report, attachments.check(upload(name, content)), by=by)


def asked_for(client, attachment: Attachment) -> int:
    response = client.get(attachment.get_absolute_url())
    b"".join(response)  # the file is only closed when it has been sent
    return response.status_code


def on_disk() -> int:
    return sum(len(files) for _, _, files in os.walk(settings.MEDIA_ROOT))


# --- what is taken ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("进展.docx", DOCX, "wordprocessingml.document"),
        ("清单.XLSX", XLSX, "spreadsheetml.sheet"),
        ("报告.pdf", PDF, "pdf"),
        ("现场.png", PNG, "png"),
        ("现场.jpg", JPEG, "jpeg"),
        ("现场.jpeg", JPEG, "jpeg"),
    ],
)
def test_files_of_the_kinds_we_take(name, content, kind):
    checked = attachments.check(upload(name, content))
    assert (checked.name, checked.size) == (name, len(content))
    assert checked.content_type.endswith(kind)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("程序.exe", b"MZ", "不是可以上传的类型"),
        ("无扩展名", PDF, "不是可以上传的类型"),
        ("网页.html", b"<script>", "不是可以上传的类型"),
        ("空.pdf", b"", "空文件"),
        ("网页.pdf", b"<!doctype html><script>alert(1)</script>", "内容与扩展名不符"),
        ("报告.docx", PDF, "内容与扩展名不符"),
        ("报告.pdf", DOCX, "内容与扩展名不符"),
        ("清单.xlsx", DOCX, "内容与扩展名不符"),
        ("压缩包.docx", package("docx", types=b"<Types/>"), "内容与扩展名不符"),
        ("旧版.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64, "有密码或是旧版格式"),
        ("宏.docx", package("docx", more={"word/vbaProject.bin": b"x"}), "含有宏或控件"),
        ("宏.xlsx", package("xlsx", more={"xl/macrosheets/sheet1.xml": b"x"}), "含有宏或控件"),
        (
            "宏.docx",
            package("docx", types=b'<Types><Override ContentType="x.macroEnabled.main+xml"/></Types>'),
            "含有宏或控件",
        ),
        ("残缺.docx", DOCX[: len(DOCX) // 2], "已损坏或有密码"),
        ("病毒.pdf", PDF + EICAR, "被识别为病毒"),
        ("病毒.docx", package("docx", more={"word/media/a.bin": b"x" * 65530 + EICAR}), "被识别为病毒"),
    ],
)
def test_files_that_are_not_taken_are_told_why(name, content, words):
    with pytest.raises(attachments.Unacceptable, match=words) as refusal:
        attachments.check(upload(name, content))
    assert f"“{name}”" in str(refusal.value)


def test_a_package_with_a_password_on_its_parts_is_not_opened():
    locked = bytearray(DOCX)
    for at in range(len(locked) - 4):
        if locked[at : at + 4] == b"PK\x01\x02":  # the directory's entry: flags stand 8 bytes on
            locked[at + 8] |= 1
    with pytest.raises(attachments.Unacceptable, match="已损坏或有密码"):
        attachments.check(upload("有密码.docx", bytes(locked)))


def test_size_is_looked_at_before_the_content(monkeypatch):
    monkeypatch.setattr(attachments, "LARGEST", len(PDF) - 1)
    with pytest.raises(attachments.Unacceptable, match="超过"):
        attachments.check(upload())
    monkeypatch.setattr(attachments, "_LARGEST_UNPACKED", 100)
    monkeypatch.setattr(attachments, "LARGEST", 10**6)
    with pytest.raises(attachments.Unacceptable, match="解开后过大"):
        attachments.check(upload("大.docx", DOCX))


def test_a_large_upload_that_django_keeps_in_a_file_is_read_from_there():
    large = TemporaryUploadedFile("大.pdf", "application/pdf", len(PDF), None)
    large.write(PDF)
    large.flush()
    assert attachments.check(large).digest == attachments.check(upload()).digest


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/报告.pdf", "报告.pdf"),
        ("C:\\文件\\报告.pdf", "报告.pdf"),
        ("报告\u202efdp.exe.pdf", "报告fdp.exe.pdf"),
        ("报\x00告\r\n.pdf", "报告.pdf"),
        ("  .pdf", "pdf"),
        ("..", "附件"),
        ("长" * 200 + ".docx", "长" * 83 + ".docx"),
        ("名\u200b称.pdf", "名称.pdf"),
    ],
)
def test_names_lose_what_is_not_theirs(name, safe):
    assert attachments.safe_name(name) == safe
    assert len(attachments.safe_name(name).encode()) <= 255


# --- how it is kept -----------------------------------------------------------------------------------


def test_a_file_lies_under_a_name_that_says_nothing(draft, lead):
    attachment = attach(draft, lead)
    path = Path(attachment.file.path)
    assert path.read_bytes() == PDF
    assert path.is_relative_to(settings.MEDIA_ROOT)
    assert re.fullmatch(r"attachments/[0-9a-f]{2}/[0-9a-f]{32}", attachment.file.name)
    assert (path.stat().st_mode & 0o777, on_disk()) == (0o600, 1)


def test_the_same_file_is_added_once(draft, lead):
    assert attach(draft, lead) == attach(draft, lead)
    attach(draft, lead, name="另一份.pdf")
    assert (Attachment.objects.count(), on_disk()) == (2, 2)


def test_no_more_than_ten(draft, lead, django_capture_on_commit_callbacks):
    for number in range(attachments.MOST_FILES):
        attach(draft, lead, name=f"{number}.pdf")
    with pytest.raises(workflow.Refused, match="最多 10 个"):
        attach(draft, lead, name="再一份.pdf")
    with django_capture_on_commit_callbacks(execute=True):
        workflow.drop_attachment(Attachment.objects.first(), by=lead)
    attach(draft, lead, name="再一份.pdf")
    assert on_disk() == attachments.MOST_FILES


def test_a_file_whose_row_is_not_written_is_gone(draft, lead, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise IntegrityError("the row does not come to be")

    monkeypatch.setattr(Attachment, "save", refuse)
    with pytest.raises(IntegrityError):
        attach(draft, lead)
    assert (Attachment.objects.count(), on_disk()) == (0, 0)


def test_file_and_folders_are_on_the_disk_before_the_row(draft, lead, monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda handle: (synced.append(os.readlink(f"/proc/self/fd/{handle}")), real(handle))
    )
    rows = []
    save = Attachment.save
    monkeypatch.setattr(Attachment, "save", lambda self, **kw: (rows.append(list(synced)), save(self, **kw)))
    path = Path(attach(draft, lead).file.path)
    (before_the_row,) = rows
    assert before_the_row == [str(each) for each in (path, *list(path.parents)[:3])]


def test_only_its_agency_adds_and_removes(draft, lead, participant, office):
    for person in (participant, office):
        with pytest.raises(PermissionDenied):
            attach(draft, person)
    attachment = attach(draft, lead)
    with pytest.raises(PermissionDenied):
        workflow.drop_attachment(attachment, by=participant)


def test_what_is_handed_in_keeps_its_files(task, half_year, lead, django_capture_on_commit_callbacks):
    draft = make_report(task, half_year, lead, state="draft")
    first = attach(draft, lead)
    report = workflow.submit_report(draft, by=lead, version=draft.version)
    with pytest.raises(workflow.Refused, match="不能改动"):
        attach(report, lead, name="再一份.pdf")
    with pytest.raises(workflow.Refused, match="不能改动"):
        workflow.drop_attachment(first, by=lead)
    report = workflow.return_report(report, by=None, version=report.version, reason="请补充")
    workflow.drop_attachment(first, by=lead)
    workflow.drop_attachment(first, by=lead)  # a double click
    second = attach(report, lead, name="修改稿.pdf")
    assert [*report.attachments.handed_in()] == [first]
    assert [*report.attachments.in_draft()] == [second]
    with django_capture_on_commit_callbacks(execute=True):
        workflow.submit_report(report, by=lead, version=report.version)
    assert [*Attachment.objects.all()] == [second]
    assert (on_disk(), Attachment.objects.get().is_handed_in) == (1, True)


# --- who gets it --------------------------------------------------------------------------------------


def test_a_draft_s_file_is_its_agency_s_alone(client_of, draft, lead, participant, office, outsider):
    attachment = attach(draft, lead)
    colleague = make_user("cnipa2", agency=lead.agency)
    got = {
        person.username: asked_for(client_of(person), attachment)
        for person in (lead, colleague, participant, office, outsider)
    }
    assert got == {"cnipa": 200, "cnipa2": 200, "mara": 404, "office": 404, "mofcom": 404}
    workflow.submit_report(draft, by=lead, version=draft.version)
    assert asked_for(client_of(office), attachment) == 200
    assert asked_for(client_of(participant), attachment) == 404


def test_a_new_file_of_a_returned_report_is_not_shown_to_the_office(client_of, task, half_year, lead, office):
    report = make_report(task, half_year, lead, state="returned")
    attachment = attach(report, lead, name="还没有报.pdf")
    client = client_of(office)
    assert client.get(attachment.get_absolute_url()).status_code == 404
    assert "还没有报" not in client.get(report.get_absolute_url()).content.decode()
    assert "还没有报" in client_of(lead).get(f"/tasks/{task.pk}/reports/{half_year.pk}/").content.decode()


def test_it_comes_as_a_download_that_no_browser_shows(client_of, draft, lead):
    attachment = attach(draft, lead, name="测试 情况“一”.pdf")
    response = client_of(lead).get(attachment.get_absolute_url())
    assert b"".join(response) == PDF
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == f"attachment; filename*=utf-8''{quote(attachment.name)}"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert {"no-store", "private"} <= set(response.headers["Cache-Control"].split(", "))


def test_a_file_that_is_lost_is_a_page_that_is_not_found(client_of, draft, lead):
    attachment = attach(draft, lead)
    os.remove(attachment.file.path)
    assert client_of(lead).get(attachment.get_absolute_url()).status_code == 404


# --- the addresses ------------------------------------------------------------------------------------


def test_uploading_answers_with_the_list_and_what_was_wrong(client_of, draft, lead):
    client = client_of(lead)
    data = {"files": [upload(), upload("程序.exe", b"MZ")]}
    response = client.post(f"/reports/{draft.pk}/attachments/", data, headers={"HX-Request": "true"})
    shown = response.content.decode()
    assert "<html" not in shown
    assert [
        word in shown for word in ('id="report-files"', "测试情况.pdf", "“程序.exe”不是可以上传的类型")
    ] == [True] * 3
    assert [one.name for one in Attachment.objects.all()] == ["测试情况.pdf"]
    removed = client.post(
        f"/attachments/{Attachment.objects.get().pk}/removal/", headers={"HX-Request": "true"}
    )
    assert "测试情况.pdf" not in removed.content.decode()
    assert not Attachment.objects.exists()


def test_without_a_script_the_form_comes_back(client_of, draft, lead):
    client = client_of(lead)
    form = f"/tasks/{draft.task_id}/reports/{draft.period_id}/"
    response = client.post(
        f"/reports/{draft.pk}/attachments/", {"files": [upload("程序.exe", b"MZ")]}, follow=True
    )
    assert response.redirect_chain == [(form, 302)]
    assert "“程序.exe”不是可以上传的类型" in response.content.decode()


def test_addresses_are_for_the_agency_alone(client_of, task, half_year, lead, participant, office, outsider):
    report = make_report(task, half_year, participant, state="draft")
    attachment = attach(report, participant)
    workflow.submit_report(report, by=participant, version=report.version)
    got = {
        person.username: [
            client_of(person).post(f"/reports/{report.pk}/attachments/", {"files": [upload()]}).status_code,
            client_of(person).post(f"/attachments/{attachment.pk}/removal/").status_code,
        ]
        for person in (lead, office, outsider)
    }
    assert got == {"cnipa": [403, 403], "office": [403, 403], "mofcom": [404, 404]}
    assert Attachment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_removed_file_goes_with_its_row(draft, lead):
    attachment = attach(draft, lead)
    assert on_disk() == 1
    workflow.drop_attachment(attachment, by=lead)
    assert on_disk() == 0
    assert connection.in_atomic_block is False


# --- two at once --------------------------------------------------------------------------------------


@pytest.fixture
def tenth(draft, lead):
    """Nine files are there, and two more arrive at the same moment."""
    for number in range(attachments.MOST_FILES - 1):
        attach(draft, lead, name=f"{number}.pdf")
    outcomes, both_ready = [], Barrier(2)

    def add(name: str) -> None:
        checked = attachments.check(upload(name))
        try:
            both_ready.wait(timeout=10)
            workflow.add_attachment(draft, checked, by=lead)
            outcomes.append("added")
        except (workflow.Refused, OperationalError) as refusal:
            outcomes.append(type(refusal).__name__)
        finally:
            connection.close()

    def run() -> list[str]:
        threads = [Thread(target=add, args=(f"{name}.pdf",)) for name in "甲乙"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        return sorted(outcomes)

    return run


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_pass_the_limit(tenth):
    assert tenth() == ["Refused", "added"]
    assert (Attachment.objects.count(), on_disk()) == (10, 10)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="rows are locked")
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_would_pass(tenth, draft, monkeypatch):
    both_have_counted = Barrier(2)
    add = Attachment.save

    def wait_and_save(self, **kwargs):
        with suppress(BrokenBarrierError):
            both_have_counted.wait(timeout=5)
        add(self, **kwargs)

    monkeypatch.setattr(Attachment, "save", wait_and_save)
    monkeypatch.setattr(
        workflow.attachments, "_locked", lambda report: ProgressReport.objects.get(pk=draft.pk)
    )
    assert tenth() == ["added", "added"]


# --- tidying ------------------------------------------------------------------------------------------


def tidy(*arguments) -> tuple[int, str, str]:
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("tidy_attachments", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue().replace("\xa0", " "), err.getvalue()


def test_tidying_takes_what_no_row_names_and_nothing_else(draft, lead):
    kept = Path(attach(draft, lead).file.path)
    folder = kept.parent.parent / "ab"
    folder.mkdir(exist_ok=True)
    orphan, young, foreign = (folder / name for name in ("c" * 32, "d" * 32, "notes.txt"))
    for path in (orphan, young, foreign):
        path.write_bytes(b"12345")
    (folder / ("e" * 32)).symlink_to(foreign)
    two_days_ago = time.time() - 2 * 24 * 60 * 60
    for path in (kept, orphan, foreign):
        os.utime(path, (two_days_ago, two_days_ago))
    before = on_disk()
    assert tidy("--dry-run") == (0, "没有记录的文件：将删除 1 个，5 字节\n", "")
    assert on_disk() == before
    assert tidy() == (0, "没有记录的文件：已删除 1 个，5 字节\n", "")
    assert [path.exists() for path in (orphan, young, foreign, kept)] == [False, True, True, True]
    assert tidy() == (0, "没有记录的文件：已删除 0 个，0 字节\n", "")


def test_tidying_names_what_has_lost_its_file(draft, lead):
    attachment = attach(draft, lead)
    Path(attachment.file.path).unlink()
    code, _, said = tidy()
    assert (code, said) == (
        1,
        f"文件已丢失：附件 {attachment.pk}“测试情况.pdf”，{attachment.file.name}，请从备份恢复\n",
    )


def test_tidying_a_site_that_never_had_a_file(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    assert tidy() == (0, "没有记录的文件：已删除 0 个，0 字节\n", "")
