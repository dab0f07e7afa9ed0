"""Score a stream of events for waffling: online, one event after the other, or a whole log.

The score is 1 - product of (1 - doubt) over families of signals, a family counting by its
strongest signal. It rises at once and falls slowly; progress halves it. Feeding the events one by
one gives at each of them what scoring the log up to there gives. Time and memory for an event do
not depend on how many came before.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar

from darkfactory.domain.event import Event, event_of
from darkfactory.domain.lane import Autonomy, WaffleLimits
from darkfactory.domain.session import Outcome
from darkfactory.waffle.ladder import Action, Ladder
from darkfactory.waffle.recent import Recent, Seen
from darkfactory.waffle.signal import HARD, Signal
from darkfactory.waffle.step import text
from darkfactory.waffle.talk import Truth
from darkfactory.waffle.track import Track

_AGENTS = 8
_CONTENTS = 256
_FILES_READ = 256
_KEPT = 0.8
_FAINTEST = 0.05
_DIGITS = 4


class Scorer:
    """The waffle score of one session, kept up to date event by event."""

    def __init__(self, limits: WaffleLimits | None = None) -> None:
        self._limits = limits or WaffleLimits()
        self._ladder = Ladder(self._limits)
        self._main = Track()
        self._others: Recent[str, Track] = Recent(_AGENTS - 1)
        self._truth = Truth()
        self._contents = Seen(_CONTENTS)
        self._files_read = Seen(_FILES_READ)
        self._shown: dict[str, Signal] = {}
        self._index = 0
        self._calls = 0
        self._version = 0
        self._changes_wanted = True
        self._ended = False
        self._passed = False
        self._fewest_failed: int | None = None
        self.score = 0.0
        """How much this looks like waffling, 0 to 1."""

    @property
    def risk(self) -> float | None:
        """The estimate that the session fails; None until its lane is calibrated."""
        return None

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
        return tuple(sorted(self._shown.values(), key=lambda one: (-one.doubt, one.name)))

    def feed(self, event: Event) -> None:
        """Take the next event of the log."""
        index = self._index
        self._index += 1
        taker = self._TAKERS.get(event.type)
        if taker is not None:
            taker(self, index, event)

    def judges(self, event: Event) -> bool:
        """Tell whether *event* is of a kind that the score looks at."""
        return event.type in self._TAKERS

    def skip(self) -> None:
        """Pass over one line of the log that is no event; it counts for the indexes."""
        self._index += 1

    def _take_session(self, _: int, event: Event) -> None:
        if event.parent is not None:
            return
        if self._ended:  # somebody has asked again: to look again is no repetition
            self._ended = False
            self._version += 1
            for track in self._tracks():
                track.burn.reset()
        if event.data.get("autonomy") == Autonomy.OBSERVE:
            self._changes_wanted = False  # no new content is what the lane asks for
            for track in self._tracks():
                track.burn.expected = False

    def _take_end(self, _: int, event: Event) -> None:
        self._ended = event.data.get("outcome") != Outcome.CRASHED

    def _take_started(self, index: int, event: Event) -> None:
        track = self._track(event)
        started = track.start(index, event.data)
        self._calls += 1
        where = started.where if started.kind == "read" else None
        if where is not None and self._files_read.is_new(where):
            track.burn.halve()

    def _take_changed(self, _: int, event: Event) -> None:
        if event.data.get("ok") is False:
            return
        content = text(event.data.get("content_hash"))
        key = hash((text(event.data.get("path")), content))
        if self._contents.is_new(key) or not content:
            self._version += 1
            for track in self._tracks():
                track.burn.reset()

    def _take_finished(self, index: int, event: Event) -> None:
        track = self._track(event)
        call = track.finish(index, event.data, self._version)
        if track.gets_on(call):
            self._progress(track)
        track.judge(call)
        self._check(track, again=True)

    def _take_message(self, index: int, event: Event) -> None:
        track, said = self._track(event), text(event.data.get("text"))
        if event.data.get("role") == "user":
            track.talk.reset()
        elif event.data.get("role") == "assistant":
            track.say(index, said)
            if track is self._main:
                self._truth.take_message(index, said, self._version)
            self._check(track, again=track.talk.in_a_row > 1)

    def _take_harness(self, index: int, event: Event) -> None:
        if event.data.get("where") == "merged":
            return  # the base may be what fails there
        result, failed = event.data.get("result"), event.data.get("failed")
        if result == "pass":
            better = not self._passed
        else:
            count = failed if isinstance(failed, int) else None
            fewest = self._fewest_failed
            better = count is not None and fewest is not None and count < fewest
            self._fewest_failed = min(one for one in (count, fewest, 1 << 62) if one is not None)
        self._passed = result == "pass"
        red_before = event.data.get("base") == "fail" and not event.data.get("new_failing")
        self._truth.take_harness(index, self._version, failed=result == "fail" and not red_before)
        if better:
            self._progress(*self._tracks())
        self._check(self._main, again=True, passed=self._passed)

    _TAKERS: ClassVar[dict[str, Callable[["Scorer", int, Event], None]]] = {
        "session.started": _take_session,
        "session.ended": _take_end,
        "tool.started": _take_started,
        "tool.finished": _take_finished,
        "file.changed": _take_changed,
        "message": _take_message,
        "harness.finished": _take_harness,
    }

    def _track(self, event: Event) -> Track:
        """Return the track of the agent that acted; an agent without parent is the session's."""
        if event.parent is None:
            return self._main
        name = event.agent or ""
        track = self._others.get(name) or Track(changes_wanted=self._changes_wanted)
        self._others.put(name, track)
        return track

    def _tracks(self) -> tuple[Track, ...]:
        return (self._main, *self._others.values())

    def _progress(self, *tracks: Track) -> None:
        for track in tracks:
            track.progress()
        self.score /= 2
        self._shown = {
            name: replace(one, strength=one.strength / 2) for name, one in self._shown.items()
        }
        self._ladder.progress()

    def _check(self, track: Track, *, again: bool, passed: bool = False) -> None:
        """Bring score, signals and action up to date after a step of *track*.

        A passed harness raises nothing: what was done before it counts with the next step.
        """
        track.found = tuple(self._wanted(track))
        found = max((one.found for one in self._tracks()), key=_doubt)
        doubt = min(_doubt(found), self.score) if passed else _doubt(found)
        falling = _KEPT * self.score + (1 - _KEPT) * doubt
        self.score = max(doubt, min(self.score, falling))
        self._show(found)
        self._ladder.check(
            self.score,
            calls=self._calls,
            families={one.family for one in found},
            hard=any(one.name in HARD for one in found),
            again=again,
        )

    def _wanted(self, track: Track) -> Iterable[Signal]:
        truth = self._truth.signals(self._version) if track is self._main else ()
        for one in (*track.signals(), *truth):
            if one.family not in self._limits.off:
                yield one

    def _show(self, found: Iterable[Signal]) -> None:
        """Keep the signals that made the score while it falls, with the evidence they had."""
        shown = {
            name: replace(one, strength=one.strength * _KEPT)
            for name, one in self._shown.items()
            if one.strength * _KEPT >= _FAINTEST
        }
        for one in found:
            if one.name not in shown or one.strength >= shown[one.name].strength:
                shown[one.name] = one
        self._shown = shown


def score_log(
    lines: Iterable[str | bytes], *, limits: WaffleLimits | None = None, file: str | None = None
) -> dict[str, Any]:
    """Return the score of a whole log as the JSON object of ``df waffle score``.

    *judged* of its *events* are of a kind that is scored. *skipped* lines are no events;
    *first_skipped* names the first one, counted from 1, and says why. Blank lines are neither.

    Args:
        lines: The log, one event a line; a line that is no event only counts for the indexes.
        limits: The lane's limits; None: the defaults.
        file: The log's name, for the reader.
    """
    scorer = Scorer(limits)
    peak, last = 0.0, (0.0, Action.NONE.value)
    timeline: list[list[Any]] = []
    counts = {"events": 0, "judged": 0, "skipped": 0}
    first_skipped = None
    for index, line in enumerate(lines):
        event, why = _read(line)
        if event is None:
            scorer.skip()
            if why:
                counts["skipped"] += 1
                first_skipped = first_skipped or {"line": index + 1, "why": why}
            continue
        counts["events"] += 1
        counts["judged"] += scorer.judges(event)
        scorer.feed(event)
        now = (round(scorer.score, _DIGITS), scorer.action)
        if now != last:
            timeline.append([index, *now])
            peak, last = max(peak, now[0]), now
    return {
        "version": 1,
        "file": file,
        "waffle": last[0],
        "peak": peak,
        "risk": scorer.risk,
        "action": last[1],
        "signals": [_shown(one) for one in scorer.signals],
        "timeline": timeline,
        **counts,
        "first_skipped": first_skipped,
    }


def _doubt(found: Iterable[Signal]) -> float:
    """Return the noisy-or over families of their strongest signals."""
    families: dict[str, float] = {}
    for one in found:
        families[one.family] = max(one.doubt, families.get(one.family, 0.0))
    trust = 1.0
    for doubt in families.values():
        trust *= 1.0 - doubt
    return 1.0 - trust


def _shown(one: Signal) -> dict[str, Any]:
    return {
        "name": one.name,
        "family": one.family,
        "strength": round(one.strength, _DIGITS),
        "events": list(one.events),
        "because": one.because,
    }


def _read(line: str | bytes) -> tuple[Event | None, str]:
    """Return the event of a line, or None and why it has none; no reason where none is due."""
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        return None, "it is no JSON" if line.strip() else ""
    event = event_of(body)
    return event, "" if event else "it is no object with a type"
