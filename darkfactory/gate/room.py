"""What every step of the gate works with, and the one lock that keeps two gates apart."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from darkfactory.clock import Clock, SystemClock
from darkfactory.domain.change import HarnessResult
from darkfactory.domain.event import Event
from darkfactory.domain.lane import Lane
from darkfactory.domain.settings import Settings
from darkfactory.domain.state import StateFolder
from darkfactory.errors import NotReady, UnknownChange
from darkfactory.events.stream import POLL_SECONDS, Stream, Writer
from darkfactory.gate.record import Change, Changes
from darkfactory.locks import try_lock
from darkfactory.workspaces.hub import Hub


class Tester(Protocol):
    """Runs checks on the tree of a commit of the hub; a tree tested before costs nothing."""

    def __call__(self, commit: str, lane: Lane | None) -> HarnessResult:
        """Return what the harness of *lane* says of *commit*."""
        ...

    def known(self, commit: str, lane: Lane | None) -> HarnessResult | None:
        """Return what the harness of *lane* has said of *commit*, None if it never ran there."""
        ...

    def run(self, commit: str, command: str) -> HarnessResult:
        """Return what *command* says of *commit*."""
        ...

    def until(self, unwanted: Callable[[], bool], *, again: bool = False) -> "Tester":
        """Return the same tester with runs that are killed once *unwanted* says yes.

        Args:
            again: Run whatever is asked for, known or not; the newer result is kept.
        """
        ...


LOCK_SECONDS = 30.0


def _unheard(_text: str) -> None:
    """Let what nobody waits for pass."""


class GateBusy(NotReady):
    """Another process works the gate."""

    code = "gate.busy"

    def __init__(self) -> None:
        super().__init__(
            f"another command has been landing changes for over {LOCK_SECONDS:.0f} s",
            fix="wait for it; `df gate list` shows what it is doing",
        )


@dataclass(slots=True)
class GateRoom:
    """The gate of one repository."""

    state: StateFolder
    settings: Settings
    hub: Hub
    test: Tester
    clock: Clock = field(default_factory=SystemClock)
    producer: str = "gate"
    tell: Callable[[Event], None] | None = None
    """Called with each event that this process records."""
    note: Callable[[str], None] = _unheard
    """Called with what takes a while and is no event, as it begins."""
    changes: Changes = field(default_factory=Changes)
    _position: int = 0
    _reading: threading.RLock = field(default_factory=threading.RLock)

    @property
    def stream(self) -> Stream:
        """The factory stream."""
        return Stream(self.state.streams, "factory")

    def refresh(self) -> Changes:
        """Read on in the factory stream and return the changes as they stand now."""
        with self._reading:
            for behind, event in self.stream.read(self._position):
                self._position = behind
                self.changes.tell(event)
        return self.changes

    def find(self, name: str) -> Change:
        """Return the change of that id, or the newest one of that item.

        Raises:
            UnknownChange: If there is neither.
        """
        change = self.refresh().get(name)
        if change is None:
            raise UnknownChange(name, self.changes.names())
        return change

    def say(self, verb: str, change: Change, data: dict[str, Any] | None = None) -> bool:
        """Record ``change.<verb>`` durably; tell whether it counts, and nothing came before it."""
        told = {"change": change.id, "item": change.item, "head": change.head}
        body = {**told, **(data or {})}
        return self.record(f"change.{verb}", body, session=change.session)

    def record(self, type_: str, data: dict[str, Any], *, session: str | None = None) -> bool:
        """Record any event of the factory stream durably; tell whether it counts."""
        stream = self.stream
        writer = Writer(
            stream, producer=self.producer, session=session, clock=self.clock, once=True
        )
        event = writer.write(type_, data, durable=True)
        stream.close()
        counts = event.id not in self.refresh().void
        if counts and self.tell is not None:
            self.tell(event)
        return counts

    def lane(self, change: Change) -> Lane | None:
        """Return the lane of *change*, None if lanes.yaml has lost it since."""
        return self.settings.lane(change.lane)


@contextmanager
def gate_lock(
    state: StateFolder,
    *,
    wait_seconds: float = LOCK_SECONDS,
    on_wait: Callable[[], None] | None = None,
) -> Iterator[None]:
    """Hold the gate of this repository; only its holder lands. Freed by the death of the holder.

    Args:
        on_wait: Called once if another process holds it.

    Raises:
        GateBusy: If another process holds it for longer than *wait_seconds*.
    """
    path = state.root / "gate.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + wait_seconds
    try:
        while not try_lock(descriptor):
            if time.monotonic() >= deadline:
                raise GateBusy
            if on_wait is not None:
                on_wait()
                on_wait = None
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)
