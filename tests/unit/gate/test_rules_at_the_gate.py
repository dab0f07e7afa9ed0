"""A change that breaks a rule of its skills: who mends it, and who may let it land."""

from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.domain.lane import Autonomy, Lane
from darkfactory.factory.alone import hindrances
from darkfactory.gate.propose import remind
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import NoReason, approve, rework
from darkfactory.gate.warned import own_word
from tests.fakes.gates import hold_to, make_gate, move_base, offer

NO_VERIFY = {"trace": {"never": {"arg": "--no-verify"}}}
UNTOUCHED = {"git": {"untouched": ["check.txt"]}}
ALONE = Lane("bugs", agents=("mock",), autonomy=Autonomy.LAND)
BREAKS = {"check.txt": "x\n"}


@pytest.fixture
def room(tmp_path: Path) -> GateRoom:
    return make_gate(tmp_path)[0]


def states(change: Change) -> list[str]:
    return [rule["state"] for rule in change.check["rules"]]


def test_an_agent_is_asked_twice_to_mend_what_can_be_mended_then_a_person_sees_it(
    room: GateRoom,
) -> None:
    hold_to(room, UNTOUCHED)
    stood = []

    for epoch in (1, 2, 3):
        change, stands = offer(room, "a", {**BREAKS, "n.txt": f"{epoch}\n"}, epoch=epoch)
        stood.append(stands)
        if change.wants_mending:
            remind(room, change)

    assert stood == [False, False, True]
    assert (change.state, states(change)) == (State.WAITING_TASTE, ["broken"])


def test_what_no_turn_can_mend_waits_for_a_person_at_once(room: GateRoom) -> None:
    hold_to(room, NO_VERIFY, "git commit --no-verify")

    change, stands = offer(room, "a", {"n.txt": "1\n"})

    assert (stands, change.state, states(change)) == (True, State.WAITING_TASTE, ["broken"])
    assert any("breaks commit/NN-1" in reason for reason in change.risk.reasons)
    assert "breaks a rule of its skill" in own_word(change)


def test_a_rule_of_which_nothing_is_known_does_not_land_alone_and_wants_no_reason(
    room: GateRoom,
) -> None:
    change, stands = offer(room, "a", {"n.txt": "1\n"}, enforced="commit/NN-1")

    assert (stands, states(change)) == (True, ["unknown"])
    assert any("commit/NN-1" in why for why in hindrances(ALONE, change))
    approve(room, change, by="ada")


def test_a_yes_without_a_reason_is_refused_and_one_with_a_reason_counts(room: GateRoom) -> None:
    hold_to(room, NO_VERIFY, "git commit --no-verify")
    change, _ = offer(room, "a", {"n.txt": "1\n"})

    with pytest.raises(NoReason, match="breaks commit/NN-1"):
        approve(room, change, by="ada", text=" \u200b ")
    approve(room, change, by="ada", text="the hook is broken")

    assert room.find("a").state is State.QUEUED


def test_a_yes_holds_for_a_rebase_only_if_it_covers_what_is_broken_by_then(room: GateRoom) -> None:
    hold_to(room, NO_VERIFY)
    change, _ = offer(room, "a", {"n.txt": "1\n"})
    approve(room, change, by="ada")
    hold_to(room, NO_VERIFY, "git commit --no-verify")

    again, _ = offer(room, "a", {"n.txt": "1\n"}, on=move_base(room, {"o": "o\n"}), epoch=2)

    assert (again.state, again.approval) == (State.WAITING_TASTE, None)


def test_another_session_that_goes_on_does_not_wash_off_what_the_first_did(room: GateRoom) -> None:
    hold_to(room, NO_VERIFY, "git commit --no-verify")
    change, _ = offer(room, "a", {"n.txt": "1\n"})
    rework(room, change, by="ada", text="shorter")
    hold_to(room, NO_VERIFY, name="s-a-2")

    again, _ = offer(room, "a", {"n.txt": "2\n"}, session="s-a-2")

    assert states(again) == ["broken"]
