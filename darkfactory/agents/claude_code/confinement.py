"""How each autonomy level is held: tools taken away, permission rules, the program's own sandbox.

The factory's fence holds the files of the whole process tree; the program's own sandbox holds its
commands tighter still (no network, no credentials). Measured with 2.1.329 as root:

- It runs inside our bubblewrap only with ``enableWeakerNestedSandbox``: the kernel refuses it a
  fresh /proc there. The fence's own /proc shows nothing but this session's processes, and their
  environments cannot be read from the inner user namespace.
- It does not run under Landlock, where mounting fails; there the fence stands alone.
- Without bwrap and socat it is silently off unless ``failIfUnavailable``.
- Its environment scrubbing (CLAUDE_CODE_SUBPROCESS_ENV_SCRUB) litters the workspace with empty
  files; ``credentials.envVars`` does not.
"""

import os
import re
import sys
from collections.abc import Callable
from typing import Any

from darkfactory.agents.claude_code.skills import PLUGIN_FOLDER
from darkfactory.agents.protocol import LaunchRequest
from darkfactory.domain.lane import Autonomy

_TMP = "/tmp"  # noqa: S108 - the fence's own, or the last way out
_LONGEST_SOCKET_FOLDER = 70

CONFIG_FOLDER = ".claude"
MEMORY_FOLDER = "memory"

_READING = ("Read", "Grep", "Glob", "Skill", "Agent", "Task", "ToolSearch")
_LOOKING = ("Read", "Grep", "Glob")
"""Without a fence these stay with the program's own rule: working folders only."""
_EDITING = ("Edit", "MultiEdit", "Write", "NotebookEdit")
_RUNNING = ("Bash",)
_WEB = ("WebFetch", "WebSearch")
_WORK = (Autonomy.PROPOSE, Autonomy.LAND)

_LIFTING_ARGS = (
    "--allow-dangerously-skip-permissions",
    "--dangerously-skip-permissions",
    "--permission-mode",
    "--setting-sources",
    "--settings",
    "--tools",
)
_SECRET = re.compile(r"(?i)key|token|secret|passw|credential")
_MODEL_SECRETS = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_CUSTOM_HEADERS",
    "AWS_ACCESS_KEY_ID",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "CLAUDE_CODE_MESSAGING_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN",
)


def _which(program: str) -> str | None:
    import shutil  # a session host loads this module and never asks

    return shutil.which(program)


def refusal(
    request: LaunchRequest,
    *,
    platform: str = sys.platform,
    which: Callable[[str], str | None] = _which,
) -> str | None:
    """Return what is missing to hold the level of *request*, or None."""
    lifting = [arg for arg in request.agent.args if arg.partition("=")[0] in _LIFTING_ARGS]
    if lifting:
        return f"agents.{request.agent.name}.args would lift it: {', '.join(lifting)}"
    if request.fence != "none" or request.autonomy not in _WORK or platform == "darwin":
        return None
    if platform != "linux":
        return f"neither a fence nor a sandbox of Claude Code's own works on {platform}"
    lacking = [program for program in ("bwrap", "socat") if which(program) is None]
    if not lacking:
        return None
    return f"no fence here, and Claude Code's own sandbox lacks {' and '.join(lacking)}"


def tools(request: LaunchRequest) -> tuple[str, ...]:
    """Return the names of the built-in tools that the program offers to the model."""
    web = _WEB if request.open_network and request.autonomy is not Autonomy.OBSERVE else ()
    if request.autonomy is Autonomy.OBSERVE:
        return _READING
    return (*_READING, *_EDITING, *_RUNNING, *web)


def permission_mode(request: LaunchRequest) -> str:
    """Return the mode that decides what no rule names."""
    return "dontAsk" if request.autonomy is Autonomy.OBSERVE else "acceptEdits"


def settings(request: LaunchRequest) -> dict[str, Any]:
    """Return the settings that hold the level; they are the only ones the program reads."""
    return {
        "autoMemoryEnabled": False,
        "disableAllHooks": True,
        "disableBundledSkills": True,
        "enabledPlugins": {
            "cc-plugin-agents-md@builtin": False,
            "cc-plugin-plugin-authoring@builtin": False,
        },
        "permissions": _permissions(request),
        "sandbox": _sandbox(request),
    }


def temp_folder(request: LaunchRequest) -> str:
    """Return the private temporary folder as the program sees it: ``/tmp`` inside the fence."""
    return _TMP if request.fence == "bubblewrap" else request.temp


def socket_folder(request: LaunchRequest) -> str:
    """Return the folder for the program's unix sockets: the temporary one, if it can be.

    Its sandbox makes names of 35 bytes there and cannot start where they do not fit into 107. Under
    Landlock it makes none, and the host's /tmp is out of reach.
    """
    temp = temp_folder(request)
    fits = len(os.fsencode(temp)) <= _LONGEST_SOCKET_FOLDER or request.fence == "landlock"
    return temp if fits else _TMP


def _permissions(request: LaunchRequest) -> dict[str, Any]:
    offered = tools(request)
    unwanted = (*_EDITING, *_RUNNING, *_WEB)
    fenced, skills = (
        request.fence != "none",
        f"Read(/{request.home.rstrip('/')}/{PLUGIN_FOLDER}/**)",
    )
    reading = (skills, *(name for name in _READING if fenced or name not in _LOOKING))
    working = (*_RUNNING, *_WEB) if request.autonomy in _WORK else ()
    servers = [f"mcp__{one.name}" for one in request.mcp if request.autonomy in _WORK]
    hidden = [rule for path in _hidden(request) for rule in (f"Read(/{path})", f"Read(/{path}/**)")]
    return {
        "allow": [*reading, *(name for name in working if name in offered), *servers],
        "ask": list(_RUNNING) if request.autonomy is Autonomy.SUGGEST else [],
        "deny": [name for name in unwanted if name not in offered] + hidden,
        "additionalDirectories": [temp_folder(request), *request.write],
    }


def _hidden(request: LaunchRequest) -> list[str]:
    """Return what the program itself must hide: a fence does it better, down to single files.

    A folder around the session's own cannot be hidden by a rule: it would win inside, too.
    """
    if request.fence != "none":
        return []
    own = (request.workspace, request.home, request.temp)
    return [
        path
        for path in request.hide
        if not any(f"{place}/".startswith(f"{path.rstrip('/')}/") for place in own)
    ]


def _sandbox(request: LaunchRequest) -> dict[str, Any]:
    works, home = request.autonomy in _WORK, request.home.rstrip("/")
    fenced = request.fence != "none"
    # Its proxy lets through HTTP and SOCKS at most; behind a fence that holds the files, an open
    # network is better served without it.
    runs = request.autonomy is not Autonomy.OBSERVE
    wanted = runs and request.fence != "landlock" and not (fenced and request.open_network)
    return {
        "enabled": wanted,
        "failIfUnavailable": works and not fenced and not request.unconfined,
        "autoAllowBashIfSandboxed": works,
        "allowUnsandboxedCommands": False,
        "enableWeakerNestedSandbox": fenced,
        "network": {
            "allowedDomains": ["*"] if request.open_network else [],
            "strictAllowlist": True,
        },
        "filesystem": {
            "allowWrite": [home, temp_folder(request), *request.write],
            "denyWrite": [
                f"{home}/{folder}" for folder in (CONFIG_FOLDER, MEMORY_FOLDER, PLUGIN_FOLDER)
            ],
            "denyRead": _hidden(request),
        },
        "credentials": {
            "envVars": [{"name": name, "mode": "deny"} for name in _secrets(request)],
        },
    }


def _secrets(request: LaunchRequest) -> list[str]:
    given = (*request.agent.pass_env, *request.agent.env)
    return sorted({*_MODEL_SECRETS, *(name for name in given if _SECRET.search(name))})
