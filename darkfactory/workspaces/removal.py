"""Remove and move away what agents left, whatever its depth, modes and names."""

import itertools
import os
import stat
import tempfile
from collections.abc import Callable

OPEN_FOLDER = 0o755


def remove_tree(path: str, aside: str) -> None:
    """Remove *path*, of whatever kind, with all below it; a symlink is removed, not followed.

    A folder vanishes from its place in one step: it goes to a new folder below *aside* (made when
    absent, same file system) and is taken apart there one level at a time, so that no depth, length
    of path or mode stops it.

    Raises:
        OSError: If the system refuses (an immutable file, another owner).
    """
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        _with_open_parent(path, os.unlink)
        return
    os.makedirs(aside, exist_ok=True)
    pit = tempfile.mkdtemp(dir=aside)
    names = map(str, itertools.count())
    folders = [move_folder(path, os.path.join(pit, next(names)))]
    while folders:
        folder = folders.pop()
        with os.scandir(folder) as entries:
            found = list(entries)
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                folders.append(move_folder(entry.path, os.path.join(pit, next(names))))
            else:
                os.unlink(entry.path)
        os.rmdir(folder)
    os.rmdir(pit)


def discard(path: str, aside: str) -> None:
    """Remove *path* as :func:`remove_tree` does; what cannot be removed stays below *aside*.

    Raises:
        OSError: If *path* cannot even be moved away.
    """
    try:
        remove_tree(path, aside)
    except OSError:
        # An immutable file, for one. Its place is free, which is all that the caller needs.
        if os.path.lexists(path):
            raise


def move_folder(path: str, target: str) -> str:
    """Rename folder *path* to *target*, opening modes that forbid it; return *target*.

    Raises:
        OSError: If the system refuses.
    """
    os.chmod(path, 0o700)
    _with_open_parent(path, lambda source: os.rename(source, target))
    return target


def _with_open_parent(path: str, act: Callable[[str], None]) -> None:
    try:
        act(path)
    except PermissionError:
        os.chmod(os.path.dirname(path), OPEN_FOLDER)
        act(path)
