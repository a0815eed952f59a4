"""Every layout, clause form, style and front of every book of the tests: how many come back exactly.

python tools/sweep.py [SEEDS [PROCESSES]]       some 17,000 renderings a seed; a quarter of an hour each
"""

import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.importers.rendering import Verdict, every_case


def _share(part: int, parts: int, seeds: int) -> list[tuple[str, str, str, Verdict]]:
    return [
        (case.family, case.layout, str(case), case.verdict())
        for case in islice(every_case(seeds), part, None, parts)
    ]


def main(seeds: int = 1, processes: int = 2) -> None:
    began = time.perf_counter()
    with ProcessPoolExecutor(processes) as pool:
        parts = [pool.submit(_share, part, processes, seeds) for part in range(processes)]
        found = [each for part in parts for each in part.result()]
    tried, exact, silent = Counter(), Counter(), Counter()
    for family, layout, name, verdict in found:
        for key in (family, f"  {family}: {layout}"):
            tried[key] += 1
            exact[key] += verdict.is_exact
            silent[key] += verdict.is_silent
        if not verdict.is_exact:
            print(f"{'SILENT ' if verdict.is_silent else ''}{name}: {verdict.why[:200]}")
    print()
    for key in sorted(tried):
        if exact[key] < tried[key] or not key.startswith(" "):
            print(f"{key:<70} {exact[key]:6} of {tried[key]:6}   silent {silent[key]}")
    total = sum(verdict.is_exact for *_, verdict in found)
    print(f"\n{total} of {len(found)} exact, {total / len(found):.2%}, {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
