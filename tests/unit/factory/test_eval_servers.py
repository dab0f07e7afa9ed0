"""Servers that cannot start are told before a session begins."""

from pathlib import Path

import pytest

from darkfactory.agents.protocol import McpServer
from darkfactory.evals.condition import parse_condition
from darkfactory.evals.suite import FACTS, Suite
from darkfactory.factory.eval_servers import ServerMissing, check_servers


def suite(*command: str) -> Suite:
    return Suite("s", Path("s"), (), (), mcp={"docs": McpServer("docs", command)})


def test_a_program_that_is_not_there_is_told_with_its_server() -> None:
    with pytest.raises(ServerMissing) as caught:
        check_servers(suite("no-such-program", "x"), [parse_condition("mcp+skill")])

    assert "'docs' cannot start: there is no program 'no-such-program'" in caught.value.problem


def test_a_server_that_no_condition_has_is_nobodys_concern() -> None:
    check_servers(suite("no-such-program"), [parse_condition("baseline"), parse_condition("skill")])


@pytest.mark.parametrize("command", [("sh", "-c", "true"), (*FACTS, "./facts.json")])
def test_what_is_installed_may_start(command: tuple[str, ...]) -> None:
    check_servers(suite(*command), [parse_condition("mcp")])
