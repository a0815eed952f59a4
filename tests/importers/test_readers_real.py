"""Both plans as Word files, PDFs, saved pages and OFDs: the records are those of the clean text."""

import pytest

from importers.diagnostics import Code, Severity
from importers.parsed import parse_plan
from importers.readers import Kind, read
from tests.importers import documents, oracle


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> dict[str, bytes]:
    files = {}
    for year in oracle.YEARS:
        files[f"plain-{year}"] = documents.docx_of(oracle.paragraphs(year))
        files[f"numbered-{year}"] = documents.numbered_docx(year)
    return documents.pdfs(tmp_path_factory.mktemp("printed"), files)


def records(data: bytes, name: str, kind: Kind):
    document = read(data, name=name)
    assert document.kind is kind
    assert [line.number for line in document.lines] == list(range(1, len(document.lines) + 1))
    plan = parse_plan(document)
    assert not plan.has_errors
    return oracle.records_of(plan)


@pytest.mark.parametrize("year", oracle.YEARS)
def test_word_file_is_the_plan(year):
    data = documents.docx_of(oracle.paragraphs(year))

    assert records(data, "plan.docx", Kind.DOCX) == oracle.records(year)


@pytest.mark.parametrize("year", oracle.YEARS)
def test_word_file_with_automatic_numbers_is_the_plan(year):
    data = documents.numbered_docx(year)
    assert "1." not in documents.docx.Document(documents.BytesIO(data)).paragraphs[4].text

    assert records(data, "plan.docx", Kind.DOCX) == oracle.records(year)


@pytest.mark.parametrize("year", oracle.YEARS)
@pytest.mark.parametrize("written", ["plain", "numbered"])
def test_pdf_is_the_plan(printed, written, year):
    assert records(printed[f"{written}-{year}"], "plan.pdf", Kind.PDF) == oracle.records(year)


@pytest.mark.parametrize("year", oracle.YEARS)
@pytest.mark.parametrize("frame", documents.PAGES)
def test_saved_page_is_the_plan(frame, year):
    data = documents.page(frame, oracle.paragraphs(year))

    assert records(data, "plan.html", Kind.HTML) == oracle.records(year)


@pytest.mark.parametrize("year", oracle.YEARS)
@pytest.mark.parametrize("frame", ["crowded", "crowded in GBK"])
def test_nothing_of_the_site_gets_into_the_plan(frame, year):
    plan = parse_plan(read(documents.page(frame, oracle.paragraphs(year)), name="plan.html"))

    assert (plan.title, plan.years) == (oracle.TITLES[year], (year,))
    assert plan.preamble == oracle.preamble(year)
    assert plan.closing_rule == oracle.CLOSING
    assert {each.code for each in plan.diagnostics if each.severity is Severity.WARNING} <= {Code.OPEN_ENDED}


@pytest.mark.parametrize("year", oracle.YEARS)
def test_ofd_is_the_plan(year):
    assert records(documents.ofd_of(oracle.paragraphs(year)), "plan.ofd", Kind.OFD) == oracle.records(year)
