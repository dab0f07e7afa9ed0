"""What the base says bears upon a check: a red one, a silent one, one with more tests."""

from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.domain.lane import Autonomy
from darkfactory.gate.room import GateRoom
from tests.fakes.gates import SETTINGS, base_of, harness, make_gate, move_base, offer, verbs


def verbs_why(room: GateRoom) -> list[str]:
    told = [event for _, event in room.stream.read() if event.type == "change.checked"]
    return [str(event.data["why"]) for event in told]


def test_on_a_red_base_a_done_when_command_must_pass(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, {"OLD": "red\n"}, red=("OLD",))

    done, stands = offer(room, "a", {"DONE": "x\n"}, done_when="`test -e DONE` passes")
    undone, falls = offer(room, "b", {"b": "x\n"}, done_when="test -e DONE")

    assert (stands, falls) == (True, False)
    assert (done.check["done_when"], undone.check["done_when"]) == (True, False)
    assert done.risk.score < 0.1


def test_on_a_green_base_done_when_is_run_and_what_it_says_is_told(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, {"a": "1\n"})

    done, _ = offer(room, "a", {"DONE": "x\n"}, done_when="test -e DONE")
    undone, stands = offer(room, "b", {"b": "x\n"}, done_when="test -e DONE")

    assert (done.check["done_when"], done.risk.score) == (True, 0.0)
    assert (stands, undone.state, undone.check["green"]) == (True, State.WAITING_TASTE, True)
    why = "the harness passes on the merged result, but the done_when command fails"
    assert undone.check["why"] == why
    assert undone.risk.reasons[0] == f"+0.30 {why}"


@pytest.mark.parametrize("done_when", [None, "the login page loads"])
def test_on_a_red_base_an_item_without_a_command_waits_for_a_person_and_says_why(
    tmp_path: Path, done_when: str | None
) -> None:
    room, _ = make_gate(tmp_path, {"OLD": "red\n"}, red=("OLD",))

    change, stands = offer(room, "a", {"a": "x\n"}, done_when=done_when)

    why = "the base is red; nothing new fails; no command proves the item"
    assert (stands, change.state) == (True, State.WAITING_TASTE)
    assert change.check["why"] == why
    assert change.risk.reasons[0] == f"+0.30 {why}"
    assert {command for _, command in harness(room).asked} == {"true"}


def test_what_a_red_base_hides_waits_for_another_base_and_not_for_its_agent(
    tmp_path: Path,
) -> None:
    room, _ = make_gate(tmp_path, {"MUTE": "red\n"}, red=("MUTE",))
    on = base_of(room)

    hidden, stands = offer(room, "a", {"a": "x\n"}, on=on)
    before = (stands, hidden.state, hidden.waits_for_base)
    move_base(room, {"MUTE": None})
    told, _ = offer(room, "a", {"a": "x\n"}, on=on)

    assert before == (True, State.CHECKING, True)
    assert "tested again when the base moves" in verbs_why(room)[0]
    assert (told.id, told.revision, told.state) == (hidden.id, 1, State.WAITING_TASTE)
    assert verbs(room, "c-a") == ["proposed", "checked", "checked", "waiting"]


@pytest.mark.parametrize(("count", "said"), [("", "names no test"), ("3\n", "passed 3 tests")])
def test_a_green_run_that_says_less_than_that_on_the_base_is_a_risk_with_its_reason(
    tmp_path: Path, count: str, said: str
) -> None:
    room, _ = make_gate(tmp_path, {"COUNT": "12\n"})
    harness(room)(base_of(room), None)

    change, stands = offer(room, "a", {"COUNT": count})

    assert (stands, change.check["green"]) == (True, True)
    assert said in change.check["fewer_tests"]
    assert change.risk.reasons[0] == f"+0.40 {change.check['fewer_tests']}"


def test_the_tests_that_a_change_deletes_explain_that_fewer_pass(tmp_path: Path) -> None:
    tests = "def test_a(): ...\ndef test_b(): ...\n"
    room, _ = make_gate(tmp_path, {"COUNT": "12\n", "test_a.py": tests})
    harness(room)(base_of(room), None)

    change, _ = offer(room, "a", {"COUNT": "10\n", "test_a.py": "x = 1\n"})

    assert change.check["fewer_tests"] == ""


def test_the_base_is_run_for_a_lane_that_lands_alone_and_only_for_it(tmp_path: Path) -> None:
    lane = replace(SETTINGS.lanes[0], autonomy=Autonomy.LAND)
    alone, _ = make_gate(
        tmp_path / "1", {"COUNT": "12\n"}, settings=replace(SETTINGS, lanes=(lane,))
    )
    asking, _ = make_gate(tmp_path / "2", {"COUNT": "12\n"})

    changes = [offer(room, "a", {"COUNT": "0\n"})[0] for room in (alone, asking)]

    assert [bool(change.check["fewer_tests"]) for change in changes] == [True, False]
    assert [len(harness(room).asked) for room in (alone, asking)] == [2, 1]
