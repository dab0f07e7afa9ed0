"""Kill -9 of a session host, or of who buries it, between any two writes of a session's end.

Proves safety against the death of the process, not against power loss.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.crash.host_killer import NUKE_STEPS, STEER_STEPS

KILLER = Path(__file__).with_name("host_killer.py")
ROOT = Path(__file__).parents[2]
STRIDES = {"finish": 2, "cancel": 5, "bury": 7}  # every step of all of them: CRASH_STRIDE=1
ONCE = ("session.ended:", "session.ending:", "turn.finished:")


@pytest.mark.parametrize("action", STRIDES)
def test_a_host_killed_anywhere_in_its_end_is_ended_alike_and_once(
    tmp_path: Path, action: str
) -> None:
    whole, *again = _killed_everywhere(tmp_path, action)

    assert len(again) >= 3
    for each in (whole, *again):
        assert _verdict(each) == _verdict(whole), each["step"]
        assert each["summary"] == "Fixed it.\n"
        assert each["broken"] == []
        assert all(each["events"][f"s/s-item-1:{event}"] == 1 for event in ONCE), each
        assert each["events"]["factory:session.ended:"] == 1
        assert len(each["ended"]) == 1


@pytest.mark.parametrize("step", NUKE_STEPS)
def test_a_host_killed_behind_any_step_of_a_nuke_has_nuked_its_session_once(
    tmp_path: Path, step: str
) -> None:
    whole, *again = _killed_everywhere(tmp_path, step)

    assert len(again) >= 2
    for each in (whole, *again):
        assert each["end"]["outcome"] == "nuked"
        assert each["end"]["reason"] == "cancelled by waffle: it loops"
        assert each["end"]["preserved"] == "refs/df/wreck/s-item-1"
        assert each["broken"] == []
        told = ("control.requested", "control.accepted", "control.applied")
        assert [each["events"][f"s/s-item-1:{name}:waffle-1-nuke"] for name in told] == [1, 1, 1]
        assert all(each["events"][f"s/s-item-1:{event}"] == 1 for event in ONCE), each
        assert each["events"]["factory:session.ended:"] == 1


@pytest.mark.parametrize("step", STEER_STEPS)
def test_a_host_killed_behind_any_step_of_a_steer_leaves_it_answered_once(
    tmp_path: Path, step: str
) -> None:
    answer = "applied" if step == "steer-applied" else "expired"

    whole, *again = _killed_everywhere(tmp_path, step)

    assert len(again) >= 2
    for each in (whole, *again):
        assert each["end"]["outcome"] == "crashed"
        told = {name for name in each["events"] if name.endswith(":waffle-1-1")}
        assert f"s/s-item-1:control.{answer}:waffle-1-1" in told
        assert sum("expired" in name or "applied" in name for name in told) == 1
        assert all(each["events"][name] == 1 for name in told)


def _killed_everywhere(folder: Path, action: str) -> list[dict[str, Any]]:
    stride = os.environ.get("CRASH_STRIDE", str(STRIDES.get(action, 7)))
    done = subprocess.run(
        [sys.executable, str(KILLER), str(folder), action, stride],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return list(map(json.loads, done.stdout.splitlines()))


def _verdict(left: dict[str, Any]) -> dict[str, Any]:
    """Return what must be the same: all but how the agent's process ended, which only a host saw.

    The dates of commits that nobody had decided on yet differ, so trees stand for them.
    """
    end = {key: left["end"][key] for key in left["end"].keys() - {"exit_code", "head"}}
    return {"end": end, "trees": left["trees"], "kept": left["end"]["head"] is not None}
