"""Status, brief and gate list, derived from the record in exactly the promised shape."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from darkfactory.cli.render import status_screen
from darkfactory.domain.item import Backlog, Item, Plan, PlannedItem
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.session import RUN_STOPPED
from darkfactory.domain.settings import Limits
from darkfactory.events.stream import Writer
from darkfactory.factory.brief import brief_json, read_brief
from darkfactory.factory.open_decisions import open_decisions
from darkfactory.factory.plans import plan_events
from darkfactory.factory.show_gate import gate_rows, log_entries
from darkfactory.factory.status import AtTheGate, LaneCount, read_status, status_json
from tests.fakes import shapes
from tests.fakes.gates import SETTINGS
from tests.fakes.shapes import misfits
from tests.fakes.told import ToldFactory

TWINS = (("one", None), ("twin", "one"))


@pytest.fixture
def told(tmp_path: Path) -> ToldFactory:
    settings = replace(SETTINGS, limits=Limits(brain_space=5, tokens=1000, usd=2.5))
    return ToldFactory(tmp_path, settings)


def status(told: ToldFactory) -> dict[str, object]:
    return {"version": 1, **status_json(read_status(told.line))}


def columns(told: ToldFactory) -> dict[str, int]:
    (lane,) = read_status(told.line).lanes
    return {
        name: getattr(lane, name) for name in asdict(lane) if name != "name" and getattr(lane, name)
    }


def gate(waiting: int, oldest: float | None, **others: int) -> dict[str, object]:
    nothing = {"deferred": 0, "checking": 0, "approved": 0}
    return {"waiting": waiting, "oldest_seconds": oldest, **nothing, **others}


def test_an_empty_factory_has_the_promised_shape(told: ToldFactory) -> None:
    found = status(told)

    assert misfits(found, shapes.STATUS) == []
    assert found["running"] is False
    assert found["gate"] == gate(0, None)
    assert found["brain_space"] == {"open": 0, "limit": 5}
    assert found["budget"] == {
        "tokens": 1000,
        "usd": 2.5,
        "tokens_used": 0,
        "usd_used": 0,
        "run_tokens": 0,
        "run_usd": 0,
    }


def test_every_item_stands_in_exactly_one_column(told: ToldFactory) -> None:
    told.plan(
        "todo",
        "works",
        "waits",
        "landed",
        "reported",
        "bounced",
        "red",
        "failed",
        "closed",
        "ended",
    )
    told.start("works")
    for item in ("waits", "landed", "bounced", "closed"):
        told.end(told.start(item), "proposed", head="h")
        told.wait(item, f"s-{item}-1")
    for verb in ("approved", "queued", "testing", "landing", "landed"):
        told.tell(f"change.{verb}", change="c-landed", item="landed", head="h")
    told.end(told.start("reported"), "reported")
    told.tell("change.rework", change="c-bounced", item="bounced", by="ada")
    told.end(told.start("red"), "proposed", head="h")
    told.propose("red", "s-red-1")
    told.tell("change.abandoned", change="c-red", item="red")
    told.end(told.start("failed"), "failed")
    told.tell("change.closed", change="c-closed", item="closed", reason="duplicate")
    told.end(told.start("ended"), "cancelled")

    assert columns(told) == {
        "todo": 1,
        "working": 1,
        "waiting": 1,
        "landed": 1,
        "bounced": 1,
        "failed": 2,
        "reported": 1,
        "cancelled": 1,
        "closed": 1,
    }
    assert misfits(status(told), shapes.STATUS) == []


def test_the_oldest_waiting_change_and_open_decisions_are_counted(told: ToldFactory) -> None:
    for item in ("a", "b", "c"):
        told.wait(item, told.start(item))
        told.clock.at += 60
    told.tell("change.deferred", change="c-c", item="c", until=told.clock.at + 30)
    before = status(told)
    told.clock.at += 30
    after = status(told)

    assert before["gate"] == gate(2, 180, deferred=1)
    assert before["brain_space"] == {"open": 2, "limit": 5}
    assert after["gate"] == gate(3, 210)


def test_the_lanes_and_the_gate_count_the_same_changes_whatever_the_plan_is_now(
    told: ToldFactory,
) -> None:
    told.plan("a", "b", "c", "d", "e", "f")
    for item in ("a", "b", "c", "d", "e"):
        told.end(told.start(item), "proposed", head="h")
        told.wait(item, f"s-{item}-1")
    told.tell("change.deferred", change="c-b", item="b", until=told.clock.at + 30)
    told.tell("change.approved", change="c-c", item="c", head="h")
    told.tell("change.rework", change="c-d", item="d", by="ada")
    told.end(told.start("f"), "proposed", head="h")
    told.propose("f", "s-f-1")
    for verb in ("approved", "queued", "testing", "landing", "landed"):
        told.tell(f"change.{verb}", change="c-e", item="e", head="h")
    planned = read_status(told.line)
    told.plan("new")
    anew = read_status(told.line)

    assert columns(told) == {"todo": 1}
    assert (planned.lanes[0].waiting, planned.no_lane) == (4, LaneCount(""))
    assert planned.gate == anew.gate == AtTheGate(1, 0, deferred=1, checking=1, approved=1)
    assert anew.no_lane == LaneCount("", waiting=4, bounced=1)
    screen = status_screen(anew, width=None)
    assert "\n(no lane)\t.\t.\t4\t.\t1\t." in screen
    assert "gate: 1 waiting, the oldest for 0s, 1 deferred, 1 checking, 1 approved" in screen


def test_what_is_open_of_a_duplicate_is_counted_in_its_lane(told: ToldFactory) -> None:
    rows = [PlannedItem(Item(item, "Do it"), "bugs", 1, (), twin) for item, twin in TWINS]
    plan = Plan("p", tuple(rows))
    Writer(told.line.record.stream, producer="triage", clock=told.clock).write_all(
        plan_events(plan, Backlog(tuple(row.item for row in rows)), ())
    )
    before = columns(told)
    told.wait("twin", told.start("twin"))
    told.end("s-twin-1", "proposed", head="h")

    assert before == {"todo": 1}
    assert columns(told) == {"todo": 1, "waiting": 1}


def test_approvals_that_agents_wait_for_are_open_decisions(told: ToldFactory) -> None:
    session = told.start("a", autonomy=Autonomy.SUGGEST)
    log = f"s/{session}"
    told.tell("approval.requested", session, stream=log, request="r1", command="make")
    told.tell("approval.requested", session, stream=log, request="r2", command="rm")
    told.tell("approval.resolved", session, stream=log, request="r1", decision="approve")
    asked = open_decisions(told.line)
    told.end(session, "proposed", head="h")

    assert (asked, open_decisions(told.line)) == (1, 0)


def test_tokens_are_those_of_every_session_at_its_last_end(told: ToldFactory) -> None:
    session = told.start("a")
    told.end(session, "crashed", tokens=10, cost_usd=0.1)
    told.start("a")
    told.end(session, "proposed", head="h", tokens=30, cost_usd=0.3)
    told.end(told.start("b"), "proposed", head="h", tokens=5, cost_usd=0.05)

    budget = read_status(told.line).budget

    assert (budget["tokens_used"], budget["usd_used"]) == (35, 0.35)


def test_what_running_sessions_have_used_so_far_counts(told: ToldFactory) -> None:
    told.end(told.start("a"), "proposed", head="h", tokens=30, cost_usd=0.3)
    told.tell("run.started", run="r-1")
    session = told.start("b")
    told.tell("usage", session, stream=f"s/{session}", total_session=7, cost_usd=0.05)

    budget = read_status(told.line).budget

    assert (budget["tokens_used"], budget["usd_used"]) == (37, 0.35)
    assert (budget["run_tokens"], budget["run_usd"]) == (7, 0.05)


def test_the_brief_is_a_line_a_session_and_one_word_of_attention(told: ToldFactory) -> None:
    told.start("a")
    told.end(told.start("b"), "proposed", head="h")
    told.wait("b", "s-b-1")
    told.end(told.start("c"), "failed")

    found = brief_json(read_brief(told.line))

    assert [row["session"] for row in found["sessions"]] == ["s-a-1", "s-b-1"]
    assert all(
        set(row) >= {"session", "item", "mission", "state", "evidence", "blocker", "next", "offset"}
        for row in found["sessions"]
    )
    assert found["sessions"][0]["state"] == "unknown"
    assert "s-a-1 has no process" in found["attention"]


@pytest.mark.parametrize("due", [True, False])
def test_a_deferred_change_deserves_attention_only_when_its_time_has_come(
    told: ToldFactory, due: bool
) -> None:
    told.end(told.start("a"), "proposed", head="h")
    told.wait("a", "s-a-1")
    told.tell("change.deferred", change="c-a", item="a", until=told.clock.at + 60)
    told.clock.at += 60 * due

    attention = read_brief(told.line).attention

    assert ("1 change waits for your verdict" in attention) is due


def test_while_nothing_runs_the_brief_tells_what_can_be_done(told: ToldFactory) -> None:
    def attention() -> str:
        return read_brief(told.line).attention

    unplanned = attention()
    told.plan("a", "b")
    planned = attention()
    told.end(told.start("a"), "failed")
    told.end(told.start("b"), "reported")
    told.tell("report.read", "s-b-1", item="b", by="ada")
    failed = attention()
    told.end(told.start("a", 2), "reported")
    told.tell("report.read", "s-a-2", item="a", by="ada")

    assert "`df triage`" in unplanned
    assert planned == "nothing is running; `df run` works on what is left: 2 items"
    assert failed == "1 item failed: `df sessions` tells why"
    assert attention() == "nothing is left to do"


def test_what_was_stopped_with_its_run_is_to_do_and_told_as_such(told: ToldFactory) -> None:
    told.plan("a", "b", "c")
    for item in ("a", "b"):
        told.end(told.start(item), "cancelled", reason=f"cancelled by ada: {RUN_STOPPED}")
    some = read_brief(told.line).attention
    found = read_status(told.line)
    told.plan("a", "b")

    assert some.endswith("`df run` works on what is left: 3 items, 2 of them stopped before")
    assert read_brief(told.line).attention == "2 items were stopped: `df run` starts them again"
    assert (found.lanes[0].todo, found.stopped) == (3, 2)
    assert status_screen(found).endswith("\n2 items were stopped: `df run` starts them again")


def test_the_brief_says_that_a_red_base_is_what_changes_wait_for(told: ToldFactory) -> None:
    told.plan("a")
    told.end(told.start("a"), "proposed", head="h")
    told.propose("a", "s-a-1")
    told.tell("change.checked", change="c-a", item="a", result="fail", green=False, waits=True)

    attention = read_brief(told.line).attention

    assert attention.startswith("the base is red and hides what is new: 1 change waits")


def test_a_frozen_gate_comes_first(told: ToldFactory) -> None:
    told.start("a")
    told.tell("gate.frozen", reason="trees differ")

    assert read_brief(told.line).attention == "the gate is frozen: trees differ"


def test_the_gate_lists_ready_changes_first_small_risk_first_deferred_last(
    told: ToldFactory,
) -> None:
    for item, risk in (("later", 0.0), ("big", 0.8), ("small", 0.1), ("back", 0.0), ("red", 0.0)):
        told.propose(item, told.start(item), risk={"score": risk, "reasons": []})
        told.tell("change.checked", change=f"c-{item}", item=item, result="pass", green=True)
        told.tell("change.waiting", change=f"c-{item}", item=item)
    told.tell("change.deferred", change="c-later", item="later", until=9e9)
    told.tell("change.rework", change="c-back", item="back", by="ada")
    told.tell("change.abandoned", change="c-red", item="red")

    rows = gate_rows(told.line)

    assert [row["item"] for row in rows] == ["small", "big", "back", "red", "later"]
    assert misfits({"version": 1, "changes": rows}, shapes.GATE) == []


def test_an_abandoned_change_is_listed_until_its_item_has_a_newer_one(told: ToldFactory) -> None:
    told.propose("a", told.start("a"))
    told.tell("change.abandoned", change="c-a", item="a")
    before = [row["id"] for row in gate_rows(told.line)]
    told.propose("a", told.start("a", 2), "h2", change="c-a-2")

    assert before == ["c-a"]
    assert [row["id"] for row in gate_rows(told.line)] == ["c-a-2"]


def test_a_change_lands_at_once_only_if_nothing_landed_since_its_test(told: ToldFactory) -> None:
    for item in ("a", "b"):
        told.wait(item, told.start(item))
    before = {row["id"]: row["pretested"] for row in gate_rows(told.line)}
    for verb in ("approved", "queued", "testing", "landing", "landed"):
        told.tell(f"change.{verb}", change="c-a", item="a", head="h")

    assert before == {"c-a": True, "c-b": True}
    assert [row["pretested"] for row in gate_rows(told.line)] == [False]


def test_the_log_tells_who_did_what_in_order_and_in_the_promised_shape(told: ToldFactory) -> None:
    told.wait("a", told.start("a"))
    told.tell("change.rework", change="c-a", item="a", by="ada", text="no")
    told.propose("a", "s-a-1", "h2", revision=2)
    told.tell("change.waiting", change="c-a", item="a")
    taste = [{"question": "Is it small?", "answer": True}]
    told.tell("change.approved", change="c-a", item="a", by="ada", head="h2", taste=taste)
    for verb in ("queued", "testing", "landing"):
        told.tell(f"change.{verb}", change="c-a", item="a", head="h2")
    told.tell("change.landed", change="c-a", item="a", commit="c", tree="t", tested_tree="t")

    entries = log_entries(told.line)

    assert [entry["event"] for entry in entries] == [
        "proposed",
        "checked",
        "waiting",
        "rework",
        "proposed",
        "waiting",
        "approved",
        "landed",
    ]
    assert misfits({"version": 1, "entries": entries}, shapes.GATE_LOG) == []
    assert (entries[0]["head"], entries[-1]["head"]) == ("h", "h2")
    assert (entries[-1]["commit"], entries[-1]["tested_tree"]) == ("c", "t")
