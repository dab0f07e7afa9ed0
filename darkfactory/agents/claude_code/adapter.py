"""How Claude Code is started for a session, and what it can do."""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from darkfactory.agents.claude_code import confinement
from darkfactory.agents.claude_code.confinement import CONFIG_FOLDER, MEMORY_FOLDER
from darkfactory.agents.claude_code.conversation import ClaudeConversation
from darkfactory.agents.claude_code.skills import PLUGIN, PLUGIN_FOLDER, skill_target
from darkfactory.agents.protocol import (
    Adapter,
    Capabilities,
    Conversation,
    Launch,
    LaunchRequest,
    SkillsAt,
)
from darkfactory.domain.lane import Autonomy

_STREAMS = (
    "-p",
    "--input-format",
    "stream-json",
    "--output-format",
    "stream-json",
    "--verbose",
    "--replay-user-messages",
    "--include-partial-messages",  # the only lines that tell what a request really used
    "--forward-subagent-text",
)
_QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
}
_BEHAVIOUR = {
    # A command in the background would begin turns by itself, after the session has ended its own.
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
    "CLAUDE_CODE_DISABLE_CRON": "1",
    # An @path in an item's text would read that file past every permission rule.
    "CLAUDE_CODE_DISABLE_FILE_MENTIONS": "1",
    "CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS": "1",
    # Without settings sources the project's instructions come in as those of an added folder.
    "CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD": "1",
}
# Else the tools of servers are behind a search that the model has to think of first.
_WITH_SERVERS = {"ENABLE_TOOL_SEARCH": "false"}
_INSTRUCTIONS = ("CLAUDE.md", "AGENTS.md")


class ClaudeCode:
    """The adapter for Claude Code."""

    kind = "claude-code"
    default_program = "claude"
    capabilities = Capabilities(
        steer=True,
        interrupt=True,
        approve=True,
        resume=True,
        usage=True,
        cost=True,
        mcp=True,
        sandbox=True,
        sandbox_needs_bubblewrap=sys.platform == "linux",
        skills=SkillsAt(
            workspace=(".claude/skills",),
            read=f"Load each with the Skill tool, as {PLUGIN}:NAME, before you go on.",
            catalogue=8000,
        ),
    )

    def refusal(self, request: LaunchRequest) -> str | None:
        """Return what is missing to hold the autonomy level on this host, or None."""
        return confinement.refusal(request)

    def prepare(self, request: LaunchRequest) -> Launch:
        """Return how to start the program, hermetic and without a dialog to answer."""
        native = request.resume or str(uuid5(NAMESPACE_URL, f"darkfactory:{request.session}"))
        return Launch(
            argv=(*request.program, *_STREAMS, *_identity(request, native), *_rules(request)),
            env=_environment(request),
            files=_files(request),
            copies=tuple((skill.path, skill_target(skill.name)) for skill in request.skills),
            native=native,
        )

    def converse(self, request: Mapping[str, Any]) -> Conversation:
        """Return a conversation for the program that :meth:`prepare` described."""
        return ClaudeConversation(request)


ADAPTER: Adapter = ClaudeCode()


def _identity(request: LaunchRequest, native: str) -> list[str]:
    words = ["--resume" if request.resume else "--session-id", native]
    return words + (["--model", request.agent.model] if request.agent.model else [])


def _rules(request: LaunchRequest) -> list[str]:
    words = ["--setting-sources", "", "--strict-mcp-config"]
    if request.mcp:
        words += ["--mcp-config", _servers(request)]
    words += ["--add-dir", _in_home(request, MEMORY_FOLDER)]
    words += ["--tools", ",".join(confinement.tools(request))]
    if request.skills:
        words += ["--plugin-dir", _in_home(request, PLUGIN_FOLDER)]
    if request.autonomy is Autonomy.SUGGEST:
        words += ["--permission-prompt-tool", "stdio"]
    words += ["--permission-mode", confinement.permission_mode(request)]
    # Not a file: the program would take over what a command of its own writes there.
    words += ["--settings", json.dumps(confinement.settings(request), separators=(",", ":"))]
    return words + list(request.agent.args)


def _servers(request: LaunchRequest) -> str:
    """Return the servers of a session; ``--strict-mcp-config`` keeps all others out."""
    servers = {
        server.name: {
            "command": server.command[0],
            "args": list(server.command[1:]),
            "env": dict(server.env),
        }
        for server in request.mcp
    }
    return json.dumps({"mcpServers": servers}, separators=(",", ":"))


def _environment(request: LaunchRequest) -> dict[str, str]:
    return {
        "HOME": request.home,
        "CLAUDE_CONFIG_DIR": _in_home(request, CONFIG_FOLDER),
        "TMPDIR": confinement.socket_folder(request),
        "CLAUDE_CODE_TMPDIR": confinement.temp_folder(request),
        **_QUIET,
        **_BEHAVIOUR,
        **(_WITH_SERVERS if request.mcp else {}),
    }


def _files(request: LaunchRequest) -> dict[str, str]:
    folder = _in_home(request, MEMORY_FOLDER)
    workspace = os.path.relpath(request.workspace, folder).replace(" ", "\\ ")
    imports = "".join(f"@{workspace}/{name}\n" for name in _INSTRUCTIONS)
    files = {f"{MEMORY_FOLDER}/CLAUDE.md": imports}
    if request.skills:
        plugin = {"name": PLUGIN, "version": "1.0.0", "description": "Skills of this session"}
        files[f"{PLUGIN_FOLDER}/.claude-plugin/plugin.json"] = json.dumps(plugin) + "\n"
    return files


def _in_home(request: LaunchRequest, name: str) -> str:
    return os.path.join(request.home, name)
