"""What it takes to watch sessions and to ask them for something, wherever they are."""

import heapq
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from darkfactory.clock import seconds_of
from darkfactory.domain.event import Event
from darkfactory.domain.session import ControlOp
from darkfactory.sessions.control import Receipt
from darkfactory.sessions.view import SessionView

FACTORY = "factory"
"""The stream in which the factory tells what it starts."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event of *session*'s log, and *next*, the offset to resume behind it."""

    session: str
    next: str
    event: Event


class Source(Protocol):
    """Where sessions are: in this repository, or behind a server."""

    def views(self) -> list[SessionView]:
        """Return every session there is, oldest first."""
        ...

    def find(self, name: str) -> str:
        """Return the session called *name*, else the last one of the item called so.

        Raises:
            UnknownSession: If it is neither.
        """
        ...

    def starts(self) -> str:
        """Return the offset in ``factory`` behind which sessions start that nobody has seen yet."""
        ...

    def follow(self, behind: Mapping[str, str], *, since: str | None = None) -> Iterator[Told]:
        """Yield events of some sessions: what was, in the order of time, then what comes.

        It ends when nothing more will come: of a session that has ended and is not taken up
        again, or whose host is gone.

        Args:
            behind: The offset that each session is read from.
            since: Join the sessions that ``factory`` starts behind this offset, as long as a
                ``df run`` works.

        Raises:
            BadOffset: If an offset is none.
            NoSuchPlace: If it lies behind no event of its log.
        """
        ...

    def ask(
        self,
        session: str,
        op: ControlOp,
        *,
        by: str,
        text: str = "",
        reason: str = "",
        request: str = "",
        wait_applied: bool = False,
    ) -> Receipt:
        """Ask *session* for something; promises what ``request_control`` does."""
        ...

    def next_step(self, session: str, *, ended: bool, by: str) -> str:
        """Return the command that *by*, who has read the log of *session*, goes on with.

        It is empty where none is known. What *ended* has been read with that.
        """
        ...


def by_time(logs: Sequence[Iterable[Told]]) -> Iterator[Told]:
    """Yield the events of several logs in the order of time, those of one log in its own order."""
    return heapq.merge(*logs, key=_time) if len(logs) > 1 else itertools.chain(*logs)


def _time(told: Told) -> float:
    stamp = told.event.ts
    try:
        seconds = seconds_of(stamp) if isinstance(stamp, str) else float(stamp or 0.0)
    except (ValueError, OverflowError):  # others write logs too
        return 0.0
    return seconds if math.isfinite(seconds) else 0.0
