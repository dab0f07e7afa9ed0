"""The sessions of this repository, read and asked straight through its files."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from darkfactory.domain.session import ControlOp
from darkfactory.domain.state import StateFolder
from darkfactory.events.offset import format_offset
from darkfactory.events.stream import Stream
from darkfactory.factory.ask_session import ask_session
from darkfactory.factory.item_now import next_of
from darkfactory.factory.reports import mark_read
from darkfactory.factory.run_lock import is_running
from darkfactory.sessions.control import Receipt
from darkfactory.sessions.follow import Starts, follow_logs
from darkfactory.sessions.names import find_session
from darkfactory.sessions.view import SessionView, list_sessions
from darkfactory.sessions.watch import FACTORY, Told


class Here:
    """The source of sessions that the files of *state* are; see ``watch.Source``."""

    def __init__(self, state: StateFolder) -> None:
        self._state = state

    def views(self) -> list[SessionView]:
        """Return every session there is, oldest first."""
        return list_sessions(self._state, now=time.time())

    def find(self, name: str) -> str:
        """Return the session that *name* means.

        Raises:
            UnknownSession: If there is none.
        """
        return find_session(self._state, name)

    def starts(self) -> str:
        """Return the present end of the factory's stream."""
        return format_offset(Stream(self._state.streams, FACTORY).end())

    def follow(self, behind: Mapping[str, str], *, since: str | None = None) -> Iterator[Told]:
        """Yield events of some sessions: what was, then what comes, until nothing more will.

        Args:
            behind: The offset that each session is read from.
            since: Join the sessions that the factory starts behind this offset of its stream.

        Raises:
            BadOffset: If an offset is none.
            NoSuchPlace: If it lies behind no event of its log.
        """
        starts = None
        if since is not None:
            starts = Starts(self._state, since, lambda: is_running(self._state))
        return follow_logs(self._state, behind, starts)

    def ask(self, session: str, op: ControlOp, *, by: str, **message: Any) -> Receipt:
        """Ask *session* for something; see :func:`ask_session`, which this is.

        Raises:
            UnknownSession: If there is no such session.
            SessionEnded: If it has ended.
            ControlRejected: If the session cannot do it.
            HostGone: If nobody runs it.
            NotAccepted: If its host does not answer in time.
        """
        return ask_session(self._state, session, op, by=by, **message)

    def next_step(self, session: str, *, ended: bool, by: str) -> str:
        """Return where to look at what *session* left: at its change, or else at itself."""
        if ended:
            mark_read(self._state, session, by=by)
        go_on = next_of(self._state, session, now=time.time())
        return go_on if go_on.startswith("df gate") else f"df sessions show {session}"
