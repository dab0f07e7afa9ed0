"""A session's log that scores itself: each event is weighed as it is written.

The score says what a log says by then; nothing acts on it here. A resumed session is weighed from
the first event of its log on, so a restart changes no score.
"""

from typing import Any

from darkfactory.domain.event import Event
from darkfactory.domain.lane import WaffleLimits
from darkfactory.events.stream import Stream, Writer
from darkfactory.waffle.score import Scorer

_NEWS = 0.1


class ScoringWriter(Writer):
    """Writes ``waffle.scored`` behind an event that changed what the score asks for, or much."""

    def __init__(
        self, stream: Stream, *, producer: str, epoch: int, session: str, limits: WaffleLimits
    ) -> None:
        super().__init__(stream, producer=producer, epoch=epoch, session=session)
        self._scorer = Scorer(limits)
        self._told = (0.0, "none")
        for _, event in stream.read():
            self._scorer.feed(event)
        self._told = (self._scorer.score, self._scorer.action)

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
        self._scorer.feed(event)
        score, action = self._scorer.score, self._scorer.action
        if action != self._told[1] or abs(score - self._told[0]) >= _NEWS:
            self._told = (score, action)
            told = super().write("waffle.scored", self._scored(), turn=turn, agent=agent)
            self._scorer.feed(told)
        return event

    def _scored(self) -> dict[str, Any]:
        scorer = self._scorer
        return {
            "score": round(scorer.score, 4),
            "risk": scorer.risk,
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
