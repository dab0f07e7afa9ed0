"""Land what a reader approves while they read on, and test meanwhile what they read next."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from darkfactory.factory.line import Line, open_line
from darkfactory.factory.read_ahead import ReadAhead, read_ahead
from darkfactory.factory.review_gate import land_queue
from darkfactory.gate.land import approved_in_order

_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class LandBehind:
    """Lands behind a reader's back. For one thread to use."""

    line: Line
    ahead: ReadAhead

    def look_ahead(self) -> None:
        """Test what is read next, for a moment.

        Raises:
            HarnessNotConfinable: If the harness may not run here.
        """
        self.ahead.look()
        self.ahead.runs.wait(_LOOK_SECONDS)

    def land(self, note: Callable[[str], None]) -> dict[str, Any]:
        """Land the queue as ``df gate land`` does; *note* is told each step.

        Raises:
            GateFrozen: If an audit has failed.
        """
        self.ahead.room.refresh()
        self.ahead.runs.make_way(approved_in_order(self.ahead.room))
        return land_queue(self.line, note=note)

    def stop(self) -> None:
        """End the runs that go on; for any thread to call."""
        self.line.stop_harness()


@contextmanager
def land_behind(root: Path) -> Iterator[LandBehind]:
    """Open it for the factory in *root*; the runs of the block end with it.

    It has a line of its own, since whoever reads does so at the same time.
    """
    line = open_line(root)
    with read_ahead(line) as ahead:
        yield LandBehind(line, ahead)
