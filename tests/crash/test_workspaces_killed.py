"""Kill -9 before any change that release, take-over or collection makes loses nothing.

Proves safety against the death of the process, not against power loss.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLER = Path(__file__).with_name("workspace_killer.py")
ROOT = Path(__file__).parents[2]


# Every step takes minutes; all of them: CRASH_STRIDE=1.
STRIDES = {"release": 13, "take_over": 31, "gather": 7}


@pytest.mark.slow
@pytest.mark.parametrize("action", STRIDES)
def test_killed_anywhere_and_run_again_nothing_is_missing(tmp_path: Path, action: str) -> None:
    stride = os.environ.get("CRASH_STRIDE", str(STRIDES[action]))
    done = subprocess.run(
        [sys.executable, str(KILLER), str(tmp_path), action, stride],
        cwd=ROOT, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    whole, *again = map(json.loads, done.stdout.splitlines())
    assert len(again) >= 3
    assert whole["broken"] == []
    assert len(whole["kept"]) >= 6
    for each in again:
        missing = whole["kept"].items() - each["kept"].items()
        assert (missing, each["status"], each["broken"]) == (set(), whole["status"], []), each
