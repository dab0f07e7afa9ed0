"""Kill -9 at every step of blaming a red base: the next look ends with one freeze, one revert."""

from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState
from darkfactory.gate.guard import Guard
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.refs import RefUpdate
from tests.crash.gate_killer import count_steps, die_at
from tests.fakes.gates import commit_on, make_gate, verbs

STEPS = 6  # frozen, blamed, the ref, proposed, checked, waiting


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, STEPS + 1))
def test_a_look_killed_at_any_step_is_finished_once(tmp_path: Path, number: int, when: str) -> None:
    room, repository = make_gate(tmp_path)
    commits = turn_red(room)

    killed = die_at(repository.path, "look", number, when)
    for commit in commits:
        room.test(commit, None)
    Guard(room).look()

    assert killed.returncode == -9
    freezes = [event for _, event in room.stream.read() if event.type == "gate.frozen"]
    assert [event.data["searched"] for event in freezes] == [False, True]
    (revert,) = room.changes
    assert revert.state is ChangeState.WAITING_TASTE
    assert [verb for verb in verbs(room, revert.id) if verb != "checked"] == ["proposed", "waiting"]


def test_the_steps_are_all_there_are(tmp_path: Path) -> None:
    room, repository = make_gate(tmp_path)
    turn_red(room)

    assert count_steps(repository.path, "look") == STEPS


def turn_red(room: GateRoom) -> tuple[str, str]:
    """Move the base from a green commit to a red one; return both."""
    green = room.hub.commit(room.hub.base_ref)
    red = commit_on(room.hub, green, {"RED": "x\n"}, "break it")
    room.hub.update_refs([RefUpdate(room.hub.base_ref, red, green)])
    return green, red
