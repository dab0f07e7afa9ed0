"""Regular expressions of checks, which are held against what agents write.

Whoever knows an expression can mostly write a text on which a backtracking matcher works for hours.
So they have a limit of work, by an engine that can be stopped (docs/adr/0012).
"""

import re
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from darkfactory.skills.checks.verdict import Undecided

if TYPE_CHECKING:
    import regex

_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")
_FEW = 8
_SECONDS = 1.0


def pattern_problem(text: str) -> str | None:
    """Return why *text* is no pattern, as the rest of a sentence, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "[[a]" is only a warning, and means what nobody meant
            re.compile(text)
            # Not public, but there is no other reading of a pattern that the matcher itself uses.
            tree = import_module("re._parser").parse(text)
            _compiled(text)
    except (_engine().error, re.error, RecursionError, OverflowError, Warning) as error:
        return f"is not a regular expression: {error}"
    if _repeats_repeats(tree, inside=False):
        return "can be made slow by what an agent writes: a group that repeats holds a repeat"
    return None


class TooSlow(Undecided):
    """A pattern that was not decided in its time: an agent can write what makes one slow."""

    def __init__(self, pattern: str) -> None:
        super().__init__(f"{pattern!r} was not decided in {_SECONDS:g} s of work: simplify it")


@dataclass(slots=True)
class Patience:
    """The processor time that all patterns of one judgement have together, in seconds."""

    left: float = _SECONDS

    def search(self, pattern: str, text: str) -> "regex.Match[str] | None":
        """Return where *pattern* is found first in *text*: ``^`` and ``$`` are those of a line.

        Raises:
            TooSlow: If the time is over before it is decided.
        """
        if self.left <= 0:
            raise TooSlow(pattern)
        began = time.process_time()
        try:
            return _compiled(pattern).search(text, timeout=self.left)
        except TimeoutError as error:
            raise TooSlow(pattern) from error
        finally:
            self.left -= time.process_time() - began


_patience: ContextVar[Patience | None] = ContextVar("patience", default=None)


@contextmanager
def patient(patience: Patience) -> Iterator[None]:
    """Let all patterns in the block share *patience*."""
    before = _patience.set(patience)
    try:
        yield
    finally:
        _patience.reset(before)


def finds(pattern: str, text: str) -> bool:
    """Tell whether *pattern* is found in *text*.

    Raises:
        TooSlow: If that is not decided in time.
    """
    return place_of(pattern, text) is not None


def place_of(pattern: str, text: str) -> int | None:
    """Return where *pattern* is found first in *text*, or None.

    Raises:
        TooSlow: If that is not decided in time.
    """
    found = (_patience.get() or Patience()).search(pattern, text)
    return None if found is None else found.start()


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> "regex.Pattern[str]":
    made: regex.Pattern[str] = _engine().compile(pattern, _engine().MULTILINE)
    return made


def _engine() -> Any:
    return import_module("regex")  # takes longer than all else here: only who judges something pays


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
