"""Commands that outlive an interrupted turn: some agents answer the interrupt and let them run.

Agents start each tool shell in a session of its own. After an interrupt, every descendant that has
left the agent's own session and was not there when the turn began is such a command.
"""

import os
import signal

from darkfactory.processes.sweep import descendants, signal_all

_FROM_SECONDS = 1.5
_UNTIL_SECONDS = 8.0


class Strays:
    """What ran beside the agent when its turn began, and so is not the turn's."""

    def __init__(self, agent: int) -> None:
        self._agent = agent
        self._before: set[int] = set()

    def note(self) -> None:
        """Note what runs now: servers that the agent keeps across turns."""
        self._before = descendants(self._agent)

    def kill(self, interrupted_seconds: float) -> int:
        """Kill the turn's commands once their grace is over; return how many there were."""
        if not _FROM_SECONDS <= interrupted_seconds <= _UNTIL_SECONDS:
            return 0
        own = _session(self._agent)
        found = descendants(self._agent) - self._before
        return signal_all(
            (pid for pid in found if _session(pid) not in {own, None}), signal.SIGKILL
        )


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None
