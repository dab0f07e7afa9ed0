"""Find a session by its id or its item's, and tell of a name that is neither what was meant."""

import os
from collections.abc import Iterator
from pathlib import Path

from darkfactory.domain.state import StateFolder
from darkfactory.errors import UnknownSession
from darkfactory.events.stream import Stream

_LOG = ".jsonl"


def find_session(state: StateFolder, name: str) -> str:
    """Return *name* if a session is called so, else the last session of the item called so.

    Raises:
        UnknownSession: If it is neither.
    """
    if name in _entries(state.sessions) or name in logged_sessions(state):
        return name
    found = [session for session, item in _started(state) if item == name]
    if not found:
        raise unknown_session(state, name)
    return found[-1]


def unknown_session(state: StateFolder, name: str) -> UnknownSession:
    """Return the error that says *name* is no session, and which it may be instead."""
    items = dict(_started(state))
    of_item = [session for session, item in items.items() if item == name]
    return UnknownSession(name, {*items, *logged_sessions(state)}, of_item=of_item)


def logged_sessions(state: StateFolder) -> set[str]:
    """Return the sessions that have a log, whoever writes it."""
    names = _entries(state.streams / "s")
    return {name.removesuffix(_LOG) for name in names if name.endswith(_LOG)}


def _started(state: StateFolder) -> Iterator[tuple[str, str]]:
    """Yield each session that the factory has started with its item, oldest first."""
    for _, event in Stream(state.streams, "factory").read():
        if event.type == "session.started" and event.session is not None:
            yield event.session, str(event.data.get("item") or "")


def _entries(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))
    except FileNotFoundError:
        return set()
