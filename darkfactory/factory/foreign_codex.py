"""Codex's rollouts and ``exec --json`` output as events."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from darkfactory.agents.codex.calls import Calls
from darkfactory.agents.codex.items import is_call
from darkfactory.agents.protocol import Emit
from darkfactory.agents.wire import mapping, sequence, text
from darkfactory.domain.event import Event
from darkfactory.factory.foreign_claude import events_of

_THREAD = "thread"
_SNAKE = re.compile(r"_([a-z])")
_FAILED = re.compile(r"^(?:Process exited with code|Exit code:) [1-9-]", re.MULTILINE)


class CodexOutput:
    """Reads what ``codex exec --json`` prints."""

    def __init__(self) -> None:
        self._calls = Calls("")

    def events(self, line: Mapping[str, Any]) -> list[Event]:
        """Return what one decoded line tells."""
        item = _item(mapping(line.get("item")))
        if item.get("type") == "agentMessage":
            return [_message("assistant", text(item.get("text")))]
        if not is_call(item) or item.get("type") == "error":
            return []
        if line.get("type") == "item.started":
            return events_of(self._calls.started(_THREAD, item))
        if line.get("type") == "item.completed":
            return events_of(self._calls.completed(_THREAD, item))
        return []


class CodexRollout:
    """Reads a rollout: what the model said and called, and what older ones lack, items."""

    def __init__(self) -> None:
        self._calls = Calls("")

    def events(self, line: Mapping[str, Any]) -> list[Event]:
        """Return what one decoded line tells."""
        payload = mapping(line.get("payload"))
        match line.get("type"), payload.get("type"):
            case "session_meta", _:
                self._calls = Calls(text(payload.get("cwd")))
                return []
            case "event_msg", "item_completed":
                item = _item(mapping(payload.get("item")))
                made = self._calls.completed(_THREAD, item) if is_call(item) else []
                return events_of(made)
            case "response_item", "message":
                return _said(payload)
            case "response_item", _:
                return events_of(_judged(self._calls.raw(_THREAD, _plain(payload))))
            case _:
                return []


def _message(role: str, said: str) -> Event:
    return Event("message", {"role": role, "text": said})


def _said(payload: Mapping[str, Any]) -> list[Event]:
    said = "".join(text(mapping(part).get("text")) for part in sequence(payload.get("content")))
    role = text(payload.get("role"))
    # What the program puts before a person's words is in angle brackets.
    if role not in ("assistant", "user") or not said or (role == "user" and said[0] == "<"):
        return []
    return [_message(role, said)]


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return *item* in the words of the protocol, of which these logs have dialects."""
    made = {_camel(key): value for key, value in item.items()}
    kind = _camel(text(item.get("type")))
    made["type"] = kind[:1].lower() + kind[1:]
    if isinstance(made.get("command"), list):
        made["command"] = shlex.join(text(word) for word in made["command"])
    if isinstance(made.get("status"), str):
        made["status"] = text(made["status"]).lower()
    changes = made.get("changes")
    if isinstance(changes, dict):
        made["changes"] = [{"path": path, **mapping(told)} for path, told in changes.items()]
    if made["type"] == "fileChange":
        made["changes"] = [_change(mapping(one)) for one in sequence(made.get("changes"))]
    return made


def _change(told: Mapping[str, Any]) -> dict[str, Any]:
    kind = told.get("kind") if isinstance(told.get("kind"), str) else told.get("type")
    diff = text(told.get("diff")) or text(told.get("unified_diff")) or text(told.get("content"))
    moved = text(told.get("move_path")) or None
    if isinstance(told.get("kind"), dict):
        return {**told, "diff": diff}
    return {"path": told.get("path"), "kind": {"type": kind, "move_path": moved}, "diff": diff}


def _plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model's call or its answer; older answers hold the exit code as JSON."""
    made = dict(payload)
    if payload.get("type") == "function_call":
        made["arguments"] = _joined(text(payload.get("arguments")))
    try:
        told = mapping(json.loads(text(payload.get("output")) or "null"))
    except (ValueError, RecursionError):
        return made
    code = mapping(told.get("metadata")).get("exit_code")
    if isinstance(code, int):
        made["output"] = f"Exit code: {code}\n{text(told.get('output'))}"
    return made


def _joined(arguments: str) -> str:
    """Return *arguments* with a command of several words as one text."""
    try:
        given = mapping(json.loads(arguments or "null"))
    except (ValueError, RecursionError):
        return arguments
    command = given.get("command")
    if not isinstance(command, list):
        return arguments
    return json.dumps({**given, "command": shlex.join(map(text, command))})


def _judged(steps: Sequence[Emit]) -> list[Emit]:
    """Return *steps*, a refusal as the failure it is where the program only exited so.

    In a running session an item tells of each command that failed by itself; here there may be
    none, so that no item is no sign of a refusal.
    """
    if not any(_FAILED.search(text(step.data.get("output"))) for step in steps):
        return list(steps)
    return [
        replace(step, data={**step.data, "status": "failed"})
        if step.data.get("status") == "denied"
        else step
        for step in steps
        if step.type != "denied"
    ]


def _camel(word: str) -> str:
    return _SNAKE.sub(lambda found: found[1].upper(), word)
