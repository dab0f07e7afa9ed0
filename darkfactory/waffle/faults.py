"""Doubt by failing: one error again and again, or failures in a row."""

from collections import Counter, deque
from collections.abc import Iterator

from darkfactory.waffle.purpose import Purpose
from darkfactory.waffle.signal import MOST_EVENTS, Signal, signal
from darkfactory.waffle.step import Call, shown

_ERRORS = 10
_SHOWN_ERROR = 60
_STREAK = 5
_UNMOVED = 5


class Errors:
    """The family ``error``: one error on the same files, or nothing but failures."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything: there was progress."""
        self._last: deque[tuple[tuple[str, int] | None, int]] = deque(maxlen=_ERRORS)
        self._streak: deque[int] = deque(maxlen=MOST_EVENTS)
        self._length = 0
        self._version = 0
        self._ends: deque[tuple[int, int, int]] = deque(maxlen=_ERRORS)

    def take(self, call: Call) -> None:
        """Take the next finished call; refused edits are the family ``edit``'s."""
        if call.is_edit and call.changed is False:
            return
        if call.changed is not False or call.version != self._version:
            self._streak.clear()
            self._length = 0
        self._version = call.version
        named = call.signature and not call.waiting
        error = (call.signature or "", call.version) if named else None
        self._last.append((error, call.index))
        if call.purpose is Purpose.RUN and call.failed:
            self._streak.append(call.index)
            self._length += 1
            self._ends.append((call.result, call.version, call.index))
        elif call.purpose is Purpose.RUN:
            self._streak.clear()
            self._length = 0

    def signals(self) -> Iterator[Signal]:
        """Yield the signals as they are now."""
        yield from self._repeated()
        yield from self._unmoved()
        if self._length > _STREAK:
            yield signal(
                "err_streak",
                (self._length - _STREAK) / 4,
                tuple(self._streak),
                f"{self._length} commands failed in a row, with no edit in between",
            )

    def _unmoved(self) -> Iterator[Signal]:
        if not self._ends:
            return
        last = self._ends[-1][0]
        same = [(version, index) for result, version, index in self._ends if result == last]
        versions = len({version for version, _ in same})
        if versions > _UNMOVED:
            yield signal(
                "err_unmoved",
                (versions - _UNMOVED) / 4,
                [index for _, index in same],
                f"the files changed {versions - 1} times, and the failure is exactly the same",
            )

    def _repeated(self) -> Iterator[Signal]:
        errors = [error for error, _ in self._last if error is not None]
        if len(errors) <= 2:  # noqa: PLR2004 - twice may be a second look
            return
        counts = Counter(errors)
        error, times = max(counts.items(), key=lambda pair: pair[1])
        if times > 2:  # noqa: PLR2004 - the same
            events = [index for one, index in self._last if one == error]
            said = shown(error[0], _SHOWN_ERROR)
            yield signal(
                "err_repeat",
                (times - 2) / 3,
                events,
                f"the same error {times} times on unchanged files: {said}",
            )
