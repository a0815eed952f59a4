"""Who is running on behalf of this process: the nurseries, and the children that read."""

from pathlib import Path


def nurseries() -> list[str]:
    """Those that this process has started."""
    return [
        pid
        for task in Path("/proc/self/task").iterdir()
        for pid in (task / "children").read_text().split()
        if b"importers.nursery" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def children() -> list[str]:
    """Those that any of the nurseries has still to end or to wait for."""
    return [
        child for pid in nurseries() for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ]
