"""Look at the base that people and landings move: freeze, blame and mend if it has turned red."""

from collections.abc import Callable

from darkfactory.factory.demotion import demote_for_regressions
from darkfactory.factory.line import Line
from darkfactory.factory.triage_backlog import plan_fixers
from darkfactory.gate.guard import Guard
from darkfactory.gate.room import GateBusy, gate_lock

Note = Callable[[str], None]


def guard_base(line: Line, note: Note) -> None:
    """Test the base if nothing is known of it, and do what follows.

    Args:
        note: Called with what takes a while, as it begins.

    Raises:
        HarnessNotConfinable: If the harness may not run here.
        GitFailed: If the hub cannot be read.
    """
    room = line.gate()
    room.note = note
    line.tester(line.hub.sync_base().commit, None)  # before the lock: who lands does not wait
    try:
        with gate_lock(line.state):
            Guard(room).look()
    except GateBusy:
        return  # who lands looks at it, too
    plan_fixers(line)
    demote_for_regressions(line)


class BaseWatch:
    """Looks at the base of *line* each time that it has moved."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._seen = ""

    def look(self, note: Note) -> None:
        """Guard the base if it is another one than at the last look; see :func:`guard_base`."""
        commit = self._line.hub.sync_base().commit
        if commit != self._seen:
            self._seen = commit
            guard_base(self._line, note)
