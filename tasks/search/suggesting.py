"""What could be asked: how a word goes on, agencies, instruments, related words; and what to ask instead.

All of it is computed from tasks that the caller may see, so that a suggestion tells nobody anything new.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from django.db.models import Exists, OuterRef, Q

from agencies.models import Agency, AgencyAlias
from tasks.models import Assignment
from tasks.models.search import fold
from tasks.models.task import TaskQuerySet
from tasks.search.finding import Word, meaning, narrow, read, split
from tasks.search.indexing import cut

# Tasks that are looked at; up to here a count is exact, beyond it none is shown.
MOST_TASKS = 300
_MOST = {"word": 5, "instrument": 3, "agency": 3, "related": 4}
_MOST_WORDS, _MOST_PIECES = 4, 6
_LONGEST = 8  # of a word or phrase that is offered; what is longer is a title
_BRACKETS = "《》〈〉<>＜＞"
_INSTRUMENT = re.compile(r"《[^《》]+》")
# What plans say of every subject: true everywhere, so related to nothing.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
        推进 推动 加强 开展 完善 加快 促进 提升 强化 建立 健全 支持 鼓励 引导 实施 落实 做好 组织 指导 研究
        制定 出台 修改 修订 优化 深化 加大 构建 建设 发展 工作 机制 体系 能力 水平 力度 重点 领域 国家 全国
        地方 部门 单位 服务 管理 制度 政策 知识产权 作用 推广 探索 发布 印发 项目 活动 行动 方案 措施 办法
        意见 继续 充分 发挥 打造 形成 提高 扩大 试点
        """,
    )
)


@dataclass(frozen=True)
class Suggestion:
    """A search that somebody may mean: the words for the field, what kind they are, and how many it finds."""

    kind: str
    words: str
    tasks: int | None = None

    @property
    def label(self) -> str:
        return _LABELS[self.kind]


_LABELS = {"task": "序号", "word": "词", "instrument": "文件", "agency": "单位", "related": "相关"}


def suggest(tasks: TaskQuerySet, words: str) -> list[Suggestion]:
    """How the last word may go on, and what stands beside it in the tasks found. At most 4 queries."""
    *before, last = split(words) or [""]
    last = last.strip(_BRACKETS) or last
    if not last:
        return []
    narrowed = narrow(tasks, read(" ".join(before)))
    found = _found(narrowed, last)
    agencies = _agencies(narrowed, last)
    ways_on = [word for word in _ways_on(found, last) if word not in agencies][: _MOST["word"]]
    instruments = _instruments(found, last)[: _MOST["instrument"]]
    said = {fold(word) for word in (*before, last, *ways_on, *instruments)}
    offered = [
        *_of_that_number(narrowed, last),
        *_counted("word", ways_on, found),
        *_counted("instrument", instruments, found),
        *(Suggestion("agency", name) for name in agencies[: _MOST["agency"]]),
        *_counted("related", _related(found, said), found, beside=last),
    ]
    front = "".join(f"{word} " for word in before)
    return [replace(each, words=front + each.words) for each in offered]


@dataclass(frozen=True)
class _Task:
    text: str
    folded: str
    words: tuple[str, ...]


def _found(tasks: TaskQuerySet, last: str) -> list[_Task]:
    rows = narrow(tasks, [Word(last, (fold(last),))]).order_by("-pk")
    columns = rows.values_list("text", "search__folded", "search__words")[: MOST_TASKS + 1]
    return [_Task(text, folded, tuple(words.split())) for text, folded, words in columns]


def _of_that_number(tasks: TaskQuerySet, last: str) -> list[Suggestion]:
    asked = meaning(last)
    if asked.number is None:
        return []
    words = f"第{asked.number}项"
    count = narrow(tasks, [meaning(words)]).count()
    return [Suggestion("task", words, count)] if count else []


def _ways_on(found: Sequence[_Task], last: str) -> list[str]:
    """Words and phrases that hold what was typed, those that begin with it first, then the frequent ones."""
    typed = fold(last)
    often = Counter(word for task in found for word in task.words if typed in word and len(word) <= _LONGEST)
    often.update({phrase: count for phrase, count in _phrases(found, typed).items() if phrase not in often})
    often.pop(typed, None)
    return sorted(often, key=lambda word: (not word.startswith(typed), -often[word], len(word), word))


def _phrases(found: Sequence[_Task], typed: str) -> dict[str, int]:
    """How the texts go on from what was typed: 地理 to 地理标志, which jieba takes for two words.

    A phrase ends where a word ends and the tasks part ways.
    """
    goes_on = re.compile(re.escape(typed) + rf"(?=(\w{{1,{_LONGEST}}}))")
    often: Counter[str] = Counter()
    for task in found:
        often.update(
            {
                typed + following[1][:length]
                for following in goes_on.finditer(task.folded)
                for length in range(1, min(len(following[1]), max(_LONGEST - len(typed), 0)) + 1)
            }
        )
    most = Counter[str]()
    for phrase, count in often.items():
        most[phrase[:-1]] = max(most[phrase[:-1]], count)
    ends = tuple({word for task in found for word in task.words})
    return {
        phrase: count
        for phrase, count in often.items()
        if count > 1 and most[phrase] * 2 <= count and phrase.endswith(ends)
    }


def _instruments(found: Iterable[_Task], last: str) -> list[str]:
    typed = fold(last)
    often = Counter(
        title for task in found for title in set(_INSTRUMENT.findall(task.text)) if typed in fold(title)
    )
    return sorted(often, key=lambda title: (-often[title], len(title), title))


def _agencies(tasks: TaskQuerySet, last: str) -> list[str]:
    """Agencies that are assigned to one of the tasks and bear such a name."""
    if meaning(last).number is not None:
        return []
    named = Q(name__icontains=last) | Exists(
        AgencyAlias.objects.filter(agency=OuterRef("pk"), name__istartswith=last)
    )
    seen = Assignment.objects.filter(agency=OuterRef("pk"), task__in=tasks.order_by().values("pk"))
    names = Agency.objects.registered().filter(named).filter(Exists(seen)).values_list("name", flat=True)
    return sorted((name for name in names if name != last), key=lambda name: not name.startswith(last))


def _related(found: Iterable[_Task], said: Iterable[str]) -> list[str]:
    """Words that stand in the most of the tasks found; not those that are said or offered already."""
    often = Counter(
        word
        for task in found
        for word in task.words
        if word not in _COMMON
        and len(word) <= _LONGEST
        and not word.isdecimal()
        and not any(word in other or other in word for other in said)
    )
    return sorted((word for word in often if often[word] > 1), key=lambda word: (-often[word], word))


def _counted(kind: str, offered: Iterable[str], found: list[_Task], beside: str = "") -> list[Suggestion]:
    """As suggestions, with the number of tasks each finds; without it where not all tasks were looked at."""
    front = f"{beside} " if beside else ""
    return [
        Suggestion(kind, front + words, _standing_in(found, words) if len(found) <= MOST_TASKS else None)
        for words in islice(offered, _MOST[kind])
    ]


def _standing_in(found: Iterable[_Task], words: str) -> int:
    texts = meaning(words).texts
    return sum(any(text in task.folded for text in texts) for task in found)


# --- nothing found ------------------------------------------------------------------------------------


def instead(tasks: TaskQuerySet, words: str) -> list[str]:
    """Searches that do find something where `words` find nothing: all parts together, then each.

    Costs a query a part that is tried; a long search is looked at as far as its first words.
    """
    tried = split(words)[:_MOST_WORDS]
    parts = list(dict.fromkeys(part for word in tried for part in _parts(tasks, word)))
    together = [" ".join(parts)] if len(parts) > 1 and _finds(tasks, *parts) else []
    return together + parts


def _parts(tasks: TaskQuerySet, word: str) -> list[str]:
    """The word where a task holds it, else the longest runs of its pieces that one holds."""
    if _finds(tasks, word):
        return [word]
    runs: list[str] = []
    run = ""
    for piece in cut(word)[:_MOST_PIECES]:
        if run and run + piece in fold(word) and _finds(tasks, run + piece):
            run = runs[-1] = run + piece
        elif _finds(tasks, piece):
            runs.append(run := piece)
        else:
            run = ""
    return runs


def _finds(tasks: TaskQuerySet, *parts: str) -> bool:
    return narrow(tasks, [meaning(part) for part in parts]).exists()
