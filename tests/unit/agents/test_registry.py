"""Finding an adapter by its kind."""

import subprocess
import sys

import pytest

from darkfactory.agents.registry import UnknownAgentKind, adapter
from darkfactory.domain.settings import AgentKind


@pytest.mark.parametrize("kind", list(AgentKind))
def test_each_kind_has_an_adapter_that_says_so(kind: AgentKind) -> None:
    assert adapter(kind).kind == kind.value
    assert adapter(kind.value) is adapter(kind)


def test_a_kind_without_an_adapter_names_those_there_are() -> None:
    with pytest.raises(UnknownAgentKind) as caught:
        adapter("cursor")

    assert "'cursor'" in caught.value.problem
    assert "acp, claude-code, codex, mock" in caught.value.fix
    assert (caught.value.code, caught.value.exit_status) == ("agent.kind", 2)


def test_one_adapter_does_not_load_the_others() -> None:
    others = "('darkfactory.agents.acp', 'darkfactory.agents.codex', 'darkfactory.agents.claude')"
    code = (
        "import sys; from darkfactory.agents.registry import adapter; adapter('mock'); "
        f"print([name for name in sys.modules if name.startswith({others})])"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == "[]"
