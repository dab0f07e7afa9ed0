"""How many decisions wait for a person: what ``brain_space`` is held against."""

from darkfactory.domain.change import ChangeState
from darkfactory.events.stream import Stream
from darkfactory.factory.line import Line
from darkfactory.sessions.story import Story


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
    return waiting + sum(_approvals(line, session) for session in asking)


def _approvals(line: Line, session: str) -> int:
    """Return how many approvals *session* waits for, reading on where the last look stopped."""
    with line.lock:
        position, story = line.stories.pop(session, (0, Story()))
        for behind, event in Stream(line.state.streams, f"s/{session}").read(position):
            story.tell(behind, event)
            position = behind
        line.stories[session] = (position, story)
        return len(story.approvals)
