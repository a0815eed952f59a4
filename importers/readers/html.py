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
_MENUS_SHOWN = 10
_BETWEEN_LINKS = re.compile(r"[\s|｜/·•>»]*")
_NUMBERED = re.compile("[0-9一二三四五六七八九十第（(《]")
_FRAME_BLANKS = re.compile(r"\s+")
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
    return document_of(lines, name=name, kind=Kind.HTML, encoding=found, remarks=page.told())


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
        self._lists: list[int] = []  # the next number of each open list
        self._hidden = 0
        self._numbers = 0
        self._framed: list[Remark] = []
        self._menus: list[str] = []
        self._in_links = 0
        self._only_links = True

    def lines(self) -> list[str]:
        self._check_depth()
        self._drop_unseen()
        verbatim = 0
        for event, element in etree.iterwalk(self._root, events=("start", "end")):
            tag = element.tag
            opens = event == "start"
            if tag in _BLOCKS or (tag == "br" and opens):
                self._end_line()
            elif tag in _CELLS and opens and "".join(self._parts).strip():
                self._parts.append("\t")
            if tag == "a" and element.get("href") is not None:
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
        yield from self._framed
        if self._menus:
            more = f"等 {len(self._menus)} 处" if len(self._menus) > _MENUS_SHOWN else ""
            shown = "、".join(f"“{menu}”" for menu in self._menus[:_MENUS_SHOWN])
            yield Remark(0, f"网页的菜单和链接没有导入：{shown}{more}。")
        if self._hidden:
            yield Remark(0, f"网页中不显示的内容 {self._hidden} 处，没有导入。")
        if self._numbers:
            yield Remark(0, f"还原了 {self._numbers} 个列表项的自动编号，请核对编号是否与网页一致。")

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
        if menu and 0 < len(shown) <= _LONGEST_MENU and not _NUMBERED.match(shown):
            self._menus.append(shown)
        elif len(shown) <= _LONGEST_FRAME and _FRAME.fullmatch(shown):
            self._framed.append(Remark(len(self._lines) + 1, f"网站自身的内容没有导入：“{shown}”。"))
        elif line:
            self._lines.append(line)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch("-?[0-9]{1,6}", text.strip()) else default
