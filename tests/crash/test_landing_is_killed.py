"""Kill -9 at every step of a landing: the next gate lands the change exactly once."""

import os
from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState, HarnessResult
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve
from darkfactory.workspaces.refs import RefUpdate
from tests.crash.gate_killer import count_steps, die_at
from tests.fakes.gates import PretendHarness, land, make_gate, offer, verbs

STEPS = 5  # testing, landing, the refs, landed, audited
STEPS_OF_TWO = 9  # the same with each word said twice; the refs move once


def landings_on_base(room: GateRoom) -> list[str]:
    log = room.hub.git("log", "--first-parent", "--format=%s", room.hub.base_ref)
    return log.text.splitlines()[:-1]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, STEPS + 1))
def test_a_landing_killed_at_any_step_is_finished_once(
    tmp_path: Path, number: int, when: str
) -> None:
    room, repository = make_gate(tmp_path)
    change, green = offer(room, "alpha", {"alpha.txt": "alpha\n"})
    assert green
    approve(room, change, by="tester")

    killed = die_at(repository.path, "land", number, when)
    done = land(room)

    assert killed.returncode == -9
    assert landings_on_base(room) == ["Do alpha"]
    told = verbs(room, change.id)
    assert (told.count("landed"), told.count("audited")) == (1, 1)
    landed = room.find("alpha")
    assert landed.state is ChangeState.LANDED
    assert landed.landing["tree"] == landed.landing["tested_tree"]
    assert len(done.landed) == (not killed_behind_landed(number, when))
    assert not list(room.hub.path.rglob("*.lock"))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, STEPS_OF_TWO + 1))
def test_two_that_land_together_and_are_killed_at_any_step_land_once_each(
    tmp_path: Path, number: int, when: str
) -> None:
    room, repository = make_gate(tmp_path)
    for item in ("alpha", "beta"):
        change, _ = offer(room, item, {f"{item}.txt": item})
        approve(room, change, by="tester")

    killed = die_at(repository.path, "land", number, when)
    land(room)

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

    assert count_steps(repository.path, "land") == STEPS_OF_TWO


def killed_behind_landed(number: int, when: str) -> bool:
    """Tell whether ``change.landed`` was recorded before the kill: it is the fourth step."""
    return number > 4 or (number == 4 and when == "after")


def test_the_steps_are_all_there_are(tmp_path: Path) -> None:
    room, repository = make_gate(tmp_path)
    change, _ = offer(room, "alpha", {"alpha.txt": "alpha\n"})
    approve(room, change, by="tester")

    assert count_steps(repository.path, "land") == STEPS


def test_a_stale_lock_of_a_killed_gate_does_not_stop_the_next(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path)
    change, _ = offer(room, "alpha", {"alpha.txt": "alpha\n"})
    approve(room, change, by="tester")
    room.hub.git("config", "core.filesRefLockTimeout", "10")
    for name in ("HEAD.lock", "refs/heads/main.lock"):
        (room.hub.path / name).touch()
        os.utime(room.hub.path / name, (1, 1))

    done = land(room)

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

    done = land(room)

    assert [row.id for row in done.landed] == ["c-alpha"]
    assert landings_on_base(room) == ["Do alpha", "other"]
    told = verbs(room, "c-alpha")
    assert (told.count("testing"), told.count("landed")) == (2, 1)


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
