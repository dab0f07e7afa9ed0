"""Count what the aliases of a YAML text repeat, before anything is built of it.

A few lines of aliases of aliases stand for more values than any memory holds. The parser's events
tell the size of each anchor once, so that the sum is known without following an alias.
"""

from typing import Any

MOST_REPEATED = 20_000
"""How many values aliases may repeat in one text."""
_COLLECTIONS = ("Sequence", "Mapping")


class Repeats:
    """The running count over the events of one text; *values* is what aliases repeat so far."""

    def __init__(self) -> None:
        self.values = 0
        self._size = 0
        self._open: list[tuple[str | None, int]] = []
        self._sizes: dict[str, int] = {}

    def take(self, event: Any) -> bool:
        """Count one parser event; tell whether aliases repeat more than they may."""
        kind = type(event).__name__
        if kind == "AliasEvent":
            size = self._sizes.get(event.anchor, 0)
            self._size += size
            self.values += size
        elif kind == "ScalarEvent":
            self._size += 1
            self._remember(event.anchor, 1)
        elif kind.startswith(_COLLECTIONS) and kind.endswith("StartEvent"):
            self._open.append((event.anchor, self._size))
            self._size += 1
        elif kind.startswith(_COLLECTIONS):
            anchor, before = self._open.pop()
            self._remember(anchor, self._size - before)
        return self.values > MOST_REPEATED

    def _remember(self, anchor: str | None, size: int) -> None:
        if anchor is not None:
            self._sizes[anchor] = size
