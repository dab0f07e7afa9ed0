"""Commands that outlive an interrupted turn: some agents answer the interrupt and let them run.

Agents start each tool shell in a session of its own. What has left the agent's own session and was
not there when the turn began is such a command.
"""

import os
import signal

from darkfactory.processes.identity import ProcessId, is_alive, process_table
from darkfactory.processes.sweep import descendants, signal_all


class Strays:
    """The commands of one agent's turns, as far as they have to be told apart."""

    def __init__(self, agent: int) -> None:
        self._agent = agent
        self._before: set[int] = set()
        self._marked: set[ProcessId] = set()

    def note(self) -> None:
        """Note what runs now: servers that the agent keeps across turns."""
        self._before = _ours()

    def mark(self) -> None:
        """Mark what the present turn has started and what still runs of it."""
        table, own = process_table(), _session(self._agent)
        for pid in _ours() - self._before:
            process = table.identify(pid)
            if process is not None and _session(pid) not in (own, None):
                self._marked.add(process)

    def kill(self) -> int:
        """Kill what was marked, with all that it started; return how many there were."""
        self._marked = {process for process in self._marked if is_alive(process)}
        pids = {process.pid for process in self._marked}
        return signal_all(pids.union(*map(descendants, pids)), signal.SIGKILL)


def _ours() -> set[int]:
    """Return what the agent has started: on Linux its orphans have become our children."""
    return descendants(os.getpid())


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None
