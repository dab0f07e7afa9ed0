"""A session's log that scores itself: each line is weighed in the order in which it stands.

Others write to the log, too: the factory its harness runs, sub-agents their words. So what is
weighed is what is read back, and the score at a line is what weighing the log up to it later gives.
A resumed session is weighed from the first line on: a restart changes no score.
"""

from typing import Any

from darkfactory.domain.event import Event, event_of
from darkfactory.domain.lane import WaffleLimits
from darkfactory.events.stream import Stream, Writer
from darkfactory.waffle.score import Scorer

_NEWS = 0.1
_FEWEST_CALLS = 5


class ScoringWriter(Writer):
    """Writes ``waffle.scored`` behind an event that changed what the score asks for, or much."""

    def __init__(
        self, stream: Stream, *, producer: str, epoch: int, session: str, limits: WaffleLimits
    ) -> None:
        super().__init__(stream, producer=producer, epoch=epoch, session=session)
        self.scorer = Scorer(limits)
        self._read_to = 0
        self._weigh()
        self._told = (self.scorer.score, self.scorer.action, self.scorer.risk)

    def write(
        self,
        type_: str,
        data: dict[str, Any],
        *,
        turn: int | None = None,
        agent: str | None = None,
        parent: str | None = None,
        durable: bool = False,
    ) -> Event:
        """Append one event, and the score when it is news.

        Raises:
            DiskFull: If the disk has no room; the event is not in the stream.
        """
        event = super().write(type_, data, turn=turn, agent=agent, parent=parent, durable=durable)
        self.look(turn=turn, agent=agent, last=type_ == "turn.finished")
        return event

    def look(
        self, *, turn: int | None = None, agent: str | None = None, last: bool = False
    ) -> None:
        """Weigh what is in the log by now, and write the score when it is news.

        Args:
            turn: The turn in which it is looked.
            agent: Who acted.
            last: The turn is over: the risk is told as it is then, however little it moved.

        Raises:
            DiskFull: If the disk has no room for that.
        """
        if not self._weigh():
            return
        score, action, risk = now = (self.scorer.score, self.scorer.action, self.scorer.risk)
        told = self._told
        if action != told[1] or abs(score - told[0]) >= _NEWS or self._is_news(risk, last=last):
            self._told = now
            super().write("waffle.scored", self._scored(), turn=turn, agent=agent)

    def _is_news(self, risk: float | None, *, last: bool) -> bool:
        """Tell whether *risk* is news: not before a few calls, of which nothing can be told."""
        told = self._told[2]
        if risk is None or self.scorer.calls < (0 if last else _FEWEST_CALLS):
            return False
        if last:
            return told is None or round(risk, 4) != round(told, 4)
        return told is None or abs(risk - told) >= _NEWS

    def _weigh(self) -> bool:
        """Weigh what is new in the log; tell whether anything is."""
        before = self._read_to
        for behind, body in self.stream.read_bodies(self._read_to):
            self._read_to = behind
            event = event_of(body)
            if event is None:
                self.scorer.skip()
            else:
                self.scorer.feed(event)
        return self._read_to > before

    def _scored(self) -> dict[str, Any]:
        scorer = self.scorer
        return {
            "score": round(scorer.score, 4),
            "risk": None if scorer.risk is None else round(scorer.risk, 4),
            "action": scorer.action,
            "signals": [
                {
                    "name": signal.name,
                    "family": signal.family,
                    "strength": round(signal.strength, 4),
                    "events": list(signal.events),
                    "because": signal.because,
                }
                for signal in scorer.signals[:3]
            ],
        }
