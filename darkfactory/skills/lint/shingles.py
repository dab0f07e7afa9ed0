"""How much of one text stands in others word by word."""

from collections.abc import Iterable, Sequence

_WINDOW = 12
_FEWEST_WINDOWS, _MOST_WINDOWS = 5, 50


def windows(lines: Iterable[str]) -> list[str]:
    """Return runs of words of *lines*, in small letters: of a long text every so many of them."""
    words = " ".join(lines).lower().split()
    ends = range(_WINDOW, len(words) + 1, _WINDOW)
    found = [" ".join(words[end - _WINDOW : end]) for end in ends]
    return found[:: len(found) // _MOST_WINDOWS + 1] if len(found) >= _FEWEST_WINDOWS else []


def repeated_share(wanted: Sequence[str], texts: Sequence[str]) -> float:
    """Return which part of the runs *wanted* stands in one of *texts*.

    All are in small letters, with one blank between words.
    """
    if not wanted:
        return 0.0
    return sum(any(window in text for text in texts) for window in wanted) / len(wanted)
