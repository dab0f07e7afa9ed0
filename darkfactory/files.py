"""Write small files so that a reader sees the old text or the new one, never a part.

Kill -9 safe by rename. ``durable`` adds the flushes that also survive power loss.
"""

import contextlib
import errno
import json
import os
import threading
from typing import Any

from darkfactory.errors import DiskFull


def write_atomic(
    path: str | os.PathLike[str], text: str, *, durable: bool = False, mode: int = 0o644
) -> None:
    """Replace *path* by *text* in one step.

    Lone surrogates, which an agent may send and UTF-8 cannot hold, become their JSON escapes.

    Raises:
        DiskFull: If the disk has no room; *path* keeps its old text.
    """
    target = os.fspath(path)
    draft = f"{target}.{os.getpid()}-{threading.get_ident()}.tmp"
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(draft, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        if is_disk_full(error):
            raise DiskFull(target) from error
        raise
    if durable:
        sync_folder(os.path.dirname(target) or ".")


def is_disk_full(error: OSError) -> bool:
    """Tell whether *error* means that there is no room: disk, quota or limit of a file's size."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def has_room(folder: str | os.PathLike[str], size: int) -> bool:
    """Tell whether a file of *size* bytes fits in *folder* now: disk, quota and limit together.

    Asked when something has failed, to tell a lack of room from damage.
    """
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.truncate(size)
                return _free_bytes(folder) >= size
    except OSError as error:
        return not is_disk_full(error)
    return True


def write_json(path: str | os.PathLike[str], body: Any, *, durable: bool = False) -> None:
    """Replace *path* by *body* as JSON; see :func:`write_atomic`."""
    write_atomic(path, json.dumps(body, ensure_ascii=False) + "\n", durable=durable)


def read_json(path: str | os.PathLike[str]) -> Any:
    """Return the JSON of *path*, or None where there is no such file or no JSON in it."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (FileNotFoundError, ValueError):
        return None


def _free_bytes(folder: str | os.PathLike[str]) -> int:
    counts = os.statvfs(folder)
    return counts.f_bavail * counts.f_frsize


def sync_folder(path: str) -> None:
    """Make the names in folder *path* survive power loss."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
