"""The sessions of a factory behind a server, read and asked over HTTP."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from darkfactory.domain.session import ControlOp, State
from darkfactory.errors import UnknownSession
from darkfactory.events.offset import parse_offset
from darkfactory.remote.ask import ask_there
from darkfactory.remote.ears import Ears
from darkfactory.remote.line import Line
from darkfactory.remote.live import Following
from darkfactory.remote.server import Server, ServerRefused
from darkfactory.sessions.control import Receipt
from darkfactory.sessions.view import SessionView
from darkfactory.sessions.watch import FACTORY, Told


class There:
    """The source of sessions that a server is; see ``watch.Source``.

    Args:
        note: Called with what a person should know of the connection.
    """

    def __init__(self, server: Server, note: Callable[[str], None]) -> None:
        self._server = server
        self._note = note

    def views(self) -> list[SessionView]:
        """Return every session there is, oldest first.

        Raises:
            Away: If nobody answers.
            ServerRefused: If it tells no sessions.
        """
        rows = self._server.json("/v1/sessions").get("sessions")
        try:
            return [_view(row) for row in rows or ()]
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise ServerRefused(self._server.url, "sessions of another form than ours") from error

    def find(self, name: str) -> str:
        """Return the session that *name* means.

        Raises:
            UnknownSession: If there is none.
        """
        views = self.views()
        if any(view.id == name for view in views):
            return name
        of_item = [view.id for view in views if view.item == name]
        if not of_item:
            raise UnknownSession(name, [view.id for view in views])
        return of_item[-1]

    def starts(self) -> str:
        """Return the present end of the factory's stream."""
        return Line(self._server, self._note).end_of(FACTORY)

    def follow(self, behind: Mapping[str, str], *, since: str | None = None) -> Iterator[Told]:
        """Yield events of some sessions: what was, then what comes, until nothing more will.

        Args:
            behind: The offset that each session is read from.
            since: Join the sessions that the factory starts behind this offset of its stream.

        Raises:
            BadOffset: If an offset is none.
            ServerRefused: If the server will not tell.
        """
        for offset in behind.values():
            parse_offset(offset, end=0)
        line = Line(self._server, self._note)
        with Ears(line) as ears:
            following = Following(ears, line, self.views, self.is_running)
            yield from following.told(behind, since)

    def ask(self, session: str, op: ControlOp, *, by: str, **message: Any) -> Receipt:
        """Ask *session* for something; promises what ``request_control`` does.

        Raises:
            UnknownSession: If there is no such session.
            SessionEnded: If it has ended.
            ControlRejected: If the session cannot do it.
            HostGone: If nobody runs it.
            HostStopped: If a signal has stopped its host.
            NotAccepted: If its host does not answer in time.
            Away: If the server is gone.
        """
        line = Line(self._server, self._note)
        return ask_there(line, self.view, session, op, by=by, **message)

    def next_step(self, session: str, *, ended: bool, by: str) -> str:  # noqa: ARG002 - the promise
        """Return nothing: what is next is decided where the repository is."""
        return ""

    def view(self, session: str) -> SessionView:
        """Return one session.

        Raises:
            UnknownSession: If there is none.
        """
        views = self.views()
        found = next((view for view in views if view.id == session), None)
        if found is None:
            raise UnknownSession(session, [view.id for view in views])
        return found

    def is_running(self) -> bool:
        """Tell whether a ``df run`` works there."""
        return bool(self._server.json("/v1/status").get("running"))


def _view(row: Any) -> SessionView:
    """Return one session as the server tells it; keys that we do not know are passed over."""
    known = {field.name: row[field.name] for field in fields(SessionView) if field.name in row}
    evidence = dict(known["evidence"])
    return SessionView(**{**known, "state": State(known["state"]), "evidence": evidence})
