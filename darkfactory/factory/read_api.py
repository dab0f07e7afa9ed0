"""The questions that a server answers about a factory, as the commands answer them."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from darkfactory.domain.state import STATE_NAME, StateFolder
from darkfactory.factory.line import open_line
from darkfactory.factory.session_work import session_work
from darkfactory.factory.show_gate import gate_rows
from darkfactory.factory.status import read_status, status_json
from darkfactory.sessions.stories import Stories
from darkfactory.sessions.view import list_sessions, session_json


def answers(root: Path) -> Mapping[str, Callable[..., Mapping[str, Any]]]:
    """Return what answers each place of the read API: the JSON that the command of it prints.

    What a place names in braces is given by that name. Any number of threads may ask.
    """
    reader = _Reader(root)
    return {
        "/v1/status": reader.status,
        "/v1/sessions": reader.sessions,
        "/v1/sessions/{session}/work": reader.work,
        "/v1/gate": reader.gate,
    }


class _Reader:
    """Answers again and again, so what the logs of sessions told is kept; one look at a time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._state = StateFolder(root / STATE_NAME)
        self._stories = Stories(self._state.streams)
        self._lock = threading.Lock()

    def status(self) -> dict[str, Any]:
        with self._lock:
            line = open_line(self._root)
            line.take_stories(self._stories)
            return {"version": 1, **status_json(read_status(line))}

    def sessions(self) -> dict[str, Any]:
        with self._lock:
            found = list_sessions(self._state, now=time.time(), stories=self._stories)
            return {"version": 1, "sessions": [session_json(view) for view in found]}

    def work(self, session: str) -> dict[str, Any]:
        return {"version": 1, **session_work(open_line(self._root), session)}

    def gate(self) -> dict[str, Any]:
        return {"version": 1, "changes": gate_rows(open_line(self._root))}
