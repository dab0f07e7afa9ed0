"""What comes for an attached view from threads that wait for it: events, answers, trouble."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from darkfactory.cli.newsroom import Newsroom
from darkfactory.domain.event import Event
from darkfactory.domain.session import ControlOp
from darkfactory.errors import FactoryError
from darkfactory.events.offset import START
from darkfactory.sessions.control import Receipt
from darkfactory.sessions.watch import Source


@dataclass(frozen=True, slots=True)
class Note:
    """Words about the view itself; *bad*: something did not work."""

    text: str
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What a session has answered to *op*."""

    op: ControlOp
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Over:
    """Nothing more comes in the log."""


News = Event | Note | Answered | Over


class Feed(Newsroom[News]):
    """The news of an attached view."""

    def note(self, text: str) -> None:
        """Tell something about the view."""
        self.tell(Note(text))

    def follow(self, source: Source, session: str) -> None:
        """Tell all events of *session* from now on, in a thread."""
        self.start(self._follow, source, session)

    def ask(self, source: Source, session: str, op: ControlOp, message: Mapping[str, Any]) -> None:
        """Ask *session* for something and tell its answer, in a thread."""
        self.start(self._ask, source, session, op, message)

    def _follow(self, source: Source, session: str) -> None:
        try:
            for told in source.follow({session: START}):
                self.tell(told.event)
        except FactoryError as error:
            self._refused(error)
        self.tell(Over())

    def _ask(self, source: Source, session: str, op: ControlOp, message: Mapping[str, Any]) -> None:
        try:
            self.tell(Answered(op, source.ask(session, op, **message)))
        except FactoryError as error:
            self._refused(error)

    def _refused(self, error: FactoryError) -> None:
        self.tell(Note(f"{error.problem}; {error.fix}", bad=True))
