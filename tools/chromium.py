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
    """CHROMIUM where it is set, else the system's, else the newest that `playwright install` has fetched.

    The headless shell before the whole browser: the same engine without windows, profiles and extensions,
    a page in it costs a quarter."""
    if os.environ.get("CHROMIUM"):
        return shutil.which(os.environ["CHROMIUM"])
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    for pattern in ("chromium_headless_shell-*/*/*headless[-_]shell", "chromium-*/chrome-linux*/chrome"):
        if fetched := sorted(Path.home().glob(f".cache/ms-playwright/{pattern}")):
            return str(fetched[-1])
    return None


def launch_options() -> dict:
    """Keywords for Playwright's `launch`; raises LookupError where there is no browser."""
    path = executable()
    if path is None:
        raise LookupError("No Chromium: apt-get install chromium, or set CHROMIUM to its path.")
    return {"executable_path": path, "args": ARGUMENTS}


if __name__ == "__main__":
    found = executable()
    sys.exit(print(found) if found else 1)
