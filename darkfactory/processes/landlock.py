"""The Landlock side: rules of the kernel that a process takes on itself before it runs a program.

Landlock can only grant, so to hide a file is to grant everything beside the way to it.
"""

import os
from collections.abc import Iterable, Iterator

from darkfactory.processes import restrict
from darkfactory.processes.bounds import Bounds, HostFences
from darkfactory.processes.layout import Role, above, beside, existing, layout

FILES_ABI = 3  # before it, truncating a file is not covered
PORTS_ABI = 4
_SCOPES_ABI = 6
SOCKETS_ABI = 9  # from here on unix sockets follow the file rules

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL, _RESOLVE_UNIX = 1 << 14, 1 << 15, 1 << 16
_READ = _EXECUTE | _READ_FILE | _READ_FOLDER
_MAKE_DEVICES = 1 << 6 | 1 << 11
_RIGHTS_OF_ABI = {1: (1 << 13) - 1, 2: 1 << 13, 3: _TRUNCATE, 5: _IOCTL, 9: _RESOLVE_UNIX}
_DEVICE = _READ_FILE | _READ_FOLDER | _WRITE_FILE | _TRUNCATE | _IOCTL
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts")


def rights(abi: int) -> int:
    """Return every file right that a kernel of *abi* can deny."""
    return sum(added for since, added in _RIGHTS_OF_ABI.items() if abi >= since)


def command(
    host: HostFences,
    *,
    files: Bounds | None = None,
    ports: tuple[int, ...] | None = None,
    families: tuple[str, ...] | None = None,
) -> list[str]:
    """Return the command line that a program is appended to; empty when there is nothing to add.

    Args:
        files: Hold the files of these bounds.
        ports: Outgoing TCP to these only.
        families: New sockets of these families only: ``internet``, ``unix``.
    """
    options: list[str] = []
    if files is not None:
        options += ["--files", str(rights(host.landlock)), *_paths(files, host)]
    if host.landlock >= _SCOPES_ABI:
        options += ["--scope", "3"]
    if ports is not None:
        options += ["--connect", *[str(port) for port in ports]]
    if families is not None:
        options += ["--sockets", *families]
    if not options:
        return []
    return [host.python, "-I", "-S", os.path.abspath(restrict.__file__), *options, "--"]


def _paths(bounds: Bounds, host: HostFences) -> list[str]:
    """Return the grants: devices, everything readable, what shows again, what can be written."""
    full = rights(host.landlock)
    granted: dict[int, list[str]] = {}
    for path, access in _grants(layout(bounds, host.runtime), full):
        granted.setdefault(access & full, []).append(path)
    options: list[str] = []
    for access, paths in granted.items():
        options += ["--path", str(access), *paths]
    return options


def _grants(roles: dict[str, Role], full: int) -> Iterator[tuple[str, int]]:
    for name in _DEVICES:
        yield from ((path, _DEVICE) for path in existing([f"/dev/{name}"]))
    hidden = {path for path, role in roles.items() if role in (Role.HIDE, Role.TEMP)} | {"/dev"}
    access = {Role.SHOW: _READ, Role.WRITE: full & ~_MAKE_DEVICES & ~_IOCTL}
    tops = {"/": Role.SHOW, **roles}
    barriers = above(hidden)
    for path, role in tops.items():
        if role in access:
            yield from ((place, access[role]) for place in _around(path, hidden, barriers))


def _around(top: str, hidden: set[str], barriers: Iterable[str]) -> Iterator[str]:
    """Yield the places that cover *top* but nothing *hidden*; go down only where one must."""
    waiting = [top]
    while waiting:
        path = waiting.pop()
        if path not in barriers:
            yield path
            continue
        waiting += [
            entry.path
            for entry in beside(path)
            if entry.path not in hidden and not entry.is_symlink()
        ]
