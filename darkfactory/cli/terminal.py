"""What the terminal is like."""

import os
import shutil
import sys

_NARROW, _WIDE = 40, 200
_PIPE = 120


def width() -> int:
    """Return how many columns a screen may use: COLUMNS, or the terminal's; a pipe gets enough."""
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        return _PIPE
    return min(_WIDE, max(_NARROW, shutil.get_terminal_size((80, 24)).columns))
