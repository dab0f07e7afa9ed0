"""What one agent of a session has done lately, and the signals in it.

Agents that work for another are watched apart: their repetitions are not each other's.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from darkfactory.waffle.faults import Burn, Edits, Errors
from darkfactory.waffle.loops import Loops
from darkfactory.waffle.recent import Recent, Seen
from darkfactory.waffle.signal import Signal
from darkfactory.waffle.step import Call, Started, call_of, started_of, text
from darkfactory.waffle.talk import Talk

_OPEN_CALLS = 32
_RESULTS = 256
_STEMS = 32


class Track:
    """The recent past of one agent, bounded however long it works."""

    def __init__(self, *, changes_wanted: bool = True) -> None:
        self.talk = Talk()
        self.burn = Burn()
        self.burn.expected = changes_wanted
        self._loops = Loops()
        self._errors = Errors()
        self._edits = Edits()
        self._open: Recent[str, Started] = Recent(_OPEN_CALLS)
        self._results = Seen(_RESULTS)
        self._ended: Recent[int, tuple[str | None, int]] = Recent(_STEMS)
        self._of_calls: tuple[Signal, ...] = ()
        self.found: tuple[Signal, ...] = ()
        """The signals when this agent was last looked at."""

    def start(self, index: int, data: Mapping[str, Any]) -> Started:
        """Take ``tool.started`` *data* at event *index*."""
        started = started_of(index, data)
        self._open.put(text(data.get("call")), started)
        self.burn.take(index)
        self.talk.take_call()
        return started

    def finish(self, index: int, data: Mapping[str, Any], version: int) -> Call:
        """Take ``tool.finished`` *data* at event *index* on files in *version*."""
        started = self._open.pop(text(data.get("call")), None) or started_of(index, {})
        call = call_of(index, started, data, version)
        if self._results.is_new(call.result):
            self.talk.take_news()
        return call

    def say(self, index: int, said: str) -> None:
        """Take what the agent said at event *index*."""
        if self._open:
            self.talk.take_news()  # what its open calls will bring may well be new
        self.talk.take_message(index, said)

    def gets_on(self, call: Call) -> bool:
        """Tell whether *call* ends otherwise than before because the files are other.

        A command that failed and now fails with another error, or not at all, is progress.
        """
        before, version = self._ended.get(call.stem, (None, call.version))
        self._ended.put(call.stem, (call.signature, call.version))
        return before is not None and call.version > version and call.signature != before

    def judge(self, call: Call) -> None:
        """Count *call* for what repeats and what fails."""
        self._loops.take(call)
        self._errors.take(call)
        self._edits.take(call)
        self._of_calls = tuple(self._judged())

    def progress(self) -> None:
        """Forget repetitions, errors and calls without content; words and edits fade."""
        self._loops.reset()
        self._errors.reset()
        self.burn.reset()
        self._of_calls = tuple(self._judged())

    def signals(self) -> Iterator[Signal]:
        """Yield the signals of this agent as they are now."""
        yield from self._of_calls
        yield from self.burn.signals()
        yield from self.talk.signals()

    def _judged(self) -> Iterator[Signal]:
        for detector in (self._loops, self._errors, self._edits):
            yield from detector.signals()
