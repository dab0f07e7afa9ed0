"""Landing: in the order of the approvals, exactly what was tested, and never on a red base."""

import threading
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.domain.change import CloseAs, HarnessResult
from darkfactory.gate.land import land_all
from darkfactory.gate.landing import GateFrozen
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateBusy, GateRoom, gate_lock
from darkfactory.gate.verdicts import approve, close, rework, withdraw
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.refs import RefMoved, RefUpdate
from tests.fakes.gates import (
    ManualClock,
    PretendHarness,
    commit_on,
    harness,
    land,
    make_gate,
    move_base,
    offer,
    verbs,
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def room(tmp_path: Path, clock: ManualClock) -> GateRoom:
    return make_gate(tmp_path, clock=clock)[0]


def yes(room: GateRoom, item: str, files: dict[str, str | bytes | None]) -> Change:
    """Offer a change and approve it."""
    change, green = offer(room, item, files)
    assert green
    approve(room, change, by="ada")
    return change


def landed_titles(room: GateRoom) -> list[str]:
    log = room.hub.git("log", "--first-parent", "--reverse", "--format=%s", room.hub.base_ref)
    return log.text.splitlines()[1:]


def test_changes_land_in_the_order_of_their_approvals(room: GateRoom, clock: ManualClock) -> None:
    waiting = {item: offer(room, item, {f"{item}.txt": item})[0] for item in ("a", "b", "c")}
    for item in ("c", "a", "b"):
        clock.at += 1
        approve(room, waiting[item], by="ada")

    done = land(room)

    assert [row.id for row in done.landed] == ["c-c", "c-a", "c-b"]
    assert landed_titles(room) == ["Do c", "Do a", "Do b"]


def test_what_lands_is_the_tested_tree_and_the_change_is_an_ancestor(room: GateRoom) -> None:
    change = yes(room, "a", {"a.txt": "a\n"})
    move_base(room, {"other.txt": "other\n"})

    (row,) = land(room).landed

    assert row.tree == row.tested_tree == room.hub.tree(room.hub.base_ref)
    assert (row.tree, "true") in harness(room).asked
    assert room.hub.commit(room.hub.base_ref) == row.commit
    assert room.hub.is_ancestor(change.head, row.commit)
    assert room.hub.refs("refs/df/landed") == {"refs/df/landed/c-a": row.commit}
    assert verbs(room, "c-a")[-4:] == ["testing", "landing", "landed", "audited"]


def test_nothing_approved_lands_nothing(room: GateRoom) -> None:
    offer(room, "a", {"a.txt": "a\n"})

    done = land(room)

    assert (done.landed, done.bounced) == ([], [])


def test_a_textual_conflict_bounces_with_the_files(room: GateRoom) -> None:
    base = room.hub.commit(room.hub.base_ref)
    yes(room, "a", {"calc.py": "two\n"})
    change, _ = offer(room, "b", {"calc.py": "three\n", "b.txt": "b\n"}, on=base)
    approve(room, change, by="ada")

    done = land(room)

    assert [row.id for row in done.landed] == ["c-a"]
    (bounce,) = done.bounced
    assert (bounce.id, bounce.reason, bounce.detail["files"]) == ("c-b", "textual", ["calc.py"])
    assert room.find("b").state is State.BOUNCED
    assert landed_titles(room) == ["Do a"]


def test_a_bounced_change_does_not_keep_the_next_from_landing(room: GateRoom) -> None:
    base = room.hub.commit(room.hub.base_ref)
    for item in ("a", "b"):
        change, _ = offer(room, item, {"calc.py": f"{item}\n"}, on=base)
        approve(room, change, by="ada")
    yes(room, "c", {"c.txt": "c\n"})

    done = land(room)

    assert [row.id for row in done.landed] == ["c-a", "c-c"]


def test_a_red_merge_of_two_green_changes_bounces_the_later_one(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path)
    room.test = _RedTogether(room.hub, ("left", "right"))
    yes(room, "a", {"left": "l\n"})
    yes(room, "b", {"right": "r\n"})

    done = land(room)

    assert [row.id for row in done.landed] == ["c-a"]
    (bounce,) = done.bounced
    assert (bounce.reason, bounce.detail["failing"]) == ("harness", ["left", "right"])
    assert room.find("b").approval is not None


class _RedTogether(PretendHarness):
    """Red where all of some files are there."""

    def run(self, commit: str, command: str) -> HarnessResult:
        names = self._hub.git("ls-tree", "-r", "--name-only", commit).text.splitlines()
        both = set(self.red) <= set(names)
        return PretendHarness(self._hub, self.red if both else ()).run(commit, command)


def test_a_red_base_lets_nothing_new_red_through(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, {"OLD": "red\n"}, red=("OLD", "NEW"))
    change, green = offer(room, "a", {"NEW": "red\n", "DONE": "x"}, done_when="test -e DONE")

    assert not green
    assert "NEW" in change.check["why"]


def test_on_a_red_base_done_when_is_asked_of_what_would_land(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, red=("OLD",))
    change, green = offer(room, "a", {"DONE": "x"}, done_when="test -e DONE")
    approve(room, change, by="ada")
    move_base(room, {"OLD": "red since\n"})

    done = land(room)

    assert green
    assert [row.id for row in done.landed] == ["c-a"]
    assert (done.landed[0].tree, "test -e DONE") in harness(room).asked


def test_on_a_red_base_a_done_when_that_no_longer_holds_bounces(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, {"OLD": "red\n", "DONE": "there"}, red=("OLD",))
    change, green = offer(room, "a", {"a.txt": "a\n"}, done_when="test -e DONE")
    approve(room, change, by="ada")
    move_base(room, {"DONE": None})

    done = land(room)

    assert green
    assert [(row.id, row.reason) for row in done.bounced] == [("c-a", "harness")]


def test_what_a_lane_approved_waits_for_a_person_once_it_is_not_done_any_more(
    tmp_path: Path,
) -> None:
    room, _ = make_gate(tmp_path, {"DONE": "there"})
    change, _ = offer(room, "a", {"a.txt": "a\n"}, done_when="test -e DONE")
    approve(room, change, by="lane:bugs")
    move_base(room, {"DONE": None})

    done = land(room)

    assert (done.landed, done.bounced) == ([], [])
    assert room.find("a").state is State.WAITING_TASTE
    assert "done_when command fails" in done.notes[0]


def test_what_a_lane_approved_waits_for_a_person_once_fewer_tests_pass_than_on_the_base(
    tmp_path: Path,
) -> None:
    room, _ = make_gate(tmp_path, {"COUNT": "12\n"})
    change, _ = offer(room, "a", {"COUNT": "11\n"})
    approve(room, change, by="lane:bugs")
    harness(room)(room.hub.commit(room.hub.base_ref), None)

    done = land(room)

    waiting = room.find("a")
    assert (done.landed, waiting.state) == ([], State.WAITING_TASTE)
    assert done.notes == ["c-a has not landed: the harness passed 11 tests, 12 on the base"]
    assert waiting.reason == "the harness passed 11 tests, 12 on the base"


def test_what_a_lane_approved_waits_for_a_person_once_the_base_is_red(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, red=("OLD",))
    for item, by in (("a", "lane:chores"), ("b", "ada")):
        change, _ = offer(room, item, {item: "x"})
        approve(room, change, by=by)
    move_base(room, {"OLD": "red since\n"})

    done = land(room)

    alone = room.find("a")
    assert [row.id for row in done.landed] == ["c-b"]
    assert (alone.state, alone.approval) == (State.WAITING_TASTE, None)
    assert alone.check["unproved"] is True
    assert done.notes == [
        "c-a has not landed: the base is red; nothing new fails; no command proves the item"
    ]


def test_what_a_red_base_hides_keeps_its_approval_and_is_no_bounce(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, red=("MUTE",))
    on = room.hub.commit(room.hub.base_ref)
    change, _ = offer(room, "a", {"a": "x"}, on=on)
    approve(room, change, by="ada")
    move_base(room, {"MUTE": "red since\n"})

    hidden = land(room)
    waited = room.find("a").waits_for_base
    move_base(room, {"MUTE": None})
    offer(room, "a", {"a": "x"}, on=on)
    told = land(room)

    assert (hidden.landed, hidden.bounced, waited) == ([], [], True)
    assert [row.id for row in told.landed] == ["c-a"]


def test_what_the_base_holds_already_is_superseded_and_not_landed_twice(room: GateRoom) -> None:
    yes(room, "a", {"calc.py": "two\n"})
    move_base(room, {"calc.py": "two\n"})

    done = land(room)

    assert (done.landed, done.bounced) == ([], [])
    assert room.find("a").state is State.SUPERSEDED
    assert landed_titles(room) == ["by hand"]


def test_a_base_that_moves_while_the_change_is_tested_makes_it_test_again(room: GateRoom) -> None:
    yes(room, "a", {"a.txt": "a\n"})
    harness(room).meanwhile = lambda: move_base(room, {"other.txt": "other\n"})

    (row,) = land(room).landed

    assert landed_titles(room) == ["by hand", "Do a"]
    assert row.tree == row.tested_tree
    assert verbs(room, "c-a").count("testing") == 2
    assert verbs(room, "c-a").count("landed") == 1


def test_a_later_head_never_lands_on_an_earlier_approval(room: GateRoom) -> None:
    base = room.hub.commit(room.hub.base_ref)
    yes(room, "a", {"a.txt": "approved\n"})
    later = {"a.txt": "sneaked in\n"}
    harness(room).meanwhile = lambda: offer(room, "a", later, on=base, epoch=2)

    done = land(room)

    assert (done.landed, landed_titles(room)) == ([], [])
    found = room.find("a")
    assert (found.state, found.revision) == (State.WAITING_TASTE, 2)


def test_an_equal_patch_on_another_head_lands_as_that_head(room: GateRoom) -> None:
    yes(room, "a", {"a.txt": "a\n"})
    rebased = move_base(room, {"other.txt": "other\n"})
    harness(room).meanwhile = lambda: offer(room, "a", {"a.txt": "a\n"}, on=rebased, epoch=2)

    land(room)
    land(room)  # the first may have looked while the new revision was checked: nothing waited then

    found = room.find("a")
    assert (found.state, found.revision) == (State.LANDED, 2)
    assert room.hub.is_ancestor(found.head, found.landing["commit"])


@pytest.mark.parametrize("verdict", ["close", "rework", "withdraw"])
def test_a_verdict_that_comes_while_the_change_is_tested_is_obeyed(
    room: GateRoom, verdict: str
) -> None:
    change = yes(room, "a", {"a.txt": "a\n"})

    def judge() -> None:
        if verdict == "close":
            close(room, change, by="ada", close_as=CloseAs.NOT_PLANNED)
        elif verdict == "rework":
            rework(room, change, by="ada", text="wait")
        else:
            withdraw(room, change, by="ada")

    harness(room).meanwhile = judge

    done = land(room)

    assert (done.landed, done.bounced, landed_titles(room)) == ([], [], [])
    assert room.find("a").state in (State.CLOSED, State.REWORK, State.WAITING_TASTE)


def test_a_red_result_of_a_change_that_was_closed_meanwhile_bounces_nothing(
    tmp_path: Path,
) -> None:
    room, _ = make_gate(tmp_path, red=("a.txt",))
    room.test = PretendHarness(room.hub, ())
    change = yes(room, "a", {"a.txt": "a\n"})
    room.test = strict = PretendHarness(room.hub, ("a.txt",))
    strict.meanwhile = lambda: close(room, change, by="ada", close_as=CloseAs.DUPLICATE)

    done = land(room)

    assert done.bounced == []
    assert room.find("a").state is State.CLOSED


def crooked(room: GateRoom) -> Hub:
    """Return a hub whose landings are not what was asked for: the candidate is left out."""

    class Detour(Hub):
        def update_refs(self, updates: Sequence[RefUpdate], *, message: str = "df") -> None:
            base = next((one for one in updates if one.name == self.base_ref), None)
            if base is None or base.old is None:
                super().update_refs(updates, message=message)
                return
            other = commit_on(self, base.old, {"x": "not what was tested\n"}, "crooked")
            swapped = [
                RefUpdate(one.name, other, one.old) if one is base else one for one in updates
            ]
            super().update_refs(swapped, message=message)

    return Detour(*(getattr(room.hub, field.name) for field in fields(room.hub)))


def test_a_landing_that_is_not_what_was_tested_freezes_the_gate_until_it_is_thawed(
    room: GateRoom,
) -> None:
    yes(room, "a", {"a.txt": "a\n"})
    yes(room, "b", {"b.txt": "b\n"})
    straight = room.hub
    room.hub = crooked(room)

    with pytest.raises(GateFrozen):
        land(room)
    room.hub = straight
    with pytest.raises(GateFrozen):
        land(room)
    frozen = room.changes.frozen
    room.record("gate.frozen", {"reason": None, "by": "ada"})
    done = land(room)

    assert frozen is not None
    assert "c-a" in frozen
    assert [row.id for row in done.landed] == ["c-b"]


def test_an_audit_that_was_killed_is_done_by_the_next_gate(room: GateRoom) -> None:
    change = yes(room, "a", {"a.txt": "a\n"})
    base = room.hub.commit(room.hub.base_ref)
    lost = commit_on(room.hub, base, {"lost.txt": "lost\n"}, "lost")
    facts = {"head": change.head, "tree": room.hub.tree(lost), "candidate": lost, "old": base}
    room.say("testing", change, facts)
    room.say("landing", change, facts)
    room.say("landed", change, {"commit": lost, "tested_tree": room.hub.tree(lost)})

    with pytest.raises(GateFrozen):
        land(room)


def test_a_landing_that_the_record_has_lost_is_not_repeated_for_ever(room: GateRoom) -> None:
    yes(room, "a", {"a.txt": "a\n"})
    base = room.hub.commit(room.hub.base_ref)
    room.hub.update_refs([RefUpdate("refs/df/landed/c-a", base, None)])

    with pytest.raises(RefMoved):
        land(room)


def test_who_waits_too_long_for_the_gate_is_told(room: GateRoom) -> None:
    with gate_lock(room.state), pytest.raises(GateBusy), gate_lock(room.state, wait_seconds=0.05):
        pass


def test_two_gates_at_once_land_everything_once(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path)
    for item in ("a", "b", "c", "d"):
        yes(room, item, {f"{item}.txt": item})
    other = GateRoom(room.state, room.settings, room.hub, PretendHarness(room.hub))
    landed: list[str] = []

    def work(gate: GateRoom) -> None:
        with gate_lock(gate.state):
            landed.extend(row.id for row in land_all(gate).landed)

    threads = [threading.Thread(target=work, args=(gate,)) for gate in (room, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(landed) == ["c-a", "c-b", "c-c", "c-d"]
    assert len(landed_titles(room)) == 4
