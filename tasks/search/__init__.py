"""Search in Chinese: which tasks contain the words, in what order, and what else could be asked.

What is found is decided by the text alone (`finding`); jieba's words only rank, suggest and offer a way out
(`indexing`, `suggesting`). Importing this package does not load jieba.
"""

from tasks.search.finding import NEWEST_FIRST, Word, find, meaning, narrow, ranked, read, sought
from tasks.search.indexing import cut, index, index_all, warm
from tasks.search.suggesting import Suggestion, instead, suggest

__all__ = [
    "NEWEST_FIRST",
    "Suggestion",
    "Word",
    "cut",
    "find",
    "index",
    "index_all",
    "instead",
    "meaning",
    "narrow",
    "ranked",
    "read",
    "sought",
    "suggest",
    "warm",
]
