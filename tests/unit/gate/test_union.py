"""Listed files keep the lines of both sides, by lanes.yaml alone; what comes of it is tested."""

from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.domain.settings import GateSettings
from darkfactory.gate.conflicts import compare
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve
from tests.fakes.gates import SETTINGS, PretendHarness, land, make_gate, offer

LOG = "CHANGELOG.md"
ODD = 'odd [x] "q" *\\ name\n.md'


def made(tmp_path: Path, *union: str) -> GateRoom:
    settings = replace(SETTINGS, gate=GateSettings(runners=1, union=union))
    room, _ = make_gate(tmp_path, {LOG: "top\n", "docs/" + LOG: "top\n"}, settings=settings)
    return replace(room, hub=replace(room.hub, union=union))


def two(room: GateRoom, path: str = LOG, **more: str) -> tuple[Change, Change]:
    """Let two changes add a line at the same place."""
    base = room.hub.commit(room.hub.base_ref)
    one, _ = offer(room, "one", {path: "top\none\n", **more}, on=base)
    other, _ = offer(room, "two", {path: "top\ntwo\n"}, on=base)
    return one, other


def text(room: GateRoom, path: str = LOG) -> str:
    return room.hub.git("cat-file", "blob", f"{room.hub.base_ref}:{path}").text


def test_both_land_and_the_record_says_how(tmp_path: Path) -> None:
    room = made(tmp_path, LOG)
    one, other = two(room)
    before = room.changes.conflicts_of(one)
    approve(room, one, by="ada")
    land(room)
    compare(room)
    read = room.changes.merged_by_union(room.find("two"))
    approve(room, other, by="ada")

    done = land(room)

    assert (before, read) == ([], [LOG])
    assert text(room) == "top\none\ntwo"
    assert done.notes == [f"c-two landed with {LOG} merged by union"]
    assert room.find("two").landing["union"] == [LOG]
    assert room.find("one").landing["union"] == []


def test_what_comes_of_a_union_is_tested_before_it_lands(tmp_path: Path) -> None:
    room = made(tmp_path, LOG)
    one, other = two(room)
    approve(room, one, by="ada")
    land(room)
    approve(room, other, by="ada")

    land(room)

    assert isinstance(room.test, PretendHarness)
    landed = room.hub.tree(room.hub.commit(room.hub.base_ref))
    assert landed in {tree for tree, _ in room.test.asked}


@pytest.mark.parametrize(
    ("patterns", "path"), [((), LOG), ((LOG,), "docs/" + LOG), (("docs/*.md",), LOG)]
)
def test_a_file_that_is_not_listed_conflicts(
    tmp_path: Path, patterns: tuple[str, ...], path: str
) -> None:
    room = made(tmp_path, *patterns)

    one, _ = two(room, path)

    assert room.changes.conflicts_of(one) == ["c-two"]


@pytest.mark.parametrize("pattern", ["docs/*.md", "**/CHANGELOG.md", "docs/"])
def test_patterns_mean_what_they_mean_in_all_of_lanes_yaml(tmp_path: Path, pattern: str) -> None:
    room = made(tmp_path, pattern)

    one, _ = two(room, "docs/" + LOG)

    assert room.changes.conflicts_of(one) == []


def test_a_file_of_any_name_is_meant_and_no_other(tmp_path: Path) -> None:
    room = made(tmp_path, "odd*")

    one, _ = two(room, ODD)

    assert room.changes.conflicts_of(one) == []


def test_attributes_of_a_change_choose_nothing(tmp_path: Path) -> None:
    room = made(tmp_path, "docs/*")

    one, _ = two(room, **{".gitattributes": "*.md merge=union\n"})
    approve(room, one, by="ada")
    land(room)
    compare(room)

    assert room.changes.conflicts_with_base(room.find("two")) == [LOG]
    assert room.hub.merge_tree(one.head, room.find("two").head).conflicts == (LOG,)


def test_attributes_of_a_change_do_not_keep_a_listed_file_from_merging(tmp_path: Path) -> None:
    room = made(tmp_path, LOG)

    one, _ = two(room, **{".gitattributes": "*.md merge=binary\n"})

    assert room.changes.conflicts_of(one) == []


def test_another_list_is_seen_at_the_next_look(tmp_path: Path) -> None:
    room = made(tmp_path)
    one, _ = two(room)
    before = room.changes.conflicts_of(one)

    compare(replace(room, hub=replace(room.hub, union=(LOG,))))

    assert (before, room.refresh().conflicts_of(one)) == (["c-two"], [])


def test_a_file_that_one_side_deleted_conflicts_all_the_same(tmp_path: Path) -> None:
    room = made(tmp_path, LOG)
    base = room.hub.commit(room.hub.base_ref)
    offer(room, "gone", {LOG: None}, on=base)

    change, _ = offer(room, "two", {LOG: "top\ntwo\n"}, on=base)

    assert room.changes.conflicts_of(change) == ["c-gone"]
    assert change.state is State.WAITING_TASTE
