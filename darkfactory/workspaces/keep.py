"""The keep-list: ignored folders, such as installed dependencies, that survive a reset."""

import os
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keep:
    """The ignored folders that survive a reset: a name anywhere, or a path from the root."""

    names: frozenset[bytes]
    paths: frozenset[bytes]
    parents: frozenset[bytes]

    def holds(self, path: bytes, name: bytes) -> bool:
        """Whether the folder *path*, whose last part is *name*, is to be kept."""
        return name in self.names or path in self.paths


def keep_of(entries: Sequence[str]) -> Keep:
    """Return the keep-list of *entries* as written in lanes.yaml (``.venv``, ``web/cache``)."""
    given = [os.fsencode(entry.strip("/").removeprefix("./")) for entry in entries]
    paths = frozenset(entry for entry in given if b"/" in entry)
    parents = frozenset(
        entry[:at] for entry in paths for at, char in enumerate(entry) if char == ord("/")
    )
    return Keep(frozenset(entry for entry in given if entry) - paths, paths, parents)
