"""Whatever step a gate is killed at: the base is never red, and nothing is lost or lands twice."""

from pathlib import Path

import pytest

from tests.fakes.crash_world import live_through


@pytest.mark.parametrize("seed", range(12))
def test_a_gate_that_is_killed_again_and_again_lands_all_that_is_good_once(
    tmp_path: Path, seed: int
) -> None:
    day = live_through(tmp_path, seed)

    assert day.wrong == ()
    assert day.landed + day.bounced == 12
    assert day.landed > 0
    assert day.kills > 0
