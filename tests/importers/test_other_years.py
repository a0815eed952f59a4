"""Plans of other years and places than the two at hand come back exactly, in the layouts they arrive in."""

import datetime

import pytest

from importers.conservation import unaccounted
from importers.diagnostics import Severity
from importers.parsed import ParsedPlan, parse_plan
from importers.readers import document_from_text
from tests.importers.oracle import full_width_digits, half_width, torn, wrapped
from tests.importers.other_years import EXAMPLES, Example

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)

LAYOUTS = {
    "plain": "\n".join,
    "blank lines": "\n\n".join,
    "crlf, indented": "\r\n\u3000\u3000".join,
    "half width": lambda lines: half_width("\n".join(lines)),
    "full width digits": lambda lines: full_width_digits("\n".join(lines)),
    "zero width": lambda lines: "\u200b".join("\n".join(lines)),
    "torn": lambda lines: torn(lines, 3),
    "torn often": lambda lines: torn(lines, 5, often=6),
    **{f"wrapped at {width}": lambda lines, w=width: wrapped(lines, w) for width in (1, 2, 3, 5, 8, 13, 29)},
}
ONE_LINE = {
    "one line": "".join,
    "one line, half width": lambda lines: half_width("".join(lines)),
    "wrapped over paragraphs": lambda lines: wrapped(["".join(lines)], 7),
}


def parsed(example: Example, text: str) -> ParsedPlan:
    """The plan, of which every character is accounted for."""
    document = document_from_text(text)
    plan = parse_plan(document)
    assert unaccounted(document, plan) == []
    return plan


def records(plan: ParsedPlan) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for chapter in plan.chapters:
        for section in chapter.sections:
            for task in section.tasks:
                names = "；".join(("*" if each.role == "lead" else "") + each.name for each in task.agencies)
                due = task.due.isoformat() if task.due else ""
                also = ("by_duty" if task.duty == "by_duty" else "", "open" if task.open_ended else "")
                place = (chapter.number, section.number, task.number)
                found.append((*place, task.text, names, due, " ".join(filter(None, also))))
    return found


def facts(plan: ParsedPlan, example: Example) -> dict[str, object]:
    """What the plan says of itself, in the form of the examples; what is empty is left out."""
    mark = "；" if any("、" in each for each in plan.addressees) else "、"
    said = {name: getattr(plan, name) for name in ("title", "years", "document_number", "issuer")}
    said["issued_on"] = plan.issued_on.isoformat() if plan.issued_on else ""
    said |= {"addressees": mark.join(plan.addressees), "closing_rule": plan.closing_rule}
    return {name: value for name, value in said.items() if value}


def headings(plan: ParsedPlan, *, with_tasks: bool = False) -> tuple[str, ...]:
    found = []
    for chapter in plan.chapters:
        if chapter.tasks or not with_tasks:
            found += [chapter.title, *(section.title for section in chapter.sections if section.title)]
    return tuple(found)


@every_example
def test_plan_is_exact_and_asks_only_what_has_to_be_asked(example):
    plan = parsed(example, example.text)

    assert records(plan) == list(example.records)
    assert facts(plan, example) == example.facts
    assert headings(plan) == example.headings
    asked = [f"{d.code} {d.line}" for d in plan.diagnostics if d.severity is not Severity.INFO]
    assert tuple(asked) == example.findings


@every_example
@pytest.mark.parametrize("layout", [*LAYOUTS, *ONE_LINE])
def test_plan_is_the_same_in_every_layout(example, layout):
    if layout in ONE_LINE and not example.one_line:
        pytest.skip("a clause without its closing bracket ends where its line does")
    write = LAYOUTS.get(layout) or ONE_LINE[layout]
    plan = parsed(example, write(example.text.split("\n")))

    assert records(plan) == list(example.records)
    assert facts(plan, example) == example.facts
    # A heading without tasks is asked about; where it ends cannot be told in every layout.
    plain = parsed(example, example.text)
    assert headings(plan, with_tasks=True) == headings(plain, with_tasks=True)


def test_due_dates_are_dates():
    dues = [record[5] for example in EXAMPLES for record in example.records if record[5]]

    assert len(dues) > 10
    assert all(datetime.date.fromisoformat(str(due)) for due in dues)
