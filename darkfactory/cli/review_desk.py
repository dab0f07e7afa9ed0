"""The threads behind the review screen: one reads and judges, one lands what was approved."""

import contextlib
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from darkfactory.cli.gate_render import landing_lines
from darkfactory.cli.newsroom import Newsroom
from darkfactory.domain.counting import listed
from darkfactory.errors import FactoryError
from darkfactory.factory.review import Opened, Review, Waiting


@dataclass(frozen=True, slots=True)
class Listed:
    """What waits now, in the order in which it is read."""

    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class State:
    """How a change is now: its *head*, the name of its state, its revision, and its *facts*."""

    change: str
    head: str
    state: str
    revision: int
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """Words about what became of something; *bad*: it did not work."""

    text: str
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """A change could not be read, for the reason *why*."""

    change: str
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict on *change* is on record, or is *refused* with the reason and what to do."""

    change: str
    words: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """What one yes would cover, *told* as ``gate batch`` does."""

    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Together:
    """One yes to all of these *changes* is on record."""

    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paged:
    """What a pager is to show."""

    base: str
    head: str
    hub: str
    text: str


_IDLE_SECONDS = 0.2

News = Opened | Listed | State | Said | Unread | Judged | Offered | Together | Paged


class Landing(Protocol):
    """Lands what is approved, in a thread of its own."""

    def look_ahead(self) -> None:
        """Do what makes later landings faster, for a moment.

        Raises:
            FactoryError: If that cannot be; it is told, and not tried again.
        """
        ...

    def land(self, note: Callable[[str], None]) -> dict[str, Any]:
        """Land the queue as ``df gate land`` does; *note* is told each step.

        Raises:
            FactoryError: If it cannot be worked, or is stopped.
        """
        ...

    def stop(self) -> None:
        """Let what goes on end at once; called by another thread."""
        ...


class Desk(Newsroom[News]):
    """Does what the screen asks, one after the other, and tells what came of it."""

    def __init__(
        self, review: Review, open_landing: Callable[[], AbstractContextManager[Landing]]
    ) -> None:
        super().__init__()
        self._review = review
        self._open_landing = open_landing
        self._asked: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._to_land: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._open = 0
        self._closed = threading.Condition()
        self._is_left = threading.Event()
        self._has_landed = threading.Event()
        self._landing: Landing | None = None

    def begin(self) -> None:
        """Begin to work."""
        self.start(self._work_on)
        self.start(self._land_on)

    def open(self, change: str) -> None:
        """Read a change and tell it as :class:`Opened`, or why that cannot be."""

        def work() -> None:
            try:
                self.tell(self._review.open(change))
            except FactoryError as error:
                self.tell(Unread(change, _in_words(error)))

        self._asked.put(work)

    def look(self, change: str | None) -> None:
        """Tell what waits now, and how *change* is."""

        def work() -> None:
            self.tell(Listed(tuple(self._review.waiting())))
            if change is not None:
                self.tell(State(change, *self._review.state(change)))

        self._asked.put(work)

    def mark_looked(self, change: str) -> None:
        """Record that *change* is on the screen as it is."""
        self._asked.put(lambda: self._review.mark_looked(change))

    def diff(self, change: str) -> None:
        """Read the whole diff of a change for a pager and tell it as :class:`Paged`."""
        self._asked.put(lambda: self.tell(Paged(*self._review.diff(change))))

    def judge(
        self, change: str, words: str, verdict: Callable[[Review], None], *, lands: bool = False
    ) -> None:
        """Give a verdict; *words* tell it once it is on record. One that *lands* is then landed."""

        def work() -> None:
            try:
                verdict(self._review)
            except FactoryError as error:
                self.tell(Judged(change, words, _in_words(error)))
                self._close(1)
                return
            self.tell(Judged(change, words))
            for warning in self._review.stamps():
                self.tell(Said(warning, bad=True))
            if lands:
                self._to_land.put(change)
            else:
                self._close(1)

        with self._closed:
            self._open += 1
        self._asked.put(work)

    def offer_batch(self, lane: str) -> None:
        """Tell what one yes to *lane* would cover, as :class:`Offered`."""
        self._asked.put(lambda: self.tell(Offered(self._review.batch(lane))))

    def judge_batch(self, lane: str, batch: str) -> None:
        """Say one yes to a *batch* and have it landed."""

        def work() -> None:
            try:
                approved = tuple(self._review.approve_batch(lane, batch))
            except FactoryError as error:
                self.tell(Said(_in_words(error), bad=True))
                self._close(1)
                return
            self.tell(Together(approved))
            self._to_land.put(batch)

        with self._closed:
            self._open += 1
        self._asked.put(work)

    def undo(self, changes: Sequence[str]) -> None:
        """Take the yes to *changes* back where they have not landed; tell what came of it."""

        def work() -> None:
            result = self._review.undo(changes)
            if result["undone"]:
                self.tell(Said(f"taken back: {listed(result['undone'])}"))
            for row in result["refused"]:
                self.tell(Said(f"NOT taken back: {row['reason']}", bad=True))
            self.tell(Listed(tuple(self._review.waiting())))

        self._asked.put(work)

    def finish(self, seconds: float) -> bool:
        """Wait until all verdicts are on record and landed; tell if that is so by then."""
        with self._closed:
            return self._closed.wait_for(lambda: not self._open, seconds)

    def leave(self, seconds: float) -> bool:
        """End what goes on; tell if that is done within *seconds*. What is recorded stays so."""
        self._is_left.set()
        if self._landing is not None:
            self._landing.stop()
        return self._has_landed.wait(seconds)

    def _close(self, number: int) -> None:
        with self._closed:
            self._open -= number
            self._closed.notify_all()

    def _work_on(self) -> None:
        while True:
            work = self._asked.get()
            try:
                work()
            except FactoryError as error:
                self.tell(Said(_in_words(error), bad=True))

    def _land_on(self) -> None:
        try:
            with self._open_landing() as landing:
                self._landing = landing
                self._land_with(landing)
        finally:
            self._has_landed.set()

    def _land_with(self, landing: Landing) -> None:
        looks = True
        while not self._is_left.is_set():
            number = self._approved(wait_seconds=0.0 if looks else _IDLE_SECONDS)
            try:
                if number:
                    self._landed(landing.land(lambda text: self.tell(Said(text))))
                elif looks:
                    landing.look_ahead()
            except FactoryError as error:
                self.tell(Said(_in_words(error), bad=True))
                looks = looks and bool(number)
            self._close(number)

    def _approved(self, *, wait_seconds: float) -> int:
        """Return how many approvals wait to be landed: one landing takes them all."""
        number = 0
        with contextlib.suppress(queue.Empty):
            while True:
                self._to_land.get(timeout=0.0 if number else wait_seconds)
                number += 1
        return number

    def _landed(self, result: dict[str, Any]) -> None:
        bad = bool(result["bounced"] or result["refused"])
        for line in landing_lines(result):
            self.tell(Said(line, bad=bad))
        for warning in result["warnings"]:
            self.tell(Said(warning, bad=True))


def _in_words(error: FactoryError) -> str:
    return f"{error.problem}; {error.fix}"
