"""How many streams there are, so that nobody fills the folder with empty ones."""

from collections import Counter

from darkfactory.server.refused import Refused

MOST_OWN = 4096
"""Streams outside of the record that there may be at a time."""
MOST_OF_SESSION = 64
"""Streams of one session that there may be."""


class TooMany(Refused):
    """There are as many streams as there may be."""

    status = 429

    def __init__(self, most: int, of: str) -> None:
        super().__init__(f"{of} may have {most} streams and has them; delete some, or give a TTL")


class Census:
    """The numbers of streams: of each session, and of those outside of the record, *most_own*."""

    def __init__(self, most_own: int = MOST_OWN) -> None:
        self._most_own = most_own
        self._numbers: Counter[str] = Counter()

    def born(self, path: str) -> None:
        """Count a stream that is there."""
        self._numbers[_owner(path)] += 1

    def gone(self, path: str) -> None:
        """Count a stream no longer."""
        self._numbers[_owner(path)] -= 1

    def has_room(self, path: str) -> bool:
        """Tell whether there may be a stream *path* more."""
        return self._numbers[_owner(path)] < self._most(path)

    def check(self, path: str) -> None:
        """See that there may be a stream *path* more.

        Raises:
            TooMany: If not.
        """
        if not self.has_room(path):
            owner = _owner(path)
            raise TooMany(self._most(path), f"session {owner}" if owner else "a factory")

    def _most(self, path: str) -> int:
        return MOST_OF_SESSION if _owner(path) else self._most_own


def _owner(path: str) -> str:
    """Return the session whose stream *path* is, empty for one that is outside of the record."""
    return path.split("/")[1] if path.startswith("s/") else ""
