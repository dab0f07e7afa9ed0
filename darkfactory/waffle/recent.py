"""Memories of a fixed size: what is too long ago is forgotten, so any log can be watched."""

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(dict[K, V], Generic[K, V]):
    """A mapping that holds only the *most* entries that were put last."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def put(self, key: K, value: V) -> None:
        """Set *key* as the latest entry; the oldest goes when there are too many."""
        self.pop(key, None)
        if len(self) >= self._most:
            del self[next(iter(self))]
        self[key] = value


class Seen:
    """The *most* hashes that were new last."""

    def __init__(self, most: int) -> None:
        # Eight bytes a hash, from the oldest on: a set takes eighty. That a hash is found where one
        # ends and the next begins is as likely as that two things have the same hash.
        self._known = bytearray()
        self._size = 8 * most

    def is_new(self, key: int) -> bool:
        """Tell whether *key* was not among them, and remember it."""
        mark = key.to_bytes(8, "little", signed=True)
        if mark in self._known:
            return False
        if len(self._known) >= self._size:
            del self._known[:8]
        self._known += mark
        return True
