"""Doubt by repetition: the same calls with the same results on the same files.

Waiting is not looping: calls that wait (``sleep``, CI status, a debugger's step) count only when
the result is equal, too, and then a third as much; waiting alone is never the end of a session.
"""

from collections import deque
from collections.abc import Iterator
from itertools import islice

from darkfactory.waffle.purpose import Purpose
from darkfactory.waffle.recent import Recent
from darkfactory.waffle.signal import Signal, signal
from darkfactory.waffle.step import Call

_OUTCOMES = 96
_EVIDENCE = 6
_NEAR_WINDOW = 10
_WINDOW = 12
_PERIODS = (2, 3, 4)
_SELDOM = 3
# However long: with all that may go with waiting, it stays below the default limit for a nuke.
_PATIENT = 0.85


class Loops:
    """The family ``loop``: exact_loop, cycle and near_loop after the latest call."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything: there was progress."""
        self._seen: Recent[int, tuple[int, tuple[int, ...]]] = Recent(_OUTCOMES)
        self._calls: deque[Call] = deque(maxlen=_WINDOW)

    def take(self, call: Call) -> None:
        """Take the next finished call."""
        times, events = self._seen.get(call.outcome, (0, ()))
        self._seen.put(call.outcome, (times + 1, (*events, call.index)[-_EVIDENCE:]))
        self._calls.append(call)

    def signals(self) -> Iterator[Signal]:
        """Yield the signals as they are now."""
        if self._calls:
            yield from self._exact(self._calls[-1])
            yield from self._cycle()
            yield from self._near(self._calls[-1])

    def _exact(self, last: Call) -> Iterator[Signal]:
        times, events = self._seen[last.outcome]
        strength = (self._counted(times, last) - 2) / 2
        if strength > 0:
            yield signal("exact_loop", _patiently(strength, last), events, _again(last, times))

    def _cycle(self) -> Iterator[Signal]:
        calls = list(self._calls)
        last = calls[-1].key
        if not any(call.key == last for call in calls[:-1]):
            return
        pairs = [(call.key, call.result) for call in calls]
        for period in _PERIODS:
            length = _periodic_length(pairs, period)
            turn = calls[-period:]
            if length < 2 * period or len({call.key for call in turn}) == 1:
                continue
            strength = _cycled(calls[-length:], period)
            if strength > 0:
                shown = ", ".join(f"`{call.shown}`" for call in turn)
                events = [call.index for call in calls[-length:]]
                because = f"{shown} came {length // period} times in a row"
                yield signal("cycle", strength, events, because)

    def _near(self, last: Call) -> Iterator[Signal]:
        last_few = islice(self._calls, max(0, len(self._calls) - _NEAR_WINDOW), None)
        same = [call for call in last_few if _nearly(call, last)]
        strength = self._counted(len(same), last) / 4 - 0.3
        if len(same) > 1 and strength > 0:
            what = f"ended in {last.signature!r}" if last.signature else "gave the same result"
            yield signal(
                "near_loop",
                _patiently(strength, last),
                [call.index for call in same],
                f"`{last.shown}` and near variations of it {what} {len(same)} times",
            )

    def _counted(self, times: int, last: Call) -> float:
        """Return how much *times* count; what waits, or ends now so and now so, counts less."""
        return times / _SELDOM if last.waiting or self._is_fickle(last) else times

    def _is_fickle(self, last: Call) -> bool:
        """Tell whether *last* ended otherwise lately on the same files: to try again is right."""
        return any(
            call.failed != last.failed and call.words == last.words and call.version == last.version
            for call in self._calls
        )


def _cycled(calls: list[Call], period: int) -> float:
    """Return how strongly *calls*, which repeat with *period*, show a cycle.

    On unchanged files half a turn beyond the second is enough.
    """
    unchanged = calls[0].version == calls[-1].version
    turns = len(calls) / period if unchanged else float(len(calls) // period)
    waits = any(call.waiting for call in calls[-period:])
    strength = (turns / _SELDOM if waits else turns) / 2 - (0.35 if unchanged else 0.6)
    return min(strength, _PATIENT) if waits else strength


def _patiently(strength: float, last: Call) -> float:
    return min(strength, _PATIENT) if last.waiting else strength


def _again(last: Call, times: int) -> str:
    if last.waiting:
        return f"`{last.shown}` still said the same when it was looked at {times} times"
    if last.is_edit:
        return (
            f"`{last.shown}` was made {times} times alike: only the first can have changed anything"
        )
    return f"`{last.shown}` gave the same result {times} times on unchanged files"


def _periodic_length(pairs: list[tuple[int, int]], period: int) -> int:
    """Return how many pairs at the end repeat with *period*."""
    matched = 0
    for at in range(len(pairs) - 1, period - 1, -1):
        if pairs[at] != pairs[at - period]:
            break
        matched += 1
    return matched + period if matched else 0


def _nearly(one: Call, last: Call) -> bool:
    if one.stem != last.stem or one.version != last.version:
        return False
    if one.is_edit:
        return False  # edits of different content are work, or refused
    if last.purpose is Purpose.RUN and not last.failed and one.words != last.words:
        return False  # the next number in a row is the next piece of work
    same_error = one.signature is not None and one.signature == last.signature
    return one.result == last.result or (same_error and not last.waiting)
