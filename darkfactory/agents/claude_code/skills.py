"""Skills of a session: where they lie in the private home, and which one a call opens.

They come as a plugin, the only way in for skills when no settings file counts.
"""

from collections.abc import Mapping
from typing import Any

from darkfactory.agents.claude_code.tools import Call
from darkfactory.agents.claude_code.wire import word

PLUGIN = "darkfactory"
PLUGIN_FOLDER = "skills-plugin"
_BODY = "SKILL.md"


def skill_target(name: str) -> str:
    """Return the folder of skill *name* relative to the private home."""
    return f"{PLUGIN_FOLDER}/skills/{name}"


def skill_use(call: Call) -> tuple[str, dict[str, Any]] | None:
    """Return the event type and data for a *call* that opened a skill or a file of one."""
    if call.name == "Skill":
        name = word(call.input.get("skill")) or word(call.input.get("command"))
        return _loaded(name.removeprefix(f"{PLUGIN}:"), call) if name else None
    return _file_use(call, call.input) if call.kind == "read" else None


def _file_use(call: Call, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    path = word(given.get("file_path")) or ""
    _, found, rest = path.partition(f"/{PLUGIN_FOLDER}/skills/")
    name, _, inner = rest.partition("/")
    if not (found and name and inner):
        return None
    if inner == _BODY:
        return _loaded(name, call)
    return "skill.reference_read", {"name": name, "path": inner, "call": call.id}


def _loaded(name: str, call: Call) -> tuple[str, dict[str, Any]]:
    return "skill.loaded", {"name": name, "call": call.id}
