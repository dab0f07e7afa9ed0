"""What differs inside of changed lines, word by word."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from darkfactory.changes.hunks import Row

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_LONGEST = 400
_LEAST_ALIKE = 0.4
_MOST_ALIKE = 2_000
"""Pairs of equal words in two lines: comparing grows with their cube, so `a b a b a b` is left."""

Span = tuple[int, int]
"""From where to where in a line, in characters."""


@dataclass(slots=True)
class Effort:
    """How much comparing is still worth it, in pairs of equal words; the rest is unmarked."""

    left: int = 100_000


def word_marks(rows: Sequence[Row], effort: Effort | None = None) -> dict[int, tuple[Span, ...]]:
    """Return by the index of a row which parts of it differ from the row that it stands for.

    Of a run of removed rows and the added ones behind it the first belongs to the first, and so on.
    A row that has little in common with its like, is very long or repeats itself is marked nowhere.

    Args:
        effort: What is left of it for this and all that is compared besides; some, if not said.
    """
    effort = effort or Effort()
    found: dict[int, tuple[Span, ...]] = {}
    for removed, added in _runs(rows):
        for old, new in zip(removed, added, strict=False):
            before, after = _differing(rows[old].text, rows[new].text, effort)
            found |= {at: spans for at, spans in ((old, before), (new, after)) if spans}
    return found


def _runs(rows: Sequence[Row]) -> Iterator[tuple[range, range]]:
    """Yield the places of removed rows with those of the added rows that follow them at once."""
    at = 0
    while at < len(rows):
        middle = _end(rows, at, "-")
        end = _end(rows, middle, "+")
        if at < middle < end:
            yield range(at, middle), range(middle, end)
        at = max(end, at + 1)


def _end(rows: Sequence[Row], at: int, mark: str) -> int:
    while at < len(rows) and rows[at].mark == mark:
        at += 1
    return at


def _differing(
    before: str, after: str, effort: Effort
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    if max(len(before), len(after)) > _LONGEST:
        return (), ()
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    counts, others = Counter(old), Counter(new)
    alike = sum(number * others[word] for word, number in counts.items())
    if alike > min(_MOST_ALIKE, effort.left):
        return (), ()
    effort.left -= alike
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _LEAST_ALIKE:
        return (), ()
    steps = [step for step in matcher.get_opcodes() if step[0] != "equal"]
    return (
        _spans(old, [(start, end) for _, start, end, _, _ in steps]),
        _spans(new, [(start, end) for _, _, _, start, end in steps]),
    )


def _spans(words: Sequence[str], parts: Sequence[Span]) -> tuple[Span, ...]:
    """Return the *parts* of *words* as spans of characters; empty parts are nowhere."""
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    return tuple((starts[start], starts[end]) for start, end in parts if start < end)
