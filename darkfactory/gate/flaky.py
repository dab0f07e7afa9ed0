"""Checks that failed and then passed on the very same tree: how often, when, with which change."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

WHOLE = "the harness"
"""What is called flaky where the output names no check."""


@dataclass(frozen=True, slots=True)
class Flake:
    """A check was red and then green, *at* a time, on the merged *tree* of *change*."""

    change: str
    tree: str
    at: float


@dataclass(slots=True)
class Flaky:
    """What second runs of red changes have told, oldest first, by the name of the check.

    *retests* is how many there were, *green* how many of them said that the first was wrong.
    """

    retests: int = 0
    green: int = 0
    checks: dict[str, list[Flake]] = field(default_factory=dict)

    def tell(self, data: Mapping[str, Any], at: float) -> None:
        """Take the data of a ``change.retested``."""
        self.retests += 1
        if data.get("result") != "pass":
            return
        self.green += 1
        flake = Flake(str(data.get("change")), str(data.get("tree") or ""), at)
        for name in data.get("failing") or (WHOLE,):
            self.checks.setdefault(str(name), []).append(flake)

    def knows(self, failing: Sequence[str] | frozenset[str]) -> bool:
        """Tell whether all of these checks are known to be flaky; not so of none."""
        return bool(failing) and self.checks.keys() >= set(failing)

    def bearing_on(
        self, change: str, failing: Sequence[str], paths: Sequence[str]
    ) -> Iterator[tuple[str, str]]:
        """Yield each flaky check that a reader of *change* should know of, with why.

        Args:
            failing: What fails with the change.
            paths: What it touches.
        """
        touched = set(paths)
        for name, flakes in self.checks.items():
            if name in failing:
                yield name, "it fails here, and has passed on the same tree before"
            elif any(one.change == change for one in flakes):
                yield name, "it failed here, then passed on the same tree"
            elif file_of(name) in touched:
                yield name, "its file is changed here"


def file_of(check: str) -> str:
    """Return the file that the name of a check begins with, or the name itself."""
    return check.partition("::")[0]
