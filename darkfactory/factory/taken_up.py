"""Tell which sessions of an earlier run this one takes up again."""

import os
from collections.abc import Collection, Iterator

from darkfactory.domain.counting import counted, listed
from darkfactory.factory.line import Line
from darkfactory.sessions.hosts import HostState, find_host

_CUT_OFF = (HostState.GONE, HostState.UNSTARTED)


def taken_up(line: Line, items: Collection[str]) -> Iterator[str]:
    """Yield a line each for the sessions of *items* that still run and for those cut off.

    Ask before the run begins with any: it buries what is dead.
    """
    found = [
        row.id for row in line.record.sessions.values() if row.outcome is None and row.item in items
    ]
    states = {session: _state(line, session) for session in found}
    alive = [session for session in found if states[session] is HostState.ALIVE]
    dead = [session for session in found if states[session] in _CUT_OFF]
    if alive:
        yield f"took up {_named(alive)} again, which went on by {_themselves(alive)}"
    if dead:
        verb = "was" if len(dead) == 1 else "were"
        yield f"{_named(dead)} {verb} cut off; this run goes on from what is left"


def _state(line: Line, session: str) -> HostState:
    return find_host(os.fspath(line.state.session(session))).state


def _named(sessions: list[str]) -> str:
    if len(sessions) == 1:
        return sessions[0]
    return f"{counted(len(sessions), 'session')} ({listed(sessions)})"


def _themselves(sessions: list[str]) -> str:
    return "itself" if len(sessions) == 1 else "themselves"
