"""A branch of the user enters the gate: measured like an agent's work, judged by people, landed."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.domain.change import CloseAs
from darkfactory.gate.enter import Entry, NotTaken, enter
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve, close, rework
from darkfactory.workspaces.refs import RefUpdate
from tests.fakes.gates import (
    PretendHarness,
    base_of,
    commit_on,
    land,
    make_gate,
    offer,
    unlayable,
    verbs,
)


@pytest.fixture
def room(tmp_path: Path) -> GateRoom:
    return make_gate(tmp_path, {"src/a.py": "one\ntwo\nthree\n"})[0]


def add(
    room: GateRoom,
    item: str,
    files: Mapping[str, str | bytes | None],
    *,
    on: str | None = None,
    branch: str = "",
) -> Change:
    """Commit *files* as a person's work and let it enter."""
    head = commit_on(room.hub, on or base_of(room), files, f"Work on {item}")
    return enter(room, Entry(item, branch or item, head, "ada"))[0]


def test_a_branch_waits_for_a_person_with_its_facts_and_without_a_run(room: GateRoom) -> None:
    key = "AKIA" + "Q3EGRTY7UJ2WNXZD"

    change = add(room, "topic", {"src/a.py": f"one\nKEY = '{key}'\n", "lanes.yaml": "x\n"})

    assert (change.id, change.state, change.session) == ("c-topic", State.WAITING_TASTE, None)
    assert (change.branch, change.title, change.lane) == ("topic", "Work on topic", "")
    assert change.facts["protected"] == ["lanes.yaml"]
    assert [one["path"] for one in change.facts["secrets"]] == ["src/a.py"]
    assert change.facts["waffle"]["score"] is None
    assert (change.check, change.facts["by"]) == ({}, "ada")
    assert isinstance(room.test, PretendHarness)
    assert room.test.asked == []


@pytest.mark.parametrize("name", [".GIT", "..", ".gitmodules"])
def test_a_tree_that_nobody_could_check_out_does_not_enter(room: GateRoom, name: str) -> None:
    head = unlayable(room.hub, base_of(room), name)

    with pytest.raises(NotTaken, match="nobody could check it out: invalid path"):
        enter(room, Entry("topic", "topic", head, "ada"))

    assert room.changes.of_item("topic") is None


def test_what_lands_is_tested_and_is_the_head_that_entered(room: GateRoom) -> None:
    change = add(room, "topic", {"src/b.py": "b\n"})
    later = commit_on(room.hub, change.head, {"src/c.py": "c\n"}, "a later commit of the branch")
    approve(room, change, by="bob")

    done = land(room)

    assert [row.id for row in done.landed] == ["c-topic"]
    assert room.hub.is_ancestor(change.head, base_of(room))
    assert not room.hub.is_ancestor(later, base_of(room))
    assert isinstance(room.test, PretendHarness)
    assert room.hub.tree(base_of(room)) in {tree for tree, _ in room.test.asked}


def test_a_red_branch_bounces_with_what_fails(room: GateRoom) -> None:
    change = add(room, "topic", {"RED": "x\n"})
    approve(room, change, by="bob")

    done = land(room)

    change = room.find("topic")
    assert [(row.id, row.reason) for row in done.bounced] == [("c-topic", "harness")]
    assert (change.state, change.detail["failing"]) == (State.BOUNCED, ["RED"])


def test_a_pure_rebase_keeps_its_approval(room: GateRoom) -> None:
    approve(room, add(room, "topic", {"src/b.py": "b\n"}), by="bob")
    old = base_of(room)
    moved = commit_on(room.hub, old, {"src/c.py": "c\n"}, "moved on")
    room.hub.update_refs([RefUpdate(room.hub.base_ref, moved, old)])

    change = add(room, "topic", {"src/b.py": "b\n"}, on=moved)

    assert (change.revision, change.state) == (2, State.QUEUED)
    assert change.approval
    assert change.approval.by == "bob"


def test_another_patch_voids_the_approval(room: GateRoom) -> None:
    first = add(room, "topic", {"src/b.py": "b\n"})
    approve(room, first, by="bob")

    change = add(room, "topic", {"src/b.py": "more\n"})

    assert (change.id, change.revision, change.state) == ("c-topic", 2, State.WAITING_TASTE)
    assert change.approval is None
    assert room.hub.refs("refs/df/prop") == {
        "refs/df/prop/c-topic/1": first.head,
        "refs/df/prop/c-topic/2": change.head,
    }


def test_the_same_head_is_taken_once(room: GateRoom) -> None:
    first = add(room, "topic", {"src/b.py": "b\n"})
    told = verbs(room, "c-topic")

    again, is_new = enter(room, Entry("topic", "topic", first.head, "ada"))

    assert (again.revision, is_new) == (1, False)
    assert verbs(room, "c-topic") == told


def test_the_same_head_waits_again_once_it_was_sent_back(room: GateRoom) -> None:
    change = add(room, "topic", {"src/b.py": "b\n"})
    rework(room, change, by="bob", text="smaller")

    again, is_new = enter(room, Entry("topic", "topic", change.head, "ada"))

    assert (again.state, again.revision, is_new) == (State.WAITING_TASTE, 1, True)


def test_an_entry_that_was_killed_is_finished_by_the_next_one(room: GateRoom) -> None:
    change = add(room, "topic", {"src/b.py": "b\n"})
    room.record("change.proposed", change.facts)
    assert room.find("topic").state is State.CHECKING

    again, _ = enter(room, Entry("topic", "topic", change.head, "ada"))

    assert again.state is State.WAITING_TASTE


def test_a_branch_for_the_item_of_an_agents_change_is_its_next_revision(room: GateRoom) -> None:
    offer(room, "a", {"src/a.py": "agent\n"})

    change = add(room, "a", {"src/a.py": "person\n"}, branch="fix/a")

    assert (change.id, change.revision, change.session) == ("c-a", 2, None)
    assert (change.lane, change.check) == ("", {})


def test_what_is_said_of_an_earlier_head_moves_no_later_one(room: GateRoom) -> None:
    mine, _ = offer(room, "a", {"src/a.py": "agent\n"})
    change = add(room, "a", {"src/a.py": "person\n"})

    counted = room.say("rework", mine, {"by": "harness", "text": "red", "places": []})
    room.say("checked", mine, {"green": True, "result": "pass"})

    assert not counted
    assert (change.state, change.check) == (State.WAITING_TASTE, {})


def test_a_landed_or_closed_change_begins_another_one(room: GateRoom) -> None:
    first = add(room, "topic", {"src/b.py": "b\n"})
    close(room, first, by="bob", close_as=CloseAs.NOT_PLANNED)

    change = add(room, "topic", {"src/b.py": "b\n"})

    assert (change.id, change.revision, change.state) == ("c-topic-2", 1, State.WAITING_TASTE)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "nothing that main lacks"),
        ({"calc.py": "one\n"}, "nothing that main lacks"),
        ({".darkfactory/streams/factory": "x\n"}, "writes into .darkfactory/"),
    ],
)
def test_what_could_not_land_is_refused_and_leaves_no_trace(
    room: GateRoom, files: dict[str, str | bytes | None], why: str
) -> None:
    with pytest.raises(NotTaken, match=why):
        add(room, "topic", files)

    assert list(room.refresh()) == []
    assert room.hub.refs("refs/df/prop") == {}


def test_what_the_base_holds_in_another_commit_is_refused(room: GateRoom) -> None:
    began = base_of(room)
    landed = add(room, "one", {"src/b.py": "b\n"})
    approve(room, landed, by="bob")
    land(room)

    with pytest.raises(NotTaken, match="nothing that main lacks"):
        add(room, "two", {"src/b.py": "b\n"}, on=began)


def test_a_branch_without_common_history_is_refused(room: GateRoom) -> None:
    root = room.hub.commit_tree(room.hub.tree(base_of(room)), (), "another root", when=0)

    with pytest.raises(NotTaken, match="no history in common"):
        enter(room, Entry("topic", "topic", root, "ada"))


@pytest.mark.parametrize("twin", ["branch", "head"])
def test_a_branch_that_is_at_the_gate_for_another_item_is_refused(
    room: GateRoom, twin: str
) -> None:
    first = add(room, "one", {"src/b.py": "b\n"}, branch="topic")
    other = commit_on(room.hub, base_of(room), {"src/c.py": "c\n"}, "other")
    again = (
        Entry("two", "topic", other, "ada")
        if twin == "branch"
        else Entry("two", "copy", first.head, "ada")
    )

    with pytest.raises(NotTaken, match="at the gate as c-one already"):
        enter(room, again)
