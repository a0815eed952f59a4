"""The browser that tests and screenshots run in: where it is, and how it is started.

Run as a program it prints the path, and ends with 1 where there is none.
"""

import os
import shutil
import sys
from pathlib import Path

# --no-sandbox: the sandbox needs what a container and root do not have; the pages are our own.
# The others keep it from calling home, which a guard on foreign requests could not see.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str | None:
    """CHROMIUM where it is set, else the system's, else the newest that `playwright install` has fetched."""
    if os.environ.get("CHROMIUM"):
        return shutil.which(os.environ["CHROMIUM"])
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    fetched = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    return str(fetched[-1]) if fetched else None


def launch_options() -> dict:
    """Keywords for Playwright's `launch`; raises LookupError where there is no browser."""
    path = executable()
    if path is None:
        raise LookupError("No Chromium: apt-get install chromium, or set CHROMIUM to its path.")
    return {"executable_path": path, "args": ARGUMENTS}


if __name__ == "__main__":
    found = executable()
    sys.exit(print(found) if found else 1)
