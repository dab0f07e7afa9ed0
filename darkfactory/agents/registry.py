"""Finds the adapter for a kind of agent; only the one asked for is loaded."""

from importlib import import_module

from darkfactory.agents.protocol import Adapter
from darkfactory.domain.settings import AgentKind
from darkfactory.errors import UsageError

_ADAPTERS = {
    AgentKind.ACP: "darkfactory.agents.acp",
    AgentKind.MOCK: "darkfactory.agents.mock",
    AgentKind.CLAUDE_CODE: "darkfactory.agents.claude_code",
    AgentKind.CODEX: "darkfactory.agents.codex",
}


class UnknownAgentKind(UsageError):
    """A kind of agent that this release has no adapter for."""

    code = "agent.kind"

    def __init__(self, kind: str) -> None:
        known = ", ".join(sorted(_ADAPTERS))
        super().__init__(
            f"there is no kind of agent {kind!r}",
            fix=f"in lanes.yaml, set its kind to one of: {known}",
        )


def adapter(kind: AgentKind | str) -> Adapter:
    """Return the adapter for agents of *kind*.

    Raises:
        UnknownAgentKind: If this release has none.
    """
    module = _ADAPTERS.get(AgentKind(kind)) if kind in set(AgentKind) else None
    if module is None:
        raise UnknownAgentKind(kind)
    found: Adapter = import_module(module).ADAPTER
    return found
