"""What a plan changes of the one before, and that no work leaves with its item unsaid."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from darkfactory.domain.item import Backlog, Item, Plan, PlannedItem, Unassigned
from darkfactory.factory.plan_change import LeftWork, Moved, PlanChange, change_lines, plan_change
from darkfactory.factory.plans import StoredPlan
from tests.fakes.told import ToldFactory


@pytest.fixture
def told(tmp_path: Path) -> ToldFactory:
    return ToldFactory(tmp_path)


def stored(
    lanes: dict[str, str | None], *, closed: Sequence[str] = (), sources: tuple[str, ...] = ()
) -> StoredPlan:
    """Return a plan with these items in these lanes; None: in none."""
    items = {name: Item(name, f"Do {name}") for name in lanes}
    rows = tuple(
        PlannedItem(items[name], lane, rank, ())
        for rank, (name, lane) in enumerate(lanes.items(), 1)
        if lane is not None
    )
    left = tuple(Unassigned(items[name], ()) for name, lane in lanes.items() if lane is None)
    over = (Item(name, f"Do {name}", closed=True) for name in closed)
    return StoredPlan(Plan("s", rows, left), Backlog((*items.values(), *over)), sources)


def changed(told: ToldFactory, before: StoredPlan, after: StoredPlan) -> PlanChange:
    change = plan_change(before, after, told.line.record)
    assert change is not None
    return change


def test_the_same_items_in_the_same_lanes_are_no_change(told: ToldFactory) -> None:
    plan = stored({"a": "bugs", "b": None})

    assert plan_change(plan, plan, told.line.record) is None


def test_what_is_new_gone_closed_and_moved_is_told_apart(told: ToldFactory) -> None:
    before = stored({"a": "bugs", "b": "bugs", "c": "bugs", "d": None, "e": "rest"})
    after = stored({"a": "bugs", "d": "bugs", "e": None, "f": "rest"}, closed=["c"])

    change = changed(told, before, after)

    assert (change.new, change.gone, change.closed) == (("f",), ("b",), ("c",))
    assert change.moved == (Moved("d", None, "bugs"), Moved("e", "rest", None))
    (said,) = change_lines(change)
    assert said == (
        "since the last plan: 1 new, 1 gone (b), 1 closed (c), "
        "2 in another lane (d: none -> bugs, e: rest -> none)"
    )


def test_a_plan_of_other_sources_says_which_it_replaces(told: ToldFactory) -> None:
    before, after = stored({"a": "bugs"}), stored({"a": "bugs"}, sources=("x.json", "-"))

    (there,) = change_lines(changed(told, before, after))
    (back,) = change_lines(changed(told, after, before))

    assert there == "this plan of x.json, - replaces that of lanes.yaml's sources: the same items"
    assert back == "this plan of lanes.yaml's sources replaces that of x.json, -: the same items"


def test_a_change_at_the_gate_does_not_leave_with_its_item_unsaid(told: ToldFactory) -> None:
    session = told.start("a")
    told.end(session, "proposed", head="h")
    told.wait("a", session)

    gone = changed(told, stored({"a": "bugs"}), stored({}))
    closed = changed(told, stored({"a": "bugs"}), stored({}, closed=["a"]))

    what = "its change c-a is still at the gate: `df gate show c-a`"
    assert gone.left == (LeftWork("a", f"has left the backlog, but {what}"),)
    assert closed.left == (LeftWork("a", f"was closed, but {what}"),)
    assert list(change_lines(gone))[1] == f"warning: a has left the backlog, but {what}"


def test_a_session_at_work_does_not_leave_with_its_item_unsaid(told: ToldFactory) -> None:
    told.start("a")

    (left,) = changed(told, stored({"a": "bugs"}), stored({}, closed=["a"])).left

    assert left.what.startswith("was closed, but its session has not ended")
    assert "`df sessions show s-a-1`" in left.what


def test_a_failed_session_is_told_when_its_item_goes_and_not_when_it_is_closed(
    told: ToldFactory,
) -> None:
    told.end(told.start("a"), "failed")

    gone = changed(told, stored({"a": "bugs"}), stored({}))
    closed = changed(told, stored({"a": "bugs"}), stored({}, closed=["a"]))

    assert [left.id for left in gone.left] == ["a"]
    assert gone.left[0].what == (
        "has left the backlog, but its last session ended failed, and no session will go on with "
        "it: `df sessions show s-a-1`"
    )
    assert closed.left == ()


def test_an_item_whose_work_is_over_may_leave(told: ToldFactory) -> None:
    session = told.start("a")
    told.end(session, "reported")

    assert changed(told, stored({"a": "bugs", "b": "bugs"}), stored({})).left == ()
