"""The only source of time below the command line, so that tests own it."""

import time
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    """Tells the time; never sleeps less than asked."""

    def now(self) -> float:
        """Return seconds since the epoch (wall clock)."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Block for *seconds*."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def timestamp(seconds: float) -> str:
    """Return *seconds* since the epoch as ISO 8601 in UTC with milliseconds."""
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1000):03d}Z"


@lru_cache(8)
def _second(whole: int) -> str:
    """Return a whole second; many events fall into one."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))


def seconds_of(stamp: str) -> float:
    """Return the seconds since the epoch of *stamp* (``2026-11-20T16:20:00.123Z``).

    Raises:
        ValueError: If *stamp* is not such a time.
    """
    import calendar

    head, _, fraction = stamp.removesuffix("Z").partition(".")
    return calendar.timegm(time.strptime(head, "%Y-%m-%dT%H:%M:%S")) + float(f"0.{fraction or 0}")
