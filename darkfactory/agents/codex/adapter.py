"""How a Codex session starts."""

from collections.abc import Mapping
from typing import Any

from darkfactory.agents.codex.config import files
from darkfactory.agents.codex.conversation import CodexConversation
from darkfactory.agents.codex.permissions import CODEX_HOME
from darkfactory.agents.protocol import (
    Capabilities,
    Conversation,
    Launch,
    LaunchRequest,
    SkillsAt,
)
from darkfactory.agents.told import holds

SKILLS = ".agents/skills"
"""Where Codex looks in a repository; none of its commands can write there."""


class CodexAdapter:
    """Starts ``codex app-server`` in a home of its own and speaks to it."""

    kind = "codex"
    default_program = "codex"
    capabilities = Capabilities(
        steer=True,
        interrupt=True,
        approve=True,
        resume=True,
        usage=True,
        cost=False,
        mcp=True,
        sandbox=True,
        skills=SkillsAt(
            workspace=(SKILLS,),
            beside=(SKILLS, ".codex/skills", "/etc/codex/skills"),
            read=f"Read {SKILLS}/NAME/SKILL.md of each before you go on.",
            catalogue=8000,
        ),
    )

    def refusal(self, request: LaunchRequest) -> str | None:
        """Return what is missing to hold the autonomy level on this host, or None."""
        if request.fence == "landlock":
            return (
                "its sandbox cannot start inside Landlock: it needs bubblewrap around it, or only "
                "its own sandbox"
            )
        if holds(request.temp, request.home):
            return (
                f"its home {request.home} lies in the temporary folder, where it starts no helper"
            )
        if not all(_is_unicode(path) for path in (request.workspace, request.home, request.temp)):
            return f"the path {request.workspace!r} is not UTF-8, which its protocol needs"
        return None

    def prepare(self, request: LaunchRequest) -> Launch:
        """Return how to start the program.

        The repository's skills are seen beside those of the session. ``args`` of lanes.yaml come
        last and win over config.toml.
        """
        home = {
            "HOME": request.home,
            "CODEX_HOME": f"{request.home}/{CODEX_HOME}",
            "TMPDIR": request.temp,
        }
        return Launch(
            argv=(*request.program, "app-server", *request.agent.args),
            env={**request.agent.env, **home},
            files=files(request),
        )

    def converse(self, request: Mapping[str, Any]) -> Conversation:
        """Return a conversation for the program that :meth:`prepare` described."""
        return CodexConversation(request)


ADAPTER = CodexAdapter()


def _is_unicode(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:  # surrogate escapes of bytes that are not UTF-8
        return False
    return True
