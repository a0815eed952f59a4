"""The process that reads one untrusted upload: forked by nursery.py, spoken with by sandbox.py.

Standard input: one line of JSON (for a plan name, encoding, undone; for workbooks "what": "sheets" and name),
then the upload's bytes. Standard output: lines of JSON; `{"at": [per cent, words]}` while it works and one
last line with the result or the refusal.

The limits are set before the first byte of the document is there, and what is left open then is shut before
any parser sees the bytes: no file can be opened and no connection made, by Python code or by a C library.
No Django here.
"""

import codecs
import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importers.readers.document import Document
    from importers.records import ParsedPlan

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 30
LIFETIME = 70  # seconds; the parent ends it after 60, this is for a parent that is gone
OPEN_FILES = 64
FILE_SIZE = 1024

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
# Loaded on first use, which would be too late.
_CODECS = (
    "utf-8",
    "gb18030",
    "gb2312",
    "cp950",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp437",
    "latin-1",
    "ascii",
)
_MODULES = ("heapq", "bisect", "copy", "unicodedata", "zlib", "xml.etree.ElementTree", "zipfile")
_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "pty.",
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_READING, _PARSING = 20, 50  # per cent
_SMALL_PLAN = (
    "2024年推進計劃\n一、完善制度\n（一）完善規則\n1.推進修改。（財政部負責）\n2.推進落實。（科技部牽頭）"
)

Tell = Callable[[int, str], None]


def main(parent: int) -> None:
    """Read what the pipes bring. `parent` is the process that has started this one: it ends with that."""
    answers = _answers()
    confine(parent)

    def say(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
        answers.flush()

    def tell(percent: int, words: str) -> None:
        say({"at": [percent, words]})

    try:
        request = json.loads(sys.stdin.buffer.readline(64 * 1024))
        work = _read_sheets if request.get("what") == "sheets" else _read
        say(work(request, sys.stdin.buffer.read(), tell))
    except MemoryError:
        # The message itself needs little; what was read is gone with the frames.
        say({"refused": "memory"})
    answers.flush()
    os._exit(0)  # nothing to tidy up, and libraries that would tidy up may be in any state


def prepare() -> None:
    """Load whatever is loaded on first use and would be used for the first time behind the seal."""
    from importers.gate import Kind
    from importers.parsed import parse_plan
    from importers.readers import document_from_text, reader_of

    for codec in _CODECS:
        codecs.lookup(codec)
    for module in _MODULES:
        import_module(module)
    for kind in Kind:
        reader_of(kind)
    import_module("importers.sheets.reading")
    with contextlib.suppress(ValueError):
        parse_plan(document_from_text(_SMALL_PLAN))


def confine(parent: int) -> None:
    """Limits on this process for good. What a system does not offer is left out; the rest still holds."""
    # A kernel's own words, through libc: no way of the standard library leads there before Python 3.12.
    libc = ctypes.CDLL(None, use_errno=True)
    with contextlib.suppress(AttributeError, OSError):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)  # it had gone before we asked to go with it
    with contextlib.suppress(AttributeError, OSError):
        # An empty network; in a user namespace of its own where we are not root and that is allowed.
        if libc.unshare(_CLONE_NEWNET) != 0:
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    signal.alarm(LIFETIME)
    for limit, most in (
        ("RLIMIT_AS", MEMORY),
        ("RLIMIT_CPU", CPU_SECONDS),
        ("RLIMIT_FSIZE", FILE_SIZE),
        ("RLIMIT_NOFILE", OPEN_FILES),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_NPROC", 0),
    ):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, limit), (most, most))
    sys.addaudithook(_refuse)


def seal() -> None:
    """From here on this process opens nothing more: no file, no socket, no library."""
    _sealed.append(True)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


_sealed: list[bool] = []


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(event)
    if event == "open":
        _, mode, flags = arguments
        writes = isinstance(mode, str) and bool(set("wax+") & set(mode))
        if _sealed or writes or (isinstance(flags, int) and flags & _WRITING):
            raise PermissionError(event)


def _answers() -> Any:
    """The way to the parent; what a library prints must not land between the answers."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return answers


def _read(request: dict[str, Any], data: bytes, tell: Tell) -> dict[str, Any]:
    tell(5, "检查文件")
    from importers.gate import admit
    from importers.parsed import NotAPlan, parse_plan
    from importers.readers import EncodingUnknown, Unreadable, read_admitted, reader_of

    def tell_page(page: int, pages: int) -> None:
        percent = _READING + (page - 1) * (_PARSING - _READING) // pages
        tell(percent, f"读取正文（第 {page} 页，共 {pages} 页）")

    def tell_rest(percent: int, words: str) -> None:
        tell(_PARSING + percent * (99 - _PARSING) // 100, words)

    try:
        reader = reader_of(admit(data, name=request["name"]))
        prepare()  # done in the nursery already: nothing may be missing behind the seal
        seal()
        tell(_READING, "读取正文")
        document = read_admitted(
            reader, data, name=request["name"], encoding=request["encoding"], on_page=tell_page
        )
        plan = parse_plan(document, undone=frozenset(request["undone"]), on_progress=tell_rest)
        return {"document": document.dump(), "plan": with_remarks(plan, document).dump()}
    except EncodingUnknown as unknown:
        return {"refused": "encoding", "sentence": str(unknown)}
    except (Unreadable, NotAPlan) as refusal:
        return {"refused": "unreadable", "sentence": str(refusal)}


def _read_sheets(request: dict[str, Any], data: bytes, tell: Tell) -> dict[str, Any]:
    tell(5, "检查文件")
    from importers.gate import Unreadable
    from importers.sheets.reading import dump, read_upload

    seal()
    try:
        return {"books": dump(read_upload(data, name=request["name"], tell=tell))}
    except Unreadable as refusal:
        return {"refused": "unreadable", "sentence": str(refusal)}


def with_remarks(plan: "ParsedPlan", document: "Document") -> "ParsedPlan":
    """What the reader left out or changed is said with the rest: whoever imports has one list to look at."""
    from importers.diagnostics import Code, in_reading_order, info, warning

    remarks = [
        (info if each.is_hint else warning)(Code.NOT_IN_TEXT, each.line, each.message)
        for each in document.remarks
    ]
    return replace(plan, diagnostics=in_reading_order([*plan.diagnostics, *remarks]))
