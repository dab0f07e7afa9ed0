"""The JSON that commands promise, as shapes: what must be there, of which kind."""

from collections.abc import Mapping
from typing import Any

NUMBER = (int, float)
MAYBE_TEXT = (str, type(None))
MAYBE_NUMBER = (int, float, type(None))
MAYBE_BOOL = (bool, type(None))


class ListOf:
    """A list whose every member has one shape."""

    def __init__(self, shape: Any) -> None:
        self.shape = shape


def misfits(value: Any, shape: Any, at: str = "$") -> list[str]:
    """Return where *value* is not of *shape*, one line each; more keys than asked for are fine.

    A shape is a type or a tuple of types, a mapping of keys to shapes, or a :class:`ListOf`. A
    boolean is no number.
    """
    if isinstance(shape, ListOf):
        if not isinstance(value, list):
            return [f"{at}: {value!r} is no list"]
        found = [misfits(row, shape.shape, f"{at}[{number}]") for number, row in enumerate(value)]
        return [line for lines in found for line in lines]
    if isinstance(shape, Mapping):
        if not isinstance(value, dict):
            return [f"{at}: {value!r} is no object"]
        missing = [f"{at}.{key} is missing" for key in shape if key not in value]
        inner = [misfits(value[key], shape[key], f"{at}.{key}") for key in shape if key in value]
        return missing + [line for lines in inner for line in lines]
    kinds = shape if isinstance(shape, tuple) else (shape,)
    fits = isinstance(value, kinds) and not (isinstance(value, bool) and bool not in kinds)
    return [] if fits else [f"{at}: {value!r} is no {'/'.join(kind.__name__ for kind in kinds)}"]


SESSION = {
    "id": str,
    "item": str,
    "lane": str,
    "agent": str,
    "state": str,
    "evidence": dict,
    "waffle": MAYBE_NUMBER,
    "risk": MAYBE_NUMBER,
    "tokens": int,
    "cost_usd": NUMBER,
    "age_seconds": MAYBE_NUMBER,
    "outcome": MAYBE_TEXT,
}
TRIAGE = {
    "version": int,
    "snapshot": str,
    "items": ListOf(
        {
            "id": str,
            "title": str,
            "lane": str,
            "rank": int,
            "priority": str,
            "reasons": ListOf(str),
            "duplicate_of": MAYBE_TEXT,
            "blocked_by": ListOf(str),
            "done_when": MAYBE_TEXT,
            "done_when_command": MAYBE_TEXT,
        }
    ),
    "unassigned": ListOf({"id": str, "reasons": ListOf(str)}),
    "warnings": ListOf(str),
}
STATUS = {
    "version": int,
    "running": bool,
    "suspended": bool,
    "lanes": ListOf(
        {
            "name": str,
            "todo": int,
            "working": int,
            "waiting": int,
            "landed": int,
            "bounced": int,
            "failed": int,
        }
    ),
    "sessions": ListOf(SESSION),
    "gate": {"waiting": int, "oldest_seconds": MAYBE_NUMBER},
    "brain_space": {"open": int, "limit": int},
    "budget": dict,
    "base": (dict, type(None)),
}
SESSIONS = {"version": int, "sessions": ListOf(SESSION)}
CHANGE = {
    "id": str,
    "item": str,
    "lane": str,
    "title": str,
    "state": str,
    "session": MAYBE_TEXT,
    "harness": {"result": MAYBE_TEXT, "tree": MAYBE_TEXT, "failing": ListOf(str)},
    "waffle": {"score": MAYBE_NUMBER, "signals": list},
    "risk": {"score": NUMBER, "reasons": ListOf(str)},
    "files": int,
    "added": int,
    "removed": int,
    "conflicts_with": ListOf(str),
    "pretested": bool,
    "age_seconds": NUMBER,
}
GATE = {"version": int, "changes": ListOf(CHANGE)}
GATE_SHOW = {
    "version": int,
    "change": {
        **CHANGE,
        "diff": str,
        "summary": str,
        "claims": ListOf({"text": str, "fact": str, "holds": MAYBE_BOOL}),
        "head": str,
        "base": str,
    },
    "taste": ListOf({"question": str}),
}
LANDINGS = {
    "version": int,
    "landed": ListOf({"id": str, "commit": str, "tree": str, "tested_tree": str}),
    "bounced": ListOf({"id": str, "reason": str, "detail": object}),
    "queued": ListOf(str),
    "warnings": ListOf(str),
    "refused": ListOf({"id": str, "reason": str}),
}
GATE_LOG = {
    "version": int,
    "entries": ListOf(
        {
            "ts": str,
            "event": str,
            "change": str,
            "item": str,
            "by": MAYBE_TEXT,
            "head": str,
            "patch_id": str,
            "seconds": MAYBE_NUMBER,
            "seen": object,
            "taste": ListOf({"question": str, "answer": bool}),
            "reason": MAYBE_TEXT,
            "detail": object,
            "text": MAYBE_TEXT,
            "base": MAYBE_TEXT,
            "commit": MAYBE_TEXT,
            "tree": MAYBE_TEXT,
            "tested_tree": MAYBE_TEXT,
        }
    ),
}
RUN_FINISHED = {
    "sessions": int,
    "proposed": int,
    "failed": int,
    "nuked": int,
    "landed": int,
    "tokens": int,
    "cost_usd": NUMBER,
}
ERROR = {"error": {"code": str, "problem": str, "fix": str}}
