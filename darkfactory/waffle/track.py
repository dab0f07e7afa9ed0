"""What one agent of a session has done lately, and the signals in it.

Agents that work for another are watched apart: their repetitions are not each other's.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from darkfactory.waffle.burn import Burn, Lasting, Stale
from darkfactory.waffle.edits import Edits
from darkfactory.waffle.faults import Errors
from darkfactory.waffle.loops import Loops
from darkfactory.waffle.news import News
from darkfactory.waffle.recent import Recent, Seen
from darkfactory.waffle.signal import Signal
from darkfactory.waffle.step import Call, Started, call_of, started_of, text
from darkfactory.waffle.talk import Talk
from darkfactory.waffle.usual import Usual

_OPEN_CALLS = 16
_RESULTS = 96
_STEMS = 24
_LINES = 4096
_ENDS = 6


class Track:
    """The recent past of one agent, bounded however long it works."""

    def __init__(
        self, *, changes_wanted: bool = True, lines: int = _LINES, usual: Usual | None = None
    ) -> None:
        self.talk = Talk()
        self.burn = Burn()
        self.burn.expected = changes_wanted
        self.burn.expect(usual)
        self.lasting = Lasting()
        self.edits = Edits()
        self._loops = Loops()
        self._stale = Stale()
        self._errors = Errors()
        self._news = News(lines)
        self._open: Recent[str, Started] = Recent(_OPEN_CALLS)
        self._told: Recent[str, bool] = Recent(_OPEN_CALLS)
        self._results = Seen(_RESULTS)
        self._ends: Recent[int, tuple[int, tuple[str | None, ...]]] = Recent(_STEMS)
        self._tried = 0
        self._of_calls: tuple[Signal, ...] = ()
        self.found: tuple[Signal, ...] = ()
        """The signals when this agent was last looked at."""

    def start(self, index: int, data: Mapping[str, Any], version: int) -> Started:
        """Take ``tool.started`` *data* at event *index* on files in *version*."""
        started = started_of(index, data, version)
        self._open.put(text(data.get("call")), started)
        self.burn.take(index)
        self.talk.take_call()
        return started

    def finish(self, index: int, data: Mapping[str, Any], version: int) -> Call:
        """Take ``tool.finished`` *data* at event *index* on files in *version*."""
        name = text(data.get("call"))
        started = self._open.pop(name, None) or started_of(index, {}, version)
        return call_of(index, started, data, version, content_told=self._told.pop(name, False))

    def change(self, index: int, path: str, *, call: str, new: bool) -> None:
        """Take a content that the file *path* got by *call* at event *index*."""
        started = self._open.get(call)
        if started is not None:
            self._told.put(call, True)
        whole = started is not None and started.kind == "write"
        self.edits.changed(index, path, new=new, whole=whole)

    def say(self, index: int, said: str) -> None:
        """Take what the agent said at event *index*."""
        if self._open:
            self.talk.reset()  # it works meanwhile, and what its calls bring may well be new
        self.talk.take_message(index, said)

    def gets_on(self, call: Call) -> bool:
        """Tell whether *call* ends as it never did because the files are other.

        A command that failed and now fails with another error, or not at all, is progress. What
        is said to be a refused edit may have changed them, too.
        """
        if call.is_edit:
            self._tried += 1
            return False
        state = call.version + self._tried
        before, ends = self._ends.get(call.stem, (state, ()))
        self._ends.put(call.stem, (state, (*ends, call.signature)[-_ENDS:]))
        failed_before = bool(ends) and ends[-1] is not None
        return failed_before and state > before and call.signature not in ends

    def judge(self, call: Call, output: str) -> bool | None:
        """Count *call* for what repeats and what fails; return whether it tells anything new."""
        other = self._results.is_new(call.result)
        news = self._news.of(call, output, other=other)
        self._stale.take(call.index, news=news)
        self._loops.take(call)
        self._errors.take(call)
        if other or call.waiting:
            self.talk.take_news()  # while it waits there is nothing new to say
        if call.waiting:
            self.burn.wait()
        # What git says of taking something back does not tell whether anything got better.
        self.edits.take(call, news=(news is True or other) and not call.moves)
        self._of_calls = tuple(self._judged())
        return news

    def returned(self, index: int) -> None:
        """Take a state of all files, at event *index*, that they were in some states ago."""
        self.edits.returned(index)
        self._of_calls = tuple(self._judged())

    def progress(self) -> None:
        """Forget repetitions, errors and calls without content; words fade."""
        for detector in (
            self._loops,
            self._stale,
            self._errors,
            self.burn,
            self.edits,
            self.lasting,
        ):
            detector.reset()
        self._of_calls = tuple(self._judged())

    def signals(self) -> Iterator[Signal]:
        """Yield the signals of this agent as they are now."""
        yield from self._of_calls
        yield from self.burn.signals()
        yield from self.lasting.signals()
        yield from self.talk.signals()

    def _judged(self) -> Iterator[Signal]:
        for detector in (self._loops, self._stale, self._errors, self.edits):
            yield from detector.signals()
