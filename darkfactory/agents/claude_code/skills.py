"""Skills of a session: where they lie in the private home, and which one a call loads.

They come as a plugin, the only way in for skills when no settings file counts.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from darkfactory.agents.claude_code.tools import Call
from darkfactory.agents.claude_code.wire import items, word

PLUGIN = "darkfactory"
PLUGIN_FOLDER = "skills-plugin"


def skill_target(name: str) -> str:
    """Return the folder of skill *name* relative to the private home."""
    return f"{PLUGIN_FOLDER}/skills/{name}"


class SkillUse:
    """Tells which skill a call loads. *injected* are name, version and sha256 of the session's."""

    def __init__(self, injected: Any) -> None:
        self._known: Iterable[Mapping[str, Any]] = items(injected)

    def of(self, call: Call) -> tuple[str, dict[str, Any]] | None:
        """Return the event type and data for a *call* of the tool that loads skills."""
        if call.name != "Skill":
            return None
        name = word(call.input.get("skill")) or word(call.input.get("command"))
        return self._loaded(name.removeprefix(f"{PLUGIN}:")) if name else None

    def _loaded(self, name: str) -> tuple[str, dict[str, Any]]:
        known = next((skill for skill in self._known if skill.get("name") == name), {})
        version, sha256 = word(known.get("version")), word(known.get("sha256"))
        told = {"name": name, "version": version, "sha256": sha256, "how": "tool"}
        return "skill.loaded", told
