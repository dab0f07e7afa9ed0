"""How much of one text stands in others word by word."""

from collections.abc import Iterable, Iterator, Sequence

_WINDOW = 12
_FEWEST_WINDOWS, _MOST_WINDOWS = 5, 50


def windows(lines: Iterable[str]) -> list[str]:
    """Return runs of words of *lines*, in small letters: of a long text every so many of them."""
    found = [window for line in lines for window in _windows(line)]
    return found[:: len(found) // _MOST_WINDOWS + 1] if len(found) >= _FEWEST_WINDOWS else []


def repeated_share(wanted: Sequence[str], texts: Sequence[str]) -> float:
    """Return which part of the runs *wanted* stands in one of *texts*, all in small letters."""
    if not wanted:
        return 0.0
    return sum(any(window in text for text in texts) for window in wanted) / len(wanted)


def _windows(line: str) -> Iterator[str]:
    words = line.lower().split()
    for at in range(0, len(words) - _WINDOW + 1, _WINDOW):
        yield " ".join(words[at : at + _WINDOW])
