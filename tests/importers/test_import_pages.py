"""The pages of /plans/import/: from an upload through the preview to the plan, for the office alone."""

import re
import threading
from datetime import date, timedelta

import docx
import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from agencies.models import Agency, AgencyAlias
from importers import reading, sandbox
from importers.models import KEPT, DocumentImport, Stage
from tasks import workflow
from tasks.models import Assignment, Event, EventKind, Plan, Status, Task
from tests.database import filled_by
from tests.importers import files
from tests.importers.files import PLAN_2024, corrected, load_register, with_task_after
from tests.tasks.pages import words

UPLOAD = "/plans/import/"


@pytest.fixture
def register(transactional_db):
    filled_by(load_register)


@pytest.fixture
def desk(register, office, client_of, monkeypatch):
    """The office's client. What it posts is looked at once everything is read, however busy the machine."""
    client = client_of(office)
    post = client.post

    def post_and_wait(*args, **kwargs):
        response = post(*args, **kwargs)
        for thread in threading.enumerate():
            if reading._read_and_leave.__name__ in thread.name:
                thread.join(60)
        return response

    monkeypatch.setattr(client, "post", post_and_wait)
    return client


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
            "文件和粘贴的文本只能导入一种。粘贴的文本已保留，可直接导入；如要导入文件，请清空文本后重新选择文件。",
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


def option(page: str) -> list[str]:
    """What is chosen already in the page's selects for unknown names."""
    return re.findall(r'<option value="[^"]*" selected>([^<]*)<', page)


def test_no_agency_is_chosen_for_an_unknown_name_unless_it_is_certain(desk):
    text = corrected(PLAN_2024, ("国家邮政局负责", "国家外汇局、国家邮局、国家财政部负责"))

    page = desk.get(at(upload(desk, text))).content.decode()

    assert page.count('<option value="">请选择对应的单位…</option>') == 3
    assert option(page) == ["财政部（名称相近）"]
    assert "国家邮政局（名称相近）" in page  # for 国家邮局, not chosen
    assert page.count("（名称相近）") == 2


def test_to_choose_nothing_maps_nothing(desk):
    document = upload(desk, corrected(PLAN_2024, ("国家邮政局负责", "国家外汇局负责")))
    before = dump()

    asked = {"name": "国家外汇局", "agency": "", "place": "?part=2.2#diagnostics"}
    page = desk.post(at(document, "agency"), asked, follow=True)

    assert alerts(page) == ["请先选择“国家外汇局”对应的单位，或登记为新单位。"]
    assert page.redirect_chain == [(f"{at(document)}?part=2.2", 302)]  # its top, where the alert stands
    assert dump() == before


@pytest.mark.parametrize("choice", ["国家邮政局", "new"])
def test_a_decision_on_a_name_is_listed_and_can_be_taken_back(desk, choice):
    document = upload(desk, corrected(PLAN_2024, ("国家邮政局负责", "国家外汇局负责")))
    agency = "new" if choice == "new" else Agency.objects.get(name=choice).pk
    events = Event.objects.count()
    desk.post(at(document, "agency"), {"name": "国家外汇局", "agency": agency})
    meaning = "已登记为新单位。" if choice == "new" else "对应到“国家邮政局”。"

    shown = desk.get(at(document)).content.decode()
    confirming = desk.get(at(document, "confirmation")).content.decode()
    desk.post(at(document, "agency-undone"), {"name": "国家外汇局"})

    assert f"第 43 项的“国家外汇局”{meaning}" in shown
    assert ("“国家外汇局” → “国家邮政局”" in confirming) == (choice != "new")
    assert ("“国家外汇局”登记为新单位" in confirming) == (choice == "new")
    assert f'formaction="{at(document, "agency-undone")}"' in confirming
    after = desk.get(at(document)).content.decode()
    assert "第 43 项的责任单位“国家外汇局”不在单位登记册中。" in after
    assert meaning not in after
    assert confirmation_refused(desk, document)
    assert Event.objects.count() == events + 2


def test_a_decision_that_tasks_rest_on_is_told_and_stays(desk):
    text = corrected(PLAN_2024, ("国家邮政局负责", "国家邮局负责"))
    document = upload(desk, text)
    meant = Agency.objects.get(name="国家邮政局")
    desk.post(at(document, "agency"), {"name": "国家邮局", "agency": meant.pk})
    confirm(desk, document)

    again = upload(desk, text)
    page = desk.get(at(again)).content.decode()
    refused = desk.post(at(again, "agency-undone"), {"name": "国家邮局"}, follow=True)

    assert "第 43 项的“国家邮局”对应到“国家邮政局”。别名由office于" in page.replace(
        "联席会议办公室", "office"
    )
    assert 'name="name" value="国家邮局"' not in page
    assert alerts(refused) == ["已有 1 项任务按“国家邮局”对应到“国家邮政局”，别名不能撤销"]
    assert AgencyAlias.objects.get(name="国家邮局").agency == meant


def test_a_name_of_another_document_is_not_taken_back_here(desk, office):
    workflow.register_agency("国家外汇局", by=office)
    document = upload(desk, PLAN_2024.read_text())
    before = dump()

    page = desk.post(at(document, "agency-undone"), {"name": "国家外汇局"}, follow=True)

    assert alerts(page) == ["“国家外汇局”没有可以撤销的处理，可能已经撤销。"]
    assert dump() == before


def test_a_name_that_cannot_be_one_is_not_asked_about(desk):
    document = upload(desk, corrected(PLAN_2024, ("国家邮政局负责", "国家邮局2号负责")))

    page = desk.get(at(document)).content.decode()
    unknown = re.findall(r"责任单位“([^”]*)”不在", page)
    refused = desk.post(
        at(document, "agency"), {"name": unknown[0], "agency": Agency.objects.first().pk}, follow=True
    )

    assert "不像单位名称，不能登记为别名或新单位" in page
    assert "请选择对应的单位…" not in page
    assert "不像单位名称" in alerts(refused)[0]


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
    shown = desk.get(at(document)).content.decode()
    asked = desk.get(at(document, "confirmation"), follow=True)

    assert "与已入库的计划完全一致，没有需要确认的改动" in shown
    assert f'<a class="btn btn-primary" href="/plans/{Plan.objects.get().pk}/">查看已入库的计划' in shown
    assert ("下一步" in shown, "可以继续" in shown) == (False, False)
    assert asked.redirect_chain == [(at(document), 302)]
    assert said(asked) == ["《2024年知识产权强国建设推进计划》与这份文件完全一致，没有需要确认的改动。"]
    assert dump() == before


def test_a_new_plan_is_confirmed_by_its_names_and_numbers(desk):
    document = upload(desk, PLAN_2024.read_text())

    shown = words(desk.get(at(document, "confirmation")))

    assert (
        "新建计划 标题 2024年知识产权强国建设推进计划 年度 2024 年度 文号 国知联办〔2024〕6号 "
        "印发单位 国家知识产权强国建设工作部际联席会议办公室 印发日期 无 计划节点 2024-12-31 "
        "任务 110 项 责任单位 43 家，牵头 32 家"
    ) in shown
    assert "将写入 章 节 任务 责任单位 一、完善知识产权制度" in shown
    assert "确认入库 110 项" in shown
    assert said(confirm(desk, document)) == ["《2024年知识产权强国建设推进计划》已入库，共 110 项任务。"]


def test_a_correction_is_confirmed_by_the_plan_it_corrects_and_its_changes(desk):
    confirm(desk, upload(desk, PLAN_2024.read_text()))
    text = with_task_after(PLAN_2024, 8, "开展立法后评估。(司法部、国家知识产权局负责)")
    text = text.replace("加快修订《国防专利条例》", "加快修改《国防专利条例》")
    text = text.replace("〔2024〕6号", "〔2024〕7号").replace("（三）", "（三）")

    document = upload(desk, text)
    preview = words(desk.get(at(document)))
    page = desk.get(at(document, "confirmation"))
    shown = words(page)

    does = "更正 1 项任务、1 处计划信息，新增 1 项任务，调整序号 102 项"
    corrects = (
        "这是对已入库的 2024 年度计划《2024年知识产权强国建设推进计划》（国知联办〔2024〕6号）的更正。"
        f"确认后{does}，不变 7 项；状态、进度和操作记录都保留。"
    )
    assert corrects in preview
    assert corrects in shown
    assert (
        "将更正 计划信息 文号 国知联办〔2024〕6号 国知联办〔2024〕7号 8 正文 加快修 订 改 《国防专利条例》。 "
        "9 新增 开展立法后评估。 司法部 国家知识产权局 第 9–110 项顺延为第 10–111 项，内容不变。"
    ) in shown
    assert ("将写入" in shown, f"确认{does}" in shown) == (False, True)
    assert said(confirm(desk, document)) == [
        f"《2024年知识产权强国建设推进计划》已{does}；状态、进度和操作记录都保留。"
    ]


def test_a_new_title_alone_is_announced_and_counted(desk):
    confirm(desk, upload(desk, PLAN_2024.read_text()))
    document = upload(
        desk, PLAN_2024.read_text().replace("知识产权强国建设推进计划", "知识产权强国建设推动计划")
    )

    page = words(desk.get(at(document, "confirmation")))

    assert "确认更正 1 处计划信息" in page
    assert "更正 0" not in page


def test_who_confirms_what_somebody_else_just_wrote_is_told_so(desk):
    first, second = upload(desk, PLAN_2024.read_text()), upload(desk, PLAN_2024.read_text())
    page = desk.get(at(second, "confirmation")).content.decode()
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]
    confirm(desk, first)
    before = dump()

    response = desk.post(at(second, "confirmation"), {"digest": digest})

    assert response["Location"] == f"/plans/{Plan.objects.get().pk}/"
    assert said(response)[-1] == ("《2024年知识产权强国建设推进计划》已与这份文件一致，没有需要写入的改动。")
    assert dump() == before
    second.refresh_from_db()
    assert second.stage == Stage.DONE


def test_an_old_number_left_in_the_template_stops_the_import(desk):
    confirm(desk, upload(desk, PLAN_2024.read_text()))
    slip = PLAN_2024.read_text().replace("2024年知识", "2027年知识").replace("2024年度", "2027年度")
    before = dump()

    document = upload(desk, slip)
    shown = words(desk.get(at(document)))

    assert "文号 国知联办〔2024〕6号 属于已入库的 2024 年度计划" in shown
    assert confirmation_refused(desk, document)
    assert dump() == before
    put_right(desk, document, document_number="国知联办〔2027〕3号", first_year=2027, last_year=2027)
    confirm(desk, document)
    assert [(plan.first_year, plan.document_number) for plan in Plan.objects.all()] == [
        (2027, "国知联办〔2027〕3号"),
        (2024, "国知联办〔2024〕6号"),
    ]


def test_years_that_the_office_puts_right_change_with_the_plan(desk):
    confirm(desk, upload(desk, PLAN_2024.read_text()))
    document = upload(desk, PLAN_2024.read_text())

    put_right(desk, document, document_number="国知联办〔2024〕6号", first_year=2024, last_year=2025)
    shown = words(desk.get(at(document), {"show": "changes"}))
    confirm(desk, document)

    assert "终止年度 2024 2025 计划节点 2024-12-31 2025-12-31" in shown
    plan = Plan.objects.get()
    assert (plan.period, str(plan.due_on)) == ("2024—2025 年度", "2025-12-31")


def put_right(desk, document: DocumentImport, **facts) -> None:
    title = "2024年知识产权强国建设推进计划"
    desk.post(at(document, "facts"), {"title": title, "issuer": "", "issued_on": ""} | facts)


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


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
    assert said(response) == ["已取消导入“计划.txt”，没有写入任何内容。"]
    assert desk.get(at(document)).status_code == 404
    assert Plan.objects.count() == 0
    assert kept(document) == (Stage.DROPPED, b"", "", None)


def test_a_confirmed_document_keeps_no_bytes(desk):
    document = upload(desk, PLAN_2024.read_text())
    held = bytes(DocumentImport.objects.get().data)

    confirm(desk, document)

    assert (held, kept(document)[:2]) == (PLAN_2024.read_bytes(), (Stage.DONE, b""))


def test_every_unfinished_import_can_be_removed(desk):
    failed, ready = upload(desk, ""), upload(desk, PLAN_2024.read_text())

    page = desk.get(UPLOAD).content.decode()
    for document in (failed, ready):
        assert f'action="{at(document, "dropping")}"' in page
        desk.post(at(document, "dropping"))

    assert "未完成的导入" not in desk.get(UPLOAD).content.decode()


def test_what_nobody_touches_for_thirty_days_is_cleared_away(desk, django_assert_num_queries):
    old, waiting, done = (upload(desk, PLAN_2024.read_text()) for _ in range(3))
    confirm(desk, done)
    long_ago = timezone.now() - KEPT - timedelta(hours=1)
    DocumentImport.objects.update(created_at=long_ago, heard_at=long_ago)
    desk.post(at(waiting, "facts"), {})

    page = desk.get(UPLOAD).content.decode()

    assert [at(document) in page for document in (old, waiting)] == [False, True]
    assert [kept(document)[0] for document in (old, waiting, done)] == [
        Stage.DROPPED,
        Stage.READY,
        Stage.DONE,
    ]
    assert kept(old) == (Stage.DROPPED, b"", "", None)
    with django_assert_num_queries(1):
        DocumentImport.objects.forgotten(timezone.now()).drop()


@pytest.mark.parametrize(
    ("name", "data", "offered"),
    [("空.txt", b"", False), ("计划.docx", b"%PDF-1.7", False), ("计划.txt", "一部小说。".encode(), False)],
)
def test_reading_again_is_offered_where_it_can_help(desk, name, data, offered):
    desk.post(UPLOAD, {"file": SimpleUploadedFile(name, data)})
    document = DocumentImport.objects.get()

    assert (f'action="{at(document, "reading")}"' in desk.get(at(document)).content.decode()) == offered


@pytest.mark.parametrize("failure", [sandbox.Interrupted("现在不能读取文件。"), RuntimeError("ours")])
def test_reading_that_was_stopped_can_be_tried_again(desk, monkeypatch, failure):
    def stopped(*args, **options):
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "read_in_child", stopped)
        document = upload(desk, PLAN_2024.read_text())
    assert f'action="{at(document, "reading")}"' in desk.get(at(document)).content.decode()

    desk.post(at(document, "reading"))

    document.refresh_from_db()
    assert (document.stage, document.may_be_read_again) == (Stage.READY, False)


def test_a_finished_import_is_not_read_again(desk):
    document = upload(desk, PLAN_2024.read_text())
    confirm(desk, document)

    reading.begin(document)

    assert kept(document)[0] == Stage.DONE


def kept(document: DocumentImport) -> tuple:
    document.refresh_from_db()
    return document.stage, bytes(document.data), document.text, document.parsed


@pytest.mark.parametrize("name", ["import", "source", "confirmation"])
def test_a_document_that_is_not_there_is_not_found(desk, name):
    assert desk.get(reverse(f"importers:{name}", args=[999])).status_code == 404


def alerts(response) -> list[str]:
    """What the page says at its top, to stay; and nothing of it is also a toast."""
    page = response.content.decode()
    notices = re.search(
        r'<div id="notices".*?</div>\n</main>|<div id="notices".*?<div class="pt-page', page, re.S
    )[0]
    toasts = page[page.index('<div id="toasts"') :]
    told = re.findall(r'role="alert">.*?<div class="grow">(.*?)</div>', notices, re.S)
    assert [each for each in told if each in toasts] == []
    return told


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


def test_a_refusal_stays_in_the_page_and_success_is_a_toast(desk):
    document = upload(desk, PLAN_2024.read_text().replace("45.强化行政执法", "47.强化行政执法"))

    refused = desk.get(at(document, "confirmation"), follow=True)
    done = desk.post(at(document, "dropping"), follow=True)

    assert len(alerts(refused)) == 1
    assert alerts(refused)[0].endswith("处需要处理，处理后才能入库。")
    assert "data-toast" not in refused.content.decode()
    assert alerts(done) == []
    assert re.findall(r'data-toast>.*?<div class="grow">(.*?)</div>', done.content.decode()) == [
        "已取消导入“计划.txt”，没有写入任何内容。"
    ]


@pytest.mark.parametrize("name", ["reading", "repair", "facts", "agency", "agency-undone", "dropping"])
def test_an_address_that_takes_decisions_leads_back_when_it_is_opened(desk, name):
    document = upload(desk, PLAN_2024.read_text())
    before = files.dump()

    response = desk.get(at(document, name))

    assert (response.status_code, response["Location"]) == (302, at(document))
    assert files.dump() == before


@pytest.mark.parametrize("name", ["reading", "repair", "facts", "agency", "agency-undone", "dropping"])
def test_a_confirmed_import_takes_no_decisions_any_more(desk, name):
    document = upload(desk, PLAN_2024.read_text())
    confirm(desk, document)
    before = files.dump()

    response = desk.post(at(document, name), {"key": "x", "name": "国家邮政局", "agency": "new"})

    assert (response.status_code, response["Location"]) == (302, at(document))
    assert files.dump() == before


def test_no_encoding_is_chosen_before_somebody_does(desk):
    desk.post(UPLOAD, {"file": SimpleUploadedFile("a.txt", PLAN_2024.read_text().encode("utf-16-le"))})
    document = DocumentImport.objects.get()

    page = desk.get(at(document)).content.decode()
    asked_again = desk.post(at(document, "reading"), {"encoding": ""})

    assert '<option value="" selected>请选择编码…</option>' in page
    assert "请先选择编码，再重新读取。" in asked_again.content.decode()
    document.refresh_from_db()
    assert document.stage == Stage.FAILED


def groups(page: str) -> list[tuple[str, int]]:
    return [
        (label, int(count)) for label, count in re.findall(r'"pt-group">(\S+?)<span class="n">(\d+)<', page)
    ]


def test_notes_stand_in_groups_the_gravest_first_and_by_line(desk):
    document = upload(desk, corrected(PLAN_2024, ("国家邮政局负责", "国家外汇局负责")))

    page = desk.get(at(document)).content.decode()

    assert groups(page) == [("需处理", 1), ("请核对", 1), ("已修复", 5), ("提示", 2)]
    lines = [int(each) for each in re.findall(r'sev-fixed.*?#line-(\d+)"', page)]
    assert lines == sorted(lines)
    assert groups(desk.get(at(document), {"kind": "hint"}).content.decode()) == [("提示", 2)]


def test_what_surrounds_the_pages_is_folded_where_it_repeats(desk):
    lines = PLAN_2024.read_text().splitlines()
    pages = [
        line
        for number, line in enumerate(lines)
        for line in ([f"— {number // 20} —", line] if number % 20 == 0 and number else [line])
    ]

    page = desk.get(at(upload(desk, "\n".join(pages)))).content.decode()

    fold = re.search(r'<li class="pt-fold">.*?</details></li>', page, re.S)[0]
    assert "页码已略去" in fold
    assert fold.count('class="pt-diag"') == 6
    assert page.count("页码，已略去") == 6


def test_a_note_shows_its_place_with_what_is_around_it(desk):
    page = desk.get(at(upload(desk, PLAN_2024.read_text()))).content.decode()

    torn = re.search(r'<li class="pt-diag"(?:(?!</li>).)*第 64—65 行.*?</li>', page, re.S)[0]
    assert "第 64–65 行</a>" in torn
    assert '<span class="around">…国贸促会按职责分工负责)</span><span class="changed">5</span>' in torn
    assert '<span class="sign">¶</span>' in torn
    assert '<span class="changed">50.</span>' in torn


def test_every_line_of_a_note_is_marked_and_leads_back_to_it(desk):
    document = upload(desk, PLAN_2024.read_text())
    key = next(each["key"] for each in document_notes(document) if each["code"] == "torn_number")

    page = desk.get(at(document, "source")).content.decode()

    for line in (64, 65):
        row = re.search(rf'<div id="line-{line}" class="fixed">.*?</div>', page, re.S)[0]
        assert f'href="{at(document)}#note-{key}"' in row
    assert f'id="note-{key}"' in desk.get(at(document)).content.decode()


def test_facts_lie_open_where_something_is_said_of_them(desk):
    untitled = "\n".join(PLAN_2024.read_text().splitlines()[7:])

    sound = desk.get(at(upload(desk, PLAN_2024.read_text()))).content.decode()
    doubtful = desk.get(at(upload(desk, untitled))).content.decode()

    assert '<details class="pt-facts">' in sound
    assert '<details class="pt-facts" open>' in doubtful
    main = re.search(r"<main.*</main>", sound, re.S)[0]  # the bar above has a field of its own
    assert main.count('class="form-control"') == 6


def test_no_section_is_marked_while_the_changes_are_shown(desk):
    confirm(desk, upload(desk, PLAN_2024.read_text()))
    document = upload(desk, corrected(PLAN_2024, ("加快修订《国防专利条例》", "加快修改《国防专利条例》")))

    tree = re.compile(r'<nav class="pt-card pt-tree".*?</nav>', re.S)

    assert "aria-current" in tree.search(desk.get(at(document)).content.decode())[0]
    assert "aria-current" not in tree.search(desk.get(at(document), {"show": "changes"}).content.decode())[0]
