"""Regular expressions of checks, which are held against what agents write."""

import re
import warnings
from functools import lru_cache
from importlib import import_module
from typing import Any

LONGEST = 256 * 1024
"""How much of a text is looked at."""

_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")
_FEW = 8


def pattern_problem(text: str) -> str | None:
    """Return why *text* is no pattern, as the rest of a sentence, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "[[a]" is only a warning, and means what nobody meant
            re.compile(text)
            # Not public, but there is no other reading of a pattern that the matcher itself uses.
            tree = import_module("re._parser").parse(text)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        return f"is not a regular expression: {error}"
    if _repeats_repeats(tree, inside=False):
        return "can be made slow by what an agent writes: a group that repeats holds a repeat"
    return None


def finds(pattern: str, text: str) -> bool:
    """Tell whether *pattern* is found in *text*: ``^`` and ``$`` are those of a line."""
    return _compiled(pattern).search(text[:LONGEST]) is not None


def place_of(pattern: str, text: str) -> int | None:
    """Return where *pattern* is found first in *text*, or None."""
    found = _compiled(pattern).search(text[:LONGEST])
    return None if found is None else found.start()


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)


def _repeats_repeats(tree: Any, *, inside: bool) -> bool:
    """Tell whether something without end repeats inside of something without end."""
    return any(_is_slow(str(kind), value, inside=inside) for kind, value in tree)


def _is_slow(kind: str, value: Any, *, inside: bool) -> bool:
    if kind in _REPEATS:
        endless = value[1] > _FEW
        return (inside and endless) or _repeats_repeats(value[2], inside=inside or endless)
    if kind == "BRANCH":
        return any(_repeats_repeats(part, inside=inside) for part in value[1])
    if kind == "SUBPATTERN":
        return _repeats_repeats(value[3], inside=inside)
    if kind in ("ASSERT", "ASSERT_NOT"):
        return _repeats_repeats(value[1], inside=inside)
    return False
