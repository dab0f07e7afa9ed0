"""What an edit takes away and puts in, as short lines of a log."""

from collections.abc import Iterable
from itertools import takewhile

_MOST = 4 * 1024


def edit_text(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the lines that edits change: ``-`` and the old ones, ``+`` and the new ones.

    Lines that an old text and its new one share at both ends are left out, and so is what is too
    much for an event.

    Args:
        pairs: Each the text that was replaced and the text that took its place.
    """
    made: list[str] = []
    left = _MOST
    for old, new in pairs:
        before, after = _without_ends(old[:_MOST].splitlines(), new[:_MOST].splitlines())
        for line in (*(f"-{line}" for line in before), *(f"+{line}" for line in after)):
            left -= len(line) + 1
            if left < 0:
                return "\n".join(made)
            made.append(line)
    return "\n".join(made)


def _without_ends(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    first = _shared(before, after)
    before, after = before[first:], after[first:]
    last = _shared(before[::-1], after[::-1])
    return before[: len(before) - last], after[: len(after) - last]


def _shared(one: list[str], other: list[str]) -> int:
    both = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], both))
