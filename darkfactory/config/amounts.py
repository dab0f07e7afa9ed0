"""Durations and amounts as people write them: ``90s``, ``10m``, ``2h``; ``400k``, ``5M``."""

import re
from decimal import Decimal

DURATION = r"^(?=.*[1-9])[0-9]{1,9}(\.[0-9]{1,3})?[smh]$"
AMOUNT = r"^[0-9]{1,9}(\.[0-9]{1,3})?[kM]$"
SOME_AMOUNT = r"^(?=.*[1-9])[0-9]{1,9}(\.[0-9]{1,3})?[kM]$"
LONGEST_HOURS = 168

_SECONDS = {"s": 1, "m": 60, "h": 3600}
_TIMES = {"k": 1_000, "M": 1_000_000}


def duration_seconds(text: str) -> float:
    """Return the seconds of *text* (``90s``, ``1.5m``, ``2h``).

    Raises:
        ValueError: If it is no such duration, is zero, or is longer than a week.
    """
    if not re.fullmatch(DURATION, text):
        raise ValueError("must be a duration with its unit, such as 90s, 10m or 2h")
    seconds = float(Decimal(text[:-1]) * _SECONDS[text[-1]])
    if seconds > LONGEST_HOURS * 3600:
        raise ValueError(f"must be at most {LONGEST_HOURS}h")
    return seconds


def amount(text: str) -> float:
    """Return the number that *text* stands for (``400k`` is 400 000, ``1.5M`` is 1 500 000).

    Raises:
        ValueError: If it is no number with k or M.
    """
    if not re.fullmatch(AMOUNT, text):
        raise ValueError("must be a number, with k or M if you like, such as 400k or 5M")
    return float(Decimal(text[:-1]) * _TIMES[text[-1]])
