"""The gate's harness on trees of a real hub: what a run does to its tree decides nothing later."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.domain.change import HarnessVerdict
from darkfactory.domain.settings import GateSettings, HarnessSettings
from darkfactory.gate.room import GateRoom
from darkfactory.gate.testing import HarnessTester
from darkfactory.harness.run import RunStopped
from darkfactory.harness.wanted import Wanted
from darkfactory.processes.bounds import HostFences
from darkfactory.workspaces.scratch import ranks_going, scratch_folder
from tests.fakes.gates import SETTINGS, base_of, commit_on, make_gate, unlayable

UNFENCED = HostFences(None, 0, sockets=False, root=False, python="")
LOOK = (
    "cat mark; git status --porcelain --ignored; git rev-parse HEAD; cat .git/config | grep -c evil"
)
HOSTILE = {
    "edits and deletes": "rm -r deep; echo bad > mark; echo x > new; echo x > a.cache",
    "changes git": "git config core.fsmonitor evil; git checkout -q --orphan evil; rm .git/index",
    "takes git away": "rm -rf .git; echo 'gitdir: /nowhere' > .git; echo bad > mark",
    "locks itself in": "mkdir shut; touch shut/x; chmod 000 shut deep; chmod 500 .",
    "deletes its own folder": 'rm -rf "$PWD"',
    "puts links": "rm mark deep -r; ln -s /etc/passwd mark; ln -s /etc deep; ln -s .. up",
    "leaves a writer": "setsid sh -c 'while :; do echo bad > mark; done' & true",
}


@pytest.fixture
def room(tmp_path: Path) -> GateRoom:
    files = {"mark": "good\n", ".gitignore": "*.cache\n", "deep/er/file": "x\n"}
    return make_gate(tmp_path, files)[0]


@pytest.fixture
def checks(room: GateRoom) -> HarnessTester:
    # One runner, so that every run gets the workspace that the run before has left.
    harness = HarnessSettings("true", timeout_seconds=60)
    settings = replace(SETTINGS, harness=harness, gate=GateSettings(runners=1))
    return HarnessTester(room.state, settings, room.hub, UNFENCED, unconfined=True)


@pytest.mark.parametrize("what", HOSTILE)
def test_a_run_that_changes_its_tree_changes_no_other_run(
    room: GateRoom, checks: HarnessTester, what: str
) -> None:
    if "setsid" in HOSTILE[what] and not shutil.which("setsid"):
        pytest.skip("no setsid program")
    base = room.hub.commit(room.hub.base_ref)
    other = commit_on(room.hub, base, {"mark": "better\n"}, "other")

    hostile = checks.run(base, HOSTILE[what])
    again = checks.run(base, LOOK)
    after = checks.run(other, LOOK)

    assert hostile.result is HarnessVerdict.PASS
    assert again.output == f"good\n{base}\n0\n"
    assert after.output == f"better\n{other}\n0\n"


def test_a_tree_that_git_never_lays_out_is_an_error_of_that_tree_alone(
    room: GateRoom, checks: HarnessTester
) -> None:
    base = base_of(room)

    never = checks.run(unlayable(room.hub, base), LOOK)
    again = checks.run(base, LOOK)

    assert (never.result, never.note) == (HarnessVerdict.ERROR, "invalid path '.GIT/config'")
    assert again.output == f"good\n{base}\n0\n"


@pytest.mark.parametrize(
    ("wanted", "going"), [(Wanted.AHEAD, Wanted.NOW), (Wanted.EARLY, Wanted.AHEAD)]
)
def test_a_run_begins_once_what_goes_first_in_another_process_has_ended(
    room: GateRoom, checks: HarnessTester, wanted: Wanted, going: Wanted
) -> None:
    base = room.hub.commit(room.hub.base_ref)
    looks = threading.Semaphore(0)

    def goes_on_waiting() -> bool:
        looks.release()
        return False

    later = checks.for_whom(wanted).until(goes_on_waiting)

    with ThreadPoolExecutor(1) as threads:
        with scratch_folder(room.state, rank=going):
            run = threads.submit(later.run, base, "true")
            looked = [looks.acquire(timeout=20) for _ in range(3)]
            ranks = ranks_going(room.state)
        result = run.result(timeout=20)

    assert (looked, ranks) == ([True] * 3, [going])
    assert result.green


def test_what_somebody_waits_for_does_not_wait_for_what_nobody_waits_for(
    room: GateRoom, checks: HarnessTester
) -> None:
    with scratch_folder(room.state, rank=Wanted.AHEAD):
        result = checks.run(room.hub.commit(room.hub.base_ref), "true")

    assert result.green


def test_a_run_that_waits_ends_once_it_is_not_wanted_any_more(
    room: GateRoom, checks: HarnessTester
) -> None:
    early = checks.for_whom(Wanted.EARLY).until(lambda: True)

    with scratch_folder(room.state), pytest.raises(RunStopped):
        early.run(room.hub.commit(room.hub.base_ref), "true")
