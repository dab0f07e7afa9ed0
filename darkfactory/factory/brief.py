"""One line a session for a person who comes back: mission, state, evidence, blocker, next."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.domain.counting import counted
from darkfactory.domain.session import State
from darkfactory.factory.line import Line
from darkfactory.factory.run_lock import is_running
from darkfactory.factory.status import lane_counts
from darkfactory.sessions.view import SessionView, list_sessions

_NEXT = {
    State.WORKING: "nothing: it works",
    State.WAITING_APPROVAL: "df sessions approve {id} {request}, or deny",
    State.BLOCKED: "wait, or df sessions cancel {id}",
    State.IDLE: "df sessions steer {id} TEXT, or cancel",
    State.UNKNOWN: "df run takes it up again",
}


@dataclass(frozen=True, slots=True)
class BriefRow:
    """One session in a sentence's worth of facts.

    *offset* is the place in the session's log that *evidence* was read from, *seen_seconds* how
    long ago that was; a change at the gate has neither.
    """

    session: str
    item: str
    mission: str
    state: str
    evidence: str
    blocker: str
    next: str
    offset: str | None = None
    seen_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """What ``df brief`` shows. *attention* is the one thing that most deserves a person now."""

    rows: tuple[BriefRow, ...]
    attention: str


def read_brief(line: Line) -> Brief:
    """Return the sessions that are not over, those with work at the gate, and what to do first."""
    line.record.refresh()
    views = list_sessions(line.state, now=line.clock.now())
    rows = [_row(view) for view in views if view.state is not State.ENDED]
    rows += [_gate_row(line, view) for view in views if _waits(line, view)]
    return Brief(tuple(rows), _attention(line, views))


def brief_json(brief: Brief) -> dict[str, Any]:
    """Return *brief* as plain values."""
    return {"sessions": [asdict(row) for row in brief.rows], "attention": brief.attention}


def _row(view: SessionView) -> BriefRow:
    blocker = ""
    if view.state in (State.WAITING_APPROVAL, State.BLOCKED, State.UNKNOWN):
        blocker = str(view.evidence.get("why") or "")
    asked = view.evidence.get("approvals") or [{"request": ""}]
    return BriefRow(
        session=view.id,
        item=view.item,
        mission=view.title,
        state=view.state,
        evidence=view.last_action or "no tool call yet",
        blocker=blocker,
        next=_NEXT[view.state].format(id=view.id, request=asked[0]["request"]),
        offset=view.evidence.get("offset"),
        seen_seconds=view.evidence.get("event_age_seconds"),
    )


def _gate_row(line: Line, view: SessionView) -> BriefRow:
    change = line.record.changes.of_item(view.item)
    check = change.check if change else {}
    return BriefRow(
        session=view.id,
        item=view.item,
        mission=view.title,
        state=str(view.outcome),
        evidence=_checked(check),
        blocker="your verdict",
        next=f"df gate show {change.id if change else view.item}",
    )


def _checked(check: Mapping[str, Any]) -> str:
    """Return what the harness says of a change, in few words."""
    result = check.get("result")
    if result is None:
        return str(check.get("why") or "the harness has not run on it")
    if check.get("green") and result != "pass":
        return "harness red only where the base is"
    return f"harness {result}"


def _waits(line: Line, view: SessionView) -> bool:
    change = line.record.changes.of_item(view.item)
    return (
        view.state is State.ENDED
        and change is not None
        and change.session == view.id
        and change.state_at(line.clock.now()) is ChangeState.WAITING_TASTE
    )


def _attention(line: Line, views: list[SessionView]) -> str:
    asking = [view for view in views if view.state is State.WAITING_APPROVAL]
    lost = [view for view in views if view.state is State.UNKNOWN]
    idle = [view for view in views if view.state is State.IDLE]
    waiting = [view for view in views if _waits(line, view)]
    if line.record.changes.frozen:
        return f"the gate is frozen: {line.record.changes.frozen}"
    if asking:
        return f"{asking[0].id} waits for an approval; nothing else moves it"
    if lost:
        return f"{lost[0].id} has no process; `df run` takes it up again"
    if idle:
        return f"{idle[0].id} was interrupted and waits for your words or a cancel"
    if waiting:
        verb = "waits" if len(waiting) == 1 else "wait"
        return f"{counted(len(waiting), 'change')} {verb} for your verdict: df gate"
    if any(view.state is not State.ENDED for view in views):
        return "nothing needs you; the agents work"
    if is_running(line.state):
        return "nothing needs you; df run works, no session of it runs now"
    return _what_is_left(line)


def _what_is_left(line: Line) -> str:
    """Return what a person can do while nothing runs and nothing waits for them."""
    if line.record.plan is None:
        return "nothing is planned; `df triage` sorts the backlog into lanes"
    lanes = lane_counts(line)
    left = sum(lane.todo + lane.bounced for lane in lanes)
    if left:
        return f"nothing is running; `df run` works on what is left: {counted(left, 'item')}"
    hidden = sum(change.waits_for_base for change in line.record.changes)
    if hidden:
        verb = "waits" if hidden == 1 else "wait"
        what = f"{counted(hidden, 'change')} {verb} for another base"
        return f"the base is red and hides what is new: {what}; mend it, then `df run`"
    failed = sum(lane.failed for lane in lanes)
    if failed:
        return f"{counted(failed, 'item')} failed: `df sessions` tells why"
    return "nothing is left to do"
