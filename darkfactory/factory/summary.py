"""What a run came to, from the record alone."""

from dataclasses import dataclass

from darkfactory.domain.change import ChangeState
from darkfactory.domain.session import Outcome
from darkfactory.factory.disposition import AT_THE_GATE
from darkfactory.factory.line import Line
from darkfactory.factory.record import SessionRow

_LANDED = (ChangeState.LANDED, ChangeState.SUPERSEDED)
_RED = (ChangeState.ABANDONED, ChangeState.BOUNCED, ChangeState.REWORK)


@dataclass(slots=True)
class Summary:
    """What a run came to; the data of ``run.finished``."""

    sessions: int = 0
    proposed: int = 0
    failed: int = 0
    nuked: int = 0
    landed: int = 0
    tokens: int = 0
    cost_usd: float = 0.0

    @property
    def good(self) -> bool:
        """Whether every session ended proposed, reported or landed."""
        return self.failed == 0 and self.nuked == 0


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
    for row in last.values():
        _count(summary, line, row)
    return summary


def _count(summary: Summary, line: Line, row: SessionRow) -> None:
    """Count the item whose last session in this run *row* is."""
    change = line.record.changes.of_item(row.item)
    state = change.state if change else None
    answered = row.outcome is Outcome.FAILED and state in AT_THE_GATE
    if state in _LANDED:
        summary.landed += 1
    elif (row.outcome is Outcome.PROPOSED and state not in _RED) or answered:
        summary.proposed += 1
    elif row.outcome not in (Outcome.REPORTED, Outcome.NUKED):
        summary.failed += 1
