"""The whole factory at a glance, derived from the record at the moment of asking."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.domain.counting import counted
from darkfactory.factory.calibrate_waffle import calibration_problem
from darkfactory.factory.demotion import Demotion, demotions
from darkfactory.factory.disposition import OPEN, Standing, standing
from darkfactory.factory.line import Line
from darkfactory.factory.open_decisions import full_heads, open_decisions, review_minutes
from darkfactory.factory.own_branch import left_branch
from darkfactory.factory.record import LeftBranch
from darkfactory.factory.run_lock import is_suspended, run_holder
from darkfactory.factory.untriaged import untriaged_items
from darkfactory.gate.record import ON_THE_WAY, Change
from darkfactory.sessions.view import SessionView, list_sessions, session_json

_COLUMNS = {
    Standing.TODO: "todo",
    Standing.WORKING: "working",
    Standing.WAITING: "waiting",
    Standing.LANDED: "landed",
    Standing.BOUNCED: "bounced",
    Standing.FAILED: "failed",
    Standing.REPORTED: "reported",
    Standing.CANCELLED: "cancelled",
    Standing.CLOSED: "closed",
    Standing.STOPPED: "todo",
}


@dataclass(frozen=True, slots=True)
class LaneCount:
    """How many items of a lane stand where; each stands in one place, duplicates in open ones."""

    name: str
    todo: int = 0
    working: int = 0
    waiting: int = 0
    landed: int = 0
    bounced: int = 0
    failed: int = 0
    reported: int = 0
    cancelled: int = 0
    closed: int = 0


@dataclass(frozen=True, slots=True)
class AtTheGate:
    """How many changes are at the gate: for a person's verdict, put aside, in test, on their way.

    Together they are what the lanes count as waiting. *oldest_seconds* is of those for a verdict.
    """

    waiting: int = 0
    oldest_seconds: float | None = None
    deferred: int = 0
    checking: int = 0
    approved: int = 0


@dataclass(frozen=True, slots=True)
class Review:
    """How many *minutes* the review of what waits will take, and how many may wait."""

    minutes: float
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What ``df status`` shows. *no_lane* counts what is open of items that the plan's lanes lack.

    *planned* tells whether triage has sorted a backlog yet, *left* why the user's branch lacks
    what has landed, *suspended* the pid of a ``df run`` that a signal has stopped, *stopped* how
    many of what is to do was begun and stopped with its run, *untriaged* the items that were nuked
    twice and wait for a person, *frozen* why nothing lands, as ``gate.frozen`` told it, *held* why
    nothing new starts while people judge, *demoted* the lanes that may not land alone any more,
    *calibration_problem* why no run starts by the waffle.json that is there.
    """

    running: bool
    lanes: tuple[LaneCount, ...]
    sessions: tuple[SessionView, ...]
    no_lane: LaneCount
    gate: AtTheGate
    open_decisions: int
    brain_space: int
    budget: dict[str, Any]
    planned: bool = False
    left: LeftBranch | None = None
    suspended: str | None = None
    stopped: int = 0
    untriaged: tuple[str, ...] = ()
    frozen: dict[str, Any] | None = None
    review: Review = Review(0.0)
    held: str = ""
    demoted: tuple[Demotion, ...] = ()
    calibration_problem: str = ""


def read_status(line: Line) -> Status:
    """Return the present state of the factory."""
    line.record.refresh()
    now = line.clock.now()
    holder = run_holder(line.state)
    sessions = tuple(list_sessions(line.state, now=now, stories=line.stories))
    return Status(
        running=holder is not None,
        suspended=holder if is_suspended(holder) else None,
        lanes=lane_counts(line),
        no_lane=_count(line)[""],
        sessions=sessions,
        gate=_at_the_gate(line, now),
        open_decisions=open_decisions(line),
        brain_space=line.settings.limits.brain_space,
        budget=_budget(line, sessions),
        planned=line.record.plan is not None,
        left=left_branch(line.record),
        stopped=len(stopped_items(line)),
        untriaged=tuple(untriaged_items(line)),
        frozen=_frozen(line),
        review=Review(review_minutes(line), line.settings.limits.review_minutes or None),
        held=full_heads(line),
        demoted=tuple(demotions(line)),
        calibration_problem=calibration_problem(line.state.root.parent),
    )


def _frozen(line: Line) -> dict[str, Any] | None:
    changes = line.record.changes
    told = changes.hold.data() if changes.hold else {}
    return {**told, "reason": changes.stopped} if changes.stopped else None


def _at_the_gate(line: Line, now: float) -> AtTheGate:
    states = Counter(change.state_at(now) for change in line.record.changes)
    waits = [now - change.since for change in waiting_changes(line)]
    return AtTheGate(
        waiting=len(waits),
        oldest_seconds=round(max(waits), 1) if waits else None,
        deferred=states[ChangeState.DEFERRED],
        checking=states[ChangeState.CHECKING],
        approved=sum(states[state] for state in ON_THE_WAY),
    )


def stopped_items(line: Line) -> list[str]:
    """Return the items of the plan that were stopped with their run and start with the next."""
    plan = line.record.plan
    items = [row.item.id for row in (plan.plan.items if plan else ()) if row.duplicate_of is None]
    return [item for item in items if standing_of(line, item) is Standing.STOPPED]


def stopped_words(stopped: int) -> str:
    """Return what is told of *stopped* items that were stopped with their run."""
    what, them = ("was", "it") if stopped == 1 else ("were", "them")
    return f"{counted(stopped, 'item')} {what} stopped: `df run` starts {them} again"


def waiting_changes(line: Line) -> list[Change]:
    """Return the changes that wait for a verdict, by the record as last read."""
    now = line.clock.now()
    changes = line.record.changes
    return [one for one in changes if one.state_at(now) is ChangeState.WAITING_TASTE]


def status_json(status: Status) -> dict[str, Any]:
    """Return *status* in the shape of the contract."""
    return {
        "running": status.running,
        "suspended": status.suspended is not None,
        "lanes": [asdict(lane) for lane in status.lanes],
        "no_lane": asdict(status.no_lane),
        "stopped": status.stopped,
        "needs_triage": list(status.untriaged),
        "sessions": [session_json(view) for view in status.sessions],
        "gate": asdict(status.gate),
        "brain_space": {"open": status.open_decisions, "limit": status.brain_space},
        "budget": status.budget,
        "base": None if status.left is None else asdict(status.left),
        "frozen": status.frozen,
        "review": asdict(status.review),
        "held": status.held,
        "demoted": [asdict(one) for one in status.demoted],
    }


def _budget(line: Line, sessions: Iterable[SessionView]) -> dict[str, Any]:
    """Return the limits of a run and what was used, by its sessions so far and by all there were.

    The factory stream tells what a session used when it has ended; until then its own log does.
    """
    shown = {view.id: view for view in sessions}
    began = line.record.run.sessions if line.record.run else {}
    tokens = run_tokens = 0
    usd = run_usd = 0.0
    for row in line.record.sessions.values():
        live = shown[row.id]
        now_tokens, now_usd = max(row.tokens, live.tokens), max(row.cost_usd, live.cost_usd)
        tokens, usd = tokens + now_tokens, usd + now_usd
        if row.id in began:
            run_tokens += now_tokens - began[row.id][0]
            run_usd += now_usd - began[row.id][1]
    return {
        "tokens": line.settings.limits.tokens,
        "usd": line.settings.limits.usd,
        "tokens_used": tokens,
        "usd_used": round(usd, 6),
        "run_tokens": run_tokens,
        "run_usd": round(run_usd, 6),
    }


def lane_counts(line: Line) -> tuple[LaneCount, ...]:
    """Return how many items of each lane stand where, by the plan and the record as last read."""
    return tuple(lane for name, lane in _count(line).items() if name)


def _count(line: Line) -> dict[str, LaneCount]:
    """Return the counts of each lane by its name, and under "" what no lane of the plan has.

    Of that, and of duplicates, only what is open counts: it waits for somebody all the same.
    """
    names = [lane.name for lane in line.settings.lanes]
    counts = {name: dict.fromkeys(_COLUMNS.values(), 0) for name in (*names, "")}
    plan = line.record.plan
    rows = {row.item.id: row for row in (plan.plan.items if plan else ())}
    for item in dict.fromkeys((*rows, *line.record.items())):
        row, place = rows.get(item), standing_of(line, item)
        lane = row.lane if row is not None and row.lane in counts else ""
        if place in OPEN or (lane and row is not None and row.duplicate_of is None):
            counts[lane][_COLUMNS[place]] += 1
    return {name: LaneCount(name, **columns) for name, columns in counts.items()}


def standing_of(line: Line, item: str) -> Standing:
    """Return where *item* stands, by the record as last read."""
    return standing(line.record.attempted(item), line.record.changes.of_item(item))
