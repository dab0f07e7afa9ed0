"""The whole factory at a glance, derived from the record at the moment of asking."""

from dataclasses import asdict, dataclass
from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.domain.item import PlannedItem
from darkfactory.factory.disposition import Standing, standing
from darkfactory.factory.line import Line
from darkfactory.factory.open_decisions import open_decisions
from darkfactory.factory.run_lock import is_running
from darkfactory.sessions.view import SessionView, list_sessions

_COLUMNS = {
    Standing.TODO: "todo",
    Standing.WORKING: "working",
    Standing.WAITING: "waiting",
    Standing.LANDED: "landed",
    Standing.REPORTED: "landed",
    Standing.BOUNCED: "bounced",
    Standing.FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class LaneCount:
    """How many items of a lane stand where. ``landed`` counts reports of observe lanes too."""

    name: str
    todo: int = 0
    working: int = 0
    waiting: int = 0
    landed: int = 0
    bounced: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """What ``df status`` shows."""

    running: bool
    lanes: tuple[LaneCount, ...]
    sessions: tuple[SessionView, ...]
    waiting: int
    oldest_seconds: float | None
    open_decisions: int
    brain_space: int
    budget: dict[str, Any]


def read_status(line: Line) -> Status:
    """Return the present state of the factory."""
    line.record.refresh()
    now = line.clock.now()
    waiting = [
        now - change.since
        for change in line.record.changes
        if change.state_at(now) is ChangeState.WAITING_TASTE
    ]
    limits = line.settings.limits
    return Status(
        running=is_running(line.state),
        lanes=_lanes(line),
        sessions=tuple(list_sessions(line.state, now=now)),
        waiting=len(waiting),
        oldest_seconds=round(max(waiting), 1) if waiting else None,
        open_decisions=open_decisions(line),
        brain_space=limits.brain_space,
        budget={
            "tokens": limits.tokens,
            "usd": limits.usd,
            "tokens_used": sum(row.tokens for row in line.record.sessions.values()),
            "usd_used": round(sum(row.cost_usd for row in line.record.sessions.values()), 6),
        },
    )


def status_json(status: Status) -> dict[str, Any]:
    """Return *status* in the shape of the contract."""
    return {
        "running": status.running,
        "lanes": [asdict(lane) for lane in status.lanes],
        "sessions": [session_json(view) for view in status.sessions],
        "gate": {"waiting": status.waiting, "oldest_seconds": status.oldest_seconds},
        "brain_space": {"open": status.open_decisions, "limit": status.brain_space},
        "budget": status.budget,
    }


def session_json(view: SessionView) -> dict[str, Any]:
    """Return one session in the shape of the contract."""
    return asdict(view)


def _lanes(line: Line) -> tuple[LaneCount, ...]:
    counts = {lane.name: dict.fromkeys(_COLUMNS.values(), 0) for lane in line.settings.lanes}
    plan = line.record.plan
    for row in plan.plan.items if plan else ():
        column = _COLUMNS.get(_standing(line, row))
        if row.lane in counts and column is not None and row.duplicate_of is None:
            counts[row.lane][column] += 1
    return tuple(LaneCount(name, **columns) for name, columns in counts.items())


def _standing(line: Line, row: PlannedItem) -> Standing:
    change = line.record.changes.of_item(row.item.id)
    return standing(line.record.attempted(row.item.id), change)
