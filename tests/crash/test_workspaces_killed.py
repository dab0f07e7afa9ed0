"""Kill -9 before any change that release, take-over or collection makes loses nothing.

Proves safety against the death of the process, not against power loss.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.hub import open_hub
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.slot import Slot
from darkfactory.workspaces.sweepings import is_locked
from tests.fakes.repositories import Repository, make_repository

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


SLOW_GIT = """#!/bin/sh
case " $* " in
*" checkout "*) : > '{folder}/started'; read _ < '{folder}/go' ;;
esac
exec '{git}' "$@"
"""
LEASER = """
import sys
from pathlib import Path
from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.hub import open_hub
from darkfactory.workspaces.pool import Pool
state = StateFolder(Path(sys.argv[1]))
Pool(state, "agents", open_hub(state, "main")).lease("s-1", sys.argv[2])
"""


def test_a_checkout_that_outlives_its_killed_caller_still_holds_the_slot(tmp_path: Path) -> None:
    user = make_repository(tmp_path / "user", {"a": "a\n"})
    state = StateFolder(user.path / ".darkfactory")
    hub = open_hub(state, "main")
    base = hub.sync_base().commit
    git = shutil.which("git")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text(SLOW_GIT.format(folder=tmp_path, git=git))
    (tmp_path / "bin" / "git").chmod(0o755)
    os.mkfifo(tmp_path / "go")
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    caller = subprocess.Popen(
        [sys.executable, "-c", LEASER, str(state.root), base],
        env={"PYTHONPATH": str(ROOT), "PATH": path},
    )
    wait_for((tmp_path / "started").exists)

    caller.kill()
    caller.wait()

    slot = Slot(state.pool("agents"), "01")
    assert is_locked(slot)
    with (tmp_path / "go").open("w") as go:
        go.write("\n")
    leased = Pool(state, "agents", hub).lease("s-1", base)
    assert Repository(leased.path).status == ""


def wait_for(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.005)
