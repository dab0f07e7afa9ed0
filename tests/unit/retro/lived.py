"""Cases and skills as a test tells them."""

from collections.abc import Iterable
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.retro.case import Case
from darkfactory.retro.cases import case_of
from darkfactory.retro.history import Fate, Sitting, Verdict
from darkfactory.retro.shelf import Shelved

BODY = """---
name: {name}
description: Use when {name} is due.
---
# {name}

Do it step by step.

## Rules

- Write small commits, because they are read.
"""


def skill(
    name: str = "commit", text: str = "", side: str = "version: 1.0.0\n", **refs: str
) -> dict[str, Shelved]:
    """Return a shelf with one skill; *refs* are references by name, with ``_`` for the dot."""
    references = {f"references/{path.replace('_', '.')}": held for path, held in refs.items()}
    return {name: Shelved(name, text or BODY.format(name=name), side, references)}


def case(
    session: str,
    *events: Event,
    item: str = "",
    skills: Iterable[str] = ("commit",),
    verdicts: Iterable[Verdict] = (),
    lane: str = "bugs",
    fate: Fate = Fate.LANDED,
    tokens: int | None = 100,
) -> Case:
    """Return the case of a session that got *skills* and in which *events* happened."""
    given = [{"name": name, "version": "1.0.0"} for name in skills]
    log = [Event("session.started", {"skills": given}), *events, Event("session.ended")]
    sitting = Sitting(session, item or session, lane, 1.0, "proposed", fate, tokens)
    return case_of(sitting, [(100 * at, event) for at, event in enumerate(log)], verdicts)


def steer(text: str, *, by: str = "ada", day: str = "2026-01-01", **data: Any) -> Event:
    """Return what a person asked of a running session."""
    return Event("control.requested", {"op": "steer", "by": by, "text": text, **data}, ts=f"{day}T")


def run(command: str, output: str = "", *, failed: bool = False) -> list[Event]:
    """Return a command and how it ended."""
    end = {"call": command, "status": "failed" if failed else "ok", "output": output}
    return [
        Event("tool.started", {"call": command, "kind": "shell", "command": command}),
        Event("tool.finished", {**end, "exit_code": int(failed)}),
    ]
