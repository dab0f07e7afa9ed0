"""Real agents in a loop: each turn of theirs is measured, told to them, and followed by another."""

from pathlib import Path

import pytest

from darkfactory.domain.settings import AgentKind
from tests.fakes.real_line import CLAUDE, CODEX, Bug, real_line

pytestmark = [pytest.mark.clients, pytest.mark.timeout(180)]


@pytest.mark.parametrize("kind", [CLAUDE, CODEX])
def test_a_real_agent_goes_on_by_what_was_measured_until_nothing_fails(
    tmp_path: Path, kind: AgentKind
) -> None:
    bug = Bug(kind)
    lane = f'harness: "{bug.check}", loop: {{patience: 2}}'
    turns = [{"say": "It looks right to me."}, *bug.fixing()]

    with real_line(tmp_path, [bug], scripts=[bug.script(*turns)], lane=lane) as line:
        line.run()
        made = [event.data for event in line.log(bug, "loop.checkpoint")]
        (end,) = line.log(bug, "session.ended")
        triggers = [event.data["trigger"] for event in line.log(bug, "turn.started")]
        requests = line.asked(bug)

    assert [(data["value"], data["reward"]) for data in made] == [(1, False), (0, True)]
    assert triggers == ["start", "steer"]
    assert requests[1].holds("Measured after turn 1: failing is 1, no gain")
    assert end.data["outcome"] == "proposed"
    assert end.data["reason"] == "its loop has reached its goal (failing 1 -> 0)"
