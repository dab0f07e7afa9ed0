"""The event vocabulary as a table (docs/protocol.md), and what holds for a run of events.

``problems_of`` judges one event, ``problems_in`` all events of one conversation; both return
sentences, so that ``assert not problems_in(events)`` shows what is wrong.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

Check = Callable[[Any], bool]


class SomeEvent(Protocol):
    """What an event must have to be judged: an ``Emit`` or an ``Event``."""

    @property
    def type(self) -> str: ...

    @property
    def data(self) -> Mapping[str, Any]: ...


def text(value: Any) -> bool:
    return isinstance(value, str)


def name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def truth(value: Any) -> bool:
    return isinstance(value, bool)


def texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(text, value))


def mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def mappings(value: Any) -> bool:
    return isinstance(value, list) and all(map(mapping, value))


def status_code(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def one_of(*known: str | None) -> Check:
    return lambda value: value in known


def maybe(check: Check) -> Check:
    return lambda value: value is None or check(value)


_KIND = one_of("shell", "read", "search", "edit", "write", "mcp", "agent", "other")
_OP = one_of("steer", "interrupt", "cancel", "approve", "deny", "pause", "resume")
_OUTCOME = one_of(
    "proposed", "reported", "failed", "nuked", "cancelled", "budget", "crashed", "timed_out"
)
_END = one_of("done", "interrupted", "max_turns", "budget", "api_error", "stalled", "killed")
_CONTROL: Mapping[str, Check] = {"id": name, "op": _OP}
_JUDGED: Mapping[str, Check] = {
    "skill": lambda value: isinstance(value, str),
    "because": lambda value: isinstance(value, str),
    "exercised": lambda value: isinstance(value, bool),
}
_RULE: Mapping[str, Check] = {"id": name, "check": maybe(lambda _: True)}

REQUIRED: Mapping[str, Mapping[str, Check]] = {
    "session.started": {
        "item": name,
        "lane": name,
        "attempt": whole,
        "kind": one_of("mock", "claude-code", "codex", "acp"),
        "model": maybe(text),
        "version": maybe(text),
        "autonomy": one_of("observe", "suggest", "propose", "land"),
        "confined": truth,
        "confinement": mapping,
        "workspace": text,
        "workspace_seconds": number,
        "base": text,
        "skills": mappings,
        "mcp": lambda value: isinstance(value, list),
    },
    "turn.started": {"trigger": one_of("start", "steer", "resume")},
    "turn.finished": {"reason": _END},
    "message": {"role": one_of("user", "assistant", "system"), "text": text},
    "thought": {"text": text},
    "tool.started": {
        "call": name,
        "kind": _KIND,
        "name": name,
        "command": maybe(text),
        "paths": texts,
        "input_hash": name,
    },
    "tool.output": {"call": name, "delta": text},
    "tool.finished": {
        "call": name,
        "status": one_of("ok", "failed", "denied", "aborted", "unknown"),
        "exit_code": maybe(status_code),
        "output": text,
        "output_hash": maybe(name),
        "ms": maybe(number),
    },
    "file.changed": {
        "call": maybe(name),
        "path": name,
        "added": maybe(whole),
        "removed": maybe(whole),
        "content_hash": maybe(name),
        "ok": truth,
    },
    "usage": {
        "scope": one_of("request", "turn", "session"),
        "input": whole,
        "output": whole,
        "cached": whole,
        "reasoning": whole,
        "total_session": whole,
        "cost_usd": maybe(number),
        "cost_source": maybe(one_of("agent", "table", "none")),
    },
    "approval.requested": {
        "request": name,
        "call": maybe(name),
        "kind": _KIND,
        "command": maybe(text),
    },
    "approval.resolved": {"request": name, "decision": one_of("approve", "deny"), "by": name},
    "denied": {"call": maybe(name), "reason": text},
    "retry": {
        "attempt": maybe(whole),
        "max": maybe(whole),
        "status": maybe(status_code),
        "delay_ms": maybe(number),
    },
    "warning": {"text": name},
    "error": {"code": maybe(text), "text": text},
    "harness.finished": {
        "tree": name,
        "result": one_of("pass", "fail", "error", "timeout"),
        "passed": maybe(whole),
        "failed": maybe(whole),
        "failing": texts,
        "seconds": number,
        "where": one_of("workspace", "merged"),
    },
    "loop.checkpoint": {
        "number": whole,
        "turns": whole,
        "value": maybe(number),
        "base": maybe(number),
        "best": maybe(number),
        "reward": truth,
        "patience_left": whole,
        "ref": text,
        "tree": text,
        "problem": text,
    },
    "waffle.scored": {
        "score": number,
        "risk": number,
        "action": one_of("none", "warn", "steer", "nuke"),
        "signals": lambda value: isinstance(value, list),
    },
    "control.requested": {**_CONTROL, "by": name},
    "control.accepted": _CONTROL,
    "control.applied": _CONTROL,
    "control.rejected": _CONTROL,
    "control.expired": _CONTROL,
    "skill.injected": {"name": name, "version": maybe(text), "sha256": maybe(text)},
    "skill.withheld": {"name": name, "version": text, "sha256": text, "share": number},
    "skill.loaded": {"name": name},
    "skill.reference_read": {"name": name, "path": text},
    "skill.script_run": {"name": name, "path": text, "exit": maybe(status_code)},
    "skill.mention": {"names": lambda value: isinstance(value, list), "turn": whole},
    "skill.catalog": {"chars": whole, "budget": maybe(whole), "budget_share": maybe(number)},
    "skill.shadowed": {"name": name, "by": text},
    "nn.kept": _RULE,
    "nn.violated": _RULE,
    "session.ended": {
        "outcome": _OUTCOME,
        "exit_code": maybe(status_code),
        "signal": maybe(whole),
        "orphans_killed": whole,
    },
}

OPTIONAL: Mapping[str, Mapping[str, Check]] = {
    "tool.started": {"text": text},
    "turn.finished": {"text": text},
    "control.requested": {"scope": text, "reason": text, "text": text, "request": text},
    "control.applied": {"how": one_of("now", "queued", None), "reason": text},
    "control.rejected": {"reason": text},
    "control.expired": {"reason": text},
    "skill.injected": {
        "deliver": text,
        "catalogue": whole,
        "body": whole,
        "references": whole,
        "share": number,
        "enforced": lambda value: isinstance(value, list),
    },
    "skill.catalog": {"skills": whole, "beside": whole},
    "skill.loaded": {
        "version": maybe(text),
        "sha256": maybe(text),
        "call": maybe(name),
        "how": one_of("tool", "file-read"),
    },
    "skill.reference_read": {"call": maybe(name), "tokens": maybe(whole)},
    "skill.script_run": {"call": maybe(name)},
    "nn.kept": _JUDGED,
    "nn.violated": {**_JUDGED, "calls": lambda value: isinstance(value, list)},
    "session.ended": {"preserved": mapping, "reason": text},
}

_BETWEEN_TURNS = ("warning", "error", "retry")


def problems_of(event: SomeEvent) -> list[str]:
    """Return what is wrong with the type, the keys and the values of one event."""
    required = REQUIRED.get(event.type)
    if required is None:
        return [f"{event.type}: there is no such event"]
    checks = {**required, **OPTIONAL.get(event.type, {})}
    found = [f"{event.type}: no {key}" for key in required if key not in event.data]
    found += [f"{event.type}: unknown key {key}" for key in event.data if key not in checks]
    found += [
        f"{event.type}: {key} is {event.data[key]!r:.80}"
        for key, check in checks.items()
        if key in event.data and not check(event.data[key])
    ]
    try:
        json.dumps(event.data)
    except (TypeError, ValueError) as error:
        found.append(f"{event.type}: is no JSON: {error}")
    return found


def problems_in(events: Sequence[SomeEvent]) -> list[str]:
    """Return what is wrong with the events that one conversation emitted, in their order."""
    found = [problem for event in events for problem in problems_of(event)]
    found += _turn_problems(events)
    found += _call_problems(events)
    found += _usage_problems(events)
    found += [
        "message: users' messages are the host's to log"
        for event in events
        if event.type == "message" and event.data.get("role") == "user"
    ]
    return found


def _turn_problems(events: Iterable[SomeEvent]) -> list[str]:
    found, inside = [], False
    for event in events:
        if event.type == "turn.started":
            found += ["turn.started inside a turn"] if inside else []
            inside = True
        elif event.type == "turn.finished":
            found += [] if inside else ["turn.finished outside a turn"]
            inside = False
        elif not inside and event.type not in _BETWEEN_TURNS:
            found.append(f"{event.type} outside a turn")
    return [*found, "the last turn is not finished"] if inside else found


def _call_problems(events: Iterable[SomeEvent]) -> list[str]:
    found: list[str] = []
    running: set[str] = set()
    known: set[str] = set()
    for event in events:
        call = event.data.get("call")
        if event.type == "tool.started":
            found += [f"tool.started twice: {call}"] if call in known else []
            running.add(str(call))
            known.add(str(call))
        elif event.type == "tool.finished":
            found += [] if call in running else [f"tool.finished, not running: {call}"]
            running.discard(str(call))
        elif event.type == "tool.output":
            found += [] if call in running else [f"tool.output, not running: {call}"]
        elif event.type == "turn.finished" and running:
            found.append(f"turn.finished while running: {sorted(running)}")
            running.clear()
        elif call is not None and call not in known:
            found.append(f"{event.type} of an unknown call: {call}")
    return found


def _usage_problems(events: Iterable[SomeEvent]) -> list[str]:
    found, total = [], 0
    for event in events:
        if event.type != "usage":
            continue
        now = int(event.data.get("total_session", 0))
        found += [f"usage: total_session fell from {total} to {now}"] if now < total else []
        total = now
    return found
