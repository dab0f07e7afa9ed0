"""What a person can do about an item now: one command that works, for every place it can stand."""

from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.domain.item import Backlog, Item, Plan, PlannedItem
from darkfactory.events.stream import Writer
from darkfactory.factory.item_now import ItemNow, item_now
from darkfactory.factory.plans import plan_events
from tests.fakes.told import ToldFactory


@pytest.fixture
def told(tmp_path: Path) -> ToldFactory:
    factory = ToldFactory(tmp_path)
    factory.plan("a")
    return factory


def now(told: ToldFactory, item: str = "a") -> ItemNow:
    return item_now(told.line.record, item, now=told.clock.at)


def to_the_gate(told: ToldFactory, *verbs: str) -> None:
    told.end(told.start("a"), "proposed", head="h")
    told.wait("a", "s-a-1")
    for verb in verbs:
        told.tell(f"change.{verb}", change="c-a", item="a", head="h", until=told.clock.at + 60)


@pytest.mark.parametrize(
    ("verbs", "said", "go_on"),
    [
        ((), "has change c-a, which waits for your verdict", "df gate show c-a"),
        (("deferred",), "has change c-a, which you have deferred", "df gate show c-a"),
        (("approved",), "has change c-a, which is approved and has not landed yet", "df gate land"),
        (("rework",), "has change c-a, which was sent back to its agent", "df run"),
    ],
)
def test_words_for_a_change_that_is_open_go_through_the_gate(
    told: ToldFactory, verbs: tuple[str, ...], said: str, go_on: str
) -> None:
    to_the_gate(told, *verbs)

    found = now(told)

    assert (found.told, found.go_on) == (said, go_on)
    assert found.ask.startswith("`df gate rework c-a -m TEXT`")


def test_what_has_landed_takes_a_new_item(told: ToldFactory) -> None:
    to_the_gate(told, "approved", "queued", "testing", "landing", "landed")

    assert now(told).told == "has landed"
    assert "new item" in now(told).ask


def test_what_is_just_landing_takes_no_words_any_more(told: ToldFactory) -> None:
    to_the_gate(told, "approved", "queued", "testing", "landing")

    assert "rework" not in now(told).ask


@pytest.mark.parametrize("outcome", ["failed", "crashed", "cancelled", "reported"])
def test_what_left_no_change_starts_again(told: ToldFactory, outcome: str) -> None:
    told.end(told.start("a"), outcome)

    assert now(told).ask == "`df run --item a` starts it again"


def test_a_closed_change_is_not_sent_back_but_its_item_starts_again(told: ToldFactory) -> None:
    to_the_gate(told)
    told.tell("change.closed", change="c-a", item="a", reason="not-planned")

    assert now(told).ask == "`df run --item a` starts it again"


def test_a_red_change_that_was_given_up_takes_words_or_another_try(told: ToldFactory) -> None:
    to_the_gate(told)
    told.tell("change.abandoned", change="c-a", item="a")

    assert "df gate rework c-a" in now(told).ask
    assert now(told).go_on == "df run --item a"


def test_the_session_that_works_on_the_item_now_is_the_one_to_steer(told: ToldFactory) -> None:
    told.end(told.start("a"), "crashed")
    told.start("a", 2)

    assert "df sessions steer s-a-2 TEXT" in now(told).ask


def test_an_item_that_left_the_plan_is_not_to_be_run(told: ToldFactory) -> None:
    told.end(told.start("gone"), "failed")
    told.wait("left", told.start("left"))
    told.end("s-left-1", "proposed", head="h")

    assert now(told, "gone").ask.startswith("put gone back into the backlog")
    assert "df gate close c-left" in now(told, "left").ask


def test_a_duplicate_points_to_its_twin_and_a_blocked_item_to_its_blocker(
    told: ToldFactory,
) -> None:
    items = [Item("b", "B"), Item("c", "C", blocked_by=("twin",)), Item("twin", "B")]
    rows = [PlannedItem(item, "bugs", rank, ()) for rank, item in enumerate(items, 1)]
    rows[2] = replace(rows[2], duplicate_of="b")
    Writer(told.line.record.stream, producer="triage", clock=told.clock).write_all(
        plan_events(Plan("p", tuple(rows)), Backlog(tuple(items)), ())
    )
    told.line.record.refresh()

    assert now(told, "twin").go_on == "df run --item b"
    assert now(told, "c").told == "waits for b (has not been started)"
