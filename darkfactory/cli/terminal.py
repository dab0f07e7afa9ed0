"""What the terminal is like."""

import os
import shutil
import sys

_NARROW, _WIDE = 40, 200


def width() -> int | None:
    """Return how many columns a screen may use: COLUMNS, or the terminal's; a pipe has no end."""
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS"):
        return None
    return min(_WIDE, max(_NARROW, shutil.get_terminal_size((80, 24)).columns))
