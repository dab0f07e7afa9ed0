"""When a session has had enough: pure rules over what it used and how long it was silent."""

from dataclasses import dataclass
from typing import Any, TypeVar

from darkfactory.domain.foreign import number_of
from darkfactory.domain.grace import (
    ASK_BEFORE_SECONDS,
    ASK_BEFORE_SHARE,
    FORCE_AFTER_REQUESTS,
    FORCE_AFTER_SECONDS,
)
from darkfactory.domain.session import Outcome

_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True, slots=True)
class Used:
    """What a session has used since it was first started. *requests* are model requests."""

    tokens: int = 0
    usd: float = 0.0
    requests: int = 0


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Limits of one session; None is no limit."""

    tokens: int | None
    usd: float | None
    requests: int | None
    deadline_seconds: float


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that was reached, in words for the agent and for people."""

    outcome: Outcome
    reason: str


def highest(known: _Number, told: Any) -> _Number:
    """Return the higher of two counts: usage never falls. What is no number counts as not told."""
    number = number_of(told)
    return known if number is None or number <= known else type(known)(number)


def budget_reached(limits: SessionLimits, used: Used) -> Reached | None:
    """Return the first budget that *used* has reached, or None."""
    if limits.tokens is not None and used.tokens >= limits.tokens:
        return Reached(Outcome.BUDGET, f"{used.tokens} of {limits.tokens} tokens used")
    if limits.usd is not None and used.usd >= limits.usd:
        return Reached(Outcome.BUDGET, f"{used.usd:.2f} of {limits.usd:.2f} USD used")
    if limits.requests is not None and used.requests >= limits.requests:
        return Reached(Outcome.BUDGET, f"{used.requests} of {limits.requests} turns used")
    return None


def ask_at(deadline_seconds: float) -> float:
    """Return the age (seconds) at which a session is asked to finish before its deadline."""
    return deadline_seconds - min(ASK_BEFORE_SECONDS, deadline_seconds * ASK_BEFORE_SHARE)


def deadline_reached(limits: SessionLimits, age_seconds: float) -> Reached | None:
    """Return the deadline as reached when *age_seconds* has passed it."""
    if age_seconds < limits.deadline_seconds:
        return None
    return Reached(Outcome.TIMED_OUT, f"the session is {age_seconds / 60:.1f} minutes old")


def must_force(asked_at: float, now: float, requests_since: int) -> bool:
    """Tell whether an agent that was asked to finish has had its grace."""
    return now - asked_at >= FORCE_AFTER_SECONDS or requests_since >= FORCE_AFTER_REQUESTS


def is_silent(last_output_at: float, now: float, limit_seconds: float) -> bool:
    """Tell whether an agent has said nothing for longer than *limit_seconds*."""
    return now - last_output_at > limit_seconds
