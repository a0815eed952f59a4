"""Which tasks contain the words, and which of them come first.

A task is found when it contains each word as it is written (letters and digits compared folded), or what
the word means: its number (第45项, 45, 第四十五项), an agency it is assigned to, a law by its name.
How the text is looked into is the databases' affair: `models.search`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

from django.db.models import Case, ExpressionWrapper, F, IntegerField, Q, Value, When
from django.db.models.functions import Least, Length, Replace, StrIndex

from agencies.models import Agency
from agencies.resolving import resolve
from tasks.models import Assignment, Plan, Task
from tasks.models.plan import CHINESE_DIGITS
from tasks.models.search import fold
from tasks.models.task import TaskQuerySet

# A word ends at a blank, except in 第 45 项 and between 《 and 》.
_WORD = re.compile(
    r"第\s*(?:\d{1,4}|[零〇一二三四五六七八九十百]{1,7})\s*项(?!\S)|(?:[《〈][^《》〈〉]*[》〉]|\S)+"
)
_NUMBER = re.compile(r"(?:第\s*)?(\d{1,4})\s*项?|第\s*([零〇一二三四五六七八九十百]{1,7})\s*项")
_TITLE = re.compile(r"[《〈<＜]([^《》〈〉<>＜＞]+)[》〉>＞]")
_STATE = "中华人民共和国"
# As plans are ordered, down to the plan's own key: a database can then walk plan_order and stop after a page.
NEWEST_FIRST = ("plan",)


@dataclass(frozen=True)
class Word:
    """One word of a search: as it was typed, the texts that stand for it, and what else it means."""

    typed: str
    texts: tuple[str, ...]
    number: int | None = None
    agency: Agency | None = None

    def __str__(self) -> str:
        """商标法, or with its other meanings: 45（或第 45 项）."""
        others = [text for text in self.texts[1:] if text.startswith("《")]
        if self.number is not None and not self.typed.startswith("第"):
            others.append(f"第 {self.number} 项")
        if self.agency:
            others.append(f"单位：{self.agency}")
        return f"{self.typed}（或{'、'.join(others)}）" if others else self.typed


def find(tasks: TaskQuerySet, words: str) -> TaskQuerySet:
    """Those of the tasks that contain every word, and no other. 2 queries for the names, at most 3."""
    return narrow(tasks, read(words, within=tasks))


# --- reading ------------------------------------------------------------------------------------------


def read(words: str, *, within: TaskQuerySet | None = None) -> tuple[Word, ...]:
    """The words of a search with what they mean. 2 queries, one more where one is the name of an agency.

    An agency that none of the tasks `within` is assigned to means nothing: its name is not for the reader.
    """
    read = [meaning(typed) for typed in split(words)]
    bearers = resolve({name for word in read for name in _names(word)}) if read else {}
    if bearers and within is not None:
        seen = Assignment.objects.filter(task__in=within.order_by().values("pk"), agency__in=bearers.values())
        known = set(seen.values_list("agency", flat=True).distinct())
        bearers = {name: agency for name, agency in bearers.items() if agency.pk in known}
    return tuple(
        replace(word, agency=next((bearers[name] for name in _names(word) if name in bearers), None))
        for word in read
    )


def split(words: str) -> list[str]:
    """The words as they were typed, each once; a control character parts words like a blank."""
    return list(dict.fromkeys(_WORD.findall(re.sub(r"[\x00-\x1f\x7f]", " ", words))))


def _names(word: Word) -> tuple[str, str]:
    return word.typed, word.texts[0].upper()  # cnipa is CNIPA


def meaning(typed: str) -> Word:
    """A word with what it means by its form alone."""
    text = fold(typed)
    if asked := _NUMBER.fullmatch(text):
        number = int(asked[1]) if asked[1] else _chinese_number(asked[2])
        return Word(typed, _each_once(text, text.replace(" ", "")), number=number)
    if asked := _TITLE.fullmatch(text):
        title = asked[1].removeprefix(_STATE) or asked[1]
        return Word(typed, _each_once(text, f"《{title}》", f"《{_STATE}{title}》"))
    return Word(typed, (text,))


def _each_once(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _chinese_number(written: str) -> int | None:
    """四十五, 一百零三, 十: None where it is no number under a thousand."""
    form = re.fullmatch(r"(?:(.)百)?零?(?:(.?)十)?(.?)", written.replace("〇", "零"))
    if form is None:
        return None
    hundreds, tens, ones = (
        None if digit is None else CHINESE_DIGITS.find(digit) if digit else default
        for digit, default in zip(form.groups(), (None, 1, 0), strict=True)
    )
    if -1 in (hundreds, tens, ones):
        return None
    return (hundreds or 0) * 100 + (tens or 0) * 10 + (ones or 0)


def sought(words: Sequence[Word]) -> list[str]:
    """The folded texts that stand for the words, for marking them where they stand."""
    return list(_each_once(*(text for word in words for text in word.texts)))


# --- finding ------------------------------------------------------------------------------------------


def narrow(tasks: TaskQuerySet, words: Sequence[Word]) -> TaskQuerySet:
    for word in words:
        tasks = tasks.filter(_means(word))
    return tasks


def _means(word: Word) -> Q:
    """The word's text, or any of its meanings.

    Alternatives are united as sets of keys: an OR over several tables makes a database read every row.
    """
    if len(word.texts) == 1 and word.number is None and word.agency is None:
        return _contains(word.texts[0])
    keys = [Task.objects.filter(_contains(text)).values("pk") for text in word.texts]
    if word.number is not None:
        # By plan, for the index is on plan and number.
        keys.append(Task.objects.filter(plan__in=Plan.objects.values("pk"), number=word.number).values("pk"))
    if word.agency:
        keys.append(Assignment.objects.filter(agency=word.agency).values("task"))
    first, *others = (each.order_by() for each in keys)
    return Q(pk__in=first.union(*others))


def _contains(text: str) -> Q:
    return Q(search__folded__has=text)


# --- ranking ------------------------------------------------------------------------------------------


def ranked(tasks: TaskQuerySet, words: Sequence[Word]) -> TaskQuerySet:
    """The found tasks, best first: its very number, whole words, many, early; then the newest plan."""
    # No Case over `search`: it would turn the join into an outer one, and every task would be read.
    numbers = [word.number for word in words if word.number is not None]
    texts = sought(words)
    orders: list[Any] = []
    if numbers:
        orders.append(_flag(number__in=numbers).desc())
    if texts:
        orders += [
            _total(map(_is_whole_word, texts)).desc(),
            _total(map(_occurrences, texts)).desc(),
            _total(map(_place, texts)),
        ]
    return tasks.order_by(*orders, *NEWEST_FIRST, "number")


def _flag(**condition: Any) -> Case:
    return Case(When(then=Value(1), **condition), default=Value(0))


def _total(parts: Iterator[Any]) -> ExpressionWrapper:
    return ExpressionWrapper(reduce(add, parts), output_field=IntegerField())


def _is_whole_word(text: str) -> Any:
    return Least(StrIndex(F("search__words"), Value(f" {text.strip('《》〈〉<>')} ")), Value(1))


def _occurrences(text: str) -> Any:
    rest = Length(Replace(F("search__folded"), Value(text), Value("")))
    return (Length(F("search__folded")) - rest) / Value(len(text))


def _place(text: str) -> Any:
    return StrIndex(F("search__folded"), Value(text))
