"""One yes to several changes: what it covers, what is drawn to be opened, that it counts apart."""

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState
from darkfactory.domain.lane import BatchCap, Lane
from darkfactory.factory.batch import (
    BatchMoved,
    NoBatches,
    NotOpened,
    approve_batch,
    offer_batch,
    undo,
)
from darkfactory.factory.line import Line
from darkfactory.factory.record import Record
from darkfactory.factory.show_gate import log_entries, show_change
from darkfactory.gate.batch import Batch, choose, sample_size, to_draw
from darkfactory.gate.record import Change, Changes
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import NotAtTheGate, approve, defer, withdraw
from tests.fakes.gates import SETTINGS, land, make_gate, offer, verbs

LANE = Lane("bugs", agents=("mock",), batch=BatchCap(files=5, lines=20))
CHANCE = random.Random(1)  # noqa: S311 - no secret
ALLOWED = replace(SETTINGS, lanes=(LANE,))


def factory(folder: Path, number: int) -> tuple[Line, GateRoom]:
    """Return a factory in which so many small changes wait."""
    room, _ = make_gate(folder, settings=ALLOWED)
    line = Line(room.state, room.settings, Record(room.state), clock=room.clock)
    line.take_hub(room.hub)
    for at in range(number):
        offer(room, f"note-{at}", {f"notes/{at}.md": f"note {at}\n"})
    return line, room


def opened(line: Line, names: tuple[str, ...], by: str = "ada") -> None:
    for name in names:
        show_change(line, name, by=by)


def waiting(name: str, *, lines: int = 2, facts: Mapping[str, object] | None = None) -> Change:
    """Return a change that is green and waits."""
    told = {"files": 1, "added": lines, "removed": 0, **(facts or {})}
    checked = {"result": "pass", "green": True}
    state = ChangeState.WAITING_TASTE
    return Change(
        name, name, "bugs", name, None, 1, name * 2, "base", f"p-{name}", state, 0.0,
        facts=told, check=checked, landings=0,
    )  # fmt: skip


def names(batch: Batch) -> list[str]:
    return [one.id for one in batch.changes]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"protected": ["lanes.yaml"]}, "touches what is protected"),
        ({"tampered": [{"path": "t.py", "line": 1, "why": "skips"}]}, "makes tests say less"),
        ({"altered": [{"path": "t.py", "line": 1, "why": "other"}]}, "alters what tests ask"),
        ({"secrets": [{"path": "a", "line": 1}]}, "looks like a credential"),
        ({"out_of_lane": ["x"]}, "leaves its lane"),
        ({"risk": {"score": 0.6, "reasons": []}}, "its risk is 0.60"),
        ({"waffle": {"score": 0.5}}, "its waffle score is 0.50"),
    ],
)
def test_what_somebody_should_have_seen_wants_a_yes_of_its_own(
    facts: Mapping[str, object], why: str
) -> None:
    batch = choose(LANE, BatchCap(), [waiting("a"), waiting("b", facts=facts)], Changes())

    assert names(batch) == ["a"]
    assert why in batch.left_out[0].why


@pytest.mark.parametrize(
    ("check", "landings", "why"),
    [
        ({"result": "fail", "green": False}, 0, "do not pass"),
        ({"result": "fail", "green": True}, 0, "do not pass"),
        ({"result": "pass", "green": True}, 7, "not tested on the base as it is now"),
        ({}, 0, "not tested on the base as it is now"),
    ],
)
def test_only_what_is_green_on_the_base_as_it_is_now_is_taken(
    check: dict[str, object], landings: int, why: str
) -> None:
    change = replace(waiting("a"), check=check, landings=landings)

    batch = choose(LANE, BatchCap(), [change], Changes())

    assert batch.changes == ()
    assert why in batch.left_out[0].why


def test_a_batch_is_no_larger_than_its_lane_allows() -> None:
    changes = [waiting("a", lines=12), waiting("b", lines=12), waiting("c", lines=8)]

    by_lines = choose(LANE, BatchCap(files=9, lines=20), changes, Changes())
    by_files = choose(LANE, BatchCap(files=2, lines=99), changes, Changes())

    assert names(by_lines) == ["a", "c"]
    assert names(by_files) == ["a", "b"]
    assert by_lines.left_out[0].why == "it would be more than a batch of 9 files and 20 lines"


@pytest.mark.parametrize(("number", "size"), [(0, 0), (1, 1), (2, 1), (5, 1), (6, 2), (20, 4)])
def test_a_fifth_is_opened_and_at_least_one(number: int, size: int) -> None:
    assert sample_size(number) == size


def test_what_was_drawn_counts_and_only_the_rest_is_drawn() -> None:
    changes = [waiting(str(at)) for at in range(10)]
    drawn = [replace(changes[0], drawn=True), *changes[1:]]

    first = to_draw(Batch("bugs", tuple(changes)), CHANCE)
    more = to_draw(Batch("bugs", tuple(drawn)), CHANCE)
    all_of_them = to_draw(Batch("bugs", tuple(drawn[:5])), CHANCE)

    assert (len(first), len(more), len(all_of_them)) == (2, 1, 0)
    assert drawn[0] not in more


def test_the_draw_is_recorded_and_asking_again_does_not_change_it(tmp_path: Path) -> None:
    line, _ = factory(tmp_path, 5)

    first = offer_batch(line, "bugs", by="ada")
    again = [offer_batch(line, "bugs", by=by).to_open for by in ("ada", "ada", "eve")]

    assert len(first.to_open) == 1
    assert again == [first.to_open] * 3


def test_who_puts_aside_what_was_drawn_has_another_one_to_open(tmp_path: Path) -> None:
    line, room = factory(tmp_path, 5)
    first = offer_batch(line, "bugs", by="ada").to_open

    defer(room, room.find(first[0]), by="ada", until="1h")
    second = offer_batch(line, "bugs", by="ada").to_open

    assert len(second) == 1
    assert second != first
    assert room.find(first[0]).drawn


def test_nothing_is_approved_before_what_was_drawn_was_opened_by_that_person(
    tmp_path: Path,
) -> None:
    line, room = factory(tmp_path, 3)
    offered = offer_batch(line, "bugs", by="ada")
    opened(line, offered.to_open, by="eve")

    with pytest.raises(NotOpened):
        approve_batch(line, "bugs", by="ada", batch=offered.batch.id)

    assert {one.state for one in room.refresh()} == {ChangeState.WAITING_TASTE}


def test_a_batch_that_was_opened_is_approved_and_counted_apart(tmp_path: Path) -> None:
    line, room = factory(tmp_path, 3)
    offered = offer_batch(line, "bugs", by="ada")
    opened(line, offered.to_open)

    approved = approve_batch(line, "bugs", by="ada", batch=offered.batch.id)
    land(room)

    said = [one for one in log_entries(line) if one["event"] == "approved"]
    assert len(approved) == 3
    assert {one["batch"] for one in said} == {offered.batch.id}
    assert [one["change"] for one in said if one["opened"]] == list(offered.to_open)
    assert {one.state for one in room.refresh()} == {ChangeState.LANDED}


def test_a_batch_that_has_changed_since_it_was_shown_is_not_approved(tmp_path: Path) -> None:
    line, room = factory(tmp_path, 2)
    offered = offer_batch(line, "bugs", by="ada")
    opened(line, offered.to_open)
    offer(room, "more", {"notes/more.md": "more\n"})

    with pytest.raises(BatchMoved):
        approve_batch(line, "bugs", by="ada", batch=offered.batch.id)


def test_what_lacks_only_a_test_on_the_new_base_is_tested_first(tmp_path: Path) -> None:
    line, room = factory(tmp_path, 3)
    approve(room, room.find("note-0"), by="ada")
    land(room)

    untested = offer_batch(line, "bugs", by="ada", tests=False)
    tested = offer_batch(line, "bugs", by="ada")

    assert names(untested.batch) == []
    assert names(tested.batch) == ["c-note-1", "c-note-2"]


def test_a_lane_that_does_not_allow_it_has_no_batches(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path)
    line = Line(room.state, room.settings, Record(room.state), clock=room.clock)
    line.take_hub(room.hub)

    with pytest.raises(NoBatches):
        offer_batch(line, "bugs", by="ada")


def test_a_yes_to_a_batch_is_taken_back_as_a_whole_until_it_lands(tmp_path: Path) -> None:
    line, room = factory(tmp_path, 3)
    offered = offer_batch(line, "bugs", by="ada")
    opened(line, offered.to_open)
    approve_batch(line, "bugs", by="ada", batch=offered.batch.id)

    result = undo(line, [offered.batch.id], by="ada")
    land(room)

    assert result == {"undone": ["c-note-0", "c-note-1", "c-note-2"], "refused": []}
    assert {one.state for one in room.refresh()} == {ChangeState.WAITING_TASTE}
    assert room.find("note-0").approval is None
    assert verbs(room, "c-note-0")[-1] == "withdrawn"


def test_what_has_landed_is_not_taken_back(tmp_path: Path) -> None:
    line, room = factory(tmp_path, 1)
    approve(room, room.find("note-0"), by="ada")
    land(room)

    with pytest.raises(NotAtTheGate):
        withdraw(room, room.find("note-0"), by="ada")

    assert undo(line, ["note-0"], by="ada")["refused"][0]["id"] == "c-note-0"
