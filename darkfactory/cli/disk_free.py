"""``df`` is disk-free on every Unix: hand over what is meant for it.

Called as ``df`` with a word that is an option of disk-free's, or an existing path that is no
command of ours, or bare with an output that is no terminal, the next ``df`` on PATH takes over.
"""

import os
import sys
from collections.abc import Iterator, Sequence

from darkfactory.cli.table import COMMANDS

_OURS = frozenset(
    {"--help", "--version", "-V", "--install-completion", "--show-completion", "--no-color"}
)
_TRIED = "_DARKFACTORY_TRIED"


def hand_over(arguments: Sequence[str]) -> None:
    """Become the system's ``df`` where *arguments* are its; return where they are ours."""
    if not is_disk_free(arguments, sys.stdout.isatty()):
        return
    # A shim on PATH may lead back to us: whoever was tried is told on and not tried again.
    tried = os.environ.get(_TRIED, "").split(os.pathsep)
    for system in _other_dfs():
        if system in tried:
            continue
        tried.append(system)
        os.environ[_TRIED] = os.pathsep.join(tried)
        try:
            os.execv(system, ["df", *arguments])  # noqa: S606 - to replace us is the point
        except OSError:
            continue  # not a program after all: the next one may be


def is_disk_free(arguments: Sequence[str], on_terminal: bool) -> bool:  # noqa: FBT001 - a fact
    """Tell whether *arguments* are meant for disk-free."""
    if not arguments:
        return not on_terminal
    first = arguments[0]
    if first in COMMANDS or first in _OURS:
        return False
    return first.startswith("-") or os.path.exists(first)


def _other_dfs() -> Iterator[str]:
    """Yield every ``df`` on PATH that is not this program."""
    ours = os.path.realpath(sys.argv[0])
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.abspath(os.path.join(folder or ".", "df"))
        if os.access(path, os.X_OK) and os.path.isfile(path) and not _is_ours(path, ours):
            yield path


def _is_ours(path: str, ours: str) -> bool:
    """Tell whether *path* starts this program: the same file, or a script that names us."""
    if os.path.realpath(path) == ours:
        return True
    try:
        with open(path, "rb") as file:
            return b"darkfactory" in file.read(4096)
    except OSError:
        return False
