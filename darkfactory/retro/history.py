"""What happened in a factory, as plain values that metrics are reckoned from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fate(StrEnum):
    """What became of a session's work, by all that is known now."""

    LANDED = "landed"
    REPORTED = "reported"
    OPEN = "open"
    """Its change is still at the gate, or on its way there."""
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Sitting:
    """One session that has ended, *at* seconds since the epoch.

    *tokens* is None where nobody told. *steers* are those by the score that reached its agent: each
    is whether it rescued the session, None where that cannot be told.
    """

    session: str
    item: str
    lane: str
    at: float
    outcome: str
    fate: Fate
    tokens: int | None = None
    steers: tuple[bool | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Landing:
    """One change that landed. *regressed*: it was reverted, or its base was red afterwards.

    *batch*: it was one of several that a person said one yes to.
    """

    change: str
    at: float
    regressed: bool = False
    batch: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """One verdict of a person, and how long it took to reach; None where nobody measured.

    *caught* tells whether it caught a drill, None of a real change. *batch*: it was a part of
    one yes to several.
    """

    at: float
    seconds: float | None = None
    caught: bool | None = None
    batch: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a person sent a change back or closed it; *day* is that of the verdict."""

    by: str
    day: str
    text: str


@dataclass(frozen=True, slots=True)
class History:
    """Everything that metrics are reckoned from, oldest first."""

    sittings: tuple[Sitting, ...] = ()
    landings: tuple[Landing, ...] = ()
    looks: tuple[Look, ...] = ()
    verdicts: Mapping[str, tuple[Verdict, ...]] = field(default_factory=dict)
    """By session: why people sent back or closed what it proposed."""


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, in seconds since the epoch: from *start* up to and with *end*."""

    start: float
    end: float

    def holds(self, at: float) -> bool:
        """Tell whether *at* lies in it."""
        return self.start < at <= self.end

    @property
    def before(self) -> "Window":
        """The window of the same length that ends where this one starts."""
        return Window(2 * self.start - self.end, self.start)
