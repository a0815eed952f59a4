"""Workbooks on paper: converted by a real LibreOffice and read back page by page."""

import csv
import re
import shutil
import subprocess
from datetime import datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from openpyxl import load_workbook

from exporters import comparison
from exporters.annual_report import DETAIL_COLUMNS, Stamp, annual_report, load
from exporters.annual_report.sheets import CHANGE_COLUMNS, UNFINISHED_COLUMNS, instrument_columns
from exporters.breakdown import CONTENTS_COLUMNS, TASK_KEYS, breakdown, shares_of
from exporters.bulletin import bulletin
from exporters.columns import (
    AGENCY_COLUMNS,
    BULLETIN_COLUMNS,
    CHAPTER_COLUMNS,
    OWED_COLUMNS,
    SECTION_COLUMNS,
)
from exporters.comparison import kept_rows
from exporters.layout import BODY_SIZE, printed_scale, printed_width
from exporters.ledger import LEDGER_COLUMNS, ledger
from exporters.ledger import columns as ledger_columns
from exporters.supervision import supervision
from exporters.workbook import Book, Heading
from tasks.columns import Column, task_columns
from tasks.models import (
    REASON_OWED,
    Assignment,
    AssignmentRole,
    Basis,
    Day,
    Plan,
    ReportSnapshot,
    Status,
    Task,
)
from tasks.reporting import Outcome, reports_of
from tasks.supervising import OwedFilter
from tests.exporters.worlds import fill_quickly
from tests.factories import make_agency, make_periods, make_plan

AT = datetime(2024, 11, 21, 10, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
PLAN_TEXT = Path(__file__).parents[2] / "fixtures" / "plans" / "2024.txt"
TASK_TITLES = [column.title for column in task_columns(*DETAIL_COLUMNS)]
LEDGER_TITLES = [column.title for column in task_columns(*LEDGER_COLUMNS)]

# On a machine without these the suite installs them (./dev test); a missing one is a failure, not a skip.
SOFFICE, PDFINFO, PDFTOTEXT = "soffice", "pdfinfo", "pdftotext"


def run(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=180)  # noqa: S603
    return done.stdout


def convert(folder: Path, kind: str, *files: Path) -> None:
    """By a LibreOffice with a profile of its own, so that tests can run beside each other."""
    assert shutil.which(SOFFICE), "LibreOffice is missing: apt-get install libreoffice-calc"
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    run(SOFFICE, profile, "--headless", "--convert-to", kind, "--outdir", str(folder), *map(str, files))


def pages(pdf: Path) -> list[list[str]]:
    """The lines of each page, cell by cell."""
    return [page.splitlines() for page in run(PDFTOTEXT, "-raw", str(pdf), "-").split("\f")[:-1]]


@pytest.fixture
def real_plan(db):
    """The 2024 plan's own sentences, with long reasons and a task that many agencies share."""
    plan = make_plan(2024, title="2024年知识产权强国建设推进计划", document_number="国知联办〔2024〕6号")
    sentences = re.findall(r"(?m)^\d+\.(.+)[(（].*负责[)）]$", PLAN_TEXT.read_text(encoding="utf-8"))
    assert len(sentences) > 100
    fill_quickly(plan, len(sentences))
    tasks = list(Task.objects.order_by("number"))
    for task, sentence in zip(tasks, sentences, strict=True):
        task.text = sentence
        task.status = list(Status)[task.number % 6]
        task.progress = {Status.COMPLETED: 100, Status.NOT_STARTED: 0}.get(task.status, task.number % 100)
        if task.status in REASON_OWED:
            task.status_reason = "上位法修改尚未完成，配套规定须待其公布。" * (task.number % 5 + 1)
    Task.objects.bulk_update(tasks, ["text", "status", "progress", "status_reason"])
    Assignment.objects.bulk_create(
        Assignment(
            task=tasks[44],
            agency=make_agency(f"国家第{place}单位"),
            role=AssignmentRole.PARTICIPANT,
            position=place,
            basis=Basis.ORDER,
        )
        for place in range(3, 20)
    )
    return plan


def write_both(plan, office, folder: Path) -> tuple[Path, Path]:
    report, rows = folder / "report.xlsx", folder / "ledger.xlsx"
    tasks = Task.objects.filter(plan=plan).order_by("number")
    with report.open("wb") as file:
        day = Day(AT.date())
        loaded = load(plan, list(tasks.for_workbooks()), user=office, day=day, now=AT, scope="全部任务")
        annual_report(file, loaded, stamp=Stamp("联席会议办公室"))
    with rows.open("wb") as file:
        ledger(file, tasks=tasks, scope="全部任务", conditions=[], order="按序号", now=AT)
    return report, rows


@pytest.mark.slow
def test_both_workbooks_print_as_official_tables(real_plan, office, tmp_path):
    convert(tmp_path, "pdf", *write_both(real_plan, office, tmp_path))

    report, rows = pages(tmp_path / "report.pdf"), pages(tmp_path / "ledger.pdf")
    for name, printed in (("report", report), ("ledger", rows)):
        sizes = re.findall(
            r"Page +\d+ size: +(.+) pts", run(PDFINFO, "-l", "999", str(tmp_path / f"{name}.pdf"))
        )
        assert {tuple(round(float(side)) for side in size.split(" x ")) for size in sizes} == {(842, 595)}
        for number, page in enumerate(printed, start=1):
            assert f"第 {number} 页 共 {len(printed)} 页" in page[0]  # the footer comes first in the file
    detail = [page for page in report if page[0].endswith(" 任务明细")]
    agencies = [page for page in report if page[0].endswith(" 单位进展")]
    printed_sheets = list(dict.fromkeys(page[0].rsplit(" ", 1)[1] for page in report))
    assert printed_sheets == load_workbook(tmp_path / "report.xlsx").sheetnames
    # The table with its chart, the chart of agencies; a cover is one page.
    assert [page[0].rsplit(" ", 1)[1] for page in report[:4]] == ["封面与说明", "总览", "总览", "章节进展"]
    assert ["各章任务状态（项）" in squeezed(page) for page in report[1:3]] == [True, False]
    assert ["牵头单位任务完成情况（项）" in squeezed(page) for page in report[1:3]] == [False, True]
    assert all(missing_titles(page, TASK_TITLES) == [] for page in detail)
    assert all(missing_titles(page, LEDGER_TITLES) == [] for page in rows)
    assert 8 <= len(detail) <= 20
    assert [page for page in detail if ends_with_a_heading(page)] == []
    assert any("合计" in line for line in agencies[-1])
    for name in ("report", "ledger"):
        assert smallest_print(tmp_path / f"{name}.pdf") >= 8.9
    shown = squeezed(line for page in detail for line in page)
    assert [task.number for task in Task.objects.all() if squeezed(task.text) not in shown] == []


def smallest_print(pdf: Path) -> float:
    """The width of a Chinese character on paper, which is its size, in the table's longest words."""
    words = re.findall(
        r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)".*>([\u4e00-\u9fff]{9,})</word>',
        run(PDFTOTEXT, "-bbox", str(pdf), "-"),
    )
    above_footer = [word for word in words if float(word[1]) < 550]
    assert len(above_footer) > 20
    return min((float(right) - float(left)) / len(word) for left, _, right, word in above_footer)


def missing_titles(page: list[str], titles: list[str]) -> list[str]:
    words = {word for line in page for word in line.split()}
    return [title for title in titles if title not in words]


def ends_with_a_heading(page: list[str]) -> bool:
    return bool(re.fullmatch(r"（?[一二三四五六七八九十]+[）、].*标题", [line for line in page if line][-1]))


def squeezed(text) -> str:
    return re.sub(r"\s+", "", "".join(text))


@pytest.mark.slow
def test_rows_are_as_high_as_libreoffice_would_make_them(real_plan, office, tmp_path):
    """LibreOffice gives rows without a height the one that shows every line: ours are never lower."""
    files = write_both(real_plan, office, tmp_path)
    for file in files:
        file.with_name(f"bare-{file.name}").write_bytes(without_heights(file.read_bytes()))
    convert(tmp_path, "fods", *tmp_path.glob("bare-*.xlsx"))
    for flat in tmp_path.glob("bare-*.fods"):
        measured = re.sub(r'style:row-height="[^"]*"', "", flat.read_text(encoding="utf-8"))
        # LibreOffice trusts the heights of programs it knows, itself above all.
        measured = re.sub("<meta:generator>[^<]*", "<meta:generator>somebody", measured)
        flat.write_text(measured, encoding="utf-8")
    convert(tmp_path, "xlsx", *tmp_path.glob("bare-*.fods"))

    for file in files:
        ours, theirs = load_workbook(file), load_workbook(tmp_path / f"bare-{file.name}")
        for sheet in ours:
            heights = {row: sheet.row_dimensions[row].height for row in range(1, sheet.max_row + 1)}
            needed = {row: theirs[sheet.title].row_dimensions[row].height or 0 for row in heights}
            assert max(needed.values()) > 20  # it did measure
            assert {row: (heights[row], needed[row]) for row in heights if heights[row] < needed[row]} == {}


def without_heights(data: bytes) -> bytes:
    bare = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(bare, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name.startswith("xl/worksheets/"):
                part = re.sub(rb' (customHeight|ht)="[^"]*"', b"", part)
            target.writestr(name, part)
    return bare.getvalue()


@pytest.mark.slow
def test_all_other_workbooks_print_as_official_tables(real_plan, office, tmp_path):
    """With 40 agencies, so that they go over several pages and repeat their header."""
    period = make_periods(real_plan)[0]
    for number, task in enumerate(Task.objects.order_by("-number")[:40]):
        Assignment.objects.filter(task=task, position=2).update(agency=make_agency(f"国家第{number}总局"))
    day = Day(AT.date())
    with (tmp_path / "bulletin.xlsx").open("wb") as file:
        bulletin(file, reports=reports_of(real_plan, Task.objects.all(), day=day), period=period, now=AT)
    asked = OwedFilter(QueryDict(), plan=real_plan, user=office, today=AT.date(), outcome=Outcome.MISSING)
    with (tmp_path / "supervision.xlsx").open("wb") as file:
        supervision(file, asked=asked, reminded={}, now=AT)
    tasks = list(Task.objects.for_workbooks().order_by("number"))
    with (tmp_path / "breakdown.xlsx").open("wb") as file:
        shares = shares_of(tasks)
        breakdown(file, plan=real_plan, shares=shares, today=AT.date(), now=AT)
    before, after = (
        ReportSnapshot(plan=real_plan, number=number, at=AT, as_of=AT.date(), rows=kept)
        for number, kept in enumerate(_two_states(real_plan, tasks, office, day), start=1)
    )
    with (tmp_path / "comparison.xlsx").open("wb") as file:
        comparison.comparison(file, before=before, after=after)
    convert(tmp_path, "pdf", *tmp_path.glob("*.xlsx"))

    for name, columns, least in (
        ("bulletin", BULLETIN_COLUMNS, 2),
        ("supervision", OWED_COLUMNS, 8),
        ("comparison", comparison.COLUMNS, 4),
        ("breakdown", task_columns(*TASK_KEYS), 40),
    ):
        printed = pages(tmp_path / f"{name}.pdf")
        size = re.search(r"Page size: +(.+) pts", run(PDFINFO, str(tmp_path / f"{name}.pdf")))[1]
        assert [round(float(side)) for side in size.split(" x ")] == [842, 595]
        assert len(printed) >= least
        for number, page in enumerate(printed, start=1):
            assert f"第 {number} 页 共 {len(printed)} 页" in page[0]
            if page[0].endswith(" 目录"):
                continue
            wanted = [line for column in columns for line in column.title.split("\n")]
            assert missing_titles(page, wanted) == []
        if name in ("bulletin", "supervision"):
            assert any("合计" in line for line in printed[-1])
    printed = pages(tmp_path / "breakdown.pdf")
    sheets = list(dict.fromkeys(page[0].split(" ")[-1] for page in printed))
    assert sheets == ["目录", *(share.agency.name for share in shares)]


def _two_states(plan, tasks, office, day):
    """The rows of two snapshots between which every third task was finished."""
    yield kept_rows(load(plan, tasks, user=office, day=day, now=AT, scope="全部任务"))
    for task in tasks[::3]:
        task.status, task.progress, task.status_reason = Status.COMPLETED, 100, "总结报告齐备，予以办结"
    yield kept_rows(load(plan, tasks, user=office, day=day, now=AT, scope="全部任务"))


@pytest.mark.parametrize(
    "columns",
    [
        task_columns(*DETAIL_COLUMNS),
        ledger_columns(),
        CHAPTER_COLUMNS,
        AGENCY_COLUMNS,
        SECTION_COLUMNS,
        UNFINISHED_COLUMNS,
        CHANGE_COLUMNS,
        instrument_columns([Plan(pk=pk, first_year=2020 + pk, last_year=2020 + pk) for pk in range(4)]),
        task_columns(*TASK_KEYS, text=18),
        CONTENTS_COLUMNS,
        comparison.COLUMNS,
        BULLETIN_COLUMNS,
        OWED_COLUMNS,
    ],
    ids=[
        *("任务明细", "任务台账", "总览", "单位进展", "章节进展", "未完成及原因", "变更记录"),
        *("法律法规规章制修订进度", "任务分解表", "目录", "快照对比", "通报表", "督办台账"),
    ],
)
def test_text_is_printed_at_nine_points_or_more(columns):
    assert printed_scale(printed_width(column.width for column in columns)) * BODY_SIZE >= 9
    assert len(columns) <= 13


def test_libreoffice_shows_hostile_texts_as_they_are(tmp_path):
    """Nothing is calculated, nothing is decoded twice."""
    texts = [
        "=1+1",
        "+1+1",
        "-1-1",
        "@SUM(1)",
        "\t=1+1",
        "＝1+1",
        "=cmd|' /C calc'!A0",
        "_x0041_",
        "#N/A",
        "1E5",
        "007",
    ]
    file = tmp_path / "hostile.xlsx"
    with file.open("wb") as target, Book(title="标题", author="办公室", at=AT) as book:
        sheet = book.sheet("表", [Column("text", "文字", 30, str)], Heading("标题"))
        for text in texts:
            sheet.row(text)
        book.save(target)

    convert(tmp_path, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true", file)

    with (tmp_path / "hostile.csv").open(encoding="utf-8", newline="") as lines:
        shown = [row[0] for row in csv.reader(lines)]
    assert shown == ["标题", "文字", *texts]
