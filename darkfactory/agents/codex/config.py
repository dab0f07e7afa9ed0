"""The text of config.toml in a session's private Codex home."""

import json
from collections.abc import Mapping

from darkfactory.agents.codex.permissions import (
    CODEX_HOME,
    COMMAND_HOME,
    PROFILE,
    filesystem,
    network_open,
)
from darkfactory.agents.protocol import LaunchRequest
from darkfactory.domain.settings import AgentSettings

_SERVER_STARTS_SECONDS = 60
_KEYS = ("OPENAI_API_KEY", "CODEX_API_KEY")
_KEY_PROVIDER = "openai-key"
_OPENAI = "https://api.openai.com/v1"


def config_text(request: LaunchRequest) -> str:
    """Return the configuration that *request* needs: quiet, hermetic, held to its level."""
    top: dict[str, object] = {
        "check_for_update_on_startup": False,
        # A login shell may set a PATH of its own: commands would miss what the harness finds.
        "allow_login_shell": False,
        "web_search": "live" if network_open(request) else "disabled",
        "default_permissions": PROFILE,
    }
    if request.agent.model:
        top["model"] = request.agent.model
    tables: dict[str, Mapping[str, object]] = {
        "analytics": {"enabled": False},
        # Apps and plugins call home at start; a shell snapshot reads start files unsandboxed.
        "features": {"apps": False, "plugins": False, "shell_snapshot": False},
        "skills.bundled": {"enabled": False},
        # Names with KEY, SECRET or TOKEN are for the program, not for its commands.
        "shell_environment_policy": {"ignore_default_excludes": False},
        "shell_environment_policy.set": {"HOME": f"{request.home}/{COMMAND_HOME}"},
        f"projects.{_text(request.workspace)}": {"trust_level": "untrusted"},
        f"permissions.{PROFILE}.filesystem": filesystem(request),
        f"permissions.{PROFILE}.network": {"enabled": network_open(request)},
    }
    for server in request.mcp:
        table = f"mcp_servers.{_text(server.name)}"
        command = {"command": server.command[0], "args": list(server.command[1:])}
        # Without `required` the first request of the model does not wait for the server's tools.
        waits = {"required": True, "startup_timeout_sec": _SERVER_STARTS_SECONDS}
        tables[table] = {**command, **waits}
        tables[f"{table}.env"] = dict(server.env)
    key = _api_key(request.agent)
    if key:
        top["model_provider"] = _KEY_PROVIDER
        tables[f"model_providers.{_KEY_PROVIDER}"] = _key_provider(request.agent, key)
    parts = [_lines(top), *(f"[{name}]\n{_lines(table)}" for name, table in tables.items())]
    return "\n".join(parts)


def files(request: LaunchRequest) -> dict[str, str]:
    """Return the texts of the private home, by path in it."""
    return {f"{CODEX_HOME}/config.toml": config_text(request), f"{COMMAND_HOME}/.keep": ""}


def _api_key(agent: AgentSettings) -> str | None:
    """Return the variable that holds an API key; app-server looks at none by itself."""
    return next((name for name in _KEYS if name in agent.env or name in agent.pass_env), None)


def _key_provider(agent: AgentSettings, key: str) -> Mapping[str, object]:
    base = agent.env.get("OPENAI_BASE_URL", _OPENAI)
    return {"name": "OpenAI", "base_url": base, "wire_api": "responses", "env_key": key}


def _lines(table: Mapping[str, object]) -> str:
    return "".join(f"{_text(name)} = {_value(value)}\n" for name, value in table.items())


def _value(value: object) -> str:
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(value: str) -> str:
    """Return *value* as a basic string of TOML: JSON's, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
