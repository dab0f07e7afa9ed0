"""What sessions are doing, derived from facts at the moment of asking.

A state is as good as its evidence: the last event with its offset and age, and whether the host
process lives. Where the facts contradict each other or are missing, the state is unknown.
"""

import math
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from darkfactory.clock import seconds_of
from darkfactory.domain.event import Event
from darkfactory.domain.foreign import number_of, text_of
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.session import State, TurnEnd
from darkfactory.domain.state import StateFolder
from darkfactory.events.offset import format_offset
from darkfactory.events.stream import Stream
from darkfactory.sessions.hosts import Found, HostState, find_host
from darkfactory.sessions.limits import highest
from darkfactory.sessions.names import logged_sessions, unknown_session
from darkfactory.sessions.stories import Stories
from darkfactory.sessions.story import Story
from darkfactory.waffle.ladder import Action

_NEVER_NUKED = (Autonomy.OBSERVE, Autonomy.SUGGEST)


@dataclass(frozen=True, slots=True)
class SessionView:
    """One session as a person or a script sees it. *evidence* says why the state is what it is.

    Of a session that is not over, *waffle_scores* are the last that were told, oldest first,
    *waffle_action* is what the last one asks for, and *waffle_because* its first reason.
    """

    id: str
    item: str
    title: str
    lane: str
    agent: str
    attempt: int
    state: State
    evidence: dict[str, Any]
    tokens: int
    cost_usd: float
    age_seconds: float | None
    outcome: str | None
    waffle: float | None = None
    risk: float | None = None
    last_action: str = ""
    waffle_scores: tuple[float, ...] = ()
    waffle_action: str = ""
    waffle_because: str = ""

    @property
    def is_doubted(self) -> bool:
        """Whether its waffle score asks for something."""
        return self.waffle_action in (Action.WARN, Action.STEER, Action.NUKE)


@dataclass(slots=True)
class _Row:
    """A session as the factory stream tells it."""

    id: str
    started: Event
    ended: Event | None = None


def list_sessions(
    state: StateFolder, *, now: float, stories: Stories | None = None
) -> list[SessionView]:
    """Return every session the factory stream knows, oldest first.

    Args:
        stories: What their logs told before, for whoever asks again and again.
    """
    told = stories or Stories(state.streams)
    return [_view(state, row, now, told) for row in _rows(state, told)]


def session_json(view: SessionView) -> dict[str, Any]:
    """Return one session in the shape of the contract."""
    return asdict(view)


def show_session(state: StateFolder, session: str, *, now: float) -> SessionView:
    """Return one session.

    Raises:
        UnknownSession: If no stream tells of it.
    """
    told = Stories(state.streams)
    for row in _rows(state, told):
        if row.id == session:
            return _view(state, row, now, told)
    raise unknown_session(state, session)


def _rows(state: StateFolder, stories: Stories) -> Iterator[_Row]:
    """Yield what the factory stream tells, then the sessions of streams that others write."""
    rows: dict[str, _Row] = {}
    for _, event in Stream(state.streams, "factory").read():
        if event.session is None:
            continue
        if event.type == "session.started":
            row = rows.setdefault(event.session, _Row(event.session, event))
            row.ended = None
        elif event.type == "session.ended" and event.session in rows:
            rows[event.session].ended = event
    yield from rows.values()
    for session in sorted(logged_sessions(state) - rows.keys()):
        yield _foreign_row(session, stories.of(session))


def _foreign_row(session: str, story: Story) -> _Row:
    """Return a session that the factory did not start, as its own stream tells it."""
    row = _Row(session, story.began or Event("session.started", session=session), story.end)
    seen = story.dated or story.last
    if row.started.ts is None and seen is not None:
        row.started = replace(row.started, ts=seen.ts, agent=seen.agent)
    return row


def _view(state: StateFolder, row: _Row, now: float, stories: Stories) -> SessionView:
    data = row.started.data
    if row.ended is not None:
        return _ended(row, now)
    story = stories.of(row.id)
    found = find_host(os.fspath(state.session(row.id)))
    current, why = judge_state(story, found)
    evidence: dict[str, Any] = {"why": why, "host": found.state}
    if found.stopped and found.process is not None:
        evidence["stopped"] = found.process.pid
    if story.last is not None:
        evidence |= {
            "event": story.last.type,
            "offset": format_offset(story.last_position),
            "event_age_seconds": _age(story.last.ts, now),
        }
    if story.approvals:
        evidence["approvals"] = [
            {"request": request, "command": command} for request, command in story.approvals.items()
        ]
    return SessionView(
        id=row.id,
        item=text_of(data.get("item")),
        title=text_of(data.get("title")),
        lane=text_of(data.get("lane")),
        agent=row.started.agent or "",
        attempt=_count(data.get("attempt"), 1),
        state=current,
        evidence=evidence,
        tokens=story.tokens,
        cost_usd=story.cost,
        age_seconds=_age(row.started.ts, now),
        outcome=text_of(story.ended.get("outcome")) if story.ended else None,
        waffle=number_of(story.waffle),
        risk=number_of(story.risk),
        last_action=story.last_action,
        waffle_scores=tuple(story.scores),
        waffle_action=_asked_for(story.doubt, data.get("autonomy")),
        waffle_because=story.because,
    )


def judge_state(story: Story, found: Found) -> tuple[State, str]:
    """Return the state that *story* and *found* prove, and the sentence that says why."""
    if story.ended is not None or found.state is HostState.ENDED:
        return State.ENDED, "the log says that it ended"
    if found.spec is None:
        return (
            State.UNKNOWN,
            "it does not run here: whoever writes its log has not said that it ended",
        )
    if found.state is not HostState.ALIVE:
        return (
            State.UNKNOWN,
            "no process runs it and nothing says that it ended; `df run` finds out",
        )
    if found.stopped and found.process is not None:
        return State.UNKNOWN, stopped_words(found.process.pid)
    if found.spec.loop and not story.in_turn and story.turn_end == TurnEnd.DONE:
        return State.WORKING, "its loop is between two turns; `df run` measures the tree"
    return _running_state(story)


def stopped_words(pid: int) -> str:
    """Return what is said of a session whose host *pid* was stopped by a signal."""
    return f"its host was stopped by a signal and does nothing; kill -CONT {pid} lets it go on"


def _running_state(story: Story) -> tuple[State, str]:
    if story.approvals:
        asked = next(iter(story.approvals.values()))
        more = f", and {len(story.approvals) - 1} more" if len(story.approvals) > 1 else ""
        return State.WAITING_APPROVAL, f"it asks for your yes to {asked or 'a step'}{more}"
    if story.in_turn and story.retrying:
        return State.BLOCKED, "its model does not answer; the agent is trying again"
    if story.in_turn:
        return State.WORKING, "a turn is running"
    if story.turn_end == TurnEnd.INTERRUPTED:
        return State.IDLE, "interrupted: it waits for a steer or a cancel"
    starting = story.turn_end is None
    return State.WORKING, "the agent is starting" if starting else "the host finishes the session"


def _ended(row: _Row, now: float) -> SessionView:
    data, end = row.started.data, row.ended.data if row.ended else {}
    started, ended = row.started.ts, row.ended.ts if row.ended else None
    until = _seconds(ended)
    lived = _age(started, until) if until is not None else None
    return SessionView(
        id=row.id,
        item=text_of(data.get("item")),
        title=text_of(data.get("title")),
        lane=text_of(data.get("lane")),
        agent=row.started.agent or "",
        attempt=_count(data.get("attempt"), 1),
        state=State.ENDED,
        evidence={
            "why": text_of(end.get("reason")),
            "event": "session.ended",
            "event_age_seconds": _age(ended, now),
        },
        tokens=highest(0, end.get("tokens")),
        cost_usd=highest(0.0, end.get("cost_usd")),
        age_seconds=lived,
        outcome=text_of(end.get("outcome")),
        waffle=number_of(end.get("waffle")),
        risk=number_of(end.get("risk")),
    )


def _asked_for(doubt: str, autonomy: Any) -> str:
    """Return what a score asks for in its lane: where no session is nuked, a steer is the most."""
    return Action.STEER if doubt == Action.NUKE and autonomy in _NEVER_NUKED else doubt


def _count(told: Any, otherwise: int) -> int:
    return told if isinstance(told, int) and not isinstance(told, bool) else otherwise


def _seconds(stamp: str | float | None) -> float | None:
    """Return *stamp* as seconds since the epoch, None for what is no time: others write too."""
    try:
        seconds = seconds_of(stamp) if isinstance(stamp, str) else float(stamp or math.nan)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) else None


def _age(stamp: str | float | None, now: float) -> float | None:
    seconds = _seconds(stamp)
    return None if seconds is None else round(max(0.0, now - seconds), 1)
