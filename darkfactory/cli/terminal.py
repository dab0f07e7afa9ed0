"""What the terminal is like."""

import os
import sys
from typing import TextIO

_NARROW, _WIDE = 40, 200
_USUAL = 80


def width() -> int | None:
    """Return how many columns a screen may use: COLUMNS, or the terminal's; a pipe has no end."""
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS"):
        return None
    return columns_of(sys.stdout)


def columns_of(stream: TextIO) -> int:
    """Return how many columns a screen on *stream* may use."""
    return min(_WIDE, max(_NARROW, _told() or _real(stream) or _USUAL))


def _told() -> int:
    told = os.environ.get("COLUMNS", "")
    return int(told) if told.isascii() and told.isdecimal() else 0


def _real(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except OSError:
        return 0
