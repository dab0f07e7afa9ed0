"""A mock that is killed at any step goes on from there: nothing is skipped, nothing done twice."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.settings import AgentKind
from tests.fakes.agent_bench import ITEM, make_bench, script
from tests.fakes.agent_driver import AgentDriver

TURNS: list[Mapping[str, Any]] = [
    {"say": "one", "do": [{"shell": f"echo {n} >> made"} for n in range(3)]},
    {"say": "two", "do": [{"write": {"path": "w", "content": "x"}}, {"shell": "echo 3 >> made"}]},
    {"say": "end"},
]
KILL_AFTER = [
    ("turn.started", 1),
    ("message", 1),
    ("usage", 1),
    ("tool.finished", 1),
    ("tool.finished", 2),
    ("tool.finished", 3),
    ("file.changed", 1),
    ("tool.finished", 5),
]


@pytest.mark.parametrize(("type_", "count"), KILL_AFTER)
def test_kill_9_between_steps_loses_and_repeats_no_finished_step(
    tmp_path: Path, type_: str, count: int
) -> None:
    bench = make_bench(AgentKind.MOCK, tmp_path)

    with bench.play(script(*TURNS)) as stage:
        first = stage.start()
        first.wait_until(lambda: len(first.of(type_)) >= count, f"{count} {type_}")
        first.kill()
        before = {"total_before": first.total()}
        second = stage.start(prompt=f"{ITEM} (continued)", resume=first.native_id, before=before)
        second.wait_for_turn()

    # The kill may come a moment after the last words: then it is the first that said them.
    said = [event.data["text"] for agent in (first, second) for event in agent.of("message")]
    assert "end" in said
    # Who finds nothing left to do asks no model, and has no use to tell.
    assert not second.of("usage") or second.total() >= first.total()
    made = (bench.workspace / "made").read_text().split()
    assert sorted(set(made)) == ["0", "1", "2", "3"]
    for step in _finished(first):
        assert made.count(step) == 1, "a step that was told as finished was done again"


def _finished(agent: AgentDriver) -> list[str]:
    """Return the numbers that commands told as finished have written."""
    ended = {e.data["call"] for e in agent.of("tool.finished") if e.data["status"] == "ok"}
    commands = [e.data["command"] for e in agent.of("tool.started") if e.data["call"] in ended]
    return [command.split()[1] for command in commands if command]
