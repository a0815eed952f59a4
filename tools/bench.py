"""What has a time to keep, measured on this machine. Trust the ratios, not the milliseconds.

    ./dev bench [--only parsing|sqlite|postgresql|exports] [--tasks 249 20000 100000] [--rounds 3]

How fast a plan is read, what a request costs on either database (tools/bench_web.py), what a workbook costs
(tools/bench_exports.py). Ends with 1 where a bar does not hold.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from importers import clauses, markers  # noqa: E402
from importers.parsed import parse_plan  # noqa: E402
from importers.readers import read  # noqa: E402

REPEATS = 15


def milliseconds(work: Callable[[], object]) -> float:
    """The median of several runs; the first, which warms caches, does not count."""
    work()
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def parse_a_plan(path: Path) -> None:
    data = path.read_bytes()
    bare = milliseconds(lambda: path.read_text(encoding="utf-8", errors="replace").split("\n"))
    again = milliseconds(lambda: parse_plan(read(data, name=path.name)))
    first = milliseconds(lambda: parse_unseen(data, path.name))
    print(
        f"parse {path.name:<12} {first:8.1f} ms   seen before {again:6.1f} ms   "
        f"read and split {bare:6.2f} ms   ratio {first / bare:6.0f}"
    )


def parse_unseen(data: bytes, name: str) -> None:
    """Parse a plan as if none of its clauses had been read before."""
    for cached in (clauses._read, markers.chinese_number):
        cached.cache_clear()
    parse_plan(read(data, name=name))


def bars_hold(database: str, tool: str, arguments: list[str]) -> bool:
    """Measure on a database that is gone afterwards; whether all bars of the tool hold."""
    beside = [sys.executable, "tools/postgres.py"] if database == "postgresql" else []
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IPPLAN_")}
    inherited.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory(prefix="ipplan-bench-") as folder:
        environment = {**inherited, "IPPLAN_VAR": folder, "IPPLAN_DEMO": "1"}
        command = [*beside, sys.executable, tool, *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment).returncode == 0  # noqa: S603


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=["parsing", "sqlite", "postgresql", "exports"])
    asked, arguments = parser.parse_known_args()
    wanted = [asked.only] if asked.only else ["parsing", "sqlite", "postgresql", "exports"]
    if "parsing" in wanted:
        for path in sorted((ROOT / "fixtures" / "plans").glob("*.txt")):
            parse_a_plan(path)
    held = [
        bars_hold(database, "tools/bench_web.py", arguments)
        for database in ("sqlite", "postgresql")
        if database in wanted
    ]
    if "exports" in wanted:
        held.append(bars_hold("sqlite", "tools/bench_exports.py", arguments))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
