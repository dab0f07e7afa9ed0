"""How many decisions wait for a person: what ``brain_space`` is held against."""

from darkfactory.domain.change import ChangeState
from darkfactory.factory.line import Line


def open_decisions(line: Line) -> int:
    """Return the changes that wait for a verdict plus the approvals that wait for an answer."""
    now = line.clock.now()
    with line.lock:
        waiting = sum(
            change.state_at(now) is ChangeState.WAITING_TASTE for change in line.record.changes
        )
        asking = [
            row.id
            for row in line.record.sessions.values()
            if row.outcome is None and row.started.data.get("autonomy") == "suggest"
        ]
        return waiting + sum(len(line.stories.of(session).approvals) for session in asking)
