"""Test in the background what a person reads next at the gate, for as long as somebody is there."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from darkfactory.domain.change import ChangeState
from darkfactory.domain.event import Event
from darkfactory.factory.guard_base import BaseWatch
from darkfactory.factory.landing_steps import step_words
from darkfactory.factory.line import Line
from darkfactory.factory.show_gate import reading_order
from darkfactory.gate.land import approved_in_order
from darkfactory.gate.pretest import Pretests
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.harness.wanted import Wanted

_LOOK_SECONDS = 0.2
_BASE_SECONDS = 2.0

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ReadAhead:
    """The changes that are read next, tested before they are judged. For one thread to use."""

    room: GateRoom
    runs: Pretests
    base: BaseWatch

    def look(self) -> bool:
        """Take what runs have said, start what is wanted now; tell whether any run goes on.

        Raises:
            HarnessNotConfinable: If the harness may not run here.
        """
        changes, now = self.room.refresh(), self.room.clock.now()
        waiting = [change for change in changes if _is_read(change, now)]
        return self.runs.look(approved_in_order(self.room), sorted(waiting, key=reading_order))

    def until_approved(self, note: Note) -> None:
        """Return once something is approved; runs that would keep it waiting are ended.

        Meanwhile a base that moves is guarded.

        Args:
            note: Called with each step, for whoever waits.

        Raises:
            HarnessNotConfinable: If the harness may not run here.
        """

        def tell(event: Event) -> None:
            words = step_words(self.room, event)
            if words:
                note(words)

        self.room.tell = tell
        look_at = 0.0
        while not approved_in_order(self.room):
            if time.monotonic() >= look_at:
                self.base.look(note)
                look_at = time.monotonic() + _BASE_SECONDS
            self.look()
            self.runs.wait(_LOOK_SECONDS)
        self.runs.make_way(approved_in_order(self.room))


@contextmanager
def read_ahead(line: Line) -> Iterator[ReadAhead]:
    """Open the pre-tests of *line*; their runs end with the block."""
    room = line.gate()
    room.test = line.tester.for_whom(Wanted.AHEAD)
    with closing(Pretests(room)) as runs:
        yield ReadAhead(room, runs, BaseWatch(line))


def _is_read(change: Change, now: float) -> bool:
    """Tell whether a person will read *change*, or would if its base told more."""
    if change.drill:
        return False  # it is told as it was tested
    return change.waits_for_base or change.state_at(now) is ChangeState.WAITING_TASTE
