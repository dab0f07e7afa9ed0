"""Logs of other programs, read as events of ours: their form is told by their content.

Known are transcripts and stream-json output of Claude Code, and rollouts and ``exec --json`` output
of Codex. A line may tell of several events; they share its number.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from darkfactory.domain.event import Event, event_of
from darkfactory.errors import UsageError

Line = str | bytes
Told = tuple[list[Event], str]

_LOOKED_AT = 50
_OURS = {"v", "id", "ts", "session", "turn", "agent", "parent", "type", "data", "producer"}
_CLAUDE = frozenset({"assistant", "user", "system", "result", "queue-operation", "summary"})
_CODEX_OUTPUT = frozenset({"thread.started", "turn.started", "item.started", "item.completed"})
_CODEX_ROLLOUT = frozenset({"session_meta", "response_item", "event_msg", "turn_context"})


class UnknownLog(UsageError):
    """JSON Lines of a form that nothing here can read."""

    code = "waffle.unknown_log"

    def __init__(self, name: str, keys: Iterable[str]) -> None:
        super().__init__(
            f"{name} is no log that can be scored: its objects have {', '.join(sorted(keys)[:8])}",
            fix="name a session's log, a transcript of Claude Code (~/.claude/projects), a rollout"
            " of Codex (~/.codex/sessions), or what they print with stream-json or exec --json",
        )


def events_of_log(lines: Iterable[Line], *, name: str) -> Iterator[Told]:
    """Yield the events of each line of a log, or why there are none; no reason where none is due.

    Raises:
        UnknownLog: If its first objects are of no known form.
    """
    rest = iter(lines)
    first = []
    reader: Callable[[Mapping[str, Any]], list[Event]] | None = None
    keys: set[str] = set()
    for line in rest:
        first.append(line)
        body, _ = _object(line)
        if body is not None:
            reader = _reader_of(body)
            keys.update(map(str, list(body)[:8]))
        if reader is not None or len(first) == _LOOKED_AT:
            break
    if reader is None and keys and not any(_is_event(_object(line)[0]) for line in first):
        raise UnknownLog(name, keys)
    for line in chain(first, rest):
        body, why = _object(line)
        if body is None:
            yield [], why
        elif reader is not None:
            yield reader(body), ""
        else:
            event = event_of(body)
            yield ([event], "") if event else ([], "it is no object with a type")


def _reader_of(body: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], list[Event]] | None:
    """Return what reads a log in which *body* is an object; None for our own and unknown ones."""
    kind = body.get("type")
    if not isinstance(kind, str) or isinstance(body.get("data"), dict):
        return None
    # Adapters are loaded only for the logs that need them.
    if kind in _CODEX_ROLLOUT and isinstance(body.get("payload"), dict):
        from darkfactory.factory.foreign_codex import CodexRollout

        return CodexRollout().events
    if kind in _CODEX_OUTPUT:
        from darkfactory.factory.foreign_codex import CodexOutput

        return CodexOutput().events
    if kind in _CLAUDE and ("sessionId" in body or "session_id" in body or "message" in body):
        from darkfactory.factory.foreign_claude import ClaudeLog

        return ClaudeLog().events
    return None


def _is_event(body: Mapping[str, Any] | None) -> bool:
    """Tell whether *body* may be one of ours, whose facts are in ``data``."""
    if body is None or not isinstance(body.get("type"), str):
        return False
    return isinstance(body.get("data"), dict) or body.keys() <= _OURS


def _object(line: Line) -> tuple[dict[str, Any] | None, str]:
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        return None, "it is no JSON" if line.strip() else ""
    return (body, "") if isinstance(body, dict) else (None, "it is no object with a type")
