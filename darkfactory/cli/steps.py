"""The step that a long command is at: one line kept up to date on a terminal, else a line a step.

All of it goes to stderr; the result on stdout stays the result.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from darkfactory.cli.output import cut, flat, hint, is_live
from darkfactory.cli.terminal import columns_of

_REFRESH_SECONDS = 1.0
_CLEAR = "\r\x1b[K"


class PresentStep:
    """The last line of a terminal, which tells the present step and how long it has taken."""

    def __init__(self, stream: TextIO, *, columns: int) -> None:
        self._stream = stream
        self._columns = columns
        self._text = ""
        self._since = 0.0
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._painter = threading.Thread(target=self._paint, daemon=True)

    def start(self) -> None:
        """Begin to keep the line up to date."""
        self._painter.start()

    def stop(self) -> None:
        """Take the line away."""
        self._over.set()
        self._painter.join()
        self._stream.write(_CLEAR)
        self._stream.flush()

    def say(self, text: str) -> None:
        """Show that step *text* has begun."""
        with self._lock:
            self._text, self._since = flat(text), time.monotonic()
        self._draw()

    def _paint(self) -> None:
        while not self._over.wait(_REFRESH_SECONDS):
            self._draw()

    def _draw(self) -> None:
        with self._lock:
            if not self._text:
                return
            took = f" ({time.monotonic() - self._since:.0f}s)"
            line = cut(self._text, self._columns - len(took) - 1)
            self._stream.write(f"{_CLEAR}{line}{took}")
            self._stream.flush()


@contextmanager
def steps(*, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Yield what is to be called with each step as it begins.

    Args:
        quiet: Say nothing, for whoever reads stderr as JSON.
    """
    if quiet:
        yield lambda _text: None
    elif is_live(sys.stderr):
        step = PresentStep(sys.stderr, columns=columns_of(sys.stderr))
        step.start()
        try:
            yield step.say
        finally:
            step.stop()
    else:
        yield lambda text: hint(flat(text))
