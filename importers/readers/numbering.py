"""The numbers in front of a Word file's paragraphs, which are not in its text.

Word keeps for each paragraph only which list and which level it belongs to; the rest is counted (ECMA-376,
17.9). Ministries number chapters, sections and tasks that way, so without this a plan would have no numbers.
"""

import re
from dataclasses import dataclass, field
from typing import Self

from lxml import etree

from importers.readers.numerals import written

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACE = re.compile("%([1-9])")
_DEEPEST = 9
_LONGEST_CHAIN = 50  # of styles based on styles; a circle ends here
_ENDS_LABEL = tuple("、.．。)）]】:：,，")


def value(element: etree._Element | None, path: str) -> str | None:
    """The w:val of the child at `path`, None where there is none."""
    found = None if element is None else element.find(path)
    return None if found is None else found.get(f"{W}val", "")


def is_on(element: etree._Element | None, path: str) -> bool | None:
    """A switch such as w:vanish: on, off, or not said."""
    told = value(element, path)
    return None if told is None else told.lower() not in ("0", "false", "off", "none")


def _whole(text: str | None, default: int) -> int:
    # Far too large numbers would be written out a million letters long.
    return int(text) if text and re.fullmatch("-?[0-9]{1,6}", text) else default


class Styles:
    """What paragraphs and runs inherit from their styles: here only lists and hidden text."""

    def __init__(self, root: etree._Element | None) -> None:
        self._styles: dict[str, etree._Element] = {}
        self.default = ""
        for style in root.iterfind(f"{W}style") if root is not None else ():
            name = style.get(f"{W}styleId", "")
            self._styles.setdefault(name, style)
            if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true", "on"):
                self.default = name

    def chain(self, name: str | None) -> list[tuple[str, etree._Element]]:
        """The style and what it is based on, nearest first."""
        found: list[tuple[str, etree._Element]] = []
        while name and name in self._styles and len(found) < _LONGEST_CHAIN:
            style = self._styles[name]
            found.append((name, style))
            name = value(style, f"{W}basedOn")
        return found

    def hides(self, name: str | None) -> bool:
        told = (is_on(style, f"{W}rPr/{W}vanish") for _, style in self.chain(name))
        return next((hidden for hidden in told if hidden is not None), False)


@dataclass(slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    restart: int | None = None
    legal: bool = False
    style: str = ""
    suffix: str = "tab"

    @classmethod
    def of(cls, element: etree._Element) -> Self:
        restart = value(element, f"{W}lvlRestart")
        return cls(
            start=_whole(value(element, f"{W}start"), 0),
            form=value(element, f"{W}numFmt") or "decimal",
            text=value(element, f"{W}lvlText") or "",
            restart=None if restart is None else _whole(restart, 0),
            legal=bool(is_on(element, f"{W}isLgl")),
            style=value(element, f"{W}pStyle") or "",
            suffix=value(element, f"{W}suff") or "tab",
        )


@dataclass(slots=True)
class _List:
    """One w:num: its levels, and the counters, which all lists of the same w:abstractNum share."""

    levels: dict[int, _Level]
    counters: dict[int, int]
    starts: dict[int, int] = field(default_factory=dict)  # w:startOverride, used up at its first paragraph


class ListNumbers:
    """Counts on from paragraph to paragraph: ask once for each, in the document's order."""

    def __init__(self, root: etree._Element | None, styles: Styles) -> None:
        self._styles = styles
        self._lists: dict[str, _List] = {}
        self.forms_unknown: set[str] = set()
        if root is None:
            return
        abstract = {each.get(f"{W}abstractNumId"): each for each in root.iterfind(f"{W}abstractNum")}
        concrete = {each.get(f"{W}numId", ""): each for each in root.iterfind(f"{W}num")}
        counters: dict[str | None, dict[int, int]] = {}
        for name, element in concrete.items():
            key = self._real(value(element, f"{W}abstractNumId"), abstract, concrete)
            levels = {
                _whole(level.get(f"{W}ilvl"), 0): _Level.of(level)
                for level in (abstract[key].iterfind(f"{W}lvl") if key in abstract else ())
            }
            made = _List(levels, counters.setdefault(key, {}))
            for override in element.iterfind(f"{W}lvlOverride"):
                depth = _whole(override.get(f"{W}ilvl"), 0)
                replaced = override.find(f"{W}lvl")
                if replaced is not None:
                    made.levels[depth] = _Level.of(replaced)
                start = value(override, f"{W}startOverride")
                if start is not None:
                    made.starts[depth] = _whole(start, 1)
                    if depth in made.levels:
                        made.levels[depth].start = made.starts[depth]
            self._lists[name] = made

    def label(self, paragraph: etree._Element) -> str:
        """What stands in front of the paragraph, an empty string where nothing does. Counts."""
        found = self._place(paragraph)
        if found is None:
            return ""
        numbers, depth = found
        level = numbers.levels[depth]
        self._count(numbers, depth, level)
        if level.form == "bullet":
            return level.text if level.text.isprintable() and not _is_private(level.text) else ""

        def one(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            other = numbers.levels.get(at, level)
            form = "decimal" if level.legal and at != depth else other.form
            return written(numbers.counters.get(at, other.start), form)

        return _PLACE.sub(one, level.text)

    @staticmethod
    def joined(label: str, text: str) -> str:
        """The label in front of the text. A space only where both would run together: `1.` and `2024年`."""
        if not label or not text:
            return label + text
        apart = not label.endswith(_ENDS_LABEL) or text[0].isascii()
        return f"{label}{' ' if apart and not text[0].isspace() else ''}{text}"

    def _place(self, paragraph: etree._Element) -> tuple[_List, int] | None:
        """The list and the level of a paragraph: its own, or by its style."""
        own = paragraph.find(f"{W}pPr/{W}numPr")
        name, told = value(own, f"{W}numId"), value(own, f"{W}ilvl")
        chain = self._styles.chain(value(paragraph, f"{W}pPr/{W}pStyle") or self._styles.default)
        if name is None:
            for style, element in chain:
                name = value(element, f"{W}pPr/{W}numPr/{W}numId")
                if name is None:
                    continue
                told = (
                    told
                    or value(element, f"{W}pPr/{W}numPr/{W}ilvl")
                    or self._level_of_style(name, chain, style)
                )
                break
        numbers = self._lists.get(name or "")
        depth = min(max(_whole(told, 0), 0), _DEEPEST - 1)
        if numbers is None or depth not in numbers.levels:
            return None
        return numbers, depth

    def _level_of_style(self, name: str, chain: list[tuple[str, etree._Element]], style: str) -> str | None:
        numbers = self._lists.get(name)
        names = [each for each, _ in chain[: [each for each, _ in chain].index(style) + 1]]
        for depth, level in numbers.levels.items() if numbers else ():
            if level.style in names:
                return str(depth)
        return None

    def _count(self, numbers: _List, depth: int, level: _Level) -> None:
        counters = numbers.counters
        if depth in numbers.starts:
            counters[depth] = numbers.starts.pop(depth)
        else:
            counters[depth] = counters[depth] + 1 if depth in counters else level.start
        for deeper, other in numbers.levels.items():
            # w:lvlRestart names the level (from 1) that restarts this one, 0 none; not said: any level above.
            restarts = other.restart is None or depth < other.restart
            if deeper > depth and restarts:
                counters.pop(deeper, None)

    def _real(
        self, key: str | None, abstract: dict[str | None, etree._Element], concrete: dict[str, etree._Element]
    ) -> str | None:
        """Follow w:numStyleLink: a list may be defined by the list style that it names."""
        for _ in range(_DEEPEST):
            link = value(abstract.get(key), f"{W}numStyleLink")
            if link is None:
                break
            style = next(iter(self._styles.chain(link)), None)
            target = concrete.get(value(style[1], f"{W}pPr/{W}numPr/{W}numId") or "") if style else None
            if target is None:
                break
            key = value(target, f"{W}abstractNumId")
        return key


def _is_private(text: str) -> bool:
    return any("\ue000" <= letter <= "\uf8ff" for letter in text)
