"""Whether a verdict is of the files as they are: what may have changed them since, by the log.

A tree is taken, checked for a while, and only then told. Meanwhile the agent goes on, and any
command that is not known to only look may change files of which nobody tells.
"""

from darkfactory.waffle.purpose import only_looks
from darkfactory.waffle.recent import Recent
from darkfactory.waffle.step import MOST_COMMAND, Started

_OPEN_CALLS = 16


class Present:
    """Counts the states that the files may have been in."""

    def __init__(self) -> None:
        self.state = 0
        """Equal at two moments if nothing can have changed a file in between."""
        self._since: str | float | None = None
        self._open: Recent[str, bool] = Recent(_OPEN_CALLS)

    def start(self, started: Started, call: str) -> None:
        """Take a *call* that began."""
        cut = len(started.command) >= MOST_COMMAND
        if cut or not only_looks(started.kind, started.purpose, started.command):
            self._open.put(call, True)
            self.state += 1

    def finish(self, call: str, when: str | float | None) -> None:
        """Take a *call* that ended at *when*."""
        if self._open.pop(call, False):
            self.touch(when)

    def touch(self, when: str | float | None) -> None:
        """Take a change of the files at *when*."""
        self.state += 1
        self._since = when

    def is_of(self, taken: object) -> bool:
        """Tell whether a tree is the present one: *taken* at that time; None: just now."""
        if self._open:
            return False
        if not isinstance(taken, str) or not isinstance(self._since, str):
            return True
        return taken > self._since
