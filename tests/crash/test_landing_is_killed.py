"""Kill -9 at every step of a landing: the next gate lands the change exactly once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState, HarnessResult
from darkfactory.gate.land import land_all
from darkfactory.gate.landing import Landings
from darkfactory.gate.room import GateRoom, gate_lock
from darkfactory.gate.verdicts import approve
from darkfactory.workspaces.refs import RefUpdate
from tests.fakes.gates import PretendHarness, make_gate, offer, verbs

# Lands with a gate that kills itself before or after its n-th durable step.
CHILD = """
import dataclasses, os, pathlib, signal, sys
from darkfactory.gate.land import land_all
from darkfactory.gate.room import GateRoom, gate_lock
from darkfactory.workspaces.hub import Hub, open_hub
from darkfactory.domain.settings import GateSettings
from darkfactory.domain.state import StateFolder
from tests.fakes.gates import SETTINGS, PretendHarness

folder, number, after = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "after"
steps = 0

def step(do):
    global steps
    steps += 1
    if steps == number and not after:
        os.kill(os.getpid(), signal.SIGKILL)
    done = do()
    if steps == number and after:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

class DyingHub(Hub):
    def update_refs(self, updates, *, message="df"):
        return step(lambda: super(DyingHub, self).update_refs(updates, message=message))

class DyingRoom(GateRoom):
    def record(self, type_, data, *, session=None):
        return step(lambda: super(DyingRoom, self).record(type_, data, session=session))

state = StateFolder(folder / ".darkfactory")
hub = open_hub(state, "main")
hub = DyingHub(**{field.name: getattr(hub, field.name) for field in dataclasses.fields(hub)})
settings = dataclasses.replace(SETTINGS, gate=GateSettings(runners=1))
room = DyingRoom(state, settings, hub, PretendHarness(hub))
with gate_lock(state):
    land_all(room)
print(steps)
"""

STEPS = 6  # testing, landing, the refs, landed, audited; one more proves that it was all
STEPS_OF_TWO = 10  # the same with each word said twice; the refs move once


def land(folder: Path, number: int, when: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), str(number), when],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def finish(room: GateRoom) -> Landings:
    with gate_lock(room.state):
        return land_all(room)


def landings_on_base(room: GateRoom) -> list[str]:
    log = room.hub.git("log", "--first-parent", "--format=%s", room.hub.base_ref)
    return log.text.splitlines()[:-1]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, STEPS))
def test_a_landing_killed_at_any_step_is_finished_once(
    tmp_path: Path, number: int, when: str
) -> None:
    room, repository = make_gate(tmp_path)
    change, green = offer(room, "alpha", {"alpha.txt": "alpha\n"})
    assert green
    approve(room, change, by="tester")

    killed = land(repository.path, number, when)
    done = finish(room)

    assert killed.returncode == -9
    assert landings_on_base(room) == ["Do alpha"]
    verbs = [
        event.type
        for _, event in room.stream.read()
        if event.type in ("change.landed", "change.audited")
    ]
    assert sorted(verbs) == ["change.audited", "change.landed"]
    landed = room.find("alpha")
    assert landed.state is ChangeState.LANDED
    assert landed.landing["tree"] == landed.landing["tested_tree"]
    assert len(done.landed) == (0 if verbs and killed_behind_landed(number, when) else 1)
    assert not list(room.hub.path.rglob("*.lock"))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, STEPS_OF_TWO))
def test_two_that_land_together_and_are_killed_at_any_step_land_once_each(
    tmp_path: Path, number: int, when: str
) -> None:
    room, repository = make_gate(tmp_path)
    for item in ("alpha", "beta"):
        change, _ = offer(room, item, {f"{item}.txt": item})
        approve(room, change, by="tester")

    killed = land(repository.path, number, when)
    finish(room)

    assert killed.returncode == -9
    assert sorted(landings_on_base(room)) == ["Do alpha", "Do beta"]
    for item in ("alpha", "beta"):
        told = verbs(room, f"c-{item}")
        assert (told.count("landed"), told.count("audited")) == (1, 1)
        assert room.find(item).audited
    tree = room.hub.tree(room.hub.base_ref)
    assert tree in {room.find(item).landing["tested_tree"] for item in ("alpha", "beta")}


def test_the_steps_of_two_that_land_together_are_all_there_are(tmp_path: Path) -> None:
    room, repository = make_gate(tmp_path)
    for item in ("alpha", "beta"):
        change, _ = offer(room, item, {f"{item}.txt": item})
        approve(room, change, by="tester")

    whole = land(repository.path, 99, "after")

    assert whole.stdout == f"{STEPS_OF_TWO - 1}\n"


def killed_behind_landed(number: int, when: str) -> bool:
    """Tell whether ``change.landed`` was recorded before the kill: it is the fourth step."""
    return number > 4 or (number == 4 and when == "after")


def test_the_steps_are_all_there_are(tmp_path: Path) -> None:
    room, repository = make_gate(tmp_path)
    change, _ = offer(room, "alpha", {"alpha.txt": "alpha\n"})
    approve(room, change, by="tester")

    whole = land(repository.path, 99, "after")

    assert whole.stdout == f"{STEPS - 1}\n"


def test_a_stale_lock_of_a_killed_gate_does_not_stop_the_next(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path)
    change, _ = offer(room, "alpha", {"alpha.txt": "alpha\n"})
    approve(room, change, by="tester")
    room.hub.git("config", "core.filesRefLockTimeout", "10")
    for name in ("HEAD.lock", "refs/heads/main.lock"):
        (room.hub.path / name).touch()
        os.utime(room.hub.path / name, (1, 1))

    done = finish(room)

    assert [row.id for row in done.landed] == ["c-alpha"]


def test_a_base_that_moves_during_the_test_voids_the_candidate_and_nothing_else(
    tmp_path: Path,
) -> None:
    room, _ = make_gate(tmp_path)
    change, _ = offer(room, "alpha", {"alpha.txt": "alpha\n"})
    other, _ = offer(room, "other", {"other.txt": "other\n"})
    approve(room, change, by="tester")
    mover = MovingHarness(room, other.head)
    room.test = mover

    done = finish(room)

    assert [row.id for row in done.landed] == ["c-alpha"]
    assert landings_on_base(room) == ["Do alpha", "other"]
    verbs = [event.type for _, event in room.stream.read() if event.data.get("change") == "c-alpha"]
    assert verbs.count("change.testing") == 2
    assert verbs.count("change.landed") == 1


class MovingHarness(PretendHarness):
    """Moves the base under the gate while the first candidate is tested."""

    def __init__(self, room: GateRoom, to: str) -> None:
        super().__init__(room.hub)
        self._room = room
        self._to: str | None = to

    def run(self, commit: str, command: str) -> HarnessResult:
        if self._to is not None:
            hub = self._room.hub
            move = RefUpdate(hub.base_ref, self._to, hub.commit(hub.base_ref))
            self._to = None
            hub.update_refs([move])
        return super().run(commit, command)
