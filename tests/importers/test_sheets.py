"""填报表 out and back: untouched it changes nothing, one edit is one field, whatever was done between."""

from datetime import date, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from threading import Barrier, Thread
from zipfile import ZipFile

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from agencies.models import User
from importers.models import SheetImport
from importers.sheets.matching import Outcome, SheetPlan, plan_sheets
from importers.sheets.reading import read_upload
from importers.sheets.tables import extract
from tasks import workflow
from tasks.columns.filling import TOO_LONG_FOR_A_CELL
from tasks.models import DRAFTED, TEXTS, Event, EventKind, Notice, Plan, ProgressReport, ReportingPeriod, Task
from tests.exporters.reading import content
from tests.exporters.test_printing import convert, missing_titles, pages
from tests.factories import (
    make_agency,
    make_periods,
    make_plan,
    make_report,
    make_section,
    make_task,
    make_user,
)
from tests.importers import sheets
from tests.importers.sheets import JOINED, LEAD, cell, changed, column, header_of, rows

UPLOAD = "/imports/sheets/"


@pytest.fixture
def plan(lead, participant) -> Plan:
    """Four tasks, led by `lead` and `participant` in turn; the second period is open."""
    plan = make_plan()
    make_periods(plan)
    for number in range(1, 5):
        agencies = [lead.agency, participant.agency]
        make_task(make_section(plan), agencies if number % 2 else agencies[::-1], number=number)
    return plan


@pytest.fixture
def period(plan) -> ReportingPeriod:
    return plan.periods.last()


@pytest.fixture
def world(plan, period, lead) -> None:
    """Of `lead`: an accepted report before, a draft, a returned one, one handed in, and one not begun."""
    first, second, third, _ = plan.tasks.order_by("number")
    make_report(first, plan.periods.first(), lead, state="accepted")
    make_report(first, period, lead, state="draft")
    make_report(second, period, lead, state="returned")
    make_report(third, period, lead)


@pytest.fixture
def sheet_of(client_of, period):
    """sheet_of(lead): the workbook that a person downloads; sheet_of(office, agency)."""

    def download(user: User, agency=None) -> bytes:
        named = f"&agency={agency.pk}" if agency else ""
        return content(client_of(user).get(f"/exports/filling.xlsx?period={period.pk}{named}"))

    return download


def uploaded(client, *files: bytes, name: str = "填报表.xlsx"):
    """The page that answers an upload."""
    sent = [SimpleUploadedFile(name, data) for data in files]
    return client.post(UPLOAD, {"files": sent}, follow=True)


def found(page) -> dict[str, int]:
    """How many rows there are of each outcome, those of none left out."""
    return {group.outcome.label: len(group.steps) for group in page.context["groups"] if group.steps}


def confirmed(client, page, then: str = "draft", **choices: str):
    document = page.context["document"]
    data = {"digest": page.context["digest"], "then": then, **choices}
    return client.post(f"{document.get_absolute_url()}confirmation/", data, follow=True)


def said(page) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def reports() -> list[dict]:
    return list(ProgressReport.objects.order_by("pk").values())


def planned(data: bytes, user: User) -> tuple[SheetPlan, list]:
    """What an upload would do; without the pages and the child, whose parts have tests of their own."""
    read = extract(read_upload(data, name="a.xlsx", tell=lambda percent, words: None))
    return plan_sheets(read.lines, by=user, now=timezone.now()), [*read.problems, *read.notes]


def outcomes(plan: SheetPlan) -> list[str]:
    return [step.outcome.label for step in plan.steps]


def edits(plan: SheetPlan) -> list[tuple[int, str, object]]:
    return [(step.task.number, one.name, one.after) for step in plan.writing for one in step.changes]


# --- out and back ---------------------------------------------------------------------------------------


def test_a_sheet_that_nobody_touched_changes_nothing(client_of, lead, world, sheet_of):
    before, client = reports(), client_of(lead)

    page = uploaded(client, sheet_of(lead))

    assert found(page) == {"无变化": 4}
    assert page.context["document"].notes == page.context["document"].problems == []
    assert said(confirmed(client, page)) == ["没有需要导入的改动，或已经导入。"]
    assert (reports(), Event.objects.filter(by=lead, report__period__name="全年").count()) == (before, 2)


def test_one_edited_cell_is_one_field_of_one_report(client_of, lead, world, sheet_of):
    before, client = reports(), client_of(lead)
    data = changed(
        sheet_of(lead), lambda book: setattr(cell(book[LEAD], "进展成效"), "value", "改了这一格。")
    )

    page = uploaded(client, data)
    assert found(page) == {"变化": 1, "无变化": 3}
    assert said(confirmed(client, page)) == ["已导入：存为草稿 1 份。"]

    for old, new in zip(before, reports(), strict=True):
        differing = {name for name in old if old[name] != new[name]}
        if old["id"] != before[1]["id"]:
            assert differing == set()
            continue
        assert differing == {"draft", "version", "updated_at"}
        fields = {name for name in DRAFTED if old["draft"][name] != new["draft"][name]}
        assert (fields, new["draft"]["results"]) == ({"results"}, "改了这一格。")
    assert SheetImport.objects.get().ended_at is not None


WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00") | st.sampled_from("\n\t =+-@_x0041_%％□\x01\x0b"),
    max_size=40,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_written_comes_back_as_it_was(lead, period, plan, sheet_of, data):
    """E4: export then import is no change, and an edit of any cell is a change of that field alone."""
    ProgressReport.objects.all().delete()
    texts = st.fixed_dictionaries(dict.fromkeys((*TEXTS, "proposal_reason"), WORDS))
    for task in Task.objects.order_by("number")[:3]:
        written = data.draw(texts) | {
            "proposed_status": data.draw(st.sampled_from(["completed", "adjusted", "", "?"])),
            "proposed_progress": data.draw(st.sampled_from([0, 1, 99, 100, "", "八十"])),
        }
        workflow.write_report(task, period, by=lead, **written)
    sheet = sheet_of(lead)

    assert planned(sheet, lead)[0].writing == []

    name = data.draw(st.sampled_from([*TEXTS]))
    text = data.draw(WORDS.map(lambda words: f"改{words}完").filter(str.isprintable))
    edited = changed(sheet, lambda book: setattr(cell(book[LEAD], TEXTS[name]), "value", f"’{text}"))
    assert edits(planned(edited, lead)[0]) == [(1, name, f"’{text}".strip())]


@pytest.mark.slow
def test_libreoffice_may_save_it(client_of, lead, period, plan, sheet_of, tmp_path):
    """Through a real LibreOffice: as it is nothing changes, also with texts that try to be something else."""
    hostile = [
        "=1+1",
        "-1",
        "'引号",
        "1E5",
        "007",
        "2024-06-30",
        "_x0041_",
        "甲\n\n乙\t丙",
        "#N/A",
        "TRUE",
        "a" * 2000,
    ]
    for task, start in zip(Task.objects.order_by("number"), range(0, 12, 3), strict=True):
        words = dict(zip(("measures", "results", "problems"), hostile[start : start + 3], strict=False))
        workflow.write_report(task, period, by=lead, proposed_progress=45, **words)
    (tmp_path / "in").mkdir()
    data = sheet_of(lead)
    edited = changed(data, lambda book: setattr(cell(book[JOINED], "总体进度"), "value", 0.8))
    for name, content_ in (("plain.xlsx", data), ("edited.xlsx", edited)):
        (tmp_path / "in" / name).write_bytes(content_)

    convert(tmp_path, "xlsx:Calc MS Excel 2007 XML", *sorted((tmp_path / "in").glob("*.xlsx")))

    assert b"LibreOffice" in ZipFile(tmp_path / "plain.xlsx").read("docProps/app.xml")
    plain, remarks = planned((tmp_path / "plain.xlsx").read_bytes(), lead)
    assert (outcomes(plain), remarks) == (["无变化"] * 4, [])
    assert edits(planned((tmp_path / "edited.xlsx").read_bytes(), lead)[0]) == [(2, "proposed_progress", 80)]


# --- what people do to sheets ---------------------------------------------------------------------------


def test_rows_may_be_sorted_deleted_copied_and_columns_moved_and_added(lead, world, sheet_of):
    def shuffle(book):
        sheet = book[LEAD]
        sheet.title = "我的表"
        sheet.auto_filter.ref = None
        width = sheet.max_column
        held = [[sheet.cell(row, at).value for at in range(1, width + 1)] for row in rows(sheet)]
        header = [sheet.cell(header_of(sheet), at).value for at in range(1, width + 1)]
        top = header_of(sheet)
        for area in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(area))
        sheet.delete_rows(1, sheet.max_row)
        order = [*range(width)][::-1]
        sheet.append(["本单位汇总"])
        sheet.append([header[at] for at in order] + ["备注"])
        held[0][header.index("工作举措")] = " 　排过序的。\r\n"
        for row in (held[1], None, held[0], held[0]):
            sheet.append([row[at] for at in order] + ["办公厅"] if row else [])
        del book[JOINED]
        return top

    plan, remarks = planned(changed(sheet_of(lead), shuffle), lead)

    assert edits(plan) == [(1, "measures", "排过序的。")]
    assert outcomes(plan) == ["无变化", "变化"]
    assert [words[-17:] for words in remarks] == ["“我的表”多出来的 O 列没有读取。"[-17:]]


@pytest.mark.parametrize(
    ("typed", "format_", "kept"),
    [
        ("８０％", "General", 80),
        ("80%", "General", 80),
        (" 80 ％ ", "@", 80),
        (0.8, "0%", 80),
        (0.8, "General", 80),
        (80, "General", 80),
        (1, "0%", 100),
        ("1%", "General", 1),
        (None, "0%", ""),
    ],
)
def test_progress_is_understood_as_people_write_it(lead, world, sheet_of, typed, format_, kept):
    def write(book):
        progress = cell(book[LEAD], "总体进度")
        progress.value, progress.number_format = typed, format_

    assert edits(planned(changed(sheet_of(lead), write), lead)[0]) == [(1, "proposed_progress", kept)]


@pytest.mark.parametrize(
    ("title", "typed", "words"),
    [
        ("总体进度", 1, "“1”看不出是 1% 还是 100%"),
        ("总体进度", "八十", "“八十”不是数字"),
        ("总体进度", 45.5, "不是 0 至 100 的整数百分比"),
        ("总体进度", 450, "不是 0 至 100 的整数百分比"),
        ("总体进度", True, "“TRUE”是逻辑值"),
        ("总体进度", date(2024, 8, 1), "不是数字"),
        ("建议状态", "快好了", "“快好了”不是可选的值，请从下拉列表中选择：推进中、申请办结"),
        ("工作举措", "#REF!", "“#REF!”是公式的错误值"),
        ("工作举措", "=A1", "公式没有计算结果"),
        ("工作举措", "长" * 1001, "工作举措最多 1000 字，现有 1001 字"),
    ],
)
def test_a_cell_that_says_nothing_clear_is_named_and_waits(lead, world, sheet_of, title, typed, words):
    def write(book):
        faulty = cell(book[LEAD], title)
        faulty.number_format = "General"
        faulty.value = typed

    plan, _ = planned(changed(sheet_of(lead), write), lead)

    assert sorted(outcomes(plan)) == ["无变化", "无变化", "无变化", "需更正"]
    (fault,) = plan.of(Outcome.FAULTY)[0].faults
    assert (fault.title, words in fault.words) == (title, True)


def test_numbers_and_days_in_a_text_stand_as_they_are_seen(lead, world, sheet_of):
    def write(book):
        for title, value in (("工作举措", 2024), ("进展成效", date(2024, 6, 30)), ("标志性成果", 3.5)):
            cell(book[LEAD], title).value = value

    assert edits(planned(changed(sheet_of(lead), write), lead)[0]) == [
        (1, "measures", "2024"),
        (1, "results", "2024-06-30"),
        (1, "deliverables", "3.5"),
    ]


def test_two_rows_of_one_task_that_differ_are_not_chosen_between(lead, world, sheet_of):
    def copy(book):
        sheet = book[LEAD]
        last = sheet.max_row + 1
        for at in range(1, sheet.max_column + 1):
            sheet.cell(last, at).value = sheet.cell(rows(sheet)[0], at).value
        sheet.cell(last, column(sheet, "工作举措")).value = "另一份"

    def edit_both(book):
        copy(book)
        cell(book[LEAD], "工作举措").value = "这一份"

    # A copy that nobody touched says nothing: two departments fill in their rows of the same workbook.
    assert edits(planned(changed(sheet_of(lead), copy), lead)[0]) == [(1, "measures", "另一份")]

    plan, _ = planned(changed(sheet_of(lead), edit_both), lead)

    faults = [step.faults[0].words for step in plan.of(Outcome.FAULTY)]
    assert len(faults) == 2
    assert all("是同一项任务而内容不同，请只保留一行" in words for words in faults)


def test_merged_cells_inserted_rows_and_a_sort_of_some_columns_are_told(lead, world, sheet_of):
    def muddle(book):
        led, joined = book[LEAD], book[JOINED]
        first, second = rows(led)
        measures, key = column(led, "工作举措"), get_column_letter(column(led, "行标识"))
        led.merge_cells(start_row=first, end_row=second, start_column=measures, end_column=measures)
        led.cell(second + 1, measures).value = "插入的一行"
        one, other = (joined[f"{key}{row}"] for row in rows(joined))
        one.value, other.value = other.value, one.value

    plan, _ = planned(changed(sheet_of(lead), muddle), lead)

    told = [(step.outcome.label, *(fault.words for fault in step.faults)) for step in plan.steps]
    assert [(label, *(words[:9] for words in rest)) for label, *rest in told] == [
        ("无变化",),
        ("需更正", "单元格与别的合并了"),
        ("无法识别", "这一行没有行标识，"),
        ("需更正", "行标识是第 4 项"),
        ("需更正", "行标识是第 2 项"),
    ]


def test_a_text_that_no_cell_holds_stays_as_it_is(lead, period, plan, sheet_of):
    workflow.write_report(Task.objects.first(), period, by=lead, measures="长" * 9000)
    sheet = sheet_of(lead)

    assert cell(sheets.opened(sheet)[LEAD], "工作举措").value == TOO_LONG_FOR_A_CELL
    assert planned(sheet, lead)[0].writing == []


@pytest.mark.parametrize("title", ["行标识", "序号"])
def test_without_key_or_number_nothing_is_guessed(client_of, lead, world, sheet_of, title):
    def drop(book):
        for sheet in (book[LEAD], book[JOINED]):
            sheet.delete_cols(column(sheet, title))

    page = uploaded(client_of(lead), changed(sheet_of(lead), drop))

    assert "列，无法辨认各行，请重新下载填报表" in page.content.decode()
    assert (SheetImport.objects.count(), page.context["pending"].count()) == (0, 0)


def test_without_a_row_there_is_nothing_to_look_at(client_of, lead, world, sheet_of):
    def empty(book):
        for sheet in (book[LEAD], book[JOINED]):
            sheet.delete_rows(rows(sheet)[0], sheet.max_row)

    page = uploaded(client_of(lead), changed(sheet_of(lead), empty))

    assert "没有读到填写的行" in page.content.decode()
    assert not SheetImport.objects.exists()


def test_a_zip_of_sheets_and_strangers_in_it(client_of, lead, world, sheet_of):
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("各司局/一司.xlsx", sheet_of(lead))
        archive.writestr("说明.txt", "请填写")

    page = uploaded(client_of(lead), packed.getvalue(), name="全部.zip")

    assert found(page) == {"无变化": 4}
    assert [(name, words[:15]) for name, _, words in page.context["document"].problems] == [
        ("说明.txt", "这不是 Excel 工作簿（.")
    ]


# --- conflicts, other agencies, the office --------------------------------------------------------------


def test_what_changed_online_meanwhile_is_shown_and_chosen(client_of, lead, period, world, sheet_of):
    sheet = sheet_of(lead)
    report = ProgressReport.objects.get(task__number=1, period=period)
    workflow.write_report(
        report.task, period, by=lead, version=report.version, measures="同事写的", next_steps="同事的下一步"
    )

    def write(book):
        cell(book[LEAD], "工作举措").value = "表里写的"
        cell(book[LEAD], "进展成效").value = "表里的成效"

    client = client_of(lead)
    page = uploaded(client, changed(sheet, write))
    assert found(page) == {"冲突": 1, "无变化": 3}
    assert ("同事写的" in page.content.decode(), "表里写的" in page.content.decode()) == (True, True)
    (step,) = page.context["plan_of_sheets"].writing
    assert [change.name for change in step.clashes] == ["measures"]

    refused = confirmed(client, page)
    assert "还有 1 处冲突没有选择" in refused.content.decode()
    confirmed(client, page, **{f"{step.name}-measures": "theirs"})

    report.refresh_from_db()
    assert [report.draft[name] for name in ("measures", "results", "next_steps")] == [
        "同事写的",
        "表里的成效",
        "同事的下一步",
    ]


def test_what_was_shown_is_what_is_written_or_nothing(client_of, lead, period, world, sheet_of):
    """D5, F5: a change between the look and the confirmation is a 409 with a fresh preview."""
    client = client_of(lead)
    page = uploaded(
        client,
        changed(sheet_of(lead), lambda book: setattr(cell(book[LEAD], "工作举措"), "value", "表里写的")),
    )
    report = ProgressReport.objects.get(task__number=1, period=period)
    workflow.write_report(report.task, period, by=lead, version=report.version, results="同事改了")
    before = reports()

    answer = confirmed(client, page)

    assert (answer.status_code, reports()) == (409, before)
    assert "核对之后数据有了变化，没有导入" in answer.content.decode()
    assert confirmed(client, answer).status_code == 200
    report.refresh_from_db()
    assert (report.draft["measures"], report.draft["results"]) == ("表里写的", "同事改了")


def test_confirming_twice_writes_once(client_of, lead, world, sheet_of):
    def write(book):
        cell(book[LEAD], "总体进度").value = "60%"
        cell(book[JOINED], "工作举措").value = "按审核意见补充。"

    client = client_of(lead)
    page = uploaded(client, changed(sheet_of(lead), write))
    assert "提交审核 2 份" in page.content.decode()
    first = confirmed(client, page, "submission")
    written = reports()

    second = confirmed(client, page, "submission")

    assert said(first) == ["已导入：提交审核 2 份。"]
    assert said(second) == ["这次导入已经结束；需要时请重新上传填报表。"]
    assert reports() == written
    events = Event.objects.filter(kind=EventKind.REPORT_SUBMITTED, after__has_key="channel")
    assert [event.sentence for event in events.order_by("task__number")] == [
        "报送全年进展（填报表），进度 45% → 60%",
        "报送全年进展（填报表），承担部分进度 45%",
    ]


def test_another_agencys_row_and_a_changed_key_say_nothing(
    client_of, lead, participant, period, world, sheet_of
):
    """C2, C10: nothing of what such a row names is loaded, shown or written."""
    workflow.write_report(Task.objects.get(number=2), period, by=participant, measures="机密的草稿")
    theirs = sheet_of(participant)

    def write(book):
        cell(book[LEAD], "工作举措").value = "越权写入"

    def forge(book):
        key = cell(book[LEAD], "行标识")
        body, _, signature = str(key.value).rpartition("~")
        key.value = f"{body[:-1]}{'0' if body[-1] != '0' else '1'}~{signature}"  # as if one cell were edited

    before, client = reports(), client_of(lead)
    page = uploaded(client, changed(theirs, write), changed(sheet_of(lead), forge))

    assert found(page) == {"越权": 5, "无变化": 3}
    html = page.content.decode()
    assert [words for words in ("机密的草稿", "越权写入", str(participant.agency)) if words in html] == []
    corrections = content(client.get(f"{page.context['document'].get_absolute_url()}corrections.xlsx"))
    told = "".join(
        str(cell.value) for sheet in sheets.opened(corrections) for row in sheet.rows for cell in row
    )
    assert [words for words in ("机密的草稿", "越权写入", str(participant.agency)) if words in told] == []
    confirmed(client, page)
    assert reports() == before


def test_an_import_is_its_owners_alone(client_of, lead, office, participant, world, sheet_of):
    page = uploaded(client_of(lead), sheet_of(lead))
    address = page.context["document"].get_absolute_url()

    for somebody in (office, participant, make_user("colleague", agency=lead.agency)):
        client = client_of(somebody)
        assert client.get(address).status_code == 404
        assert client.get(f"{address}corrections.xlsx").status_code == 404
        assert client.post(f"{address}confirmation/").status_code == 404


def test_the_office_brings_in_a_sheet_for_an_agency(client_of, office, lead, period, world, sheet_of):
    """Handed in under the agency's name; the agency is told, and the log says who did it."""
    office.agency = make_agency("有自己任务的办公室")
    office.save()
    sheet = sheet_of(office, lead.agency)

    def write(book):
        for title in ("工作举措", "进展成效", "下一步计划"):
            cell(book[JOINED], title, row=1).value = f"{title}，线下填写。"
        cell(book[JOINED], "存在问题", row=1).value = "无"

    client = client_of(office)
    page = uploaded(client, changed(sheet, write))
    assert found(page) == {"新增": 1, "无变化": 3}
    assert "存为草稿" not in page.content.decode()
    assert said(confirmed(client, page, "submission")) == ["已导入：提交审核 1 份。"]

    report = ProgressReport.objects.get(task__number=4, period=period)
    assert (report.agency, report.state, report.submitted_by) == (lead.agency, "submitted", office)
    event = report.events.get()
    assert "（填报表，代国家知识产权局导入）" in event.sentence
    assert Notice.objects.filter(user=lead, event=event).exists()


@pytest.mark.parametrize(
    ("number", "name"), [(1, LEAD), (2, JOINED)], ids=["draft", "returned and being mended"]
)
def test_the_office_neither_reads_nor_overwrites_a_draft(
    client_of, office, lead, period, world, sheet_of, number, name
):
    report = ProgressReport.objects.get(task__number=number, period=period)
    workflow.write_report(report.task, period, by=lead, version=report.version, measures="尚未提交的话")
    sheet = sheet_of(office, lead.agency)
    assert "尚未提交的话" not in "".join(
        str(one.value) for part in sheets.opened(sheet) for row in part.rows for one in row
    )
    before, client = reports(), client_of(office)

    page = uploaded(
        client,
        changed(
            sheet, lambda book: setattr(cell(book[(JOINED, LEAD)[number % 2]], "工作举措"), "value", "办公室")
        ),
    )

    assert found(page) == {"需更正": 1, "无变化": 3}
    assert "请由该单位自行导入" in page.content.decode()
    assert "尚未提交的话" not in page.content.decode()
    confirmed(client, page)
    assert reports() == before


def test_what_is_handed_in_is_not_changed_by_a_sheet(lead, world, sheet_of):
    data = changed(sheet_of(lead), lambda book: setattr(cell(book[LEAD], "工作举措", row=1), "value", "再改"))

    (step,) = planned(data, lead)[0].of(Outcome.FAULTY)

    assert step.faults[0].words.startswith("这份报告现为“待审核”，不能修改")


# --- to be put right ------------------------------------------------------------------------------------


def test_what_is_wrong_comes_back_marked_and_is_taken_in_once_it_is_right(client_of, lead, world, sheet_of):
    def write(book):
        cell(book[LEAD], "工作举措").value = "这一格是好的。"
        cell(book[LEAD], "总体进度").value = "八十"
        cell(book[JOINED], "工作举措").value = "这一行是好的。"

    client = client_of(lead)
    page = uploaded(client, changed(sheet_of(lead), write))
    assert found(page) == {"需更正": 1, "变化": 1, "无变化": 2}
    document = page.context["document"]
    confirmed(client, page)
    assert SheetImport.objects.get().ended_at is None  # something waits to be put right

    data = content(client.get(f"{document.get_absolute_url()}corrections.xlsx"))
    book = sheets.opened(data)
    assert len(rows(book[LEAD])) == 1
    faulty = cell(book[LEAD], "总体进度")
    assert (faulty.value, faulty.fill.fgColor.rgb[-6:], faulty.protection.locked) == ("八十", "FBE3E0", False)
    assert "“八十”不是数字" in faulty.comment.text
    listed = [[one.value for one in row] for row in book["问题清单"].iter_rows()][-1]
    assert listed[:2] + listed[3:5] == ["填报表.xlsx", LEAD, "总体进度", "八十"]

    def mend(book):
        cell(book[LEAD], "总体进度").value = "80%"

    assert edits(planned(changed(data, mend), lead)[0]) == [
        (1, "measures", "这一格是好的。"),
        (1, "proposed_progress", 80),
    ]


def test_old_imports_let_go_of_what_they_held(client_of, lead, world, sheet_of):
    client = client_of(lead)
    uploaded(client, sheet_of(lead))
    SheetImport.objects.update(created_at=timezone.now() - timedelta(days=31))

    client.get(UPLOAD)

    kept = SheetImport.objects.get()
    assert (kept.ended_at is not None, kept.lines) == (True, [])


# --- cost and shape -------------------------------------------------------------------------------------


def test_a_sheet_and_its_preview_cost_the_same_however_many_rows(client_of, lead, plan, sheet_of):
    client = client_of(lead)
    client.get(UPLOAD)

    def cost() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as out:
            data = sheet_of(lead)
        going = len(out)
        page = uploaded(client, data)
        with CaptureQueriesContext(connection) as back:
            client.get(page.context["document"].get_absolute_url())
        return going, len(back)

    few = cost()
    for number in range(5, 45):
        make_task(make_section(plan), [lead.agency, make_agency(f"单位{number}")], number=number)
    assert cost() == few


def test_what_is_open_and_what_is_not(lead, period, world, sheet_of):
    book = sheets.opened(sheet_of(lead))
    assert book.sheetnames == ["填写说明", LEAD, JOINED]
    sheet = book[LEAD]

    draft, handed_in = rows(sheet)
    titles = [one.value for one in sheet[header_of(sheet)]]
    open_ = {title for at, title in enumerate(titles, 1) if not sheet.cell(draft, at).protection.locked}
    assert open_ == {*TEXTS.values(), "建议状态", "总体进度", "调整理由"}
    assert all(sheet.cell(handed_in, at).protection.locked for at in range(1, len(titles) + 1))
    assert [title for at, title in enumerate(titles, 1) if _is_hidden(sheet, at)] == ["行标识（请勿改动）"]
    assert (sheet.protection.sheet, sheet.protection.autoFilter, sheet.protection.sort) == (
        True,
        False,
        False,
    )
    lists = {one.type: (one.formula1, one.formula2) for one in sheet.data_validations.dataValidation}
    assert lists == {"list": ('"推进中,申请办结,长期坚持,申请调整"', None), "decimal": ("0", "1")}
    assert cell(sheet, "上期报送").value.startswith("上半年：推进中，进度 45%\n【工作举措】召开专题论证会")


def _is_hidden(sheet, at: int) -> bool:
    return sheet.column_dimensions[get_column_letter(at)].hidden


def test_all_agencies_in_one_zip(transactional_db, client_of, office, lead, plan, period):
    client = client_of(office)
    page = client.post(f"/exports/fillings/?period={period.pk}", follow=True)
    assert "2 家单位的填报表已生成" in page.content.decode()
    bundle = page.context["bundle"]
    part = client.get(bundle.get_absolute_url(), headers={"HX-Request": "true"})
    assert [one.name for one in part.templates][:1] == ["exporters/_bundle.html"]
    assert "HX-Request" in page["Vary"]
    assert "HX-Request" in part["Vary"]

    packed = content(client.get(f"{bundle.get_absolute_url()}sheets.zip"))

    with ZipFile(BytesIO(packed)) as archive:
        names = archive.namelist()
        assert sorted(names) == ["农业农村部_2024年全年_填报表.xlsx", "国家知识产权局_2024年全年_填报表.xlsx"]
        found = {name: planned(archive.read(name), office) for name in names}
    assert {len(plan.of(Outcome.UNCHANGED)) for plan, _ in found.values()} == {4}
    other = make_user("office2", "office")
    assert client_of(other).get(bundle.get_absolute_url()).status_code == 404
    User.objects.filter(pk=office.pk).update(role="leader")
    assert client.get(f"{bundle.get_absolute_url()}sheets.zip").status_code == 404


@pytest.mark.slow
def test_sheets_print_on_a4(lead, period, world, sheet_of, tmp_path):
    (tmp_path / "filling.xlsx").write_bytes(sheet_of(lead))
    convert(tmp_path, "pdf", tmp_path / "filling.xlsx")

    printed = pages(Path(tmp_path / "filling.pdf"))
    assert len(printed) == 3
    assert missing_titles(printed[1], ["序号", "工作举措", "进展成效", "存在问题", "调整理由"]) == []
    assert not any("行标识" in line for page in printed for line in page)


def test_two_people_who_confirm_at_once_are_one_import_and_one_409(
    transactional_db, client_of, lead, period, world, sheet_of
):
    """F5: the loser is told, nothing of its import is written, and afterwards it sees what stands."""
    colleague = make_user("colleague", agency=lead.agency)
    pages = []
    for person, words in ((lead, "第一个人写的。"), (colleague, "第二个人写的。")):
        data = changed(sheet_of(person), partial(_fill_both, words=words))
        client = client_of(person)
        pages.append((client, uploaded(client, data)))
    ready, answers = Barrier(2), []

    def confirm(client, page):
        ready.wait(timeout=10)
        data = {"digest": page.context["digest"], "then": "draft"}
        address = f"{page.context['document'].get_absolute_url()}confirmation/"
        answers.append((client.post(address, data).status_code, page.context["document"].by))
        connection.close()

    threads = [Thread(target=confirm, args=pair) for pair in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    winner = next(person for status, person in answers if status == 302)
    assert sorted(status for status, _ in answers) == [302, 409]
    kept = ProgressReport.objects.filter(period=period, task__number__in=(1, 2)).order_by("task__number")
    words = "第一个人写的。" if winner == lead else "第二个人写的。"
    assert [report.draft["measures"] for report in kept] == [words, words]


def _fill_both(book, *, words: str) -> None:
    for name in (LEAD, JOINED):
        cell(book[name], "工作举措").value = words


def test_only_a_sheet_lets_the_office_speak_for_an_agency(office, leader, lead, participant, period, plan):
    task = plan.tasks.get(number=1)
    before = reports()

    for somebody, by_sheet in ((office, False), (leader, True), (participant, True)):
        with pytest.raises(PermissionDenied):
            workflow.write_report(
                task, period, by=somebody, agency=lead.agency, by_sheet=by_sheet, measures="代写"
            )
    assert reports() == before
    report = workflow.write_report(
        task, period, by=office, agency=lead.agency, by_sheet=True, measures="单位写的"
    )
    assert report.agency == lead.agency
