"""Memories of a fixed size: what is too long ago is forgotten, so any log can be watched."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(OrderedDict[K, V], Generic[K, V]):
    """A mapping that holds only the *most* entries that were put last."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def put(self, key: K, value: V) -> None:
        """Set *key* as the latest entry; the oldest goes when there are too many."""
        self[key] = value
        self.move_to_end(key)
        while len(self) > self._most:
            self.popitem(last=False)


class Seen:
    """The *most* hashes that were new last."""

    def __init__(self, most: int) -> None:
        self._known: dict[int, None] = {}
        self._most = most

    def is_new(self, key: int) -> bool:
        """Tell whether *key* was not among them, and remember it."""
        if key in self._known:
            return False
        if len(self._known) >= self._most:
            del self._known[next(iter(self._known))]
        self._known[key] = None
        return True
