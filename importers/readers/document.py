"""What every reader hands on: the lines of a document, numbered from 1, whatever it was before."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from importers.gate import Kind, Unreadable

# Twenty times a real plan; more is no plan, and every line is carried into the process that shows it.
MAX_LINES = 100_000
MAX_CHARACTERS = 1_000_000

# Told the page that is being read, from 1, and how many there are.
OnPage = Callable[[int, int], None]

_LINE_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile("[\\s\u200b-\u200f\u2060\ufeff\x00]*")


@dataclass(frozen=True, slots=True)
class Line:
    number: int  # from 1, as an editor counts; of a format without lines, the lines as read
    text: str
    block: str = ""  # the element of a web page that it is a line of: p, h1, li


@dataclass(frozen=True, slots=True)
class Remark:
    """Something of the file that is not in the lines, or is there changed: left out, but not silently."""

    line: int  # the line it stands at, 0 for the whole file
    message: str  # a Chinese sentence
    is_hint: bool = False  # nothing is left out: nobody has to look at it


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    encoding: str  # of a text or a page; empty for formats that carry their own
    lines: tuple[Line, ...]
    kind: Kind = Kind.TEXT
    remarks: tuple[Remark, ...] = ()

    def dump(self) -> dict[str, Any]:
        """The document as JSON can carry it; `load` brings it back whole."""
        return {
            "name": self.name,
            "encoding": self.encoding,
            "lines": [line.text for line in self.lines],
            "blocks": [line.block for line in self.lines],
            "kind": self.kind.value,
            "remarks": [[remark.line, remark.message, remark.is_hint] for remark in self.remarks],
        }

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> Self:
        if not all(isinstance(text, str) for text in dumped["lines"]):
            raise TypeError("a line is not a text")
        return cls(
            name=dumped["name"],
            encoding=dumped["encoding"],
            lines=numbered(dumped["lines"], dumped["blocks"]),
            kind=Kind(dumped["kind"]),
            remarks=tuple(Remark(line, message, hint) for line, message, hint in dumped["remarks"]),
        )


def document_from_text(text: str, *, name: str = "") -> Document:
    """The document of a text that is a str already, as one pasted into a form."""
    check_blank(text)
    return Document(name, "utf-8", numbered(split_lines(text)))


def check_blank(text: str) -> None:
    if _BLANKS.fullmatch(text):
        raise Unreadable("文件里只有空白，没有文字，请选择推进计划的文件。")


def split_lines(text: str) -> list[str]:
    texts = _LINE_BREAK.split(text)
    if texts[-1] == "":
        texts.pop()
    return texts


def document_of(
    texts: Sequence[str],
    *,
    name: str,
    kind: Kind,
    encoding: str = "",
    remarks: Iterable[Remark] = (),
    blocks: Sequence[str] = (),
) -> Document:
    """What a reader returns. Refuses what is far too long, before there is an object for each line."""
    characters = sum(map(len, texts))
    if len(texts) > MAX_LINES or characters > MAX_CHARACTERS:
        raise Unreadable(
            f"文件有 {len(texts)} 行、{characters} 个字，超过 {MAX_LINES} 行或 {MAX_CHARACTERS // 10000} 万字"
            "的上限，不像一份推进计划，请只导入计划的正文。"
        )
    return Document(name, encoding, numbered(texts, blocks), kind, tuple(remarks))


def numbered(texts: Sequence[str], blocks: Sequence[str] = ()) -> tuple[Line, ...]:
    """`blocks`, where a format has them, are as many as the texts."""
    if not blocks:
        return tuple(Line(number, text) for number, text in enumerate(texts, 1))
    return tuple(
        Line(number, text, block) for number, (text, block) in enumerate(zip(texts, blocks, strict=True), 1)
    )


def is_blank(texts: Iterable[str]) -> bool:
    return all(_BLANKS.fullmatch(text) for text in texts)
