"""Line numbers of a text as an editor counts them."""

from bisect import bisect_right
from itertools import accumulate


class Lines:
    """Where the lines of a text begin. U+0085 and U+2028 begin none, unlike in PyYAML."""

    def __init__(self, text: str) -> None:
        lengths = (len(line) + 1 for line in text.split("\n"))
        self._starts = list(accumulate(lengths, initial=0))[:-1]
        self._last = len(text.rstrip("\n"))

    def of(self, index: int) -> int:
        """Return the line, from 1, of the character at *index*; behind the end it is the last."""
        return bisect_right(self._starts, min(index, self._last))
