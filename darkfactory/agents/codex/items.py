"""What one item of a thread means: which call it is, what it touched, how it ended."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from darkfactory.agents.told import CallEnd, CallStart, FileChange, plain_command, relative
from darkfactory.agents.wire import digest, mapping, number, sequence, text
from darkfactory.domain.edit_text import edit_text

_STATUS = {"completed": "ok", "failed": "failed", "declined": "denied", "interrupted": "aborted"}
_SILENT = frozenset(
    {
        "userMessage",
        "agentMessage",
        "reasoning",
        "plan",
        "hookPrompt",
        "functionCallOutput",
        "enteredReviewMode",
        "exitedReviewMode",
        "contextCompaction",
    }
)


def is_call(item: Mapping[str, Any]) -> bool:
    """Tell whether *item* is something done, not something said."""
    kind = text(item.get("type"))
    return bool(kind) and kind not in _SILENT


def call_start(item: Mapping[str, Any], workspace: str) -> CallStart:
    """Return what the call *item* does."""
    match text(item.get("type")):
        case "commandExecution":
            return _command(item, workspace)
        case "fileChange":
            return _edit(item, workspace)
        case "mcpToolCall":
            name = f"{text(item.get('server'))}.{text(item.get('tool'))}"
            return CallStart("mcp", name, input=[name, item.get("arguments")])
        case "collabAgentToolCall":
            name, prompt = text(item.get("tool")), text(item.get("prompt"))
            return CallStart("agent", name, prompt or None, input=[name, prompt])
        case "subAgentActivity":
            name, path = text(item.get("kind")), text(item.get("agentPath"))
            return CallStart("agent", f"sub-agent {name}", path or None, input=[name, path])
        case "webSearch":
            query = text(item.get("query"))
            return CallStart("search", "web_search", query or None, input=query)
        case "imageView":
            path = relative(text(item.get("path")), workspace)
            return CallStart("read", "view_image", paths=(path,), input=path)
        case kind:
            name = text(item.get("tool")) or kind
            return CallStart("other", name, input=[name, item.get("arguments")])


def call_end(item: Mapping[str, Any]) -> CallEnd:
    """Return how the call *item* ended."""
    output = text(item.get("aggregatedOutput")) or _result(item)
    status = _STATUS.get(text(item.get("status")), "ok" if "status" not in item else "unknown")
    return CallEnd(status, number(item.get("exitCode")), output, _milliseconds(item))


def changed_files(item: Mapping[str, Any], workspace: str) -> list[FileChange]:
    """Return the files that the edit *item* changes, with how many lines each."""
    found = []
    for change in map(mapping, sequence(item.get("changes"))):
        kind, diff = mapping(change.get("kind")), text(change.get("diff"))
        match text(kind.get("type")):
            case "add":
                added, removed = len(diff.splitlines()), 0
            case "delete":
                added, removed = 0, len(diff.splitlines())
            case _:
                added, removed = _counted(diff)
        path = relative(text(kind.get("move_path")) or text(change.get("path")), workspace)
        made = digest(diff if text(kind.get("type")) == "add" else [path, diff])
        found.append(FileChange(path or ".", added, removed, made))
    return found


def touched_paths(item: Mapping[str, Any]) -> list[str]:
    """Return every path that the edit *item* names, where it moves a file to as well."""
    found = []
    for change in map(mapping, sequence(item.get("changes"))):
        moved = text(mapping(change.get("kind")).get("move_path"))
        found += [path for path in (text(change.get("path")), moved) if path]
    return found


def _command(item: Mapping[str, Any], workspace: str) -> CallStart:
    command = plain_command(text(item.get("command")))
    actions = map(mapping, sequence(item.get("commandActions")))
    paths = [relative(text(action.get("path")), workspace) for action in actions]
    return CallStart(
        "shell", "exec_command", command, tuple(path for path in paths if path), command
    )


def _edit(item: Mapping[str, Any], workspace: str) -> CallStart:
    changes = [mapping(change) for change in sequence(item.get("changes"))]
    new = bool(changes) and all(
        text(mapping(change.get("kind")).get("type")) == "add" for change in changes
    )
    paths = tuple(change.path for change in changed_files(item, workspace))
    diffs = [[text(change.get("path")), text(change.get("diff"))] for change in changes]
    kind, said = "write" if new else "edit", edit_text(_replaced(changes))
    return CallStart(kind, "apply_patch", paths=paths, input=diffs, text=said)


def _replaced(changes: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield what each change takes away and what it puts in."""
    for change in changes:
        diff, kind = text(change.get("diff")), text(mapping(change.get("kind")).get("type"))
        if kind in ("add", "delete"):
            yield ("", diff) if kind == "add" else (diff, "")
        else:
            yield _lines(diff, "-"), _lines(diff, "+")


def _lines(diff: str, sign: str) -> str:
    lines = (line for line in diff.splitlines() if not line.startswith(sign * 3 + " "))
    return "\n".join(line[1:] for line in lines if line.startswith(sign))


def _counted(diff: str) -> tuple[int, int]:
    lines = diff.splitlines()
    added = sum(line.startswith("+") and not line.startswith("+++ ") for line in lines)
    removed = sum(line.startswith("-") and not line.startswith("--- ") for line in lines)
    return added, removed


def _result(item: Mapping[str, Any]) -> str:
    failure = text(mapping(item.get("error")).get("message"))
    content = sequence(mapping(item.get("result")).get("content"))
    said = [text(mapping(part).get("text")) for part in content]
    return failure or "\n".join(part for part in said if part)


def _milliseconds(item: Mapping[str, Any]) -> int | None:
    """Return how long the call took: by its two stamps, as ``durationMs`` was seen to be 0."""
    began, ended = number(item.get("startedAtMs")), number(item.get("completedAtMs"))
    if began is not None and ended is not None and ended >= began:
        return ended - began
    return number(item.get("durationMs"))
