"""Kill -9 in the middle of a harness run: what it used is named, swept and used again."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.gc import apply_gc
from darkfactory.workspaces.hub import Hub, open_hub
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.scratch import scratch_folder, sweep_scratch
from darkfactory.workspaces.sweepings import plan_gc
from tests.fakes.repositories import make_repository

RUNNER = """
import sys, time
from pathlib import Path
from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.hub import open_hub
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.scratch import scratch_folder
state = StateFolder(Path(sys.argv[1]))
hub = open_hub(state, "main")
with scratch_folder(state) as folder:
    (folder / "home").mkdir()
    Pool(state, "gate", hub).lease(folder.name, sys.argv[2])
    print(folder.name, flush=True)
    time.sleep(300)
"""


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    user = make_repository(tmp_path / "user", {"a": "a\n"})
    hub = open_hub(StateFolder(user.path / ".darkfactory"), "main")
    hub.sync_base()
    return hub


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path / "user" / ".darkfactory")


def killed_run(state: StateFolder, commit: str) -> str:
    """Return the name of the folder of a run that was killed in its midst."""
    argv = [sys.executable, "-c", RUNNER, os.fspath(state.root), commit]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout is not None
        name = runner.stdout.readline().strip()
        runner.kill()
    return name


def test_the_next_run_sweeps_what_a_killed_one_left_and_not_what_another_uses(
    state: StateFolder, hub: Hub
) -> None:
    commit = hub.commit(hub.base_ref)
    left = killed_run(state, commit)
    pool = Pool(state, "gate", hub)
    with scratch_folder(state) as living:
        (living / "home").mkdir()
        pool.lease(living.name, commit)
        before = [facts.holder for facts in pool.leases().values()]

        sweep_scratch(state, pool)

        assert sorted(filter(None, before)) == sorted([left, living.name])
        assert [facts.holder for facts in pool.leases().values()] == [living.name]
        assert [path.name for path in state.scratch.iterdir()] == [living.name]
    assert list(state.scratch.iterdir()) == []


def test_a_sweep_names_what_a_killed_run_left_and_not_what_another_uses(
    state: StateFolder, hub: Hub
) -> None:
    left = killed_run(state, hub.commit(hub.base_ref))
    with scratch_folder(state) as living:
        (living / "home").mkdir()
        plan = plan_gc(state, hub, now=time.time())

        apply_gc(state, hub, plan, now=time.time())

        proof = "left by a harness run that was killed; nobody holds it"
        assert [(one.name, one.proof) for one in plan.items] == [(f"tmp/{left}", proof)]
        assert [path.name for path in state.scratch.iterdir()] == [living.name]
