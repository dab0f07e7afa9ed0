"""How much of the run's budget a new session may take: pure, counted before it starts.

What running sessions may still use is reserved, so that sessions launched side by side cannot
overshoot together.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from darkfactory.domain.lane import Budget
from darkfactory.domain.settings import Limits

_N = TypeVar("_N", int, float)


@dataclass(frozen=True, slots=True)
class Spending:
    """One session of the run: what it has used and what it may use in all (None: no limit)."""

    tokens: int
    usd: float
    token_limit: int | None
    usd_limit: float | None
    ended: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """The budget of a new session, or why there is none."""

    budget: Budget | None
    refusal: str = ""


def grant(wanted: Budget, limits: Limits, spent: Iterable[Spending]) -> Grant:
    """Return the budget for one more session under the *limits* of the whole run.

    A lane that names no budget of its own gets an even share of what is left for the free slots.
    """
    sessions = tuple(spent)
    slots = max(1, limits.lanes - sum(not session.ended for session in sessions))
    tokens = _left(limits.tokens, [(s.tokens, s.token_limit, s.ended) for s in sessions])
    usd = _left(limits.usd, [(s.usd, s.usd_limit, s.ended) for s in sessions])
    if tokens is not None and tokens <= 0:
        return Grant(None, _used(f"{limits.tokens} tokens"))
    if usd is not None and usd <= 0:
        return Grant(None, _used(f"{limits.usd:.2f} USD"))
    budget = replace(
        wanted,
        tokens=_part(wanted.tokens, None if tokens is None else int(tokens), slots),
        usd=_part(wanted.usd, usd, slots),
    )
    return Grant(budget)


def _used(what: str) -> str:
    return f"the run's {what} are used or reserved; the next `df run` has as many again"


def _left(limit: float | None, sessions: list[tuple[float, float | None, bool]]) -> float | None:
    """Return what is neither used nor reserved; a running session without limit reserves all."""
    if not limit:
        return None
    taken = 0.0
    for used, most, ended in sessions:
        if ended:
            taken += used
        elif most is None:
            return 0.0
        else:
            taken += max(used, most)
    return limit - taken


def _part(wanted: _N | None, left: _N | None, slots: int) -> _N | None:
    if left is None:
        return wanted
    if wanted is None:
        return type(left)(left / slots) or left
    return min(wanted, left)
