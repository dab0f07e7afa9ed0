"""Follow sessions of a server until nothing more will come of them."""

import time
from collections.abc import Callable, Iterator, Mapping

from darkfactory.domain.session import State
from darkfactory.events.offset import NOW, START
from darkfactory.remote.batches import Batch
from darkfactory.remote.ears import Ears
from darkfactory.remote.line import Line
from darkfactory.remote.server import Away
from darkfactory.sessions.hosts import HostState
from darkfactory.sessions.view import SessionView
from darkfactory.sessions.watch import FACTORY, Told, by_time

_LOOK_SECONDS = 10.0
_IDLE_SECONDS = 2.0
_SOON_SECONDS = 0.2


class Following:
    """What is listened to, how far it was read, and whether it is over.

    Args:
        views: Asks the server what each session does.
        may_start: Asks the server whether further sessions may start.
    """

    def __init__(
        self,
        ears: Ears,
        line: Line,
        views: Callable[[], list[SessionView]],
        may_start: Callable[[], bool],
    ) -> None:
        self._ears = ears
        self._line = line
        self._views = views
        self._may_start = may_start
        self._read_to: dict[str, str] = {}
        self._open: set[str] = set()
        self._ending: set[str] = set()
        self._look_at = 0.0

    def told(self, behind: Mapping[str, str], since: str | None) -> Iterator[Told]:
        """Yield what is behind the offsets *behind*, then what comes, until all are over.

        Args:
            since: Join the sessions that start behind this offset of the factory's stream.
        """
        self._read_to = {name: self._beginning(name, at) for name, at in behind.items()}
        for told in by_time([self._history(session) for session in behind]):
            self._read_to[told.session] = told.next
            self._note_end(told)
            yield told
        for session in behind:
            self._join(session)
        if since is not None:
            self._ears.listen(FACTORY, since)
        while self._open or since is not None:
            batch = self._ears.heard(self._look_at - time.monotonic())
            if batch is None:
                if self._are_over(newcomers=since is not None):
                    return
            elif batch.session == FACTORY:
                self._take_starts(batch)
            else:
                yield from batch.told
                self._note_read(batch)

    def _beginning(self, session: str, offset: str) -> str:
        return self._line.end_of(f"s/{session}") if offset == NOW else offset

    def _history(self, session: str) -> Iterator[Told]:
        for batch in self._line.history(f"s/{session}", self._read_to[session]):
            yield from batch.told

    def _join(self, session: str) -> None:
        self._open.add(session)
        self._ears.listen(f"s/{session}", self._read_to[session])

    def _take_starts(self, batch: Batch) -> None:
        for told in batch.told:
            session = told.event.session
            if told.event.type != "session.started" or session is None:
                continue
            if session in self._read_to:
                self._open.add(session)  # one that was over is listened to all the same
                continue
            self._read_to[session] = START
            self._join(session)

    def _note_read(self, batch: Batch) -> None:
        self._read_to[batch.session] = batch.next
        for told in batch.told:
            self._note_end(told)
        if batch.session in self._ending:
            self._look_at = 0.0

    def _note_end(self, told: Told) -> None:
        if told.event.type == "session.ended":
            self._ending.add(told.session)
        else:
            self._ending.discard(told.session)

    def _are_over(self, *, newcomers: bool) -> bool:
        """Ask the server which sessions are over; tell whether nothing is left to wait for."""
        try:
            views = {view.id: view for view in self._views()}
            over = {name for name in self._open if self._is_over(name, views.get(name))}
            self._open -= over
            done = not self._open and not (newcomers and self._may_start())
        except Away as error:
            self._line.lost(error)
            over, done = set[str](), False
        self._look_at = time.monotonic() + self._patience()
        return done

    def _patience(self) -> float:
        """Return how long to wait before the server is asked again what is over."""
        if self._ending & self._open:
            return _SOON_SECONDS  # its host is about to leave
        return _LOOK_SECONDS if self._open else _IDLE_SECONDS

    def _is_over(self, session: str, view: SessionView | None) -> bool:
        """Tell whether nothing more will come of *session*, and all that came was read."""
        if view is not None and not _has_stopped(view):
            return False
        return next(self._history(session), None) is None


def _has_stopped(view: SessionView) -> bool:
    host = view.evidence.get("host")
    return host == HostState.GONE or (view.state is State.ENDED and host != HostState.ALIVE)
