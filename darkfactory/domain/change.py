"""Changes: what a session proposes, and what is known of it."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum


class ChangeState(StrEnum):
    """Where a change stands on its way to the base branch."""

    CHECKING = "checking"
    WAITING_TASTE = "waiting_taste"
    APPROVED = "approved"
    QUEUED = "queued"
    TESTING = "testing"
    LANDING = "landing"
    LANDED = "landed"
    BOUNCED = "bounced"
    REWORK = "rework"
    CLOSED = "closed"
    DEFERRED = "deferred"
    SUPERSEDED = "superseded"
    ABANDONED = "abandoned"


class CloseAs(StrEnum):
    """Why a change is closed."""

    DUPLICATE = "duplicate"
    NOT_PLANNED = "not-planned"
    REIMPLEMENT = "reimplement"


class HarnessVerdict(StrEnum):
    """What a run of the harness says of one tree. ``error``: it could not be run at all."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    ERROR = "error"
    TIMEOUT = "timeout"


PLACE_TITLES = {
    "bypasses": "BYPASSES CHECKS?",
    "invisible": "HIDDEN?",
    "tampered": "WEAKENS TESTS?",
    "unread": "NOT READ",
    "altered": "ALTERS TESTS?",
}
"""What the facts of a change call places that a reviewer must not miss, by their key."""


@dataclass(frozen=True, slots=True)
class HarnessResult:
    """One run of the harness on one tree; *failing* are test names where the output tells them.

    A name may be there twice (the test and its teardown). *complete* is False when more may fail
    than *failing* names: the run stopped early, or the output does not tell. *note* is for people.
    """

    tree: str
    result: HarnessVerdict
    passed: int | None = None
    failed: int | None = None
    failing: tuple[str, ...] = ()
    seconds: float = 0.0
    exit_code: int | None = None
    output: str = ""
    complete: bool = True
    note: str = ""

    @property
    def green(self) -> bool:
        """Whether the harness exited 0."""
        return self.result is HarnessVerdict.PASS

    def new_failures(self, base: "HarnessResult") -> tuple[str, ...] | None:
        """Return what fails here and not on *base*, or None where the names do not tell.

        A *base* that names only a part still proves that nothing new fails, never that
        something does.
        """
        if self.green:
            return ()
        if not (self.names_failures and self.complete):
            return None
        if not (base.green or base.names_failures):
            return None
        known = Counter(base.failing)
        fresh = []
        for name in self.failing:
            known[name] -= 1
            if known[name] < 0:
                fresh.append(name)
        return tuple(fresh) if not fresh or base.green or base.complete else None

    @property
    def names_failures(self) -> bool:
        """Whether the checks failed and the output told which."""
        return self.result is HarnessVerdict.FAIL and bool(self.failing)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the agent said of its own work; *holds* None: no fact proves or refutes it."""

    text: str
    fact: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class FileDelta:
    """One path of a diff; *added* and *removed* are lines, None for binary files.

    *status* is git's letter (A, M, D, R, C, T). *mode* and *old_mode* are git's octal modes,
    empty where the path does not exist on that side.
    """

    path: str
    status: str
    added: int | None
    removed: int | None
    old_path: str | None = None
    mode: str = "100644"
    old_mode: str = "100644"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path and, after a rename, the one it had."""
        return (self.path,) if self.old_path is None else (self.path, self.old_path)

    @property
    def is_symlink(self) -> bool:
        """Whether the path is a symbolic link."""
        return self.mode == "120000"

    @property
    def is_submodule(self) -> bool:
        """Whether the path is, or was, a commit of another repository."""
        return "160000" in (self.mode, self.old_mode)

    @property
    def changes_mode(self) -> bool:
        """Whether the path exists on both sides with different modes."""
        return bool(self.mode and self.old_mode) and self.mode != self.old_mode

    @property
    def makes_executable(self) -> bool:
        """Whether the path becomes a program that can be run."""
        return self.mode == "100755" != self.old_mode


@dataclass(frozen=True, slots=True)
class Risk:
    """How much attention a change deserves, 0 to 1, and each reason that raised it."""

    score: float
    reasons: tuple[str, ...]

    def raised(self, weight: float, reason: str) -> "Risk":
        """Return the risk with one reason more, the heaviest still first."""
        weighed = (*self.reasons, f"+{weight:.2f} {reason}")
        reasons = sorted(weighed, key=lambda one: one.partition(" ")[0], reverse=True)
        return Risk(round(min(1.0, self.score + weight), 3), tuple(reasons))
