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

KILLER = Path(__file__).with_name("host_killer.py")
ROOT = Path(__file__).parents[2]
STRIDES = {"finish": 2, "cancel": 5, "bury": 7}  # every step of all of them: CRASH_STRIDE=1
ONCE = ("session.ended:", "session.ending:", "turn.finished:")


@pytest.mark.parametrize("action", STRIDES)
def test_a_host_killed_anywhere_in_its_end_is_ended_alike_and_once(
    tmp_path: Path, action: str
) -> None:
    stride = os.environ.get("CRASH_STRIDE", str(STRIDES[action]))
    done = subprocess.run(
        [sys.executable, str(KILLER), str(tmp_path), action, stride],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )

    assert done.returncode == 0, done.stderr[-3000:]
    whole, *again = map(json.loads, done.stdout.splitlines())
    assert len(again) >= 3
    for each in (whole, *again):
        assert _verdict(each) == _verdict(whole), each["step"]
        assert each["summary"] == "Fixed it.\n"
        assert each["broken"] == []
        assert all(each["events"][f"s/s-item-1:{event}"] == 1 for event in ONCE), each
        assert each["events"]["factory:session.ended:"] == 1
        assert len(each["ended"]) == 1


def _verdict(left: dict[str, Any]) -> dict[str, Any]:
    """Return what must be the same: all but how the agent's process ended, which only a host saw.

    The dates of commits that nobody had decided on yet differ, so trees stand for them.
    """
    end = {key: left["end"][key] for key in left["end"].keys() - {"exit_code", "head"}}
    return {"end": end, "trees": left["trees"], "kept": left["end"]["head"] is not None}
