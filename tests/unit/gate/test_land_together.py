"""Several changes in one run: what lands together, who is to blame, and what is flaky."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.domain.change import CloseAs, HarnessResult
from darkfactory.domain.lane import Lane
from darkfactory.domain.settings import GateSettings
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve, close
from tests.fakes.gates import SETTINGS, PretendHarness, harness, land, make_gate, offer, verbs

ONE_RUNNER = replace(SETTINGS, gate=GateSettings(runners=1))


@pytest.fixture
def room(tmp_path: Path) -> GateRoom:
    return make_gate(tmp_path, settings=ONE_RUNNER)[0]


def yes(room: GateRoom, item: str, files: dict[str, str | bytes | None], **told: str) -> Change:
    change, green = offer(room, item, files)
    assert green
    approve(room, change, by=told.get("by", "ada"))
    return change


def runs_to_land(room: GateRoom, work: Callable[[], object]) -> int:
    """Return how often the harness was run for what was not tested before."""
    before = set(harness(room).asked)
    work()
    return len(set(harness(room).asked) - before)


def test_what_was_tested_before_lands_at_once_and_the_rest_by_one_run(room: GateRoom) -> None:
    for item in ("a", "b", "c", "d"):
        yes(room, item, {f"{item}.txt": item})

    runs = runs_to_land(room, lambda: land(room))

    assert runs == 1
    landings = {item: room.find(item).landing for item in ("a", "b", "c", "d")}
    tip = landings["d"]["commit"]
    together = {landings[item]["tested_tree"] for item in ("b", "c", "d")}
    assert together == {room.hub.tree(tip)}
    assert landings["a"]["tested_tree"] == landings["a"]["tree"]
    assert room.hub.commit(room.hub.base_ref) == tip
    assert all(room.hub.tree(row["commit"]) == row["tree"] for row in landings.values())
    assert all(room.find(item).audited for item in landings)


def test_of_four_the_one_that_breaks_the_rest_bounces_alone(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, settings=ONE_RUNNER)
    room.test = PretendHarness(room.hub, ())
    for item in ("a", "b", "c", "d"):
        yes(room, item, {f"{item}.txt": item})
    room.test = PretendHarness(room.hub, ("c.txt",))

    done = land(room)

    assert sorted(row.id for row in done.landed) == ["c-a", "c-b", "c-d"]
    assert [(row.id, row.detail["failing"]) for row in done.bounced] == [("c-c", ["c.txt"])]
    assert "c.txt" not in room.hub.git("ls-tree", "--name-only", room.hub.base_ref).text


def test_who_does_not_merge_with_one_ahead_waits_and_then_tells_the_person(room: GateRoom) -> None:
    base = room.hub.commit(room.hub.base_ref)
    first, _ = offer(room, "a", {"calc.py": "two\n"}, on=base)
    other, _ = offer(room, "b", {"calc.py": "three\n"}, on=base)
    for change in (first, other):
        approve(room, change, by="ada")
    yes(room, "c", {"c.txt": "c"})

    done = land(room)

    assert [row.id for row in done.landed] == ["c-a", "c-c"]
    assert [(row.id, row.reason) for row in done.bounced] == [("c-b", "textual")]
    assert "testing" not in verbs(room, "c-b")


def test_what_touches_the_harness_lands_by_a_run_of_its_own(tmp_path: Path) -> None:
    settings = replace(ONE_RUNNER, protected=("ci.yml",))
    room, _ = make_gate(tmp_path, settings=settings)
    yes(room, "a", {"a.txt": "a"})
    yes(room, "b", {"ci.yml": "on: push"})
    yes(room, "c", {"c.txt": "c"})

    land(room)

    landing = room.find("b").landing
    assert landing["tree"] == landing["tested_tree"]
    assert [room.find(item).state for item in ("a", "b", "c")] == [State.LANDED] * 3


def test_a_prefix_passes_the_harness_of_every_lane_in_it(tmp_path: Path) -> None:
    lanes = (*SETTINGS.lanes, Lane("docs", agents=("mock",), harness="test -e README"))
    room, _ = make_gate(tmp_path, settings=replace(ONE_RUNNER, lanes=lanes))
    for item in ("a", "b"):
        yes(room, item, {f"{item}.txt": item})
    change = yes(room, "c", {"README": "c"})
    room.record("change.proposed", {**change.facts, "lane": "docs"}, session=change.session)
    room.say("queued", room.find("c"))

    land(room)

    tested = room.find("c").landing["tested_tree"]
    assert {(tested, "true"), (tested, "test -e README")} <= set(harness(room).asked)
    assert room.find("b").landing["tested_tree"] == tested


def test_one_that_is_taken_back_while_it_is_tested_does_not_keep_the_rest(room: GateRoom) -> None:
    for item in ("a", "b"):
        yes(room, item, {f"{item}.txt": item})
    harness(room).meanwhile = lambda: close(
        room, room.find("a"), by="ada", close_as=CloseAs.DUPLICATE
    )

    done = land(room)

    assert [row.id for row in done.landed] == ["c-b"]
    assert room.find("a").state is State.CLOSED
    assert room.hub.tree(room.hub.base_ref) == room.find("b").landing["tested_tree"]


class FlakyHarness(PretendHarness):
    """Red at the first look at a tree that holds FLAKY, green at each look *again*."""

    again = False

    def until(self, unwanted: Callable[[], bool], *, again: bool = False) -> PretendHarness:
        bound = FlakyHarness(self._hub, () if self.again or again else ("FLAKY",))
        bound.asked, bound.again = self.asked, again
        del unwanted
        return bound


class BrokenHarness(PretendHarness):
    """Counts how often it was asked to look again."""

    looks = 0

    def until(self, unwanted: Callable[[], bool], *, again: bool = False) -> PretendHarness:
        self.looks += again
        return super().until(unwanted, again=again)


def test_what_is_red_once_and_then_green_on_the_same_tree_lands_and_is_told_as_flaky(
    room: GateRoom,
) -> None:
    yes(room, "a", {"FLAKY": "a"})
    room.test = FlakyHarness(room.hub)

    done = land(room)

    assert [row.id for row in done.landed] == ["c-a"]
    assert done.notes == ["c-a was red, then green on the same tree: FLAKY is flaky"]
    flaky = room.changes.flaky
    assert (flaky.retests, flaky.green) == (1, 1)
    assert [(name, len(flakes)) for name, flakes in flaky.checks.items()] == [("FLAKY", 1)]
    told = verbs(room, "c-a")[-6:]
    assert told == ["queued", "retested", "testing", "landing", "landed", "audited"]


def test_what_is_red_twice_bounces(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, settings=ONE_RUNNER)
    room.test = PretendHarness(room.hub, ())
    yes(room, "a", {"BAD": "a"})
    room.test = broken = BrokenHarness(room.hub, ("BAD",))

    done = land(room)

    assert [row.id for row in done.bounced] == ["c-a"]
    assert broken.looks == 1
    assert (room.changes.flaky.retests, room.changes.flaky.green) == (1, 0)


def test_while_one_is_tested_again_the_others_land(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path)
    room.test = PretendHarness(room.hub, ())
    yes(room, "a", {"BAD": "a"})
    yes(room, "b", {"b.txt": "b"})
    room.test = BrokenHarness(room.hub, ("BAD",))

    done = land(room)

    assert [row.id for row in done.landed] == ["c-b"]
    assert [row.id for row in done.bounced] == ["c-a"]


def test_a_retry_that_was_killed_is_made_by_the_next_gate(tmp_path: Path) -> None:
    room, _ = make_gate(tmp_path, settings=ONE_RUNNER)
    room.test = PretendHarness(room.hub, ())
    change = yes(room, "a", {"BAD": "a"})
    room.say("queued", change, {"reason": "it was red once; it is tested again"})
    room.test = broken = BrokenHarness(room.hub, ("BAD",))

    done = land(room)

    assert broken.looks == 1
    assert [row.id for row in done.bounced] == ["c-a"]


def test_a_harness_that_fails_in_a_thread_is_an_error_and_leaves_the_queue_as_it_was(
    room: GateRoom,
) -> None:
    class Broken(PretendHarness):
        def run(self, commit: str, command: str) -> HarnessResult:
            raise OSError(f"no {command} on {commit}")

    yes(room, "a", {"a.txt": "a"})
    room.test = Broken(room.hub)

    with pytest.raises(OSError, match="no true on"):
        land(room)
    room.test = PretendHarness(room.hub)
    done = land(room)

    assert [row.id for row in done.landed] == ["c-a"]
