"""Changes: what a session proposes, and what is known of it."""

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


class HarnessVerdict(StrEnum):
    """What a run of the harness says of one tree. ``error``: it could not be run at all."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    ERROR = "error"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class HarnessResult:
    """One run of the harness on one tree; *failing* are test names where the output tells them."""

    tree: str
    result: HarnessVerdict
    passed: int | None = None
    failed: int | None = None
    failing: tuple[str, ...] = ()
    seconds: float = 0.0
    exit_code: int | None = None
    output: str = ""

    @property
    def green(self) -> bool:
        """Whether the harness exited 0."""
        return self.result is HarnessVerdict.PASS


@dataclass(frozen=True, slots=True)
class Claim:
    """What the agent said of its own work; *holds* None: no fact proves or refutes it."""

    text: str
    fact: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class FileDelta:
    """One path of a diff; *added* and *removed* are lines, None for binary files."""

    path: str
    status: str
    added: int | None
    removed: int | None
    old_path: str | None = None


@dataclass(frozen=True, slots=True)
class Risk:
    """How much attention a change deserves, 0 to 1, and each reason that raised it."""

    score: float
    reasons: tuple[str, ...]
