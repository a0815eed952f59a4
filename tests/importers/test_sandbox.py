"""The child and its limits: what it says, what it may not do, and that it is gone afterwards."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from importers import child, nursery, sandbox
from importers.nursery import Nursery
from importers.parsed import parse_plan
from importers.readers import EncodingUnknown, Kind, Unreadable, read
from tests.importers import documents, hostile, oracle
from tests.importers.processes import children, nurseries

ROOT = Path(sandbox.__file__).resolve().parent.parent


@pytest.mark.parametrize("year", oracle.YEARS)
def test_child_reads_what_this_process_would_read(year):
    data = oracle.raw(year)

    result = sandbox.read_in_child(data, name="plan.txt")

    assert result.document == read(data, name="plan.txt")
    assert result.plan == parse_plan(result.document)


def test_child_takes_the_answer_about_the_encoding_and_the_undone_repairs():
    data = hostile.TEXT.replace("完善制度", "完善制 度").encode("utf-16-le")
    with pytest.raises(EncodingUnknown):
        sandbox.read_in_child(data, name="plan.txt")
    first = sandbox.read_in_child(data, name="plan.txt", encoding="utf-16-le")
    repairs = frozenset(each.key for each in first.plan.diagnostics if each.can_undo)
    assert repairs

    again = sandbox.read_in_child(data, name="plan.txt", encoding="utf-16-le", undone=repairs)

    assert again.plan == parse_plan(first.document, undone=repairs)
    assert again.plan != first.plan


def test_progress_goes_up_in_words():
    told = []

    sandbox.read_in_child(
        hostile.plain_docx(), name="a.docx", on_progress=lambda percent, words: told.append((percent, words))
    )

    assert told[:2] == [(5, "检查文件"), (20, "读取正文")]
    assert [percent for percent, _ in told] == sorted(percent for percent, _ in told)
    assert all(0 <= percent <= 100 and words for percent, words in told)


def test_a_document_that_is_no_plan_is_one_sentence():
    with pytest.raises(Unreadable, match="不是推进计划"):
        sandbox.read_in_child("会议纪要。".encode(), name="a.txt")


def test_several_threads_read_at_once():
    results = {}

    def work(year):
        results[year] = sandbox.read_in_child(oracle.raw(year), name="plan.txt")

    threads = [threading.Thread(target=work, args=(year,)) for year in oracle.YEARS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {year: len(result.plan.tasks) for year, result in results.items()} == {2023: 139, 2024: 110}


def test_callback_that_fails_leaves_no_process():
    def fail(percent, words):
        raise LookupError(words)

    before = threading.active_count()
    with pytest.raises(LookupError):
        sandbox.read_in_child(hostile.TEXT.encode(), name="a.txt", on_progress=fail)

    assert threading.active_count() == before
    assert not children()


# --- children that go wrong, in the place of ours --------------------------------------------------------


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Make the nursery bear another program: the same conversation with a child that misbehaves."""
    package = tmp_path / "importers"
    package.mkdir()
    (package / "__init__.py").touch()
    shutil.copy(nursery.__file__, package)

    def write(program: str) -> None:
        main = f"def main(parent):\n{textwrap.indent(program, '    ')}\n"
        (package / "child.py").write_text(f"def prepare():\n    pass\n{main}")
        monkeypatch.setattr(sandbox, "_nursery", other)

    other = Nursery(tmp_path, sandbox.ENVIRONMENT)
    yield write
    other.close()


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("import os; os.abort()", "意外中止"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "意外中止"),
        ("raise SystemExit(0)", "意外中止"),
        ("print('not json', flush=True)", "意外中止"),
        ("print('[1]', flush=True)", "意外中止"),
        ('print(\'{"at": ["a", 1]}\', flush=True)', "意外中止"),
        ('print(\'{"document": {}, "plan": {}}\', flush=True)', "意外中止"),
        ("import sys; sys.stderr.write('secret'); raise MemoryError", "内存"),
        ('print(\'{"refused": "memory"}\', flush=True)', "内存"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "用时过长"),
        ("import sys\nwhile True: sys.stdout.write('a' * 65536)", "内容过多"),
        ("import time, sys\nsys.stdout.close()\ntime.sleep(600)", "用时过长"),
        ("import time\ntime.sleep(600)", "用时过长"),
        ("import os, time\nif os.fork() == 0: time.sleep(600)\nos._exit(3)", "用时过长"),
    ],
)
def test_child_that_goes_wrong_is_one_sentence_and_is_gone(stand_in, monkeypatch, program, says):
    stand_in(program)
    # Whoever sleeps is waited for in vain; the others have time to go wrong by themselves.
    monkeypatch.setattr(sandbox, "WALL_SECONDS", 0.5 if "sleep" in program else 20.0)
    begun = time.monotonic()

    with pytest.raises(Unreadable, match=says) as refusal:
        sandbox.read_in_child(b"a" * 1_000_000, name="a.txt")

    assert time.monotonic() - begun < 20
    assert str(refusal.value).endswith("。")
    assert "secret" not in str(refusal.value)
    assert not children()


def test_grandchildren_go_with_the_child(stand_in, monkeypatch, tmp_path):
    note = tmp_path / "pid"
    stand_in(
        "import os, time\npid = os.fork()\nif pid == 0: time.sleep(600)\n"
        f"open({str(note)!r}, 'w').write(str(pid))\ntime.sleep(600)"
    )
    monkeypatch.setattr(sandbox, "WALL_SECONDS", 1.0)

    with pytest.raises(Unreadable):
        sandbox.read_in_child(b"a", name="a.txt")

    deadline = time.monotonic() + 5
    while not gone(int(note.read_text())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert gone(int(note.read_text()))


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"  # dead; whoever has taken it over has not looked yet


# --- where the children come from -------------------------------------------------------------------------


@pytest.fixture
def own_nursery(monkeypatch):
    """A nursery of this test's own, that it may kill."""
    own = Nursery(ROOT, sandbox.ENVIRONMENT)
    monkeypatch.setattr(sandbox, "_nursery", own)
    yield own
    own.close()


def test_two_readings_are_two_children_of_one_nursery(stand_in):
    stand_in(
        "import json, os\n"
        "told = [os.getpid(), os.getppid(), os.getsid(0), sorted(os.listdir('/proc/self/fd'))]\n"
        "print(json.dumps({'refused': 'x', 'sentence': json.dumps(told)}), flush=True)"
    )
    told = []
    for _ in range(2):
        with pytest.raises(Unreadable) as refusal:
            sandbox.read_in_child(b"a", name="a.txt")
        told.append(json.loads(str(refusal.value)))

    (first, parent, *_), (second, same_parent, *_) = told
    assert first != second
    assert [str(parent)] == [str(same_parent)] == [each for each in nurseries() if each == str(parent)]
    for pid, _, session, descriptors in told:
        assert session == pid  # a group of its own, so that what it starts goes with it
        assert descriptors == ["0", "1", "2", "3"]  # the pipes, and the folder that it looks at
    assert not children()


def test_nursery_that_is_gone_is_started_again(own_nursery):
    sandbox.read_in_child(hostile.TEXT.encode(), name="a.txt")
    first = own_nursery._process.pid
    os.kill(first, signal.SIGKILL)

    result = sandbox.read_in_child(hostile.TEXT.encode(), name="a.txt")

    assert [task.number for task in result.plan.tasks] == [1, 2]
    assert own_nursery._process.pid != first


def test_nursery_goes_home_when_nothing_is_asked_of_it(stand_in, tmp_path):
    stand_in("print('not json', flush=True)")
    program = tmp_path / "importers" / "nursery.py"
    program.write_text(program.read_text().replace("IDLE_SECONDS = 300", "IDLE_SECONDS = 0.2"))
    before = set(nurseries())
    for _ in range(2):
        with pytest.raises(Unreadable, match="意外中止"):
            sandbox.read_in_child(b"a", name="a.txt")
        (idle,) = set(nurseries()) - before
        deadline = time.monotonic() + 10
        while not gone(int(idle)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert gone(int(idle))


def test_children_go_with_their_nursery(own_nursery):
    child = own_nursery.child()
    own_nursery.child().end()
    assert children() == [str(child.pid)]
    os.kill(own_nursery._process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while not gone(child.pid) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert gone(child.pid)
    assert child.end() == -signal.SIGKILL


def test_child_goes_when_nobody_holds_its_leash(own_nursery):
    child = own_nursery.child()
    child._leash.close()
    deadline = time.monotonic() + 5
    while children() and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not children()
    child.end()


def test_nursery_that_cannot_start_is_one_sentence(monkeypatch, tmp_path, capfd):
    """The folder holds no program: what it says of that is for the log."""
    empty = Nursery(tmp_path, sandbox.ENVIRONMENT)
    monkeypatch.setattr(sandbox, "_nursery", empty)

    with pytest.raises(sandbox.Interrupted, match="服务器资源不足"):
        sandbox.read_in_child(b"a", name="a.txt")

    empty.close()
    assert "importers" in capfd.readouterr().err


# --- what the child may do ---------------------------------------------------------------------------------


def confined(program: str, *, parent: str = "os.getppid()") -> subprocess.CompletedProcess[str]:
    confine = f"import os; from importers import child; child.confine({parent})"
    return subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", f"{confine}\n{program}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_child_that_begins_after_its_nursery_has_gone_goes_too():
    """Nobody tells it any more of its parent's end: another process has taken it over."""
    orphan = confined("print('still there')", parent="os.getppid() + 1")
    assert (orphan.returncode, orphan.stdout) == (-signal.SIGKILL, "")


@pytest.mark.parametrize(
    "program",
    [
        "import socket; socket.socket()",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('example.org', 80)",
        "open('/tmp/written', 'w')",
        "import os; os.open('/tmp/written', os.O_CREAT | os.O_WRONLY)",
        "import tempfile; tempfile.TemporaryFile()",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "child.seal(); open('/etc/hostname')",
        "child.seal(); import this",
    ],
)
def test_confined_process_may_not(program):
    assert confined("").returncode == 0

    refused = confined(program)

    assert refused.returncode == 1
    assert "PermissionError" in refused.stderr or "FileNotFoundError: [Errno 2] No usable" in refused.stderr
    assert not Path("/tmp/written").exists()  # noqa: S108 - a place that must not be written to


def test_sealed_process_cannot_open_files_even_from_c():
    """libc itself, past Python's audit hook: no descriptor is left to be had."""
    program = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "opened = libc.open(b'/etc/passwd', 0)\nchild.seal()\n"
        "print(opened >= 0, libc.open(b'/etc/passwd', 0), libc.socket(2, 1, 0))"
    )

    assert confined(program).stdout.split() == ["True", "-1", "-1"]


def test_limits_are_the_ones_that_were_promised():
    program = (
        "import json, resource\n"
        "names = ('AS', 'CPU', 'FSIZE', 'NOFILE', 'CORE', 'NPROC')\n"
        "print(json.dumps([resource.getrlimit(getattr(resource, 'RLIMIT_' + name))[1] for name in names]))"
    )

    assert json.loads(confined(program).stdout) == [1024**3, 30, 1024, 64, 0, 0]


def test_memory_beyond_the_limit_is_refused():
    assert "MemoryError" in confined(f"bytearray({child.MEMORY})").stderr


def test_child_knows_no_secrets_and_no_django(monkeypatch, stand_in):
    monkeypatch.setenv("IPPLAN_SECRET_KEY", "canary")
    monkeypatch.setenv("DATABASE_URL", "postgres://canary@/x")
    stand_in(
        "import json, os\n"
        "print(json.dumps({'refused': 'x', 'sentence': json.dumps(dict(os.environ))}), flush=True)"
    )

    with pytest.raises(Unreadable) as told:
        sandbox.read_in_child(b"a", name="a.txt")

    assert set(json.loads(str(told.value))) <= {"PATH", "LANG", "LC_CTYPE", "TMPDIR"}
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, importers.nursery, importers.child\n"
            "importers.child.prepare()\n"
            "print([name for name in sys.modules if name.startswith('django')])",
        ],
        cwd=ROOT,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("make", "name", "kind"),
    [
        (lambda: documents.docx_of(hostile.LINES), "a.docx", Kind.DOCX),
        (lambda: documents.page("ministry", hostile.LINES), "a.html", Kind.HTML),
        (lambda: documents.ofd_of(hostile.LINES), "a.ofd", Kind.OFD),
        (lambda: hostile.pdf(hostile.TEXT), "a.pdf", Kind.PDF),
    ],
)
def test_every_reader_works_behind_the_seal(make, name, kind):
    data = make()

    result = sandbox.read_in_child(data, name=name)

    assert result.document == read(data, name=name)
    assert result.document.kind is kind
    assert [task.number for task in result.plan.tasks] == [1, 2]
