"""Find and remove what does not belong in a workspace between two uses."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass

from darkfactory.workspaces.keep import Keep
from darkfactory.workspaces.removal import OPEN_FOLDER, remove_tree
from darkfactory.workspaces.survey import opened
from darkfactory.workspaces.tracked import Tracked

_OPEN_FILE = 0o644


@dataclass(frozen=True, slots=True)
class Strangers:
    """What lies in a workspace and is not tracked: to remove, and of the keep-list."""

    strange: tuple[bytes, ...]
    kept: tuple[bytes, ...]


def strangers(root: bytes, tracked: Tracked, keep: Keep) -> Strangers:
    """Return every path below *root* that is not of *tracked*, or of another kind than tracked.

    Unlike git this sees everything: fifos, sockets and devices, empty folders, the folders of
    submodules, unreadable folders (which it makes readable), and any ``.git``.

    Raises:
        OSError: If a folder cannot be read even so, or its path is too long.
    """
    strange: list[bytes] = []
    kept: list[bytes] = []
    pending = [b""]
    while pending:
        prefix = pending.pop()
        _let_in(os.path.join(root, prefix), os.stat(os.path.join(root, prefix)), OPEN_FOLDER)
        for entry in opened(os.path.join(root, prefix)):
            path = prefix + entry.name
            if path in tracked.files:
                if entry.is_file(follow_symlinks=False):
                    _let_in(entry.path, entry.stat(follow_symlinks=False), _OPEN_FILE)
                elif not entry.is_symlink():
                    strange.append(path)
            elif not entry.is_dir(follow_symlinks=False):
                strange.append(path)
            elif path in tracked.folders or path in keep.parents:
                pending.append(path + b"/")
            else:
                (kept if keep.holds(path, entry.name) else strange).append(path)
    return Strangers(tuple(strange), tuple(kept))


def _let_in(place: bytes, status: os.stat_result, mode: int) -> None:
    """Give the owner back what an agent took: git does not look, and root would not notice."""
    needed = mode & stat.S_IRWXU
    if status.st_mode & needed != needed:
        os.chmod(place, mode | stat.S_IMODE(status.st_mode) & stat.S_IXUSR)


def remove_all(root: bytes, paths: Sequence[bytes], aside: str) -> None:
    """Remove each of *paths* below *root*.

    Raises:
        OSError: If the system refuses.
    """
    for path in paths:
        remove_tree(os.fsdecode(os.path.join(root, path)), aside)
