"""What has a time to keep, measured on this machine. Trust the ratios, not the milliseconds.

./dev bench
"""

import statistics
import sys
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


def main() -> None:
    for path in sorted((ROOT / "fixtures" / "plans").glob("*.txt")):
        parse_a_plan(path)


if __name__ == "__main__":
    main()
