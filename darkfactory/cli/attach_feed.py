"""What comes for an attached view from threads that wait for it: events, answers, trouble."""

import queue
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Feed:
    """A queue of news; its threads end with the program, whatever they wait for."""

    _news: "queue.SimpleQueue[News | Exception]" = field(default_factory=queue.SimpleQueue)

    def note(self, text: str) -> None:
        """Tell something about the view."""
        self._news.put(Note(text))

    def follow(self, source: Source, session: str) -> None:
        """Tell all events of *session* from now on, in a thread."""
        self._start(self._follow, source, session)

    def ask(self, source: Source, session: str, op: ControlOp, message: Mapping[str, Any]) -> None:
        """Ask *session* for something and tell its answer, in a thread."""
        self._start(self._ask, source, session, op, message)

    def take(self) -> Iterator[News]:
        """Yield the news that are there now.

        Raises:
            Exception: What nobody foresaw, from the thread that met it.
        """
        while not self._news.empty():
            news = self._news.get()
            if isinstance(news, Exception):
                raise news
            yield news

    def _start(self, work: Any, *arguments: Any) -> None:
        threading.Thread(target=self._work, args=(work, *arguments), daemon=True).start()

    def _work(self, work: Any, *arguments: Any) -> None:
        try:
            work(*arguments)
        except Exception as error:  # noqa: BLE001 - raised again where the view takes its news
            self._news.put(error)

    def _follow(self, source: Source, session: str) -> None:
        try:
            for told in source.follow({session: START}):
                self._news.put(told.event)
        except FactoryError as error:
            self._tell(error)
        self._news.put(Over())

    def _ask(self, source: Source, session: str, op: ControlOp, message: Mapping[str, Any]) -> None:
        try:
            self._news.put(Answered(op, source.ask(session, op, **message)))
        except FactoryError as error:
            self._tell(error)

    def _tell(self, error: FactoryError) -> None:
        self._news.put(Note(f"{error.problem}; {error.fix}", bad=True))
