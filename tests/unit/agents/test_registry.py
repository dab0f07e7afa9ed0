"""Finding an adapter by its kind."""

import subprocess
import sys

import pytest

from darkfactory.agents.registry import UnknownAgentKind, adapter
from darkfactory.domain.settings import AgentKind


@pytest.mark.parametrize("kind", [AgentKind.MOCK, AgentKind.CLAUDE_CODE, AgentKind.CODEX])
def test_each_kind_has_an_adapter_that_says_so(kind: AgentKind) -> None:
    assert adapter(kind).kind == kind.value
    assert adapter(kind.value) is adapter(kind)


@pytest.mark.parametrize(
    ("kind", "problem"), [("acp", "come in a later release"), ("cursor", "'cursor'")]
)
def test_a_kind_without_an_adapter_names_those_there_are(kind: str, problem: str) -> None:
    with pytest.raises(UnknownAgentKind) as caught:
        adapter(kind)

    assert problem in caught.value.problem
    assert "claude-code, codex, mock" in caught.value.fix
    assert (caught.value.code, caught.value.exit_status) == ("agent.kind", 2)


def test_one_adapter_does_not_load_the_others() -> None:
    code = (
        "import sys; from darkfactory.agents.registry import adapter; adapter('mock'); "
        "print([name for name in sys.modules if 'codex' in name or 'claude' in name])"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == "[]"
