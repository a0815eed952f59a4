"""Which plan of the database a file is a version of, if any.

The one with the same document number, where both have one; else the same years and title; else the same years
and at least half of the file's tasks word for word. A number that belongs to a plan of other years is a slip
of the template (or of the years) and an error: nothing is overwritten on its word alone. Only where a person
has put the years right (`Source.years_stated`) do they change with the plan.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from importers.diagnostics import Severity
from importers.import_plan import Code, Content, Finding, StoredPlan, error
from importers.parsed import ParsedPlan


def identify(
    parsed: ParsedPlan,
    contents: Sequence[Content],
    stored: Sequence[StoredPlan],
    findings: list[Finding],
    *,
    years_stated: bool,
) -> StoredPlan | None:
    """The plan that the file is a version of, None for a new one; what is odd about that joins `findings`."""
    years = (min(parsed.years, default=0), max(parsed.years, default=0))
    same_years = [plan for plan in stored if _years(plan) == years]
    numbered = [
        plan
        for plan in (*same_years, *stored)
        if parsed.document_number and plan.facts.document_number == parsed.document_number
    ]
    by_number = next(iter(numbered), None)
    by_title = next((plan for plan in same_years if plan.facts.title == parsed.title), None)
    if by_number and parsed.years and _years(by_number) != years:
        if not years_stated:
            findings.append(_slip_of_a_number(parsed, by_number))
            return by_title or _by_tasks(contents, same_years)
        findings.append(_changed_years(parsed, by_number))
    if by_number and by_title and by_number != by_title:
        findings.append(
            error(
                Code.TWO_PLANS,
                f"文号 {parsed.document_number} 属于已入库的{_named(by_number)}，"
                f"标题却与另一份{_named(by_title)}相同，请在“发文信息”中更正文号或标题。",
            )
        )
    found = by_number or by_title or _by_tasks(contents, same_years)
    if found is None or _years(found) != years:
        findings += _beside(parsed, [plan for plan in stored if plan is not found])
    return found


def _years(plan: StoredPlan) -> tuple[int, int]:
    return plan.facts.first_year, plan.facts.last_year


def _slip_of_a_number(parsed: ParsedPlan, plan: StoredPlan) -> Finding:
    return error(
        Code.TWO_PLANS,
        f"文号 {parsed.document_number} 属于已入库的{_named(plan)}，"
        f"这份文件的年度却是 {_spelled(parsed.years)}，两者不是同一计划。"
        "如是新的计划，请在“发文信息”中更正文号；如是该计划的更正，请更正年度。",
    )


def _changed_years(parsed: ParsedPlan, plan: StoredPlan) -> Finding:
    return Finding(
        Severity.WARNING,
        Code.YEARS_CHANGED,
        0,
        f"按“发文信息”，已入库的{_named(plan)}的年度将改为 {_spelled(parsed.years)}，请核对；"
        f"如是另一份计划，请更正文号 {parsed.document_number}。",
    )


def _beside(parsed: ParsedPlan, others: Sequence[StoredPlan]) -> Iterator[Finding]:
    """Plans of a year that this one is for as well: allowed, and rarely meant."""
    for plan in others:
        if set(parsed.years) & set(range(plan.facts.first_year, plan.facts.last_year + 1)):
            number = plan.facts.document_number
            yield Finding(
                Severity.WARNING,
                Code.SAME_YEARS,
                0,
                f"已有{_named(plan)}{f'（{number}）' if number else ''}。这份文件没有认作对它的更正，"
                "将作为同年度的另一份计划，请核对；如是更正，请在“发文信息”中将标题和年度改为与它一致。",
            )


def _named(plan: StoredPlan) -> str:
    return f" {plan.facts.period}计划《{plan.facts.title}》"


def _spelled(years: Sequence[int]) -> str:
    first, last = min(years), max(years)
    return f"{first}" if first == last else f"{first}—{last}"


def _by_tasks(contents: Sequence[Content], plans: Sequence[StoredPlan]) -> StoredPlan | None:
    wanted = Counter(text_key(content.text) for content in contents)

    def shared(plan: StoredPlan) -> int:
        return (wanted & Counter(text_key(task.content.text) for task in plan.tasks)).total()

    best = max(plans, key=shared, default=None)
    return best if best and contents and 2 * shared(best) >= len(contents) else None


def text_key(text: str) -> str:
    """Text without what makes no difference: widths and blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())
