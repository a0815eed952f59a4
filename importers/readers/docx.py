"""Word files: the text a reader of the printed document sees, in its order, with its automatic numbers.

The package is walked here and not through python-docx's content model, which (1.2.0) passes over content
controls and tracked insertions without a word and refuses packages with a dangling relationship, as add-ins
leave them (its issues 678 and 1105). What is left out (deletions, hidden text, notes, pictures) is a remark.
"""

import posixpath
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO

from lxml import etree

from importers.gate import Kind, Unreadable
from importers.readers.document import Document, OnPage, Remark, document_of, is_blank
from importers.readers.numbering import ListNumbers, Styles, W, is_on, value
from importers.readers.tables import MOST_COLUMNS, Row, TaskTables

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_RELATIONSHIPS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_STRICT = "http://purl.oclc.org/ooxml/"
_DAMAGED = (
    "这个 Word 文件已损坏或不完整，无法读取，"
    "请用 WPS 或 Word 打开后另存为新的 .docx 再导入，或请对方重新发送。"
)
_STRUCTURE = {
    f"{W}{tag}" for tag in ("ins", "moveTo", "customXml", "smartTag", "hyperlink", "fldSimple", "bdo", "dir")
}
_REMOVED = {f"{W}del", f"{W}moveFrom"}
_PICTURES = {
    "{http://schemas.openxmlformats.org/drawingml/2006/picture}pic",
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart",
    "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds",
    "{urn:schemas-microsoft-com:vml}imagedata",
    f"{W}object",
}
_SEPARATORS = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_LONGEST_QUOTE = 60


def read(data: bytes, *, name: str, encoding: str, on_page: OnPage) -> Document:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            body = _Body(_Package(archive))
            body.read()
    except (etree.XMLSyntaxError, zipfile.BadZipFile, KeyError, ValueError, EOFError) as failure:
        if isinstance(failure, Unreadable):
            raise
        if "depth" in str(failure).lower():
            raise Unreadable(
                "这个 Word 文件里的表格或控件嵌套得太深，不像正常文件，请复制正文另存为新的 .docx 再导入。"
            ) from None
        raise Unreadable(_DAMAGED) from None
    if is_blank(body.lines):
        raise Unreadable(
            "这个 Word 文件里没有文字（可能只有图片），请提供文字版文件，或先做文字识别（OCR）再导入。"
        )
    return document_of(body.lines, name=name, kind=Kind.DOCX, remarks=body.told())


class _Package:
    """The few parts that carry text, found by their relationships as the standard wants it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        # Names are compared without case; part names in relationships and in the package differ now and then.
        self._names = {each.lower(): each for each in archive.namelist()}
        main = self._targets("").get("officeDocument") or ["word/document.xml"]
        self._main = main[0]
        self._related = self._targets(self._main)

    def main(self) -> etree._Element:
        root = self._xml(self._main)
        if root is None:
            raise Unreadable(_DAMAGED)
        if root.tag.startswith(f"{{{_STRICT}"):
            raise Unreadable("这个 Word 文件用的是“严格 Open XML”格式，请用 Word 另存为普通的 .docx 再导入。")
        return root

    def part(self, kind: str) -> etree._Element | None:
        """A part the document refers to: styles, numbering, footnotes, comments."""
        names = self._related.get(kind)
        return self._xml(names[0]) if names else None

    def _targets(self, source: str) -> dict[str, list[str]]:
        folder, name = posixpath.split(source)
        root = self._xml(posixpath.join(folder, "_rels", f"{name}.rels"))
        found: dict[str, list[str]] = {}
        for each in root.iter(f"{_RELATIONSHIPS}Relationship") if root is not None else ():
            # What lies outside of the package is never looked at.
            if each.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, each.get("Target", ""))).lstrip("/")
                found.setdefault(each.get("Type", "").rpartition("/")[2], []).append(target)
        return found

    def _xml(self, name: str) -> etree._Element | None:
        found = self._names.get(name.lower())
        if found is None:
            return None
        # Without huge_tree: libxml2's own limits on depth and size of a text hold.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        return etree.fromstring(self._archive.read(found), parser)


class _Body:
    """Walks the body once; `lines` grows in reading order."""

    def __init__(self, package: _Package) -> None:
        self.lines: list[str] = []
        self._before = 0  # lines in front of the table cell that is read
        self._package = package
        self._root = package.main()
        self._styles = Styles(package.part("styles"))
        self._numbers = ListNumbers(package.part("numbering"), self._styles)
        self._remarks: list[Remark] = []
        self._counts: Counter[str] = Counter()
        self._task_tables = TaskTables()
        self._first_task_table = 0  # its line
        self._carried = ""  # text of a paragraph whose end was deleted: it goes on in the next one
        self._boxes: list[etree._Element] = []
        self._fields: list[bool] = []  # open fields; True while their code is read and not yet their result

    def read(self) -> None:
        body = self._root.find(f"{W}body")
        if body is None:
            raise Unreadable(_DAMAGED)
        self._blocks(body)
        if self._carried:
            self._emit(self._carried)
        self._notes()

    def told(self) -> Iterator[Remark]:
        whole = (
            ("numbers", "还原了 {} 个段落的自动编号，请核对编号是否与原文件一致。"),
            ("deleted", "修订中已删除的文字共 {} 个字，没有导入。"),
            ("inserted", "修订中新增的内容 {} 处，已按接受修订导入。"),
            ("hidden", "隐藏文字共 {} 个字，没有导入。"),
            ("pictures", "图片、图表或嵌入对象 {} 处，其中的文字没有导入。"),
            ("symbols", "特殊符号字体的符号 {} 个，没有导入。"),
        )
        for key, sentence in whole:
            if self._counts[key]:
                yield Remark(0, sentence.format(self._counts[key]))
        yield from self._task_tables.told(self._first_task_table)
        yield from self._remarks

    # --- blocks ----------------------------------------------------------------------------------------

    def _blocks(self, container: etree._Element) -> None:
        for child in container:
            tag = child.tag
            if tag == f"{W}p":
                self._paragraph(child)
            elif tag == f"{W}tbl":
                self._table(child)
            elif tag in _STRUCTURE:
                self._blocks(child)
            elif tag == f"{W}sdt":
                for content in _content_of_control(child):
                    self._blocks(content)
            elif tag in _REMOVED:
                self._drop(child)
            elif tag == f"{_MC}AlternateContent":
                for choice in _alternative(child):
                    self._blocks(choice)
            elif tag == f"{W}altChunk":
                self._remark(
                    "这里插入了另一份文档（altChunk），其中的内容没有导入，请在 Word 中打开并另存后重试。"
                )

    def _paragraph(self, paragraph: etree._Element) -> None:
        marks = paragraph.find(f"{W}pPr/{W}rPr")
        style_hides = self._styles.hides(value(paragraph, f"{W}pPr/{W}pStyle"))
        text = "".join(self._inline(paragraph, style_hides))
        if marks is not None and (
            marks.find(f"{W}del") is not None or marks.find(f"{W}moveFrom") is not None
        ):
            self._carried += text
            return
        hidden_end = is_on(marks, f"{W}vanish")
        if not text and (style_hides if hidden_end is None else hidden_end):
            return
        text, self._carried = self._carried + text, ""
        label = self._numbers.label(paragraph)
        self._counts["numbers"] += bool(label)
        self._emit(self._numbers.joined(label, text))
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            self._remark("这里的文本框的文字放在它所在的段落之后，请核对位置。", ahead=True)
            self._blocks(box)

    def _table(self, table: etree._Element) -> None:
        begins = len(self.lines)
        grid: list[Row] = []
        for row in _descend(table, f"{W}tr"):
            removed = row.find(f"{W}trPr/{W}del")
            if removed is not None:
                self._drop(row)
                continue
            elements = list(_descend(row, f"{W}tc"))
            cells = [self._cell(cell) for cell in elements]
            filled = [[line for line in cell if line.strip()] for cell in cells]
            grid.append(_placed(elements, filled, grid[-1] if grid else []))
            if all(len(cell) <= 1 for cell in filled):
                # A row of short cells is one line: a number, a task and its agencies belong together.
                self.lines.append("\t".join(cell[0] for cell in filled if cell))
            else:
                self.lines.extend(line for cell in cells for line in cell)
        tasks = self._task_tables.lines(grid)
        if tasks is not None:
            self.lines[begins:] = tasks
            self._first_task_table = self._first_task_table or self._before + begins + 1

    def _cell(self, cell: etree._Element) -> list[str]:
        outside, self.lines = self.lines, []
        self._before += len(outside)
        self._blocks(cell)
        if self._carried:
            self._emit(self._carried)
        inside, self.lines = self.lines, outside
        self._before -= len(outside)
        return inside

    def _emit(self, text: str) -> None:
        self.lines.extend(text.split("\n"))
        self._carried = ""

    # --- inside a paragraph ----------------------------------------------------------------------------

    def _inline(self, container: etree._Element, hidden: bool) -> Iterator[str]:
        for child in container:
            tag = child.tag
            if tag == f"{W}r":
                yield from self._run(child, hidden)
            elif tag in _STRUCTURE:
                self._counts["inserted"] += tag == f"{W}ins"
                yield from self._inline(child, hidden)
            elif tag == f"{W}sdt":
                for content in _content_of_control(child):
                    yield from self._inline(content, hidden)
            elif tag in _REMOVED:
                self._drop(child)
            elif tag in (f"{_M}oMath", f"{_M}oMathPara"):
                yield "".join(text.text or "" for text in child.iter(f"{_M}t"))

    def _run(self, run: etree._Element, hidden: bool) -> Iterator[str]:
        own = is_on(run, f"{W}rPr/{W}vanish")
        style = value(run, f"{W}rPr/{W}rStyle")
        hides = own if own is not None else (self._styles.hides(style) if style else hidden)
        for piece in self._pieces(run):
            if hides:
                self._counts["hidden"] += len(piece.strip())
            elif not any(self._fields):
                yield piece

    def _pieces(self, run: etree._Element) -> Iterator[str]:
        for child in run:
            tag = child.tag
            if tag == f"{W}t":
                yield child.text or ""
            elif tag in _SEPARATORS:
                yield _SEPARATORS[tag]
            elif tag == f"{W}fldChar":
                self._field(child.get(f"{W}fldCharType", ""))
            elif tag == f"{W}sym":
                self._counts["symbols"] += 1
            elif tag == f"{W}ruby":
                for base in child.iterfind(f"{W}rubyBase"):
                    yield from self._inline(base, hidden=False)
            elif tag in (f"{W}drawing", f"{W}pict", f"{W}object"):
                self._drawing(child)
            elif tag == f"{_MC}AlternateContent":
                for choice in _alternative(child):
                    yield from self._pieces(choice)

    def _field(self, mark: str) -> None:
        """A field's code (`PAGEREF _Toc1`) is no text; what it shows, behind `separate`, is."""
        if mark == "begin":
            self._fields.append(True)
        elif mark == "separate" and self._fields:
            self._fields[-1] = False
        elif mark == "end" and self._fields:
            self._fields.pop()

    def _drawing(self, drawing: etree._Element) -> None:
        boxes = _outermost(drawing, f"{W}txbxContent")
        self._boxes.extend(boxes)
        self._counts["pictures"] += not boxes and any(each.tag in _PICTURES for each in drawing.iter())

    # --- what is left out ------------------------------------------------------------------------------

    def _drop(self, element: etree._Element) -> None:
        texts = (each.text or "" for each in element.iter(f"{W}delText", f"{W}t"))
        self._counts["deleted"] += sum(len(text) for text in texts)

    def _notes(self) -> None:
        comments = self._package.part("comments")
        if comments is not None and len(comments):
            self._remarks.append(Remark(0, f"批注 {len(comments)} 条，没有导入。"))
        for kind, word in (("footnotes", "脚注"), ("endnotes", "尾注")):
            root = self._package.part(kind)
            for note in root if root is not None else ():
                text = "".join(each.text or "" for each in note.iter(f"{W}t")).strip()
                if text and note.get(f"{W}type") in (None, "normal"):
                    shown = text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
                    self._remarks.append(Remark(0, f"{word}没有导入：“{shown}”。"))

    def _remark(self, sentence: str, *, ahead: bool = False) -> None:
        last = self._before + len(self.lines)
        self._remarks.append(Remark(last + 1 if ahead else max(last, 1), sentence))


def _placed(elements: Sequence[etree._Element], cells: Sequence[list[str]], above: Row) -> Row:
    """The cells of a row, each in all the columns it spans; one merged with the cell above is that cell."""
    row: Row = []
    for element, cell in zip(elements, cells, strict=True):
        merged = element.find(f"{W}tcPr/{W}vMerge")
        if merged is not None and merged.get(f"{W}val") != "restart" and len(row) < len(above):
            cell = above[len(row)]
        span = value(element, f"{W}tcPr/{W}gridSpan") or ""
        row += [cell] * (min(int(span), MOST_COLUMNS) if span.isdigit() else 1)
    return row[:MOST_COLUMNS]


def _descend(container: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """Rows of a table or cells of a row, also those inside content controls and insertions."""
    for child in container:
        if child.tag == wanted:
            yield child
        elif child.tag in _STRUCTURE:
            yield from _descend(child, wanted)
        elif child.tag == f"{W}sdt":
            for content in child.iterfind(f"{W}sdtContent"):
                yield from _descend(content, wanted)


def _content_of_control(control: etree._Element) -> Iterable[etree._Element]:
    # A control that nobody filled in shows a hint such as 单击此处输入文字.
    if is_on(control, f"{W}sdtPr/{W}showingPlcHdr"):
        return ()
    return list(control.iterfind(f"{W}sdtContent"))


def _alternative(element: etree._Element) -> Iterable[etree._Element]:
    """One of several writings of the same content, else a text box would come twice."""
    choice = element.find(f"{_MC}Choice")
    return [choice] if choice is not None else list(element.iterfind(f"{_MC}Fallback"))


def _outermost(element: etree._Element, wanted: str) -> list[etree._Element]:
    found: list[etree._Element] = []
    waiting = [element]
    while waiting:
        each = waiting.pop()
        if each.tag == wanted:
            found.append(each)
        elif each.tag == f"{_MC}AlternateContent":
            waiting.extend(_alternative(each))
        else:
            waiting.extend(reversed(each))
    return found
