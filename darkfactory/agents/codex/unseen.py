"""Calls that the model made and that Codex reports no item for, found in the raw stream.

Seen with 0.169.0 (openai/codex#47433): a command that the sandbox stops at once, a refused edit and
a few small tools leave no item; only the model's own call and its answer tell of them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from darkfactory.agents.told import CallEnd, CallStart
from darkfactory.agents.wire import mapping, sequence, text

_CALLS = frozenset({"function_call", "custom_tool_call", "local_shell_call"})
_SHELL_TOOLS = frozenset({"exec_command", "shell_command", "shell", "local_shell", "write_stdin"})
_AGENT_TOOLS = re.compile(r"_agents?$|^send_(input|message)$|^followup_task$")
_EXIT = re.compile(r"^(?:Process exited with code|Exit code:) (-?\d{1,9})$", re.MULTILINE)
_DENIED = re.compile(
    r"rejected|Read-only file system|Operation not permitted|Permission denied|blocked by policy",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"^(?:Script failed|exec_command failed|failed to |unsupported )", re.IGNORECASE
)
_ABORTED = re.compile(r"^(?:Wall time: \S+ seconds\n)?aborted by user")
_RUNNING = "Process running with session ID"
_MOST = 1000


@dataclass(slots=True)
class _Made:
    name: str
    start: CallStart
    steps: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a call of the model.

    *start* is what the call was, where no item told of it; *steps* are the calls that items told
    of while it ran as a script. *end* is None while its process runs on in the background.
    """

    call: str
    start: CallStart | None
    steps: Sequence[str]
    end: CallEnd | None


class UnseenCalls:
    """The calls of one thread that wait for their answer, and whether an item told of them."""

    def __init__(self) -> None:
        self._made: dict[str, _Made] = {}

    def made(self, item: Mapping[str, Any]) -> None:
        """Note the model's call *item*."""
        call, name = text(item.get("call_id")), text(item.get("name")) or "local_shell"
        if call and len(self._made) < _MOST:
            self._made[call] = _Made(name, _start(name, item))

    def item_started(self, call: str) -> None:
        """Note that an item told of *call*, or of something that a script among them does."""
        if call in self._made:
            del self._made[call]
            return
        for made in self._made.values():
            if made.start.kind == "other":
                made.steps.append(call)

    def answered(self, item: Mapping[str, Any]) -> Answer:
        """Return what *item* says of the call that it answers."""
        call = text(item.get("call_id"))
        made = self._made.pop(call, None)
        output = output_text(item.get("output"))
        steps = made.steps if made else []
        start = made.start if made and not steps else None
        if _RUNNING in output:
            return Answer(call, start, steps, CallEnd("ok", output=output) if start else None)
        shell = made is None or made.name in _SHELL_TOOLS
        return Answer(call, start, steps, _end(output, shell=shell))

    def forget(self) -> None:
        """Forget calls that will get no answer: their turn is over."""
        self._made.clear()


def is_made(item: Mapping[str, Any]) -> bool:
    """Tell whether raw *item* is a call of the model."""
    return text(item.get("type")) in _CALLS


def is_answer(item: Mapping[str, Any]) -> bool:
    """Tell whether raw *item* is the answer to one."""
    return text(item.get("type")) in ("function_call_output", "custom_tool_call_output")


def output_text(output: Any) -> str:
    """Return the text of a call's answer."""
    if isinstance(output, str):
        return text(output)
    return "".join(text(mapping(part).get("text")) for part in sequence(output))


def _start(name: str, item: Mapping[str, Any]) -> CallStart:
    given = _arguments(item)
    command = text(given.get("cmd")) or text(given.get("command")) or text(item.get("input"))
    if name in _SHELL_TOOLS:
        return CallStart("shell", name, command or text(given.get("chars")) or None, (), given)
    if name == "apply_patch":
        return CallStart("edit", name, None, (), given or command)
    if _AGENT_TOOLS.search(name):
        return CallStart("agent", name, text(given.get("message")) or None, (), given)
    return CallStart("other", name, command or None, (), given or command)


def _arguments(item: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(text(item.get("arguments")) or "null"))
    except (ValueError, RecursionError):
        return {}


def _end(output: str, *, shell: bool) -> CallEnd:
    found = _EXIT.search(output)
    code = int(found[1]) if found else None
    if _ABORTED.match(output):
        return CallEnd("aborted", code, output)
    if code == 0:
        return CallEnd("ok", code, output)
    # Codex drops the item of a command that failed at once only when its sandbox stopped it.
    if (shell and code is not None) or _DENIED.search(output):
        return CallEnd("denied", code, output)
    return CallEnd("failed" if _FAILED.match(output) else "ok", code, output)
