"""What the agent and its sub-agents say and do, line by line, as events."""

from collections.abc import Mapping
from typing import Any

from darkfactory.agents.claude_code import wire
from darkfactory.agents.claude_code.files import change_of
from darkfactory.agents.claude_code.skills import SkillUse
from darkfactory.agents.claude_code.tools import (
    Call,
    asked_of,
    call_of,
    finished,
    result_of,
    unfinished,
)
from darkfactory.agents.claude_code.usage import Ledger
from darkfactory.agents.protocol import Emit

Who = tuple[str | None, str | None]
"""Agent and parent of an event; None twice is the agent itself."""


class Transcript:
    """The open calls and the account of one conversation. *words* is what the agent said last."""

    def __init__(self, workspace: str, ledger: Ledger, skills: SkillUse) -> None:
        self.ledger = ledger
        self.words = ""
        self._workspace = workspace
        self._skills = skills
        self._calls: dict[str, Call] = {}
        self._known: set[str] = set()
        self._refused: set[str] = set()
        self._streaming: dict[str | None, str | None] = {}

    def assistant(self, line: Mapping[str, Any]) -> list[Emit]:
        """Return what an ``assistant`` line means: one or more blocks of an answer."""
        message, who = wire.mapping(line.get("message")), _who(line)
        if line.get("is_api_error_message") is True:
            return self._api_error(message, line, who)
        usage = self.ledger.message_seen(message.get("id"), message.get("usage"))
        made = [Emit("usage", usage, *who)] if usage else []
        for block in wire.items(message.get("content")):
            made += self._block(block, line, who)
        return made

    def user(self, line: Mapping[str, Any]) -> list[Emit]:
        """Return what a ``user`` line means: tool results; its texts are not a person's."""
        message = wire.mapping(line.get("message"))
        return [
            event
            for block in wire.items(message.get("content"))
            if block.get("type") == "tool_result"
            for event in self._result(block, line)
        ]

    def stream(self, line: Mapping[str, Any]) -> list[Emit]:
        """Return the usage of a request whose answer is complete now, if *line* says so."""
        event, parent = wire.mapping(line.get("event")), wire.word(line.get("parent_tool_use_id"))
        if event.get("type") == "message_start":
            message = wire.mapping(event.get("message"))
            self._streaming[parent] = wire.word(message.get("id"))
            self.ledger.message_started(message.get("id"), message.get("usage"))
        if event.get("type") != "message_delta":
            return []
        name = line.get("api_message_id") or self._streaming.get(parent)
        usage = self.ledger.message_finished(name, event.get("usage"))
        return [Emit("usage", usage, *_who(line))] if usage else []

    def denied(self, call_id: Any, reason: Any, who: Who = (None, None)) -> list[Emit]:
        """Return the ``denied`` event of a call, once a call."""
        name = wire.word(call_id) or ""
        if name in self._refused:
            return []
        self._refused.add(name)
        text = wire.clipped(wire.word(reason) or "permission denied")
        return [Emit("denied", {"call": self.known(name), "reason": text}, *who)]

    def known(self, call_id: Any) -> str | None:
        """Return the id of a call that the log knows, or None."""
        return call_id if isinstance(call_id, str) and call_id in self._known else None

    def denied_in(self, result: Mapping[str, Any]) -> list[Emit]:
        """Return the denials that only the turn's *result* tells of: calls that never came back."""
        return [
            event
            for entry in wire.items(result.get("permission_denials"))
            if wire.word(entry.get("tool_use_id")) in self._calls
            for event in self.denied(entry.get("tool_use_id"), None)
        ]

    def asked(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return what ``approval.requested`` says of a ``can_use_tool`` *request*."""
        name = wire.word(request.get("tool_use_id"))
        call = self._calls.get(name or "")
        if call is None:
            block = {**request, "id": name or "?", "name": request.get("tool_name")}
            call = call_of(block, workspace=self._workspace, at=None)
        told = asked_of(call) if call else {"kind": "other", "command": None}
        return {**told, "call": self.known(name)}

    def close_calls(self, status: str) -> list[Emit]:
        """Return the end of every call whose result will not come."""
        calls, self._calls = self._calls, {}
        return [
            Emit(
                "tool.finished",
                unfinished(call, "denied" if name in self._refused else status),
                call.agent,
                call.parent,
            )
            for name, call in calls.items()
        ]

    def _block(self, block: Mapping[str, Any], line: Mapping[str, Any], who: Who) -> list[Emit]:
        kind = wire.word(block.get("type")) or ""
        if kind == "text":
            return self._text(block, who)
        if kind == "thinking":
            text = wire.word(block.get("thinking"))
            return [Emit("thought", {"text": wire.clipped(text)}, *who)] if text else []
        if kind.endswith("tool_use"):  # also server_tool_use and mcp_tool_use
            return self._call(block, line, who)
        return self._result(block, line) if kind.endswith("tool_result") else []

    def _text(self, block: Mapping[str, Any], who: Who) -> list[Emit]:
        text = wire.word(block.get("text"))
        if text is None:
            return []
        text = wire.clipped(text)
        if who == (None, None):
            self.words = text
        return [Emit("message", {"role": "assistant", "text": text}, *who)]

    def _call(self, block: Mapping[str, Any], line: Mapping[str, Any], who: Who) -> list[Emit]:
        call = call_of(
            block, workspace=self._workspace, at=line.get("timestamp"), agent=who[0], parent=who[1]
        )
        if call is None or call.id in self._known:
            return []
        self._calls[call.id] = call
        self._known.add(call.id)
        return [Emit("tool.started", call.started(), *who)]

    def _result(self, block: Mapping[str, Any], line: Mapping[str, Any]) -> list[Emit]:
        call = self._calls.pop(wire.word(block.get("tool_use_id")) or "", None)
        if call is None:
            return []
        who, details = (call.agent, call.parent), line.get("tool_use_result")
        result = result_of(
            call,
            block,
            details=details,
            meta=line.get("tool_result_meta"),
            refused=call.id in self._refused,
        )
        made = self.denied(call.id, result.reason, who) if result.status == "denied" else []
        done = result.status == "ok"
        change = change_of(call, details, self._workspace) if done else None
        if change is not None:
            made.append(Emit("file.changed", change, *who))
        made.append(Emit("tool.finished", finished(call, result, line.get("timestamp")), *who))
        use = self._skills.of(call) if done else None
        if use is not None:
            made.append(Emit(*use, *who))
        return made

    def _api_error(
        self, message: Mapping[str, Any], line: Mapping[str, Any], who: Who
    ) -> list[Emit]:
        if who == (None, None):
            return []  # the turn's result says it again, with the status
        status = line.get("api_error_status")
        code = str(status) if isinstance(status, int) else "api_error"
        text = wire.clipped(wire.text_of(message.get("content")))
        return [Emit("error", {"code": code, "text": text}, *who)]


def _who(line: Mapping[str, Any]) -> Who:
    """Return who speaks in *line*: a sub-agent is named after its type, its parent is its call."""
    parent = wire.word(line.get("parent_tool_use_id"))
    if parent is None:
        return None, None
    kind = wire.word(line.get("subagent_type")) or "agent"
    number = wire.word(line.get("agent_id")) or parent
    return f"{kind}-{number[-8:]}", parent
