"""What is read next is tested before it is judged."""

from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.gate.pretest import pretest
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve
from darkfactory.workspaces.refs import RefUpdate
from tests.fakes.gates import PretendHarness, commit_on, land, make_gate, offer


@pytest.fixture
def room(tmp_path: Path) -> GateRoom:
    return make_gate(tmp_path)[0]


def move_base(room: GateRoom, files: dict[str, str | bytes | None]) -> None:
    old = room.hub.commit(room.hub.base_ref)
    new = commit_on(room.hub, old, files, "by hand")
    room.hub.update_refs([RefUpdate(room.hub.base_ref, new, old)])


def test_what_its_red_base_hid_comes_to_the_gate_with_a_base_that_tells(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, {"MUTE": "red"}, red=("MUTE", "OLD"))
    change, _ = offer(room, "a", {"a.txt": "a"})
    still_hidden = pretest(room, [change])
    move_base(room, {"MUTE": None, "OLD": "red"})

    told = pretest(room, [room.find("a")])

    assert (still_hidden, told) == (False, True)
    assert room.find("a").state is State.WAITING_TASTE


def all_pretested(room: GateRoom) -> int:
    """Pretest until nothing is left; return how many were tested."""
    rounds = 0
    while pretest(room, [one for one in room.refresh() if one.state is State.WAITING_TASTE]):
        rounds += 1
        assert rounds < 10
    return rounds


def test_nothing_is_tested_twice_on_the_same_base(room: GateRoom) -> None:
    for item in ("a", "b"):
        offer(room, item, {f"{item}.txt": item})

    assert all_pretested(room) == 0


def test_after_a_landing_what_waits_is_tested_anew_and_then_lands_without_a_run(
    room: GateRoom,
) -> None:
    first, _ = offer(room, "a", {"a.txt": "a"})
    second, _ = offer(room, "b", {"b.txt": "b"})
    approve(room, first, by="ada")
    land(room)
    stale = room.changes.is_pretested(room.find("b"))

    tested = all_pretested(room)
    fresh = room.changes.is_pretested(room.find("b"))
    approve(room, room.find("b"), by="ada")
    (landed,) = land(room).landed

    assert (stale, tested, fresh) == (False, 1, True)
    assert isinstance(room.test, PretendHarness)
    assert room.test.asked.count((landed.tree, "true")) == 2
    assert second.head == room.find("b").head


def test_what_has_become_red_or_conflicts_is_shown_so_and_still_waits(room: GateRoom) -> None:
    offer(room, "a", {"calc.py": "two\n"})
    offer(room, "b", {"b.txt": "b"}, done_when="test -e NEVER")
    move_base(room, {"calc.py": "three\n", "RED": "x"})

    all_pretested(room)

    a, b = room.find("a"), room.find("b")
    assert (a.state, b.state) == (State.WAITING_TASTE, State.WAITING_TASTE)
    assert a.check["conflicts"] == ["calc.py"]
    assert (b.check["result"], b.check["failing"]) == ("fail", ["RED"])
    assert not room.changes.is_pretested(a)
    assert not room.changes.is_pretested(b)


def test_what_was_said_of_claims_is_kept(room: GateRoom) -> None:
    change, _ = offer(room, "a", {"a.txt": "a"}, summary="All tests pass.")
    claims = change.check["claims"]
    move_base(room, {"other": "x"})

    all_pretested(room)

    assert claims
    assert room.find("a").check["claims"] == claims
