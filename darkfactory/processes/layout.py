"""Which role each folder plays behind a fence: one answer for both sides.

Paths are real ones (links followed) that exist. The inner of nested paths counts.
"""

import contextlib
import os
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TypeVar

from darkfactory.processes.bounds import Bounds

_RUN = "/run"  # sockets of services and of the user's desktop: each a way out
_RUN_SHOWN = ("/run/current-system", "/run/opengl-driver")  # where NixOS and Guix keep programs
_RESOLVER_FOLDERS = ("/run/systemd/resolve", "/run/resolvconf")


_T = TypeVar("_T")


class Role(Enum):
    """What a folder is to those inside."""

    HIDE = "hide"
    SHOW = "show"
    WRITE = "write"
    TEMP = "temp"
    """The host's own temp folder: hidden, or with the private one in its place."""


def existing(paths: Iterable[str]) -> list[str]:
    """Return the real paths of those *paths* that exist, each once."""
    real = (os.path.realpath(path) for path in paths if path)
    return list(dict.fromkeys(path for path in real if os.path.lexists(path)))


def layout(bounds: Bounds, runtime: Iterable[str]) -> dict[str, Role]:
    """Return the role of each place that *bounds* names, and of the places that always have one."""
    roles = dict.fromkeys(existing([_RUN, *bounds.hide]), Role.HIDE)
    roles.update(dict.fromkeys(existing(["/tmp"]), Role.TEMP))  # noqa: S108 - the host's
    roles.update(dict.fromkeys(existing([*_RUN_SHOWN, *_resolver(), *runtime]), Role.SHOW))
    roles.update(dict.fromkeys(existing(bounds.show), Role.SHOW))
    roles.update(dict.fromkeys(existing([*bounds.write, bounds.temp]), Role.WRITE))
    return roles


def nearest(path: str, roles: Mapping[str, _T], default: _T) -> _T:
    """Return the role of the closest folder above *path* that has one."""
    while path != "/":
        path = os.path.dirname(path)
        if path in roles:
            return roles[path]
    return default


def above(paths: Iterable[str]) -> set[str]:
    """Return every folder that lies above one of *paths*."""
    found: set[str] = set()
    for path in paths:
        while path != "/" and (path := os.path.dirname(path)) not in found:
            found.add(path)
    return found


def beside(folder: str) -> list[os.DirEntry[str]]:
    """Return what of *folder* can be seen when something in it is hidden; nothing if it is shut.

    Folders, links and plain files: no sockets, pipes or devices, and no plain dotfiles, for where
    one of them holds secrets the next one does.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as scan:
        return [
            entry
            for entry in scan
            if entry.is_symlink()
            or entry.is_dir()
            or (entry.is_file() and not entry.name.startswith("."))
        ]
    return []


def _resolver() -> list[str]:
    """Return what name resolution reads below /run.

    The folder where it holds nothing else: a file that is replaced would go stale inside.
    """
    target = os.path.realpath("/etc/resolv.conf")
    folder = os.path.dirname(target)
    return [folder if folder in _RESOLVER_FOLDERS else target]
