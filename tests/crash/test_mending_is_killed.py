"""Kill -9 before any change that mending makes, and mending again, ends where mending once does.

Proves safety against the death of the process, not against power loss.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLER = Path(__file__).with_name("mend_killer.py")
ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_mending_that_was_killed_anywhere_is_finished_by_mending_again(tmp_path: Path) -> None:
    stride = os.environ.get("CRASH_STRIDE", "9")
    done = subprocess.run(
        [sys.executable, str(KILLER), str(tmp_path), stride],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    whole, *again = map(json.loads, done.stdout.splitlines())
    assert len(again) >= 3
    assert whole["states"] == {"c-add": "waiting_taste", "c-gone": "abandoned"}
    assert whole["sessions"]["s-parse-1"] == "failed"
    assert (whole["lost"], whole["told"], whole["broken"]) == (["e" * 40], 1, [])
    assert [each for each in again if each != whole] == []
