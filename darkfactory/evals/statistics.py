"""What paired differences between scenarios prove: intervals, an exact test, what could be seen.

The unit is the scenario. Repeats of one scenario are no evidence of their own: they make its mean
more exact, and that is all they do here.
"""

import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from statistics import fmean, stdev

from darkfactory.evals.student import t_quantile

CONFIDENCE = 0.95
POWER = 0.8
BOOTSTRAP_FROM = 30
"""How many scenarios a bootstrap needs: with 6 it covers 72 to 86 % instead of 95 %."""

_FEWEST = 2
_RESAMPLES = 10_000
_EXACT_UP_TO = 32
_DRAWS = 200_000
_SEED = 20_260_822
_TIE = 1e-9
_BYTE = 8


def t_interval(deltas: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % t interval of the mean of *deltas*, None for fewer than two."""
    if len(deltas) < _FEWEST:
        return None
    mean = fmean(deltas)
    reach = t_quantile((1 + CONFIDENCE) / 2, len(deltas) - 1) * _error(deltas)
    return mean - reach, mean + reach


def bootstrap_interval(deltas: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of the mean; the same for the same *deltas*."""
    return _bootstrapped(tuple(deltas))


@lru_cache(maxsize=256)  # one agent by itself and all agents together are often the same
def _bootstrapped(deltas: tuple[float, ...]) -> tuple[float, float]:
    draw = random.Random(_SEED)  # noqa: S311 - chance for a statistic, not for a secret
    size = len(deltas)
    means = sorted(fmean(draw.choices(deltas, k=size)) for _ in range(_RESAMPLES))
    tail = round(_RESAMPLES * (1 - CONFIDENCE) / 2)
    return means[tail], means[-tail - 1]


def sign_flip_p(deltas: Sequence[float]) -> float:
    """Return the two-sided p of the sign-flip permutation test of *deltas*.

    It is exact up to 32 scenarios that differ at all, by two tables of half the flips each; beyond
    that it is the share of 200,000 seeded draws.
    """
    differing = [abs(each) for each in deltas if abs(each) > _TIE]
    seen = abs(sum(deltas)) - _TIE
    if seen <= 0:  # every flip comes to as much
        return 1.0
    if len(differing) > _EXACT_UP_TO:
        return _drawn_p(tuple(differing), seen)
    half = len(differing) // 2
    left, right = _flips(differing[:half]), sorted(_flips(differing[half:]))
    hits = sum(
        bisect_right(right, -seen - each) + len(right) - bisect_left(right, seen - each)
        for each in left
    )
    return hits / (1 << len(differing))


def smallest_p(scenarios: int) -> float:
    """Return the smallest p that :func:`sign_flip_p` can give: all scenarios on one side."""
    return min(1.0, 2.0 ** (1 - scenarios))


def detectable(deltas: Sequence[float]) -> float | None:
    """Return the smallest true difference that a study like this one finds in 8 of 10 cases.

    It follows from how much the scenarios differ; None for fewer than two of them.
    """
    if len(deltas) < _FEWEST:
        return None
    freedom = len(deltas) - 1
    reach = t_quantile((1 + CONFIDENCE) / 2, freedom) + t_quantile(POWER, freedom)
    return reach * _error(deltas)


def _error(deltas: Sequence[float]) -> float:
    return stdev(deltas) / math.sqrt(len(deltas))


def _flips(values: Sequence[float]) -> list[float]:
    """Return the sum of *values* under every choice of their signs."""
    sums = [0.0]
    for value in values:
        sums = [each + signed for each in sums for signed in (value, -value)]
    return sums


@lru_cache(maxsize=256)
def _drawn_p(values: tuple[float, ...], seen: float) -> float:
    draw = random.Random(_SEED)  # noqa: S311 - chance for a statistic, not for a secret
    # The flips of eight values are looked up by one byte of chance.
    tables = [_flips(values[at : at + _BYTE]) for at in range(0, len(values), _BYTE)]
    hits = 0
    for _ in range(_DRAWS):
        signs = draw.randbytes(len(tables))
        total = sum(table[byte % len(table)] for table, byte in zip(tables, signs, strict=True))
        hits += abs(total) >= seen
    return (hits + 1) / (_DRAWS + 1)
