"""How an agent of the Agent Client Protocol starts, and what holds it to its level.

The protocol has no sandbox, and an agent need not ask before it acts. So ``observe``, ``propose``
and ``land`` are held by the factory's fence alone, and ``suggest`` only with agents that are known
to ask (:mod:`darkfactory.agents.acp.known`).
"""

import json
from collections.abc import Mapping
from typing import Any

from darkfactory.agents.acp.conversation import AcpConversation
from darkfactory.agents.acp.known import ASKING, asking_program, serving_program
from darkfactory.agents.protocol import (
    Capabilities,
    Conversation,
    Launch,
    LaunchRequest,
    SkillsAt,
)
from darkfactory.domain.lane import Autonomy

_FOLDERS = {
    "CLAUDE_CONFIG_DIR": ".claude",
    "CODEX_HOME": ".codex",
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
}
_QUIET = {
    # claude-agent-acp would guess what a person says next: a model request that nobody counts
    "CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION": "false",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "NO_BROWSER": "1",
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
}
_SETTINGS = {
    # or a denied command would end the whole turn
    ".config/opencode/opencode.json": {"experimental": {"continue_loop_on_deny": True}},
    ".gemini/settings.json": {
        "general": {"enableAutoUpdate": False},
        "privacy": {"usageStatisticsEnabled": False},
    },
    # as claude-agent-acp does, and it gathers memories that no later session would find
    ".qwen/settings.json": {
        "general": {"enableAutoUpdate": False},
        "memory": {"enableManagedAutoDream": False, "enableManagedAutoMemory": False},
        "privacy": {"usageStatisticsEnabled": False},
        "ui": {"enableFollowupSuggestions": False},
    },
}
_SKILLS = (".agents/skills", ".claude/skills")
"""Between them every agent that was tried finds its skills."""
_BESIDE = (
    *_SKILLS,
    ".codex/skills",
    ".cursor/skills",
    ".gemini/skills",
    ".goose/skills",
    ".opencode/skills",
    ".qwen/skills",
)


class AcpAdapter:
    """Starts the program that lanes.yaml names and speaks the protocol to it."""

    kind = "acp"
    default_program = ""
    capabilities = Capabilities(
        steer=True,
        interrupt=True,
        approve=True,
        resume=True,
        usage=True,
        cost=True,
        mcp=True,
        skills=SkillsAt(beside=_BESIDE, catalogue=8000),
    )

    def refusal(self, request: LaunchRequest) -> str | None:
        """Return what is missing to hold the autonomy level on this host, or None."""
        if request.autonomy is Autonomy.SUGGEST and asking_program(request.program) is None:
            known = ", ".join(known.program for known in ASKING)
            return f"nothing is known to make it ask before each command (as there is for {known})"
        try:
            f"{request.workspace}{request.home}{request.temp}".encode()
        except UnicodeEncodeError:  # surrogate escapes of bytes that are not UTF-8
            return f"the path {request.workspace!r} is not UTF-8, which its protocol needs"
        return None

    def prepare(self, request: LaunchRequest) -> Launch:
        """Return how to start the program: in a home of its own, with nothing of the user's.

        Its configuration folders exist, as Codex does not start without the one it is told of.
        """
        home = {name: f"{request.home}/{folder}" for name, folder in _FOLDERS.items()}
        argv = (*request.program, *request.agent.args)
        asking = asking_program(argv) if request.autonomy is Autonomy.SUGGEST else None
        serving = serving_program(argv)
        return Launch(
            argv=(*argv, *serving.words) if serving else argv,
            env={
                **(serving.env if serving else {}),
                **request.agent.env,
                **home,
                "HOME": request.home,
                "TMPDIR": request.temp,  # not /tmp: where a home is below it, Codex does not work
                **_QUIET,
                **(asking.env if asking else {}),
            },
            files={
                **{f"{folder}/.keep": "" for folder in _FOLDERS.values()},
                **{name: json.dumps(settings) for name, settings in _SETTINGS.items()},
            },
            copies=tuple(
                (skill.path, f"{folder}/{skill.name}")
                for skill in request.skills
                for folder in _SKILLS
            ),
        )

    def converse(self, request: Mapping[str, Any]) -> Conversation:
        """Return a conversation for the program that :meth:`prepare` described."""
        return AcpConversation(request)


ADAPTER = AcpAdapter()
