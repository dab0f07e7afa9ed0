"""A drill is judged like any change and never lands, whatever is recorded of it."""

from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState, CloseAs
from darkfactory.gate.chain import Chains
from darkfactory.gate.landing import Landings
from darkfactory.gate.landing import land as land_links
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve, close, defer, rework
from tests.fakes.gates import base_of, commit_on, land, make_gate

DRILL = {"of": "c-a", "rule": "off by one", "path": "a.py", "line": 1}


@pytest.fixture
def room(tmp_path: Path) -> GateRoom:
    return make_gate(tmp_path)[0]


@pytest.fixture
def drill(room: GateRoom) -> Change:
    hub = room.hub
    base = hub.commit(hub.base_ref)
    head = commit_on(hub, base, {"a.py": "x\n"}, "drill")
    told = {"item": "a-2", "lane": "bugs", "title": "Do a", "revision": 1, "patch_id": "p"}
    facts = {"change": "c-a-2", "head": head, "base": base, "files": 1, "drill": DRILL}
    room.record("change.proposed", {**told, **facts})
    room.say("waiting", room.find("c-a-2"))
    return room.find("c-a-2")


def test_a_yes_has_missed_it_and_lands_nothing(room: GateRoom, drill: Change) -> None:
    before = base_of(room)

    approve(room, drill, by="ada")
    done = land(room)

    assert (done.landed, base_of(room)) == ([], before)
    found = room.find(drill.id)
    assert (found.state, found.drilled, found.by) == (ChangeState.CLOSED, "missed", "ada")


def test_sending_it_back_or_closing_it_has_caught_it(room: GateRoom, drill: Change) -> None:
    rework(room, drill, by="ada", text="Off by one.")

    found = room.find(drill.id)
    assert (found.state, found.drilled) == (ChangeState.CLOSED, "caught")


def test_closing_it_has_caught_it_after_it_was_put_off(room: GateRoom, drill: Change) -> None:
    defer(room, drill, by="ada", until="1h")
    put_off = room.find(drill.id).drilled

    close(room, drill, by="ada", close_as=CloseAs.NOT_PLANNED)

    assert (put_off, room.find(drill.id).drilled) == ("", "caught")


def test_no_event_brings_it_on_its_way_to_the_base(room: GateRoom, drill: Change) -> None:
    told = [room.say(verb, drill) for verb in ("queued", "testing", "landing", "landed")]

    assert told == [False] * 4
    assert room.find(drill.id).state is ChangeState.WAITING_TASTE


def test_the_code_that_lands_moves_nothing_for_it(room: GateRoom, drill: Change) -> None:
    before, done = base_of(room), Landings()

    land_links(room, Chains(room).build([drill]).links, done, why="by mistake")

    assert (done.landed, base_of(room)) == ([], before)


def test_a_new_revision_is_a_drill_still(room: GateRoom, drill: Change) -> None:
    facts = {key: value for key, value in drill.facts.items() if key != "drill"}

    room.record("change.proposed", {**facts, "revision": 2})

    assert room.find(drill.id).drill == DRILL
