"""What adapters tell of tool calls and edits, as the data of events."""

import posixpath
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from darkfactory.agents.wire import digest, tail

_SHELLS = frozenset({"bash", "sh", "zsh", "dash"})
_LONGEST_COMMAND = 64 * 1024
PROTECTED = frozenset({".git", ".agents", ".codex", ".aws"})


@dataclass(frozen=True, slots=True)
class CallStart:
    """What a tool call is about to do. *input* is what its hash is taken over.

    *text*: the lines that an edit takes away and puts in.
    """

    kind: str
    name: str
    command: str | None = None
    paths: tuple[str, ...] = ()
    input: Any = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CallEnd:
    """How a tool call ended."""

    status: str
    exit_code: int | None = None
    output: str = ""
    ms: int | None = None


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of an edit, with its counted lines.

    *content_hash* is that of the new text; where the agent shows a patch only, it is the patch's,
    with its place: it comes back when the same edit does.
    """

    path: str
    added: int
    removed: int
    content_hash: str


def started_data(call: str, start: CallStart) -> dict[str, Any]:
    """Return the data of ``tool.started``."""
    return {
        "call": call,
        "kind": start.kind,
        "name": start.name,
        "command": start.command,
        "paths": list(start.paths),
        "input_hash": digest([start.name, start.input]),
        **({"text": start.text} if start.text else {}),
    }


def finished_data(call: str, end: CallEnd) -> dict[str, Any]:
    """Return the data of ``tool.finished``."""
    return {
        "call": call,
        "status": end.status,
        "exit_code": end.exit_code,
        "output": tail(end.output),
        "output_hash": digest(end.output),
        "ms": end.ms,
    }


def changed_data(call: str, change: FileChange, *, ok: bool) -> dict[str, Any]:
    """Return the data of ``file.changed``."""
    return {
        "call": call,
        "path": change.path,
        "added": change.added,
        "removed": change.removed,
        "content_hash": change.content_hash,
        "ok": ok,
    }


def plain_command(command: str) -> str:
    """Return the script that a shell is started for, or *command* itself."""
    if len(command) > _LONGEST_COMMAND:
        return command
    try:
        words = shlex.split(command)
    except ValueError:
        return command
    match words:
        case [shell, "-c" | "-lc", script] if posixpath.basename(shell) in _SHELLS:
            return script
    return command


def relative(path: str, workspace: str) -> str:
    """Return *path* as seen from *workspace* where it lies in it, else as it is."""
    whole = posixpath.normpath(posixpath.join(workspace, path)) if path else path
    return whole.removeprefix(workspace.rstrip("/") + "/")


def holds(folder: str, path: str) -> bool:
    """Tell whether *path* lies in *folder* or is it."""
    inside, outside = posixpath.normpath(path), posixpath.normpath(folder)
    return inside == outside or inside.startswith(outside.rstrip("/") + "/")


def edits_freely(paths: Iterable[str], workspace: str) -> bool:
    """Tell whether an edit of *paths* stays in *workspace* and off what no edit may touch."""
    return all(_is_free(path, workspace) for path in paths)


def _is_free(path: str, workspace: str) -> bool:
    whole = posixpath.normpath(posixpath.join(workspace, path))
    inside = posixpath.relpath(whole, workspace)
    return holds(workspace, whole) and not any(
        part.casefold() in PROTECTED for part in inside.split("/")
    )
