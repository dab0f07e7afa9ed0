"""The questions that a server answers about a factory, as the commands answer them."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from darkfactory.domain.state import STATE_NAME, StateFolder
from darkfactory.factory.line import open_line
from darkfactory.factory.session_work import session_work
from darkfactory.factory.show_gate import gate_rows
from darkfactory.factory.status import read_status, status_json
from darkfactory.sessions.view import list_sessions, session_json


def answers(root: Path) -> Mapping[str, Callable[..., Mapping[str, Any]]]:
    """Return what answers each place of the read API: the JSON that the command of it prints.

    What a place names in braces is given by that name.
    """
    return {
        "/v1/status": lambda: {"version": 1, **status_json(read_status(open_line(root)))},
        "/v1/sessions": lambda: {"version": 1, "sessions": _sessions(root)},
        "/v1/sessions/{session}/work": lambda session: _work(root, session),
        "/v1/gate": lambda: {"version": 1, "changes": gate_rows(open_line(root))},
    }


def _work(root: Path, session: str) -> dict[str, Any]:
    return {"version": 1, **session_work(open_line(root), session)}


def _sessions(root: Path) -> list[dict[str, Any]]:
    state = StateFolder(root / STATE_NAME)
    return [session_json(view) for view in list_sessions(state, now=time.time())]
