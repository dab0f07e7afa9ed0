"""Figures and times as people say them."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from darkfactory.clock import seconds_of
from darkfactory.domain.change import ChangeState
from darkfactory.domain.counting import counted
from darkfactory.domain.session import Outcome, State


def age(seconds: float | None) -> str:
    """Return a span of time as people say it: 42s, 7m, 3h, 2d."""
    if seconds is None:
        return "?"
    for limit, unit, name in ((90, 1, "s"), (5400, 60, "m"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / unit:.0f}{name}"
    return f"{seconds / 86400:.0f}d"


def count(number: float) -> str:
    """Return a number of tokens as people say it: 950, 12k, 3.4M."""
    if number < 1000:  # noqa: PLR2004 - a thousand is a thousand
        return f"{number:.0f}"
    if number < 1_000_000:  # noqa: PLR2004 - likewise
        return f"{number / 1000:.0f}k"
    return f"{number / 1_000_000:.1f}M"


def state_word(state: str) -> str:
    """Return the one word that every screen has for a *state*: of a session, an end, a change.

    Upper case is what somebody should look at, so that the meaning never rests on colour.
    """
    word = _SHORT.get(state, state.replace("_", " "))
    return word if state in _CALM else word.upper()


_MOST = 300
_SHORT = {ChangeState.WAITING_TASTE.value: "waiting"}
_CALM = frozenset(
    {
        *(Outcome.PROPOSED, Outcome.REPORTED, Outcome.CANCELLED),
        *(State.WORKING, State.IDLE, State.ENDED),
        *(set(ChangeState) - {ChangeState.BOUNCED, ChangeState.REWORK, ChangeState.ABANDONED}),
    }
)


def without(word: str, reason: str) -> str:
    """Return *reason* without *word* at its start, where the word stands before it anyway.

    Its middle is left out where it is long: agents name files, and names of files have no end.
    """
    return shortened(reason.removeprefix(f"{word} ").removeprefix(f"{word}: "))


def shortened(text: str) -> str:
    """Return *text*, its middle left out where it is too long for anybody to read."""
    if len(text) <= _MOST:
        return text
    half = _MOST // 2
    return f"{text[:half]} … {len(text) - 2 * half} characters … {text[-half:]}"


def clock_time(stamp: str | float | None) -> str:
    """Return when something was as the clock on the wall says it, ``?`` if nobody knows."""
    return _local(stamp, "%H:%M:%S")


def day_and_time(stamp: str | float | None) -> str:
    """Return when something was by the local calendar and clock, ``?`` if nobody knows."""
    return _local(stamp, "%Y-%m-%d %H:%M:%S")


def _local(stamp: str | float | None, form: str) -> str:
    try:
        seconds = seconds_of(stamp) if isinstance(stamp, str) else stamp
        return "?" if seconds is None else time.strftime(form, time.localtime(seconds))
    except (ValueError, OverflowError, OSError):  # others write logs too
        return "?"


def loop_words(checkpoints: Sequence[Mapping[str, Any]]) -> str:
    """Return what the checkpoints of a loop came to, in few words."""
    last = checkpoints[-1]
    base, best, now = (_value(last[name]) for name in ("base", "best", "value"))
    why = f" ({last['problem']})" if last["problem"] else ""
    number = counted(len(checkpoints), "checkpoint")
    return f"{base} at first, {best} at best, {now} at the last of {number}{why}"


def _value(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"
