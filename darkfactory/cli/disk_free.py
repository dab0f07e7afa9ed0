"""``df`` is disk-free on every Unix: hand over what is meant for it.

Called as ``df`` with a word that is an option of disk-free's, or an existing path that is no
command of ours, or bare with an output that is no terminal, the next ``df`` on PATH takes over.
"""

import os
import sys
from collections.abc import Sequence

from darkfactory.cli.table import COMMANDS

_OURS = frozenset(
    {"--help", "--version", "-V", "--install-completion", "--show-completion", "--no-color"}
)


def hand_over(arguments: Sequence[str]) -> None:
    """Become the system's ``df`` where *arguments* are its; return where they are ours."""
    if not is_disk_free(arguments, sys.stdout.isatty()):
        return
    system = _next_df()
    if system is not None:
        os.execv(system, ["df", *arguments])  # noqa: S606 - replacing ourselves is the point


def is_disk_free(arguments: Sequence[str], on_terminal: bool) -> bool:  # noqa: FBT001 - a fact
    """Tell whether *arguments* are meant for disk-free."""
    if not arguments:
        return not on_terminal
    first = arguments[0]
    if first in COMMANDS or first in _OURS:
        return False
    return first.startswith("-") or os.path.exists(first)


def _next_df() -> str | None:
    """Return the first ``df`` on PATH that is not this program."""
    ours = os.path.realpath(sys.argv[0])
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder or ".", "df")
        if os.access(path, os.X_OK) and os.path.isfile(path) and not _is_ours(path, ours):
            return path
    return None


def _is_ours(path: str, ours: str) -> bool:
    """Tell whether *path* starts this program: the same file, or a script that names us."""
    if os.path.realpath(path) == ours:
        return True
    try:
        with open(path, "rb") as file:
            return b"darkfactory" in file.read(4096)
    except OSError:
        return False
