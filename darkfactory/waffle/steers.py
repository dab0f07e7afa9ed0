"""Whether words helped: each steer of a log, and whether the session got on after it. Pure.

A steer has *rescued* its session when there is a sign of getting on within the next ten calls (the
score fell below the limit to warn, the harness gained on the agent's tree, or the agent proposed)
and the score asked for no second steer and no nuke in that time. A steer about a fact (success
claimed against the harness, a check made weaker) has only where the fact is gone: the harness
passes on the agent's tree after a claim, or the gate finds nothing of it in the change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from darkfactory.domain.event import Data, Event
from darkfactory.domain.foreign import list_of, mapping_of, number_of, text_of
from darkfactory.domain.session import ControlOp, Outcome
from darkfactory.waffle.signal import FACTS
from darkfactory.waffle.verdicts import Verdicts

WATCHED_CALLS = 10
"""For how many calls a steer is watched: those of grace, and as many again."""

BY_SCORE = frozenset({"waffle", "df/waffle"})
"""Who speaks where the score does."""
BY_MACHINE = frozenset({"budget", "loop", "timeout", "host"})
"""Who steers for another reason than that nothing moves."""
_UNKNOWN: Mapping[str, bool] = {}
_DELIVERED = frozenset({Outcome.PROPOSED, Outcome.REPORTED})


@dataclass(frozen=True, slots=True)
class Steer:
    """One steer that reached its agent.

    *offset* is where in the stream it was applied, *score* and *signals* what the score was when
    it was asked for (None and empty in a log without scores). *rescued* is None where nobody can
    tell: it is too early, the session was cancelled too soon, other words came between, or the
    score doubted nothing when a person spoke. *why* says it in one sentence.
    """

    offset: int
    by: str
    score: float | None
    signals: tuple[str, ...]
    rescued: bool | None
    why: str


def steers_of(
    events: Iterable[tuple[int, Event]], *, gone: Mapping[str, bool] = _UNKNOWN
) -> tuple[Steer, ...]:
    """Return the steers of a session's log, oldest first, by the score and by people.

    What a `suggest` lane only showed, and what the host says at the end of a budget, are none.

    Args:
        events: Each with the position behind it, as a stream gives them.
        gone: Of each fact, by the name of its signal, whether the gate found nothing of it in what
            the session left; a fact that is missing is unknown.
    """
    fold = _Fold(gone)
    for position, event in events:
        if not event.posted:
            fold.take(position, event)
    return tuple(fold.steers)


class _Fold:
    """The steers so far; only the last one can still be open."""

    def __init__(self, gone: Mapping[str, bool]) -> None:
        self.steers: list[Steer] = []
        self._gone = gone
        self._facts: frozenset[str] = frozenset()
        self._asked: dict[str, Steer] = {}
        self._score: float | None = None
        self._signals: tuple[str, ...] = ()
        self._doubted = False
        self._verdicts = Verdicts()
        self._open = False
        self._sign = ""
        self._calls = 0

    def take(self, position: int, event: Event) -> None:
        match event.type:
            case "waffle.scored":
                self._scored(event.data)
            case "control.requested":
                self._requested(event.data)
            case "control.applied":
                self._applied(position, event.data)
            case "tool.finished":
                self._called()
            case "harness.finished" if event.data.get("where") != "merged":
                self._ran(event.data)
            case "session.ended":
                self._ended(event.data)

    def _ran(self, data: Data) -> None:
        gained = self._verdicts.take(0, data)
        if self._verdicts.passed and self._facts == {"bluff"}:
            self._facts = frozenset()  # what was claimed holds now
            self._moved("the harness passes on its tree")
        elif gained:
            self._moved("the harness gained on its tree")

    def _scored(self, data: Data) -> None:
        self._score = number_of(data.get("score"))
        told = (mapping_of(one) for one in list_of(data.get("signals")))
        self._signals = tuple(name for one in told if (name := text_of(one.get("name"))))
        self._doubted = data.get("action") not in (None, "none")
        if not self._doubted:
            self._moved("the score fell below the limit to warn")

    def _requested(self, data: Data) -> None:
        by = text_of(data.get("by"))
        if data.get("op") == ControlOp.STEER and by not in BY_MACHINE:
            self._asked[text_of(data.get("id"))] = self._as_asked(by)
        elif is_nuke(data):
            self._close(False, "it was nuked")

    def _as_asked(self, by: str) -> Steer:
        return Steer(0, by, self._score, self._signals if self._doubted else (), None, "")

    def _applied(self, position: int, data: Data) -> None:
        steer = self._asked.pop(text_of(data.get("id")), None)
        if steer is None:
            return
        if steer.by in BY_SCORE:
            self._close(False, f"the score asked again, {self._calls} calls later")
        elif self._sign:
            self._close(True, self._sign)
        else:
            self._close(None, "other words came before anything moved")
        self.steers.append(replace(steer, offset=position, why="too few calls since to tell"))
        self._open, self._sign, self._calls = True, "", 0
        self._facts = FACTS.intersection(steer.signals)
        if steer.by not in BY_SCORE and not steer.signals:
            self._close(None, "the score doubted nothing")

    def _called(self) -> None:
        self._calls += 1
        if self._calls >= WATCHED_CALLS and not self._facts:
            why = self._sign or f"nothing moved for {WATCHED_CALLS} calls"
            self._close(bool(self._sign), why)

    def _moved(self, sign: str) -> None:
        if self._open and not self._sign and not self._facts:
            self._sign = sign
            self._tell(None, f"{sign}; too few calls since to tell")

    def _ended(self, data: Data) -> None:
        outcome = text_of(data.get("outcome"))
        if outcome == Outcome.CRASHED:
            return  # another run of the session goes on
        how = f"the session ended as {outcome or 'nobody knows what'}"
        if outcome == Outcome.NUKED:
            self._close(False, "it was nuked")
        elif outcome in _DELIVERED and self._facts:
            self._judge_facts()
        elif outcome in _DELIVERED or self._sign:
            self._close(True, self._sign or how)
        else:
            self._close(None if outcome == Outcome.CANCELLED else False, how)

    def _judge_facts(self) -> None:
        known = [self._gone.get(name) for name in self._facts]
        if False in known:
            self._close(False, "the gate found it in the change")
        elif None in known:
            self._close(None, "whether it is gone, the gate has not told")
        else:
            self._close(True, "the gate found nothing of it in the change")

    def _close(self, rescued: bool | None, why: str) -> None:  # noqa: FBT001 - the verdict itself
        if self._open:
            self._tell(rescued, why)
            self._open = False

    def _tell(self, rescued: bool | None, why: str) -> None:  # noqa: FBT001 - the verdict itself
        self.steers[-1] = replace(self.steers[-1], rescued=rescued, why=why)


def is_nuke(data: Data) -> bool:
    """Tell whether the data of a control message ask for the end of a session by its score."""
    return data.get("op") == ControlOp.CANCEL and text_of(data.get("by")) in BY_SCORE
