"""What is known of single agents beyond what they say of themselves.

The protocol lets an agent run a command without asking, so that only an agent whose own settings
make it ask can be held to ``suggest``. And some are two programs in one that reach each other over
TCP, which the fence forbids but at a port that it knows. An entry needs a proof with the real
program.
"""

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Asking:
    """An agent that asks before each command when it is told to.

    *program* is its file's name, *says* the name that it gives itself. *meta* goes with the request
    that opens the session, *mode* is the session mode in which it asks, *env* has it ask.
    """

    program: str
    says: str
    meta: Mapping[str, Any] = field(default_factory=dict)
    mode: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


ASKING = (
    Asking(
        program="claude-agent-acp",
        says="@agentclientprotocol/claude-agent-acp",
        meta={
            "claudeCode": {
                "options": {
                    # the repository's own settings could allow commands or run hooks
                    "settingSources": ["user"],
                    "settings": {"permissions": {"ask": ["Bash"]}, "disableAllHooks": True},
                }
            }
        },
        mode="default",
    ),
    Asking(
        program="opencode",
        says="OpenCode",
        env={
            "OPENCODE_PERMISSION": '{"*":"ask"}',
            # the repository's own settings could allow commands, its plugins run them
            "OPENCODE_DISABLE_PROJECT_CONFIG": "1",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Serving:
    """An agent that serves itself: *words* tell it the port, *env* the password of its server.

    *program* is its file's name. ``{port}`` and ``{token}`` stand for what a session is given.
    """

    program: str
    words: tuple[str, ...]
    env: Mapping[str, str]


SERVING = (Serving("opencode", ("--port", "{port}"), {"OPENCODE_SERVER_PASSWORD": "{token}"}),)


def asking_program(command: Iterable[str]) -> Asking | None:
    """Return the agent that *command* starts, if it is known to ask before each command.

    Any word may name it: ``node /opt/bin/claude-agent-acp``, ``npx claude-agent-acp@0.100.0``.
    """
    names = _names(command)
    return next((known for known in ASKING if known.program in names), None)


def serving_program(command: Iterable[str]) -> Serving | None:
    """Return the agent that *command* starts, if it serves itself and is not told where yet."""
    words = tuple(command)
    names, options = _names(words), {word.partition("=")[0] for word in words}
    return next((k for k in SERVING if k.program in names and k.words[0] not in options), None)


def asking_agent(name: str) -> Asking | None:
    """Return the agent that calls itself *name*, if it is known to ask before each command."""
    return next((known for known in ASKING if known.says == name), None)


def _names(command: Iterable[str]) -> set[str]:
    return {posixpath.basename(word).partition("@")[0] for word in command}
