"""The bubblewrap side: a file system of its own for a process tree, and its own process table.

Mounts are made from the outside in, so that something hidden can show again further down.
"""

import contextlib
import os
import stat
from enum import Enum, auto

from darkfactory.processes.bounds import Bounds, HostFences
from darkfactory.processes.layout import Role, beside, layout, nearest

_NOBODY = "65534"
_NEVER_VEILED = ("/", "/etc")  # large, needed whole, and replaced by administrators only
_VEIL_LIMIT = 256  # a mount costs 0.15 ms, growing with their number; past this, cover the file


class _Mount(Enum):
    """How a place is mounted. A veil is a folder without its hidden files: ENTRY and LINK only."""

    HIDE = auto()
    SHOW = auto()
    WRITE = auto()
    TEMP = auto()
    VEIL = auto()
    ENTRY = auto()
    LINK = auto()


_HIDDEN = (_Mount.HIDE, _Mount.TEMP, _Mount.VEIL)
_OF_ROLE = {role: _Mount[role.name] for role in Role}
# Of a hidden folder nothing is listed, but what shows again further down can be reached.
_PERMISSIONS = {_Mount.HIDE: "0111", _Mount.VEIL: "0755", _Mount.TEMP: "1777"}
_BIND = {_Mount.SHOW: "--ro-bind", _Mount.ENTRY: "--ro-bind-try", _Mount.WRITE: "--bind"}


def command(bounds: Bounds, host: HostFences) -> list[str]:
    """Return the bubblewrap command line that a program is appended to.

    Everything inside dies with bubblewrap, and bubblewrap with the thread that started it.
    """
    argv = [host.bubblewrap or "bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc"]
    if host.root:
        # Root would stay the owner of all it sees. A user namespace takes its powers, and under
        # another number than 0 a sandbox inside may make a namespace of its own.
        argv += ["--unshare-user", "--uid", _NOBODY, "--gid", _NOBODY]
    argv += ["--cap-drop", "ALL"]
    if bounds.network == "off":
        argv.append("--unshare-net")
    roles = layout(bounds, host.runtime)
    argv += ["--bind" if roles.get("/") is Role.WRITE else "--ro-bind", "/", "/"]
    argv += ["--dev", "/dev", "--proc", "/proc"]
    if host.root:
        argv += _sealed_proc()
    return argv + _mounts(bounds, roles)


def program(wrapper: int) -> int | None:
    """Return the pid of the program that the bubblewrap *wrapper* runs, or None if it is gone.

    Signals for the program go here: bubblewrap passes none on, and its own death kills everything
    inside at once. Linux only; None until the program has started.
    """
    inside = _only_child(wrapper)
    return None if inside is None else _only_child(inside)


def _only_child(pid: int) -> int | None:
    with (
        contextlib.suppress(OSError, ValueError, IndexError),
        open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file,
    ):
        return int(file.read().split()[0])
    return None


def _sealed_proc() -> list[str]:
    """Make read-only what root owns in /proc: settings of the kernel ask for the owner only.

    Without this, root inside could set core_pattern and run a program of its choice outside.
    """
    sealed: list[str] = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() or entry.is_symlink():
            continue
        if entry.is_dir() or entry.stat().st_mode & stat.S_IWUSR:
            sealed += ["--ro-bind-try", entry.path, entry.path]
    return sealed


def _mounts(bounds: Bounds, roles: dict[str, Role]) -> list[str]:
    planned = {path: _OF_ROLE[role] for path, role in roles.items() if path != "/"}
    root = _OF_ROLE[roles.get("/", Role.SHOW)]
    _veil_files(planned, root)
    argv: list[str] = []
    done: dict[str, _Mount] = {}
    folders: list[str] = []
    for path in sorted(planned, key=lambda place: place.split("/")):
        mount, cover = planned[path], nearest(path, done, root)
        done[path] = mount
        made = _made(path, mount, bounds.temp) if _needed(mount, cover) else []
        argv += made
        if "--tmpfs" in made and mount is not _Mount.TEMP:
            folders.append(path)
    argv += _aliases(bounds, done)
    for folder in folders:  # last: a mount point below it had to be made first
        argv += ["--remount-ro", folder]
    return argv


def _veil_files(planned: dict[str, _Mount], root: _Mount) -> None:
    """Replace the folder of each hidden file by one that holds its other entries.

    A mount over the file alone goes when somebody replaces the file, and then shows the new one.
    """
    for path, mount in list(planned.items()):
        folder = os.path.dirname(path)
        if mount is not _Mount.HIDE or folder in _NEVER_VEILED or os.path.isdir(path):
            continue
        cover = planned.get(folder) or nearest(folder, planned, root)
        found = beside(folder)
        if cover not in (_Mount.SHOW, _Mount.ENTRY) or len(found) > _VEIL_LIMIT:
            continue
        planned[folder] = _Mount.VEIL
        for entry in found:
            planned.setdefault(entry.path, _Mount.LINK if entry.is_symlink() else _Mount.ENTRY)


def _needed(mount: _Mount, cover: _Mount) -> bool:
    if mount is _Mount.HIDE:
        return cover not in _HIDDEN
    if mount is _Mount.SHOW:
        return cover in _HIDDEN
    return mount is not _Mount.WRITE or cover is not _Mount.WRITE


def _made(path: str, mount: _Mount, temp: str) -> list[str]:
    if mount is _Mount.LINK:
        with contextlib.suppress(OSError):  # gone since it was listed
            return ["--symlink", os.readlink(path), path]
        return []
    if mount is _Mount.HIDE and not os.path.isdir(path):
        return ["--ro-bind", os.devnull, path]
    if mount is _Mount.TEMP and os.path.isdir(temp):
        return ["--bind", temp, path]
    if mount in _PERMISSIONS:
        return ["--perms", _PERMISSIONS[mount], "--tmpfs", path]
    return [_BIND[mount], path, path]


def _aliases(bounds: Bounds, done: dict[str, _Mount]) -> list[str]:
    """Make a place reachable by the name it was given when the link in that name is hidden."""
    argv: list[str] = []
    named = [("--bind", path) for path in (*bounds.write, bounds.temp) if path]
    named += [("--ro-bind", path) for path in bounds.show]
    for how, given in named:
        name, real = os.path.normpath(given), os.path.realpath(given)
        hidden = nearest(name, done, _Mount.SHOW) in _HIDDEN and name not in done
        if name != real and hidden and os.path.lexists(real):
            argv += [how, real, name]
    return argv
