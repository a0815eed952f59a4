"""Lines that belong to the page and not to the text: page numbers, running heads and feet.

They stand between the halves of a sentence, so nothing around a line tells what it is. Its form does, or that
it counts up from page to page, or that it comes again and again as a whole line.
"""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from importers.diagnostics import Code, Diagnostic, decided, info
from importers.readers import Line
from importers.titles import PLAN_NOUN

_PAGE_NUMBER = re.compile(
    r"[-—–―－─]{1,2} ?\d{1,4} ?[-—–―－─]{1,2}"
    r"|[·•~～] ?\d{1,4} ?[·•~～]"
    r"|第 ?\d{1,4} ?页(?: ?[,，/、]? ?[(（]?共 ?\d{1,4} ?页[)）]?)?"
    r"|共 ?\d{1,4} ?页 ?[,，/、]? ?第 ?\d{1,4} ?页"
    r"|\d{1,4} ?/ ?\d{1,4}"
    r"|(?:[Pp]age|PAGE) ?\d{1,4}(?: ?(?:of|OF|/) ?\d{1,4})?"
)
_BARE_NUMBER = re.compile(r"[-—–]? ?([1-9][0-9]{0,2}) ?[-—–]?")
_IN_NUMBER = tuple("0123456789.—–-")
_SHORTEST_PAGE = 4  # lines
_BEGINS_TASK = re.compile("[0-9]{1,3} ?[.、)）](?![0-9])")
_YEAR = re.compile("(?:19|20)[0-9]{2}(?:年|[-—–])")
_NUMBER_MARKS = tuple("、)）")
_BEFORE_NUMBER = tuple("）)】〕]。；”（(")
# What a number may count, which was torn off in front of it. 国家, 专项 and the like count nothing.
_COUNTED = re.compile(
    "[年月日个轮批种万亿%％号届]|(?<![事专各])项|(?<![文条案软])件|(?<!层)次|(?<![国专行大])家"
)
_LETTERHEAD = re.compile(".{2,30}(?:办公室|委员会|领导小组|联席会议|人民政府|[厅局部委])文件")
_NAME_SO_FAR = re.compile("[\u4e00-\u9fff]+")
_HEADING_LIKE = re.compile(
    "(?:[（(][一二三四五六七八九十]{1,3}[)）]|(?:^|[。；）)】〕])[一二三四五六七八九十]{1,3}[、.]"
    "|第.{1,3}(?:章|节|部分))[^。，；]*$"
)
_ENDS_SENTENCE = tuple("。！？；：:;）)】]，,、")
# A heading or a responsibility clause may come again and again and is no head of a page.
_BELONGS_TO_TEXT = re.compile(
    "^(?:[（(]?[一二三四五六七八九十]{1,3}[)）、.]|第.{1,3}[章节]|[0-9]{1,3}[.、])"
    "|(?:牵头|责任|负责|参与|配合|主办|协办|完成)(?:单位|部门|时限)[:：]|(?:负责|牵头|配合|参与)$"
)
_LONGEST_HEAD = 60
_TITLE_LIKE = re.compile(f".{{4,}}{PLAN_NOUN}(?:[（(][^（()）]{{1,12}}[)）])?")
_MOST_HEADS = 12  # different ones; each costs a search through the text


def page_furniture(
    lines: Sequence[Line], stripped: Sequence[str], undone: frozenset[str] = frozenset()
) -> tuple[set[int], list[Diagnostic]]:
    """Indexes of the lines that are page numbers or running heads, but those that are undone."""
    numbers = {index for index, text in enumerate(stripped) if text and _PAGE_NUMBER.fullmatch(text)}
    numbers |= _counting_lines(stripped, numbers)
    heads = _running_heads(stripped, numbers)
    heads |= _letterheads(stripped, numbers)
    places = [
        *((index, Code.PAGE_NUMBER, "页码") for index in sorted(numbers)),
        *((index, Code.RUNNING_HEAD, "页眉或页脚") for index in sorted(heads - numbers)),
    ]
    found = decided(
        (
            info(code, lines[i].number, f"第 {lines[i].number} 行是{what}，已略去。", lines[i].text.strip())
            for i, code, what in places
        ),
        undone,
    )
    kept = {index for (index, _, _), finding in zip(places, found, strict=True) if finding.undone}
    return (numbers | heads) - kept, found


def _letterheads(stripped: Sequence[str], numbers: set[int]) -> set[int]:
    """国务院办公厅文件 in a line of its own, and not the rest of one that is torn at the document's top."""
    heads: set[int] = set()
    before = ""
    for index, text in enumerate(stripped):
        is_rest = len(before) < _LONGEST_HEAD and _NAME_SO_FAR.fullmatch(before)
        if len(text) < 35 and _LETTERHEAD.fullmatch(text) and not is_rest:
            heads.add(index)
        elif len(before) < _LONGEST_HEAD and index not in numbers:
            before += text
    return heads


def _counting_lines(stripped: Sequence[str], certain: set[int]) -> set[int]:
    """Lines of a bare number that count up by one from page to page: the longest such chain.

    A number beside other digits, or in front of a task's dot, may be half of a torn one: it stays in the
    text, and the grammar, which knows what number has to come next, decides (see `grammar.Marker.within`)."""
    filled = [index for index, text in enumerate(stripped) if text and index not in certain]
    if sum(len(stripped[index]) for index in filled) < 2 * len(filled):
        return set()  # one character a line: a digit is a line like any other
    chain_at: dict[int, tuple[int, int]] = {}  # value -> (length of the chain that ends there, its position)
    before: dict[int, int] = {}
    best = (0, -1)
    for position, index in enumerate(filled):
        match = _BARE_NUMBER.fullmatch(stripped[index]) if len(stripped[index]) <= 7 else None
        if match is None:
            continue
        value = int(match[1])
        length, previous = chain_at.get(value - 1, (0, -1))
        if length and position - previous < _SHORTEST_PAGE:
            length = 0
        if length:
            before[position] = previous
        if length + 1 >= chain_at.get(value, (0, -1))[0]:
            chain_at[value] = (length + 1, position)
        best = max(best, (length + 1, position))
    if best[0] < 2:
        return set()
    chain = {best[1]}
    position = best[1]
    while position in before:
        position = before[position]
        chain.add(position)
    regular = _is_regular(sorted(chain))
    return {filled[each] for each in chain if not _may_be_torn(stripped, filled, each, regular)}


def _may_be_torn(stripped: Sequence[str], filled: Sequence[int], position: int, regular: bool) -> bool:
    # A number torn more than once leaves several bare lines; what counts is what stands around all of them.
    first = last = position
    while first > 0 and stripped[filled[first - 1]].isdigit() and position - first < 3:
        first -= 1
    while last + 1 < len(filled) and stripped[filled[last + 1]].isdigit() and last - position < 3:
        last += 1
    left = "".join(stripped[each] for each in filled[max(first - 6, 0) : first])
    right = "".join(stripped[each] for each in filled[position + 1 : last + 2])
    if _BEGINS_TASK.match(right):
        return True
    if right.startswith("."):
        return True
    if _YEAR.match(right) and not left[-1:].isdigit():
        return False
    if right.lstrip("0123456789").startswith(_NUMBER_MARKS):
        return left.endswith((*_BEFORE_NUMBER, *"0123456789")) or _HEADING_LIKE.search(left) is not None
    return not regular and bool(
        left.endswith(_IN_NUMBER)
        or right[:1].isdigit()
        or right.startswith(("—", "–", "-"))
        or _COUNTED.match(left[-1:] + right, len(left[-1:]))
    )


def _is_regular(places: Sequence[int], tolerance: float = 0.3) -> bool:
    """Whether places lie about as far apart as pages do: five or more, all gaps near the middle one."""
    gaps = sorted(later - earlier for earlier, later in itertools.pairwise(places))
    middle = gaps[len(gaps) // 2] if gaps else 0
    return len(gaps) >= 4 and gaps[-1] <= (1 + tolerance) * middle and gaps[0] >= (1 - tolerance) * middle


def _running_heads(stripped: Sequence[str], numbers: set[int]) -> set[int]:
    """Short lines that come again and again as whole lines, hardly ever inside one.

    Text wrapped at a narrow width repeats fragments too; those also occur in the middle of other lines."""
    filled = [index for index, text in enumerate(stripped) if text]
    lengths = Counter(len(stripped[index]) for index in filled)
    # The width text was wrapped at, if it was: full lines say nothing by being repeated.
    widths = {length for length, count in lengths.items() if count * 4 > len(filled) and len(filled) > 20}
    places: dict[str, list[int]] = defaultdict(list)
    for index in filled:
        text = stripped[index]
        if not 3 < len(text) <= _LONGEST_HEAD or len(text) in widths:
            continue
        if index not in numbers and not text.endswith(_ENDS_SENTENCE) and not _BELONGS_TO_TEXT.search(text):
            places[text].append(index)
    order = {index: position for position, index in enumerate(filled)}

    def beside_number(index: int) -> bool:
        position = order[index]
        return any(neighbour in numbers for neighbour in filled[max(position - 1, 0) : position + 2])

    repeated = [
        (text, indexes)
        for text, indexes in places.items()
        if len(indexes) >= 3 or (len(indexes) == 2 and all(map(beside_number, indexes)))
    ]
    repeated.sort(key=lambda each: -len(each[1]))
    whole = "".join(stripped) if repeated else ""
    titles = _titles_as_heads(stripped, filled, beside_number)
    heads = {index for indexes in titles.values() for index in indexes}
    for text, indexes in repeated[:_MOST_HEADS]:
        if text in titles:
            continue
        if _is_torn_off(stripped, filled, [order[index] for index in indexes], numbers):
            continue
        regular = len(indexes) >= 5 and _is_regular([order[index] for index in indexes], 0.1)
        if regular or whole.count(text) <= len(indexes) + 2:
            # The first one stays where it may be the title: a plan's name is often its running head.
            heads.update(indexes[1:] if _TITLE_LIKE.fullmatch(text) else indexes)
    return heads


def _titles_as_heads(
    stripped: Sequence[str], filled: Sequence[int], beside_number: Callable[[int], bool]
) -> dict[str, list[int]]:
    """The document's title beside page numbers, by its words: a head, be it only once, and the title stays.

    The title itself begins a line and ends one, however it is torn; what a notice names does not."""
    places: dict[str, list[int]] = defaultdict(list)
    for index in filled:
        if len(stripped[index]) <= _LONGEST_HEAD and _TITLE_LIKE.fullmatch(stripped[index]):
            places[stripped[index]].append(index)
    places = {text: indexes for text, indexes in places.items() if any(map(beside_number, indexes))}
    heads: dict[str, list[int]] = {}
    if not places:
        return heads
    lines = [stripped[index].replace(" ", "") for index in filled]
    whole = "".join(lines)
    begins = dict(
        zip(itertools.accumulate(map(len, lines), initial=0), [*filled, len(stripped)], strict=True)
    )
    for text, indexes in sorted(places.items(), key=lambda each: -len(each[1]))[:_MOST_HEADS]:
        found = re.finditer(re.escape(text.replace(" ", "")), whole)
        torn = {begins[each.start()] for each in found if each.start() in begins and each.end() in begins}
        alone = [index for index in indexes if not beside_number(index)]
        title = None if torn.difference(indexes) else (alone or indexes)[0]
        heads[text] = [index for index in indexes if index != title]
    return heads


def _is_torn_off(
    stripped: Sequence[str], filled: Sequence[int], positions: Sequence[int], numbers: set[int]
) -> bool:
    """Whether a repeated line is the rest of a name, as 人民检察院 is: the same words stand before it each
    time. The lines around the head of a page are never the same."""
    before: Counter[str] = Counter()
    for position in positions:
        while position and filled[position - 1] in numbers:
            position -= 1
        ending = stripped[filled[position - 1]][-2:] if position else ""
        before[ending if not ending.endswith(_ENDS_SENTENCE) else ""] += 1
    del before[""]
    return any(3 * count >= 2 * len(positions) for count in before.values())
