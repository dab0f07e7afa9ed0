"""Which paths the trusted index of a slot holds."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_GITLINK = 0o160000.to_bytes(4)
_STAT_BYTES = 40
_MODE_AT = 24


@dataclass(frozen=True, slots=True)
class Tracked:
    """The tracked paths of a workspace: *folders* are those that hold tracked files."""

    files: set[bytes] = field(default_factory=set)
    folders: set[bytes] = field(default_factory=set)
    gitlinks: set[bytes] = field(default_factory=set)


def read_index(path: Path, object_format: str) -> Tracked:
    """Return what the index at *path* tracks; nothing where there is no index.

    Only for indexes that our git wrote (version 2); the mode and the name of each entry are all
    that is looked at. Format: git's Documentation/gitformat-index.txt.

    Raises:
        ValueError: If it is not such an index.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Tracked()
    found = Tracked()
    folders, add = found.folders, found.files.add
    last = b""
    for at, name in _entries(data, object_format):
        if data[at + _MODE_AT : at + _MODE_AT + 4] == _GITLINK:
            found.gitlinks.add(name)
        else:
            add(name)
        folder = name[: name.rfind(b"/") + 1]  # entries are sorted: most are where the last was
        if folder != last:
            last = folder
            while folder and folder[:-1] not in folders:
                folders.add(folder[:-1])
                folder = folder[: folder.rfind(b"/", 0, -1) + 1]
    return found


def times_in_index(path: Path, object_format: str) -> dict[bytes, int]:
    """Return the time of change (ns) of each file as the index at *path* saw it; see read_index.

    Raises:
        ValueError: If it is not such an index.
        FileNotFoundError: If there is none.
    """
    data = path.read_bytes()
    found = {}
    for at, name in _entries(data, object_format):
        seconds, nanoseconds = struct.unpack_from(">II", data, at)
        found[name] = seconds * 1_000_000_000 + nanoseconds
    return found


def _entries(data: bytes, object_format: str) -> Iterator[tuple[int, bytes]]:
    """Yield where each entry begins and its name."""
    try:
        signature, version, count = struct.unpack_from(">4sII", data)
    except struct.error as error:
        raise ValueError("too short for an index") from error
    if signature != b"DIRC" or version != 2:  # noqa: PLR2004 - the version of the format
        raise ValueError(f"not an index of version 2: {signature!r} {version}")
    head = _STAT_BYTES + (32 if object_format == "sha256" else 20) + 2
    at = 12
    for _ in range(count):
        start = at + head
        end = data.index(b"\0", start)
        yield at, data[start:end]
        at += (end - at + 8) & ~7
