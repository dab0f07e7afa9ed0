"""Doubt by edits: refused ones, contents that come and go, one file over and over."""

from collections import deque
from collections.abc import Iterator

from darkfactory.waffle.purpose import Purpose
from darkfactory.waffle.signal import MOST_EVENTS, Signal, signal
from darkfactory.waffle.step import Call, shown

_EDITS = 8
_NEW_CONTENT = 0.34
_NEWS = 0.67
_CHURN = 6


class Edits:
    """The family ``edit`` of one agent."""

    def __init__(self) -> None:
        self._refused = 0.0
        self._refusals: deque[int] = deque(maxlen=_EDITS)
        self._back = 0.0
        self._backs: deque[int] = deque(maxlen=MOST_EVENTS)
        self._path = ""
        self._same: deque[int] = deque(maxlen=MOST_EVENTS)
        self._same_count = 0
        self._edited = False

    def reset(self) -> None:
        """Forget refusals and rewriting: there was progress."""
        self._refused = 0.0
        self._refusals.clear()
        self._same.clear()
        self._same_count = 0
        self._back /= 2

    def changed(self, index: int, path: str, *, new: bool, whole: bool) -> None:
        """Take a content that the file *path* got at event *index*.

        Args:
            index: The number of the event.
            path: The file.
            new: It never had this content.
            whole: All of it was written again, not a part.
        """
        if new:
            self._back = max(0.0, self._back - _NEW_CONTENT)
        else:
            self.returned(index)
        if path != self._path:
            self._path, self._same_count = path, 0
            self._same.clear()
        self._same_count += whole
        self._same.append(index)
        self._edited = True

    def returned(self, index: int) -> None:
        """Take a state of all files, at event *index*, that they were in some states ago."""
        self._back += 1
        self._backs.append(index)

    def take(self, call: Call, *, news: bool) -> None:
        """Take the next finished call and whether it brought *news*."""
        if call.is_edit and call.failed:
            self._refused = min(self._refused + 1, _EDITS)
            self._refusals.append(call.index)
        elif call.is_edit or (news and call.purpose is Purpose.RUN):
            self._refused = max(0.0, self._refused - 1)
        if call.purpose is Purpose.RUN and not news:
            self._same_count += self._edited
            self._edited = False
        if news and not call.is_edit:
            self._back = max(0.0, self._back - _NEWS)
            self._same_count = 0
            self._same.clear()

    def signals(self) -> Iterator[Signal]:
        """Yield the signals as they are now."""
        if self._refused > 2:  # noqa: PLR2004 - a slip or two is no pattern
            yield signal(
                "edit_reject",
                (self._refused - 2) / 3,
                tuple(self._refusals),
                f"{len(self._refusals)} edits were rejected lately",
            )
        if self._back > 1 and self._backs:
            yield signal(
                "edit_osc",
                (self._back - 1) / 2,
                tuple(self._backs),
                f"files got contents back that they had before, {len(self._backs)} times",
            )
        if self._same_count > _CHURN:
            yield signal(
                "churn",
                (self._same_count - _CHURN) / 4,
                tuple(self._same),
                f"{shown(self._path)} was changed {self._same_count} times in a row, and nothing"
                " that ran told the difference",
            )
