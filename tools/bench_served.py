"""Two gunicorn workers, a client that asks them, and what that costs: the ground under `./dev bench`.

No Django here: what is served may be the product or anything else that speaks WSGI.
"""

import gzip
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPMessage
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
_TICK = 1000 / os.sysconf("SC_CLK_TCK")
_CONNECTIONS = 4  # both workers get some of them


def milliseconds_of(root: int) -> float:
    """Processor time of a process and of everything it started, also of what has ended since."""
    parents, spent = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = _facts(stat)
        except OSError:  # it has ended
            continue
        pid = int(stat.parent.name)
        parents[pid] = int(facts[1])
        spent[pid] = sum(map(int, facts[11:15]))  # its own and its ended children's, user and system
    family = {root}
    while newly := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= newly
    return sum(spent.get(pid, 0) for pid in family) * _TICK


def parent_of(pid: int) -> int:
    return int(_facts(Path(f"/proc/{pid}/stat"))[1])


def _facts(stat: Path) -> list[str]:
    """From the state on: the name before it stands in brackets and may hold anything."""
    return stat.read_text().rpartition(")")[2].split()


@dataclass(frozen=True)
class Server:
    port: int
    pid: int


@contextmanager
def serving(application: str, config: str) -> Iterator[Server]:
    """Two workers, set up as on a site behind a proxy."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "WEB_WORKERS": "2", "IPPLAN_HTTPS": "0"}
    environment.pop("IPPLAN_DEMO", None)
    command = [sys.executable, "-m", "gunicorn", "--config", config, application]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)  # noqa: S603
    try:
        _wait_for(port, process)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise SystemExit("gunicorn did not start")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: HTTPMessage
    sent: int  # bytes over the wire, without the head
    body: bytes


class Browser:
    """Some connections that are kept open and asked in turn."""

    def __init__(self, server: Server):
        self._connections = [HTTPConnection("127.0.0.1", server.port) for _ in range(_CONNECTIONS)]
        self._next = cycle(self._connections)

    def ask(self, path: str, form: dict[str, str] | None = None, **headers: str) -> Answer:
        connection = next(self._next)
        head = {name.replace("_", "-"): value for name, value in headers.items()}
        head["Accept-Encoding"] = "gzip"
        if form is not None:
            head["Content-Type"] = "application/x-www-form-urlencoded"
        for last_try in (False, True):
            try:
                connection.request("POST" if form else "GET", path, urlencode(form) if form else None, head)
                response = connection.getresponse()
                break
            except (HTTPException, OSError):
                connection.close()  # gunicorn hangs up after two idle seconds
                if last_try:
                    raise
        raw = response.read()
        zipped = response.headers["Content-Encoding"] == "gzip"
        return Answer(response.status, response.headers, len(raw), gzip.decompress(raw) if zipped else raw)

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
