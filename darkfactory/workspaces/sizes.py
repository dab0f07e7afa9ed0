"""How much of the disk things take."""

import os
from collections.abc import Iterator
from pathlib import Path

_BLOCK_BYTES = 512  # what st_blocks counts in, whatever the file system's own blocks are
_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def disk_bytes(path: str | os.PathLike[str]) -> int:
    """Return what *path* takes on the disk with all below it; folders that are closed count as 0.

    Links are not followed. A file with several names counts for each.
    """
    try:
        own = os.lstat(path).st_blocks * _BLOCK_BYTES
    except OSError:  # gone meanwhile
        return 0
    return own + sum(_below(path)) if os.path.isdir(path) and not os.path.islink(path) else own


def disk_bytes_by_name(folder: Path) -> dict[str, int]:
    """Return what each entry of *folder* takes, the largest first.

    Raises:
        OSError: If *folder* cannot be read.
    """
    sizes = {path.name: disk_bytes(path) for path in folder.iterdir()}
    return dict(sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0])))


def in_words(size: int) -> str:
    """Return *size* bytes as people read it: ``1.3 GB``, ``24 MB``, ``0 kB``."""
    for unit, name in _UNITS:
        if size >= unit:
            count = size / unit
            return f"{count:.1f} {name}" if unit == 10**9 else f"{count:.0f} {name}"
    return f"{size / 1000:.0f} kB"


def _below(folder: str | os.PathLike[str]) -> Iterator[int]:
    pending = [os.fspath(folder)]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                found = list(entries)
        except OSError:  # closed by whoever left it, or gone meanwhile
            continue
        for entry in found:
            try:
                yield entry.stat(follow_symlinks=False).st_blocks * _BLOCK_BYTES
            except OSError:
                continue
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
