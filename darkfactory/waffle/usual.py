"""What is usual in a lane: how long its sessions go without progress, and how much they change."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from darkfactory.domain.foreign import mapping_of, number_of

FEWEST_SESSIONS = 20
_MEDIAN = 0.5
_MOST = 0.95


@dataclass(frozen=True, slots=True)
class Pace:
    """One session: its longest ways from one progress to the next, and the *files* it edited.

    None where it never got on: a way without an end says nothing of how long one takes.
    """

    calls: float | None
    tokens: float | None
    files: float


@dataclass(frozen=True, slots=True)
class Spread:
    """What half of the sessions of a lane stay within, and what 95 of 100 do."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in one lane; None where too few of its sessions tell."""

    calls: Spread | None = None
    tokens: Spread | None = None
    files: Spread | None = None


def usual_of(paces: Sequence[Pace]) -> Usual | None:
    """Return what is usual in a lane with sessions of *paces*, None while they are too few."""
    found = Usual(
        _spread([one.calls for one in paces]),
        _spread([one.tokens for one in paces]),
        _spread([one.files for one in paces]),
    )
    return None if found == Usual() else found


def usual_json(usual: Usual | None) -> dict[str, Any] | None:
    """Return *usual* as plain values."""
    return None if usual is None else asdict(usual)


def usual_from(told: Any) -> Usual | None:
    """Return what :func:`usual_json` made.

    Raises:
        ValueError: If it is nothing of the kind.
    """
    if told is None:
        return None
    if not isinstance(told, Mapping):
        raise ValueError(told)  # noqa: TRY004 - a wrong file, not a wrong call
    return Usual(*(_spread_from(told.get(name)) for name in ("calls", "tokens", "files")))


def _spread(values: Sequence[float | None]) -> Spread | None:
    known = sorted(value for value in values if value is not None)
    if len(known) < FEWEST_SESSIONS:
        return None
    return Spread(_quantile(known, _MEDIAN), _quantile(known, _MOST))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Return the least of *ordered* that at least *share* of them do not exceed."""
    return round(ordered[math.ceil(share * len(ordered)) - 1], 2)


def _spread_from(told: Any) -> Spread | None:
    if told is None:
        return None
    names = mapping_of(told)
    half, most = number_of(names.get("p50")), number_of(names.get("p95"))
    if half is None or most is None or min(half, most) < 0:
        raise ValueError(told)
    return Spread(half, most)
