"""Every hostile document gets what it is owed, through the child, and leaves nothing behind.

The global rule, asserted for each: no exception but Unreadable, under 60 seconds, this process grows by less
than 50 MB, no temporary file, no process, and not one connection (a listener waits for it).
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from importers import gate, sandbox
from importers.nursery import Nursery
from importers.readers import EncodingUnknown, Unreadable, read
from tests.importers import hostile, hostile_cases
from tests.importers.hostile_cases import ACCEPT, REFUSE, REMARK, TELL, Hostile
from tests.importers.processes import children

ROOT = Path(sandbox.__file__).resolve().parent.parent
MOST_SECONDS = 50  # the machine may be busy; each is asked for less below
MOST_GROWTH = 50 * 1024 * 1024

TASKS = [("1", "推进修改。"), ("2", "推进落实。")]


class Canary:
    """A listener on the loopback that counts who calls."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            caller.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    listener = Canary()
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def leftovers(tmp_path_factory) -> Iterator[Path]:
    """The folder for temporary files of all children here."""
    folder = tmp_path_factory.mktemp("leftovers")
    with pytest.MonkeyPatch.context() as patch:
        own = Nursery(ROOT, sandbox.ENVIRONMENT | {"TMPDIR": str(folder)})
        patch.setattr(sandbox, "_nursery", own)
        yield folder
        own.close()


def memory(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


@pytest.mark.parametrize("case", hostile_cases.corpus(), ids=str)
def test_hostile_document_gets_what_it_is_owed(case: Hostile, canary, leftovers):
    data = case.make(canary.port)
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the highest mark counts from here
    begun = time.monotonic()

    result = refusal = None
    try:
        result = sandbox.read_in_child(data, name=case.name)
    except Unreadable as unreadable:
        refusal = str(unreadable)

    assert time.monotonic() - begun < MOST_SECONDS
    assert memory("VmHWM") - before < MOST_GROWTH
    assert list(leftovers.iterdir()) == []
    assert children() == []
    assert canary.calls == 0
    if case.owed in (ACCEPT, REMARK):
        assert refusal is None
        found = [(str(task.number), "".join(filter(is_chinese, task.text))) for task in result.plan.tasks]
        assert found == [(number, text[:-1]) for number, text in TASKS]
        assert any(case.says in remark.message for remark in result.document.remarks) or case.owed == ACCEPT
    else:
        assert result is None
        assert refusal.endswith("。")
        assert case.says in refusal
        if case.owed == REFUSE:
            with pytest.raises(Unreadable, match=r"。$"):
                gate.admit(data, name=case.name)


def is_chinese(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"


@pytest.mark.parametrize(
    "case", [c for c in hostile_cases.corpus() if c.id in ("H10", "H11", "H29", "H41", "H53")], ids=str
)
def test_readers_themselves_fetch_nothing(case, canary):
    """Without the child and its closed network: the readers do not even try."""
    try:
        read(case.make(canary.port), name=case.name)
    except Unreadable:
        assert case.owed in (REFUSE, TELL)
    time.sleep(0.05)

    assert canary.calls == 0


def test_canary_hears_a_call():
    listener = Canary()
    socket.create_connection(("127.0.0.1", listener.port)).close()
    deadline = time.monotonic() + 5
    while not listener.calls and time.monotonic() < deadline:
        time.sleep(0.01)
    listener.close()

    assert listener.calls == 1


@pytest.mark.parametrize("name", hostile_cases.NAMES, ids=ascii)
def test_document_carries_a_safe_name(name):
    document = read(hostile.TEXT.encode(), name=name)

    assert document.name == hostile_cases.NAMES[name]
    assert len(document.name.encode()) <= 255


def test_encodings_of_one_text_give_one_document():
    found = {read(data).lines for data in hostile_cases.encodings().values()}

    assert len(found) == 1


def test_big5_is_asked_for_and_read_with_the_answer():
    data = "一、完善制度，推進修改。".encode("big5")
    with pytest.raises(EncodingUnknown):
        read(data)

    assert read(data, encoding="big5").lines[0].text == "一、完善制度，推進修改。"


# --- each guard of the gate is what refuses: with it taken away the same file gets through --------


@pytest.mark.parametrize(
    ("guard", "slack", "make"),
    [
        ("MAX_ENTRIES", 10**6, lambda: hostile.many_entries(3_000)),
        ("MAX_RATIO", 10**6, lambda: hostile.with_part("b.bin", bytes(30 << 20))),
        ("_ENCRYPTED", 0, lambda: hostile.with_flag(hostile.plain_docx(), 0x40)),
        ("_NESTED", b"\x00no such magic", hostile.nested_archives),
        (
            "_FORBIDDEN",
            gate.re.compile(b"\x00no such bytes"),
            lambda: hostile.docx_with(docProps__core_DOT_xml=hostile.with_doctype("<!DOCTYPE w>")),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_gate_refuses_because_of_this_guard(guard, slack, make, monkeypatch):
    from importers import archive

    data = make()
    with pytest.raises(Unreadable):
        gate.admit(data, name="plan.docx")
    monkeypatch.setattr(archive, guard, slack)

    assert gate.admit(data, name="plan.docx") is gate.Kind.DOCX


def test_inflated_bytes_are_counted_over_all_parts(monkeypatch):
    from importers import archive

    data = hostile.with_part("b.bin", os.urandom(3 << 20))
    monkeypatch.setattr(archive, "MAX_INFLATED", 3 << 20)

    with pytest.raises(Unreadable, match="解压后超过 3 MB"):
        gate.admit(data, name="plan.docx")
