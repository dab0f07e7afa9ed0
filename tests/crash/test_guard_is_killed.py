"""Kill -9 at every step of blaming a red base: the next look ends with one freeze, one revert."""

import subprocess
import sys
from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState
from darkfactory.gate.guard import Guard
from darkfactory.workspaces.refs import RefUpdate
from tests.fakes.gates import commit_on, make_gate, verbs

# Looks at a base that is red, and kills itself before or after its n-th durable step.
CHILD = """
import dataclasses, os, pathlib, signal, sys
from darkfactory.domain.state import StateFolder
from darkfactory.gate.guard import Guard
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.hub import Hub, open_hub
from tests.fakes.gates import SETTINGS, PretendHarness

folder, number, after, green = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
steps = 0

def step(do):
    global steps
    steps += 1
    if steps == number and after != "after":
        os.kill(os.getpid(), signal.SIGKILL)
    done = do()
    if steps == number and after == "after":
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
room = DyingRoom(state, SETTINGS, hub, PretendHarness(hub))
for commit in (green, hub.base_ref):
    room.test(commit, None)
Guard(room).look()
print(steps)
"""

STEPS = 6  # frozen, blamed, the ref, proposed, checked, waiting


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, STEPS + 1))
def test_a_look_killed_at_any_step_is_finished_once(tmp_path: Path, number: int, when: str) -> None:
    room, repository = make_gate(tmp_path)
    hub = room.hub
    green = hub.commit(hub.base_ref)
    red = commit_on(hub, green, {"RED": "x\n"}, "break it")
    hub.update_refs([RefUpdate(hub.base_ref, red, green)])

    child = [sys.executable, "-c", CHILD, str(repository.path), str(number), when, green]
    killed = subprocess.run(child, capture_output=True, timeout=30, check=False)
    for commit in (green, red):
        room.test(commit, None)
    Guard(room).look()

    assert killed.returncode == -9
    freezes = [event for _, event in room.stream.read() if event.type == "gate.frozen"]
    assert [event.data["searched"] for event in freezes] == [False, True]
    (revert,) = room.changes
    assert revert.state is ChangeState.WAITING_TASTE
    assert [verb for verb in verbs(room, revert.id) if verb != "checked"] == ["proposed", "waiting"]
