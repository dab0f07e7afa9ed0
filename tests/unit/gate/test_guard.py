"""A base that turns red: landing stops, the culprit is found, its revert waits at the gate."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.domain.lane import Lane
from darkfactory.gate.guard import Guard
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve
from tests.fakes.gates import (
    SETTINGS,
    PretendHarness,
    harness,
    land,
    make_gate,
    move_base,
    offer,
    verbs,
)

RED = "x\n"


@pytest.fixture
def room(tmp_path: Path) -> GateRoom:
    room = make_gate(tmp_path, red=("RED", "BAD"))[0]
    room.test(room.hub.commit(room.hub.base_ref), None)  # the base is known to be green
    return room


def land_red(room: GateRoom, item: str, files: dict[str, str | bytes | None]) -> Change:
    """Land a change whose red the harness does not see before it has landed."""
    red, harness(room).red = harness(room).red, ()
    change, _ = offer(room, item, files)
    approve(room, change, by="ada")
    land(room)
    harness(room).red = red
    return room.find(change.id)


def look(room: GateRoom) -> None:
    """Let a gate that was just started look at the base, which is tested unless it is known."""
    base = room.hub.commit(room.hub.base_ref)
    if room.test.known(base, None) is None:
        room.test(base, None)
    Guard(room).look()


def tell_red(room: GateRoom) -> None:
    """Run the harness on the base anew, whatever is known of it."""
    room.test(room.hub.commit(room.hub.base_ref), None)


def freezes(room: GateRoom) -> list[str]:
    told = [event for _, event in room.stream.read() if event.type == "gate.frozen"]
    return [str(event.data["reason"] or "thawed") for event in told]


def test_a_persons_red_commit_freezes_landing_and_is_named_with_a_draft_revert(
    room: GateRoom,
) -> None:
    for number in range(4):
        move_base(room, {f"{number}.txt": "fine\n"}, f"fine {number}")
    culprit = move_base(room, {"RED": RED}, "break it")
    move_base(room, {"later.txt": "fine\n"}, "later")

    look(room)

    hold = room.changes.hold
    assert hold is not None
    assert (hold.culprit, hold.change, hold.subject) == (culprit, "", "break it")
    revert = room.find(hold.revert)
    assert (revert.state, revert.facts["draft"]) == (State.WAITING_TASTE, True)
    assert revert.check["result"] == "pass"
    assert [text.split(";")[-1].strip() for text in freezes(room)] == [
        "who is to blame is searched",
        f"fixer: {hold.fixer}",
    ]


def test_a_landing_of_ours_is_reverted_by_a_change_that_thaws_the_gate(room: GateRoom) -> None:
    fine = land_red(room, "a", {"a.txt": "a\n"})
    bad = land_red(room, "b", {"RED": RED})
    land_red(room, "c", {"c.txt": "c\n"})
    tell_red(room)

    look(room)
    hold = room.changes.hold
    assert hold is not None
    approve(room, room.find(hold.revert), by="ada")
    done = land(room)

    assert (hold.change, hold.revert, fine.state) == (bad.id, "revert-c-b", State.LANDED)
    assert [row.id for row in done.landed] == ["c-revert-c-b"]
    assert room.changes.hold is None
    names = room.hub.git("ls-tree", "--name-only", room.hub.base_ref).text.split()
    assert ("RED" in names, "c.txt" in names) == (False, True)
    said = room.hub.git("log", "--format=%B", room.hub.base_ref).text
    assert f"This reverts commit {bad.landing['commit']}" in said


def test_nothing_but_what_mends_lands_on_a_frozen_base_and_the_rest_follows(
    room: GateRoom,
) -> None:
    other, _ = offer(room, "other", {"other.txt": "x\n"})
    approve(room, other, by="ada")
    move_base(room, {"RED": RED})
    look(room)

    frozen = land(room)
    hold = room.changes.hold
    assert hold is not None
    fix, _ = offer(room, hold.fixer, {"RED": None})
    approve(room, fix, by="ada")
    thawed = land(room)

    assert (frozen.landed, frozen.bounced) == ([], [])
    assert [row.id for row in thawed.landed] == [f"c-{hold.fixer}", "c-other"]
    assert freezes(room)[-1] == "thawed"


def test_the_revert_that_nobody_needs_any_more_is_closed(room: GateRoom) -> None:
    move_base(room, {"RED": RED})
    look(room)
    hold = room.changes.hold
    assert hold is not None

    move_base(room, {"RED": None}, "mend it by hand")
    look(room)

    assert (room.changes.hold, room.find(hold.revert).state) == (None, State.CLOSED)


def test_a_revert_that_conflicts_is_not_offered_and_says_so(room: GateRoom) -> None:
    move_base(room, {"RED": RED})
    move_base(room, {"RED": "y\n"})

    look(room)

    hold = room.changes.hold
    assert hold is not None
    assert (hold.revert, hold.conflicts) == ("", ("RED",))
    assert "its revert conflicts in RED; fixer: fix-" in hold.reason
    assert list(room.changes) == []


def test_looking_again_changes_nothing(room: GateRoom) -> None:
    move_base(room, {"RED": RED})
    look(room)
    before = [event.id for _, event in room.stream.read()]

    look(room)
    land(room)

    assert [event.id for _, event in room.stream.read()] == before


def test_a_queue_that_finds_its_base_red_freezes_before_it_lands_anything(room: GateRoom) -> None:
    change, _ = offer(room, "a", {"a.txt": "a\n"}, done_when="test -e a.txt")
    approve(room, change, by="ada")
    move_base(room, {"RED": RED})

    done = land(room)

    assert (done.landed, done.bounced) == ([], [])
    assert room.changes.hold is not None
    assert room.find("a").approval is not None


def test_a_base_that_was_red_from_the_start_keeps_its_rule(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, {"RED": RED})
    change, _ = offer(room, "a", {"a.txt": "a\n"}, done_when="test -e a.txt")
    approve(room, change, by="ada")

    done = land(room)

    assert [row.id for row in done.landed] == ["c-a"]
    assert room.changes.hold is None


def test_a_person_may_thaw_a_red_base_and_the_rule_of_a_red_base_holds_then(
    room: GateRoom,
) -> None:
    move_base(room, {"RED": RED})
    look(room)

    room.record("gate.frozen", {"reason": None, "by": "ada"})
    change, _ = offer(room, "a", {"a.txt": "a\n"}, done_when="test -e a.txt")
    approve(room, change, by="ada")
    done = land(room)

    assert [row.id for row in done.landed] == ["c-a"]
    assert room.changes.hold is None


def test_a_revert_that_leaves_the_base_red_in_a_new_way_is_given_up(room: GateRoom) -> None:
    move_base(room, {"RED": RED, "BAD": None})
    harness(room).red = ("RED", "calc.py")  # the surroundings break while the culprit is known
    look(room)

    hold = room.changes.hold
    assert hold is not None
    assert hold.why.endswith("was green and fails now, unchanged")
    assert verbs(room, "c-revert") == []


OWN = "test -e GUIDE"


@pytest.fixture
def room_of_two(tmp_path: Path) -> GateRoom:
    """A gate with a lane whose own harness has passed on the base, as that of all others has."""
    lanes = (*SETTINGS.lanes, Lane("docs", agents=("mock",), harness=OWN))
    room = make_gate(tmp_path, {"GUIDE": "x\n"}, settings=replace(SETTINGS, lanes=lanes))[0]
    for lane in (None, lanes[-1]):
        room.test(room.hub.commit(room.hub.base_ref), lane)
    return room


def own(room: GateRoom) -> Lane | None:
    return room.settings.lane("docs")


def break_guide(room: GateRoom) -> str:
    """Make the base red for the lane docs alone, as a run on it says; return the culprit."""
    for number in range(3):
        move_base(room, {f"{number}.txt": "fine\n"}, f"fine {number}")
    culprit = move_base(room, {"GUIDE": None}, "take the guide away")
    tip = move_base(room, {"later.txt": "fine\n"}, "later")
    room.test(tip, own(room))
    return culprit


def test_a_lanes_own_harness_tells_of_a_red_base_and_finds_the_culprit(
    room_of_two: GateRoom,
) -> None:
    room = room_of_two
    culprit = break_guide(room)

    look(room)

    hold = room.changes.hold
    assert hold is not None
    assert (hold.culprit, hold.harness) == (culprit, OWN)
    assert f"by `{OWN}`" in hold.reason
    assert room.find(hold.revert).state is State.WAITING_TASTE


def test_a_base_held_for_a_lanes_own_harness_thaws_once_that_passes(room_of_two: GateRoom) -> None:
    room = room_of_two
    break_guide(room)
    look(room)
    move_base(room, {"more.txt": "x\n"})
    look(room)
    still = room.changes.hold

    move_base(room, {"GUIDE": "y\n"}, "write it again")
    look(room)

    assert still is not None
    assert (room.changes.hold, room.find(still.revert).state) == (None, State.CLOSED)


def test_a_revert_that_leaves_a_lanes_own_harness_red_is_not_offered(
    room_of_two: GateRoom,
) -> None:
    room = room_of_two
    room.test = Stubborn(room.hub)
    for lane in (None, own(room)):
        room.test(room.hub.commit(room.hub.base_ref), lane)
    break_guide(room)

    look(room)
    look(room)

    hold = room.changes.hold
    assert hold is not None
    revert = room.find(hold.revert)
    assert (revert.state, revert.check["green"]) == (State.CHECKING, False)
    assert verbs(room, revert.id) == ["proposed", "checked"]


def test_a_change_that_is_red_as_its_base_is_by_their_lanes_own_harness_is_not_to_blame(
    tmp_path: Path,
) -> None:
    lanes = (Lane("bugs", agents=("mock",), harness=OWN),)
    room = make_gate(tmp_path, {"GUIDE": "x\n"}, settings=replace(SETTINGS, lanes=lanes))[0]
    room.test(room.hub.commit(room.hub.base_ref), lanes[0])
    change, _ = offer(room, "a", {"a.txt": "a\n"})
    approve(room, change, by="ada")
    move_base(room, {"GUIDE": None})

    done = land(room)

    assert (done.landed, done.bounced) == ([], [])
    assert room.changes.hold is not None
    assert room.changes.hold.harness == OWN
    assert room.find("a").approval is not None


class Stubborn(PretendHarness):
    """The guide is no good any more beside what came later."""

    def run(self, commit: str, command: str) -> HarnessResult:
        found = super().run(commit, command)
        names = self._hub.git("ls-tree", "--name-only", commit).text.split()
        if command == OWN and {"GUIDE", "later.txt"} <= set(names):
            found = replace(found, result=HarnessVerdict.FAIL, exit_code=1)
        return found


class Remembering(PretendHarness):
    """Runs nothing that it has run before, unless it is told to."""

    again = False

    def __call__(self, commit: str, lane: Lane | None) -> HarnessResult:
        known = None if self.again else self.known(commit, lane)
        return known or super().__call__(commit, lane)

    def until(self, unwanted: Callable[[], bool], *, again: bool = False) -> "Remembering":
        del unwanted
        other = copy.copy(self)
        other.again = again
        return other


def test_a_second_change_that_fails_alike_makes_the_base_itself_be_asked_anew(
    room: GateRoom,
) -> None:
    room.test = Remembering(room.hub, red=())
    room.test(room.hub.commit(room.hub.base_ref), None)
    move_base(room, {"pushed.txt": "x\n"})
    room.test(room.hub.commit(room.hub.base_ref), None)
    for item in ("a", "b", "c"):
        change, _ = offer(room, item, {f"{item}.txt": item})
        approve(room, change, by="ada")
    move_base(room, {"moved.txt": "x\n"})  # nobody has tested what the changes make of this
    room.test(room.hub.commit(room.hub.base_ref), None)
    harness(room).red = ("calc.py",)  # the surroundings break: what was green is red everywhere

    done = land(room)

    hold = room.changes.hold
    assert hold is not None
    assert hold.why.endswith("was green and fails now, unchanged")
    assert [row.id for row in done.bounced] == ["c-a"]
    assert [room.find(item).approval is not None for item in ("b", "c")] == [True, True]
