"""What is read next is tested before it is judged."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.domain.change import CloseAs, HarnessResult
from darkfactory.domain.settings import GateSettings
from darkfactory.gate.pretest import Pretests
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve, close
from darkfactory.harness.run import RunStopped
from tests.fakes.gates import (
    SETTINGS,
    PretendHarness,
    land,
    make_gate,
    move_base,
    offer,
    verbs,
)


@pytest.fixture
def room(tmp_path: Path) -> GateRoom:
    return make_gate(tmp_path)[0]


def waiting(room: GateRoom) -> list[Change]:
    return [one for one in room.refresh() if one.state is State.WAITING_TASTE or one.waits_for_base]


def pretest_all(room: GateRoom) -> int:
    """Test ahead until nothing is left to test; return how many verdicts were recorded."""
    before = told(room)
    runs = Pretests(room)
    while runs.look([], waiting(room)):
        runs.wait(1.0)
    runs.close()
    return told(room) - before


def told(room: GateRoom) -> int:
    types = [event.type for _, event in room.stream.read()]
    return types.count("change.checked") + types.count("change.pretested")


def test_what_its_red_base_hid_comes_to_the_gate_with_a_base_that_tells(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, {"MUTE": "red"}, red=("MUTE", "OLD"))
    offer(room, "a", {"a.txt": "a"})
    still_hidden = pretest_all(room)
    move_base(room, {"MUTE": None, "OLD": "red"})

    told = pretest_all(room)

    assert (still_hidden, told) == (0, 1)
    assert room.find("a").state is State.WAITING_TASTE


def test_nothing_is_tested_twice_on_the_same_base(room: GateRoom) -> None:
    for item in ("a", "b"):
        offer(room, item, {f"{item}.txt": item})

    assert (pretest_all(room), pretest_all(room)) == (1, 0)
    assert room.find("b").plan["ahead"] == ["c-a"]


def test_after_a_landing_what_waits_is_tested_anew_and_then_lands_without_a_run(
    room: GateRoom,
) -> None:
    first, _ = offer(room, "a", {"a.txt": "a"})
    second, _ = offer(room, "b", {"b.txt": "b"})
    approve(room, first, by="ada")
    land(room)
    stale = room.changes.is_pretested(room.find("b"))

    tested = pretest_all(room)
    fresh = room.changes.is_pretested(room.find("b"))
    approve(room, room.find("b"), by="ada")
    (landed,) = land(room).landed

    assert (stale, tested, fresh) == (False, 1, True)
    assert isinstance(room.test, PretendHarness)
    assert room.test.asked.count((landed.tree, "true")) == 1
    assert second.head == room.find("b").head


def test_what_has_become_red_or_conflicts_is_shown_so_and_still_waits(room: GateRoom) -> None:
    offer(room, "a", {"calc.py": "two\n"})
    offer(room, "b", {"b.txt": "b"}, done_when="test -e NEVER")
    move_base(room, {"calc.py": "three\n", "RED": "x"})

    pretest_all(room)

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

    pretest_all(room)

    assert claims
    assert room.find("a").check["claims"] == claims


def test_the_next_two_land_without_a_run_if_both_are_approved(room: GateRoom) -> None:
    for item in ("a", "b"):
        offer(room, item, {f"{item}.txt": item})
    pretest_all(room)
    asked = len(asked_of(room))

    landed, pretested = [], []
    for item in ("a", "b"):
        pretested.append(room.changes.is_pretested(room.find(item)))
        approve(room, room.find(item), by="ada")
        landed += land(room).landed

    assert [row.id for row in landed] == ["c-a", "c-b"]
    assert pretested == [True, True]
    assert set(asked_of(room)[asked:]) <= set(asked_of(room)[:asked])


def asked_of(room: GateRoom) -> list[tuple[str, str]]:
    assert isinstance(room.test, PretendHarness)
    return room.test.asked


def test_only_as_many_as_the_lanes_file_says_are_tested_ahead(tmp_path: Path) -> None:
    settings = replace(SETTINGS, gate=GateSettings(pretest=2))
    room, _ = make_gate(tmp_path, settings=settings)
    for item in ("a", "b", "c"):
        offer(room, item, {f"{item}.txt": item})

    pretest_all(room)

    assert [bool(room.find(item).plan) for item in ("a", "b", "c")] == [False, True, False]


def test_none_are_tested_ahead_where_the_lanes_file_says_so(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, settings=replace(SETTINGS, gate=GateSettings(pretest=0)))
    offer(room, "a", {"a.txt": "a"})
    move_base(room, {"other": "x"})

    assert pretest_all(room) == 0


def test_a_verdict_on_the_one_ahead_makes_the_next_one_tested_without_it(room: GateRoom) -> None:
    for item in ("a", "b"):
        offer(room, item, {f"{item}.txt": item})
    move_base(room, {"other": "x"})
    pretest_all(room)
    close(room, room.find("a"), by="ada", close_as=CloseAs.NOT_PLANNED)
    before = room.find("b").check["base"]

    pretest_all(room)

    base = room.hub.commit(room.hub.base_ref)
    assert before != base
    assert room.find("b").check["base"] == base


class Held(PretendHarness):
    """Answers once it is let go, or ends when nobody wants the answer any more."""

    def __init__(self, room: GateRoom) -> None:
        super().__init__(room.hub)
        self.begun, self.go = threading.Event(), threading.Event()
        self.stopped: list[str] = []
        self.unwanted: Callable[[], bool] = lambda: False

    def until(self, unwanted: Callable[[], bool], *, again: bool = False) -> PretendHarness:
        bound = Held.__new__(Held)
        bound.__dict__.update(self.__dict__, unwanted=unwanted)
        del again
        return bound

    def run(self, commit: str, command: str) -> HarnessResult:
        self.begun.set()
        while not self.go.wait(0.01):
            if self.unwanted():
                self.stopped.append(commit)
                raise RunStopped(command)
        return super().run(commit, command)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[GateRoom, Held, Pretests]]:
    """A gate with one runner, which is busy with what is read next."""
    room, _ = make_gate(tmp_path, settings=replace(SETTINGS, gate=GateSettings(runners=1)))
    for item in ("a", "b"):
        offer(room, item, {f"{item}.txt": item})
    move_base(room, {"other": "x"})
    room.test = harness = Held(room)
    runs = Pretests(room)
    assert runs.look([], waiting(room))
    assert harness.begun.wait(5)
    yield room, harness, runs
    runs.close()


def test_a_run_goes_on_if_just_its_change_is_approved(
    held: tuple[GateRoom, Held, Pretests],
) -> None:
    room, harness, runs = held
    approve(room, room.find("a"), by="ada")

    runs.make_way([room.find("a")])
    harness.go.set()
    runs.wait(10)

    assert harness.stopped == []


def test_a_run_makes_way_for_another_change_that_is_approved(
    held: tuple[GateRoom, Held, Pretests],
) -> None:
    room, harness, runs = held
    approve(room, room.find("b"), by="ada")

    runs.make_way([room.find("b")])
    runs.close()

    assert len(harness.stopped) == 1
    assert "pretested" not in verbs(room, "c-a")
