"""What a session left becomes a change: facts from git, the harness on the merge, a state."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.domain.change import CloseAs
from darkfactory.domain.lane import Lane, Loop
from darkfactory.domain.settings import HarnessSettings
from darkfactory.events.stream import Stream, Writer
from darkfactory.gate.names import name_of
from darkfactory.gate.propose import abandon, send_back
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve, close, rework
from darkfactory.workspaces.refs import RefUpdate
from tests.fakes.gates import (
    SETTINGS,
    base_of,
    commit_on,
    harness,
    land,
    make_gate,
    move_base,
    offer,
    verbs,
)


@pytest.fixture
def room(tmp_path: Path) -> GateRoom:
    lane = Lane("bugs", agents=("mock",), owns=("src/**",))
    settings = replace(SETTINGS, lanes=(lane,), protected=("lanes.yaml", "ci/**"))
    return make_gate(tmp_path, {"src/a.py": "one\ntwo\nthree\n"}, settings=settings)[0]


@pytest.mark.parametrize(
    "judged_by",
    [{"loop": Loop(command="python ci.d/bench.py --n 3")}, {"harness": "sh ci.d/bench.py"}],
)
def test_a_file_that_a_command_of_the_lane_runs_is_protected(
    tmp_path: Path, judged_by: dict[str, Any]
) -> None:
    lane = Lane("bugs", agents=("mock",), **judged_by)
    room = make_gate(
        tmp_path, {"ci.d/bench.py": "print(9)\n"}, settings=replace(SETTINGS, lanes=(lane,))
    )[0]

    change, _ = offer(room, "a", {"ci.d/bench.py": "print(-301663)\n"})

    assert change.facts["protected"] == ["ci.d/bench.py"]
    assert "touches what is protected" in " ".join(change.facts["risk"]["reasons"])


def test_a_file_that_the_loop_only_measures_is_the_work_itself(tmp_path: Path) -> None:
    loop = Loop(command="cat app.js | wc -c; python count.py")
    lane = Lane("bugs", agents=("mock",), loop=loop)
    settings = replace(SETTINGS, lanes=(lane,))
    room = make_gate(tmp_path, {"app.js": "1;\n", "count.py": "print(1)\n"}, settings=settings)[0]

    change, _ = offer(room, "a", {"app.js": ";\n", "count.py": "print(0)\n"})

    assert change.facts["protected"] == ["count.py"]


def test_the_facts_are_those_of_git(room: GateRoom) -> None:
    change, green = offer(room, "a", {"src/a.py": "one\n2\nthree\nfour\n", "src/new.py": "x\n"})

    facts = change.facts
    assert green
    assert change.state is State.WAITING_TASTE
    assert (change.item, change.lane, change.title, change.session) == (
        "a",
        "bugs",
        "Do a",
        "s-a-1",
    )
    assert (facts["files"], facts["added"], facts["removed"]) == (2, 3, 1)
    assert facts["paths"] == ["src/a.py", "src/new.py"]
    assert (facts["out_of_lane"], facts["protected"], facts["secrets"]) == ([], [], [])
    assert change.base == base_of(room)
    assert room.hub.refs("refs/df/prop") == {"refs/df/prop/c-a/1": change.head}


def test_edits_outside_the_lane_and_of_protected_paths_are_named_not_refused(
    room: GateRoom,
) -> None:
    change, green = offer(room, "a", {"src/a.py": "x\n", "ci/run.sh": "x\n", "README": "x\n"})

    assert green
    assert change.facts["out_of_lane"] == ["README", "ci/run.sh"]
    assert change.facts["protected"] == ["ci/run.sh"]


def test_a_credential_in_the_diff_is_named_with_its_place(room: GateRoom) -> None:
    key = "AKIA" + "Q3EGRTY7UJ2WNXZD"

    change, _ = offer(room, "a", {"src/a.py": f"one\nKEY = '{key}'\n"})

    (found,) = change.facts["secrets"]
    assert (found["path"], found["line"]) == ("src/a.py", 2)


def test_changes_that_cannot_land_together_know_each_other(room: GateRoom) -> None:
    first, _ = offer(room, "a", {"src/a.py": "A\n"})
    second, _ = offer(room, "b", {"src/a.py": "B\n"})
    third, _ = offer(room, "c", {"src/a.py": "A\n", "src/c.py": "c\n"})

    conflicts = {change.id: room.changes.conflicts_of(change) for change in room.changes}

    assert (first.id, second.id, third.id) == ("c-a", "c-b", "c-c")
    assert conflicts == {"c-a": ["c-b"], "c-b": ["c-a", "c-c"], "c-c": ["c-b"]}


def test_a_rename_conflicts_with_an_edit_of_the_old_name(room: GateRoom) -> None:
    text = "one\ntwo\nthree\n"
    offer(room, "a", {"src/a.py": None, "src/b.py": text})

    change, _ = offer(room, "b", {"src/a.py": None})

    assert room.changes.conflicts_of(change) == ["c-a"]


def test_the_same_offer_again_is_taken_once(room: GateRoom) -> None:
    first, _ = offer(room, "a", {"src/a.py": "x\n"})
    told = verbs(room, "c-a")

    again, stands = offer(room, "a", {"src/a.py": "x\n"})

    assert stands
    assert (again.id, again.revision) == (first.id, 1)
    assert verbs(room, "c-a") == told


@pytest.mark.parametrize("end", ["landed", "closed"])
def test_the_same_offer_again_is_taken_once_even_if_its_change_is_over(
    room: GateRoom, end: str
) -> None:
    base = base_of(room)
    change, _ = offer(room, "a", {"src/a.py": "x\n"}, on=base)
    if end == "landed":
        approve(room, change, by="ada")
        land(room)
    else:
        close(room, change, by="ada", close_as=CloseAs.NOT_PLANNED)

    again, stands = offer(room, "a", {"src/a.py": "x\n"}, on=base)

    assert stands
    assert (again.id, again.state) == ("c-a", State(end))


def test_a_new_head_is_a_new_revision_of_the_same_change(room: GateRoom) -> None:
    first, _ = offer(room, "a", {"src/a.py": "x\n"})

    second, _ = offer(room, "a", {"src/a.py": "y\n"}, epoch=2)

    assert (second.id, second.revision) == (first.id, 2)
    assert room.hub.refs("refs/df/prop") == {
        "refs/df/prop/c-a/1": first.head,
        "refs/df/prop/c-a/2": second.head,
    }


def test_a_new_revision_of_an_approved_change_waits_for_a_new_word(room: GateRoom) -> None:
    change, _ = offer(room, "a", {"src/a.py": "x\n"})
    approve(room, change, by="ada")

    again, _ = offer(room, "a", {"src/a.py": "y\n"}, epoch=2)

    assert (again.state, again.approval) == (State.WAITING_TASTE, None)


def looping(room: GateRoom, session: str) -> None:
    """Let the log of *session* tell of the same failure again and again."""
    log = Stream(room.state.streams, f"s/{session}")
    writer = Writer(log, producer="test", session=session)
    for call in range(8):
        writer.write("tool.started", {"call": call, "kind": "shell", "command": "make"})
        data = {"call": call, "status": "failed", "exit_code": 2, "output": "E: no rule"}
        writer.write("tool.finished", data)
    log.close()


def test_a_change_waffles_as_much_as_the_worst_session_that_worked_on_it(room: GateRoom) -> None:
    looping(room, "s-a-1")
    first, _ = offer(room, "a", {"src/a.py": "x\n"})
    rework(room, first, by="ada", text="no")

    again, _ = offer(room, "a", {"src/a.py": "y\n"}, session="s-a-2")
    close(room, again, by="ada", close_as=CloseAs.REIMPLEMENT)
    fresh, _ = offer(room, "a", {"src/a.py": "z\n"}, session="s-a-3")

    waffles = [one.facts["waffle"]["score"] for one in (first, again, fresh)]
    assert waffles[0] >= 0.8
    assert waffles == [waffles[0], waffles[0], 0.0]
    assert again.facts["waffle"]["signals"] == first.facts["waffle"]["signals"]
    assert any("waffle" in reason for reason in again.risk.reasons)


def test_a_pure_rebase_of_an_approved_change_is_queued_without_a_new_word(room: GateRoom) -> None:
    change, _ = offer(room, "a", {"src/a.py": "x\n"})
    approve(room, change, by="ada")
    rebased = move_base(room, {"other": "other\n"})

    again, _ = offer(room, "a", {"src/a.py": "x\n"}, on=rebased, epoch=2)

    assert (again.state, again.revision) == (State.QUEUED, 2)
    assert again.approval is not None


def test_after_a_close_a_fresh_attempt_is_a_change_of_its_own(room: GateRoom) -> None:
    change, _ = offer(room, "a", {"src/a.py": "x\n"})
    close(room, change, by="ada", close_as=CloseAs.REIMPLEMENT)

    fresh, _ = offer(room, "a", {"src/a.py": "y\n"}, epoch=2)

    assert (fresh.id, fresh.revision, fresh.state) == ("c-a-2", 1, State.WAITING_TASTE)
    assert room.find("a").id == "c-a-2"
    assert room.find("c-a").state is State.CLOSED


def test_an_answer_without_a_new_diff_is_looked_at_again_with_its_words(room: GateRoom) -> None:
    base = base_of(room)
    change, _ = offer(room, "a", {"src/a.py": "x\n"}, on=base)
    rework(room, change, by="ada", text="why?")

    again, stands = offer(room, "a", {"src/a.py": "x\n"}, on=base, epoch=2, summary="Because of b.")

    assert stands
    assert (again.revision, again.state) == (1, State.WAITING_TASTE)
    assert again.facts["summary"] == "Because of b."
    assert again.approval is None


def test_a_red_change_is_not_offered_and_goes_back_with_what_failed(room: GateRoom) -> None:
    change, stands = offer(room, "a", {"src/a.py": "x\n", "RED": "x\n"})

    send_back(room, change)

    found = room.find("a")
    assert not stands
    assert (found.state, found.by) == (State.REWORK, "harness")
    assert "- RED" in found.text
    assert (found.check["result"], found.check["failing"]) == ("fail", ["RED"])
    assert found.check["green"] is False


def test_a_red_change_without_an_attempt_left_is_abandoned_and_keeps_its_commits(
    room: GateRoom,
) -> None:
    change, _ = offer(room, "a", {"RED": "x\n"})

    abandon(room, change, "red, and no attempt is left")

    found = room.find("a")
    assert (found.state, found.reason) == (State.ABANDONED, "red, and no attempt is left")
    assert room.hub.refs("refs/df/prop")["refs/df/prop/c-a/1"] == change.head


def test_a_change_that_conflicts_with_the_base_goes_back_as_a_textual_bounce(
    room: GateRoom,
) -> None:
    base = base_of(room)
    move_base(room, {"src/a.py": "theirs\n"})

    change, stands = offer(room, "a", {"src/a.py": "ours\n"}, on=base)
    send_back(room, change)

    found = room.find("a")
    assert not stands
    assert (found.state, found.reason) == (State.BOUNCED, "textual")
    assert found.detail["files"] == ["src/a.py"]
    assert harness(room).asked == []


def test_no_diff_is_never_green(room: GateRoom) -> None:
    change, stands = offer(room, "a", {})

    send_back(room, change)

    assert not stands
    assert (room.find("a").state, harness(room).asked) == (State.REWORK, [])
    assert "changes nothing" in room.find("a").text


def test_a_rework_that_takes_everything_back_is_not_green(room: GateRoom) -> None:
    change, _ = offer(room, "a", {"src/a.py": "x\n"})
    rework(room, change, by="ada", text="no")

    again, stands = offer(room, "a", {"src/a.py": "one\ntwo\nthree\n"}, on=change.head, epoch=2)

    assert not stands
    assert (again.revision, again.state) == (2, State.CHECKING)


def test_a_commit_that_somebody_has_merged_by_hand_is_superseded_and_not_sent_back(
    room: GateRoom,
) -> None:
    base = base_of(room)
    head = commit_on(room.hub, base, {"src/a.py": "x\n"}, "a")
    merged = room.hub.commit_tree(room.hub.tree(head), (base, head), "Merge", when=1)
    room.hub.update_refs([RefUpdate(room.hub.base_ref, merged, base)])

    change, stands = offer(room, "a", {"src/a.py": "x\n"}, on=base)

    assert stands
    assert (change.head, change.state) == (head, State.SUPERSEDED)


def test_what_the_base_holds_already_is_superseded_at_once(room: GateRoom) -> None:
    base = base_of(room)
    move_base(room, {"src/a.py": "same\n"})

    change, stands = offer(room, "a", {"src/a.py": "same\n"}, on=base)

    assert stands
    assert change.state is State.SUPERSEDED


def test_the_harness_sees_the_merge_with_the_base_as_it_is_now(room: GateRoom) -> None:
    base = base_of(room)
    move_base(room, {"RED": "red since\n"})

    change, _ = offer(room, "a", {"src/a.py": "x\n"}, on=base)

    assert change.check["failing"] == ["RED"]
    assert change.check["tree"] != room.hub.tree(change.head)


def test_what_stands_in_for_the_harness_is_protected_and_named(tmp_path: Path) -> None:
    settings = replace(SETTINGS, harness=HarnessSettings("python -m unittest -q"))
    room, _ = make_gate(tmp_path, settings=settings)

    change, _ = offer(room, "a", {"unittest.py": "\n", "calc.py": "import os\nos._exit(0)\n"})

    assert change.facts["protected"] == ["unittest.py", "calc.py"]
    assert [(one["path"], one["line"]) for one in change.facts["bypasses"]] == [
        ("unittest.py", 0),
        ("calc.py", 2),
    ]
    assert change.risk.score >= 0.7


def test_what_waits_for_its_base_is_held_against_what_its_item_asks_now(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, {"MUTE": "red\n"}, red=("MUTE", "OLD"))
    on = base_of(room)
    offer(room, "a", {"a": "x\n"}, on=on, done_when="test -e NEVER")
    move_base(room, {"MUTE": None, "OLD": "red\n"})

    change, stands = offer(room, "a", {"a": "x\n"}, on=on, done_when="test -e calc.py")

    assert (stands, change.state, change.revision) == (True, State.WAITING_TASTE, 1)
    assert change.check["done_when"] is True


def test_a_check_that_was_killed_before_its_word_is_done_again(room: GateRoom) -> None:
    change, _ = offer(room, "a", {"src/a.py": "x\n"})
    lines = room.stream.file
    with open(lines, encoding="utf-8") as file:
        kept = [line for line in file if '"change.waiting"' not in line]
    with open(lines, "w", encoding="utf-8") as file:
        file.writelines(kept)
    fresh = GateRoom(room.state, room.settings, room.hub, room.test)

    again, stands = offer(fresh, "a", {"src/a.py": "x\n"})

    assert stands
    assert (again.revision, again.state) == (1, State.WAITING_TASTE)
    assert verbs(fresh, "c-a") == ["proposed", "checked", "checked", "waiting"]
    assert change.head == again.head


def test_any_item_id_makes_a_change_that_lands(room: GateRoom) -> None:
    items = ["GH #12", "a/b", "a..b", "x.lock", ".hidden", "end.", "größe", "@{", "-x", "a" * 300]

    for number, item in enumerate(items):
        change, _ = offer(room, item, {f"src/{number}": "x\n"})
        approve(room, change, by="ada")

    assert [row.id for row in land(room).landed] == [room.find(item).id for item in items]


def test_items_never_share_a_name() -> None:
    ids = ["a/b", "a-b", "a b", "a:b", "a" * 65, "a" * 66, "A", "a", "", "-", "ä", "ö", "x.lock"]

    names = {name_of(item) for item in ids}

    assert len(names) == len(ids)
    assert name_of("PROJ-12.3_x") == "PROJ-12.3_x"


def test_names_of_other_bytes_are_kept_as_facts(room: GateRoom) -> None:
    name = b"src/caf\xe9.py".decode("utf-8", "surrogateescape")

    change, stands = offer(room, "a", {name: "x\n"})

    assert stands
    assert change.facts["paths"] == [name]


def test_a_change_that_reaches_into_the_factorys_own_folder_is_not_taken(room: GateRoom) -> None:
    change, stands = offer(room, "a", {".darkfactory/hub.git/refs/df/landed/c-b": "x\n"})

    send_back(room, change)

    assert not stands
    assert change.check["tree"] is None
    sent = room.find(change.id)
    assert sent.state is State.REWORK
    assert "Take these files out" in sent.text
