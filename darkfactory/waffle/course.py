"""What the score did over a session's log, what was done about it, and what came of it. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from darkfactory.domain.event import Data, Event
from darkfactory.domain.foreign import list_of, mapping_of, number_of, text_of
from darkfactory.domain.session import ControlOp
from darkfactory.waffle.score import Scorer
from darkfactory.waffle.steers import BY_SCORE, Steer, steers_of
from darkfactory.waffle.verdicts import Verdicts

_NEWS = 0.1
_NOTHING = (0.0, "none")
_ANSWERS = {"control.applied": True, "control.rejected": False, "control.expired": False}


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened to the score, or because of it.

    *event* is `scored`, `steer`, `nuke` or `harness`; *offset* is where in the stream it stands,
    *calls* and *edits* count what the agent had done by then. Of a score: what it asks for
    (*action*) and the *signals* behind it, name and sentence. Of a steer or a nuke: whose, its
    *text*, whether it was *applied* (None: not answered) and has *rescued* the session (None:
    nobody can tell), with *why*. Of a harness run: its *result*, how many checks *failed*, and
    whether that was a gain on the agent's tree.
    """

    offset: int
    turn: int | None
    calls: int
    edits: int
    event: str
    score: float | None = None
    action: str = ""
    signals: tuple[tuple[str, str], ...] = ()
    by: str = ""
    text: str = ""
    applied: bool | None = None
    rescued: bool | None = None
    why: str = ""
    result: str = ""
    failed: int | None = None
    gained: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """The moments of a session, oldest first.

    *recomputed*: its log holds no score, so this is what the default limits would have asked for.
    """

    moments: tuple[Moment, ...]
    recomputed: bool

    @property
    def scores(self) -> tuple[float, ...]:
        """The scores as they were told, oldest first."""
        return tuple(one.score for one in self.moments if one.score is not None)


def course_of(
    events: Sequence[tuple[int, Event]], *, gone: Mapping[str, bool] | None = None
) -> Course:
    """Return what the score did over a session's log.

    Args:
        events: All of the log, each with the position behind it, as a stream gives them.
        gone: What the gate says of facts; see :func:`~darkfactory.waffle.steers.steers_of`.
    """
    told = [(position, event) for position, event in events if not event.posted]
    recomputed = not any(event.type == "waffle.scored" for _, event in told)
    fold = _Fold({steer.offset: steer for steer in steers_of(told, gone=gone or {})})
    for position, event in _scored_again(events) if recomputed else told:
        fold.take(position, event)
    return Course(tuple(fold.moments), recomputed)


def _scored_again(events: Iterable[tuple[int, Event]]) -> Iterator[tuple[int, Event]]:
    """Yield a log with the scores that its host would have told."""
    scorer = Scorer()
    told = _NOTHING
    for position, event in events:
        scorer.feed(event)
        if not event.posted:
            yield position, event
        now = (scorer.score, scorer.action)
        if _is_news(now, told):
            told = now
            signals = [{"name": one.name, "because": one.because} for one in scorer.signals[:3]]
            data = {"score": round(now[0], 4), "action": now[1], "signals": signals}
            yield position, Event("waffle.scored", data, turn=event.turn)


def _is_news(now: tuple[float, str], told: tuple[float, str]) -> bool:
    return now[1] != told[1] or abs(now[0] - told[0]) >= _NEWS


class _Fold:
    """The moments so far."""

    def __init__(self, steers: Mapping[int, Steer]) -> None:
        self.moments: list[Moment] = []
        self._steers = steers
        self._asked: dict[str, int] = {}
        self._told = _NOTHING
        self._verdicts = Verdicts()
        self._turn: int | None = None
        self._calls = 0
        self._edits = 0

    def take(self, position: int, event: Event) -> None:
        data = event.data
        self._turn = event.turn if event.turn is not None else self._turn
        match event.type:
            case "tool.finished":
                self._calls += 1
            case "file.changed":
                self._edits += data.get("ok") is not False
            case "waffle.scored":
                self._scored(position, data)
            case "control.requested":
                self._requested(position, data)
            case "control.applied" | "control.rejected" | "control.expired":
                self._answered(position, event)
            case "harness.finished" if data.get("where") != "merged" and not data.get("again"):
                self._ran(position, data)

    def _add(self, position: int, event: str, **more: Any) -> None:
        here = Moment(position, self._turn, self._calls, self._edits, event)
        self.moments.append(replace(here, **more))

    def _scored(self, position: int, data: Data) -> None:
        score, action = number_of(data.get("score")), text_of(data.get("action"))
        now = (score or 0.0, action)
        if not _is_news(now, self._told):
            return  # only the risk was
        self._told = now
        told = [mapping_of(one) for one in list_of(data.get("signals"))]
        signals = tuple((text_of(one.get("name")), text_of(one.get("because"))) for one in told)
        self._add(position, "scored", score=score, action=action, signals=signals)

    def _requested(self, position: int, data: Data) -> None:
        by, steers = text_of(data.get("by")), data.get("op") == ControlOp.STEER
        if not steers and not (data.get("op") == ControlOp.CANCEL and by in BY_SCORE):
            return
        self._asked[text_of(data.get("id"))] = len(self.moments)
        text = text_of(data.get("text")) or text_of(data.get("reason"))
        self._add(position, "steer" if steers else "nuke", by=by, text=text)

    def _answered(self, position: int, event: Event) -> None:
        at = self._asked.get(text_of(event.data.get("id")))
        if at is None:
            return
        applied, why, rescued = _ANSWERS[event.type], text_of(event.data.get("reason")), None
        steer = self._steers.get(position)
        if steer is not None:
            rescued, why = steer.rescued, steer.why
        self.moments[at] = replace(self.moments[at], applied=applied, rescued=rescued, why=why)

    def _ran(self, position: int, data: Data) -> None:
        gained = self._verdicts.take(0, data)
        failed = data.get("failed")
        count = failed if isinstance(failed, int) and not isinstance(failed, bool) else None
        result = text_of(data.get("result"))
        self._add(position, "harness", result=result, failed=count, gained=gained)
