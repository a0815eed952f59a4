"""Web pages as a browser saved them: the text that a visitor sees, a line for each block.

lxml (libxml2 2.14) takes pages apart as browsers do. Without `huge_tree` it drops what lies deeper than 256
elements without a word, so its limit is lifted and depth refused here, aloud. Nothing is fetched.
"""

import re
from collections.abc import Iterator

from lxml import etree

from importers.gate import Kind, Unreadable
from importers.readers.document import Document, OnPage, Remark, document_of, is_blank
from importers.readers.numerals import written
from importers.readers.tables import MOST_COLUMNS, Row, TaskTables
from importers.readers.text import decoded, known_encoding

DEEPEST = 1_000  # libxml2 gives up at 2,048, again without a word

_CHARSET = re.compile(rb"""<meta\b[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{1,40})""", re.I)
_UNSEEN = frozenset(
    (
        *(
            "head",
            "title",
            "script",
            "style",
            "template",
            "noscript",
            "nav",
            "svg",
            "math",
            "iframe",
            "object",
        ),
        *(
            "embed",
            "applet",
            "canvas",
            "audio",
            "video",
            "map",
            "select",
            "button",
            "textarea",
            "datalist",
            "dialog",
        ),
        *("frameset", "noframes", "rp", "rt"),
    )
)
_BLOCKS = frozenset(
    (
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "caption",
            "center",
            "dd",
            "details",
            "dir",
            "div",
        ),
        *(
            "dl",
            "dt",
            "fieldset",
            "figcaption",
            "figure",
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
        ),
        *(
            "header",
            "hgroup",
            "hr",
            "html",
            "legend",
            "li",
            "listing",
            "main",
            "menu",
            "ol",
            "p",
            "plaintext",
        ),
        *("pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul", "xmp"),
    )
)
_NEVER_HIDDEN = ("html", "body")  # pages hide these until their script has run
_CELLS = ("td", "th")
_LISTS = ("ol", "ul", "menu", "dir")
_VERBATIM = ("pre", "listing", "xmp", "plaintext")
_HIDDEN_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_LIST_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([a-z-]+)", re.I)
_LIST_FORMS = {
    "1": ("decimal", "."),
    "a": ("lowerLetter", "."),
    "A": ("upperLetter", "."),
    "i": ("lowerRoman", "."),
    "I": ("upperRoman", "."),
    "decimal": ("decimal", "."),
    "cjk-ideographic": ("chineseCounting", "、"),
    "simp-chinese-informal": ("chineseCounting", "、"),
    "lower-alpha": ("lowerLetter", "."),
    "upper-alpha": ("upperLetter", "."),
    "lower-roman": ("lowerRoman", "."),
    "upper-roman": ("upperRoman", "."),
}
# What a site puts around its documents. Only whole lines that begin so, and each is quoted in a remark: left
# in the text, the path in front would become part of the title and the tools behind it text of the plan.
_BUTTON = "(?:打印|关闭|收藏|返回|分享|我要纠错|下载)(?:本页|此页|页面|正文|窗口|顶部|首页|上一页|到)?"
_FRAME = re.compile(
    "(?:您?(?:当前|现在)?(?:的|所在的?)?位置 ?[:：]|(?:网站)?首页 ?[>＞»]).*"
    "|(?:发布(?:时间|日期)|更新时间|(?:信息|文章|稿件)?来源|浏览次数|字[体号]|责任编辑|分享到?) ?[:：].*"
    f"|(?:[【［\\[（(]? ?{_BUTTON} ?[】］\\]）)]?[ |:：]*)+"
    "|(?:[上下]一[篇条]|相关(?:链接|稿件|文档|附件|阅读)|扫一扫|[主承]办(?:单位)?[:：]|版权所有"
    "|网站标识码|备案编?号|网站地图|设为首页|加入收藏|无障碍|关于我们|联系我们).*"
    "|.*(?:ICP备|公网安备).*"
)
_LONGEST_FRAME = 120
# A short line of nothing but links is a menu, unless it has a number: a contents list links to its chapters.
_LONGEST_MENU = 30
# Links to other documents have numbers too; the words above them say what they are.
_RELATED = re.compile("相关(?:链接|稿件|文档|文件|阅读|报道|新闻|解读)[:：]?")
# What is left out on the same side of the text is one remark; what has this many lines of text on either
# side has a remark of its own.
_FAR_INSIDE = 10
_LINES_SHOWN = 8
_LONGEST_SHOWN = 16
_BETWEEN_LINKS = re.compile(r"[\s|｜/·•>»]*")
_NUMBERED = re.compile("[0-9一二三四五六七八九十第（(《]")
_FRAME_BLANKS = re.compile(r"\s+")
_MOST_ROWS = 1_000  # that one cell of a table spans
_BLANKS = re.compile("[ \t\n\r\f]+")
# A line break in the source between two Chinese characters is no space (CSS Text 4, 4.1.2).
_BREAK_IN_CHINESE = re.compile("(?<=[\u2e80-\uffef])[ \t]*[\n\r\f][ \t\n\r\f]*(?=[\u2e80-\uffef])")


def read(data: bytes, *, name: str, encoding: str, on_page: OnPage) -> Document:
    declared = _CHARSET.search(data[:16_384])
    claims = known_encoding(declared[1].decode("ascii")) if declared else ""
    text, found = decoded(data, encoding=encoding, declared=claims)
    page = _Page(_tree(text))
    lines = page.lines()
    if is_blank(lines):
        raise Unreadable("这个网页里没有正文文字（正文可能由脚本显示），请在浏览器中复制正文，粘贴后再导入。")
    return document_of(
        lines, name=name, kind=Kind.HTML, encoding=found, remarks=page.told(), blocks=page.blocks
    )


def _tree(text: str) -> etree._Element:
    # Handed over as UTF-8 and said so: what the page itself claims has been judged already.
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.replace("\x00", "").encode(), parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        raise Unreadable("这个网页里没有正文文字，请在浏览器中复制正文，粘贴后再导入。")
    return root


class _Page:
    """Walks the page without recursion: pages nest as deep as they like."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._parts: list[str] = []
        self._lines: list[str] = []
        self.blocks: list[str] = []  # for each line the element it belongs to
        self._open = [""]  # the blocks around the place that is read
        self._lists: list[int] = []  # the next number of each open list
        self._hidden = 0
        self._numbers = 0
        self._left_out: list[tuple[int, str]] = []  # how many lines stand in front of it, and what it says
        self._in_links = 0
        self._only_links = True
        self._related = False  # below the words 相关链接
        self._tables = TaskTables()
        self._task_tables: list[etree._Element] = []
        self._first_task_table = 0  # its line

    def lines(self) -> list[str]:
        self._check_depth()
        self._drop_unseen()
        self._write_out_tables()
        verbatim = 0
        for event, element in etree.iterwalk(self._root, events=("start", "end")):
            tag = element.tag
            opens = event == "start"
            if tag in _BLOCKS or (tag == "br" and opens):
                self._end_line()
                if tag != "br":
                    self._open.append(tag) if opens else self._open.pop()
            elif tag in _CELLS and opens and "".join(self._parts).strip():
                self._parts.append("\t")
            if opens and self._task_tables and element is self._task_tables[0]:
                self._first_task_table = len(self._lines) + 1
            if tag == "a" and _is_link(element):
                self._in_links += 1 if opens else -1
            if tag in _VERBATIM:
                verbatim += 1 if opens else -1
            if tag in _LISTS:
                self._open_or_close_list(element, opens)
            elif tag == "li" and opens:
                self._parts.append(self._number(element))
            self._write(element.text if opens else element.tail, verbatim)
        self._end_line()
        return self._lines

    def told(self) -> Iterator[Remark]:
        yield from self._told_left_out()
        yield from self._tables.told(self._first_task_table)
        if self._hidden:
            yield Remark(0, f"网页中不显示的内容 {self._hidden} 处，没有导入。")
        if self._numbers:
            yield Remark(0, f"还原了 {self._numbers} 个列表项的自动编号，请核对编号是否与网页一致。")

    def _told_left_out(self) -> Iterator[Remark]:
        """One remark for what stands in front of the text, one for behind, and one for each line inside."""
        total = len(self._lines)
        before = [each for each in self._left_out if 2 * each[0] <= total]
        behind = [each for each in self._left_out if 2 * each[0] > total]
        front = _near_to(0, before)
        back = _near_to(total, behind[::-1])[::-1]
        inside = [*before[len(front) :], *behind[: len(behind) - len(back)]]
        for place, group in (
            ("正文之前", front),
            *(("", [each]) for each in inside),
            ("正文之后", back),
        ):
            if group:
                line = max(min(group[0][0] + 1, total), 1)
                yield Remark(line, _left_out([shown for _, shown in group], place))

    def _check_depth(self) -> None:
        depth = 0
        for event, _ in etree.iterwalk(self._root, events=("start", "end")):
            depth += 1 if event == "start" else -1
            if depth > DEEPEST:
                raise Unreadable(
                    f"网页的标签嵌套超过 {DEEPEST} 层，不像正常网页，请在浏览器中复制正文，粘贴后再导入。"
                )

    def _drop_unseen(self) -> None:
        for element in self._root.iter(etree.Element):
            hides = element.get("hidden") is not None or _HIDDEN_STYLE.search(element.get("style", ""))
            if hides and element.tag not in _NEVER_HIDDEN:
                self._hidden += element.tag not in _UNSEEN and bool("".join(element.itertext()).strip())
                element.tag = "template"
        etree.strip_elements(self._root, *_UNSEEN, with_tail=False)

    def _write_out_tables(self) -> None:
        """Put the lines of a table of tasks in its place. Tables that hold tables lay out the page."""
        for table in list(self._root.iter("table")):
            if next(table.iterdescendants("table", "ol"), None) is not None:
                continue
            lines = self._tables.lines(_grid(table))
            if lines is None:
                continue
            table.clear(keep_tail=True)
            table.tag = "div"
            for line in lines:
                etree.SubElement(table, "p").text = line
            self._task_tables.append(table)

    def _open_or_close_list(self, element: etree._Element, opens: bool) -> None:
        if opens:
            self._lists.append(_whole(element.get("start"), 1))
        elif self._lists:
            self._lists.pop()

    def _number(self, item: etree._Element) -> str:
        """The number that a browser draws in front of an item of an ordered list."""
        owner = item.getparent()
        if owner is None or owner.tag != "ol" or not self._lists:
            return ""
        number = _whole(item.get("value"), self._lists[-1])
        self._lists[-1] = number + 1
        style = _LIST_STYLE.search(f"{owner.get('style', '')};{item.get('style', '')}")
        form = _LIST_FORMS.get(style[1].lower() if style else owner.get("type", "1"))
        if form is None:
            return ""
        self._numbers += 1
        return written(number, form[0]) + form[1]

    def _write(self, text: str | None, verbatim: int) -> None:
        if not text:
            return
        if not self._in_links and not _BETWEEN_LINKS.fullmatch(text):
            self._only_links = False
        if not verbatim:
            self._parts.append(_BLANKS.sub(" ", _BREAK_IN_CHINESE.sub("", text)))
            return
        first, *others = text.splitlines() or [""]
        self._parts.append(first)
        for line in others:
            self._end_line()
            self._parts.append(line)

    def _end_line(self) -> None:
        line = "".join(self._parts).strip(" \t")
        menu = self._only_links
        self._parts, self._only_links = [], True
        shown = _FRAME_BLANKS.sub(" ", line).strip()
        if not shown:
            return
        is_menu = menu and (self._related or (len(shown) <= _LONGEST_MENU and not _NUMBERED.match(shown)))
        if is_menu or (len(shown) <= _LONGEST_FRAME and _FRAME.fullmatch(shown)):
            self._left_out.append((len(self._lines), shown))
            self._related = (self._related and is_menu) or _RELATED.fullmatch(shown) is not None
            return
        self._related = False
        self._lines.append(line)
        self.blocks.append(self._open[-1])


def _grid(table: etree._Element) -> list[Row]:
    """The cells of a table, each in all the rows and columns that it spans."""
    grid: list[Row] = []
    hanging: dict[int, tuple[int, list[str]]] = {}  # column -> rows still to come of the cell above, the cell
    for element in table.iter("tr"):
        row: Row = []
        cells = [(each, _cell_lines(each)) for each in element.iterchildren(*_CELLS)]
        while (cells or len(row) in hanging) and len(row) < MOST_COLUMNS:
            column = len(row)
            if column in hanging:
                rows, cell = hanging.pop(column)
                if rows > 1:
                    hanging[column] = (rows - 1, cell)
                row.append(cell)
                continue
            each, cell = cells.pop(0)
            rows = min(_whole(each.get("rowspan"), 1), _MOST_ROWS)
            for _ in range(max(min(_whole(each.get("colspan"), 1), MOST_COLUMNS), 1)):
                if rows > 1:
                    hanging[len(row)] = (rows - 1, cell)
                row.append(cell)
        grid.append(row)
    return grid


def _cell_lines(cell: etree._Element) -> list[str]:
    parts = [cell.text or ""]
    for event, element in etree.iterwalk(cell, events=("start", "end")):
        if element is cell:
            continue
        if element.tag in _BLOCKS or (element.tag == "br" and event == "start"):
            parts.append("\x00")
        parts.append((element.text if event == "start" else element.tail) or "")
    lines = (_BLANKS.sub(" ", _BREAK_IN_CHINESE.sub("", each)) for each in "".join(parts).split("\x00"))
    return [line.strip() for line in lines if line.strip()]


def _is_link(element: etree._Element) -> bool:
    """An anchor that leads somewhere; one with a name is led to, and one with neither has a script."""
    return element.get("href") is not None or not (element.get("name") or element.get("id"))


def _near_to(edge: int, left_out: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Those that follow each other from the edge of the text with few lines between."""
    for index, (place, _) in enumerate(left_out):
        if abs(place - edge) > _FAR_INSIDE:
            return left_out[:index]
        edge = place
    return left_out


def _left_out(lines: list[str], place: str) -> str:
    if len(lines) == 1:
        return f"网站自身的内容没有导入：“{lines[0]}”。"
    shown = "、".join(
        f"“{line if len(line) <= _LONGEST_SHOWN else line[:_LONGEST_SHOWN] + '…'}”"
        for line in lines[:_LINES_SHOWN]
    )
    more = "等" if len(lines) > _LINES_SHOWN else ""
    return f"{place}网站自身的内容 {len(lines)} 行没有导入：{shown}{more}。"


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch("-?[0-9]{1,6}", text.strip()) else default
