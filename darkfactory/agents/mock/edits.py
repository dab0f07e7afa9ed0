"""The mock's file actions: read, write and edit, on bytes, so that any file survives them."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def read(path: str) -> str:
    """Return the text of *path*.

    Raises:
        OSError: If it cannot be read.
    """
    with open(path, "rb") as file:
        return file.read().decode("utf-8", "replace")


def write(path: str, content: str) -> dict[str, Any]:
    """Make *content* the text of *path*, with its folders; return what that changed.

    Raises:
        OSError: If it cannot be written.
    """
    try:
        with open(path, "rb") as file:
            before = file.read()
    except FileNotFoundError:
        before = b""
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    return _replace(path, before, content.encode("utf-8", "surrogatepass"))


def edit(path: str, old: str, new: str) -> dict[str, Any]:
    """Replace the first *old* in *path* by *new*; return what that changed.

    Raises:
        OSError: If it cannot be read or written.
        LookupError: If *old* is not in it.
    """
    with open(path, "rb") as file:
        before = file.read()
    wanted = old.encode("utf-8", "surrogatepass")
    if wanted not in before:
        raise LookupError(f"{path} does not hold the text to replace")
    return _replace(path, before, before.replace(wanted, new.encode("utf-8", "surrogatepass"), 1))


def changed_lines(before: bytes, after: bytes) -> tuple[int, int]:
    """Return how many lines *after* adds and how many of *before* it removes, as one hunk."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return len(new), len(old)


def _replace(path: str, before: bytes, after: bytes) -> dict[str, Any]:
    import hashlib

    with open(path, "wb") as file:  # in place: mode, owner and links stay
        file.write(after)
    added, removed = changed_lines(before, after)
    digest = hashlib.sha256(after).hexdigest()
    return {"path": path, "added": added, "removed": removed, "content_hash": digest[:16]}
