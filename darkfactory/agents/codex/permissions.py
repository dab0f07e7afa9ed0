"""What Codex may do at each autonomy level, in the words of its permission profiles.

Facts that shaped this, all seen with 0.169.0:

- Under ``untrusted`` an approved command that the sandbox stops is run again without one, and
  nobody is asked. A profile with a ``deny`` entry for a file that exists never does that.
- A command that asks to leave the sandbox is asked for with a ``reason``, be it an empty one; once
  approved it writes everywhere. So such a question is always declined.
- ``.git`` stays read-only. Codex runs ``git status`` outside its sandbox, and whoever can write
  there (``commondir``, ``config``) can make that run a filter program.
- For the same reason commands get a home of their own: Codex's git and shell read its own one.
- A project that is not marked as untrusted is trusted at once, and then its ``.codex/config.toml``
  starts programs and turns the sandbox off.
"""

from collections.abc import Mapping
from typing import Any

from darkfactory.agents.protocol import LaunchRequest
from darkfactory.agents.told import PROTECTED, holds
from darkfactory.agents.wire import mapping, text
from darkfactory.domain.lane import Autonomy

PROFILE = "darkfactory"
NO_SANDBOX = ":danger-full-access"
CODEX_HOME = ".codex"
COMMAND_HOME = "user"
_READ_ONLY = {"type": "readOnly", "network": False}


def approval_policy(autonomy: Autonomy) -> str:
    """Return when Codex asks: before each command and edit, or only to leave its sandbox.

    ``never`` would not ask either, but then a refused escalation or edit leaves no trace at all.
    """
    return "untrusted" if autonomy is Autonomy.SUGGEST else "on-request"


def filesystem(request: LaunchRequest) -> dict[str, str]:
    """Return the profile's file rules for *request*, by path."""
    codex = f"{request.home}/{CODEX_HOME}"
    rules = {":root": "read"}
    if request.autonomy is not Autonomy.OBSERVE:
        rules[request.workspace] = "write"
        rules |= {f"{request.workspace}/{name}": "read" for name in sorted(PROTECTED)}
        rules |= {":tmpdir": "write", request.home: "read"}
        rules[f"{request.home}/{COMMAND_HOME}"] = "write"
        rules |= dict.fromkeys(request.write, "write")
        if request.fence == "bubblewrap":
            rules[":slash_tmp"] = "write"  # its /tmp is the session's own
    # config.toml is there for sure; one missing denied path can keep the sandbox from starting.
    return rules | dict.fromkeys((f"{codex}/config.toml", *_hidden(request)), "deny")


def _hidden(request: LaunchRequest) -> list[str]:
    """Return what Codex itself has to hide: nothing, when a fence around it does.

    What lies in a hidden folder is not opened again by a ``read`` rule. So a folder that holds the
    session's own places stays readable.
    """
    if request.fence == "bubblewrap":
        return []
    own = (request.workspace, request.home, request.temp, *request.write)
    return [path for path in request.hide if not any(holds(path, place) for place in own)]


def network_open(request: LaunchRequest) -> bool:
    """Tell whether commands and web tools may reach the network."""
    return request.open_network and request.autonomy is not Autonomy.OBSERVE


def not_held(thread: Mapping[str, Any], autonomy: Autonomy, profile: str) -> str | None:
    """Return what the answer to a thread's start shows to be looser than asked, or None."""
    policy = thread.get("approvalPolicy")
    if policy != approval_policy(autonomy):
        return f"approvals are {policy!r}"
    if profile == NO_SANDBOX:
        return None
    active = text(mapping(thread.get("activePermissionProfile")).get("id"))
    if active != profile:
        return f"the permission profile is {active or 'none'!r}"
    sandbox = mapping(thread.get("sandbox"))
    held = {"type": sandbox.get("type"), "network": sandbox.get("networkAccess", False)}
    if autonomy is Autonomy.OBSERVE and held != _READ_ONLY:
        return f"the sandbox is {held['type']!r}, network {held['network']!r}"
    if held["type"] not in ("readOnly", "workspaceWrite"):
        return f"the sandbox is {held['type']!r}"
    return None
