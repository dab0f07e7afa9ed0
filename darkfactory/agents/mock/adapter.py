"""The mock's adapter: a script in, a command line and the mock's own files out."""

import json
import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import darkfactory
from darkfactory.agents.mock.checking import parse_script
from darkfactory.agents.mock.conversation import MockConversation
from darkfactory.agents.mock.program import SESSION_FILE
from darkfactory.agents.protocol import (
    Capabilities,
    Conversation,
    Launch,
    LaunchRequest,
    SkillsAt,
)

_FOLDER = ".mock"
_SKILLS = (".agents/skills", ".claude/skills")
_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(darkfactory.__file__)))
_START = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from darkfactory.agents.mock.program import main; sys.exit(main(*sys.argv[2:5]))"
)


class MockAdapter:
    """Starts and understands the mock agent. Its script is the model, so it needs no network.

    It may be given servers, of which no script can make use.
    """

    kind = "mock"
    capabilities = Capabilities(
        steer=True,
        interrupt=True,
        approve=True,
        resume=True,
        usage=True,
        skills=SkillsAt(workspace=_SKILLS, beside=_SKILLS),
        network=False,
    )
    default_program = sys.executable

    def refusal(self, request: LaunchRequest) -> str | None:
        """Return what is missing to hold the autonomy level: always None.

        The mock keeps to the level by itself, and the fence holds what its commands do.
        """
        del request
        return None

    def prepare(self, request: LaunchRequest) -> Launch:
        """Return how to start the mock.

        Raises:
            BadScript: If the script cannot be played.
        """
        name = request.agent.script or "the mock script"
        session = {
            "version": darkfactory.__version__,
            "workspace": request.workspace,
            "autonomy": request.autonomy,
            "script": _script(request.script or "", name),
        }
        conversation = request.resume or request.session
        folder, mode = os.path.join(request.home, _FOLDER), "resume" if request.resume else "new"
        return Launch(
            # -I and -S: neither the workspace nor the user's packages are ever imported
            argv=(
                *request.program,
                *("-I", "-S", "-c", _START, _ROOT, folder, conversation, mode),
                *request.agent.args,
            ),
            env={"HOME": request.home},
            files={f"{_FOLDER}/{SESSION_FILE}": json.dumps(session)},
            native=conversation,
        )

    def converse(self, request: Mapping[str, Any]) -> Conversation:
        """Return a conversation with the program that :meth:`prepare` described."""
        return MockConversation(request)


@lru_cache(maxsize=8)
def _script(text: str, name: str) -> dict[str, Any]:
    """Read a script once for all the sessions that play it."""
    return parse_script(text, name)


ADAPTER = MockAdapter()
