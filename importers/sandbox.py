"""Reads an untrusted document in a child process with limits on memory, processor, time, files and network.

A parser that is led astray, crashes or never ends takes the child with it and nothing else. Safe in threads:
the child is no fork of this process but of the nursery's (nursery.py), without Django, ready in milliseconds.
"""

import json
import logging
import os
import selectors
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from importers.gate import Unreadable, check_size, safe_name
from importers.nursery import Child, Nursery
from importers.readers.document import Document
from importers.readers.text import EncodingUnknown
from importers.records import ParsedPlan
from importers.sheets.reading import Book
from importers.sheets.reading import load as load_books

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

WALL_SECONDS = 60.0
MAX_OUTPUT = 12 * 1024 * 1024  # a real plan gives half a megabyte
ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8"}  # nothing of ours: no secrets, no DATABASE_URL
_nursery = Nursery(Path(__file__).resolve().parent.parent, ENVIRONMENT)
_PIECE = 64 * 1024
_STDERR_KEPT = 4 * 1024
_LONGEST_WORDS = 60


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said where the child gives no answer: by what the upload should be, and what to do instead."""

    what: str
    instead: str
    smaller: str

    @property
    def too_long(self) -> str:
        return f"读取这份文件用时过长，已停止；{self.instead}"

    @property
    def too_large(self) -> str:
        return f"读取这份文件需要的内存超过上限，已停止；{self.smaller}，或{self.instead[1:]}"

    @property
    def crashed(self) -> str:
        return f"读取这份文件时解析程序意外中止，文件可能已损坏；{self.instead}"

    @property
    def too_much(self) -> str:
        return f"这份文件读出的内容过多，不像{self.what}；{self.instead}"


_PLAN = _Words(
    "一份推进计划",
    "请用 WPS 或 Word 打开后另存为新的 .docx，或复制正文粘贴后再导入。",
    "请删去图片和附件，只保留推进计划的正文",
)
_SHEETS = _Words(
    "单位填报表", "请用 WPS 或 Excel 打开后另存为新的 .xlsx 再上传。", "请只保留填报的工作表，分几次上传"
)
_NOT_STARTED = "现在不能读取文件（服务器资源不足），请稍后再试。"


class Interrupted(Unreadable):
    """The reading did not come to its end, which need not be the document's fault: it may be tried again."""


@dataclass(frozen=True, slots=True)
class ChildResult:
    document: Document
    plan: ParsedPlan


def read_in_child(
    data: bytes,
    *,
    name: str,
    encoding: str = "",
    undone: frozenset[str] = frozenset(),
    on_progress: Callable[[int, str], None] | None = None,
) -> ChildResult:
    """The document in `data` and the plan in it, read in a child with limits.

    Raises Unreadable, also for a document that is no plan; EncodingUnknown where a person has to choose.
    `on_progress` is called in this thread with per cent and a Chinese word for what is being done.
    Takes at most WALL_SECONDS; leaves no process and no file behind however it ends."""
    check_size(len(data))
    request = {"name": safe_name(name), "encoding": encoding, "undone": sorted(undone)}
    return _result(_asked(request, data, on_progress, _PLAN), _plan_of, _PLAN)


def read_sheets_in_child(
    data: bytes, *, name: str, on_progress: Callable[[int, str], None] | None = None
) -> list[Book]:
    """The workbooks in an upload, one or a zip of them, read in the same way. Raises Unreadable."""
    answer = _asked({"what": "sheets", "name": safe_name(name)}, data, on_progress, _SHEETS)
    return _result(answer, lambda answer: load_books(answer["books"]), _SHEETS)


def _asked(
    request: dict[str, Any],
    data: bytes,
    on_progress: Callable[[int, str], None] | None,
    words: _Words,
) -> dict[str, Any]:
    """What a child of its own answers to the request."""
    try:
        child = _nursery.child()
    except OSError as failure:
        logger.error("the reading process could not be started: %s", failure)
        raise Interrupted(_NOT_STARTED) from None
    conversation = _Conversation(child, json.dumps(request).encode() + b"\n", data, on_progress)
    try:
        answer = conversation.hold()
    finally:
        status = child.end()
    if answer is None:
        raise _failed(status, conversation, words)
    return answer


class _Conversation:
    """All pipes at once: neither a child that does not listen nor one that does not end may stop us."""

    def __init__(
        self,
        child: Child,
        request: bytes,
        data: bytes,
        on_progress: Callable[[int, str], None] | None,
    ) -> None:
        self.timed_out = self.flooded = self.garbled = False
        self.stderr = b""
        self._child = child
        self._waiting = [memoryview(request), memoryview(data)]
        self._on_progress = on_progress
        self._deadline = time.monotonic() + WALL_SECONDS
        self._line = bytearray()
        self._answer: dict[str, Any] | None = None

    def hold(self) -> dict[str, Any] | None:
        """The child's last line, None where it did not get that far."""
        with selectors.DefaultSelector() as selector:
            for pipe, events, take in (
                (self._child.stdin, selectors.EVENT_WRITE, self._send),
                (self._child.stdout, selectors.EVENT_READ, self._hear),
                (self._child.stderr, selectors.EVENT_READ, self._hear_stderr),
            ):
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, events, take)
            while selector.get_map() and not (self.flooded or self.garbled or self._answer):
                left = self._deadline - time.monotonic()
                if left <= 0:
                    self.timed_out = True
                    return None
                for key, _ in selector.select(left):
                    if not key.data(key.fd):
                        selector.unregister(key.fileobj)
                        key.fileobj.close()  # type: ignore[union-attr]
        return self._answer

    def _send(self, pipe: int) -> bool:
        """Whether there is more to send."""
        try:
            sent = os.write(pipe, self._waiting[0][:_PIECE])
        except BlockingIOError:
            return True
        except OSError:  # it has ended, or does not want more; its exit status will tell
            return False
        self._waiting[0] = self._waiting[0][sent:]
        if not self._waiting[0]:
            self._waiting.pop(0)
        return any(self._waiting)

    def _hear(self, pipe: int) -> bool:
        piece = os.read(pipe, _PIECE)
        start = len(self._line)
        self._line += piece
        if len(self._line) > MAX_OUTPUT:
            self.flooded = True
            return False
        while (end := self._line.find(b"\n", start)) >= 0:
            self._take(bytes(self._line[:end]))
            del self._line[: end + 1]
            start = 0
        return bool(piece)

    def _hear_stderr(self, pipe: int) -> bool:
        piece = os.read(pipe, _PIECE)
        self.stderr = (self.stderr + piece)[-_STDERR_KEPT:]
        return bool(piece)

    def _take(self, line: bytes) -> None:
        # The child may have been led astray by the document: nothing it says is taken on trust.
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        match message:
            case {"at": [int(percent), str(words)]} if 0 <= percent <= 100:
                if self._on_progress is not None:
                    self._on_progress(percent, words[:_LONGEST_WORDS])
            case {"refused": str()} | {"document": {}, "plan": {}} | {"books": [*_]}:
                self._answer = message
            case _:
                self.garbled = True


def _plan_of(answer: dict[str, Any]) -> ChildResult:
    return ChildResult(Document.load(answer["document"]), ParsedPlan.load(answer["plan"]))


def _result(answer: dict[str, Any], load: Callable[[dict[str, Any]], Result], words: _Words) -> Result:
    """What `load` makes of the answer. The child may have been led astray, and answer anything."""
    match answer:
        case {"refused": "memory"}:
            raise Interrupted(words.too_large)
        case {"refused": "encoding", "sentence": str(sentence)}:
            raise EncodingUnknown(sentence)
        case {"refused": _, "sentence": str(sentence)}:
            raise Unreadable(sentence)
    try:
        return load(answer)
    except (LookupError, TypeError, ValueError, AttributeError):
        logger.exception("the reading process gave an answer that makes no sense")
        raise Interrupted(words.crashed) from None


def _failed(status: int, conversation: _Conversation, words: _Words) -> Unreadable:
    """What to say about a child that gave no answer. Its own words are for the log, never for the page."""
    logger.warning(
        "the reading process gave no answer: status %s, timed out %s, %s",
        status,
        conversation.timed_out,
        conversation.stderr.decode("utf-8", "backslashreplace"),
    )
    if conversation.timed_out or -status in (signal.SIGXCPU, signal.SIGALRM):
        return Interrupted(words.too_long)
    if conversation.flooded:
        return Unreadable(words.too_much)
    if b"MemoryError" in conversation.stderr or b"bad_alloc" in conversation.stderr:
        return Interrupted(words.too_large)
    return Interrupted(words.crashed)
