"""A session's events as a person reads them; meaning never rests on colour."""

from darkfactory.cli.output import one_line
from darkfactory.domain.event import Event

_WIDE = 160


def event_text(event: Event) -> str:
    """Return what a person reads of *event*, empty for what is not worth a line."""
    if event.type in _SILENT:
        return ""
    tell = _TOLD.get(event.type, _other)
    return tell(event)


def _message(event: Event) -> str:
    return f"{str(event.data.get('role') or '?').upper()}: {event.data.get('text')}"


def _thought(event: Event) -> str:
    return f"  (thinks) {one_line(str(event.data.get('text') or ''), _WIDE)}"


def _started(event: Event) -> str:
    data = event.data
    target = data.get("command") or " ".join(map(str, data.get("paths") or ()))
    return f"  > {data.get('name') or data.get('kind')}: {one_line(str(target), _WIDE)}"


def _changed(event: Event) -> str:
    return f"    {event.data.get('path')} +{event.data.get('added')} -{event.data.get('removed')}"


def _turn_over(event: Event) -> str:
    return f"-- turn {event.turn} ended: {event.data.get('reason')}"


def _begun(event: Event) -> str:
    return f"== {event.data.get('item')} in lane {event.data.get('lane')} by {event.agent}"


def _ended(event: Event) -> str:
    return f"== ended {event.data.get('outcome')}: {event.data.get('reason')}"


def _finished(event: Event) -> str:
    data = event.data
    status = str(data.get("status"))
    code = data.get("exit_code")
    mark = "ok" if status == "ok" else status.upper()
    tail = one_line(str(data.get("output") or "").strip().rpartition("\n")[2], _WIDE)
    return f"    {mark}{f' (exit {code})' if code else ''} {tail}".rstrip()


def _other(event: Event) -> str:
    words = [
        f"{key}={one_line(str(value), 80)}"
        for key, value in event.data.items()
        if value not in (None, "", [], {}) and key != "id"
    ]
    return f"  * {event.type} {' '.join(words)}"


_SILENT = frozenset(
    {"tool.output", "usage", "turn.started", "skill.injected", "session.native", "session.ending"}
)
_TOLD = {
    "message": _message,
    "thought": _thought,
    "tool.started": _started,
    "tool.finished": _finished,
    "file.changed": _changed,
    "turn.finished": _turn_over,
    "session.started": _begun,
    "session.ended": _ended,
}
