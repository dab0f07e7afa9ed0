"""What one test runner said in a stretch of output."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

Lines = Sequence[str]


@dataclass(frozen=True, slots=True)
class Found:
    """One run of one *runner*; *lines* are the indexes that it owns, rising.

    *failing* keeps a name as often as it was reported. *complete* is False when the runner stopped
    early or failed in a way that names no test.
    """

    runner: str
    passed: int | None
    failed: int | None
    failing: tuple[str, ...]
    lines: Sequence[int]
    complete: bool = True
    note: str = ""


Finder = Callable[[Lines], Iterable[Found]]

LONGEST_LINE = 2000


def runs(lines: Lines, last_line: re.Pattern[str]) -> Iterator[tuple[int, int, re.Match[str]]]:
    """Yield ``(first, end, match)`` for each stretch of *lines* that ends in *last_line*."""
    first = 0
    for index, line in enumerate(lines):
        match = last_line.match(line) if len(line) <= LONGEST_LINE else None
        if match is not None:
            yield first, index + 1, match
            first = index + 1


def first_match(lines: Lines, start: int, end: int, pattern: re.Pattern[str]) -> int | None:
    """Return the index of the first line in ``[start, end)`` that *pattern* matches."""
    return next(
        (index for index in range(start, end) if pattern.match(lines[index][:LONGEST_LINE])), None
    )


def captures(lines: Lines, start: int, end: int, pattern: re.Pattern[str]) -> list[str]:
    """Return group 1 of *pattern* for each line in ``[start, end)`` that it matches."""
    return [
        match[1]
        for line in lines[start:end]
        if len(line) <= LONGEST_LINE and (match := pattern.match(line))
    ]


def span(lines: Lines, pattern: re.Pattern[str]) -> range:
    """Return the range from the first to the last line that *pattern* matches."""
    hits = [index for index, line in enumerate(lines) if pattern.match(line[:LONGEST_LINE])]
    return range(hits[0], hits[-1] + 1) if hits else range(0)


def number(text: str | None) -> int:
    """Return *text* as a number, 0 for nothing or for more digits than a count has."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004


def counts(text: str, pattern: re.Pattern[str]) -> dict[str, int]:
    """Return the sums by word of ``3 failed, 2 passed``; *pattern* captures number and word."""
    made: dict[str, int] = {}
    for amount, word in pattern.findall(text[:LONGEST_LINE]):
        made[word] = made.get(word, 0) + number(amount)
    return made
