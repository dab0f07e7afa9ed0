"""Follow a session's stream: what was, then what comes, until the session has ended."""

import os
import time
from collections.abc import Iterator

from darkfactory.domain.event import Event
from darkfactory.domain.state import StateFolder
from darkfactory.events.offset import parse_offset
from darkfactory.events.stream import POLL_SECONDS, Stream
from darkfactory.sessions.hosts import HostState, find_host
from darkfactory.sessions.names import unknown_session
from darkfactory.sessions.spec import load_spec

_LOOK_SECONDS = 1.0


def follow_session(state: StateFolder, session: str, start: str) -> Iterator[tuple[int, Event]]:
    """Yield ``(position behind it, event)`` from offset *start* on until ``session.ended``.

    A session that is taken up again after an end is followed on from there. Where nobody runs the
    session and it has not ended, following stops too: nothing would come.

    Raises:
        UnknownSession: If no stream tells of it.
        BadOffset: If *start* is no offset.
    """
    stream = Stream(state.streams, f"s/{session}")
    folder = os.fspath(state.session(session))
    if load_spec(folder) is None and stream.end() == 0:
        raise unknown_session(state, session)
    at = parse_offset(start, end=stream.end())
    ended, look_at = False, time.monotonic()
    while True:
        for behind, event in stream.read(at):
            at = behind
            ended = event.type == "session.ended" or (ended and event.type != "session.started")
            yield behind, event
        if ended or time.monotonic() >= look_at:
            look_at = time.monotonic() + _LOOK_SECONDS
            if _is_over(folder, ended) and stream.end() <= at:
                return
        time.sleep(POLL_SECONDS)


def _is_over(folder: str, ended: bool) -> bool:  # noqa: FBT001 - a fact
    """Tell whether nothing more will come: it has ended, or nobody is there to go on."""
    found = find_host(folder).state
    if found is HostState.UNSTARTED:
        return ended
    return found is not HostState.ALIVE
