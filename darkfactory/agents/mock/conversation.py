"""Turns the mock program's lines into events, and wishes of people into its messages."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from darkfactory.agents.protocol import Applied, CloseInput, Emit, Native, Refused, Send, Step
from darkfactory.domain.digest import short_hash
from darkfactory.domain.edit_text import edit_text

_EDITS = frozenset({"edit", "write"})
_SHOWN = 200


class MockConversation:
    """A dialogue with one running mock; keeps what is open, for the case that the mock dies."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._prompt = str(request.get("prompt") or "")
        self._workspace = str(request.get("workspace") or "")
        self._total = int(request.get("total_before") or 0)
        self._in_turn = False
        self._open_calls: list[str] = []
        self._last_words = ""
        self._meanings: dict[str, Callable[[Mapping[str, Any]], list[Step]]] = {
            "hello": self._hello,
            "user": self._user,
            "thought": self._thought,
            "message": self._words,
            "usage": self._usage,
            "tool": self._tool,
            "output": self._output,
            "changed": self._changed,
            "tool_end": self._tool_end,
            "ask": self._ask,
            "applied": self._applied,
            "refused": self._refused,
            "done": self._done,
            "warning": self._warning,
        }

    def open(self, *, trigger: str) -> list[Step]:
        """Return the first steps: the prompt."""
        self._in_turn = True
        prompt = _message("prompt", id="prompt", text=self._prompt)
        return [Emit("turn.started", {"trigger": trigger}), prompt]

    def hear(self, line: bytes) -> list[Step]:
        """Return what one line of the mock means."""
        try:
            said = json.loads(line)
            return self._meanings[said["type"]](said)
        except (ValueError, LookupError, TypeError):
            if not line.strip():
                return []
            shown = line[:_SHOWN].decode("utf-8", "backslashreplace")
            return [Emit("warning", {"text": f"the mock said what nobody understands: {shown}"})]

    def steer(self, control: str, text: str) -> list[Step]:
        """Return the message; the mock says when it has taken it, and whether a turn begins."""
        return [_message("steer", id=control, text=text)]

    def interrupt(self, control: str) -> list[Step]:
        """Return the message that ends the running turn."""
        if not self._in_turn:
            return [Refused(control, "no turn is running")]
        return [_message("interrupt", id=control)]

    def answer(self, control: str, request: str, *, approve: bool, note: str) -> list[Step]:
        """Return the message that answers approval *request*."""
        return [_message("answer", id=control, request=request, approve=approve, note=note)]

    def finish(self) -> list[Step]:
        """Return the steps that let the mock end."""
        return [_message("finish"), CloseInput()]

    def ended(self, exit_code: int | None, signal: int | None) -> list[Step]:
        """Return how what was open ended with the program."""
        del exit_code, signal  # the host records both
        steps: list[Step] = [
            Emit("tool.finished", _finished(call, "unknown")) for call in self._open_calls
        ]
        self._open_calls.clear()
        if self._in_turn:
            self._in_turn = False
            data = {"reason": "killed", "text": self._last_words}
            steps.append(Emit("turn.finished", data))
        return steps

    def _hello(self, said: Mapping[str, Any]) -> list[Step]:
        return [Native(said["conversation"], None, said["version"])]

    def _user(self, said: Mapping[str, Any]) -> list[Step]:
        steps: list[Step] = []
        if said["opens"] and not self._in_turn:
            self._in_turn, self._last_words = True, ""
            steps.append(Emit("turn.started", {"trigger": "steer"}))
        return steps if said["id"] == "prompt" else [*steps, Applied(said["id"])]

    def _thought(self, said: Mapping[str, Any]) -> list[Step]:
        return [Emit("thought", {"text": said["text"]})]

    def _words(self, said: Mapping[str, Any]) -> list[Step]:
        self._last_words = str(said["text"])
        return [Emit("message", {"role": "assistant", "text": said["text"]})]

    def _usage(self, said: Mapping[str, Any]) -> list[Step]:
        tokens = {key: int(said[key]) for key in ("input", "output", "cached", "reasoning")}
        self._total += tokens["input"] + tokens["output"]
        cost = {"cost_usd": None, "cost_source": "none"}
        return [Emit("usage", {"scope": "request", **tokens, "total_session": self._total, **cost})]

    def _tool(self, said: Mapping[str, Any]) -> list[Step]:
        kind = said["kind"]
        self._open_calls.append(said["call"])
        data = {
            "call": said["call"],
            "kind": kind,
            "name": kind,
            "command": said["command"],
            "paths": [self._shown(path) for path in said["paths"]],
            "input_hash": _hash([kind, said["input"]]),
            **({"text": edit_text([_replaced(said["input"])])} if kind in _EDITS else {}),
        }
        return [Emit("tool.started", data)]

    def _output(self, said: Mapping[str, Any]) -> list[Step]:
        return [Emit("tool.output", {"call": said["call"], "delta": said["delta"]})]

    def _changed(self, said: Mapping[str, Any]) -> list[Step]:
        change = {key: said[key] for key in ("call", "added", "removed", "content_hash")}
        return [Emit("file.changed", {**change, "path": self._shown(said["path"]), "ok": True})]

    def _tool_end(self, said: Mapping[str, Any]) -> list[Step]:
        self._open_calls.remove(said["call"])
        steps: list[Step] = []
        if said["status"] == "denied":
            steps.append(Emit("denied", {"call": said["call"], "reason": said["output"]}))
        ended = {key: said[key] for key in ("exit_code", "output", "ms")}
        data = {**_finished(said["call"], said["status"]), **ended}
        data["output_hash"] = _hash(said["output"])
        return [*steps, Emit("tool.finished", data)]

    def _ask(self, said: Mapping[str, Any]) -> list[Step]:
        asked = {key: said[key] for key in ("request", "call", "kind", "command")}
        return [Emit("approval.requested", asked)]

    def _applied(self, said: Mapping[str, Any]) -> list[Step]:
        return [Applied(said["id"])]

    def _refused(self, said: Mapping[str, Any]) -> list[Step]:
        return [Refused(said["id"], said["reason"])]

    def _done(self, said: Mapping[str, Any]) -> list[Step]:
        self._in_turn = False
        return [Emit("turn.finished", {"reason": said["reason"], "text": said["text"]})]

    def _warning(self, said: Mapping[str, Any]) -> list[Step]:
        return [Emit("warning", {"text": said["text"]})]

    def _shown(self, path: str) -> str:
        """Return *path* as the log tells it: relative to the workspace when it is inside."""
        whole = os.path.normpath(os.path.join(self._workspace, path))
        inside = whole.startswith(self._workspace.rstrip("/") + "/")
        return os.path.relpath(whole, self._workspace) if inside else whole


def _replaced(given: Any) -> tuple[str, str]:
    """Return the old and the new text of an edit; of a file that is written the old is not told."""
    if not isinstance(given, dict):
        raise TypeError("an edit without its texts")
    return str(given.get("old") or ""), str(given.get("new") or given.get("content") or "")


def _message(type_: str, **fields: object) -> Send:
    return Send(json.dumps({"type": type_, **fields}).encode() + b"\n")


def _finished(call: str, status: str) -> dict[str, Any]:
    empty = {"exit_code": None, "output": "", "output_hash": None, "ms": None}
    return {"call": call, "status": status, **empty}


def _hash(value: Any) -> str:
    return short_hash(json.dumps(value, sort_keys=True))
