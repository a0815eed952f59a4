"""A plan as its text says it: pure values that know nothing of the database, and the way to them."""

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from importers.clause_places import PlacedClause, clauses_of, merged_clause
from importers.clauses import Clause, Duty, ParsedAgency, read_clause
from importers.diagnostics import (
    Code,
    Diagnostic,
    Severity,
    error,
    in_reading_order,
    info,
    warning,
)
from importers.front import Front, Tail, read_front, read_tail
from importers.grammar import Node, Outline, outline
from importers.layout import joined_lines, repair
from importers.markers import Kind
from importers.readers import Document
from importers.stream import Span, Stream


class NotAPlan(ValueError):
    """The document holds no plan. The message is one Chinese sentence to show as it is."""


@dataclass(frozen=True, slots=True)
class ParsedTask:
    """`text` is normalised and without number and clause; `source_text` is the source verbatim with both.

    `responsibility` is the clause without its brackets (several joined by ；); `lines` are first and last."""

    number: int
    text: str
    source_text: str
    responsibility: str
    agencies: tuple[ParsedAgency, ...]
    duty: Duty
    open_ended: bool
    due: datetime.date | None
    lines: tuple[int, int]

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "text": self.text,
            "responsibility": self.responsibility,
            "agencies": [{"name": each.name, "role": each.role.value} for each in self.agencies],
            "duty": self.duty.value,
            "open_ended": self.open_ended,
            "due": self.due.isoformat() if self.due else None,
            "lines": list(self.lines),
        }


@dataclass(frozen=True, slots=True)
class ParsedSection:
    """Number and title are None for the one section of a chapter without sections."""

    number: int | None
    title: str | None
    line: int
    tasks: tuple[ParsedTask, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "title": self.title,
            "tasks": [task.to_json() for task in self.tasks],
        }


@dataclass(frozen=True, slots=True)
class ParsedChapter:
    number: int
    title: str
    line: int
    sections: tuple[ParsedSection, ...]

    @property
    def tasks(self) -> tuple[ParsedTask, ...]:
        return tuple(task for section in self.sections for task in section.tasks)

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "title": self.title,
            "sections": [section.to_json() for section in self.sections],
        }


@dataclass(frozen=True, slots=True)
class ParsedPlan:
    title: str
    years: tuple[int, ...]
    document_number: str
    issuer: str
    issued_on: datetime.date | None
    addressees: tuple[str, ...]
    preamble: str
    closing_rule: str
    chapters: tuple[ParsedChapter, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def tasks(self) -> tuple[ParsedTask, ...]:
        return tuple(task for chapter in self.chapters for task in chapter.tasks)

    @property
    def has_errors(self) -> bool:
        return any(each.severity is Severity.ERROR for each in self.diagnostics)

    def to_json(self) -> dict[str, Any]:
        """The JSON object of the contract (design.md §4), keys and order."""
        return {
            "title": self.title,
            "years": list(self.years),
            "document_number": self.document_number,
            "issuer": self.issuer,
            "issued_on": self.issued_on.isoformat() if self.issued_on else None,
            "addressees": list(self.addressees),
            "preamble": self.preamble,
            "closing_rule": self.closing_rule,
            "chapters": [chapter.to_json() for chapter in self.chapters],
            "diagnostics": [each.to_json() for each in self.diagnostics],
        }


def parse_plan(document: Document) -> ParsedPlan:
    """The plan in `document`. Faults of a plan are diagnostics; NotAPlan is raised where there is none."""
    layout = repair(document)
    stream = layout.stream
    structure = outline(stream)
    if not any(node.kind is Kind.TASK for node in structure.nodes):
        raise NotAPlan(_not_a_plan(structure))
    before = structure.contents[0] if structure.contents else structure.begins
    front = read_front(stream, before)
    return _Assembly(stream, structure, front, layout.diagnostics).plan()


def _not_a_plan(structure: Outline) -> str:
    if structure.nodes:
        return "这份文件有章节标题，但没有“1.”“2.”这样编号的任务，不是推进计划，请核对所选文件。"
    return "没有找到“一、”“（一）”“1.”这样的章、节和任务编号，这份文件不是推进计划，请核对所选文件。"


class _Assembly:
    """Puts the parts of the outline together; collects what there is to say on the way."""

    def __init__(self, stream: Stream, structure: Outline, front: Front, found: Sequence[Diagnostic]) -> None:
        self.stream = stream
        self.structure = structure
        self.front = front
        self.found = [*found, *structure.diagnostics, *front.diagnostics]
        self.year = front.years[-1] if front.years else None
        self.placed: list[Span] = []  # what is a heading or a task: breaks inside were joined
        self.torn: list[Span] = []
        self.tail = Tail()

    def plan(self) -> ParsedPlan:
        chapters = tuple(self._chapters())
        if not self.front.title and not any(t.agencies for c in chapters for t in c.tasks):
            raise NotAPlan(
                "文件有编号的条目，但没有标题，也没有一项写明责任单位，不是推进计划，请核对所选文件。"
            )
        self._report_unplaced()
        self._report_structure(chapters)
        self.found += self.tail.diagnostics
        self.found += joined_lines(self.stream, [*self.front.joined, *self.placed], self.torn)
        front = self.front
        return ParsedPlan(
            title=front.title,
            years=front.years,
            document_number=front.document_number,
            issuer=front.issuer or self.tail.issuer,
            issued_on=front.issued_on or self.tail.issued_on,
            addressees=front.addressees,
            preamble=front.preamble,
            closing_rule=self.tail.closing_rule,
            chapters=chapters,
            diagnostics=in_reading_order(self.found),
        )

    # Headings

    def _chapters(self) -> Iterator[ParsedChapter]:
        nodes = self.structure.nodes
        last_task = max(i for i, node in enumerate(nodes) if node.kind is Kind.TASK)
        starts = [i for i, node in enumerate(nodes) if node.kind is Kind.CHAPTER]
        for start, end in zip(starts, [*starts[1:], len(nodes)], strict=False):
            head = nodes[start]
            sections = tuple(self._sections(nodes, start + 1, end, last_task))
            yield ParsedChapter(head.number, self._title(head), self._line(head), sections)

    def _sections(
        self, nodes: Sequence[Node], start: int, end: int, last_task: int
    ) -> Iterator[ParsedSection]:
        heads = [i for i in range(start, end) if nodes[i].kind is Kind.SECTION]
        first = heads[0] if heads else end
        if first > start:
            tasks = tuple(self._task(nodes[i], i == last_task) for i in range(start, first))
            yield ParsedSection(None, None, tasks[0].lines[0], tasks)
        for head, until in zip(heads, [*heads[1:], end], strict=False):
            tasks = tuple(self._task(nodes[i], i == last_task) for i in range(head + 1, until))
            yield ParsedSection(nodes[head].number, self._title(nodes[head]), self._line(nodes[head]), tasks)

    def _title(self, head: Node) -> str:
        self._place(head, head.end)
        return self.stream.text[head.start : head.end].strip()

    def _line(self, node: Node) -> int:
        return self.stream.line_at(node.marker_start)

    def _place(self, node: Node, end: int) -> None:
        """Note the span of a node; a marker with a line break inside was torn and is whole again."""
        self.placed.append((node.marker_start, end))
        if not self.stream.breaks_within(node.marker_start, node.start):
            return
        marker = (node.marker_start, node.start)
        lines = (self.stream.line_at(marker[0]), self.stream.line_at(marker[1] - 1))
        after = self.stream.text[slice(*marker)].strip()
        self.torn.append(marker)
        self.found.append(
            info(
                Code.TORN_NUMBER,
                lines[0],
                f"第 {lines[0]}—{lines[1]} 行的序号被断行拆开，已接成“{after}”。",
                self.stream.source(*marker).strip(),
                after,
            )
        )

    # Tasks

    def _task(self, node: Node, is_last: bool) -> ParsedTask:
        text = self.stream.text
        clauses, note = clauses_of(self.stream, node, self.year, is_last=is_last)
        end = node.end
        if is_last:
            end = self._end_of_last(node, clauses)
            self.tail = read_tail(self.stream, end)
        elif clauses:
            end = self._without_leftover(clauses[-1][0][1], node.end)
        body = _without(text, node.start, end, [span for span, _ in clauses])
        line = self._line(node)
        self._place(node, end)
        merged = merged_clause([clause for _, clause in clauses])
        task = ParsedTask(
            number=node.number,
            text=body,
            source_text=self.stream.source(node.marker_start, end).strip(),
            responsibility=merged.text,
            agencies=merged.agencies,
            duty=merged.duty,
            open_ended=merged.open_ended,
            due=merged.due,
            lines=(line, self.stream.line_at(max(end - 1, node.marker_start))),
        )
        self._report_task(task, clauses, merged, note)
        return task

    def _end_of_last(self, node: Node, clauses: Sequence[PlacedClause]) -> int:
        """The last task ends with its clause; without one it ends where its line does."""
        text = self.stream.text
        if clauses:
            end = clauses[-1][0][1]
            return end + 1 if text[end : end + 1] in ("。", "；") else end
        for offset in self.stream.breaks_within(node.start, node.end):
            if text[offset - 1] in "。）)":
                return offset
        return node.end

    def _without_leftover(self, clause_end: int, end: int) -> int:
        """Words behind the clause that are no sentence belong to no task: a heading that lost its number."""
        leftover = self.stream.text[clause_end:end].strip("。；; ，")
        if not leftover or re.search("[。！？；，]", self.stream.text[clause_end:end].rstrip()):
            return end
        if read_clause(leftover) is not None or len(leftover) > 60:
            return end
        line = self.stream.line_at(clause_end)
        self.found.append(
            warning(
                Code.UNPLACED_TEXT,
                line,
                f"第 {line} 行责任条款之后的“{leftover}”不属于任何任务或标题，请核对。",
                self.stream.source(clause_end, end).strip(),
            )
        )
        return clause_end

    # What there is to say

    def _report_task(
        self, task: ParsedTask, clauses: Sequence[PlacedClause], merged: Clause, note: Code | None
    ) -> None:
        number, line = task.number, task.lines[0]
        clause_line = self.stream.line_at(clauses[-1][0][0]) if clauses else line
        source = self.stream.source(*clauses[-1][0]) if clauses else ""
        where = f"第 {clause_line} 行：第 {number} 项"
        if not task.text:
            self.found.append(
                error(Code.EMPTY_TASK, line, f"第 {line} 行：第 {number} 项没有任务内容，请补全。")
            )
        if not clauses or not any(c.agencies or c.explicit for _, c in clauses):
            self.found.append(
                error(
                    Code.MISSING_CLAUSE,
                    line,
                    f"第 {line} 行：第 {number} 项没有责任条款，请在任务末尾补上“（某单位负责）”。",
                    task.source_text[-40:],
                )
            )
        elif not merged.agencies:
            only_time = all(re.search("负责|牵头|单位|部门", c.text) is None for _, c in clauses)
            code = Code.MISSING_CLAUSE if only_time else Code.UNREADABLE_CLAUSE
            self.found.append(
                error(code, clause_line, f"{where}的责任条款没有写明单位，请补上责任单位。", source)
            )
        if note is Code.UNCLOSED_CLAUSE:
            self.found.append(
                warning(
                    note,
                    clause_line,
                    f"{where}的责任条款缺少一个括号，已按条款读取，请核对。",
                    source,
                    f"（{merged.text}）",
                )
            )
        elif note is Code.BARE_CLAUSE:
            self.found.append(
                warning(
                    note,
                    clause_line,
                    f"{where}的责任条款没有括号，已按条款读取，请核对。",
                    source,
                    merged.text,
                )
            )
        if merged.open_ended:
            self.found.append(
                warning(
                    Code.OPEN_ENDED,
                    clause_line,
                    f"{where}的责任条款写“等”，只登记列名的 {len(merged.agencies)} 家，如有其他单位请补充。",
                    source,
                )
            )
        for names, code, what in (
            (merged.doubtful, Code.DOUBTFUL_AGENCY, "不像单位名称，请核对"),
            (merged.repeated, Code.REPEATED_AGENCY, "在责任条款中重复，只登记一次"),
            (
                merged.further_leads,
                Code.SEVERAL_LEADS,
                "也写作牵头单位，只以列第一位的为牵头，其余登记为参与，请核对",
            ),
        ):
            if names:
                listed = "、".join(names)
                self.found.append(warning(code, clause_line, f"{where}的“{listed}”{what}。", source))
        self._report_several(task, clauses, where)

    def _report_several(self, task: ParsedTask, clauses: Sequence[PlacedClause], where: str) -> None:
        with_agencies = [span for span, clause in clauses if clause.agencies]
        if len(with_agencies) > 1:
            lines = "、".join(str(self.stream.line_at(start)) for start, _ in with_agencies)
            message = (
                f"第 {task.number} 项有 {len(with_agencies)} 处责任条款（第 {lines} 行），"
                "第一处的首家牵头，其余参与。"
            )
            self.found.append(info(Code.SEVERAL_CLAUSES, self.stream.line_at(with_agencies[0][0]), message))
        if clauses:
            end = clauses[-1][0][1]
            behind = next((span for span in reversed(self.placed)), (0, 0))[1]
            rest = self.stream.text[end:behind].strip("。；; ，")
            if rest:
                self.found.append(
                    warning(
                        Code.TEXT_AFTER_CLAUSE,
                        self.stream.line_at(end),
                        f"{where}的责任条款之后还有正文，已并入本项，请核对是否漏了序号。",
                        self.stream.source(end, behind),
                    )
                )

    def _report_unplaced(self) -> None:
        for start, end in self.structure.unplaced:
            line = self.stream.line_at(start)
            source = self.stream.source(start, end).strip()
            self.found.append(
                warning(
                    Code.UNPLACED_TEXT,
                    line,
                    f"第 {line} 行起标题之下有一段不属于任何任务的文字，请核对。",
                    source,
                )
            )

    def _report_structure(self, chapters: Sequence[ParsedChapter]) -> None:
        for chapter in chapters:
            heads: list[tuple[str, int, int]] = [
                (f"第 {chapter.number} 章", chapter.line, len(chapter.tasks))
            ]
            heads += [
                (f"第 {chapter.number} 章第 {each.number} 节", each.line, len(each.tasks))
                for each in chapter.sections
            ]
            for name, line, count in heads:
                if not count:
                    self.found.append(
                        warning(Code.EMPTY_HEADING, line, f"第 {line} 行：{name}没有任务，请核对。")
                    )
        bare = [chapter for chapter in chapters if [s.number for s in chapter.sections] == [None]]
        if bare:
            numbers = "、".join(str(chapter.number) for chapter in bare)
            count = sum(len(chapter.tasks) for chapter in bare)
            message = f"第 {numbers} 章没有分节，{count} 项任务直接归章。"
            self.found.append(info(Code.NO_SECTIONS, bare[0].line, message))
        total = sum(len(chapter.tasks) for chapter in chapters)
        if self.front.declared is not None and self.front.declared[0] != total:
            declared, line = self.front.declared
            message = f"第 {line} 行写明共 {declared} 项任务，实际找到 {total} 项，请核对是否有遗漏。"
            self.found.append(warning(Code.DECLARED_COUNT, line, message))


def _without(text: str, start: int, end: int, spans: Sequence[Span]) -> str:
    pieces = []
    for span_start, span_end in spans:
        pieces.append(text[start:span_start])
        start = span_end
    pieces.append(text[start:end] if text[start:end].strip("。；; ，") else "")
    return "".join(pieces).strip()
