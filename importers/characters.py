"""Characters that a document has and a plan wants otherwise: what each one is, and what it becomes.

Each is replaced by exactly one, or dropped, so that a text keeps its length and every character its place.
"""

import re
import unicodedata

from importers.diagnostics import Code

DROPPED = "\x00"  # stands for a character that is not there, while columns are still counted

INVISIBLE = frozenset(
    [
        *range(0x00, 0x09),
        *range(0x0E, 0x20),
        *range(0x7F, 0x85),
        *range(0x86, 0xA0),
        0xAD,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
        0xFEFF,
    ]
)
_SPACES = frozenset([0x09, 0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000])
_DIGITS_AND_LETTERS = [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]
# Kangxi radicals look like characters and are none; PDF writers use them. Each has one exact equivalent.
_RADICALS = range(0x2F00, 0x2FD6)

FULL_WIDTH = {"(": "（", ")": "）", ",": "，", ":": "：", ";": "；", "?": "？", "!": "！"}

_FIND_INVISIBLE = re.compile("[" + "".join(re.escape(chr(code)) for code in sorted(INVISIBLE)) + "]")
_FIND_DIGITS = re.compile("[０-９Ａ-Ｚａ-ｚ．]")
_FIND_LOOKALIKES = re.compile("[\u2f00-\u2fd5｡､｢｣]")

# What is looked for in a document, the kind of repair, and what it says of it.
KINDS = (
    (_FIND_INVISIBLE, Code.INVISIBLE, "零宽字符或控制字符，已删除"),
    (_FIND_DIGITS, Code.DIGIT_WIDTH, "全角数字、字母，已统一为半角"),
    (_FIND_LOOKALIKES, Code.LOOKALIKE, "部首形或半角标点，已换成对应的汉字、标点"),
)


def _replacements() -> dict[int, str]:
    table = dict.fromkeys(INVISIBLE, DROPPED)
    table.update(dict.fromkeys(_SPACES, " "))
    table.update({code: chr(code - 0xFEE0) for code in _DIGITS_AND_LETTERS})
    table[0xFF0E] = "."  # ．, the dot of a full-width number
    table.update({0xFF61: "。", 0xFF64: "、", 0xFF62: "「", 0xFF63: "」"})
    for code in _RADICALS:
        table[code] = unicodedata.normalize("NFKC", chr(code))
    return table


REPLACED = _replacements()


def is_space(character: str) -> bool:
    return ord(character) in _SPACES


def kind_of_repair(character: str) -> Code:
    """Which repair of the whole document replaces this character."""
    if character in FULL_WIDTH or character == ".":
        return Code.WIDTH
    if _FIND_DIGITS.match(character):
        return Code.DIGIT_WIDTH
    if _FIND_LOOKALIKES.match(character):
        return Code.LOOKALIKE
    return Code.SPACES if is_space(character) else Code.TRADITIONAL
