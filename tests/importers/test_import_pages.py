"""The pages of /plans/import/: from an upload through the preview to the plan, for the office alone."""

import re
from datetime import date

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from agencies.models import Agency, AgencyAlias
from importers.models import DocumentImport, Stage
from tasks import workflow
from tasks.models import Assignment, Event, EventKind, Plan, Status, Task
from tests.importers import files
from tests.importers.files import PLAN_2024, corrected, load_register

UPLOAD = "/plans/import/"


@pytest.fixture
def register(transactional_db):
    load_register()


@pytest.fixture
def desk(register, office, client_of):
    return client_of(office)


def upload(desk, text: str, name: str = "计划.txt") -> DocumentImport:
    response = desk.post(UPLOAD, {"file": SimpleUploadedFile(name, text.encode())})
    document = DocumentImport.objects.latest("pk")
    assert (response.status_code, response["Location"]) == (302, f"/plans/import/{document.pk}/")
    return document


def dump() -> dict:
    """Everything in the database but the uploads themselves."""
    return {name: rows for name, rows in files.dump().items() if name != "DocumentImport"}


def at(document: DocumentImport, name: str = "import") -> str:
    return reverse(f"importers:{name}", args=[document.pk])


def confirm(desk, document: DocumentImport):
    page = desk.get(at(document, "confirmation")).content.decode()
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]
    return desk.post(at(document, "confirmation"), {"digest": digest})


def test_a_plan_goes_from_upload_to_the_ledger(desk):
    document = upload(desk, PLAN_2024.read_text())

    shown = desk.get(at(document)).content.decode()
    before = Plan.objects.count()
    response = confirm(desk, document)

    assert (before, Plan.objects.count()) == (0, 1)
    plan = Plan.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/plans/{plan.pk}/")
    assert "序号 1–110 连续" in shown
    assert Task.objects.count() == 110
    assert Assignment.objects.count() == 230
    document.refresh_from_db()
    assert (document.stage, document.plan) == (Stage.DONE, plan)
    assert {event.by.username for event in Event.objects.select_related("by")} == {"office"}


def test_a_pasted_text_is_read_like_a_file(desk):
    desk.post(UPLOAD, {"text": PLAN_2024.read_text()})

    document = DocumentImport.objects.get()
    assert (document.stage, document.name) == (Stage.READY, "粘贴的文本")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "请选择文件，或粘贴推进计划全文。"),
        ({"text": "  \n"}, "请选择文件，或粘贴推进计划全文。"),
        (
            {"text": "一", "file": SimpleUploadedFile("a.txt", b"x")},
            "文件和粘贴的文本只能选一种，请删去其中一种。",
        ),
    ],
)
def test_nothing_or_both_is_refused_with_a_sentence(desk, given, sentence):
    response = desk.post(UPLOAD, given)

    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert DocumentImport.objects.count() == 0


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\x7fELF" + b"\x00" * 100, "一部小说。\n".encode()])
def test_what_is_no_plan_says_so_and_writes_nothing(desk, data):
    desk.post(UPLOAD, {"file": SimpleUploadedFile("a.txt", data)})

    document = DocumentImport.objects.get()
    page = desk.get(at(document))
    assert document.stage == Stage.FAILED
    assert page.status_code == 200
    assert document.problem.endswith("。")
    assert document.problem in page.content.decode()
    assert Plan.objects.count() == 0


def test_an_unknown_encoding_is_asked_for_and_the_answer_is_used(desk):
    data = PLAN_2024.read_text().encode("utf-16-le")
    desk.post(UPLOAD, {"file": SimpleUploadedFile("a.txt", data)})
    document = DocumentImport.objects.get()
    assert document.asks_encoding

    desk.post(at(document, "reading"), {"encoding": "utf-16-le"})

    document.refresh_from_db()
    assert (document.stage, document.read_as) == (Stage.READY, "UTF-16-LE")


def test_an_unknown_agency_is_mapped_once_and_remembered(desk):
    text = corrected(PLAN_2024, ("国家邮政局负责", "国家邮局负责"))
    document = upload(desk, text)
    meant = Agency.objects.get(name="国家邮政局")
    blocked = desk.get(at(document, "confirmation"))

    desk.post(at(document, "agency"), {"name": "国家邮局", "agency": str(meant.pk)})
    confirm(desk, document)

    assert (blocked.status_code, blocked["Location"]) == (302, at(document))
    assert AgencyAlias.objects.get(name="国家邮局").agency == meant
    named = Assignment.objects.get(named_as="国家邮局")
    assert (named.agency, named.task.number) == (meant, 43)
    event = Event.objects.get(kind=EventKind.AGENCY_ALIAS)
    assert (event.agency, event.after, event.by.username) == (meant, {"alias": "国家邮局"}, "office")


def test_an_unknown_agency_can_join_the_register(desk):
    document = upload(desk, corrected(PLAN_2024, ("国家邮政局负责", "某某新设局负责")))

    desk.post(at(document, "agency"), {"name": "某某新设局", "agency": "new"})
    confirm(desk, document)

    assert Assignment.objects.get(agency__name="某某新设局").task.number == 43
    assert Event.objects.get(kind=EventKind.AGENCY_REGISTERED).agency.name == "某某新设局"


def test_a_repair_can_be_undone_and_done_again(desk):
    document = upload(desk, PLAN_2024.read_text())
    mark = next(
        each for each in document_notes(document) if each["code"] == "watermark" and each["line"] == 127
    )

    desk.post(at(document, "repair"), {"key": mark["key"]})
    undone = texts(document)[101]
    desk.post(at(document, "repair"), {"key": mark["key"]})

    assert "科技成果评价" in undone
    assert "科技成果评价" not in texts(document)[101]


def test_facts_put_right_are_what_is_written(desk):
    document = upload(desk, PLAN_2024.read_text())
    facts = {
        "title": "另一个标题",
        "first_year": 2024,
        "last_year": 2025,
        "document_number": "国知联办〔2024〕7号",
    }

    desk.post(at(document, "facts"), facts | {"issuer": "办公室", "issued_on": "2024-03-01"})
    confirm(desk, document)

    plan = Plan.objects.get()
    assert (plan.title, plan.years, plan.document_number) == (
        "另一个标题",
        [2024, 2025],
        "国知联办〔2024〕7号",
    )
    assert (plan.issuer, str(plan.issued_on), str(plan.due_on)) == ("办公室", "2024-03-01", "2025-12-31")


def test_a_corrected_edition_shows_its_changes_and_keeps_statuses(desk, office):
    confirm(desk, upload(desk, PLAN_2024.read_text()))
    task = Task.objects.get(number=8)
    workflow.set_status(task, by=office, status=Status.IN_PROGRESS, version=task.version, progress=30)
    text = corrected(PLAN_2024, ("加快修订《国防专利条例》", "加快修改《国防专利条例》"))

    document = upload(desk, text)
    shown = desk.get(at(document), {"show": "changes"}).content.decode()
    confirm(desk, document)

    assert "加快修<del>订</del><ins>改</ins>《国防专利条例》。" in shown
    task.refresh_from_db()
    assert (task.text, task.status, task.progress) == ("加快修改《国防专利条例》。", "in_progress", 30)
    assert Plan.objects.count() == 1


def test_the_same_file_again_has_nothing_to_confirm(desk):
    confirm(desk, upload(desk, PLAN_2024.read_text()))
    before = dump()

    document = upload(desk, PLAN_2024.read_text())

    assert "与已入库的计划完全一致" in desk.get(at(document)).content.decode()
    assert desk.get(at(document, "confirmation")).status_code == 302
    assert dump() == before


def test_data_that_changed_after_the_preview_is_asked_about_again(desk, office):
    document = upload(desk, PLAN_2024.read_text())
    page = desk.get(at(document, "confirmation")).content.decode()
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]
    twin = upload(desk, corrected(PLAN_2024, ("加快修订《国防专利条例》", "加快修改《国防专利条例》")))
    confirm(desk, twin)
    before = dump()

    response = desk.post(at(document, "confirmation"), {"digest": digest}, follow=True)

    assert "核对之后数据有了变化，没有入库。请按现在的内容重新核对。" in response.content.decode()
    assert dump() == before


def test_errors_of_the_document_bar_the_way(desk):
    text = PLAN_2024.read_text().replace("45.强化行政执法", "47.强化行政执法")

    document = upload(desk, text)

    assert 'aria-disabled="true">下一步' in desk.get(at(document)).content.decode()
    assert confirmation_refused(desk, document)
    assert Plan.objects.count() == 0


def test_lines_of_the_source_carry_their_numbers_and_marks(desk):
    document = upload(desk, PLAN_2024.read_text())

    page = desk.get(at(document, "source")).content.decode()

    assert '<div id="line-32" class="fixed"><span class="g">32</span>' in page
    assert page.count('<div id="line-') == len(PLAN_2024.read_text().splitlines())


def test_dropping_leaves_no_trace_in_the_plans(desk):
    document = upload(desk, PLAN_2024.read_text())

    response = desk.post(at(document, "dropping"))

    assert (response.status_code, response["Location"]) == (302, UPLOAD)
    assert desk.get(at(document)).status_code == 404
    assert Plan.objects.count() == 0


@pytest.mark.parametrize("name", ["import", "source", "confirmation"])
def test_a_document_that_is_not_there_is_not_found(desk, name):
    assert desk.get(reverse(f"importers:{name}", args=[999])).status_code == 404


def confirmation_refused(desk, document) -> bool:
    response = desk.get(at(document, "confirmation"))
    return (response.status_code, response["Location"]) == (302, at(document))


def document_notes(document: DocumentImport) -> list[dict]:
    document.refresh_from_db()
    return document.parsed["diagnostics"]


def texts(document: DocumentImport) -> dict[int, str]:
    document.refresh_from_db()
    return {
        task["number"]: task["text"]
        for chapter in document.parsed["chapters"]
        for section in chapter["sections"]
        for task in section["tasks"]
    }


def test_an_alias_out_of_its_time_is_read_and_reported(desk):
    alias = AgencyAlias.objects.get(name="银保监会")
    alias.valid_until = date(2023, 5, 18)
    alias.save()
    text = corrected(PLAN_2024, ("中国证监会、中央宣传部、国家知识产权局负责", "银保监会、中央宣传部负责"))

    document = upload(desk, text)
    page = desk.get(at(document)).content.decode()
    confirm(desk, document)

    assert "第 76 项的“银保监会”是“金融监管总局”的别名（2023-05-18 停用），与计划年度不符，请核对。" in page
    assert Task.objects.get(number=76).lead == Agency.objects.get(name="金融监管总局")


def test_what_a_reader_leaves_out_is_said_with_the_rest(desk, tmp_path):
    path = tmp_path / "计划.docx"
    sheet = docx.Document()
    for line in PLAN_2024.read_text().splitlines():
        sheet.add_paragraph(line)
    sheet.add_comment(sheet.paragraphs[0].runs, text="批注", author="办公室")
    sheet.save(path)
    desk.post(UPLOAD, {"file": SimpleUploadedFile("计划.docx", path.read_bytes())})

    document = DocumentImport.objects.get()
    page = desk.get(at(document)).content.decode()
    confirm(desk, document)

    assert "按 docx 读取" in page
    assert "批注" in page
    assert (Task.objects.count(), Assignment.objects.count()) == (110, 230)
