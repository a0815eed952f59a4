"""A repair as a person can check it: the lines of the source around it, what went out and what came in.

Signs that nobody sees are shown or named, blank lines are skipped, and a repair of the whole document says in
words what became what and shows its first place.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from importers.characters import FULL_WIDTH, INVISIBLE, is_space
from importers.diagnostics import WHOLE, Code, Diagnostic

_AROUND = 12  # signs of the same line on either side
_LONGEST = 20_000  # of a source searched for a place; a document of one line is a megabyte
_NAMES = {
    "\t": "制表符",
    "\u00a0": "不换行空格",
    "\u00ad": "软连字符",
    "\u200b": "零宽空格",
    "\u200c": "零宽不连字",
    "\u200d": "零宽连字",
    "\u200e": "方向标记",
    "\u200f": "方向标记",
    "\u2060": "零宽连接符",
    "\u3000": "全角空格",
    "\ufeff": "字节顺序标记",
}
_SPOKEN = {
    Code.WIDTH: ("半角", "全角"),
    Code.DIGIT_WIDTH: ("全角", "半角"),
    Code.LOOKALIKE: ("形近字符", "规范字符"),
    Code.TRADITIONAL: ("繁体", "简体"),
}
_MOST_NAMED = 12


class Piece(NamedTuple):
    """Some text of a row: `around` it was not touched, `changed` it was, `sign` stands for what is unseen."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the document: as it stood (−), as it stands now (+), or only cited (no sign)."""

    sign: str
    line: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Excerpt:
    words: str
    rows: tuple[Row, ...]
    last_line: int


def excerpt(remark: Diagnostic, lines: Sequence[str]) -> Excerpt:
    """What the page shows of `remark`; `lines` are the document's, the first one is line 1."""
    if remark.code in WHOLE:
        return _of_the_whole(remark, lines)
    before = remark.before if remark.before or remark.is_repair else remark.after
    if not before:
        return Excerpt("", (), remark.line)
    place = _find(before, remark.line, lines)
    stood = _Stretch(before, *place) if place else _Stretch(before, "", "", remark.line)
    last = stood.line + before.count("\n")
    if not (remark.is_repair or remark.undone):
        return Excerpt("", tuple(_rows("", _cited(stood))), last)
    head, tail = _unchanged(remark)
    removed, added = before[head : len(before) - tail], remark.after[head : len(remark.after) - tail]
    left, right = before[:head], before[len(before) - tail :]
    old = [*_outer(stood.left), *_inner(left), *_changed(removed), *_inner(right), *_outer(stood.right)]
    if remark.undone:
        return Excerpt("", tuple(_rows("", _Told(stood.line, old))), last)
    new = [*_outer(stood.left), *_inner(left), *_changed(added), *_inner(right), *_outer(stood.right)]
    rows = [*_rows("−", _Told(stood.line, old)), *_rows("＋", _Told(stood.line, new))]
    return Excerpt("", tuple(rows), last)


class _Stretch(NamedTuple):
    """Words of the document with what stands around them in their first and last line."""

    text: str
    left: str
    right: str
    line: int


class _Told(NamedTuple):
    line: int
    pieces: list[Piece]


# --- one place --------------------------------------------------------------------------------------


def _find(before: str, line: int, lines: Sequence[str]) -> tuple[str, str, int] | None:
    """What stands left and right of `before` in its lines, and the line where it begins."""
    if not 0 < line <= len(lines):
        return None
    window = "\n".join(lines[line - 1 : line + before.count("\n") + 2])[:_LONGEST]
    start, end = window.find(before), 0
    if start >= 0:
        end = start + len(before)
    else:
        # A reader's spaces are not in `before`, and a break may stand where it has none.
        signs = [re.escape(each) for each in before if not each.isspace()][:400]
        found = re.search(r"\s*".join(signs), window)
        if not found:
            return None
        start, end = found.span()
    left = window[:start].rpartition("\n")[2]
    right = window[end:].partition("\n")[0]
    first = line + window.count("\n", 0, start)
    return _cut_left(left), _cut_right(right), first


def _cut_left(text: str) -> str:
    text = text.lstrip()
    return text if len(text) <= _AROUND else "…" + text[-_AROUND:]


def _cut_right(text: str) -> str:
    text = text.rstrip()
    return text if len(text) <= _AROUND else text[:_AROUND] + "…"


def _unchanged(remark: Diagnostic) -> tuple[int, int]:
    """How many signs before and after have in common at both ends, in a repair that says its surroundings."""
    if remark.code is not Code.JOINED_LINE:
        return 0, 0
    before, after = remark.before, remark.after
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    tail = next((i for i in range(shorter - head) if before[-1 - i] != after[-1 - i]), shorter - head)
    return head, tail


def _cited(stretch: _Stretch) -> _Told:
    pieces = [*_outer(stretch.left), *_inner(stretch.text, "cited"), *_outer(stretch.right)]
    return _Told(stretch.line, pieces)


# --- the whole document -----------------------------------------------------------------------------


def _of_the_whole(remark: Diagnostic, lines: Sequence[str]) -> Excerpt:
    words = _words(remark)
    text = lines[remark.line - 1][:_LONGEST] if 0 < remark.line <= len(lines) else ""
    becomes = _replacements(remark)
    at = next((i for i, each in enumerate(text) if _is_place(remark.code, becomes, text, i)), None)
    if at is None:
        return Excerpt(words, (), remark.line)
    end = at + 1
    while end < len(text) and remark.code is Code.SPACES and is_space(text[end]):
        end += 1
    left, right = _outer(_cut_left(text[:at])), _outer(_cut_right(text[end:]))
    old = [*left, *_changed(text[at:end]), *right]
    if remark.undone:
        return Excerpt(words, tuple(_rows("", _Told(remark.line, old))), remark.line)
    new = [*left, *_changed("".join(becomes.get(each, "") for each in text[at:end])), *right]
    rows = [*_rows("−", _Told(remark.line, old)), *_rows("＋", _Told(remark.line, new))]
    return Excerpt(words, tuple(rows), remark.line)


def _replacements(remark: Diagnostic) -> Mapping[str, str]:
    if remark.code is Code.WIDTH:
        return {sign: {**FULL_WIDTH, ".": "。"}.get(sign, sign) for sign in remark.before}
    if len(remark.before) == len(remark.after):
        return dict(zip(remark.before, remark.after, strict=True))
    return dict.fromkeys(remark.before, "")


def _is_place(code: Code, becomes: Mapping[str, str], text: str, at: int) -> bool:
    """Whether the sign there is one that the repair is about."""
    sign = text[at]
    if code is Code.SPACES:
        inside = text[:at].strip() and text[at:].strip()
        return is_space(sign) and bool(inside) and not (text[at - 1].isascii() and _next(text, at).isascii())
    if code is Code.WIDTH:
        beside = text[max(at - 1, 0) : at] + text[at + 1 : at + 2]
        return sign in becomes and not beside.isascii()
    return sign in becomes


def _next(text: str, at: int) -> str:
    return text[at:].lstrip()[:1]


def _words(remark: Diagnostic) -> str:
    """What became what, for signs that look alike."""
    if remark.code is Code.SPACES:
        return "“␣”是去掉的空格" if not remark.undone else ""
    if remark.code is Code.INVISIBLE:
        names = dict.fromkeys(map(_name, remark.before))
        return "删去的是" + "、".join(names) if names else ""
    old, new = _SPOKEN[remark.code]
    return f"{old} {_listed(remark.before)} → {new} {_listed(remark.after)}"


def _listed(signs: str) -> str:
    more = f" 等 {len(signs)} 个" if len(signs) > _MOST_NAMED else ""
    return " ".join(signs[:_MOST_NAMED]) + more


def _name(sign: str) -> str:
    return _NAMES.get(sign) or f"U+{ord(sign):04X}"


# --- rows -------------------------------------------------------------------------------------------


def _outer(text: str) -> list[Piece]:
    return [Piece("around", text)] if text else []


def _inner(text: str, kind: str = "around") -> Iterator[Piece]:
    for place, line in enumerate(text.split("\n")):
        if place:
            yield Piece("break", "")
        if line:
            yield Piece(kind, line)


def _changed(text: str) -> Iterator[Piece]:
    """The text with its unseen signs told apart; a line break shows as ¶."""
    for is_unseen, run in _runs(text):
        if not is_unseen:
            yield Piece("changed", run)
            continue
        for sign in run:
            if sign == "\n":
                yield Piece("sign", "¶")
                yield Piece("break", "")
            else:
                yield Piece("sign", "␣" if sign == " " else _name(sign))


def _runs(text: str) -> Iterator[tuple[bool, str]]:
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or _is_unseen(text[end]) != _is_unseen(text[start]):
            yield _is_unseen(text[start]), text[start:end]
            start = end


def _is_unseen(sign: str) -> bool:
    return sign == "\n" or is_space(sign) or ord(sign) in INVISIBLE or unicodedata.category(sign) == "Cc"


def _rows(sign: str, told: _Told) -> Iterator[Row]:
    """The pieces by line; lines on which nothing but a break stood are skipped."""
    line, pieces = told.line, list[Piece]()
    for piece in [*told.pieces, Piece("break", "")]:
        if piece.kind != "break":
            pieces.append(piece)
            continue
        if any(each.text.strip() and each.text != "¶" for each in pieces):
            yield Row(sign, line, tuple(pieces))
        line, pieces = line + 1, []
