"""What the pieces that an agent tells of one tool call mean when they are put together."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from darkfactory.agents.told import CallEnd, CallStart, FileChange, plain_command, relative
from darkfactory.agents.wire import digest, mapping, number, sequence, text
from darkfactory.domain.edit_text import edit_text

_KINDS = {
    "delete": "edit",
    "edit": "edit",
    "execute": "shell",
    "move": "edit",
    "read": "read",
    "search": "search",
}
_EXIT = re.compile(r"(?:Error: )?Exit code (\d{1,3})\b")
_EXIT_KEYS = ("exit_code", "exitCode", "exit")
_QUOTED = re.compile(r'"([^"]+)"')
_MOST_PATHS = 200
_SURE = (r"mcp__{}__(\S+)", r"mcp\.{}\.(\S+)")
"""How claude-agent-acp and codex-acp name a call of a server's tool."""
_LOOSE = (r"{}[_./](\S+)", r"(\S+) \({} MCP Server\)")
"""How opencode and Gemini CLI do."""


def call_start(told: Mapping[str, Any], workspace: str, servers: Sequence[str] = ()) -> CallStart:
    """Return what a call does. A command makes it a shell call, whatever kind it claims to be.

    One that is named after one of *servers* is a call of a tool of it.
    """
    given = told.get("rawInput")
    title = text(told.get("title")).strip("`")
    tool = _server_tool(told, title, servers)
    if tool:
        return CallStart("mcp", tool, input=[tool, given])
    kind = _KINDS.get(text(told.get("kind")), "other")
    command = _command(mapping(given)) or (title if kind == "shell" else "")
    name = text(told.get("name")) or _tool_name(told) or text(told.get("kind")) or "tool"
    if command:
        return CallStart("shell", name, command, _paths(told, workspace), ["shell", command])
    diffs = list(_diffs(told))
    if kind == "edit" and diffs and all(diff.get("oldText") is None for diff in diffs):
        kind = "write"
    input_ = given or [title, [[diff.get(key) for key in ("path", "newText")] for diff in diffs]]
    said = edit_text((text(diff.get("oldText")), text(diff.get("newText"))) for diff in diffs)
    return CallStart(kind, name, paths=_paths(told, workspace), input=input_, text=said)


def loads_skill(told: Mapping[str, Any]) -> bool:
    """Tell whether the call is one of the tool by which agents load a skill.

    Gemini CLI names its tool in the call's id only. A title counts where no tool is named: models
    word titles.
    """
    name = text(told.get("name")) or _tool_name(told) or text(told.get("title"))
    return name.lower() == "skill" or text(told.get("toolCallId")).startswith(
        ("activate_skill-", "activate_skill_")
    )


def skill_named(told: Mapping[str, Any]) -> str:
    """Return which skill a call of that tool names, empty for none."""
    given = mapping(told.get("rawInput"))
    quoted = _QUOTED.match(text(told.get("title")))
    return text(given.get("skill")) or text(given.get("name")) or (quoted[1] if quoted else "")


def call_end(told: Mapping[str, Any], printed: str, kind: str) -> CallEnd:
    """Return how a call ended. *printed* is what it was seen to print while it ran."""
    output = printed or _result(told)
    code = _exit_code(told, output) if kind == "shell" else None
    failed = told.get("status") == "failed" or bool(code)
    return CallEnd("failed" if failed else "ok", code, output)


def changed_files(told: Mapping[str, Any], workspace: str) -> list[FileChange]:
    """Return the files that a call's diffs change, with how many lines each."""
    found = []
    for diff in _diffs(told):
        old, new = text(diff.get("oldText")), text(diff.get("newText"))
        added, removed = _counted(old.splitlines(), new.splitlines())
        path = relative(text(diff.get("path")), workspace)
        found.append(FileChange(path or ".", added, removed, digest(new)))
    return found


def words(content: Any) -> str:
    """Return the text of a content block; a picture or a sound has none."""
    block = mapping(content)
    return text(block.get("text")) if block.get("type") == "text" else ""


def printed_delta(told: Mapping[str, Any]) -> str:
    """Return what a running command has just printed, by the one extension that tells it."""
    return text(mapping(mapping(told.get("_meta")).get("terminal_output_delta")).get("data"))


def shown_text(told: Mapping[str, Any]) -> str:
    """Return the text among a call's contents."""
    blocks = (mapping(block) for block in sequence(told.get("content")))
    parts = [words(block.get("content")) for block in blocks if block.get("type") == "content"]
    return "\n".join(part for part in parts if part)


def _command(given: Mapping[str, Any]) -> str:
    for key in ("command", "cmd"):
        value = given.get(key)
        if isinstance(value, list):
            return _joined(value)
        if text(value):
            return plain_command(text(value))
    return ""


def _joined(value: Sequence[Any]) -> str:
    import shlex

    return plain_command(shlex.join(text(word) for word in value))


def _server_tool(told: Mapping[str, Any], title: str, servers: Iterable[str]) -> str:
    """Return ``server/tool`` where a call is named after a tool of one of *servers*, else nothing.

    The protocol has no form for it. A call that is said to run or touch something else is one of
    a server only where its name can be nothing else, and never if it tells its command.
    """
    kind = text(told.get("kind"))
    if _command(mapping(told.get("rawInput"))) and kind == "execute":
        return ""
    forms = (*_SURE, *(() if kind in _KINDS else _LOOSE))
    for name in filter(None, (text(told.get("name")), _tool_name(told), title)):
        for server, form in product(servers, forms):
            found = re.fullmatch(form.format(re.escape(server)), name)
            if found:
                return f"{server}/{found[1]}"
    return ""


def _tool_name(told: Mapping[str, Any]) -> str:
    meta = mapping(told.get("_meta"))
    return text(mapping(meta.get("claudeCode")).get("toolName")) or text(meta.get("toolName"))


def _paths(told: Mapping[str, Any], workspace: str) -> tuple[str, ...]:
    places = (mapping(place) for place in sequence(told.get("locations")))
    named = [text(each.get("path")) for each in (*_diffs(told), *places)]
    shown = dict.fromkeys(relative(path, workspace) for path in named[:_MOST_PATHS] if path)
    return tuple(path for path in shown if path != workspace)


def _diffs(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    blocks = (mapping(block) for block in sequence(told.get("content")))
    return (block for block in blocks if block.get("type") == "diff")


def _counted(old: list[str], new: list[str]) -> tuple[int, int]:
    """Return how many lines *new* adds and *old* loses, as one hunk."""
    same = _common(old, new)
    old, new = old[same:], new[same:]
    same = _common(old[::-1], new[::-1])
    return len(new) - same, len(old) - same


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _result(told: Mapping[str, Any]) -> str:
    raw = told.get("rawOutput")
    if text(raw):
        return text(raw)
    found = (text(mapping(raw).get(key)) for key in ("output", "formatted_output", "stdout"))
    return next((each for each in found if each), "") or shown_text(told)


def _exit_code(told: Mapping[str, Any], output: str) -> int | None:
    raw = mapping(told.get("rawOutput"))
    ended = mapping(mapping(told.get("_meta")).get("terminal_exit"))
    for place in (raw, mapping(raw.get("metadata")), ended):
        for key in _EXIT_KEYS:
            code = number(place.get(key))
            if code is not None:
                return code
    said = _EXIT.match(output) if told.get("status") == "failed" else None
    return int(said[1]) if said else None
