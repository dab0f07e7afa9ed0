"""What the waffle score asks for, as control messages like any other: ``by`` is ``waffle``.

One path for people and machines: what is asked, accepted and applied stands in the log, and the
score can do nothing that a person could not.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from darkfactory.domain.lane import Autonomy
from darkfactory.domain.session import ControlOp
from darkfactory.sessions.inbox import ControlMessage
from darkfactory.waffle.advice import advice
from darkfactory.waffle.signal import Signal

WAFFLE = "waffle"
_MOST_TOLD = 3
_NUKED = (Autonomy.PROPOSE, Autonomy.LAND)


class Score(Protocol):
    """The score of a session as it is now."""

    @property
    def action(self) -> str:
        """What it asks for: none, warn, steer, nuke."""
        ...

    @property
    def steers(self) -> int:
        """How many steers it has asked for so far."""
        ...

    @property
    def signals(self) -> Sequence[Signal]:
        """What is behind it, most doubtful first."""
        ...


class Waffling:
    """The score of one session, and what was made of it.

    Args:
        score: Asked for anew at each look.
        epoch: The run of the session, so that no message has the name of an earlier run's.
    """

    def __init__(self, score: Score, *, autonomy: Autonomy, epoch: int) -> None:
        self._score = score
        self._autonomy = autonomy
        self._epoch = epoch
        self._asked = score.steers
        self._nuked = False

    @property
    def only_shown(self) -> str | None:
        """Why a steer is shown to people and not given, None where it is given."""
        if self._autonomy is Autonomy.SUGGEST:
            return "a suggest lane shows what the score asks for; a person decides"
        return None

    def due(self) -> Iterator[ControlMessage]:
        """Yield the message that the score asks for and that was not asked for yet."""
        score = self._score
        if score.action == "nuke" and self._autonomy in _NUKED and not self._nuked:
            self._nuked = True
            yield self._message(ControlOp.CANCEL, "nuke")
        elif score.steers > self._asked:
            self._asked = score.steers
            yield self._message(ControlOp.STEER, str(score.steers))

    def _message(self, op: ControlOp, name: str) -> ControlMessage:
        told = [signal.because for signal in self._score.signals[:_MOST_TOLD]]
        return ControlMessage(
            id=f"waffle-{self._epoch}-{name}",
            op=op,
            by=WAFFLE,
            reason="; ".join(told),
            text=advice(self._score.signals[:_MOST_TOLD]) if op is ControlOp.STEER else "",
        )
