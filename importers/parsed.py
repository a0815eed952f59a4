"""From a document to the plan it holds: layout, outline, clauses and front matter put together."""

import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from importers import remarks
from importers.clause_places import PlacedClause, clauses_of, merged_clause
from importers.clauses import Clause, read_clause
from importers.deadlines import deadline_of_whole, deadlines_in
from importers.diagnostics import Code, Diagnostic, can_undo, in_reading_order, keyed, warning
from importers.front import Front, read_front
from importers.grammar import Node, Outline, outline
from importers.layout import Layout, joined_lines, repair
from importers.markers import Kind, torn_number
from importers.readers import Document
from importers.records import NotAPlan, ParsedChapter, ParsedPlan, ParsedSection, ParsedTask
from importers.stream import Span
from importers.tail import Tail, read_tail

__all__ = ["NotAPlan", "ParsedChapter", "ParsedPlan", "ParsedSection", "ParsedTask", "parse_plan"]

Progress = Callable[[int, str], None]

# What the readers make of a table that is not one of tasks: a number, and cells behind tabs.
_TABLE_ROW = re.compile(r"\s*(?:序号|[0-9]{1,3}[.、]?)\t.*\S")
_ENDS_SENTENCE = re.compile("[。！？；…][”’）》]?$")


def parse_plan(
    document: Document, *, undone: frozenset[str] = frozenset(), on_progress: Progress | None = None
) -> ParsedPlan:
    """The plan in `document`. Faults of a plan are diagnostics; NotAPlan is raised where there is none.

    `undone` are keys of repairs (see `Diagnostic.key`) that are not to be made. What that means is one thing
    for each kind, and each is then reported as an info with its old key and `undone`:

    - width, digits and letters, spaces, invisible, look-alike and traditional characters are switched off
      as a whole, a single slip of conversion alone: titles, texts, preamble, clause and closing rule read as
      the source does, while numbers, clauses and agencies' names are recognised all the same;
    - a page number, a running head, a watermark stays in the text where it stood;
    - a joined line keeps its line break in the task's text or the preamble; a heading ends at it, and what
      follows is text that belongs nowhere. Breaks in a clause, a number or the plan's title stay joined.
      Where the joins are too many to list, all of them are undone together, and headings stay whole;
    - a torn number begins no task: its digits stay in the text before, and a number is missing;
    - a table of contents is read as headings; a clause that lost its brackets stays text.

    `on_progress` is told a percentage and, in Chinese, what is being done."""
    tell = on_progress or _tell_nobody
    tell(0, "正在整理版面")
    layout = repair(document, undone)
    tell(40, "正在识别章节和序号")
    structure = outline(layout.stream, undone)
    if not any(node.kind is Kind.TASK for node in structure.nodes):
        raise NotAPlan(_not_a_plan(document, structure))
    tell(60, "正在读取任务和责任条款")
    plan = _Assembly(layout, structure, undone, tell).plan()
    tell(100, "已读完")
    return plan


def _tell_nobody(percent: int, doing: str) -> None:
    return


def _not_a_plan(document: Document, structure: Outline) -> str:
    if any(_TABLE_ROW.match(line.text) for line in document.lines):
        return (
            "这份文件的任务在表格里，但没有从表头和序号认出来：请让表头写明“序号”“工作任务”“责任单位”"
            "（或“牵头单位”“配合单位”“完成时限”），每行一项任务并写序号，存为 .docx 再导入；"
            "或把表格改成“1.任务内容。（某单位负责）”这样的文字。"
        )
    if structure.nodes:
        return "这份文件有章节标题，但没有“1.”“2.”这样编号的任务，不是推进计划，请核对所选文件。"
    return "没有找到“一、”“（一）”“1.”这样的章、节和任务编号，这份文件不是推进计划，请核对所选文件。"


class _Assembly:
    """Puts the parts of the outline together; collects what there is to say on the way."""

    def __init__(self, layout: Layout, structure: Outline, undone: frozenset[str], tell: Progress) -> None:
        self.stream = layout.stream
        self.wording = layout.wording
        self.structure = structure
        self.undone = undone
        self.tell = tell
        before = structure.contents[0] if structure.contents else structure.begins
        self.front: Front = read_front(layout.stream, layout.wording, before)
        self.found = [*layout.diagnostics, *structure.diagnostics, *self.front.diagnostics]
        self.year = self.front.years[-1] if self.front.years else None
        self.placed: list[Span] = []  # what is a heading or a task: breaks inside were joined
        self.torn: list[Span] = []
        self.fixed: list[Span] = [*self.front.fixed]  # what has no meaning with a break inside
        self.tail = Tail()
        self.unplaced = [*structure.unplaced]

    def plan(self) -> ParsedPlan:
        chapters = tuple(self._chapters())
        if not self.front.title and not any(t.agencies for c in chapters for t in c.tasks):
            raise NotAPlan(
                "文件有编号的条目，但没有标题，也没有一项写明责任单位，不是推进计划，请核对所选文件。"
            )
        self.found += remarks.on_unplaced(self.stream, self.unplaced)
        self.found += remarks.on_structure(chapters, self.front)
        self.found += self.tail.diagnostics
        spans = [*self.front.joined, *self.placed]
        self.found += joined_lines(self.stream, spans, self.torn, self.fixed, self.undone)
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
            diagnostics=tuple(keyed(in_reading_order(self.found))),
        )

    # Headings

    def _chapters(self) -> Iterator[ParsedChapter]:
        nodes = self.structure.nodes
        last_task = max(i for i, node in enumerate(nodes) if node.kind is Kind.TASK)
        starts = [i for i, node in enumerate(nodes) if node.kind is Kind.CHAPTER]
        if not starts:
            yield self._only_chapter(nodes, last_task)
        for start, end in zip(starts, [*starts[1:], len(nodes)], strict=False):
            head = nodes[start]
            self.tell(60 + 40 * start // len(nodes), "正在读取任务和责任条款")
            sections = tuple(self._sections(nodes, start + 1, end, last_task))
            yield ParsedChapter(head.number, self._title(head), self._line(head), sections)

    def _only_chapter(self, nodes: Sequence[Node], last_task: int) -> ParsedChapter:
        """All tasks of a document without headings, under the plan's own title."""
        line = self._line(nodes[0])
        message = "文件没有章节标题，全部任务归入以计划标题命名的一章，请核对。"
        self.found.append(warning(Code.NO_CHAPTERS, line, message))
        sections = tuple(self._sections(nodes, 0, len(nodes), last_task))
        return ParsedChapter(1, self.front.title or "工作任务", line, sections)

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
        title = self.wording.text(head.start, head.end).strip()
        if self.wording.keeps_all_breaks:
            return title.replace("\n", "")
        title, _, rest = title.partition("\n")
        if rest:
            source = self.stream.source(head.start, head.end).strip()
            self.found.append(remarks.left_of_heading(self._line(head), title, rest.strip(), source))
        return title

    def _line(self, node: Node) -> int:
        return self.stream.line_at(node.marker_start)

    def _place(self, node: Node, end: int) -> None:
        """Note the span of a node; a marker with a line break inside was torn and is whole again."""
        self.placed.append((node.marker_start, end))
        if not self.stream.breaks_within(node.marker_start, node.start):
            return
        marker = (node.marker_start, node.start)
        self.torn.append(marker)
        self.found.append(can_undo(torn_number(self.stream, *marker)))

    # Tasks

    def _task(self, node: Node, is_last: bool) -> ParsedTask:
        clauses, note = self._clauses(node, is_last)
        end = node.end
        if is_last:
            end = self._end_of_last(node, clauses)
            self._read_tail(end, node.end)
        elif clauses:
            end = self._without_leftover(clauses[-1][0][1], node.end)
        line = self._line(node)
        self._place(node, end)
        spans = [span for span, _ in clauses]
        self.fixed += spans
        merged = merged_clause([clause for _, clause in clauses])
        text = self._body(self.wording.text, node.start, end, spans)
        repaired = (
            text if self.wording.is_repaired else self._body(self.stream.between, node.start, end, spans)
        )
        task = ParsedTask(
            number=node.number,
            text=text,
            source_text=self.stream.source(node.marker_start, end).strip(),
            responsibility=self._responsibility(clauses, merged),
            agencies=merged.agencies,
            duty=merged.duty,
            open_ended=merged.open_ended,
            due=merged.due or self._due(repaired, node.number, line),
            lines=(line, self.stream.line_at(max(end - 1, node.marker_start))),
            lead_stated=merged.lead_stated,
            written_number=node.written,
        )
        self.found += remarks.on_task(self.stream, task, clauses, merged, end)
        self.found += note
        return task

    def _clauses(self, node: Node, is_last: bool) -> tuple[list[PlacedClause], list[Diagnostic]]:
        clauses, code, left = clauses_of(self.stream, node, self.year, is_last=is_last)
        self.found += (remarks.left_in_text(self.stream, node.number, span) for span, _ in left)
        if code is None:
            return clauses, []
        note = can_undo(remarks.rescued_clause(self.stream, node.number, clauses[-1], code))
        (note,) = keyed([note])
        if note.key in self.undone:
            return clauses[:-1], [note.not_made()]
        return clauses, [note]

    def _responsibility(self, clauses: Sequence[PlacedClause], merged: Clause) -> str:
        if self.wording.is_repaired:
            return merged.text
        words = (self.wording.text(*span).replace("\n", "").strip() for span, _ in clauses)
        return "；".join(
            each[1:-1].strip() if each[:1] in "（(【〔[" and each[-1:] in "）)】〕]" else each
            for each in words
        )

    def _due(self, text: str, number: int, line: int) -> datetime.date | None:
        """The deadline that a task's text, repaired, says of the whole task."""
        words = deadlines_in(text)
        due = deadline_of_whole(text, self.year) if words else None
        if due is None:
            self.found += remarks.on_deadlines(number, line, words)
        return due

    @staticmethod
    def _body(read: Callable[[int, int], str], start: int, end: int, clauses: Sequence[Span]) -> str:
        """The text of a task without its clauses, each stretch of it as `read` gives it."""
        pieces = []
        for clause_start, clause_end in clauses:
            pieces.append(read(start, clause_start))
            start = clause_end
        before, rest = "".join(pieces).strip(), read(start, end)
        # The stop behind a clause ends the sentence in front of it, unless that has one of its own.
        if not rest.strip("。；; ，.") and (not before or _ENDS_SENTENCE.search(before)):
            return before
        return (before + rest).strip()

    def _read_tail(self, start: int, end: int) -> None:
        """What is behind the last task; headings without tasks may come first, the signature is behind."""
        if end == len(self.stream.text):
            self.tail = read_tail(self.stream, self.wording, start)
            return
        behind = (
            self.unplaced.pop()[0] if self.unplaced and self.unplaced[-1][1] > end else len(self.stream.text)
        )
        tail = read_tail(self.stream, self.wording, behind)
        if behind < tail.rule_end:
            self.unplaced.append((behind, tail.rule_end))
        self.tail = replace(tail, closing_rule=self.wording.text(start, end).strip())

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
