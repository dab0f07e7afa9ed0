"""Student's t distribution, from its definition: its share below a value, and its quantiles."""

import math
from functools import lru_cache

_HALF = 0.5
_STEPS = 300
_CLOSE = 1e-15
_TINY = 1e-300
_HALVINGS = 200


def t_below(value: float, freedom: int) -> float:
    """Return the share of the t distribution with *freedom* degrees that lies below *value*."""
    outside = _beta_share(freedom / (freedom + value * value), freedom / 2, 0.5)
    return 1 - outside / 2 if value > 0 else outside / 2


@lru_cache(maxsize=1024)
def t_quantile(share: float, freedom: int) -> float:
    """Return the value below which *share* (between 0 and 1) of the t distribution lies."""
    if share < _HALF:
        return -t_quantile(1 - share, freedom)
    low, high = 0.0, 1.0
    while t_below(high, freedom) < share:
        low, high = high, high * 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if t_below(middle, freedom) < share else (low, middle)
    return (low + high) / 2


def _beta_share(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function of *x*."""
    if x in (0, 1):
        return x
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(log + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):  # where the fraction converges fast
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta function, after Lentz."""
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _nonzero(1 + term * d)
            c = _nonzero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return value


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
