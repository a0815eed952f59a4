"""A parsed plan held against the database: what an import would create, correct and leave as it is.

Pure: values in, an `ImportPlan` out. `apply` fills the snapshot (`StoredPlan`, `Register`) by queries and
carries the import plan out; a page or a command shows it first. The rules:

- **Which plan it is**: `identity` says it.
- **Which task it is**: the same words (whatever the number), else nearly the same words, else the same
  number. So an inserted task shifts the numbers and every status stays with its text.
- **Who is responsible by the office's word stays** while the clause reads as it did; where it is itself
  corrected, the agencies follow it.
- **A due day that a granted extension has moved stays**, whatever the file says of it.
- **What the file does not say stays**: a reprint without the notice does not take the document number away.
  A plan is due on the last day of its years; the date moves with them unless somebody has set another.
- **A task of the database that the file lacks** is an error and never a deletion.
- Where a task stands in the file (lines, the words with their line breaks) is no content: by itself it
  corrects nothing, and it is brought up to date only together with a real correction of the plan.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import date

from importers.clauses import Role
from importers.diagnostics import Severity
from importers.identity import identify, text_key
from importers.import_plan import (
    Change,
    ChapterHeading,
    Citation,
    Code,
    Content,
    Finding,
    ImportPlan,
    Mention,
    Part,
    Place,
    PlanFacts,
    Register,
    SectionHeading,
    Source,
    StoredPlan,
    StoredTask,
    TaskStep,
    UnknownName,
    error,
)
from importers.parsed import ParsedPlan, ParsedTask

SIMILAR = 0.6  # share of letter pairs in common; a slip in a dozen letters leaves 0.8, another task 0.3
MOST_PAIRS = 40_000  # beyond two plans of 200 tasks without a word in common, likeness is not worth its time
EARLIEST_YEAR, MOST_YEARS = 2000, 5
# What the columns hold; a test ties them to the models.
LONGEST = {"title": 200, "document_number": 50, "issuer": 200}
LONGEST_HEADING, LONGEST_NAME, LARGEST_NUMBER, LARGEST_HEADING_NUMBER = 200, 100, 2_147_483_647, 99


def reconcile(
    parsed: ParsedPlan, stored: Sequence[StoredPlan], register: Register, *, source: Source | None = None
) -> ImportPlan:
    """Hold `parsed` against the plans that it could be a new version of."""
    source = source or Source()
    findings: list[Finding] = []
    wanted = [
        (_content(task, Place(chapter.number, section.number), register, findings), _citation(task))
        for chapter in parsed.chapters
        for section in chapter.sections
        for task in section.tasks
    ]
    contents = [content for content, _ in wanted]
    existing = identify(parsed, contents, stored, findings, years_stated=source.years_stated)
    facts = _facts(parsed, existing)
    outline = tuple(
        ChapterHeading(
            chapter.number,
            chapter.title,
            tuple(SectionHeading(section.number, section.title or "") for section in chapter.sections),
        )
        for chapter in parsed.chapters
    )
    steps, missing = _steps(wanted, existing.tasks if existing else (), findings)
    findings += _misfits(parsed, facts, outline, steps)
    findings += _outdated(parsed, register)
    return ImportPlan(
        parsed=parsed,
        source=source,
        pk=existing.pk if existing else None,
        facts=facts,
        fact_changes=_changes(existing.facts, facts) if existing else (),
        outline=outline,
        outline_before=existing.outline if existing else (),
        steps=steps,
        missing=missing,
        unknown=_unknown(parsed, register),
        findings=tuple(findings),
    )


# --- the file's side --------------------------------------------------------------------------------


def names_in(parsed: ParsedPlan) -> list[str]:
    """Every name that the clauses write, once, in the order of the file."""
    return list(dict.fromkeys(agency.name for task in _tasks(parsed) for agency in task.agencies))


def _tasks(parsed: ParsedPlan) -> Iterator[ParsedTask]:
    for chapter in parsed.chapters:
        for section in chapter.sections:
            yield from section.tasks


def _content(task: ParsedTask, place: Place, register: Register, findings: list[Finding]) -> Content:
    return Content(
        number=task.number,
        text=task.text,
        responsibility=task.responsibility,
        duty=str(task.duty),
        open_ended=task.open_ended,
        due_on=task.due,
        place=place,
        parts=_parts(task, register, findings),
    )


def _parts(task: ParsedTask, register: Register, findings: list[Finding]) -> tuple[Part, ...]:
    """The clause's agencies; an unknown one goes by the name written, as it will once it is registered."""
    basis = "text" if "牵头" in task.responsibility else "order"
    parts: dict[str, Part] = {}
    for named in task.agencies:
        agency = register.bearers.get(named.name, named.name)
        first = parts.setdefault(agency, Part(agency, str(named.role), basis, named.name))
        if first.named_as != named.name:
            if named.role is Role.LEAD:  # the agency stays where it stands first, and leads all the same
                parts[agency] = replace(first, role=str(named.role))
            findings.append(
                Finding(
                    Severity.WARNING,
                    Code.SAME_AGENCY,
                    task.lines[0],
                    f"第 {task.number} 项的“{first.named_as}”和“{named.name}”是同一单位“{agency}”，"
                    "只计一次，请核对。",
                )
            )
    return tuple(parts.values())


def _outdated(parsed: ParsedPlan, register: Register) -> Iterator[Finding]:
    """Names used out of their time, each once, where it first stands: read all the same, to be checked."""
    seen: set[str] = set()
    for task in _tasks(parsed):
        for named in task.agencies:
            if named.name in register.outdated and named.name not in seen:
                seen.add(named.name)
                yield Finding(
                    Severity.WARNING,
                    Code.OUTDATED_NAME,
                    task.lines[0],
                    f"第 {task.number} 项的“{named.name}”是“{register.bearers[named.name]}”的别名"
                    f"（{register.outdated[named.name]}），与计划年度不符，请核对。",
                )


def _citation(task: ParsedTask) -> Citation:
    return Citation(task.lines[0], task.lines[1], task.source_text)


def _facts(parsed: ParsedPlan, existing: StoredPlan | None) -> PlanFacts:
    """What the file says, and what is known already where it says nothing."""
    said = PlanFacts(
        title=parsed.title or "",
        first_year=min(parsed.years, default=0),
        last_year=max(parsed.years, default=0),
        document_number=parsed.document_number or "",
        issuer=parsed.issuer or "",
        issued_on=parsed.issued_on,
        addressees=tuple(parsed.addressees),
        preamble=parsed.preamble or "",
        closing_rule=parsed.closing_rule or "",
        due_on=None,
    )
    if existing is None:
        return replace(said, due_on=_year_end(said.last_year))
    known = existing.facts
    silent = {each.name: getattr(known, each.name) for each in fields(said) if not getattr(said, each.name)}
    facts = replace(said, **silent)
    by_default = known.due_on == _year_end(known.last_year)
    return replace(facts, due_on=_year_end(facts.last_year)) if by_default else facts


def _year_end(year: int) -> date | None:
    return date(year, 12, 31) if year else None


def _unknown(parsed: ParsedPlan, register: Register) -> tuple[UnknownName, ...]:
    mentions: dict[str, list[Mention]] = defaultdict(list)
    for task in _tasks(parsed):
        for agency in task.agencies:
            if agency.name not in register.bearers:
                mentions[agency.name].append(Mention(task.number, task.lines[0]))
    return tuple(
        UnknownName(name, tuple(places), register.nearest.get(name, ())) for name, places in mentions.items()
    )


def _misfits(
    parsed: ParsedPlan, facts: PlanFacts, outline: Sequence[ChapterHeading], steps: Sequence[TaskStep]
) -> Iterator[Finding]:
    """What the database would refuse, said before it does and in words."""
    if not facts.title:
        yield error(
            Code.NO_TITLE, "没有找到计划的标题，请在正文前补上一行标题，如“2024年知识产权强国建设推进计划”。"
        )
    if not EARLIEST_YEAR <= facts.first_year <= facts.last_year < facts.first_year + MOST_YEARS:
        yield error(Code.NO_YEARS, "没有找到计划的年度或年度不合理，请在标题中写明，如“2024年”。")
    for name, label in (("title", "标题"), ("document_number", "文号"), ("issuer", "印发单位")):
        if len(getattr(facts, name)) > LONGEST[name]:
            yield error(Code.DOES_NOT_FIT, f"计划的{label}超过 {LONGEST[name]} 字，请核对是否混入了正文。")
    for chapter in outline:
        yield from _misfit_heading(f"第 {chapter.number} 章", chapter.number, chapter.title)
        for section in chapter.sections:
            if section.number is not None:
                where = f"第 {chapter.number} 章第 {section.number} 节"
                yield from _misfit_heading(where, section.number, section.title)
    for step in steps:
        yield from _misfit_task(step.content, step.citation.first_line or 0)
    if not parsed.has_errors:  # the parser speaks of repeated numbers itself, and better
        yield from _repeated("章", [chapter.number for chapter in outline])
        for chapter in outline:
            yield from _repeated(f"第 {chapter.number} 章的节", [each.number for each in chapter.sections])
        yield from _repeated("任务", [step.content.number for step in steps])


def _misfit_heading(where: str, number: int, title: str) -> Iterator[Finding]:
    if not 1 <= number <= LARGEST_HEADING_NUMBER or not title:
        yield error(Code.DOES_NOT_FIT, f"{where}的序号或标题不合理，请核对。")
    if len(title) > LONGEST_HEADING:
        yield error(Code.DOES_NOT_FIT, f"{where}的标题超过 {LONGEST_HEADING} 字，请核对是否混入了正文。")


def _misfit_task(content: Content, line: int) -> Iterator[Finding]:
    where = f"第 {line} 行：第 {content.number} 项"
    if not 1 <= content.number <= LARGEST_NUMBER or not content.text:
        yield error(Code.DOES_NOT_FIT, f"{where}的序号不合理或没有正文，请核对。", line)
    for part in content.parts:
        if len(part.named_as) > LONGEST_NAME:
            yield error(
                Code.DOES_NOT_FIT,
                f"{where}的单位“{_short(part.named_as)}”超过 {LONGEST_NAME} 字，请核对责任条款。",
                line,
            )


def _repeated(what: str, numbers: Sequence[Hashable]) -> Iterator[Finding]:
    for number, count in Counter(numbers).items():
        if count > 1:
            yield error(Code.NUMBER_TWICE, f"{what}序号 {number} 重复，请核对。")


# --- which task -------------------------------------------------------------------------------------


def _steps(
    wanted: Sequence[tuple[Content, Citation]], stored: Sequence[StoredTask], findings: list[Finding]
) -> tuple[tuple[TaskStep, ...], tuple[StoredTask, ...]]:
    contents = [content for content, _ in wanted]
    matched = _match(contents, stored, findings, [citation.first_line or 0 for _, citation in wanted])
    steps = []
    for place, (content, citation) in enumerate(wanted):
        task = matched.get(place)
        if task is None:
            steps.append(TaskStep(content, citation))
            continue
        content = _with_confirmed_roles(content, task.content, findings, citation.first_line or 0)
        if task.is_extended:
            content = replace(content, due_on=task.content.due_on)
        steps.append(TaskStep(content, citation, task.pk, _changes(task.content, content), task.citation))
    kept = {task.pk for task in matched.values()}
    missing = tuple(task for task in stored if task.pk not in kept)
    findings += (
        error(
            Code.TASK_MISSING,
            f"文件中没有库里的第 {task.content.number} 项“{_short(task.content.text)}”："
            "已有的任务不会被删除，请补回这一项；如任务已取消，请保留该项，在台账中将其状态改为“已调整”。",
        )
        for task in missing
    )
    return tuple(steps), missing


def _match(
    contents: Sequence[Content], stored: Sequence[StoredTask], findings: list[Finding], lines: Sequence[int]
) -> dict[int, StoredTask]:
    """Which stored task each content (by its place in the file) is a version of."""
    matched: dict[int, StoredTask] = {}
    left = {task.pk: task for task in stored}

    def pair(place: int, task: StoredTask) -> None:
        matched[place] = left.pop(task.pk)

    def open_places() -> list[int]:
        return [place for place in range(len(contents)) if place not in matched]

    # The same words: where they stand twice, the same number first, then in the order of the file.
    for same_number in (True, False):
        bearers: dict[object, list[StoredTask]] = defaultdict(list)
        for task in left.values():
            bearers[text_key(task.content.text), task.content.number if same_number else None].append(task)
        for place in open_places():
            content = contents[place]
            same = bearers.get((text_key(content.text), content.number if same_number else None))
            if same:
                pair(place, same.pop(0))
    # Nearly the same words: the nearest pair first, and among equals the nearest number.
    for place, task in _similar(contents, open_places(), list(left.values())):
        if place not in matched and task.pk in left:
            pair(place, task)
    # The same number.
    numbered = {task.content.number: task for task in left.values()}
    for place in open_places():
        namesake = numbered.pop(contents[place].number, None)
        if namesake is not None:
            pair(place, namesake)
            findings.append(
                Finding(
                    Severity.WARNING,
                    Code.REWRITTEN,
                    lines[place],
                    f"第 {contents[place].number} 项的正文与库中同号的任务“{_short(namesake.content.text)}”"
                    "差别很大，将视为同一任务并保留其状态，请核对。",
                )
            )
    return matched


def _similar(
    contents: Sequence[Content], places: Sequence[int], tasks: Sequence[StoredTask]
) -> Iterator[tuple[int, StoredTask]]:
    if len(places) * len(tasks) > MOST_PAIRS:
        return
    of_tasks = [(task, _letter_pairs(task.content.text)) for task in tasks]
    pairs = []
    for place in places:
        mine = _letter_pairs(contents[place].text)
        for task, theirs in of_tasks:
            likeness = 2 * len(mine & theirs) / (len(mine) + len(theirs) or 1)
            if likeness >= SIMILAR:
                distance = abs(contents[place].number - task.content.number)
                pairs.append((-likeness, distance, place, task.content.number, task))
    for *_, place, _, task in sorted(pairs, key=lambda each: each[:4]):
        yield place, task


def _letter_pairs(text: str) -> frozenset[str]:
    key = text_key(text)
    return frozenset(key[place : place + 2] for place in range(len(key) - 1))


def _with_confirmed_roles(content: Content, stored: Content, findings: list[Finding], line: int) -> Content:
    """What the office has said of the agencies stands for as long as the clause stays as it was; a changed
    clause that names the same agencies keeps their roles.
    """
    if all(part.basis != "office" for part in stored.parts):
        return content
    if content.responsibility == stored.responsibility:
        return replace(content, parts=stored.parts)
    known = {part.agency: part for part in stored.parts}
    if known.keys() == {part.agency for part in content.parts}:
        parts = tuple(
            replace(part, role=known[part.agency].role, basis=known[part.agency].basis)
            for part in content.parts
        )
        return replace(content, parts=parts)
    findings.append(
        Finding(
            Severity.WARNING,
            Code.CONFIRMATION_LOST,
            line,
            f"第 {content.number} 项的责任单位有变，办公室确认过的牵头和参与将按新的责任条款改写，请核对。",
        )
    )
    return content


# --- shared -----------------------------------------------------------------------------------------


def _changes(before: Content | PlanFacts, after: Content | PlanFacts) -> tuple[Change, ...]:
    return tuple(
        Change(each.name, getattr(before, each.name), getattr(after, each.name))
        for each in fields(before)
        if getattr(before, each.name) != getattr(after, each.name)
    )


def _short(text: str, length: int = 24) -> str:
    return text if len(text) <= length else text[:length] + "…"
