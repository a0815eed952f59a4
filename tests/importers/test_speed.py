"""What parsing costs: processor time, which a busy machine lengthens less than the clock."""

import time
from collections.abc import Callable

import pytest

from importers import clauses, markers
from importers.conservation import unaccounted
from importers.parsed import NotAPlan, ParsedPlan, parse_plan
from importers.readers import Document, document_from_text, read
from tests.importers import oracle

both_plans = pytest.mark.parametrize("year", oracle.YEARS)


def parsed(text: str) -> ParsedPlan:
    return parse_plan(Document("", "", document_from_text(text).lines))


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


@both_plans
def test_either_plan_takes_less_than_fifty_milliseconds(year):
    document = read(oracle.raw(year))
    parse_plan(document)  # tables of characters are loaded once in a process

    assert min(seconds(lambda: parse_plan(document)) for _ in range(12)) < 0.05


@both_plans
def test_so_does_a_plan_whose_clauses_were_never_seen(year):
    document = read(oracle.raw(year))
    parse_plan(read(oracle.raw(next(each for each in oracle.YEARS if each != year))))

    def work() -> None:
        for cached in (clauses._read, markers.chinese_number):
            cached.cache_clear()
        parse_plan(document)

    assert min(seconds(work) for _ in range(12)) < 0.05


HOSTILE = {
    "opening brackets": "(" * 100_000,
    "wide opening brackets": "（" * 100_000,
    "nested brackets": "（" * 100_000 + "）" * 100_000,
    "chapters": "一、" * 100_000,
    "sections": "（一）" * 100_000,
    "tasks": "1." * 100_000,
    "numbers": "9" * 500_000,
    "numbers in lines": "1\n2\n" * 50_000,
    "spaces": "知 " * 300_000,
    "latin": "a " * 500_000,
    "short lines": "知\n" * 100_000,
    "the same line": "某某办公室文件\n" * 100_000,
    "clauses of one name": "。（甲乙）" * 60_000,
    "labels": "责任单位：" * 60_000,
    "names": "财政部、" * 200_000,
    "conjunctions": "（" + "财政部和" * 200_000 + "负责）",
    "everywhere": "各省、市" * 100_000,
    "dates": "2024年3月1日" * 50_000,
    "quoted": "《推进计划》" * 60_000,
    "traditional": "負責" * 300_000,
    "slips": ("知识产权" * 20 + "見") * 20_000,
    "particles": "沿着著着著" * 100_000,
    "half width": "甲(乙),丙:丁;" * 60_000,
    "unclosed quotes": "“" * 300_000,
    "ten megabytes": "知" * (10 * 1024 * 1024 // 3),
    "ten megabytes of sentences": "推进知识产权工作。" * (10 * 1024 * 1024 // 27),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_in_one_line_is_no_plan_and_costs_little(text):
    # Straight to the parser: what the readers refuse by its size must not hang it either.
    lines = document_from_text("一").lines
    document = Document("", "", tuple(type(lines[0])(n, line) for n, line in enumerate(text.split("\n"), 1)))

    def work() -> None:
        with pytest.raises(NotAPlan):
            parse_plan(document)

    assert seconds(work) < 10


@pytest.mark.parametrize(
    "middle", ["（" * 100_000, "(A" * 50_000, "。某某评价" * 20_000, "（财政部" * 20_000]
)
def test_hostile_text_inside_a_plan_costs_little_and_is_not_lost(middle):
    text = f"2025年推进计划\n一、完善制度\n1.推进{middle}。（财政部负责）\n2.落实。（科技部负责）"
    document = document_from_text(text)

    assert seconds(lambda: parse_plan(document)) < 10
    assert unaccounted(document, parse_plan(document)) == []


@pytest.mark.parametrize("width", [0, 20])
def test_parsing_grows_linearly(width):
    lines = oracle.paragraphs(2024, oracle.Style(closing=False))

    def cost(copies: int) -> float:
        text = "\n".join(lines * copies) if not width else oracle.wrapped(lines * copies, width)
        document = document_from_text(text)
        return min(seconds(lambda: parse_plan(document)) for _ in range(2))

    cost(1)
    assert cost(24) < 6 * cost(6) + 0.2
