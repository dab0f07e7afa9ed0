"""Score a stream of events for waffling: online, one event after the other, or a whole log.

The score is 1 - product of (1 - doubt) over families of signals, a family counting by its
strongest signal. It rises at once and falls slowly; progress halves it. Feeding the events one by
one gives at each of them what scoring the log up to there gives. Time and memory for an event do
not depend on how many came before.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

from darkfactory.domain.event import Event
from darkfactory.domain.foreign import number_of
from darkfactory.domain.lane import Autonomy, WaffleLimits
from darkfactory.domain.session import Outcome
from darkfactory.waffle.calibration_file import Calibration, Calibrations, calibration_from
from darkfactory.waffle.evidence import Evidence, doubt_of
from darkfactory.waffle.hearing import Hearing
from darkfactory.waffle.ladder import Ladder
from darkfactory.waffle.present import Present
from darkfactory.waffle.profile import Profile
from darkfactory.waffle.recent import Recent, Seen
from darkfactory.waffle.ridge import Estimate
from darkfactory.waffle.scope import Scope
from darkfactory.waffle.signal import FACTS, HARD, STRONG, Signal
from darkfactory.waffle.step import text
from darkfactory.waffle.tamper import Tamper
from darkfactory.waffle.track import Track
from darkfactory.waffle.truth import Truth, failure_of
from darkfactory.waffle.usual import Pace, Usual
from darkfactory.waffle.verdicts import Verdicts

_AGENTS = 8
_LINES_OF_HELPERS = 1024
_CONTENTS = 128
_FILES_READ = 96
_NOTE_FILES = 16
_KEPT = 0.8
_NO_DIGITS = dict.fromkeys(map(ord, "0123456789"))
_NOTES = re.compile(
    r"(?:^|[/_.-])(?:notes?|progress|todos?|plan|status|summary|report|thoughts|scratch|journal"
    r"|findings|next_steps|task_?list|checklist|worklog)[^/]*\.(?:md|txt|rst|json|ya?ml)$"
    r"|[_-](?:v|rev|draft|version|take)[_-]?\d+\.(?:md|txt|rst)$",
    re.IGNORECASE,
)


class Scorer:
    """The waffle score of one session, kept up to date event by event.

    Args:
        limits: The lane's limits; None: the defaults.
        calibrations: What is known of lanes, for sessions that do not tell what they ran by.
        lane: The lane of a log that does not tell it.
        again: *calibrations* go before what the session ran by.
    """

    def __init__(
        self,
        limits: WaffleLimits | None = None,
        *,
        calibrations: Calibrations | None = None,
        lane: str | None = None,
        again: bool = False,
    ) -> None:
        self._limits = limits or WaffleLimits()
        self._calibrations = calibrations or {}
        self._again = again
        self._estimate: Estimate | None = None
        self._usual: Usual | None = None
        self._profile = Profile()
        self._ladder = Ladder(self._limits)
        self._hearing = Hearing(self._ladder)
        self._main = Track()
        self._others: Recent[str, Track] = Recent(_AGENTS - 1)
        self._present = Present()
        self._truth = Truth()
        self._tamper = Tamper()
        self._scope = Scope()
        self._verdicts = Verdicts()
        self._contents = Seen(_CONTENTS)
        self._files_read = Seen(_FILES_READ)
        self._notes = Seen(_NOTE_FILES)
        self._evidence = Evidence()
        self._index = 0
        self._calls = 0
        self._version = 0
        self._changes_wanted = True
        self._ended = False
        self.score = 0.0
        """How much this looks like waffling, 0 to 1."""
        self._calibrate(self._calibrations.get(lane or ""))

    @property
    def risk(self) -> float | None:
        """The estimate that the session fails; None until its lane is calibrated."""
        return None if self._estimate is None else self._estimate.risk(self.features)

    @property
    def features(self) -> tuple[float, ...]:
        """The numbers that the estimate rests on."""
        return self._profile.features(score=self.score, contents=self._version)

    @property
    def pace(self) -> Pace:
        """How far the session went without progress, and how many files it edited."""
        calls, tokens = self._main.burn.longest or (None, None)
        return Pace(calls, tokens, self._scope.files)

    @property
    def calls(self) -> int:
        """How many tool calls began so far."""
        return self._calls

    @property
    def action(self) -> str:
        """What the score asks for now: none, warn, steer or nuke."""
        return self._ladder.action.value

    @property
    def steers(self) -> int:
        """How many steers were asked for so far; send one whenever this rises."""
        return self._ladder.steers

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The signals behind the score, most doubtful first; old ones fade with it."""
        return self._evidence.signals

    def feed(self, event: Event, *, at: int | None = None) -> None:
        """Take the next event of the log; *at* is its number where a line tells of several."""
        index = self._index if at is None else at
        self._index = index + 1
        if event.posted:
            return
        self._hearing.take(event, self._calls)
        taker = self._TAKERS.get(event.type)
        if taker is not None:
            taker(self, index, event)

    def judges(self, event: Event) -> bool:
        """Tell whether *event* is of a kind that the score looks at."""
        return event.type in self._TAKERS and event.type != "usage" and not event.posted

    def skip(self) -> None:
        """Pass over one line of the log that is no event; it counts for the indexes."""
        self._index += 1

    def _take_session(self, _: int, event: Event) -> None:
        if event.parent is not None:
            return
        known = self._calibrations.get(text(event.data.get("lane")))
        if "calibration" in event.data and not (self._again and known):
            told = calibration_from(event.data["calibration"]) or Calibration()
            # A risk may be told later that was not known then; what acted stays what it was.
            later = known.estimate if known else None
            known = Calibration(told.estimate or later, told.usual)
        self._calibrate(known)
        owns = event.data.get("owns")
        if isinstance(owns, list) and owns:
            self._scope.owns = tuple(map(text, owns))
        if self._ended:  # somebody has asked again: to look again is no repetition
            self._ended = False
            self._version += 1
            for track in self._tracks():
                track.burn.reset()
        if event.data.get("autonomy") == Autonomy.OBSERVE:
            self._changes_wanted = False  # no new content is what the lane asks for
            for track in self._tracks():
                track.burn.expected = False

    def _calibrate(self, known: Calibration | None) -> None:
        """Score by what is *known* of the lane from here on, if anything is."""
        if known is not None:
            self._estimate, self._usual = known.estimate, known.usual
            self._scope.expect(known.usual)
            for track in self._tracks():
                track.burn.expect(known.usual)

    def _take_usage(self, _: int, event: Event) -> None:
        total = number_of(event.data.get("total_session"))
        if total is not None:
            self._main.burn.spend(total)

    def _take_end(self, _: int, event: Event) -> None:
        self._ended = event.data.get("outcome") != Outcome.CRASHED

    def _take_started(self, index: int, event: Event) -> None:
        track = self._track(event)
        started = track.start(index, event.data, self._version)
        self._present.start(started, text(event.data.get("call")))
        self._calls += 1
        self._tamper.take(started, event.data)
        self._profile.take_start(started)
        where = started.where if started.kind == "read" else None
        if where is not None and self._files_read.is_new(where):
            track.burn.halve()

    def _take_changed(self, index: int, event: Event) -> None:
        if event.data.get("ok") is False:
            return
        self._present.touch(event.ts)
        path, content = text(event.data.get("path")), text(event.data.get("content_hash"))
        new = self._contents.is_new(hash((path, content))) or not content
        first = self._scope.is_first(index, path)
        self._tamper.changed(index, path, event.data, first=first)
        self._track(event).change(index, path, call=text(event.data.get("call")), new=new)
        if new and not self._is_note(path):
            self._new_contents()

    def _new_contents(self) -> None:
        self._version += 1
        for track in self._tracks():
            track.burn.reset()

    def _is_note(self, path: str) -> bool:
        """Tell whether *path* is a file of notes that was written before, or its next draft."""
        if _NOTES.search(path) is None:
            return False
        return not self._notes.is_new(hash(path.translate(_NO_DIGITS)))

    def _take_finished(self, index: int, event: Event) -> None:
        track = self._track(event)
        call = track.finish(index, event.data, self._version)
        self._present.finish(text(event.data.get("call")), event.ts)
        if call.moves and self._contents.is_new(hash((call.key, call.result))):
            self._new_contents()
        if track.gets_on(call):
            self._progress(track)
        output = text(event.data.get("output"))
        news = track.judge(call, output)
        self._profile.take_call(call, output, news=news)
        self._check(track, again=True)
        if not call.waiting:
            doubt = doubt_of(one for one in track.found if one.name != "lasting")
            track.lasting.take(index, doubt)

    def _take_message(self, index: int, event: Event) -> None:
        track, said = self._track(event), text(event.data.get("text"))
        if event.data.get("role") == "user":
            track.talk.reset()
        elif event.data.get("role") == "assistant":
            track.say(index, said)
            self._profile.take_message(said)
            self._profile.tone, self._profile.resigned = track.talk.tone
            if track is self._main:
                self._truth.take_message(index, said, self._present.state)
            self._check(track, again=track.talk.in_a_row > 1)

    def _take_harness(self, index: int, event: Event) -> None:
        if event.data.get("where") == "merged":
            return  # the base may be what fails there
        better = self._verdicts.take(index, event.data)
        if self._verdicts.tree_came_back(event.data):
            self._main.returned(index)
        if self._present.is_of(event.data.get("taken")):
            self._truth.take_harness(index, self._present.state, failure_of(event.data))
        if better:
            self._progress(*self._tracks())
        self._check(self._main, again=True, passed=self._verdicts.passed)

    _TAKERS: ClassVar[dict[str, Callable[["Scorer", int, Event], None]]] = {
        "session.started": _take_session,
        "session.ended": _take_end,
        "tool.started": _take_started,
        "tool.finished": _take_finished,
        "file.changed": _take_changed,
        "message": _take_message,
        "harness.finished": _take_harness,
        "usage": _take_usage,
    }

    def _track(self, event: Event) -> Track:
        """Return the track of the agent that acted; an agent without parent is the session's."""
        if event.parent is None:
            return self._main
        name = event.agent or ""
        track = self._others.get(name) or Track(
            changes_wanted=self._changes_wanted, lines=_LINES_OF_HELPERS, usual=self._usual
        )
        self._others.put(name, track)
        return track

    def _tracks(self) -> tuple[Track, ...]:
        return (self._main, *self._others.values())

    def _progress(self, *tracks: Track) -> None:
        for track in tracks:
            track.progress()
        self.score /= 2
        self._evidence.halve()
        self._ladder.progress()

    def _check(self, track: Track, *, again: bool, passed: bool = False) -> None:
        """Bring score, signals and action up to date after a step of *track*.

        A passed harness raises nothing: what was done before it counts with the next step.
        """
        track.found = tuple(self._wanted(track))
        found = track.found
        if self._others:
            found = max((one.found for one in self._tracks()), key=doubt_of)
        doubt = doubt_of(found)
        if passed:
            doubt = min(doubt, self.score)
        falling = _KEPT * self.score + (1 - _KEPT) * doubt
        self.score = max(doubt, min(self.score, falling))
        self._evidence.take(found, kept=_KEPT)
        self._profile.take_score(self.score)
        self._ladder.check(
            self.score,
            calls=self._calls,
            families={one.family for one in found},
            strong=any(one.family in STRONG for one in found),
            hard=any(one.name in HARD for one in found),
            again=again,
            facts={one.name: max(one.events) for one in found if one.name in FACTS},
        )

    def _wanted(self, track: Track) -> Iterable[Signal]:
        of_all = self._of_all() if track is self._main else ()
        for one in (*track.signals(), *of_all):
            if one.family not in self._limits.off:
                yield one

    def _of_all(self) -> Iterator[Signal]:
        """Yield the signals of the session as a whole."""
        yield from self._truth.signals(self._present.state)
        yield from self._tamper.signals()
        yield from self._verdicts.signals()
        yield from self._scope.signals()
