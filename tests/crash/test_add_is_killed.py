"""Kill -9 at every step of ``df gate add``: the branch, added again, is one change, told once."""

from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve
from tests.crash.gate_killer import BRANCH, add, count_steps, die_at
from tests.fakes.gates import land, make_gate, verbs
from tests.fakes.repositories import Repository

STEPS = 5  # the base, the ref of the revision, proposed, waiting (or queued), compared
CHANGE = f"c-{BRANCH}"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, STEPS + 1))
def test_a_branch_whose_entry_was_killed_enters_once(
    tmp_path: Path, number: int, when: str
) -> None:
    room, repository = make_gate(tmp_path)
    head = make_branch(repository)

    killed = die_at(repository.path, "add", number, when)
    add(room)

    assert killed.returncode == -9
    change = the_change(room)
    assert (change.state, change.revision, change.head) == (State.WAITING_TASTE, 1, head)
    assert room.hub.refs("refs/df/prop") == {f"refs/df/prop/{CHANGE}/1": head}
    assert verbs(room, CHANGE)[-1] == "waiting"
    assert verbs(room, CHANGE).count("waiting") == 1
    assert room.changes.pairs.row(CHANGE) is not None


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, STEPS + 1))
def test_a_rebased_branch_whose_entry_was_killed_keeps_its_approval_and_lands_once(
    tmp_path: Path, number: int, when: str
) -> None:
    room, repository = make_gate(tmp_path)
    make_branch(repository)
    add(room)
    approve(room, the_change(room), by="bob")
    repository.commit("meanwhile", {"other.txt": "other\n"})
    head = make_branch(repository)

    killed = die_at(repository.path, "add", number, when)
    add(room)
    done = land(room)

    assert killed.returncode == -9
    change = the_change(room)
    assert [row.id for row in done.landed] == [CHANGE]
    assert (change.state, change.revision, change.head) == (State.LANDED, 2, head)
    assert verbs(room, CHANGE).count("landed") == 1
    assert room.hub.is_ancestor(head, room.hub.base_ref)


def test_the_steps_are_all_there_are(tmp_path: Path) -> None:
    room, repository = make_gate(tmp_path)
    make_branch(repository)
    first = count_steps(repository.path, "add")
    approve(room, the_change(room), by="bob")
    repository.commit("meanwhile", {"other.txt": "other\n"})
    make_branch(repository)

    second = count_steps(repository.path, "add")

    assert (first, second) == (STEPS, STEPS)


def make_branch(repository: Repository) -> str:
    """Begin the branch anew on the base as it is, with the same edit; return its commit."""
    repository.git("checkout", "-q", "-B", BRANCH, "main")
    repository.commit("Add a topic", {"topic.txt": "topic\n"})
    head = repository.head
    repository.git("checkout", "-q", "main")
    return head


def the_change(room: GateRoom) -> Change:
    (change,) = room.refresh()
    return change
