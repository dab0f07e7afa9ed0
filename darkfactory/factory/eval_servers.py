"""Whether the MCP servers of a suite can start at all, before a session pays for it."""

import shutil
from collections.abc import Iterable
from importlib.util import find_spec

from darkfactory.errors import NotReady
from darkfactory.evals.condition import Condition
from darkfactory.evals.suite import FACTS, Suite

_PACKAGE = "mcp"


class ServerMissing(NotReady):
    """What starts a server of a suite is not installed."""

    code = "evals.server"

    def __init__(self, name: str, why: str, fix: str) -> None:
        super().__init__(f"MCP server {name!r} cannot start: {why}", fix=fix)


def check_servers(suite: Suite, conditions: Iterable[Condition]) -> None:
    """See that what starts the servers of *suite* is there, if one of *conditions* has them.

    Raises:
        ServerMissing: If it is not.
    """
    if not any(condition.mcp for condition in conditions):
        return
    for name, server in suite.mcp.items():
        if server.command[: len(FACTS)] == FACTS:
            if find_spec(_PACKAGE) is None:
                extra = "install the extra: pip install 'darkfactory[mcp]'"
                raise ServerMissing(name, f"the package {_PACKAGE} is not installed", extra)
        elif shutil.which(server.command[0]) is None:
            program = f"there is no program {server.command[0]!r}"
            raise ServerMissing(name, program, f"install it, or mend mcp.{name} in suite.yaml")
