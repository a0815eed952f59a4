"""Cutting texts into words, and writing the rows that a search looks into.

jieba takes about two seconds and 100 MB to load: `warm` does that in gunicorn's first process, before the
workers are made of it (tools/gunicorn_conf.py). Elsewhere the first text that is cut pays for it.
"""

import logging
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from itertools import chain, islice

from django.conf import settings

from agencies.models import Agency, AgencyAlias
from tasks.models import Section, Task, TaskSearch
from tasks.models.search import described, fold

_BATCH = 1000
# Between these jieba looks at nothing but the signs themselves, so each run can be cut, and kept, by itself.
_RUN = re.compile(r"[一-鿿a-z0-9+#&._%\-]+")
_WORD = re.compile(r"\w.*\w")
_HAN = re.compile(r"[一-鿿]+")
_STATE = "中华人民共和国"
# Joints of a sentence: they stand in every task and say nothing of any.
_STOP = frozenset(
    re.findall(
        r"\w+",
        """
        以及 及其 并且 或者 对于 关于 根据 按照 依据 通过 结合 围绕 针对 为主 有关 相关 其他 上述 所有 各个
        一批 一系列 等等 方面 进行 予以 给予 能够 可以 应当 从而 进一步 不断 全面 深入 积极 切实 有效 大力
        持续 着力 统筹
        """,
    )
)


# --- words ----------------------------------------------------------------------------------------------


def cut(text: str) -> list[str]:
    """jieba's words of two signs or more in the folded text, in their order, each once; joints left out."""
    words = chain.from_iterable(_cut_run(run) for run in _RUN.findall(fold(text)))
    return list(dict.fromkeys(words))


@lru_cache(maxsize=20_000)  # plans repeat themselves, and a hundred thousand tasks are made of few runs
def _cut_run(run: str) -> tuple[str, ...]:
    return tuple(
        word for word in _cutter()(run) if len(word) > 1 and word not in _STOP and _WORD.fullmatch(word)
    )


def warm() -> None:
    """Load jieba with its dictionary and our own words now, not when somebody waits. 4 queries."""
    _cutter.cache_clear()
    _cut_run.cache_clear()
    _cutter()


@cache
def _cutter() -> Callable[[str], Iterator[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its regular expressions are of 2020
        import jieba

    jieba.setLogLevel(logging.ERROR)
    tokenizer = jieba.Tokenizer()
    # It keeps its dictionary in a file that is executed as it were (marshal): never in the shared /tmp.
    settings.JIEBA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.JIEBA_DIR.chmod(0o700)
    tokenizer.tmp_dir = str(settings.JIEBA_DIR)
    tokenizer.initialize()
    for word in sorted(_own_words()):
        tokenizer.add_word(word)
    return tokenizer.cut


def _own_words() -> set[str]:
    """Names of agencies, of instruments that tasks name, and of sections: one word each."""
    agencies = Agency.objects.registered()
    instruments = (
        title.removeprefix(_STATE)
        for text in Task.objects.filter(text__contains="《").values_list("text", flat=True).iterator()
        for title in _titles(text)
    )
    words = chain(
        agencies.values_list("name", flat=True),
        AgencyAlias.objects.filter(agency__in=agencies).values_list("name", flat=True),
        Section.objects.exclude(title="").values_list("title", flat=True),
        instruments,
    )
    return {word for word in map(fold, words) if len(word) > 1 and _RUN.fullmatch(word)}


def _titles(text: str) -> list[str]:
    return [part for part in re.findall(r"《([^《》]+)》", text) if _HAN.fullmatch(part)]


# --- rows -----------------------------------------------------------------------------------------------


def index(tasks: Iterable[Task]) -> int:
    """Write the search's rows of these tasks, new or again. One query a batch of 1,000; returns how many.

    Every place that writes a task's text calls this in the same transaction: what has no row is not found.
    """
    rows = (TaskSearch(task_id=task.pk, **described(task.text, cut(task.text))) for task in tasks)
    count = 0
    while batch := list(islice(rows, _BATCH)):
        TaskSearch.objects.bulk_create(
            batch,
            update_conflicts=True,
            unique_fields=["task"],
            update_fields=["folded", "pairs", "words"],
        )
        count += len(batch)
    return count


def index_all() -> int:
    """Cut every task anew, by the register, the instruments and the headings as they are now."""
    warm()
    return index(Task.objects.only("pk", "text").order_by("pk").iterator(chunk_size=_BATCH))
