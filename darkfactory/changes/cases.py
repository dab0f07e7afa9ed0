"""What a test checks, read the same way from every language."""

from dataclasses import dataclass
from enum import IntEnum


class Rank(IntEnum):
    """How much a check pins down."""

    NOTHING = 0
    TRUTH = 1
    PART = 2
    EXACT = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One assertion as it is written at *line*.

    *names* are what it speaks of, *about* the side that is tested and *expected* the value that it
    is held against, as far as both are told. *weight* is how many values it pins. *flaw* says why
    it can never fail, empty where it can. *tolerance* is relative where a value is only approached.
    *narrows*: it may only tell a type checker what is there. *guarded*: only upon a condition.
    """

    line: int
    text: str
    rank: Rank
    names: frozenset[str] = frozenset()
    about: str = ""
    expected: str = ""
    weight: int = 1
    flaw: str = ""
    tolerance: float = 0.0
    narrows: bool = False
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Skip:
    """A mark that keeps a test from running or failing; *conditional* upon its surroundings."""

    line: int
    text: str
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One test, or a function that tests call to check for them (*is_test* false).

    *rows* are its written parameters, one text each; *calls* is everything that it calls.
    """

    path: str
    name: str
    line: int
    checks: tuple[Check, ...] = ()
    skips: tuple[Skip, ...] = ()
    rows: tuple[str, ...] = ()
    calls: frozenset[str] = frozenset()
    is_test: bool = True

    @property
    def weight(self) -> int:
        """How many values it pins, each row of parameters counted."""
        alive = sum(check.weight for check in self.checks if not check.flaw)
        return alive * max(1, len(self.rows))


@dataclass(frozen=True, slots=True)
class Sign:
    """A place where a change may make the tests say less, and *why*.

    *fine* says when it is in order all the same; empty where that is not likely.
    """

    path: str
    line: int
    why: str
    fine: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.why}" + (f" ({self.fine})" if self.fine else "")


_SHOWN = 80


def shown(text: str) -> str:
    """Return *text* on one line, cut where it is long."""
    told = " ".join(text.split())
    return told if len(told) <= _SHOWN else told[: _SHOWN - 1] + "…"
