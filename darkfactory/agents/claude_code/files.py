"""What a finished edit changed: lines added and removed, and the hash of the new content."""

from collections.abc import Mapping, Sequence
from typing import Any

from darkfactory.agents.claude_code.tools import Call, hash_of, shown_path
from darkfactory.agents.claude_code.wire import items, mapping, word


def change_of(call: Call, details: Any, workspace: str) -> dict[str, Any] | None:
    """Return the data of ``file.changed`` for an edit that succeeded, or None for other calls.

    Args:
        details: The line's ``tool_use_result``; sub-agents' results come without one, then the
            lines are counted in what the call asked for.
    """
    if call.kind not in {"edit", "write"}:
        return None
    told = mapping(details)
    named = word(told.get("filePath"))
    path = shown_path(named, workspace) if named else next(iter(call.paths), None)
    if path is None:
        return None
    added, removed = _counts(call.input, told)
    return {
        "call": call.id,
        "path": path,
        "added": added,
        "removed": removed,
        "content_hash": _content_hash(call.input, told),
        "ok": True,
    }


def _counts(given: Mapping[str, Any], told: Mapping[str, Any]) -> tuple[int | None, int | None]:
    patch = told.get("structuredPatch")
    if isinstance(patch, list) and patch:
        lines = [line for hunk in items(patch) for line in _texts(hunk.get("lines"))]
        return (
            sum(line.startswith("+") for line in lines),
            sum(line.startswith("-") for line in lines),
        )
    content = given.get("content")
    if isinstance(content, str):
        return _written(content, told)
    pairs = [_replaced(edit) for edit in items(given.get("edits")) or [dict(given)]]
    if any(pair is None for pair in pairs):
        return None, None
    return sum(pair[0] for pair in pairs if pair), sum(pair[1] for pair in pairs if pair)


def _written(content: str, told: Mapping[str, Any]) -> tuple[int, int | None]:
    """Return the counts of a whole file written: without a patch it is new, or as it was before."""
    if told.get("originalFile") is not None:
        return 0, 0
    return len(content.splitlines()), 0 if told else None


def _replaced(edit: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return how many lines one replacement adds and removes, equal ends left out."""
    old, new = edit.get("old_string"), edit.get("new_string")
    if not isinstance(old, str) or not isinstance(new, str):
        return None
    before, after = old.splitlines(), new.splitlines()
    same = _common(before, after)
    before, after = before[same:], after[same:]
    same = _common(before[::-1], after[::-1])
    return len(after) - same, len(before) - same


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))


def _content_hash(given: Mapping[str, Any], told: Mapping[str, Any]) -> str | None:
    content, before = given.get("content"), told.get("originalFile")
    if isinstance(content, str):
        return hash_of(content)
    old, new = told.get("oldString"), told.get("newString")
    if not (isinstance(before, str) and isinstance(old, str) and isinstance(new, str)):
        return None
    if told.get("userModified") is True or old not in before:
        return None
    return hash_of(before.replace(old, new, -1 if told.get("replaceAll") is True else 1))


def _texts(value: Any) -> list[str]:
    return [line for line in value if isinstance(line, str)] if isinstance(value, list) else []
