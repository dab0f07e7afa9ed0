"""Whatever step a gate is killed at: the base is never red, and nothing is lost or lands twice."""

from pathlib import Path

import pytest

from darkfactory.gate.guard import Guard
from tests.fakes.crash_world import live_through
from tests.fakes.gates import SETTINGS
from tests.fakes.small_hub import SmallHarness, SmallHub, never, open_room


@pytest.mark.parametrize("seed", range(12))
def test_a_gate_that_is_killed_again_and_again_lands_all_that_is_good_once(
    tmp_path: Path, seed: int
) -> None:
    day = live_through(tmp_path, seed)

    assert day.wrong == ()
    assert day.landed + day.bounced == 12
    assert day.landed > 0
    assert day.kills > 0


def test_a_base_that_one_flaky_run_calls_red_is_asked_again_in_memory_too(tmp_path: Path) -> None:
    hub = SmallHub()
    start = hub.store(frozenset({("calc.py", "one")}), (), "start")
    tip = hub.store(frozenset({("calc.py", "two")}), (start,), "next")
    hub.names[hub.base_ref] = tip
    answers = iter((False, True, False))
    harness = SmallHarness(hub, flaky=lambda: next(answers))
    room = open_room(tmp_path, SETTINGS, hub, harness, never)
    seen = [harness(commit, None).green for commit in (start, tip)]

    Guard(room).look()

    assert seen == [True, False]
    assert harness.results[hub.tree(tip)].green
    assert room.changes.hold is None
