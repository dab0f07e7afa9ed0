"""What changed in a change since its reader looked last, and nothing that others changed."""

from pathlib import Path

import pytest

from darkfactory.factory.line import Line
from darkfactory.factory.record import Record
from darkfactory.factory.show_gate import show_change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve
from tests.fakes.gates import land, make_gate, offer

FILES = {"a.txt": "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "other.txt": "other\n"}


@pytest.fixture
def room(tmp_path: Path) -> GateRoom:
    return make_gate(tmp_path, FILES)[0]


@pytest.fixture
def line(room: GateRoom) -> Line:
    made = Line(room.state, room.settings, Record(room.state))
    made.take_hub(room.hub)
    return made


def since(line: Line, by: str = "ada") -> list[str] | None:
    """Return the changed lines that *by* has not seen."""
    told = show_change(line, "alpha", by=by, since_last=True)["since_last"]
    if told is None:
        return None
    rows = told.split("\n")
    return [row for row in rows if row.startswith(("+", "-")) and row[:3] not in ("+++", "---")]


def edit(number: int, word: str, text: str = FILES["a.txt"]) -> str:
    return text.replace(f"{number}\n", f"{word}\n")


def test_a_first_look_has_nothing_before_it(room: GateRoom, line: Line) -> None:
    offer(room, "alpha", {"a.txt": edit(1, "one")})

    assert since(line) is None
    assert since(line) is None


def test_only_what_the_next_revision_changed_is_shown_however_often(
    room: GateRoom, line: Line
) -> None:
    offer(room, "alpha", {"a.txt": edit(1, "one")})
    show_change(line, "alpha", by="ada")
    offer(room, "alpha", {"a.txt": edit(9, "nine", edit(1, "one"))}, epoch=2)

    assert since(line) == ["-9", "+nine"]
    assert since(line) == ["-9", "+nine"]
    assert since(line, by="eve") is None


def test_what_the_base_got_meanwhile_is_left_out(room: GateRoom, line: Line) -> None:
    offer(room, "alpha", {"a.txt": edit(1, "one")})
    show_change(line, "alpha", by="ada")
    other, _ = offer(room, "beta", {"other.txt": "landed\n", "a.txt": edit(9, "nine")})
    approve(room, other, by="ada")
    land(room)
    base = room.hub.commit(room.hub.base_ref)
    offer(room, "alpha", {"a.txt": edit(9, "nine", edit(1, "ONE"))}, on=base, epoch=2)

    assert since(line) == ["-one", "+ONE"]


def test_a_pure_rebase_has_changed_nothing(room: GateRoom, line: Line) -> None:
    offer(room, "alpha", {"a.txt": edit(1, "one")})
    show_change(line, "alpha", by="ada")
    other, _ = offer(room, "beta", {"other.txt": "landed\n"})
    approve(room, other, by="ada")
    land(room)
    base = room.hub.commit(room.hub.base_ref)
    offer(room, "alpha", {"a.txt": edit(1, "one")}, on=base, epoch=2)

    assert since(line) == []


def test_how_a_conflict_was_resolved_is_shown(room: GateRoom, line: Line) -> None:
    offer(room, "alpha", {"a.txt": edit(1, "one")})
    show_change(line, "alpha", by="ada")
    other, _ = offer(room, "beta", {"a.txt": edit(1, "uno")})
    approve(room, other, by="ada")
    land(room)
    base = room.hub.commit(room.hub.base_ref)
    offer(room, "alpha", {"a.txt": edit(1, "one uno")}, on=base, epoch=2)

    told = since(line) or []

    assert "+one uno" in told
    assert {"-one", "-uno"} <= set(told)
