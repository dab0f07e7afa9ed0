"""Find the browser that tests of the web page drive, and install it where that is possible.

    python -m scripts.browser install

It is Debian's Chromium, or whichever is on PATH (``DARKFACTORY_CHROMIUM`` names another one).
"""

import os
import shutil
import subprocess
import sys

from darkfactory.errors import FactoryError, NotReady
from scripts.clients import FETCH_SECONDS, CannotFetch

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_INSTALL = (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"])


class BrowserMissing(NotReady):
    """No browser that the tests can drive is installed."""

    code = "browser.missing"

    def __init__(self) -> None:
        super().__init__(
            f"none of {', '.join(_NAMES)} is on PATH",
            fix="install Chromium, or name one in DARKFACTORY_CHROMIUM",
        )


def program() -> str:
    """Return the browser.

    Raises:
        BrowserMissing: If there is none.
    """
    named = os.environ.get("DARKFACTORY_CHROMIUM")
    found = next(filter(None, map(shutil.which, (named,) if named else _NAMES)), None)
    if found is None:
        raise BrowserMissing
    return found


def install() -> str:
    """Install the browser unless there is one; return it.

    Raises:
        BrowserMissing: If only an administrator could.
        CannotFetch: If the system's package tool delivers none.
    """
    try:
        return program()
    except BrowserMissing:
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise
    for command in _INSTALL:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=FETCH_SECONDS
        )
        if done.returncode:
            said = " ".join((done.stderr or done.stdout).split())[-300:]
            raise CannotFetch("chromium", [f"apt-get ended with {done.returncode}: {said}"])
    return program()


def main() -> int:
    """Install the browser; return the exit status."""
    try:
        print(f"browser: {install()}")
    except FactoryError as error:
        print(f"error: {error.problem}\n  fix: {error.fix}", file=sys.stderr)
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
