"""Tool calls and their results, in the words of the event log."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from darkfactory.agents.claude_code.wire import clipped, items, mapping, text_of, word
from darkfactory.clock import seconds_of
from darkfactory.domain.digest import short_hash
from darkfactory.domain.edit_text import edit_text

OUTPUT_TAIL = 8 * 1024

_KINDS = {
    "Bash": "shell",
    "PowerShell": "shell",
    "Read": "read",
    "NotebookRead": "read",
    "LS": "read",
    "BashOutput": "read",
    "TaskOutput": "read",
    "Grep": "search",
    "Glob": "search",
    "WebSearch": "search",
    "ToolSearch": "search",
    "LSP": "search",
    "Edit": "edit",
    "MultiEdit": "edit",
    "NotebookEdit": "edit",
    "Write": "write",
    "Task": "agent",
    "Agent": "agent",
}
_EDITS = frozenset({"edit", "write"})
_PATH_KEYS = ("file_path", "notebook_path", "path")
_EXIT = re.compile(r"(?:Error: )?Exit code (\d{1,3})\b")
_TAKEN_AWAY = "<tool_use_error>Error: No such tool available"
_STOPPED = ("The user doesn't want to proceed with this tool use", "[Request interrupted by user")
_TOO_DEEP = "nested too deep to be told from another that is"


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call that the model has made. *agent* and *parent* name a sub-agent."""

    id: str
    name: str
    kind: str
    input: Mapping[str, Any]
    command: str | None
    paths: tuple[str, ...]
    started_at: float | None
    agent: str | None
    parent: str | None

    def started(self) -> dict[str, Any]:
        """Return the data of ``tool.started``."""
        essence: Any = self.input if self.command is None else self.command
        return {
            "call": self.id,
            "kind": self.kind,
            "name": self.name,
            "command": None if self.command is None else clipped(self.command),
            "paths": list(self.paths),
            "input_hash": hash_of([self.name, essence]),
            **({"text": edit_text(_replacements(self.input))} if self.kind in _EDITS else {}),
        }


def _replacements(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the old and the new texts of an edit; of a whole file the old one is not told."""
    edits = items(given.get("edits")) or [dict(given)]
    return [
        (
            word(edit.get("old_string")) or "",
            word(edit.get("new_string")) or word(edit.get("content")) or "",
        )
        for edit in edits
    ]


def kind_of(name: str) -> str:
    """Return the kind of the tool called *name*."""
    if name.startswith("mcp__"):
        return "mcp"
    return _KINDS.get(name, "other")


def call_of(
    block: Mapping[str, Any],
    *,
    workspace: str,
    at: Any,
    agent: str | None = None,
    parent: str | None = None,
) -> Call | None:
    """Return the call of a ``tool_use`` *block*, or None if it has no id. *at* is its timestamp."""
    call_id, name = word(block.get("id")), word(block.get("name")) or "?"
    if call_id is None:
        return None
    given, kind = mapping(block.get("input")), kind_of(name)
    paths = (word(given.get(key)) for key in _PATH_KEYS)
    return Call(
        id=call_id,
        name=name,
        kind=kind,
        input=given,
        command=(word(given.get("command")) or "") if kind == "shell" else None,
        paths=tuple(shown_path(path, workspace) for path in paths if path is not None),
        started_at=moment(at),
        agent=agent,
        parent=parent,
    )


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a call. *reason* says why it was denied."""

    status: str
    text: str
    exit_code: int | None
    reason: str | None = None


def result_of(
    call: Call, block: Mapping[str, Any], *, details: Any, meta: Any, refused: bool
) -> Result:
    """Return what a ``tool_result`` *block* says of *call*.

    Args:
        details: The line's ``tool_use_result``.
        meta: The line's ``tool_result_meta``, or None in lines that have none.
        refused: Whether the program has said before that it denied this call.
    """
    text = text_of(block.get("content"))
    status = _status(block, text, _meta_of(call.id, meta), refused=refused)
    code = _exit_code(text, mapping(details), status) if call.kind == "shell" else None
    return Result(status, text, code, _first_line(text) if status == "denied" else None)


def finished(call: Call, result: Result, at: Any) -> dict[str, Any]:
    """Return the data of ``tool.finished``; *at* is the timestamp of the result."""
    return {
        "call": call.id,
        "status": result.status,
        "exit_code": result.exit_code,
        "output": result.text[-OUTPUT_TAIL:],
        "output_hash": hash_of(result.text),
        "ms": _milliseconds(call.started_at, moment(at)),
    }


def unfinished(call: Call, status: str) -> dict[str, Any]:
    """Return the data of ``tool.finished`` for a call whose result never came."""
    return {
        "call": call.id,
        "status": status,
        "exit_code": None,
        "output": "",
        "output_hash": None,
        "ms": None,
    }


def asked_of(call: Call) -> dict[str, Any]:
    """Return what a person is asked about *call*: its command, or the tool and its paths."""
    words = " ".join((call.name, *call.paths)) if call.command is None else call.command
    return {"kind": call.kind, "command": clipped(words)}


def shown_path(path: str, workspace: str) -> str:
    """Return *path* as the log shows it: relative to *workspace* when it is inside."""
    whole = os.path.normpath(os.path.join(workspace, path))
    if workspace and whole.startswith(workspace.rstrip("/") + "/"):
        return whole[len(workspace.rstrip("/")) + 1 :]
    return whole


def moment(stamp: Any) -> float | None:
    """Return the seconds since the epoch of *stamp*, or None if it is no time."""
    try:
        return seconds_of(stamp) if isinstance(stamp, str) else None
    except (ValueError, OverflowError):
        return None


def hash_of(value: Any) -> str:
    """Return a short hash of *value*: equal values have equal hashes."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    except (ValueError, RecursionError):
        text = _TOO_DEEP
    return short_hash(text)


def _milliseconds(started_at: float | None, ended_at: float | None) -> int | None:
    if started_at is None or ended_at is None:
        return None
    return max(0, round((ended_at - started_at) * 1000))


def _meta_of(call: str, meta: Any) -> dict[str, Any]:
    return next((entry for entry in items(meta) if entry.get("id") == call), {})


def _status(block: Mapping[str, Any], text: str, meta: Mapping[str, Any], *, refused: bool) -> str:
    if block.get("is_error") is not True:
        return "ok"
    decision = mapping(meta.get("permission_decision")).get("decision")
    kind = meta.get("non_execution_kind")
    if refused or decision == "reject" or kind == "permission-rule":
        return "denied"
    if text.startswith(_TAKEN_AWAY):
        return "denied"
    if kind is not None or text.startswith(_STOPPED):
        return "aborted"
    return "failed"


def _exit_code(text: str, details: Mapping[str, Any], status: str) -> int | None:
    if status == "ok":
        # Some statuses above 0 count as success (grep without a match); the program then says how
        # it read the status, not which it was.
        told = details.get("returnCodeInterpretation") or details.get("backgroundTaskId")
        return None if told else 0
    found = _EXIT.match(text) if status == "failed" else None
    return int(found[1]) if found else None


def _first_line(text: str) -> str:
    return clipped(text.strip().partition("\n")[0], 500)
