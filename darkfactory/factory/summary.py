"""What a run came to, from the record alone."""

from collections import Counter
from dataclasses import dataclass

from darkfactory.domain.change import ChangeState
from darkfactory.domain.session import Outcome
from darkfactory.factory.disposition import AT_THE_GATE
from darkfactory.factory.line import Line
from darkfactory.factory.record import SessionRow
from darkfactory.gate.record import Change

_LANDED = (ChangeState.LANDED, ChangeState.SUPERSEDED)
RED = (ChangeState.ABANDONED, ChangeState.BOUNCED, ChangeState.REWORK)
_AS_IT_ENDED = (Outcome.REPORTED, Outcome.CANCELLED, Outcome.NUKED)


@dataclass(slots=True)
class Summary:
    """What a run came to: sessions, what became of their items, what they used.

    The data of ``run.finished``. *nuked* counts sessions, for the next attempt may do better.
    """

    sessions: int = 0
    proposed: int = 0
    failed: int = 0
    nuked: int = 0
    landed: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    reported: int = 0
    cancelled: int = 0

    @property
    def good(self) -> bool:
        """Whether every session ended proposed, reported or landed."""
        return self.failed == self.nuked == self.cancelled == 0


def summarise(line: Line) -> Summary:
    """Return what the present run came to, from the record alone."""
    summary = Summary()
    run = line.record.run
    last: dict[str, SessionRow] = {}
    for session, (tokens, usd) in (run.sessions if run else {}).items():
        row = line.record.sessions[session]
        summary.sessions += 1
        summary.tokens += row.tokens - tokens
        summary.cost_usd = round(summary.cost_usd + row.cost_usd - usd, 6)
        summary.nuked += row.outcome is Outcome.NUKED
        last[row.item] = row
    changes = line.record.changes
    results = Counter(result_of(row, changes.of_item(row.item)) for row in last.values())
    for name in ("proposed", "reported", "landed", "failed", "cancelled"):
        setattr(summary, name, results[name])
    return summary


def result_of(row: SessionRow, change: Change | None) -> str:
    """Return what became of the item whose last session *row* is: a field of :class:`Summary`."""
    state = change.state if change else None
    if state in _LANDED:
        return "landed"
    answered = row.outcome is Outcome.FAILED and state in AT_THE_GATE
    if answered or (row.outcome is Outcome.PROPOSED and state not in RED):
        return "proposed"
    return str(row.outcome) if row.outcome in _AS_IT_ENDED else "failed"
