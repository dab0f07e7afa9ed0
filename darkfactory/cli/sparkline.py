"""A score over time in one word: a mark for each time it was told, higher for more."""

import os
from collections.abc import Sequence
from typing import TextIO

BLOCKS = "▁▂▃▄▅▆▇█"
LETTERS = "_.-:=+*#"
_POOR = frozenset({"dumb", "linux"})
"""Terminals whose fonts lack blocks, whatever the encoding."""


def sparkline(scores: Sequence[float], *, marks: str = BLOCKS, most: int = 8) -> str:
    """Return a mark for each of the last *most* of *scores* (0 to 1), oldest first."""
    top = len(marks) - 1
    return "".join(marks[min(top, max(0, int(one * len(marks))))] for one in scores[-most:])


def marks_of(stream: TextIO) -> str:
    """Return the marks that whoever reads *stream* can see."""
    encoding = (getattr(stream, "encoding", None) or "").lower().replace("-", "")
    shows = encoding.startswith("utf") and os.environ.get("TERM") not in _POOR
    return BLOCKS if shows else LETTERS
