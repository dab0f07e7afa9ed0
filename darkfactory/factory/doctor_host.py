"""What the host gives: git, confinement, a disk that locks work on, a repository to work in."""

import os
import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from darkfactory.domain.settings import Settings
from darkfactory.domain.state import StateFolder
from darkfactory.factory.findings import Finding, attention, fine, unknown
from darkfactory.factory.host_room import check_open_files, sessions_at_once
from darkfactory.factory.state_folder import StateRefused, check_readable, check_writable
from darkfactory.gitio import MINIMUM, git
from darkfactory.processes.open_files import raise_open_files
from darkfactory.processes.probe import probe
from darkfactory.workspaces.base import (
    BasePartial,
    checked_out_branch,
    lacks_objects,
    read_tip,
    tracks_state_folder,
)
from darkfactory.workspaces.hub import plain_place
from darkfactory.workspaces.sizes import disk_bytes_by_name, in_words

_LEAST_BYTES = 1 << 30
_LEAST_FILES = 10_000
_SWEEP = "free some: df gc --apply"
_MUCH_BYTES = 10 * (1 << 30)
_LARGEST = 4
# Locks and SQLite's shared memory do not hold between hosts there, and often not even on one.
_NETWORK = frozenset(
    {
        "9p", "afs", "afpfs", "ceph", "cifs", "drvfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
        "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs",
        "v9fs", "virtiofs", "webdav",
    }
)  # fmt: skip


def git_program() -> Iterator[Finding]:
    """Yield whether git is there and new enough."""
    said = git("version").text
    found = re.search(r"(\d+)\.(\d+)", said)
    needed = ".".join(map(str, MINIMUM))
    if found is None:
        yield unknown("git", f"does not tell its version: {said[:60]!r}")
    elif (int(found[1]), int(found[2])) < MINIMUM:
        yield attention("git", f"{said}, which is too old", f"install git {needed} or newer")
    else:
        yield fine("git", said.removeprefix("git version "))


def open_files(settings: Settings) -> Iterator[Finding]:
    """Yield whether a process may open as many files as the sessions at once need."""
    check_open_files(sessions_at_once(settings, None))
    yield fine("open files", f"{raise_open_files()} at once")


def fences() -> Iterator[Finding]:
    """Yield what can hold agents on this host, and each thing that is missing."""
    host = probe()
    sides = ["bubblewrap"] if host.bubblewrap else []
    if host.landlock:
        sides.append(f"Landlock {host.landlock}")
    if sides:
        yield fine("confinement", " and ".join(sides))
    for lack in host.lacks:
        yield attention("confinement", lack.problem, lack.fix)


def state_folder(state: StateFolder) -> Iterator[Finding]:
    """Yield whether the state folder is ours alone and out of git's sight."""
    name = "state folder"
    plain_place(state)
    if tracks_state_folder(state.repository):
        fix = "git rm -r --cached .darkfactory, commit, and remove the folder if it is not yours"
        yield attention(name, "git tracks .darkfactory, which is never committed", fix)
    if not state.root.is_dir():
        if not os.access(state.repository, os.W_OK):
            raise StateRefused(state.root, "cannot be made: its repository is not yours to write")
        return
    check_readable(state)
    check_writable(state)
    status = os.stat(state.root)
    if status.st_uid != os.geteuid():
        fix = 'run as its owner, or give it to you: sudo chown -R "$USER" .darkfactory'
        yield attention(name, f"belongs to user {status.st_uid}, not to you", fix)
    elif stat.S_IMODE(status.st_mode) & 0o077:
        yield attention(name, "others can look into it", "chmod 700 .darkfactory")
    else:
        yield fine(name, "yours alone")


@dataclass(frozen=True, slots=True)
class Volume:
    """The file system that a folder is on; *kind* and *free_files* None where it does not tell."""

    kind: str | None
    free_bytes: int
    free_files: int | None


def disk(state: StateFolder) -> Iterator[Finding]:
    """Yield whether there is room, on a disk where locks hold."""
    yield from judge_volume(volume(state.root if state.root.is_dir() else state.repository))


def space(state: StateFolder) -> Iterator[Finding]:
    """Yield how much of the disk the state folder takes, and by what."""
    if not state.root.is_dir():
        return
    sizes = disk_bytes_by_name(state.root)
    total = sum(sizes.values())
    largest = (f"{name} {in_words(size)}" for name, size in list(sizes.items())[:_LARGEST])
    detail = f"{in_words(total)}: {', '.join(largest)}"
    if total >= _MUCH_BYTES or total > shutil.disk_usage(state.root).free:
        yield attention("space", detail, "df gc, which lists what may go, the largest first")
    else:
        yield fine("space", detail)


def volume(folder: Path) -> Volume:
    """Return the file system that *folder* is on.

    Raises:
        OSError: If it cannot be asked.
    """
    counts = os.statvfs(folder)
    return Volume(
        kind=file_system(os.path.realpath(folder)),
        free_bytes=shutil.disk_usage(folder).free,
        free_files=counts.f_favail if counts.f_files else None,
    )


def judge_volume(found: Volume) -> Iterator[Finding]:
    """Yield what is to be said of the file system *found*."""
    if found.free_bytes < _LEAST_BYTES:
        yield attention("disk", f"{found.free_bytes / 1e6:.0f} MB are free", _SWEEP)
    elif found.free_files is not None and found.free_files < _LEAST_FILES:
        yield attention("disk", f"room for {found.free_files} more files only", _SWEEP)
    else:
        yield fine("disk", f"{found.free_bytes / 1e9:.0f} GB are free")
    if found.kind is not None and found.kind.lower() in _NETWORK:
        fix = "keep the repository on a local disk: locks and crash safety need one"
        yield attention("disk", f"the state folder is on a network file system: {found.kind}", fix)


def file_system(folder: str) -> str | None:
    """Return the kind of file system that *folder*, a real path, is on; None where untold."""
    import psutil

    mounts = {mount.mountpoint: mount.fstype for mount in psutil.disk_partitions(all=True)}
    while folder not in mounts and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    return mounts.get(folder) or None


def base(state: StateFolder, settings: Settings) -> Iterator[Finding]:
    """Yield whether the branch that changes land on is there."""
    branch = settings.base or checked_out_branch(state.repository) or "main"
    tip = read_tip(state.repository, branch)
    if lacks_objects(state.repository, tip):
        raise BasePartial(branch)
    yield fine("base", f"{branch} at {tip.commit[:12]}")
