"""Turns a scripted action into a call of whichever tool the client offers for it."""

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tests.fakes.scripted_model.history import Tool

_REPLACE = (
    "import pathlib,sys;p=pathlib.Path(sys.argv[1]);s=p.read_text();assert sys.argv[2] in s;"
    "p.write_text(s.replace(sys.argv[2],sys.argv[3],1))"
)
_SHELLS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "Bash": lambda command: {"command": command, "description": "scripted"},
    "exec_command": lambda command: {"cmd": command},
    "shell_command": lambda command: {"command": command},
    "shell": lambda command: {"command": ["bash", "-lc", command]},
    "bash": lambda command: {"command": command, "description": "scripted"},
    "run_shell_command": lambda command: {"command": command, "is_background": False},
}
_FILES = {
    "read": ("Read", "read", "read_file"),
    "write": ("Write", "write", "write_file"),
    "edit": ("Edit", "edit", "replace"),
}
_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "path": ("file_path", "filePath"),
    "content": ("content",),
    "old": ("old_string", "oldString"),
    "new": ("new_string", "newString"),
}


class Call(NamedTuple):
    """One call of an offered tool; *input* is a text for tools of free form."""

    tool: str
    input: dict[str, Any] | str
    namespace: str | None = None


def call_for(action: Mapping[str, Any], offered: Sequence[Tool]) -> Call:
    """Return the call that does *action* with one of the *offered* tools."""
    ((kind, value),) = action.items()
    tools = {tool.name: tool.spec for tool in offered}
    if kind == "shell":
        return _shell(value, tools)
    if kind == "tool":
        return Call(value["name"], value.get("input", {}), _namespace(tools, value["name"]))
    if kind == "mcp":
        return _mcp(value["name"], value.get("input", {}), tools)
    given = {"path": value} if kind == "read" else value
    for name in _FILES[kind]:
        if name in tools:
            return Call(name, _arguments(given, tools[name]))
    if kind == "read":
        return _shell(f"cat {shlex.quote(value)}", tools)
    return _change(kind, value, tools)


def _arguments(given: Mapping[str, str], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return *given* under the names that the tool of *spec* takes."""
    takes = json.dumps(spec)
    named = {
        next((name for name in _ARGUMENTS[key] if f'"{name}"' in takes), _ARGUMENTS[key][0]): value
        for key, value in given.items()
    }
    return {**named, "instruction": "scripted"} if '"instruction"' in takes else named


def _shell(command: str, tools: Mapping[str, Any]) -> Call:
    for name, arguments in _SHELLS.items():
        if name in tools:
            return Call(name, arguments(command), _namespace(tools, name))
    if _writes_code(tools):
        return _code(f"tools.exec_command({{cmd: {json.dumps(command)}}})")
    return Call("shell", {"command": command})


def _mcp(name: str, arguments: dict[str, Any], tools: Mapping[str, Any]) -> Call:
    wanted = re.compile(rf"(?:.*(?:__|_|\.|:))?{re.escape(name)}")
    for offered in tools:
        if wanted.fullmatch(offered):
            return Call(offered, arguments, _namespace(tools, offered))
    if _writes_code(tools):
        known = "[...ALL_TOOLS.map(t => t.name), ...Object.keys(tools)]"
        found = f"{known}.find(n => n.endsWith({json.dumps(name)}))"
        return _code(f"tools[{found}]({json.dumps(arguments)})")
    return Call(name, arguments)


def _change(kind: str, value: Mapping[str, Any], tools: Mapping[str, Any]) -> Call:
    path = value["path"]
    if "apply_patch" in tools:
        patch = _patch(kind, value)
        free = tools["apply_patch"].get("type") == "custom"
        return Call("apply_patch", patch if free else {"input": patch})
    if _writes_code(tools):
        return _code(f"tools.apply_patch({json.dumps(_patch(kind, value))})")
    if kind == "write":
        content, target = shlex.quote(value["content"]), shlex.quote(path)
        return _shell(f"printf %s {content} > {target}", tools)
    words = ["python3", "-c", _REPLACE, path, value["old"], value["new"]]
    return _shell(shlex.join(words), tools)


def _patch(kind: str, value: Mapping[str, Any]) -> str:
    if kind == "write":
        head = f"*** Add File: {value['path']}\n"
        lines = [f"+{line}\n" for line in value["content"].splitlines()]
    else:
        head = f"*** Update File: {value['path']}\n@@\n"
        lines = [f"-{line}\n" for line in value["old"].splitlines()]
        lines += [f"+{line}\n" for line in value["new"].splitlines()]
    return f"*** Begin Patch\n{head}{''.join(lines)}*** End Patch\n"


def _writes_code(tools: Mapping[str, Any]) -> bool:
    """Tell whether the model calls tools by writing JavaScript for one tool, ``exec``."""
    return bool(tools.get("exec", {}).get("type") == "custom")


def _code(expression: str) -> Call:
    show = "typeof r === 'string' ? r : r.output ?? JSON.stringify(r)"
    return Call("exec", f"const r = await {expression}; text({show});")


def _namespace(tools: Mapping[str, Any], name: str) -> str | None:
    found = tools.get(name, {}).get("namespace")
    return found if isinstance(found, str) else None
