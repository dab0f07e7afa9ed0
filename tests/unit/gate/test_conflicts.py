"""Which changes do not merge is known before anybody reads them, whatever has moved since."""

import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.gate.conflicts import compare
from darkfactory.gate.enter import Entry, enter
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve
from darkfactory.workspaces.refs import RefUpdate
from tests.fakes.gates import base_of, commit_on, land, make_gate, move_base
from tests.fakes.git_commands import noted_commands

LINES = "".join(f"{number}\n" for number in range(20))
Files = Mapping[str, str | bytes | None]


@pytest.fixture
def room(tmp_path: Path) -> GateRoom:
    files = {"src/a.py": LINES, "src/b.py": LINES, "old/one.py": "1\n", "old/two.py": "2\n"}
    return make_gate(tmp_path, files)[0]


def line(number: int, text: str) -> str:
    """Return the file with one other line."""
    return LINES.replace(f"{number}\n", f"{text}\n", 1)


def add(room: GateRoom, item: str, files: Files, *, on: str | None = None) -> Change:
    head = commit_on(room.hub, on or base_of(room), files, item)
    return enter(room, Entry(item, item, head, "ada"))[0]


def matrix(room: GateRoom) -> dict[str, list[str]]:
    changes = room.refresh()
    return {one.item: changes.conflicts_of(one) for one in changes if one.state is not State.LANDED}


def rows_told(room: GateRoom) -> list[list[str]]:
    """Return the changes that each comparison on record told of."""
    return [
        [row["change"] for row in event.data["rows"]]
        for _, event in room.stream.read()
        if event.type == "gate.compared"
    ]


def test_a_new_revision_is_compared_anew(room: GateRoom) -> None:
    add(room, "one", {"src/a.py": line(3, "x")})
    add(room, "two", {"src/a.py": line(3, "y")})
    before = matrix(room)

    add(room, "one", {"src/a.py": line(15, "x")})

    assert before == {"one": ["c-two"], "two": ["c-one"]}
    assert matrix(room) == {"one": [], "two": []}


def test_after_a_landing_the_conflict_is_one_with_the_base(room: GateRoom) -> None:
    first = add(room, "one", {"src/a.py": line(3, "x")})
    second = add(room, "two", {"src/a.py": line(3, "y")})
    other = add(room, "other", {"src/b.py": line(3, "y")})
    approve(room, first, by="bob")

    land(room)
    compare(room)

    assert room.changes.conflicts_with_base(room.find(second.id)) == ["src/a.py"]
    assert room.changes.conflicts_with_base(room.find(other.id)) == []
    assert matrix(room) == {"two": [], "other": []}


def test_what_conflicts_only_because_of_the_base_is_seen_once_it_moved(room: GateRoom) -> None:
    add(room, "one", {"src/b.py": line(3, "x")})
    began = base_of(room)
    move_base(room, {"src/b.py": line(5, "base")})
    add(room, "two", {"src/b.py": line(15, "y")}, on=began)
    assert matrix(room) == {"one": [], "two": []}

    move_base(room, {"src/b.py": line(16, "base")})
    compare(room)

    assert room.changes.conflicts_with_base(room.find("two")) == ["src/b.py"]
    assert room.changes.conflicts_with_base(room.find("one")) == []


def test_a_base_that_takes_its_edit_back_ends_the_conflict(room: GateRoom) -> None:
    change = add(room, "one", {"src/b.py": line(3, "x")})
    move_base(room, {"src/b.py": line(3, "base")})
    compare(room)
    before = room.changes.conflicts_with_base(change)

    move_base(room, {"src/b.py": LINES})
    compare(room)

    assert (before, room.changes.conflicts_with_base(change)) == (["src/b.py"], [])


def test_on_a_rewritten_base_only_the_edits_of_changes_are_compared(room: GateRoom) -> None:
    first = base_of(room)
    began = move_base(room, {"src/b.py": line(3, "dropped later")})
    add(room, "one", {"src/b.py": line(3, "dropped later"), "src/a.py": line(3, "x")}, on=began)
    add(room, "two", {"src/a.py": line(3, "y")}, on=began)
    left = f"refs/df/left/main/{began}"
    room.hub.update_refs([RefUpdate(left, began, None)])
    move_base(room, {"README": "anew\n"}, on=first)

    compare(room)

    assert matrix(room) == {"one": ["c-two"], "two": ["c-one"]}
    assert room.changes.conflicts_with_base(room.find("two")) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"src/a.py": None, "src/new.py": LINES}, {"src/a.py": line(3, "y")}),
        ({"thing": "a file\n"}, {"thing/inside.py": "a folder\n"}),
        (
            {"old/one.py": None, "old/two.py": None, "new/one.py": "1\n", "new/two.py": "2\n"},
            {"old/three.py": "3\n"},
        ),
    ],
    ids=["rename", "file and folder", "folder moved away"],
)
def test_what_shares_no_path_can_conflict_and_is_told_as_git_tells_it(
    room: GateRoom, one: Files, other: Files
) -> None:
    first, second = add(room, "one", one), add(room, "two", other)

    merged = room.hub.merge_tree(first.head, second.head)

    assert matrix(room)["one"] == ([] if merged.clean else ["c-two"])


def test_every_pair_is_told_as_git_tells_it(room: GateRoom) -> None:
    edits: list[Files] = [
        {"src/a.py": line(at, f"x{at}"), f"own-{at}": "x\n"} for at in (3, 4, 9, 10, 16)
    ]
    changes = [add(room, f"i{at}", files) for at, files in enumerate(edits)]

    found = matrix(room)

    assert any(found.values())
    for one, other in itertools.combinations(changes, 2):
        clean = room.hub.merge_tree(one.head, other.head).clean
        assert (other.id in found[one.item]) is not clean
        assert (one.id in found[other.item]) is not clean


def test_nothing_is_recorded_where_nothing_is_new(room: GateRoom) -> None:
    add(room, "one", {"src/a.py": line(3, "x")})
    add(room, "two", {"src/b.py": line(3, "y")})
    told = rows_told(room)

    compare(room)

    assert rows_told(room) == told == [["c-one"], ["c-two"]]


def test_a_landing_elsewhere_is_no_reason_to_compare_others(
    room: GateRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(room, "one", {"src/a.py": line(3, "x")})
    add(room, "two", {"src/a.py": line(4, "y")})
    move_base(room, {"README": "new\n"})
    commands = noted_commands(tmp_path, monkeypatch)

    compare(room)

    assert "merge-tree" not in commands()
    assert rows_told(room)[-1] == []


def test_two_that_look_at_the_same_time_do_not_wipe_out_what_the_other_saw(room: GateRoom) -> None:
    add(room, "one", {"src/a.py": line(3, "x")})
    early = {"base": base_of(room), "union": [], "newest": room.changes.pairs.newest}
    add(room, "two", {"src/a.py": line(3, "y")})

    row = {"change": "c-one", "head": room.find("one").head}
    late = {**row, "conflicts_with": [], "conflicts_with_base": []}
    room.record("gate.compared", {**early, "rows": [late]})

    assert matrix(room) == {"one": ["c-two"], "two": ["c-one"]}


def test_what_was_seen_of_an_earlier_head_does_not_count(room: GateRoom) -> None:
    old = add(room, "one", {"src/a.py": line(3, "x")}).head
    add(room, "two", {"src/a.py": line(9, "y")})
    add(room, "one", {"src/b.py": line(3, "x")})

    row = {"change": "c-one", "head": old, "conflicts_with": ["c-two"], "conflicts_with_base": []}
    facts = {"base": base_of(room), "union": [], "newest": 99, "rows": [row]}
    room.record("gate.compared", facts)

    assert matrix(room) == {"one": [], "two": []}


def test_comparing_leaves_nothing_in_the_hub(room: GateRoom) -> None:
    add(room, "one", {"src/a.py": line(3, "x")})
    add(room, "two", {"src/a.py": line(9, "y")})
    move_base(room, {"src/a.py": line(15, "base")})
    before = room.hub.git("count-objects", "-v").text

    compare(room)

    assert room.changes.pairs.base == base_of(room)
    assert room.hub.git("count-objects", "-v").text == before


def test_a_waiting_change_lands_on_a_base_that_moved_and_keeps_its_approval(room: GateRoom) -> None:
    began = base_of(room)
    change = add(room, "one", {"src/a.py": line(3, "x")})
    approve(room, change, by="bob")
    move_base(room, {"src/a.py": line(15, "base")}, on=began)

    done = land(room)

    assert [row.id for row in done.landed] == ["c-one"]
    both = room.hub.git("cat-file", "blob", f"{room.hub.base_ref}:src/a.py").text.split()
    assert (both[3], both[15], room.find("one").revision) == ("x", "base", 1)
