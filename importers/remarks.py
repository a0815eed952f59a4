"""What there is to say of the tasks and headings of a plan, in the words that people read."""

import re
from collections.abc import Iterator, Sequence

from importers.clause_places import PlacedClause
from importers.clauses import Clause
from importers.diagnostics import Code, Diagnostic, error, info, warning
from importers.front import Front
from importers.records import ParsedChapter, ParsedTask
from importers.stream import Span, Stream


def left_of_heading(line: int, title: str, rest: str, source: str) -> Diagnostic:
    message = f"第 {line} 行的标题“{title}”之后的“{rest}”不属于任何任务或标题，请核对。"
    return warning(Code.UNPLACED_TEXT, line, message, source)


def rescued_clause(stream: Stream, number: int, placed: PlacedClause, code: Code) -> Diagnostic:
    """A clause that lost a bracket or both and was read all the same."""
    span, clause = placed
    line = stream.line_at(span[0])
    what, after = (
        ("缺少一个括号", f"（{clause.text}）") if code is Code.UNCLOSED_CLAUSE else ("没有括号", clause.text)
    )
    message = f"第 {line} 行：第 {number} 项的责任条款{what}，已按条款读取，请核对。"
    return warning(code, line, message, stream.source(*span), after)


def left_in_text(stream: Stream, number: int, span: Span) -> Diagnostic:
    """A bracket in mid-sentence that reads like a clause and names no whole agency."""
    line = stream.line_at(span[0])
    words = stream.text[slice(*span)]
    message = f"第 {line} 行：第 {number} 项句中的“{words}”没有作为责任条款，已留在正文中，请核对。"
    return warning(Code.STRAY_BRACKET, line, message, stream.source(*span), words)


def on_task(
    stream: Stream, task: ParsedTask, clauses: Sequence[PlacedClause], merged: Clause, end: int
) -> Iterator[Diagnostic]:
    """Faults and doubts of one task, which ends at `end` in the stream."""
    number, line = task.number, task.lines[0]
    clause_line = stream.line_at(clauses[-1][0][0]) if clauses else line
    source = stream.source(*clauses[-1][0]) if clauses else ""
    where = f"第 {clause_line} 行：第 {number} 项"
    if not task.text:
        yield error(Code.EMPTY_TASK, line, f"第 {line} 行：第 {number} 项没有任务内容，请补全。")
    if not clauses or not any(clause.agencies or clause.explicit for _, clause in clauses):
        message = f"第 {line} 行：第 {number} 项没有责任条款，请在任务末尾补上“（某单位负责）”。"
        yield error(Code.MISSING_CLAUSE, line, message, task.source_text[-40:])
    elif not merged.agencies:
        only_time = all(re.search("负责|牵头|单位|部门", clause.text) is None for _, clause in clauses)
        code = Code.MISSING_CLAUSE if only_time else Code.UNREADABLE_CLAUSE
        yield error(code, clause_line, f"{where}的责任条款没有写明单位，请补上责任单位。", source)
    if merged.open_ended:
        message = f"{where}的责任条款写“等”，只登记列名的 {len(merged.agencies)} 家，如有其他单位请补充。"
        yield warning(Code.OPEN_ENDED, clause_line, message, source)
    for names, code, what in (
        (merged.doubtful, Code.DOUBTFUL_AGENCY, "不像单位名称，请核对"),
        (merged.repeated, Code.REPEATED_AGENCY, "在责任条款中重复，只登记一次"),
        (
            merged.further_leads,
            Code.SEVERAL_LEADS,
            "也写作牵头单位，只以列第一位的为牵头，其余登记为参与，请核对",
        ),
        (merged.notes, Code.CLAUSE_NOTE, "是责任条款附带的说明，其中的单位没有登记，请核对"),
    ):
        if names:
            yield warning(code, clause_line, f"{where}的“{'、'.join(names)}”{what}。", source)
    yield from _on_several(stream, task, clauses, where, end)


def _on_several(
    stream: Stream, task: ParsedTask, clauses: Sequence[PlacedClause], where: str, end: int
) -> Iterator[Diagnostic]:
    with_agencies = [span for span, clause in clauses if clause.agencies]
    if len(with_agencies) > 1:
        lines = "、".join(str(stream.line_at(start)) for start, _ in with_agencies)
        message = (
            f"第 {task.number} 项有 {len(with_agencies)} 处责任条款（第 {lines} 行），"
            "第一处的首家牵头，其余参与。"
        )
        yield info(Code.SEVERAL_CLAUSES, stream.line_at(with_agencies[0][0]), message)
    if clauses:
        behind = clauses[-1][0][1]
        if stream.text[behind:end].strip("。；; ，"):
            message = f"{where}的责任条款之后还有正文，已并入本项，请核对是否漏了序号。"
            yield warning(Code.TEXT_AFTER_CLAUSE, stream.line_at(behind), message, stream.source(behind, end))


def on_deadlines(number: int, line: int, words: Sequence[str]) -> Iterator[Diagnostic]:
    """Deadlines in a task's text that are not taken for the whole task's."""
    if words:
        said = "、".join(f"“{each}”" for each in dict.fromkeys(words))
        message = f"第 {line} 行：第 {number} 项正文写有{said}，不是整项任务的完成时限，没有登记，请核对。"
        yield info(Code.DEADLINE_IN_TEXT, line, message)


def on_unplaced(stream: Stream, spans: Sequence[Span]) -> Iterator[Diagnostic]:
    for start, end in spans:
        line = stream.line_at(start)
        message = f"第 {line} 行起标题之下有一段不属于任何任务的文字，请核对。"
        yield warning(Code.UNPLACED_TEXT, line, message, stream.source(start, end).strip())


def on_structure(chapters: Sequence[ParsedChapter], front: Front) -> Iterator[Diagnostic]:
    """Headings without tasks, chapters without sections, another number of tasks than declared."""
    for chapter in chapters:
        heads: list[tuple[str, int, int]] = [(f"第 {chapter.number} 章", chapter.line, len(chapter.tasks))]
        heads += [
            (f"第 {chapter.number} 章第 {each.number} 节", each.line, len(each.tasks))
            for each in chapter.sections
        ]
        for name, line, count in heads:
            if not count:
                yield warning(Code.EMPTY_HEADING, line, f"第 {line} 行：{name}没有任务，请核对。")
    bare = [chapter for chapter in chapters if [s.number for s in chapter.sections] == [None]]
    if bare:
        numbers = "、".join(str(chapter.number) for chapter in bare)
        count = sum(len(chapter.tasks) for chapter in bare)
        message = f"第 {numbers} 章没有分节，{count} 项任务直接归章。"
        yield info(Code.NO_SECTIONS, bare[0].line, message)
    total = sum(len(chapter.tasks) for chapter in chapters)
    if front.declared is not None and front.declared[0] != total:
        declared, line = front.declared
        message = f"第 {line} 行写明共 {declared} 项任务，实际找到 {total} 项，请核对是否有遗漏。"
        yield warning(Code.DECLARED_COUNT, line, message)
