"""Doubt by failing: one error again and again, refused edits, no new content in the files."""

from collections import Counter, deque
from collections.abc import Iterator

from darkfactory.waffle.signal import Signal, signal
from darkfactory.waffle.step import Call, shown

_ERRORS = 10
_EDITS = 8
_PATIENCE = 14
_SHOWN_ERROR = 60


class Errors:
    """The family ``error``: one error signature on the same files among the last calls."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything: there was progress."""
        self._last: deque[tuple[tuple[str, int] | None, int]] = deque(maxlen=_ERRORS)

    def take(self, call: Call) -> None:
        """Take the next finished call."""
        named = call.signature and not call.waiting
        error = (call.signature or "", call.version) if named else None
        self._last.append((error, call.index))

    def signals(self) -> Iterator[Signal]:
        """Yield the signal as it is now."""
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


class Edits:
    """The family ``edit``: edits that did not apply."""

    def __init__(self) -> None:
        self._last: deque[tuple[bool, int]] = deque(maxlen=_EDITS)

    def take(self, call: Call) -> None:
        """Take the next finished call."""
        if call.is_edit:
            self._last.append((call.failed, call.index))

    def signals(self) -> Iterator[Signal]:
        """Yield the signal as it is now."""
        events = [index for rejected, index in self._last if rejected]
        if len(events) > 2:  # noqa: PLR2004 - a slip or two is no pattern
            yield signal(
                "edit_reject",
                (len(events) - 2) / 3,
                events,
                f"{len(events)} of the last {len(self._last)} edits were rejected",
            )


class Burn:
    """The family ``burn``: calls without any new content in the files."""

    def __init__(self) -> None:
        self.expected = True
        self._calls = 0.0
        self._since = 0
        self._latest = 0

    def reset(self) -> None:
        """Start counting again: there is new content, or other progress."""
        self._calls = 0.0

    def halve(self) -> None:
        """Count half: the agent read something for the first time."""
        self._calls /= 2

    def take(self, index: int) -> None:
        """Take a call that began at event *index*."""
        if self._calls < 1:
            self._since = index
        self._calls += 1
        self._latest = index

    def signals(self) -> Iterator[Signal]:
        """Yield the signal as it is now; none where no new content is expected."""
        strength = (self._calls - _PATIENCE) / (_PATIENCE + 2)
        if self.expected and strength > 0:
            yield signal(
                "no_diff",
                strength,
                (self._since, self._latest),
                f"about {int(self._calls)} calls since the files last got new content",
            )
