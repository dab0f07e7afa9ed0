"""A session's events as a person reads them; meaning never rests on colour."""

from darkfactory.cli.output import one_line
from darkfactory.cli.words import without
from darkfactory.domain.event import Event
from darkfactory.domain.foreign import list_of, number_of, text_of

_WIDE = 160
_ROLES = frozenset({"assistant", "user", "system", "tool"})


def event_text(event: Event) -> str:
    """Return what a person reads of *event*, empty for what is not worth a line."""
    if event.type in _SILENT:
        return ""
    tell = _TOLD.get(event.type, _other)
    said = tell(event)
    if not event.posted or not said:
        return said
    return f"  ({event.agent or 'somebody'} posts) {said.strip()}"


def _message(event: Event) -> str:
    role = str(event.data.get("role"))
    return f"{role.upper() if role in _ROLES else '?'}: {event.data.get('text')}"


def _thought(event: Event) -> str:
    return f"  (thinks) {one_line(str(event.data.get('text') or ''), _WIDE)}"


def _started(event: Event) -> str:
    data = event.data
    target = data.get("command") or " ".join(map(str, list_of(data.get("paths"))))
    return f"  > {data.get('name') or data.get('kind')}: {one_line(str(target), _WIDE)}"


def _changed(event: Event) -> str:
    return f"    {event.data.get('path')} +{event.data.get('added')} -{event.data.get('removed')}"


def _turn_over(event: Event) -> str:
    return f"-- turn {event.turn} ended: {event.data.get('reason')}"


def _begun(event: Event) -> str:
    return f"== {event.data.get('item')} in lane {event.data.get('lane')} by {event.agent}"


def _ended(event: Event) -> str:
    outcome = str(event.data.get("outcome"))
    return f"== {outcome}: {without(outcome, str(event.data.get('reason') or 'no reason told'))}"


def _finished(event: Event) -> str:
    data = event.data
    status = str(data.get("status"))
    code = data.get("exit_code")
    mark = "ok" if status == "ok" else status.upper()
    tail = one_line(str(data.get("output") or "").strip().rpartition("\n")[2], _WIDE)
    return f"    {mark}{f' (exit {code})' if code else ''} {tail}".rstrip()


def _asked(event: Event) -> str:
    data = event.data
    words = data.get("text") or data.get("reason") or data.get("request") or ""
    return f"  * {data.get('by')}: {data.get('op')}{': ' if words else ''}{words}"


def _not_obeyed(event: Event) -> str:
    data = event.data
    return f"  * {data.get('op')} {event.type.removeprefix('control.')}: {data.get('reason')}"


def _approval(event: Event) -> str:
    data = event.data
    return f"  ? {data.get('request')} wants your yes to {data.get('command') or data.get('kind')}"


def _answer(event: Event) -> str:
    data = event.data
    return f"  ? {data.get('request')}: {data.get('decision')} by {data.get('by')}"


def _waffle(event: Event) -> str:
    data = event.data
    if data.get("action") in (None, "none"):
        return ""
    signals = data.get("signals")
    reasons = [
        str(one.get("because"))
        for one in (signals if isinstance(signals, list) else ())
        if isinstance(one, dict)
    ]
    return f"  ! waffle {data.get('score')}, {data.get('action')}: {'; '.join(reasons)}"


def _checkpoint(event: Event) -> str:
    data = event.data
    value = number_of(data.get("value"))
    said = text_of(data.get("problem")) if value is None else f"measured {value:g}"
    left = number_of(data.get("patience_left"))
    gain = "a gain" if data.get("reward") is True else f"no gain, patience {left or 0:g}"
    return f"  * checkpoint {data.get('number')}: {said}, {gain}"


def _harness(event: Event) -> str:
    data = event.data
    if data.get("again") is True:
        return ""
    failing = data.get("failing")
    named = ", ".join(map(str, failing)) if isinstance(failing, list) else ""
    return f"  * harness {data.get('result')}{': ' if named else ''}{named}"


def _trouble(event: Event) -> str:
    words = event.data.get("text") or event.data.get("reason") or event.data.get("status") or ""
    return f"  ! {event.type}: {words}"


def _other(event: Event) -> str:
    words = [
        f"{key}={one_line(str(value), 80)}"
        for key, value in event.data.items()
        if value not in (None, "", [], {}) and key != "id"
    ]
    return f"  * {event.type} {' '.join(words)}"


_SILENT = frozenset(
    {
        "tool.output", "usage", "turn.started", "skill.injected", "session.native",
        "session.ending", "control.accepted", "control.applied", "skill.catalog",
    }
)  # fmt: skip
_TOLD = {
    "message": _message,
    "thought": _thought,
    "tool.started": _started,
    "tool.finished": _finished,
    "file.changed": _changed,
    "turn.finished": _turn_over,
    "session.started": _begun,
    "session.ended": _ended,
    "control.requested": _asked,
    "control.rejected": _not_obeyed,
    "control.expired": _not_obeyed,
    "approval.requested": _approval,
    "approval.resolved": _answer,
    "waffle.scored": _waffle,
    "harness.finished": _harness,
    "loop.checkpoint": _checkpoint,
    "denied": _trouble,
    "retry": _trouble,
    "warning": _trouble,
    "error": _trouble,
}
