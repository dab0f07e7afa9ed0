"""Kill -9 in the middle of a run of the checks: it counts as not run, and nobody is locked out."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.harness.cache import CacheKey, HarnessCache

KEY = CacheKey("tree", "harness", "environment")
RUNNER = """
import sys, time
from darkfactory.harness.cache import CacheKey, HarnessCache

def run(output_file):
    with open(output_file, "w") as file:
        file.write("half of the out")
    print("running", flush=True)
    time.sleep(300)

HarnessCache(sys.argv[1]).once(CacheKey("tree", "harness", "environment"), run)
"""


def test_a_run_whose_process_was_killed_is_run_again_at_once(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as runner:
        assert runner.stdout is not None
        assert runner.stdout.readline() == "running\n"
        os.kill(runner.pid, signal.SIGKILL)
    cache = HarnessCache(tmp_path)
    found = cache.get(KEY)
    green = HarnessResult("tree", HarnessVerdict.PASS, exit_code=0)

    again = cache.once(KEY, lambda _: green)

    assert found is None
    assert again == (green, False)
    assert cache.get(KEY) == green
