"""How many may listen at a time: each token has so many seats, so none shuts out the others."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from darkfactory.server.refused import Refused

MOST_READERS = 2048
"""Live readers (long-poll, server-sent events) of one token."""
MOST_SOCKETS = 64
"""WebSockets of one token."""


class Crowded(Refused):
    """A token has too many listeners already."""

    status = 429

    def __init__(self, most: int, what: str) -> None:
        why = f"one token has at most {most} {what} at a time; end some, or follow by one WebSocket"
        super().__init__(why, [(b"retry-after", b"5")])


class Seats:
    """The seats of one kind, *most* for each token."""

    def __init__(self, most: int, what: str) -> None:
        self._most = most
        self._what = what
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, token: str) -> Iterator[None]:
        """Have a seat of *token* meanwhile.

        Raises:
            Crowded: If all are taken.
        """
        if self._taken[token] >= self._most:
            raise Crowded(self._most, self._what)
        self._taken[token] += 1
        try:
            yield
        finally:
            self._taken[token] -= 1
            if not self._taken[token]:
                del self._taken[token]
