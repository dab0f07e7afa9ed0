"""What waits for a person: how many decisions, how long they take, and whether that is too much."""

from darkfactory.domain.change import ChangeState
from darkfactory.domain.counting import counted
from darkfactory.factory.line import Line
from darkfactory.gate.effort import predicted_seconds


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


def review_minutes(line: Line) -> float:
    """Return how many minutes the review of what waits for a verdict will take, as predicted."""
    now = line.clock.now()
    with line.lock:
        changes = line.record.changes
        waiting = [
            (change.lane, change.lines)
            for change in changes
            if change.state_at(now) is ChangeState.WAITING_TASTE
        ]
        return round(predicted_seconds(changes.looks, waiting) / 60, 1)


def full_heads(line: Line) -> str:
    """Return why nothing new may start while people judge, empty if it may."""
    limits = line.settings.limits
    waiting = open_decisions(line) if limits.brain_space else 0
    if limits.brain_space and waiting >= limits.brain_space:
        verb = "is" if waiting == 1 else "are"
        said = f"{counted(waiting, 'decision')} {verb} open and brain_space is {limits.brain_space}"
        return f"{said}: `df gate` comes first"
    minutes = review_minutes(line) if limits.review_minutes else 0
    if limits.review_minutes and minutes >= limits.review_minutes:
        said = f"{minutes:.0f} min of review wait and review_minutes is {limits.review_minutes}"
        return f"{said}: `df gate` comes first"
    return ""
