"""What the terminal is like."""

import shutil
import sys

_NARROW, _WIDE = 40, 200
_PIPE = 120


def width() -> int:
    """Return how many columns a screen may use; a pipe gets enough for a log."""
    if not sys.stdout.isatty():
        return _PIPE
    return min(_WIDE, max(_NARROW, shutil.get_terminal_size((80, 24)).columns))
