"""Where the children come from that read untrusted documents: forks of a process that has loaded the readers.

An interpreter of its own for each document would spend most of its time on imports and tables. So one
process, the nursery, does that once and forks a child for each document. It is a fresh interpreter itself,
without Django, threads or secrets, and never sees a document: the child puts on its limits (child.py) before
it reads one. (The standard library's fork server would start from our own program, with its environment.)

We speak with it over a socket. A child is asked for by sending its three pipes and one end of a leash; the
nursery answers on the leash with the child's number. A byte on the leash, or its end because we are gone,
ends the child and whatever it has started, and its exit status comes back. Only then is the child waited for:
until then its number is nobody else's. When we are gone the nursery goes too, and when nothing was asked of
it for IDLE_SECONDS.
"""

import atexit
import contextlib
import gc
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NoReturn, cast

IDLE_SECONDS = 300  # what it holds, some forty megabytes, is not kept for a site that imports twice a year
_PATIENCE = 20.0  # for an answer, also while it still loads
_ASKED, _ENOUGH = b"c", b"e"


class Nursery:
    """Started when the first child is asked for, and again where it has gone.

    Safe in threads; a process that was forked from its owner starts one of its own."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self._root, self._environment = root, environment
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._owner = 0
        atexit.register(self.close)

    def child(self) -> "Child":
        """A child that waits for its request. Raises OSError where this machine cannot have one now."""
        with self._lock:
            if self._is_alive():
                with contextlib.suppress(OSError):
                    return self._ask()
                if self._is_alive(patience=1.0):  # or it had just gone home, and we try another
                    raise OSError("no child could be forked")
            self._start()
            return self._ask()

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        self._line = self._process = None

    def _is_alive(self, patience: float = 0) -> bool:
        if self._process is None or self._owner != os.getpid():
            return False
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
            return False
        return True

    def _start(self) -> None:
        self.close()
        self._line, its = socket.socketpair()
        self._owner = os.getpid()
        with its:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and program
                [sys.executable, "-s", "-E", "-B", "-m", "importers.nursery", str(its.fileno())],
                cwd=self._root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
                start_new_session=True,
            )

    def _ask(self) -> "Child":
        assert self._line is not None  # noqa: S101 - for the type checker
        ours: list[IO[bytes]] = []
        with contextlib.ExitStack() as undo, contextlib.ExitStack() as theirs:
            to_send = []
            for its_end, mode in ((0, "wb"), (1, "rb"), (1, "rb")):
                pipe = os.pipe()
                theirs.callback(os.close, pipe[its_end])
                ours.append(undo.enter_context(os.fdopen(pipe[1 - its_end], mode, buffering=0)))
                to_send.append(pipe[its_end])
            leash, its_leash = socket.socketpair()
            undo.enter_context(leash)
            theirs.enter_context(its_leash)
            leash.settimeout(_PATIENCE)
            socket.send_fds(self._line, [_ASKED], [*to_send, its_leash.fileno()])
            theirs.close()  # the nursery has its own now, and if it goes we hear the leash end
            pid = leash.recv(32)
            if not pid:
                raise OSError("the nursery gave no child")
            undo.pop_all()
        stdin, stdout, stderr = ours
        return Child(int(pid), stdin, stdout, stderr, leash)


class Child:
    """A process of its own with three pipes. Whoever has one calls `end`, however the conversation went."""

    def __init__(
        self, pid: int, stdin: IO[bytes], stdout: IO[bytes], stderr: IO[bytes], leash: socket.socket
    ) -> None:
        self.pid, self.stdin, self.stdout, self.stderr = pid, stdin, stdout, stderr
        self._leash = leash

    def end(self) -> int:
        """End it and all that it has started; how it ended, as in Popen.returncode."""
        status = b""
        with contextlib.suppress(OSError):
            self._leash.send(_ENOUGH)
            status = self._leash.recv(32)
        for end in (self._leash, self.stdin, self.stdout, self.stderr):
            with contextlib.suppress(OSError):
                end.close()
        return int(status) if status else -signal.SIGKILL  # gone together with the nursery


# --- in the nursery ------------------------------------------------------------------------------------


def _serve(line: socket.socket) -> None:
    from importers import child

    child.prepare()
    # What is here now stays for good: a child that looks for garbage need not copy it first.
    gc.collect()
    gc.freeze()
    with selectors.PollSelector() as selector:
        selector.register(line, selectors.EVENT_READ)
        while ready := selector.select(IDLE_SECONDS if len(selector.get_map()) == 1 else None):
            for key, _ in ready:
                if key.fileobj is not line:
                    selector.unregister(key.fileobj)
                    _end(key.data, cast(socket.socket, key.fileobj))
                    continue
                asked, received, _, _ = socket.recv_fds(line, 1, 4)
                if not asked:
                    return  # the children go with us: they have asked for it (PR_SET_PDEATHSIG)
                *pipes, end = received
                leash = socket.socket(fileno=end)
                if pid := _born(pipes):
                    selector.register(leash, selectors.EVENT_READ, pid)
                    with contextlib.suppress(OSError):
                        leash.send(str(pid).encode())
                else:
                    leash.close()  # which says it


def _born(pipes: list[int]) -> int:
    """The number of a new child on these pipes, 0 where the system gives none."""
    nursery = os.getpid()
    try:
        pid = os.fork()
    except OSError:
        traceback.print_exc()
        pid = None
    if pid == 0:
        _live(pipes, nursery)
    for pipe in pipes:
        os.close(pipe)
    return pid or 0


def _live(pipes: list[int], nursery: int) -> NoReturn:
    status = 1
    try:
        os.setsid()
        for number, pipe in enumerate(pipes):
            os.dup2(pipe, number)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # the line and the others' leashes
        from importers import child

        child.main(nursery)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _end(pid: int, leash: socket.socket) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)  # it has not got so far as to lead a group
    _, status = os.waitpid(pid, 0)
    with leash, contextlib.suppress(OSError):
        leash.send(str(os.waitstatus_to_exitcode(status)).encode())


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
    os._exit(0)
