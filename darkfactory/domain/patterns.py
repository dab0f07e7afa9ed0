"""Title patterns of lanes.yaml: regular expressions that no title can make slow.

Titles are written by strangers, and a backtracking matcher tries every way in which a pattern can
fit: ``(a+)+$`` has as many as two to the power of the title's length. So the ways are counted
before a pattern is used, from above, and one with too many is refused.
"""

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from math import prod
from typing import Any

LONGEST_TITLE = 200
"""How much of a title is looked at."""

_SPANS = LONGEST_TITLE + 1
_MOST_WAYS = 2 * _SPANS**3  # less than half a second for the worst title
_ASCII = 128


class BadPattern(ValueError):
    """A text that is no pattern, or one that a title could make slow; *fix* is the next step."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix


@dataclass(frozen=True, slots=True)
class TitlePattern:
    """A pattern that is found in titles whatever their capitals."""

    _found: Callable[[str], re.Match[str] | None]

    def part_of(self, title: str) -> str | None:
        """Return what of *title* the pattern fits first, as far as the title counts, or None."""
        found = self._found(title[:LONGEST_TITLE])
        return None if found is None else found[0]


def title_pattern(text: str) -> TitlePattern:
    """Return the pattern that *text* writes.

    Raises:
        BadPattern: If it is no regular expression, or a title could make it slow.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "[[a]" is only a warning, and means what nobody meant
            found = re.compile(text, re.IGNORECASE).search
            # Not public, but there is no other reading of a pattern that the matcher itself uses.
            tree = import_module("re._parser").parse(text, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        raise BadPattern(
            f"is not a regular expression: {error}",
            "escape what is meant literally, for example `\\[` or `\\+`",
        ) from error
    if _ways(tree) * (1 if _is_anchored(tree) else _SPANS) > _MOST_WAYS:
        raise BadPattern(
            "can be made slow by a title: it fits in too many ways",
            "repeat no group that repeats something itself, and use at most two `.*` or the like "
            "(three behind a leading `^`)",
        )
    return TitlePattern(found)


def _ways(nodes: Any) -> int:
    """Return in how many ways *nodes*, one after the other, fit at one place: at most that many."""
    return min(prod(_ways_of(str(kind), value) for kind, value in nodes), _MOST_WAYS + 1)


def _ways_of(kind: str, value: Any) -> int:
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return _repeated(*value)
    if kind == "BRANCH":
        return _branched(value[1])
    if kind in _INSIDE:
        return _ways(value[_INSIDE[kind]])
    if kind == "ATOMIC_GROUP":
        return _ways(value)
    if kind == "GROUPREF_EXISTS":
        return sum(_ways(part) for part in value[1:] if part is not None)
    return 1  # one character, or a look at the place


_INSIDE = {"SUBPATTERN": 3, "ASSERT": 1, "ASSERT_NOT": 1}


def _repeated(least: int, most: int, body: Any) -> int:
    """Return the ways of *body*, from *least* to *most* times; each time eats its least width."""
    room = LONGEST_TITLE // max(1, body.getwidth()[0])
    once, most = _ways(body), min(most, max(room, least))
    if once == 1:
        return most - least + 1
    total = 0
    for times in range(least, most + 1):
        total += once ** min(times, _MOST_WAYS.bit_length())
        if total > _MOST_WAYS:
            break
    return total


def _branched(parts: Sequence[Any]) -> int:
    """Return the ways of all *parts*; of those that begin differently only one can fit."""
    ways = [_ways(part) for part in parts]
    starts = [_first_letter(part) for part in parts]
    if None not in starts and len(set(starts)) == len(starts):
        return max(ways)
    return sum(ways)


def _first_letter(part: Any) -> str | None:
    """Return the letter that *part* begins with; None where others are as good."""
    if not len(part) or str(part[0][0]) != "LITERAL" or part[0][1] >= _ASCII:
        return None
    return chr(part[0][1]).lower()


def _is_anchored(tree: Any) -> bool:
    return (
        bool(len(tree)) and str(tree[0][0]) == "AT" and str(tree[0][1]).startswith("AT_BEGINNING")
    )
