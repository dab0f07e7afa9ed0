"""One line a session or item for a person who comes back: nothing that needs them is missing."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from darkfactory.domain.counting import counted
from darkfactory.domain.session import State
from darkfactory.factory.brief_items import item_rows
from darkfactory.factory.brief_row import BriefRow
from darkfactory.factory.demotion import demotions, unexamined
from darkfactory.factory.disposition import Standing
from darkfactory.factory.line import Line
from darkfactory.factory.own_branch import left_branch
from darkfactory.factory.reports import unread_reports
from darkfactory.factory.run_lock import is_running
from darkfactory.factory.status import (
    LaneCount,
    lane_counts,
    standing_of,
    stopped_items,
    stopped_words,
    waiting_changes,
)
from darkfactory.factory.untriaged import untriaged_items, untriaged_words
from darkfactory.sessions.view import SessionView, list_sessions

_NEXT = {
    State.WORKING: "nothing: it works",
    State.WAITING_APPROVAL: "df sessions approve {id} {request}, or deny",
    State.BLOCKED: "wait, or df sessions cancel {id}",
    State.IDLE: "df sessions steer {id} TEXT, or cancel",
    State.UNKNOWN: "df run takes it up again",
}


@dataclass(frozen=True, slots=True)
class Brief:
    """What ``df brief`` shows. *attention* is the one thing that most deserves a person now."""

    rows: tuple[BriefRow, ...]
    attention: str


def read_brief(line: Line) -> Brief:
    """Return what is not over, what came to no good end or is unread, and what to do first."""
    line.record.refresh()
    running = is_running(line.state)
    views = list_sessions(line.state, now=line.clock.now())
    going = [view for view in views if view.state is not State.ENDED]
    rows = (*map(_row, going), *item_rows(line, running=running))
    return Brief(rows, _attention(line, going, running=running))


def brief_json(brief: Brief) -> dict[str, Any]:
    """Return *brief* as plain values."""
    return {"sessions": [asdict(row) for row in brief.rows], "attention": brief.attention}


def _next(view: SessionView) -> str:
    stopped = view.evidence.get("stopped")
    return f"kill -CONT {stopped}, or df sessions cancel {{id}}" if stopped else _NEXT[view.state]


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
        next=_next(view).format(id=view.id, request=asked[0]["request"]),
        offset=view.evidence.get("offset"),
        seen_seconds=view.evidence.get("event_age_seconds"),
        waffle=view.waffle,
        risk=view.risk,
    )


def _attention(line: Line, going: Sequence[SessionView], *, running: bool) -> str:
    lanes = lane_counts(line)
    left = sum(lane.todo + lane.bounced for lane in lanes)
    looks: tuple[Callable[[], str], ...] = (
        lambda: _frozen(line),
        lambda: _of_sessions(going),
        lambda: _to_judge(line),
        lambda: _to_read(line),
        lambda: "" if running or going else _to_run(line, left),
        lambda: _hidden(line),
        lambda: _untriaged(line),
        lambda: _demoted(line),
        lambda: _failed(lanes),
        lambda: "nothing needs you; the agents work" if going else "",
        lambda: "nothing needs you; df run works, no session of it runs now" if running else "",
        lambda: _cancelled(line, lanes),
        lambda: _lagging(line),
    )
    return next((said for look in looks if (said := look())), "nothing is left to do")


def _frozen(line: Line) -> str:
    frozen = line.record.changes.stopped
    return f"the gate is frozen: {frozen}" if frozen else ""


def _of_sessions(going: Sequence[SessionView]) -> str:
    """Return what the session says that most needs a person, empty where none does."""
    for state, said in (
        (State.WAITING_APPROVAL, "waits for an approval; nothing else moves it"),
        (State.UNKNOWN, "has no process; `df run` takes it up again"),
        (State.IDLE, "was interrupted and waits for your words or a cancel"),
    ):
        found = [view for view in going if view.state is state]
        if found and found[0].evidence.get("stopped"):
            return f"{found[0].id}: {found[0].evidence['why']}"
        if found:
            return f"{found[0].id} {said}"
    return ""


def _to_judge(line: Line) -> str:
    waiting = len(waiting_changes(line))
    if not waiting:
        return ""
    return f"{counted(waiting, 'change')} {_wait(waiting)} for your verdict: df gate"


def _to_read(line: Line) -> str:
    unread = unread_reports(line.record)
    if not unread:
        return ""
    return f"{counted(len(unread), 'report')} nobody has read: df sessions show {unread[0].id}"


def _to_run(line: Line, left: int) -> str:
    """Return what a ``df run`` would work on, empty where it would on nothing."""
    if line.record.plan is None:
        return "nothing is planned; `df triage` sorts the backlog into lanes"
    if not left:
        return ""
    stopped = len(stopped_items(line))
    if stopped == left:
        return stopped_words(stopped)
    said = f"nothing is running; `df run` works on what is left: {counted(left, 'item')}"
    return f"{said}, {stopped} of them stopped before" if stopped else said


def _hidden(line: Line) -> str:
    hidden = sum(change.waits_for_base for change in line.record.changes)
    if not hidden:
        return ""
    what = f"{counted(hidden, 'change')} {_wait(hidden)} for another base"
    return f"the base is red and hides what is new: {what}; mend it, then `df run`"


def _failed(lanes: Sequence[LaneCount]) -> str:
    failed = sum(lane.failed for lane in lanes)
    return f"{counted(failed, 'item')} failed: `df sessions` tells why" if failed else ""


def _untriaged(line: Line) -> str:
    items = untriaged_items(line)
    return untriaged_words(items) if items else ""


def _demoted(line: Line) -> str:
    """Return which lane may not land alone any more, or that landings of one want a look."""
    found, sampled = demotions(line), unexamined(line)
    if found:
        return found[0].words
    if not sampled:
        return ""
    verb = "is" if len(sampled) == 1 else "are"
    return f"{counted(len(sampled), 'landing')} {verb} sampled for audit: df gate audit"


def _cancelled(line: Line, lanes: Sequence[LaneCount]) -> str:
    cancelled = sum(lane.cancelled for lane in lanes)
    if not cancelled:
        return ""
    item = next(
        item for item in line.record.items() if standing_of(line, item) is Standing.CANCELLED
    )
    return f"{counted(cancelled, 'item')} cancelled: `df run --item {item}` starts one again"


def _lagging(line: Line) -> str:
    branch = left_branch(line.record)
    return branch.words if branch else ""


def _wait(number: int) -> str:
    return "waits" if number == 1 else "wait"
