"""Follow the logs of sessions in the stream files: what comes, until nothing more will."""

import os
import time
from collections.abc import Callable, Iterator, Mapping

from darkfactory.domain.state import StateFolder
from darkfactory.events.offset import START, NoSuchPlace, format_offset, parse_offset
from darkfactory.events.stream import POLL_SECONDS, Stream
from darkfactory.sessions.hosts import HostState, find_host
from darkfactory.sessions.watch import FACTORY, Told, by_time

_LOOK_SECONDS = 1.0


class Log:
    """One session's log and how far it was read.

    Raises:
        BadOffset: If *start* is no offset.
        NoSuchPlace: If it lies behind no event of the log.
    """

    def __init__(self, state: StateFolder, session: str, start: str) -> None:
        self.session = session
        self._stream = Stream(state.streams, f"s/{session}")
        self._folder = os.fspath(state.session(session))
        self._at = parse_offset(start, end=self._stream.end())
        if not self._stream.is_place(self._at):
            raise NoSuchPlace(start, session)
        self._ended = False
        self._look_at = time.monotonic()

    def read(self) -> Iterator[Told]:
        """Yield what was not read yet."""
        for behind, event in self._stream.read(self._at):
            self._at = behind
            kind = event.type
            self._ended = kind == "session.ended" or (self._ended and kind != "session.started")
            yield Told(self.session, format_offset(behind), event)

    def is_over(self) -> bool:
        """Tell whether nothing more will come: it has ended, or nobody is there to go on."""
        if not self._ended and time.monotonic() < self._look_at:
            return False
        self._look_at = time.monotonic() + _LOOK_SECONDS
        found = find_host(self._folder).state
        over = self._ended if found is HostState.UNSTARTED else found is not HostState.ALIVE
        return over and self._stream.end() <= self._at


class Starts:
    """The sessions that the factory starts behind offset *since* of its stream.

    *may_come* tells whether somebody is there who could start one.
    """

    def __init__(self, state: StateFolder, since: str, may_come: Callable[[], bool]) -> None:
        self._stream = Stream(state.streams, FACTORY)
        self._at = parse_offset(since, end=self._stream.end())
        self._may_come = may_come

    def read(self) -> Iterator[str]:
        """Yield each session that was started since the last time."""
        for behind, event in self._stream.read(self._at):
            self._at = behind
            if event.type == "session.started" and event.session is not None:
                yield event.session

    def are_over(self) -> bool:
        """Tell whether no further session will start."""
        return not self._may_come() and self._stream.end() <= self._at


def follow_logs(
    state: StateFolder, behind: Mapping[str, str], starts: Starts | None = None
) -> Iterator[Told]:
    """Yield what comes in the logs of some sessions until all are over.

    A session that is taken up again after an end is followed on from there. One that nobody runs
    and that has not ended is over too: nothing would come.

    Args:
        behind: The offset that each session was read to.
        starts: Join these sessions as they start.

    Raises:
        BadOffset: If an offset is none.
        NoSuchPlace: If it lies behind no event of its log.
    """
    read_to = dict(behind)
    logs = {session: Log(state, session, start) for session, start in behind.items()}
    while True:
        for session in starts.read() if starts else ():
            logs.setdefault(session, Log(state, session, read_to.get(session, START)))
        for told in by_time([log.read() for log in logs.values()]):
            read_to[told.session] = told.next
            yield told
        logs = {session: log for session, log in logs.items() if not log.is_over()}
        if not logs and (starts is None or starts.are_over()):
            return
        time.sleep(POLL_SECONDS)
