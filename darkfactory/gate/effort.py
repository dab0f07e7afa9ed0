"""How long people will read what waits for them: pure, from how long they read so far."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FEWEST = 10
"""How many measured verdicts an estimate of one's own needs; before that the usual pace counts."""

_CHANGE_SECONDS = 30.0
_LINE_SECONDS = 7.2  # 500 lines an hour, the upper end of what reviews are advised
_SLOWEST, _FASTEST = 20.0, 0.05


@dataclass(frozen=True, slots=True)
class Look:
    """One verdict of a person on a change of *lines* changed lines, which took *seconds*."""

    lane: str
    lines: int
    seconds: float


def usual_seconds(lines: int) -> float:
    """Return how long a change of that many lines usually takes to review; never 0."""
    return _CHANGE_SECONDS + _LINE_SECONDS * max(0, lines)


def predicted_seconds(looks: Sequence[Look], waiting: Iterable[tuple[str, int]]) -> float:
    """Return how long the review of all *waiting* changes, as (lane, lines), will take.

    The usual pace is scaled by how the reviewer's own compares with it: in the same lane, else
    anywhere, as soon as there are enough verdicts to tell.
    """
    return sum(usual_seconds(lines) * _pace(looks, lane) for lane, lines in waiting)


def _pace(looks: Sequence[Look], lane: str) -> float:
    own = [look for look in looks if look.lane == lane]
    known = own if len(own) >= FEWEST else looks
    if len(known) < FEWEST:
        return 1.0
    pace = sum(look.seconds for look in known) / sum(usual_seconds(look.lines) for look in known)
    return min(_SLOWEST, max(_FASTEST, pace))
